"""The cloud that is being drawn: its points beside the document's, the other cloud, and the square they are shown in.

One finished change is one undo step of the document. Which change it is, mouse and keys are `draw_tool`'s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fmviz.canvas.edit_overlay import EditPicture
from fmviz.core.cloud import MIN_POINTS, FloatArray, Labels, PointCloud, Side, carried, side_dots
from fmviz.core.extent import Extent, drawing_extent
from fmviz.core.project import Project
from fmviz.engine.document import Document

NO_POINTS: FloatArray = np.zeros((0, 2))
DRAWN = "Drawn"
_EDITED = ", edited"


class Drawing(QObject):
    """One side of the document under edit.

    A side that was a shape begins as an empty drawing, a cloud goes on. A drawing of fewer than two points cannot be a
    side: it is kept here, the document keeps the old side, and `message` says so. The square is chosen at the beginning
    and grows between changes only, so that nothing jumps under the mouse.

    Attributes:
        which: the side under edit, or None.
        points: the drawing between gestures, (N, 2), world units.
        extent: the square that is shown.

    Signals:
        changed(): points, other cloud or square are new.
        undo_changed(): `can_undo` or `can_redo` may differ.
        message(str): something that the user should know, in one sentence; "" when the last one is over.
    """

    changed = Signal()
    undo_changed = Signal()
    message = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.which: str | None = None
        self._ghost = self.points = NO_POINTS
        self._weights: FloatArray | None = None
        self._labels: Labels | None = None
        self.extent = Extent(0.0, 0.0, 1.0)
        self._is_loose = False
        self._is_keeping = False
        document.changed.connect(self._follow)
        # Their values are kept: the last signals come while the stack is being destroyed and cannot be asked.
        stack = document.undo_stack
        self._can_undo, self._can_redo = stack.canUndo(), stack.canRedo()
        stack.canUndoChanged.connect(self._follow_undo)
        stack.canRedoChanged.connect(self._follow_redo)

    @property
    def can_undo(self) -> bool:
        return self._is_loose or self._can_undo

    @property
    def can_redo(self) -> bool:
        return not self._is_loose and self._can_redo

    def begin(self, which: str) -> None:
        self.which = which
        project = self._document.project
        self.extent = drawing_extent(project.side(which), project.side_beside(which))
        self._load()

    def end(self) -> None:
        """Edit no side; a drawing of too few points is dropped."""
        if self._is_loose:
            kept = self._document.project.side(str(self.which)).label
            self.message.emit(f"The {self.which} stays {kept}: the drawing had fewer than {MIN_POINTS} points.")
        self.which = None
        self._is_loose = False
        self.points = NO_POINTS

    def keep(self, points: FloatArray, rows: NDArray[np.int64], text: str) -> None:
        """Make these points the side: one undo step called `text`. Too few of them stay here.

        Args:
            rows: which of the points before each one was, `NEW_ROW` for a new one.
        """
        if self.which is None:
            return
        self.points = points
        self._weights, self._labels = carried(self._weights, self._labels, rows)
        self._set_loose(len(points) < MIN_POINTS)
        if not self._is_loose:
            self._write(text)
        self.extent = self.extent.grown_to(self.points)
        self.changed.emit()
        self.undo_changed.emit()

    def undo(self) -> None:
        """Take the last change back; a drawing of too few points becomes again what the document holds."""
        if self._is_loose:
            self._load()
        else:
            self._document.undo()

    def redo(self) -> None:
        if not self._is_loose:
            self._document.redo()

    def picture(self, points: FloatArray) -> EditPicture:
        """Return what the canvas shows while the drawing has these points."""
        return EditPicture(points, self._ghost, "target" if self.which == "target" else "source", self.extent)

    def _write(self, text: str) -> None:
        which = str(self.which)
        side = self._document.project.side(which)
        cloud = PointCloud(self.points, self._weights, _name_after_edit(side), self._labels)
        self.points, self._weights = cloud.xy, cloud.weights
        self._is_keeping = True
        try:
            self._document.set_side(which, Side(cloud=cloud, jitter=side.jitter), text)
        finally:
            self._is_keeping = False

    def _follow(self, new: Project, old: Project) -> None:
        is_other_cloud = (new.source, new.target) != (old.source, old.target)
        if self.which is not None and not self._is_keeping and is_other_cloud:
            self._load()

    def _follow_undo(self, can_undo: bool) -> None:
        self._can_undo = can_undo
        self.undo_changed.emit()

    def _follow_redo(self, can_redo: bool) -> None:
        self._can_redo = can_redo
        self.undo_changed.emit()

    def _load(self) -> None:
        which = str(self.which)
        side = self._document.project.side(which)
        self.points, self._weights, self._labels = NO_POINTS, None, None
        if side.cloud is not None:
            self.points, self._weights, self._labels = side.cloud.xy, side.cloud.weights, side.cloud.labels
        self._ghost = side_dots(self._document.project.side_beside(which)).xy
        self._set_loose(False)
        self.extent = self.extent.grown_to(self.points).grown_to(self._ghost)
        self.changed.emit()
        self.undo_changed.emit()

    def _set_loose(self, is_loose: bool) -> None:
        if is_loose:
            kept = self._document.project.side(str(self.which)).label
            self.message.emit(f"Draw at least {MIN_POINTS} points; until then the {self.which} stays {kept}.")
        elif self._is_loose:
            self.message.emit("")
        self._is_loose = is_loose


def _name_after_edit(side: Side) -> str:
    """Return what the drawn cloud is called: a file's or a shape's points are no longer just that."""
    if side.cloud is None or side.cloud.name == DRAWN:
        return DRAWN
    return side.cloud.name.removesuffix(_EDITED) + _EDITED
