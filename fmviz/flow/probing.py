"""Probing: what a learned flow does at one place, and what the exact one does there, at all times at once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import lru_cache

import numpy as np

from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import coupling_of
from fmviz.core.follow import Place
from fmviz.core.marginal import MarginalField, UnknownFieldError
from fmviz.core.probe import MOST_PULLS, Course, Exact, Probed
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.pulls import Acting, Pulls
from fmviz.core.shapes import SHAPES
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import PARTICLES, FieldVelocity, Fineness, given_by
from fmviz.flow.sample import field_of

# Whose pairs are all pairs, so that it is known what acts on a place.
_KNOWN = "random"


def probed_at(flow: LearnedFlow, place: Place, fineness: Fineness) -> Generator[None, None, Probed]:
    """Return what a flow does at a place, at as many times as a picture of that fineness has.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    velocity, x = FieldVelocity(field, frame), np.array([place], dtype=np.float64)
    times = np.arange(fineness.times) / (fineness.times - 1)
    learned = []
    for t in times.tolist():
        learned.append(velocity(x, t)[0])
        yield
    config = flow.project.lanes[0]
    exact, unknown = None, f"for {coupling_of(_KNOWN).phrase} only"
    if config.coupling == _KNOWN:
        try:
            exact, unknown = (yield from _exact(flow.project, x[0], times)), ""
        except UnknownFieldError:
            unknown = "not known between two points"
    return Probed(place, times, np.stack(learned), exact, unknown)


def _exact(project: Project, x: FloatArray, times: FloatArray) -> Generator[None, None, Exact]:
    marginal = marginal_of(project)
    yield
    found: list[Pulls] = []
    for t in times.tolist():
        found.append(marginal.pulls(x, t))
        yield
    return Exact(np.stack([each.velocity for each in found]), np.array([each.is_reached for each in found]),
                 _course([each.source for each in found]), _course([each.target for each in found]))


def _course(acting: Sequence[Acting]) -> Course:
    """Return those points that are among the strongest at some time."""
    strongest = np.unique(np.concatenate([np.argsort(-each.weights, kind="stable")[:MOST_PULLS] for each in acting]))
    return Course(np.stack([each.places[strongest] for each in acting]),
                  np.stack([each.weights[strongest] for each in acting]))


def marginal_of(project: Project) -> MarginalField:
    """Return the exact field of a project with random coupling, of points that people see.

    A shape without a formula, or a large cloud, is the dots that stand for it in pictures.

    Raises:
        UnknownFieldError: all points of both sides are in one place each.
    """
    given = given_by(project)
    sides = [_few(side, dots) for side, dots in ((project.source, given.source), (project.target, given.target))]
    return _marginal(sides[0], sides[1], project.lanes[0])


# While a probe is dragged the same field is asked for again and again.
@lru_cache(maxsize=4)
def _marginal(source: Side, target: Side, config: FlowConfig) -> MarginalField:
    return MarginalField(source, target, config.full_path, config.sigma, stream(config.seed, Stream.PROBED))


def _few(side: Side, dots: FloatArray) -> Side:
    """Return a side of few points: itself, or its dots."""
    is_few = len(side.cloud) <= PARTICLES if side.cloud is not None else (
        SHAPES[side.shape].mixture is not None if side.shape is not None else False)
    return side if is_few else _of_dots(dots.tobytes())


@lru_cache(maxsize=8)
def _of_dots(dots: bytes) -> Side:
    return Side(cloud=PointCloud(np.frombuffer(dots).reshape(-1, 2)))
