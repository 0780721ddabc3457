"""Probing: what a learned flow does at one place, and what the exact one does there, at all times at once; in parts, so
that the numbers of the time that is shown come first; and where a flow comes from and goes to through that place.

Ways through the place at each of many times go together. Each begins at its own time; steps lead forth to t = 1 and
back to t = 0, from one of the times to the next, and a row joins when they come to its time. Steps are of Runge-Kutta
4, whatever the sampling: this is about the field. Those at either end, where the field of points has no bounds, are by
midpoint, which asks for nothing at the end itself when it comes there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.carried import intervals
from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import MARGINAL, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.follow import Place
from fmviz.core.marginal import MarginalField
from fmviz.core.possible import unknown_in_words
from fmviz.core.probe import MOST_PULLS, ActingPoints, Exact, Probed, Ways
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.pulls import Acting
from fmviz.core.shapes import SHAPES
from fmviz.core.solvers import SOLVERS, Solver
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import FieldVelocity, given_by
from fmviz.flow.carry import LIVE, PARTICLES, Fineness
from fmviz.flow.exact import ExactField
from fmviz.flow.likelihood import likelihood_at, source_density
from fmviz.flow.models import field_of
from fmviz.flow.units import units_of

# Steps of the ways: at their times and half-way between them a picture has the exact field already.
_FINE_STEPS, _LIVE_STEPS = 25, 10
Velocity = Callable[[FloatArray, float], FloatArray]
"""Returns the velocity (N, 2) at places (N, 2) and a time, world units per unit of t."""

# Farther than any cloud, and its squares are numbers.
_FARTHEST = 1e30


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


def ways_through(velocity: Velocity, place: Place, steps: int) -> Generator[None, None, Ways]:
    """Return the ways of a field through a place, at times k / steps, k = 0 to steps; yields between evaluations.

    The field is asked for at these times and half-way between them.
    """
    times = np.arange(steps + 1) / steps
    x = np.full((steps + 1, steps + 1, 2), np.nan)
    x[np.arange(steps + 1), np.arange(steps + 1)] = place
    forth: Iterable[tuple[int, int]] = ((k, k + 1) for k in range(steps))
    back: Iterable[tuple[int, int]] = ((k, k - 1) for k in range(steps, 0, -1))
    for turns in (forth, back):
        for here, there in turns:
            rows = slice(0, here + 1) if there > here else slice(here, None)
            is_at_end = min(here, there) == 0 or max(here, there) == steps
            x[rows, there] = yield from _stepped(velocity, x[rows, here], here / steps, (there - here) / steps,
                                                 SOLVERS["midpoint" if is_at_end else "rk4"])
    return Ways(times, x)


def _stepped(velocity: Velocity, x: NDArray[np.float64], t: float, dt: float,
             solver: Solver) -> Generator[None, None, NDArray[np.float64]]:
    """Return places (N, 2) after one step."""
    slopes: list[FloatArray] = []
    for c, weights in zip(solver.c, solver.a, strict=True):
        y = x + dt * sum((weight * slope for weight, slope in zip(weights, slopes, strict=True)), np.zeros_like(x))
        # The same time, however it is come to: what is kept of a field is kept by it.
        slopes.append(np.asarray(velocity(y, round(t + c * dt, 12)), dtype=np.float64))
        yield
    moved = x + dt * sum((weight * slope for weight, slope in zip(solver.b, slopes, strict=True)), np.zeros_like(x))
    return np.clip(np.nan_to_num(moved, nan=_FARTHEST), -_FARTHEST, _FARTHEST)
