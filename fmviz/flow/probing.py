"""Probing: what a learned flow does at one place, and what the exact one does there, at all times at once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import lru_cache

import numpy as np

from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import MARGINAL, coupling_of
from fmviz.core.exact_known import unknown_in_words
from fmviz.core.follow import Place
from fmviz.core.marginal import MarginalField
from fmviz.core.probe import MOST_PULLS, Course, Exact, Probed
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.pulls import Acting
from fmviz.core.shapes import SHAPES
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import PARTICLES, FieldVelocity, Fineness, given_by
from fmviz.flow.exact import ExactField
from fmviz.flow.sample import field_of
from fmviz.flow.units import units_of


def probed_at(flow: LearnedFlow, place: Place, fineness: Fineness, exact: ExactField | None) -> Generator[
        None, None, Probed]:
    """Return what a flow does at a place, at as many times as a picture of that fineness has.

    Args:
        exact: the exact field of the lane, None if it is not known.
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
    project = flow.project
    if exact is None:
        unknown = unknown_in_words(project.source, project.target, project.lanes[0].learning)
        return Probed(place, times, np.stack(learned), None, unknown)
    return Probed(place, times, np.stack(learned), (yield from _exact(project, exact, x, times)))


def _exact(project: Project, exact: ExactField, x: FloatArray, times: FloatArray) -> Generator[None, None, Exact]:
    """Return the velocity of the exact field, and what pulls there, where all pairs are known."""
    velocity, is_reached, found = [], [], []
    is_of_all = coupling_of(project.lanes[0].coupling).field == MARGINAL
    pulling = marginal_of(project) if is_of_all else None
    yield
    for t in times.tolist():
        velocity.append(exact.velocity(x, t)[0])
        is_reached.append(bool(exact.is_known(x, t)[0]))
        yield
        if pulling is not None:
            found.append(pulling.pulls(x, t))
            is_reached[-1] &= found[-1].is_reached
            yield
    nothing = Course(np.zeros((len(times), 0, 2)), np.zeros((len(times), 0)))
    source, target = (_course([each.source for each in found]), _course([each.target for each in found])
                      ) if is_of_all else (nothing, nothing)
    return Exact(np.stack(velocity), np.array(is_reached), source, target, exact.words)


def _course(acting: Sequence[Acting]) -> Course:
    """Return those points that are among the strongest at some time."""
    strongest = np.unique(np.concatenate([np.argsort(-each.weights, kind="stable")[:MOST_PULLS] for each in acting]))
    return Course(np.stack([each.places[strongest] for each in acting]),
                  np.stack([each.weights[strongest] for each in acting]))


def marginal_of(project: Project) -> MarginalField:
    """Return the field of a project with random coupling that says what pulls: of points that people see.

    A shape without a formula, or a large cloud, is the dots that stand for it in pictures.

    Raises:
        UnknownFieldError: all points of both sides are in one place each.
    """
    given = given_by(project)
    sides = [_few(side, dots) for side, dots in ((project.source, given.source), (project.target, given.target))]
    mean0 = units_of(project.source, project.target).mean0
    return _marginal(sides[0], sides[1], project.lanes[0], (float(mean0[0]), float(mean0[1])))


# While a probe is dragged the same field is asked for again and again.
@lru_cache(maxsize=4)
def _marginal(source: Side, target: Side, config: FlowConfig, mean0: tuple[float, float]) -> MarginalField:
    return MarginalField(source, target, config.full_path, config.sigma, stream(config.seed, Stream.PROBED), mean0)


def _few(side: Side, dots: FloatArray) -> Side:
    """Return a side of few points: itself, or its dots."""
    is_few = len(side.cloud) <= PARTICLES if side.cloud is not None else (
        SHAPES[side.shape].mixture is not None if side.shape is not None else False)
    return side if is_few else _of_dots(dots.tobytes())


@lru_cache(maxsize=8)
def _of_dots(dots: bytes) -> Side:
    return Side(cloud=PointCloud(np.frombuffer(dots).reshape(-1, 2)))
