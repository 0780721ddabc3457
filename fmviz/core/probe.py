"""A probe: one place of the plane, the velocity there at any time, and which points pull and push.

The engine answers once for all times (`Probed`); a picture takes from it what holds at its own time (`Probe`). While an
answer about another place is on its way, the last one stands in for what is drawn; numbers are never those of another
place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.follow import Place
from fmviz.core.pulls import Acting
from fmviz.core.spline import intervals

# More lines cannot be told apart.
MOST_PULLS = 20
_NO_PLACES: FloatArray = np.zeros((0, 2))
_NO_WEIGHTS: FloatArray = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Course:
    """The points of one side that act most at some time: places (K, M, 2) and weights (K, M) at K times.

    All points of the side have a sum of 1.
    """

    places: FloatArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Exact:
    """The exact flow at one place and K times: velocity (K, 2), is_reached (K,) says when anything comes there, and
    the points that act, none where the coupling is not of all pairs. `note` says how it is known, a few words.
    """

    velocity: FloatArray
    is_reached: FloatArray
    source: Course
    target: Course
    note: str = ""


@dataclass(frozen=True, eq=False)
class Probed:
    """What is known of a flow at one place.

    Args:
        place: where.
        t: (K,) ascending from 0 to 1.
        velocity: (K, 2) that was learned, units per unit of t.
        exact: None if it is not known.
        unknown: why, a few words.
    """

    place: Place
    t: FloatArray
    velocity: FloatArray
    exact: Exact | None = None
    unknown: str = ""


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
        is_of_place: whether all is about just this place, not about its last one.
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


def probe_at(place: Place, t: float, probed: Probed | None, velocity: FloatArray, density: float) -> Probe:
    """Return what a picture shows of a place at time t, linear between the times that are known.

    Args:
        velocity: (2,) where the answer about this place is not there yet.
    """
    if probed is None:
        return Probe(place, velocity, density)
    is_of_place = probed.place == place
    low = int(intervals(probed.t, np.array([t]))[0])
    high = min(low + 1, len(probed.t) - 1)
    share = (t - float(probed.t[low])) / max(float(probed.t[high]) - float(probed.t[low]), 1e-9)

    def between(values: FloatArray) -> FloatArray:
        return np.asarray((1 - share) * values[low] + share * values[high])

    velocity = between(probed.velocity) if is_of_place else velocity
    exact = probed.exact
    if exact is None:
        return Probe(place, velocity, density, unknown=probed.unknown, is_of_place=is_of_place)
    if not exact.is_reached[low if share < 0.5 else high]:
        return Probe(place, velocity, density, unknown="nothing comes here", note=exact.note, is_of_place=is_of_place)
    source, target = (_strongest(between(side.places), between(side.weights)) for side in (exact.source, exact.target))
    return Probe(place, velocity, density, between(exact.velocity), source, target, note=exact.note,
                 is_of_place=is_of_place)


def _strongest(places: FloatArray, weights: FloatArray) -> Acting:
    order = np.argsort(-weights, kind="stable")[:MOST_PULLS]
    order = order[weights[order] > 0]
    return Acting(places[order], weights[order])
