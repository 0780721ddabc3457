"""Pictures of earlier training steps: baked by the engine from kept weights, one at a time, and kept for a while.

Which are wanted is the business of `step_head`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.frames import FlowSnapshot
from fmviz.core.project import KeptStep, Project
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import BakeStep, StepBaked
from fmviz.engine.results import LaneResult, arrays_of, freeze

# A picture takes 0.3 MB: some 200 of them, a whole export over training with two lanes and what was shown before.
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Wish:
    """A picture: what `result`, shown in `lane`, had learned at a kept step."""

    lane: int
    result: LaneResult
    kept: KeptStep


class StepPictures(QObject):
    """Bakes what is wanted and keeps the pictures that were used last.

    A picture that a lost engine left open is asked of the next one, but one that two engines died of is given up.

    Signals:
        settled(KeptStep, FlowSnapshot | None): its picture is there, or None: it cannot be had.
        missed(): there is no engine, and none is coming.

    Args:
        wishes: what is wanted now, the most urgent first; looked up whenever the engine is free.
    """

    settled = Signal(object, object)
    missed = Signal()

    def __init__(self, keeper: EngineKeeper, wishes: Callable[[], Iterable[Wish]],
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeper, self._wishes = keeper, wishes
        self._baked: OrderedDict[KeptStep, FlowSnapshot] = OrderedDict()
        self._n_bytes = 0
        self._refused: set[KeptStep] = set()
        self._living: frozenset[KeptStep] = frozenset()
        self._job = 0
        self._asked: KeptStep | None = None
        self._left_open: KeptStep | None = None
        keeper.said.connect(self._take)
        keeper.ready.connect(self.go_on)
        keeper.lost.connect(self._lose_engine)
        keeper.missed.connect(self.missed)

    def picture(self, kept: KeptStep) -> FlowSnapshot | None:
        """Return a picture, if it is there; it then counts as used."""
        if kept not in self._baked:
            return None
        self._baked.move_to_end(kept)
        return self._baked[kept]

    def is_settled(self, kept: KeptStep) -> bool:
        """Whether a picture is there or cannot be had."""
        return kept in self._baked or kept in self._refused

    def try_again(self, kept: Iterable[KeptStep]) -> None:
        """Let pictures be wished for that could not be had."""
        self._refused.difference_update(kept)

    def retain(self, living: frozenset[KeptStep]) -> None:
        """Forget all but these: with a picture go the weights that it was baked from."""
        self._living = living
        for kept in [kept for kept in self._baked if kept not in living]:
            self._n_bytes -= _bytes_of(self._baked.pop(kept))
        self._refused &= living
        if self._left_open not in living:
            self._left_open = None

    @Slot()
    def go_on(self) -> None:
        """Ask for what is wanted most, if the engine is free."""
        if self._asked is not None or self._keeper.device_label is None:
            return
        wish = next((wish for wish in self._wishes() if not self.is_settled(wish.kept)), None)
        if wish is not None:
            self._asked = wish.kept
            self._job += 1
            project = Project(wish.result.source, wish.result.target, (wish.result.config,))
            self._keeper.send(BakeStep(self._job, project, 0, wish.kept))

    @Slot(object)
    def _take(self, news: object) -> None:
        if isinstance(news, StepBaked) and self._asked is not None and news.job == self._job:
            freeze(news.snapshot)
            self._settle(self._asked, news.snapshot)

    @Slot()
    def _lose_engine(self) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if asked is self._left_open:
            self._settle(asked, None)
        else:
            self._left_open = asked

    def _settle(self, kept: KeptStep, picture: FlowSnapshot | None) -> None:
        self._asked = None
        if kept is self._left_open:
            self._left_open = None
        if kept in self._living:
            if picture is None:
                self._refused.add(kept)
            else:
                self._keep(kept, picture)
        self.settled.emit(kept, picture)
        self.go_on()

    def _keep(self, kept: KeptStep, picture: FlowSnapshot) -> None:
        self._baked[kept] = picture
        self._n_bytes += _bytes_of(picture)
        while self._n_bytes > MOST_BYTES and len(self._baked) > 1:
            self._n_bytes -= _bytes_of(self._baked.popitem(last=False)[1])


def _bytes_of(picture: FlowSnapshot) -> int:
    return sum(array.nbytes for array in arrays_of(picture))
