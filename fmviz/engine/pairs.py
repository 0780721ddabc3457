"""The batches of pairs that the Pairs view draws, as questions: the newest for each lane, and those of scenes ahead."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.cloud import Side
from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.core.questions import PairBatch
from fmviz.engine.asker import Asker
from fmviz.engine.document import Document

# Of so many pairs of clouds it is known what questions call them: more than anyone undoes at a stretch.
_MOST_PROBLEMS = 32
_SHOWN, _AHEAD = "pairs", "pairs of a scene"


class PairBatches(QObject):
    """Wants one batch for each lane of the document while pairs are seen, and keeps what its scenes show.

    Pairs of another size stay until the new ones come; those of other clouds, or paired in another way, go at once.

    Signals:
        changed(int): the lane whose entry was replaced.
        waiting_changed(bool): whether something of what is shown is still to come.
    """

    changed = Signal(int)
    waiting_changed = Signal(bool)

    def __init__(self, document: Document, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._asker = document, asker
        self._problems: dict[tuple[Side, Side, int], int] = {}
        self._next_problem = 1
        self._was_waiting = False
        asker.answered.connect(self._take)
        document.changed.connect(self._follow_document)

    @property
    def pairs(self) -> tuple[Pairs | None, ...]:
        """The batch of each lane, or None if nobody asked since clouds, coupling or seed changed."""
        return tuple(self._asker.answer((_SHOWN, lane)) for lane in range(len(self._document.project.lanes)))

    @property
    def is_waiting(self) -> bool:
        """Whether pairs that are shown, or their optimum, are to come."""
        return any(self._asker.is_waiting((_SHOWN, lane)) for lane in range(len(self._document.project.lanes)))

    def problem(self, number: Hashable) -> Project | None:
        """Return the project that questions call so, or None if it is forgotten."""
        sides = next((key for key, known in self._problems.items() if known == number), None)
        if sides is None:
            return None
        source, target, seed = sides
        return Project(source, target).with_lane_setting("seed", seed)

    @Slot()
    def want(self) -> None:
        """Want the batch of each lane that the document's style asks for; what was given up is tried again."""
        self._asker.start()
        for lane, question in enumerate(self._questions(self._document.project.style.batch)):
            slot = (_SHOWN, lane)
            self._asker.try_again(slot)
            before = self._asker.answer(slot)
            self._asker.want(slot, question)
            if self._asker.answer(slot) is not before:
                self.changed.emit(lane)
        self._tell_waiting()

    @Slot()
    def prepare(self) -> None:
        """Ask for what scenes show before they are shown."""
        self._want_ahead(question for size in self._sizes() for question in self._questions(size))

    def batches(self) -> tuple[tuple[Pairs, ...], ...]:
        """Return for each lane the batches that scenes of the document show, as far as they are known for all."""
        lanes: list[list[Pairs]] = [[] for _ in self._document.project.lanes]
        for size in self._sizes():
            known = [self._asker.known(question) for question in self._questions(size)]
            if None not in known:
                for lane, pairs in zip(lanes, known, strict=True):
                    lane.append(pairs)
        return tuple(map(tuple, lanes))

    def adopt(self, lanes: Sequence[tuple[Pairs, ...]]) -> None:
        """Take the batches that a file holds for each lane of the document."""
        wanted: list[PairBatch] = []
        for entry in zip(*lanes, strict=False):
            if len({pairs.size for pairs in entry}) == 1 and len(entry) == len(self._document.project.lanes):
                for question, pairs in zip(self._questions(entry[0].size), entry, strict=True):
                    self._asker.know(question, pairs)
                    wanted.append(question)
        self._want_ahead(wanted)
        style = self._document.project.style
        if style.needs("pairs") and None not in map(self._asker.known, self._questions(style.batch)):
            self.want()

    def _want_ahead(self, questions: Iterable[PairBatch]) -> None:
        self._asker.want_all(_AHEAD, questions, rank=2)

    def _sizes(self) -> list[int]:
        return sorted({scene.style.batch for scene in self._document.project.scenes if scene.style.needs("pairs")})

    def _questions(self, size: int) -> list[PairBatch]:
        """Return what is asked for a batch of that size in each lane."""
        project = self._document.project
        key = project.source, project.target, project.lanes[0].seed
        if key not in self._problems:
            self._problems[key], self._next_problem = self._next_problem, self._next_problem + 1
            if len(self._problems) > _MOST_PROBLEMS:
                del self._problems[next(iter(self._problems))]
        return [PairBatch(self._problems[key], lane.coupling, size, lane.batch_settings) for lane in project.lanes]

    @Slot(object)
    def _take(self, slot: Hashable) -> None:
        if isinstance(slot, tuple) and slot[0] == _SHOWN:
            self.changed.emit(slot[1])
            self._tell_waiting()

    @Slot(object, object)
    def _follow_document(self, new: Project, old: Project) -> None:
        for lane in range(max(len(old.lanes), len(new.lanes))):
            if _drawn_from(new, lane) != _drawn_from(old, lane) or _drawn_from(new, lane) is None:
                self._asker.drop((_SHOWN, lane))
                if lane < len(new.lanes):
                    self.changed.emit(lane)
        if any(_drawn_from(new, lane) != _drawn_from(old, lane) for lane in range(len(new.lanes))):
            self._want_ahead(())
        if new.style.needs("pairs") and self._is_other(new):
            self.want()
        self._tell_waiting()

    def _is_other(self, new: Project) -> bool:
        """Whether lanes want other batches than they did."""
        return any(self._asker.wanted((_SHOWN, lane)) != question
                   for lane, question in enumerate(self._questions(new.style.batch)))

    def _tell_waiting(self) -> None:
        if self.is_waiting is not self._was_waiting:
            self._was_waiting = self.is_waiting
            self.waiting_changed.emit(self._was_waiting)


def _drawn_from(project: Project, lane: int) -> tuple[Hashable, ...] | None:
    """Return what decides which points a lane's batches have and how they are paired; None if there is no such lane."""
    if lane >= len(project.lanes):
        return None
    settings = project.lanes[lane]
    return project.source, project.target, settings.coupling, settings.batch_settings, project.lanes[0].seed
