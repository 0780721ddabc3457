"""The export dialog: what the file should be, one frame of it, and the export itself beside the living window.

The file is made by `canvas.render.render_film` in a process of its own. Closing the dialog hides it and the export
goes on; only Cancel, or the end of the program, gives it up.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from fmviz.canvas.render import render_film
from fmviz.core.config import FIELD
from fmviz.core.film import film_of, shares_of
from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.engine.export import ExportJob
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, Stale
from fmviz.views import words
from fmviz.views.controls import describe, keys_of, label, tabular
from fmviz.views.export_estimate import SizeEstimate
from fmviz.views.export_file import ExportFile
from fmviz.views.export_form import ExportForm
from fmviz.views.export_preview import ExportPreview

_FORM_WIDTH_PX = 300
_FIRST_SIZE_PX = (840, 620)
_MARGIN_PX, _SPACING_PX = 16, 12
_MESSAGE_HEIGHT_PX = 34
_KEYS = keys_of("export")
_STALE = {
    Stale.CLOUDS: "The clouds have changed since training; the file shows the clouds that were learned.",
    Stale.SETTINGS: "The settings have changed since training; the file shows what was learned before.",
}


class ExportDialog(QDialog):
    """Choose, look, export.

    Signals:
        progress_text(str): how the export stands, for the window's status bar.
    """

    progress_text = Signal(str)

    def __init__(
        self, document: Document, session: Session, playhead: Playhead, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export animation")
        self.setModal(False)
        self._document, self._session, self._playhead = document, session, playhead
        self._written: Path | None = None
        self.job = ExportJob(self)
        self.form = ExportForm(document, self)
        self.form.setFixedWidth(_FORM_WIDTH_PX)
        self.preview = ExportPreview(self)
        self.estimate = SizeEstimate(self)
        self.facts = label("", "muted")
        tabular(self.facts)
        self.file = ExportFile(document, self)
        self.message = label("")
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(_MESSAGE_HEIGHT_PX)
        tabular(self.message)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        describe(self.bar, "Export progress", "How many of the frames are done.")
        # The picture above keeps its size when the bar comes.
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.cancel = self._button("Cancel", "Give the export up; an older file stays as it was.")
        self.reveal = self._button("Show in folder", "Open the folder of the file.")
        self.open_file = self._button("Open", "Open the file with the program that shows GIFs.")
        self.close_button = self._button("Close", "Leave this dialog; what is chosen here stays.", "Escape")
        self.export = self._button("Export", "Write the file; the window stays usable meanwhile.")
        self.export.setProperty("role", "primary")
        self.export.setDefault(True)
        self._lay_out()
        self._connect()
        self._show_running(False)

    @property
    def is_exporting(self) -> bool:
        """Whether a file is being written."""
        return self.job.is_running

    @Slot()
    def shutdown(self) -> None:
        """Give up what is under way; the program ends."""
        self.job.shutdown()
        self.estimate.shutdown()
        self.hide()

    @Slot()
    def start(self) -> None:
        """Export what is chosen, with the pictures as they are at this moment."""
        path = self.file.path
        if self.is_exporting or self._what_is_missing():
            return
        if path is None:
            self._say("Name the file to write, for example flow.gif.", is_error=True)
            return
        if not os.path.isdir(path.parent):  # not Path's, which raises where it may not look
            self._say(f"There is no folder {path.parent}; choose one that exists.", is_error=True)
            return
        self.file.set_path(path)
        self._written = None
        self.bar.setRange(0, 0)
        self._say("Starting…")
        self.job.start(render_film, path, film_of(self._session.snapshots, self.form.picture_style(), self.form.spec()))
        self._show_running(True)

    @Slot()
    def refresh(self) -> None:
        """Show what the export would be now."""
        if not self.isVisible():
            return
        missing = self._what_is_missing()
        self.export.setEnabled(not missing)
        if missing:
            self.preview.show_message(missing)
            self.estimate.forget()
        else:
            request = self._session.snapshots, self.form.picture_style(), self.form.spec()
            self.preview.show_soon(*request)
            self.estimate.ask(*request)
        self._show_facts()
        if not self.is_exporting and self._written is None:
            self._say(self._note())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.preview.set_t(self._playhead.t)
        if not self.is_exporting:
            self.file.propose()
        self.form.fit_size()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.estimate.forget()
        self.preview.rest()
        if self.is_exporting and not event.spontaneous():  # which it is when the window is minimised
            self.progress_text.emit(f"The export goes on; {_KEYS} shows it.")

    def _what_is_missing(self) -> str:
        """Return why nothing can be exported, or ""."""
        snapshots, lanes = self._session.snapshots, self._document.project.lanes
        unlearned = [lane for lane in self.form.lanes() if snapshots[lane] is None]
        if not unlearned:
            return ""
        if len(lanes) == len(unlearned):
            return "Nothing has been learned yet: train first, then export."
        coupling = FIELD["coupling"].choices[lanes[unlearned[0]].coupling]  # type: ignore[index]
        return f"{words.lane_title(unlearned[0], coupling)} has learned nothing yet: train first."

    def _note(self) -> str:
        """Return what the user should know before pressing Export."""
        path = self.file.path
        notes = [_STALE.get(self._session.stale, "")]
        if path is not None and os.path.exists(path):
            notes.append(f"{path.name} exists and will be replaced.")
        return " ".join(note for note in notes if note)

    def _show_facts(self) -> None:
        spec = self.form.spec()
        self.facts.setText(words.animation(len(shares_of(spec)), spec.delay_ms, self.estimate.text))

    def _forget_written(self) -> None:
        self._written = None
        self._show_running(self.is_exporting)
        self.refresh()

    def _show_progress(self, done: int, total: int, seconds_left: float) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        text = words.exporting(done, total, seconds_left)
        self._say(f"Drawing {text}")
        self.progress_text.emit(f"Exporting: {text}" + ("" if self.isVisible() else f"; {_KEYS} shows it"))

    def _show_finished(self, path: Path) -> None:
        self._written = path
        self._end(f"Saved {path.name} ({words.file_size(path.stat().st_size)}).")

    def _end(self, sentence: str, is_error: bool = False) -> None:
        self._show_running(False)
        self._say(sentence, is_error)
        self.progress_text.emit(sentence)

    def _show_running(self, is_running: bool) -> None:
        self.bar.setVisible(is_running)
        self.cancel.setVisible(is_running)
        self.cancel.setEnabled(is_running)
        self.close_button.setVisible(not is_running)
        self.export.setVisible(not is_running)
        self.export.setEnabled(not self._what_is_missing())
        self.file.setEnabled(not is_running)
        for button in (self.reveal, self.open_file):
            button.setVisible(self._written is not None)

    def _give_up(self) -> None:
        self.cancel.setEnabled(False)
        self.job.cancel()

    def _say(self, sentence: str, is_error: bool = False) -> None:
        role = "danger" if is_error else ""
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)
        self.message.setText(sentence)

    def _show_outside(self, is_folder: bool) -> None:
        if self._written is None:
            return
        path = self._written.parent if is_folder else self._written
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._say(f"No program here can show {path}.", is_error=True)

    # Building.

    def _button(self, text: str, tip: str, keys: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        describe(button, text, tip, keys)
        return button

    def _connect(self) -> None:
        self.form.edited.connect(self._forget_written)
        self.file.edited.connect(self._forget_written)
        self.file.submitted.connect(self.start)
        self.export.clicked.connect(self.start)
        self.cancel.clicked.connect(self._give_up)
        self.close_button.clicked.connect(self.reject)
        self.reveal.clicked.connect(lambda: self._show_outside(is_folder=True))
        self.open_file.clicked.connect(lambda: self._show_outside(is_folder=False))
        self.estimate.changed.connect(self._show_facts)
        self.job.progressed.connect(self._show_progress)
        self.job.finished.connect(self._show_finished)
        self.job.failed.connect(lambda sentence: self._end(sentence, is_error=True))
        self.job.cancelled.connect(lambda: self._end("Cancelled; nothing was written."))
        self._session.snapshot_changed.connect(lambda _: self.refresh())
        self._session.stale_changed.connect(lambda _: self.refresh())
        self._session.state_changed.connect(lambda _: self.refresh())
        self._document.changed.connect(self._follow)

    def _follow(self, new: Project, old: Project) -> None:
        if new.lanes != old.lanes:
            self.refresh()

    def _lay_out(self) -> None:
        upper = QHBoxLayout()
        upper.setSpacing(_SPACING_PX)
        upper.addWidget(self.preview, 1)
        right = QVBoxLayout()
        right.setSpacing(_SPACING_PX)
        right.addWidget(self.form, 1)
        right.addWidget(self.facts)
        upper.addLayout(right)
        buttons = QHBoxLayout()
        buttons.addWidget(self.message, 1)
        for button in (self.reveal, self.open_file, self.cancel, self.close_button, self.export):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(_SPACING_PX)
        column.addLayout(upper, 1)
        column.addWidget(self.file)
        column.addWidget(self.bar)
        column.addLayout(buttons)
        self.resize(*_FIRST_SIZE_PX)
