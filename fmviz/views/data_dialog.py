"""Points out of the window: which ones, and where to; the clouds, and what the shown flow makes of its particles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from fmviz.core.cloud import MAX_POINTS, PointCloud
from fmviz.core.frames import UNLEARNED, FlowSnapshot
from fmviz.core.project import SIDES
from fmviz.engine.background import Tasks
from fmviz.engine.cloud_files import SAMPLES, samples_of, side_points, trajectories_of, writing
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.files.npy import Points
from fmviz.views import words
from fmviz.views.controls import Segmented, label, push_button
from fmviz.views.dialogs import Dialogs
from fmviz.views.focus import tab_as_seen
from fmviz.views.import_dialog import POINT_STOPS
from fmviz.views.layouts import column, grid, row
from fmviz.views.number_edit import NumberEdit

_WHAT = {"source": "Source", "target": "Target", "samples": "Samples", "trajectories": "Trajectories"}
_TIPS = {"source": "The points of the source cloud.", "target": "The points of the target cloud.",
         "samples": "Where the particles of the shown flow are at t = 1.",
         "trajectories": "Where the particles of the shown flow are at every time that is stored."}
_WIDTH_PX, _MARGIN_PX, _SPACING_PX = 500, 16, 12


class DataDialog(QDialog):
    """What is written: a side, or what a learned lane makes of its particles.

    Args:
        what: key of `_WHAT` to begin with.
        say: shows a sentence when the file is written.
    """

    def __init__(self, document: Document, session: Session, tasks: Tasks, dialogs: Dialogs,
                 say: Callable[[str], object], what: str = "source", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document, self._session, self._tasks, self._dialogs, self._say = document, session, tasks, dialogs, say
        lanes = {str(mark.lane): mark.letter for mark in document.project.marks}
        self.what = Segmented("Points", _WHAT, _TIPS, parent=self)
        self.lane = Segmented("Pane", lanes, dict.fromkeys(lanes, "The flow of which pane."), fills_width=False,
                              parent=self)
        self.count = NumberEdit("Count", "How many samples of the shape are written.", SAMPLES, 10, MAX_POINTS,
                                POINT_STOPS)
        self.facts = label("", "muted", wraps=True)
        self.save = push_button(self, "Save as…", "Choose the file: a .csv table or a .npy array.", self._save,
                                role="primary")
        self.save.setDefault(True)
        self.cancel = push_button(self, "Cancel", "Write nothing.", self.reject, "Escape")
        self.what.edited.connect(self._refresh)
        self.lane.edited.connect(self._refresh)
        self.count.show_value(SAMPLES)
        self.what.show_value(what)
        self.lane.show_value("0")
        self._lay_out()
        tab_as_seen(self)
        self._refresh()
        self.what.button(what).setFocus()

    def points(self) -> Points | None:
        """Return what is chosen; None if there is nothing of the kind yet."""
        what = self.what.current()
        if what in SIDES:
            return side_points(self._document.project.side(what), round(self.count.value()))
        snapshot = self._snapshot
        if snapshot is None:
            return None
        return samples_of(snapshot) if what == "samples" else trajectories_of(snapshot)

    @property
    def _snapshot(self) -> FlowSnapshot | None:
        shown = self._session.steps.snapshots
        lane = int(self.lane.current() or 0)
        return shown[lane] if lane < len(shown) else None

    def _refresh(self, *_: object) -> None:
        what = self.what.current() or "source"
        is_side = what in SIDES
        side = self._document.project.side(what) if is_side else None
        snapshot = self._snapshot
        for parts, is_shown in (((self._lane_title, self.lane), not is_side and len(self._document.project.lanes) > 1),
                                ((self._count_title, self.count), side is not None and side.cloud is None)):
            for widget in parts:
                widget.setVisible(is_shown)
        if side is not None:
            text = (f"Samples of the shape {side.label}: x, y." if side.cloud is None else
                    f"{words.count(len(side.cloud))} points: {_columns(side.cloud)}.")
        elif snapshot is None:
            text = "Nothing has been learned yet: train first."
        else:
            times, particles = snapshot.x.shape[:2]
            step = "" if snapshot.step == UNLEARNED else f", step {words.count(snapshot.step)}"
            of = f"the {words.count(particles)} particles on the stage{step}"
            text = (f"x and y of {of}, at t = 1. More: fmviz sample." if what == "samples" else
                    f"t, point, x and y of {of}, at {times} times; the array is {times} × {particles} × 2.")
        self.facts.setText(text)
        self.save.setEnabled(is_side or snapshot is not None)

    def _lay_out(self) -> None:
        cells = grid(_SPACING_PX, _SPACING_PX)
        self._lane_title, self._count_title = label("Pane", "muted"), label("Count", "muted")
        for place, (title, editor) in enumerate(((label("Points", "muted"), self.what), (self._lane_title, self.lane),
                                                 (self._count_title, self.count))):
            cells.addWidget(title, place, 0)
            cells.addWidget(editor, place, 1)
        column(cells, self.facts, None, row(None, self.cancel, self.save), spacing=_MARGIN_PX, margins=_MARGIN_PX,
               on=self)
        self.setMinimumWidth(_WIDTH_PX)

    def _save(self) -> None:
        points = self.points()
        what = self.what.current() or ""
        path = self._dialogs.data_to_save(f"{self._document.title}-{what}")
        if points is None or path is None:
            return
        n = points.xy.shape[-2]
        self._tasks.run(f"Writing {path.name}", writing(path, points),
                        lambda path: self._say(f"Saved {path.name}: {words.count(n)} points."), self._dialogs.error,
                        is_write=True)
        self.accept()


def _columns(cloud: PointCloud) -> str:
    """Return which columns a table of a cloud has."""
    more = [name for name, values in (("weight", cloud.weights), ("label", cloud.labels)) if values is not None]
    return ", ".join(("x", "y", *more)) + (" (an array holds x and y only)" if more else "")
