"""Pictures of many training steps for an export, collected as they are baked. No Qt: `step_head` feeds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fmviz.core.film import Moment
from fmviz.core.frames import FlowSnapshot
from fmviz.core.project import KeptStep
from fmviz.engine.results import LaneResult
from fmviz.engine.step_pictures import Wish

Course = tuple[KeptStep | None, ...]


def course_of(results: Sequence[LaneResult | None]) -> Course:
    """Return what tells one course of training from another: of each lane the first kept step, which always stays."""
    return tuple(result.kept[0] if result is not None and result.kept else None for result in results)


def among(newest: Sequence[FlowSnapshot | None], wishes: Sequence[Wish],
          baked: Sequence[FlowSnapshot]) -> tuple[FlowSnapshot | None, ...]:
    """Return one picture per lane: the baked one with what the newest knows besides, the newest if none was wished."""
    shown = list(newest)
    for wish, picture in zip(wishes, baked, strict=True):
        there = shown[wish.lane]
        shown[wish.lane] = replace(picture, lane=wish.lane) if there is None else replace(
            picture, lane=wish.lane, pairs=there.pairs, curves=there.curves)
    return tuple(shown)


class Gathering:
    """The moments that are wished for, and their pictures so far.

    It holds its pictures itself: the cache may be smaller, and training goes on thinning out what is kept.

    Args:
        moments: the wishes of each step, oldest first.
        course: of which training they are.
    """

    def __init__(self, moments: Sequence[tuple[Wish, ...]], course: Course) -> None:
        self.course = course
        self._moments = moments
        self._pictures: dict[KeptStep, FlowSnapshot | None] = {}

    @property
    def total(self) -> int:
        """How many moments are wished for."""
        return len(self._moments)

    @property
    def done(self) -> int:
        """How many of them are complete, or known not to become so."""
        return sum(all(wish.kept in self._pictures for wish in wishes) for wishes in self._moments)

    def open(self) -> Iterator[Wish]:
        """Yield what is still to come, oldest first."""
        return (wish for wishes in self._moments for wish in wishes if wish.kept not in self._pictures)

    def take(self, kept: KeptStep, picture: FlowSnapshot | None) -> None:
        """Take a picture, or None if it cannot be had."""
        self._pictures[kept] = picture

    def moments(self, newest: Sequence[FlowSnapshot | None]) -> tuple[Moment, ...]:
        """Return the complete ones, oldest first; those that lack a picture are left out."""
        moments = []
        for wishes in self._moments:
            baked = [picture for wish in wishes if (picture := self._pictures.get(wish.kept)) is not None]
            if len(baked) == len(wishes):
                shown = among(newest, wishes, baked)
                moments.append(tuple(snapshot for snapshot in shown if snapshot is not None))
        return tuple(moments)
