"""All scenes of a talk as files: each is chosen in the studio, waited for, and handed over to the queue."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from fmviz.core.errors import ExportError
from fmviz.core.film import Film
from fmviz.views.export_choice import SCENE, ExportChoice


class SceneExports(QObject):
    """Goes through the scenes once it is started, and leaves the choice as it was.

    Args:
        add: queues a film, given the number of its scene; raises ExportError.

    Signals:
        told(str): which scene is being prepared, or at the end what was queued and what was not, and why.
    """

    told = Signal(str)

    def __init__(self, choice: ExportChoice, add: Callable[[int, Film], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice, self._add = choice, add
        self._left: list[int] = []
        self._refusals: list[str] = []
        self._count = 0
        self._before: Callable[[], object] | None = None  # puts back what was chosen
        self._is_looking = False

    @property
    def is_under_way(self) -> bool:
        """Whether scenes are left."""
        return self._before is not None

    def start(self) -> None:
        """Queue a file for each scene."""
        if not self.is_under_way:
            self._left = list(range(self._choice.scene_count))
            self._refusals, self._count = [], len(self._left)
            self._before = self._choice.memory()
            self.go_on()

    def go_on(self) -> None:
        """Look whether the scene that is waited for is there; go on with the next one if so."""
        if self._is_looking or not self.is_under_way:
            return
        self._is_looking = True
        try:
            while self._left and self._has_settled(self._left[0]):
                self._left.pop(0)
        finally:
            self._is_looking = False
        if not self._left:
            self._end()

    def give_up(self) -> None:
        """Queue no more."""
        if self.is_under_way:
            self._refusals.append(f"{len(self._left)} were given up.")
            self._end()

    def _has_settled(self, index: int) -> bool:
        """Choose a scene; return whether it was queued or refused, not while it is prepared."""
        choice = self._choice
        if choice.what != f"{SCENE}{index}":
            choice.choose(f"{SCENE}{index}")
        choice.want_moments()
        try:
            if trouble := choice.missing():
                raise ExportError(trouble)
            if (film := choice.film()) is None:
                if not choice.can_be_prepared:
                    raise ExportError(choice.preparing())
                self.told.emit(f"Preparing scene {index + 1} of {self._count}…")
                return False
            self._add(index, film)
        except ExportError as error:
            self._refusals.append(f"Scene {index + 1}, {choice.name}: {error}")
        return True

    def _end(self) -> None:
        put_back, self._before = self._before, None
        queued = self._count - len(self._refusals) - max(0, len(self._left) - 1)
        self._left = []
        if put_back is not None:
            put_back()
        self.told.emit(" ".join([f"{queued} of {self._count} scenes are being exported.", *self._refusals]))
