"""The batch of pairs that the Pairs view draws: asked of the engine, dropped as soon as its clouds change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import NO_JOB, PairsDrawn, ShowPairs
from fmviz.engine.results import freeze, same_problem

PAIRS_SHOWN = 256


class PairsDesk(QObject):
    """Asks for pairs and keeps the newest answer, one entry per lane of the document.

    Each question has a number; an answer to an older one is dropped. A question that a lost engine left open is put
    to the next one.
    """

    changed = Signal(int)

    def __init__(self, document: Document, keeper: EngineKeeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._keeper = document, keeper
        self._job = NO_JOB
        self._is_open = False
        self._pairs: tuple[Pairs | None, ...] = (None,) * len(document.project.lanes)
        document.changed.connect(self._follow_document)
        keeper.ready.connect(self._ask_again)
        keeper.said.connect(self._take)

    @property
    def pairs(self) -> tuple[Pairs | None, ...]:
        """The batch of each lane, or None if nobody asked since clouds or settings changed."""
        return self._pairs

    @Slot()
    def ask(self) -> None:
        """Ask for one batch per lane; works while training too."""
        self._job += 1
        self._is_open = True
        self._keeper.start()
        if self._keeper.device_label is not None:
            self._keeper.send(ShowPairs(self._job, self._document.project, PAIRS_SHOWN))

    @Slot(str)
    def _ask_again(self, _device: str) -> None:
        if self._is_open:
            self.ask()

    @Slot(object)
    def _take(self, news: object) -> None:
        if isinstance(news, PairsDrawn) and news.job == self._job:
            freeze(news.pairs)
            self._pairs = tuple(news.pairs if lane == news.lane else old for lane, old in enumerate(self._pairs))
            self._is_open = self._is_open and news.lane < len(self._pairs) - 1
            self.changed.emit(news.lane)

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        if same_problem(new, old):
            return
        self._job += 1  # an answer for the old clouds that is under way is no answer any more
        self._pairs = (None,) * len(new.lanes)
        for lane in range(len(new.lanes)):
            self.changed.emit(lane)
