"""How a film goes: how far each of its frames is, with standstills at the ends, on the clock that the file really has.

A frame is drawn for the moment at which a player shows it: a GIF counts hundredths of a second, WebP and APNG
thousandths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.export_spec import ExportSpec

# A hand that pushes something lets it gather speed for about as long.
EASE_S = 0.4
# At most so much of the way at each end: the middle keeps a speed of its own.
_MOST_EASED = 0.25
# Long enough to be seen as a change and not as a flash.
FADE_S = 0.6


@dataclass(frozen=True)
class Beat:
    """One frame.

    Args:
        share: how far it is, 0 to 1.
        fade: how much of the first frame shows through, 0 to 1.
    """

    share: float
    fade: float = 0.0


@dataclass(frozen=True)
class _Counts:
    """How many frames the parts of a film have: each standstill, the way there, the way back, the fade."""

    held: int
    moving: int
    back: int = 0
    fading: int = 0


def duration_s(spec: ExportSpec) -> float:
    """Return how long one play is meant to take; whole frames keep it to within one frame."""
    return 2 * spec.hold + {"jump": 1, "bounce": 2, "fade": 1}[spec.closing] * spec.seconds + (
        FADE_S if spec.closing == "fade" else 0.0)


def beats_of(spec: ExportSpec) -> tuple[Beat, ...]:
    """Return the frames of an animation in order; both ends are exact.

    The last frame is next to the first where the film runs back or fades over.
    """
    counts = _counted(spec)
    held, moving = counts.held, counts.moving
    starts = np.array([spec.start_s(k) for k in range(2 * held + moving + counts.back + 1)])
    there = _way(starts[held:held + moving + 1], spec)
    # The first frame of the standstill at the end is the end of the way.
    shares = [0.0] * held + there[:-1] + [1.0] * (held if counts.back else max(1, held))
    if counts.back:
        shares += [1.0 - share for share in _way(starts[2 * held + moving:], spec)[:-1]]
    fades = [k / (counts.fading + 1) for k in range(1, counts.fading + 1)]
    return (*map(Beat, shares), *(Beat(1.0, fade) for fade in fades))


def eased(share: FloatArray, ramp: float) -> FloatArray:
    """Return how far something is that gathers speed over the first `ramp` of its time and loses it over the last.

        s(u) = u^2 / (2 r (1 - r)) for u < r,   (u - r / 2) / (1 - r) in between,   1 - s(1 - u) for u > 1 - r
    """
    if ramp <= 0:
        return share
    early = np.minimum(share, 1.0 - share)
    way = np.where(early < ramp, early * early / (2 * ramp), early - ramp / 2) / (1.0 - ramp)
    return np.asarray(np.where(share <= 0.5, way, 1.0 - way))


def uneased(way: FloatArray, ramp: float) -> FloatArray:
    """Return how much of its time something has taken that is so far: the inverse of `eased`."""
    if ramp <= 0:
        return way
    early = np.minimum(way, 1.0 - way)
    low = ramp / (2 * (1.0 - ramp))
    share = np.where(early < low, np.sqrt(2 * ramp * (1.0 - ramp) * early), early * (1.0 - ramp) + ramp / 2)
    return np.asarray(np.where(way <= 0.5, share, 1.0 - share))


def ramp_of(seconds: float) -> float:
    """Return the share of a way of so many seconds over which it gathers speed, and loses it."""
    return min(EASE_S / seconds, _MOST_EASED)


def _counted(spec: ExportSpec) -> _Counts:
    held, whole = round(spec.hold / spec.frame_s), round(duration_s(spec) / spec.frame_s)
    if spec.closing == "bounce":
        moving = max(1, round((whole - 2 * held) / 2))
        return _Counts(held, moving, back=moving)
    fading = max(1, round(FADE_S / spec.frame_s)) if spec.closing == "fade" else 0
    return _Counts(held, max(1, whole - 2 * held - fading), fading=fading)


def _way(starts: FloatArray, spec: ExportSpec) -> list[float]:
    """Return how far a way is at its moments (K,), the first 0 and the last 1."""
    ramp = ramp_of(spec.seconds) if spec.ease else 0.0
    shares: list[float] = eased((starts - starts[0]) / (starts[-1] - starts[0]), ramp).tolist()
    return shares
