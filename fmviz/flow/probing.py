"""Probing: what a learned flow does at one place, and what the exact one does there, at all times at once; in parts, so
that the numbers of the time that is shown come first.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import MARGINAL, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.exact_known import unknown_in_words
from fmviz.core.follow import Place
from fmviz.core.marginal import MarginalField
from fmviz.core.probe import MOST_PULLS, ActingPoints, Exact, Probed, Ways
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.pulls import Acting
from fmviz.core.shapes import SHAPES
from fmviz.core.spline import intervals
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import FieldVelocity, given_by
from fmviz.flow.carry import LIVE, PARTICLES, Fineness
from fmviz.flow.exact import ExactField
from fmviz.flow.likelihood import likelihood_at, source_density
from fmviz.flow.models import field_of
from fmviz.flow.units import units_of
from fmviz.flow.ways import ways_through

# Steps of the ways: at their times and half-way between them a picture has the exact field already.
_FINE_STEPS, _LIVE_STEPS = 25, 10


def probed_at(flow: LearnedFlow, place: Place, fineness: Fineness, exact: ExactField | None,
              near: float | None = None) -> Generator[Probed | None, None, Probed]:
    """Return what a flow does at a place, at as many times as a picture of that fineness has.

    Where a time is named, yields first what holds around it, then the ways through the place, then all times.

    Args:
        exact: the exact field of the lane, None if it is not known.
    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    velocity, times = FieldVelocity(field, frame), np.arange(fineness.times) / (fineness.times - 1)
    steps = _FINE_STEPS if fineness.times > LIVE.times else _LIVE_STEPS
    probed = None
    if near is not None:
        low = int(intervals(times, np.array([near]))[0])
        yield (probed := (yield from _numbers(flow, velocity, place, exact, times[low:low + 3])))
    ways = yield from ways_through(velocity, place, steps)
    if probed is not None:
        yield replace(probed, ways=ways)
    probed = replace((yield from _numbers(flow, velocity, place, exact, times)), ways=ways)
    if exact is not None and probed.exact is not None:
        if near is not None:
            yield probed
        probed = replace(probed, exact_ways=(yield from _exact_ways(exact, place, steps, probed.exact, times)))
    if near is not None:
        yield probed
    try:
        source = source_density(flow.project)
    except ConfigError:
        return replace(probed, has_no_likelihood=True)
    return replace(probed, likelihood=(yield from likelihood_at(field, frame, place, source, fineness.times)))


def _numbers(flow: LearnedFlow, velocity: FieldVelocity, place: Place, exact: ExactField | None,
             times: FloatArray) -> Generator[None, None, Probed]:
    """Return velocities and what pulls at some times."""
    x, learned = np.array([place], dtype=np.float64), []
    for t in times.tolist():
        learned.append(velocity(x, t)[0])
        yield
    project = flow.project
    if exact is None:
        unknown = unknown_in_words(project.source, project.target, project.lanes[0].learning)
        return Probed(place, times, np.stack(learned), None, unknown)
    return Probed(place, times, np.stack(learned), (yield from _exact(project, exact, x, times)))


def _exact(project: Project, exact: ExactField, x: FloatArray, times: FloatArray) -> Generator[None, None, Exact]:
    """Return the velocity of the exact field, and what pulls there."""
    velocity, is_reached, found = [], [], []
    is_of_all = coupling_of(project.lanes[0].coupling).field == MARGINAL
    pulling = marginal_of(project) if is_of_all else exact
    yield
    for t in times.tolist():
        velocity.append(exact.velocity(x, t)[0])
        found.append(pulling.pulls(x[0], t))
        is_reached.append(bool(exact.is_known(x, t)[0]) and found[-1].is_reached)
        yield
    log_density = np.array([each.log_density for each in found])
    is_smooth = exact.smoothing != (0.0, 0.0) or not np.isfinite(log_density).all()
    source, _ = _course([each.source for each in found])
    target, rows = _course([each.target for each in found])
    return Exact(np.stack(velocity), np.array(is_reached), source, target,
                 np.stack([each.conditional[rows] for each in found]), None if is_smooth else log_density, exact.words)


def _exact_ways(exact: ExactField, place: Place, steps: int, known: Exact,
                times: FloatArray) -> Generator[None, None, Ways]:
    """Return the ways of the exact flow, from where something comes."""
    moments = np.arange(steps + 1) / steps
    straight = exact.ways(place, moments)
    ways = (yield from ways_through(exact.velocity, place, steps)) if straight is None else Ways(moments, straight)
    ways.x[known.is_reached[np.searchsorted(times, ways.t - 1e-9)] == 0] = np.nan
    return ways


def _course(acting: Sequence[Acting]) -> tuple[ActingPoints, NDArray[np.intp]]:
    """Return those points that are among the strongest at some time, and which these are."""
    strongest = np.unique(np.concatenate([np.argsort(-each.weights, kind="stable")[:MOST_PULLS] for each in acting]))
    return ActingPoints(np.stack([each.places[strongest] for each in acting]),
                  np.stack([each.weights[strongest] for each in acting])), strongest


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
