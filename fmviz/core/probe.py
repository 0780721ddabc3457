"""A probe: one place of the plane, the velocity there at any time, which points pull and push, from where the flow
comes there and where it goes.

The engine answers once for all times (`Probed`); a picture takes from it what holds at its own time (`Probe`). While an
answer about another place is on its way, the last one stands in for what is drawn; numbers are never those of another
place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fmviz.core.carried import intervals, spline_weights
from fmviz.core.cloud import FloatArray
from fmviz.core.follow import Place
from fmviz.core.pulls import Acting

# More lines cannot be told apart.
MOST_PULLS = 20
# Points of a way that is drawn, as many as a usual picture has of a particle's.
_WAY_POINTS = 51
# What acts at a time may stand in for what acts so much earlier or later, while that is on its way.
_NEAR_T = 0.1
_NO_PLACES: FloatArray = np.zeros((0, 2))
_NO_WEIGHTS: FloatArray = np.zeros(0)


@dataclass(frozen=True, eq=False)
class ActingPoints:
    """The points of one side that act most at some time: places (K, M, 2) and weights (K, M) at K times.

    All points of the side have a sum of 1.
    """

    places: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Exact:
    """The exact flow at one place and K times.

    Args:
        velocity: (K, 2) units per unit of t.
        is_reached: (K,) when anything comes there.
        source, target: the points that act.
        conditional: (K, M, 2) the velocity that each of the M points of `target` asks for; those of all points of that
            side, by their weights, have the exact velocity as their mean.
        log_density: (K,) nats per square world unit, None where it is not known without smoothing.
        note: how it is known, a few words.
    """

    velocity: FloatArray
    is_reached: FloatArray
    source: ActingPoints
    target: ActingPoints
    conditional: FloatArray
    log_density: FloatArray | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Way:
    """Where one particle is: x (P, 2) at the times t (P,), ascending."""

    t: FloatArray
    x: FloatArray

    def at(self, t: float) -> FloatArray:
        """Return where it is at a time, (2,)."""
        return np.array([np.interp(t, self.t, self.x[:, axis]) for axis in (0, 1)])


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways of a flow through one place: row k of x (S, S, 2) is that of the particle which is there at t[k], at the
    times t (S,) from 0 to 1; NaN where nothing comes.
    """

    t: FloatArray
    x: FloatArray

    def through(self, place: Place, t: float) -> Way | None:
        """Return the way of the particle that is at the place at a time, None where nothing comes.

        Between two times it is between their ways, and at t itself at the place.
        """
        low, high, share = _between(self.t, t)
        x = (1 - share) * self.x[low].astype(np.float64) + share * self.x[high]
        if not np.isfinite(x).all():  # something comes there at one of the two times
            x = self.x[low if share < 0.5 else high].astype(np.float64)
        if not np.isfinite(x).all():
            return None
        is_other = np.abs(self.t - t) > 1e-3
        times = np.concatenate([self.t[is_other], [t]])
        order = np.argsort(times)
        places = np.concatenate([x[is_other], [place]])[order]
        drawn = np.union1d(np.linspace(0.0, 1.0, _WAY_POINTS), [t])
        used, weights = spline_weights(times[order], drawn)
        return Way(drawn, weights @ places[used])


@dataclass(frozen=True, eq=False)
class Likelihood:
    """How likely a place is under the learned flow: log_p (M,) at the times t (M,), nats per square world unit.

    `smoothing` is by how much a source without a density was smoothed, world units.
    """

    t: FloatArray
    log_p: FloatArray
    smoothing: float = 0.0


@dataclass(frozen=True, eq=False)
class Probed:
    """What is known of a flow at one place.

    It comes in parts: first of a few times around the one that is shown, then of all.

    Args:
        place: where.
        t: (K,) ascending, in the end from 0 to 1.
        velocity: (K, 2) that was learned, units per unit of t.
        exact: None if it is not known.
        unknown: why, a few words.
        ways, exact_ways: of the learned and of the exact flow, None if they are not known, or not yet.
        likelihood: None if it is not known, or not yet.
        has_no_likelihood: whether it never will be: all of the source is one point.
    """

    place: Place
    t: FloatArray
    velocity: FloatArray
    exact: Exact | None = None
    unknown: str = ""
    ways: Ways | None = None
    exact_ways: Ways | None = None
    likelihood: Likelihood | None = None
    has_no_likelihood: bool = False


NOTHING_ACTS = Acting(_NO_PLACES, _NO_WEIGHTS)


@dataclass(frozen=True, eq=False)
class Probe:
    """One place at one time.

    Args:
        place: where.
        velocity: (2,) that was learned.
        density: of the carried particles.
        exact: (2,) the exact velocity, None if it is not known, or there is nothing at that time.
        source, target: the points that act most.
        unknown: why the exact one is not known, a few words; "" if it is, or is still to come.
        note: how the exact one is known, a few words.
        is_of_place: whether all is about just this place and time, not about its last ones.
        t: the time.
        conditional: (M, 2) the velocities that the points of `target` ask for.
        exact_density: None if it is not known.
        way, exact_way: from t = 0 to 1 through the place, by the learned field and by the exact one; None is not known.
        log_p: log-likelihood under the learned flow, nats per square world unit; None is not known.
        has_no_likelihood: whether it never will be.
        name: what it is called, "" for nothing.
        is_fixed: whether all is about its own time, whatever the picture's.
        now: (2,) where the particle is at the picture's time that is at the place at the probe's; None is not known.
        is_exact: whether the flow goes along the exact field, so that `velocity` and `way` are exact.
    """

    place: Place
    velocity: FloatArray
    density: float
    exact: FloatArray | None = None
    source: Acting = NOTHING_ACTS
    target: Acting = NOTHING_ACTS
    unknown: str = ""
    note: str = ""
    is_of_place: bool = False
    t: float = 0.0
    conditional: FloatArray = field(default_factory=lambda: _NO_PLACES)
    exact_density: float | None = None
    way: Way | None = None
    exact_way: Way | None = None
    log_p: float | None = None
    has_no_likelihood: bool = False
    name: str = ""
    is_fixed: bool = False
    now: FloatArray | None = None
    is_exact: bool = False


def probe_at(place: Place, t: float, probed: Probed | None, velocity: FloatArray, density: float) -> Probe:
    """Return what a picture shows of a place at time t, linear between the times that are known.

    Args:
        velocity: (2,) where the answer about this place is not there yet.
    """
    if probed is None:
        return Probe(place, velocity, density, t=t)
    is_here = probed.place == place
    is_of_place = is_here and probed.t[0] <= t <= probed.t[-1]
    low, high, share = _between(probed.t, t)

    def between(values: FloatArray) -> FloatArray:
        return np.asarray((1 - share) * values[low] + share * values[high])

    velocity = between(probed.velocity) if is_of_place else velocity
    shown = Probe(place, velocity, density, unknown=probed.unknown, is_of_place=is_of_place, t=t,
                  way=probed.ways.through(place, t) if is_here and probed.ways is not None else None,
                  log_p=_log_p(probed.likelihood, t) if is_here else None, has_no_likelihood=probed.has_no_likelihood)
    exact = probed.exact
    if exact is None:
        return shown
    if not probed.t[0] - _NEAR_T <= t <= probed.t[-1] + _NEAR_T:
        return replace(shown, note=exact.note)
    if not exact.is_reached[low if share < 0.5 else high]:
        return replace(shown, unknown="nothing comes here", note=exact.note)
    source, _ = _strongest(between(exact.source.places), between(exact.source.weights))
    target, rows = _strongest(between(exact.target.places), between(exact.target.weights))
    return replace(
        shown, exact=between(exact.velocity), source=source, target=target, note=exact.note,
        conditional=between(exact.conditional)[rows],
        exact_density=None if exact.log_density is None else float(np.exp(between(exact.log_density))),
        exact_way=probed.exact_ways.through(place, t) if is_here and probed.exact_ways is not None else None)


def _between(known: FloatArray, t: float) -> tuple[int, int, float]:
    """Return between which two of the known times a time is, and how far on its way from the one to the other."""
    low = int(intervals(known, np.array([t]))[0])
    high = min(low + 1, len(known) - 1)
    share = (t - float(known[low])) / max(float(known[high]) - float(known[low]), 1e-9)
    return low, high, min(max(share, 0.0), 1.0)


def _log_p(likelihood: Likelihood | None, t: float) -> float | None:
    if likelihood is None:
        return None
    log_p = float(np.interp(t, likelihood.t, likelihood.log_p))
    return log_p if np.isfinite(log_p) else None


def _strongest(places: FloatArray, weights: FloatArray) -> tuple[Acting, NDArray[np.intp]]:
    """Return the points that act most, the strongest first, and which these are."""
    order = np.argsort(-weights, kind="stable")[:MOST_PULLS]
    order = order[weights[order] > 0]
    return Acting(places[order], weights[order]), order
