"""The batch of pairs that the Pairs view draws: asked of the engine, dropped as soon as its clouds change."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.engine.asker import freeze
from fmviz.engine.document import Document
from fmviz.engine.keeper import EngineKeeper
from fmviz.engine.messages import NO_JOB, PairsDrawn, ShowPairs

# A question that a lost engine left open is put to the next one, but one that two engines died of is given up.
_MOST_TRIES = 2
# A batch of 4,096 pairs takes 128 kB in double precision: 8 MB at most, in two lanes.
_MOST_KNOWN = 32


class PairsDesk(QObject):
    """Asks for pairs and keeps the newest answer, one entry per lane of the document.

    While the pairs are among the visible layers it asks by itself whenever clouds, couplings, seed or the batch's size
    change. Each question has a number; an answer to an older one is dropped. Pairs of another size stay until the new
    ones come; those of other clouds go at once.

    Signals:
        changed(int): the lane whose entry was replaced.
        waiting_changed(bool): whether something of the answer is still to come.
    """

    changed = Signal(int)
    waiting_changed = Signal(bool)

    def __init__(self, document: Document, keeper: EngineKeeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._keeper = document, keeper
        self._job = NO_JOB
        self._asked: Hashable = None
        self._open: frozenset[int] = frozenset()
        self._tries = 0
        self._pairs: tuple[Pairs | None, ...] = (None,) * len(document.project.lanes)
        # Complete answers, by their question; the newest last.
        self._known: dict[Hashable, tuple[Pairs | None, ...]] = {}
        # The sizes that are still to be asked ahead, the question that is, its size, its answer so far by lane.
        self._later: list[int] = []
        self._ahead: Hashable = None
        self._ahead_size = 0
        self._ahead_pairs: dict[int, Pairs] = {}
        document.changed.connect(self._follow_document)
        keeper.ready.connect(self._ask_again)
        keeper.missed.connect(self._miss_engine)
        keeper.said.connect(self._take)

    @property
    def pairs(self) -> tuple[Pairs | None, ...]:
        """The batch of each lane, or None if nobody asked since clouds, couplings or seed changed."""
        return self._pairs

    @property
    def is_waiting(self) -> bool:
        """Whether a question is open: pairs or their optimum are to come."""
        return bool(self._open)

    @Slot()
    def ask(self) -> None:
        """Ask for one batch per lane; works while training too."""
        project = self._document.project
        self._job += 1
        if self._ahead is not None:  # which gives way
            self._later.insert(0, self._ahead_size)
        self._asked, self._ahead = _question(project), None
        self._tries = 0
        self._set_open(frozenset(range(len(project.lanes))))
        self._keeper.start()
        self._put()

    def want(self) -> None:
        """Ask, unless the answer is there or under way."""
        question = _question(self._document.project)
        if self._asked == question:
            return
        if question == self._ahead:
            self._show(question, tuple(self._ahead_pairs.get(lane, old) for lane, old in enumerate(self._pairs)),
                       frozenset(lane for lane in range(len(self._pairs)) if not self._is_solved(lane)))
            self._ahead, self._tries = None, 1
        elif question in self._known:
            if self._ahead is None:
                self._job += 1
            self._show(question, self._known[question], frozenset())
            self._go_on()
        else:
            self.ask()

    @Slot()
    def prepare(self) -> None:
        """Ask for what scenes show before they are shown, while nothing that is shown is waited for."""
        project = self._document.project
        self._later = [size for size in self._sizes() if (*_drawn_from(project), size) not in self._known][:_MOST_KNOWN]
        self._go_on()

    def _go_on(self) -> None:
        """Ask ahead for the next batch."""
        if self._later and self._ahead is None and not self._open and self._keeper.device_label is not None:
            project, size = self._document.project, self._later.pop(0)
            self._job += 1
            self._ahead, self._ahead_size, self._ahead_pairs = (*_drawn_from(project), size), size, {}
            self._keeper.send(ShowPairs(self._job, project, size))

    def _is_solved(self, lane: int) -> bool:
        return lane in self._ahead_pairs and self._ahead_pairs[lane].optimum is not None

    def _show(self, question: Hashable, pairs: tuple[Pairs | None, ...], waiting: frozenset[int]) -> None:
        self._asked, self._pairs = question, pairs
        self._set_open(waiting)
        for lane in range(len(pairs)):
            self.changed.emit(lane)

    def _sizes(self) -> list[int]:
        return sorted({scene.style.batch for scene in self._document.project.scenes if "pairs" in scene.style.layers})

    def batches(self) -> tuple[tuple[Pairs, ...], ...]:
        """Return for each lane the batches that scenes of the document show, as far as they are known."""
        project = self._document.project
        questions = [(*_drawn_from(project), size) for size in self._sizes()]
        known = [self._known[question] for question in questions if question in self._known]
        return tuple(tuple(pairs for entry in known if (pairs := entry[lane]) is not None)
                     for lane in range(len(project.lanes)))

    def adopt(self, lanes: Sequence[tuple[Pairs, ...]]) -> None:
        """Take the batches that a file holds for each lane of the document."""
        project = self._document.project
        for entry in zip(*lanes, strict=False):
            if len({len(pairs.x0) for pairs in entry}) == 1 and len(entry) == len(project.lanes):
                self._remember((*_drawn_from(project), len(entry[0].x0)), entry)
        if "pairs" in project.style.layers and _question(project) in self._known:
            self._asked = None
            self.want()

    def _remember(self, question: Hashable, pairs: tuple[Pairs | None, ...]) -> None:
        self._known.pop(question, None)
        self._known[question] = pairs
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def _put(self) -> None:
        if self._keeper.device_label is not None:
            self._tries += 1
            self._keeper.send(ShowPairs(self._job, self._document.project, self._document.project.style.batch))

    @Slot(str)
    def _ask_again(self, _device: str) -> None:
        if self._ahead is not None:  # the engine died of it, perhaps
            self._ahead, self._later = None, []
        if self._open and self._tries < _MOST_TRIES:
            self._put()
        else:
            self._set_open(frozenset())
            self._go_on()

    @Slot()
    def _miss_engine(self) -> None:
        """Wait no more; the next wish asks again."""
        if self._open:
            self._asked = None
        self._ahead, self._later = None, []
        self._set_open(frozenset())

    @Slot(object)
    def _take(self, news: object) -> None:
        if isinstance(news, PairsDrawn) and news.job == self._job:
            if self._ahead is not None:
                self._take_ahead(news)
                return
            if news.pairs is None:
                self._set_open(self._open - {news.lane})
                return
            pairs = _with_arrays_of(self._pairs[news.lane], news.pairs)
            freeze(pairs)
            self._pairs = tuple(pairs if lane == news.lane else old for lane, old in enumerate(self._pairs))
            self.changed.emit(news.lane)
            if pairs.optimum is not None:
                self._set_open(self._open - {news.lane})
                size = self._document.project.style.batch
                if not self._open and all(each is not None and len(each.x0) == size for each in self._pairs):
                    self._remember(self._asked, self._pairs)
                self._go_on()

    def _take_ahead(self, news: PairsDrawn) -> None:
        if news.pairs is None:
            self._ahead, self._later = None, []
            return
        freeze(news.pairs)
        self._ahead_pairs[news.lane] = news.pairs
        lanes = range(len(self._pairs))
        if all(map(self._is_solved, lanes)):
            self._remember(self._ahead, tuple(self._ahead_pairs[lane] for lane in lanes))
            self._ahead = None
            self._go_on()

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        if _drawn_from(new) != _drawn_from(old):
            self._job += 1  # an answer for the old clouds that is under way is no answer any more
            self._asked = self._ahead = None
            self._later = []
            self._pairs = (None,) * len(new.lanes)
            self._set_open(frozenset())
            for lane in range(len(new.lanes)):
                self.changed.emit(lane)
        if "pairs" in new.style.layers:
            self.want()

    def _set_open(self, lanes: frozenset[int]) -> None:
        was_waiting, self._open = self.is_waiting, lanes
        if self.is_waiting is not was_waiting:
            self.waiting_changed.emit(self.is_waiting)


def _with_arrays_of(old: Pairs | None, new: Pairs) -> Pairs:
    """Return `new` with the arrays of `old` if they are equal: what draws them sees that there is nothing to draw."""
    if old is None or not (np.array_equal(old.x0, new.x0) and np.array_equal(old.x1, new.x1)):
        return new
    return replace(new, x0=old.x0, x1=old.x1)


def _drawn_from(project: Project) -> tuple[Hashable, ...]:
    """Return what decides which points are drawn and how they are paired."""
    return project.source, project.target, tuple(lane.coupling for lane in project.lanes), project.lanes[0].seed


def _question(project: Project) -> tuple[Hashable, ...]:
    return *_drawn_from(project), project.style.batch
