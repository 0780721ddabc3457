"""What an export shows, frame by frame: moments of learning, which of them is seen at which t, and when.

A `Film` is all that drawing processes need: they draw any of its shots, in any order, to the same pixels. A frame is
drawn for the moment at which a player shows it: a GIF counts hundredths of a second, WebP and APNG thousandths.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.errors import ExportError
from fmviz.core.export_spec import Decor, ExportSpec, formula_line
from fmviz.core.frames import FlowSnapshot, Pairs
from fmviz.core.kept import paced_step, place_at
from fmviz.core.lanes import LaneMark, letters, usual_mark
from fmviz.core.limits import Limits, limits_of
from fmviz.core.style import Style

STRIP_TIMES = (0.0, 0.25, 0.5, 0.75, 1.0)
# Each is a quarter of a megabyte per lane in every drawing process; more are not told apart in a minute.
MOST_MOMENTS = 100
# A hand that pushes something lets it gather speed for about as long.
EASE_S = 0.4
# At most so much of the way at each end: the middle keeps a speed of its own.
_MOST_EASED = 0.25
# Long enough to be seen as a change and not as a flash.
FADE_S = 0.6

Moment = tuple[FlowSnapshot, ...]


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


@dataclass(frozen=True)
class Shot:
    """One picture: which moment of learning, which t, and how far what moves by itself has moved (turns).

    `fade` says how much of the film's first picture shows through, 0 to 1.
    """

    moment: int
    t: float
    phase: float
    fade: float = 0.0


@dataclass(frozen=True, eq=False)
class Film:
    """Everything that is needed to draw one file.

    Args:
        moments: one snapshot per shown lane at each moment of learning, oldest first; at least one.
        style, spec: how it is drawn and what it becomes.
        limits: colour limits that other films share with it, as those of all lanes of a file; None takes those of its
            newest moment.
        marks: how the shown lanes are told apart; () is by their couplings.
    """

    moments: tuple[Moment, ...]
    style: Style
    spec: ExportSpec
    limits: Limits | None = None
    marks: tuple[LaneMark, ...] = ()

    def __post_init__(self) -> None:
        if not self.moments or any(len(moment) != len(self.moments[0]) for moment in self.moments):
            raise ValueError("a film has at least one moment, and each shows the same lanes")
        if not self.marks:
            marks = tuple(usual_mark(snapshot.lane, snapshot.coupling) for snapshot in self.moments[-1])
            object.__setattr__(self, "marks", marks)

    @cached_property
    def decor(self) -> Decor:
        """What surrounds the panes."""
        return replace(self.spec.decor, formula=formula_line(self.spec.formula, self.moments[-1]))

    @cached_property
    def shots(self) -> tuple[Shot, ...]:
        """The frames in order: one, or those of the strip, for a still."""
        spec, newest = self.spec, len(self.moments) - 1
        if not spec.kind.is_animation:
            times = STRIP_TIMES if spec.is_strip else (spec.at,)
            return tuple(Shot(newest, t, t) for t in times)
        beats = beats_of(spec)
        if spec.over == "t":
            return tuple(Shot(newest, beat.share, beat.share, beat.fade) for beat in beats)
        steps = [step_of(moment) for moment in self.moments]
        moments = [place_at(steps, paced_step(beat.share, steps[-1])) for beat in beats]
        if spec.over == "training":
            return tuple(Shot(k, spec.at, beat.share, beat.fade) for k, beat in zip(moments, beats, strict=True))
        return tuple(Shot(k, 1.0 if beat.share == 1.0 else beat.share * spec.sweeps % 1.0, beat.share * spec.sweeps,
                          beat.fade) for k, beat in zip(moments, beats, strict=True))


def are_same(moments: Sequence[Moment], others: Sequence[Moment]) -> bool:
    """Whether two films show the very same snapshots."""
    return len(moments) == len(others) and all(
        len(one) == len(other) and all(map(operator.is_, one, other))
        for one, other in zip(moments, others, strict=True))


def step_of(moment: Moment) -> int:
    """Return the training step of a moment: of the lane that has learned longest, others may have ended before."""
    return max(snapshot.step for snapshot in moment)


def chosen_lanes(snapshots: Sequence[FlowSnapshot | None], lanes: tuple[int, ...]) -> Moment:
    """Return the snapshots of those lanes in that order; of all that have one if `lanes` is empty.

    Raises:
        ExportError: nothing to show.
    """
    known = {snapshot.lane: snapshot for snapshot in snapshots if snapshot is not None}
    for lane in lanes:
        if lane not in known:
            raise ExportError(f"Pane {letters([lane])} has learned nothing yet; train it first.")
    chosen = tuple(known[lane] for lane in (lanes or sorted(known)))
    if not chosen:
        raise ExportError("Nothing has been learned yet; train first.")
    return chosen


def film_of(snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec,
            earlier: Sequence[Sequence[FlowSnapshot | None]] = (), marks: Sequence[LaneMark] = ()) -> Film:
    """Return the film of the lanes that `spec` asks for; its colour limits are those of all lanes, but for
    differences.

    Args:
        snapshots: the newest picture of each lane.
        earlier: pictures of each lane at earlier training steps, oldest first; needed over training.
        marks: how each lane is told from the others; () is by their couplings.
    Raises:
        ExportError: a lane has learned nothing, or no earlier steps are known.
    """
    newest = chosen_lanes(snapshots, spec.lanes)
    lanes = tuple(snapshot.lane for snapshot in newest)
    limits = limits_of(snapshots, style, lanes)
    shown = tuple(marks[lane] for lane in lanes) if marks else ()
    if spec.over == "t" or not spec.kind.is_animation:
        return Film((newest,), style, spec, limits, shown)
    moments = tuple(chosen_lanes(moment, lanes) for moment in earlier)
    if not moments:
        raise ExportError("No earlier training steps are kept, so there is no course of training to show; train first.")
    return Film(thinned((*moments, newest)), style, spec, limits, shown)


def thinned(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """Return at most `MOST_MOMENTS` of them, evenly chosen, first and last among them."""
    if len(moments) <= MOST_MOMENTS:
        return moments
    return tuple(moments[k] for k in np.linspace(0, len(moments) - 1, MOST_MOMENTS).round().astype(int))


def with_pairs(snapshots: Sequence[FlowSnapshot | None],
               pairs: Sequence[Pairs | None]) -> tuple[FlowSnapshot | None, ...]:
    """Return the snapshots with the batches of their lanes, or without any; `pairs` has an entry per lane."""
    return tuple(snapshot if snapshot is None else replace(snapshot, pairs=pairs[snapshot.lane])
                 for snapshot in snapshots)


def has_batch(snapshots: Sequence[FlowSnapshot | None], lanes: Sequence[int], style: Style) -> bool:
    """Whether those lanes have the batch of pairs that the style asks for, or it asks for none."""
    if not style.needs("pairs"):
        return True
    shown = [snapshot for snapshot in snapshots if snapshot is not None and snapshot.lane in lanes]
    return all(snapshot.pairs is not None and snapshot.pairs.size == style.batch for snapshot in shown)


def shown_pairs(drawn: Pairs | None, own: Pairs | None, style: Style, is_own_coupling: bool) -> Pairs | None:
    """Return the batch that a lane's picture shows: one of the coupling that its heading names.

    Args:
        drawn: the batch of the coupling that the lane asks for.
        own: the batch of what the lane has learned; it serves if it has the size that the style asks for.
        is_own_coupling: whether the lane has learned with the coupling that it asks for. If not, a picture of pairs
            alone shows what is asked for, and one of a flow what was learned.
    """
    own = own if own is not None and own.size == style.batch else None
    if is_own_coupling:
        return own if drawn is None else drawn
    return drawn if style.is_still else own
