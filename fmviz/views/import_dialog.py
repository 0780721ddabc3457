"""The dialog before a cloud is made of a table, a picture or a word: what is chosen, its points, and for which side.

What can be chosen is the page's; the dialog makes the cloud of it beside the window, shows it, and hands it over.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fmviz.core.cloud import PointCloud, Side, side_dot_labels, side_dots
from fmviz.core.errors import FmvizError
from fmviz.core.project import SIDES
from fmviz.core.table import CloudRead
from fmviz.core.theme import Theme
from fmviz.engine.background import Task, Tasks
from fmviz.views import words
from fmviz.views.controls import ElidedLabel, describe, label
from fmviz.views.focus import tab_as_seen
from fmviz.views.import_pages import Page
from fmviz.views.thumbnail import CloudThumbnail

_FIRST_SIZE_PX = QSize(820, 470)
_PREVIEW_PX = 340
_MARGIN_PX, _SPACING_PX = 16, 12
# Longer than between two keys of a fast typist, shorter than a person waits.
_CALM_MS = 60


class ImportDialog(QDialog):
    """One page, the picture of its points, and a button for each side.

    Args:
        which: the side that is meant; None asks.

    Signals:
        chosen(str, CloudRead): this cloud is to be that side; the dialog closes.
    """

    chosen = Signal(str, object)

    def __init__(self, page: Page, which: str | None, tasks: Tasks, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page, self._tasks = page, tasks
        page.side = which or page.side
        self._task: Task | None = None
        self._read: CloudRead | None = None
        self._accepts: str | None = None
        self.preview = CloudThumbnail(which or "target", theme, self)
        self.preview.setMinimumSize(_PREVIEW_PX, _PREVIEW_PX)
        self.preview.show_points(None)
        self.count = label("", "muted")
        self.message = label("", "muted")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.cancel = self._button("Cancel", "Change nothing.", "Escape")
        self.cancel.clicked.connect(self.reject)
        self.use = {side: self._button(f"Use as {side}", f"Make these points the {side}.") for side in SIDES}
        for side, button in self.use.items():
            button.clicked.connect(lambda _=False, side=side: self._accept(side))
        meant = self.use[which or "target"]
        meant.setProperty("role", "primary")
        meant.setDefault(True)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.timeout.connect(self._make)
        page.changed.connect(self._follow_change)
        self._lay_out()
        tab_as_seen(self)
        self._follow_change()
        page.setFocus()

    def done(self, result: int) -> None:
        """Close; what is on its way is dropped."""
        self._calm.stop()
        self._stop()
        self.page.stop()
        super().done(result)

    def _button(self, text: str, tip: str, keys: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        describe(button, text, tip, keys)
        return button

    def _lay_out(self) -> None:
        title = ElidedLabel("title")
        title.show_text(self.page.title)
        seen = QVBoxLayout()
        seen.setSpacing(6)
        seen.addWidget(self.preview, 1)
        seen.addWidget(self.count)
        work = QVBoxLayout()
        work.setSpacing(_SPACING_PX)
        work.addWidget(title)
        work.addWidget(self.page, 1)
        work.addWidget(self.message)
        body = QHBoxLayout()
        body.setSpacing(_MARGIN_PX)
        body.addLayout(seen, 4)
        body.addLayout(work, 5)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.cancel, *self.use.values()):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(_MARGIN_PX)
        column.addLayout(body, 1)
        column.addLayout(buttons)
        self.resize(_FIRST_SIZE_PX.expandedTo(self.sizeHint()).boundedTo(self.screen().availableSize()))

    def _follow_change(self) -> None:
        self._read = None
        self._calm.start(_CALM_MS)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _make(self) -> None:
        """Make the cloud of what is chosen now; an older one on its way is dropped."""
        self._stop()
        if self.count.text() == "":
            self._say("Reading…", "muted")
        if not self.page.is_ready:
            return
        try:
            work = self.page.work()
        except FmvizError as error:
            self._refuse(error)
            return
        self._task = self._tasks.run(f"Reading {self.page.title}", work, self._show, self._refuse)

    def _show(self, read: CloudRead) -> None:
        self._task, self._read = None, read
        side = Side(cloud=read.cloud)
        self.preview.show_points(side_dots(side), side_dot_labels(side))
        self.count.setText(f"{words.count(len(read.cloud))} points{_shape_in_words(read.cloud)}")
        self._say(" ".join(read.notes), "muted")
        for button in self.use.values():
            button.setEnabled(True)
        if self._accepts is not None:
            self._accept(self._accepts)

    def _refuse(self, error: FmvizError) -> None:
        self._task = None
        if self.page.meet(error):
            return
        self._accepts = None
        self.preview.show_points(None)
        self.count.setText("")
        self._say(str(error), "danger")
        for button in self.use.values():
            button.setEnabled(False)

    def _say(self, sentence: str, role: str) -> None:
        self.message.setText(words.breakable(sentence))
        QTimer.singleShot(0, self, self._grow)
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)

    def _grow(self) -> None:
        """Take the room that a longer sentence or another question needs."""
        needed = self.sizeHint().boundedTo(self.screen().availableSize())
        self.resize(self.size().expandedTo(needed))

    def _accept(self, side: str) -> None:
        """Hand the cloud over; if it is still on its way, as soon as it is there."""
        if side != self.page.side and self.page.depends_on_side:
            self._read = None
            self.page.side = side
            self._calm.start(0)
        if self._read is None:
            self._accepts = side
            return
        self.chosen.emit(side, self._read)
        self.accept()


def _shape_in_words(cloud: PointCloud) -> str:
    """Return how wide and high a cloud is: ", 12 x 4.2 units"."""
    width, height = cloud.xy.max(axis=0) - cloud.xy.min(axis=0)
    return f", {width:.4g} × {height:.4g} units"
