"""The export studio: what the file should be, the very frame, how large it gets, and the exports that were begun.

Files are made by `film.render.render_film` in processes of their own, one after the other. Closing the dialog hides
it and the exports go on; only Cancel, or the end of the program, gives them up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QScrollArea, QWidget

from fmviz.canvas.fonts import complaints_of_words
from fmviz.core.errors import ExportError
from fmviz.core.film import Film
from fmviz.core.formats import scene_part
from fmviz.engine.document import Document
from fmviz.engine.export import Export, ExportQueue, ExportState
from fmviz.engine.moments import Moments
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, Stale
from fmviz.film.render import poster_path, render_film
from fmviz.views import words
from fmviz.views.controls import keys_of, label, push_button, room_on_screen, scrolling, set_role, tabular
from fmviz.views.editors import Refusal
from fmviz.views.export_choice import ExportChoice
from fmviz.views.export_file import ExportFile, SceneExports
from fmviz.views.export_form import ExportForm
from fmviz.views.export_list import ExportList
from fmviz.views.export_presets import PresetRow
from fmviz.views.export_preview import ExportPreview, FileEstimate
from fmviz.views.focus import tab_as_seen
from fmviz.views.layouts import column, row
from fmviz.views.picture_out import PictureData, PictureOut, film_picture

_SIDE_WIDTH_PX, _SPACING_PX, _MARGIN_PX = 362, 12, 16
_FIRST_SIZE_PX = (1020, 740)
_EXPORT_KEYS = "Ctrl+Return"
_KEYS = keys_of("export")
_STALE = {
    Stale.CLOUDS: "The clouds have changed since training; the file shows the clouds that were learned.",
    Stale.SETTINGS: "The settings have changed since training; the file shows what was learned before.",
}


class ExportSide(QWidget):
    """The right side of the studio: presets, a line, and the form, which scrolls where it has no room."""

    def __init__(self, presets: QWidget, form: ExportForm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.area = QScrollArea(self)
        self.area.setProperty("role", "plain")
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the focus of its fields
        scrolling(self.area, form)
        line = QFrame(self)
        line.setProperty("role", "line")
        line.setFixedHeight(1)
        column(presets, line, (self.area, 1), spacing=_SPACING_PX, margins=0, on=self)
        self.setFixedWidth(_SIDE_WIDTH_PX)
        # Once the form has grown by what was unfolded: before that there is nowhere to scroll to.
        form.fold.toggled.connect(lambda is_open: is_open and QTimer.singleShot(
            0, self, lambda: self.area.ensureWidgetVisible(form.fold, 0, 0)))


class ExportMessage(QLabel):
    """The line at the foot of the studio: notes follow the choice, errors (red) last as long as they are true."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._cause: Hashable = None

    def note(self, sentence: str, cause: Hashable) -> None:
        """Say what holds now, unless an error is shown that has still the same cause."""
        if self._cause is None or self._cause != cause:
            self.answer(sentence)

    def refuse(self, sentence: str, cause: Hashable) -> None:
        """Say why something could not be done; it stays until `note` comes with another cause."""
        self._cause = cause
        set_role(self, "danger")
        self.setText(sentence)

    def answer(self, sentence: str) -> None:
        """Say what was done or holds, in place of anything else."""
        self._cause = None
        set_role(self, "")
        self.setText(sentence)


class ExportDialog(QDialog):
    """Choose, look, export.

    Signals:
        progress_text(str): how the exports stand, for the window's status bar.
    """

    progress_text = Signal(str)

    def __init__(self, document: Document, session: Session, playhead: Playhead,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setModal(False)
        self._document, self._session, self._playhead = document, session, playhead
        self._trouble = ""
        self._states: tuple[tuple[int, ExportState], ...] = ()
        self.queue = ExportQueue(self)
        self.moments = Moments(session.steps, session.asker, self)
        self.choice = ExportChoice(document, session, self.moments, self)
        self.presets = PresetRow(self.choice, self)
        self.form = ExportForm(self.choice, self)
        self.side = ExportSide(self.presets, self.form, self)
        self.preview = ExportPreview(self)
        self.estimate = FileEstimate(self)
        self.facts = label("", "muted")
        tabular(self.facts)
        self.file = ExportFile(document, self)
        self.message = ExportMessage(self)
        self.list = ExportList(self.queue, self)
        self.out = PictureOut(self)
        self.copy = push_button(self, "Copy picture", "Put the picture that is shown here on the clipboard.",
                                lambda: self._take_out(lambda picture: self.out.copy(picture, self.message.answer)))
        self.scenes = SceneExports(self.choice, self._add_scene, self)
        self.all_scenes = push_button(self, "Export all scenes", "Write one file for each scene, named after it.",
                                      self._start_scenes)
        self.close_button = push_button(self, "Close", "Leave this dialog; exports go on, choices stay.", self.reject,
                                        "Escape")
        self.export = push_button(self, "Export", "Write the file; the window stays usable meanwhile.", self.start,
                                  _EXPORT_KEYS, role="primary")
        QShortcut(QKeySequence(_EXPORT_KEYS), self, self.export.click)  # a button's own goes when its text changes
        self.export.setDefault(True)
        self._lay_out()
        tab_as_seen(self)
        self._connect()

    @property
    def is_exporting(self) -> bool:
        return bool(self.queue.unfinished)

    def appear(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()

    def shutdown(self) -> None:
        """Give up what is under way; the program ends."""
        self.queue.shutdown()
        self.estimate.shutdown()
        self.preview.shutdown()
        self.out.shutdown()
        self.hide()

    def start(self) -> None:
        """Export what is chosen, with the pictures as they are at this moment."""
        self._finish_typing()
        self._follow_file()  # somebody else may have made such a file
        film, path = self._film(), self.file.path
        if film is None or self._has_refused():
            return
        if path is None:
            self._refuse("Name the file to write, for example flow.gif.")
            return
        if not self._has_folder(path):
            return
        self.file.set_path(path)
        self.file.remember(path)
        try:
            self.queue.add(render_film, path, film)
        except ExportError as error:
            self._refuse(str(error))

    def _has_refused(self) -> bool:
        """Whether the text of a field is none that it can take; if so, say why and go there."""
        found = Refusal.standing_in(self)
        if found is not None:
            field, why = found
            self._refuse(why)
            self.side.area.ensureWidgetVisible(field)
            field.setFocus()
        return found is not None

    def _has_folder(self, path: Path) -> bool:
        """Whether a file can go there; if not, say why."""
        is_there = os.path.isdir(path.parent)  # not Path's, which raises where it may not look
        if not is_there:
            self._refuse(f"There is no folder {path.parent}; choose one that exists.")
        return is_there

    def _start_scenes(self) -> None:
        self._finish_typing()
        if not self._has_refused() and (self.file.path is None or self._has_folder(self.file.path)):
            self.scenes.start()

    def _give_up_waiting(self) -> None:
        if self.scenes.is_under_way:
            self.scenes.give_up()
        else:
            self.choice.give_moments_up()

    def _add_scene(self, index: int, film: Film) -> None:
        path = self.file.beside(scene_part(index, self.choice.name))
        self.file.remember(path)
        self.queue.add(render_film, path, film)

    def refresh(self, *_: object) -> None:
        self.file.set_format(self.choice.spec().kind)
        if not self.isVisible():
            return
        film = self._film()
        for button in (self.export, self.copy):
            button.setEnabled(film is not None)
        if film is None:
            self.preview.show_message(self._trouble, is_waiting=self.moments.is_gathering)
            self.estimate.forget()
        else:
            self.preview.show_film(film)
            self.estimate.ask(film)
        self.all_scenes.setVisible(self.choice.scene_count > 0)
        self.all_scenes.setEnabled(not self.scenes.is_under_way)
        self._show_facts(film)
        self._follow_file()
        self.scenes.go_on()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if event.spontaneous():  # the window was minimised
            return
        self.resize(self.size().boundedTo(room_on_screen(self)))  # the buttons stand at the bottom
        self.presets.read_again()
        self.presets.list.setFocus()
        self.preview.set_t(self._playhead.t)
        if self.choice.scene is None:  # which has its own time
            self.choice.change(at=self._playhead.t)
        self.choice.fit_size()
        self.choice.try_again()
        self.message.answer("")
        self.refresh()

    def _finish_typing(self) -> None:
        """Take what is being typed: a button need not take the focus from a field."""
        if (field := self.focusWidget()) is not None:
            field.clearFocus()
            field.setFocus()
        self.file.follow_ending()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Return from the button that Qt calls the default: it ends an edit; only the file's field exports."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if event.spontaneous():  # the window is minimised
            return
        self.scenes.give_up()
        self.estimate.forget()
        self.preview.rest()
        self.moments.cancel()
        if self.is_exporting:
            self.progress_text.emit(f"The export goes on; {_KEYS} shows it.")

    def _show_gathering(self, done: int, total: int) -> None:
        if self._film() is None:
            self.preview.show_message(words.preparing(done, total) if total > 1 else self._trouble, is_waiting=True)

    def _take_out(self, act: Callable[[PictureData], object]) -> None:
        if (film := self._film()) is not None:
            act(film_picture(film, self.preview.index, self._document.title))

    def _film(self) -> Film | None:
        """Return what would be exported, or None if there is nothing, or not yet; `_trouble` says why."""
        try:
            film = self.choice.film()
            self._trouble = self.choice.preparing() if film is None else ""
        except ExportError as error:
            film, self._trouble = None, str(error)
        return film

    def _note(self) -> None:
        """Say what the user should know before pressing Export."""
        path = self.file.path
        notes = [self.presets.complaint, _STALE.get(self._session.stale, ""),
                 *complaints_of_words(self.choice.spec().texts)]
        files = [] if path is None else [path, *([poster_path(path)] if self.choice.spec().makes_poster else [])]
        if there := [file.name for file in files if os.path.exists(file)]:
            notes.append(f"{' and '.join(there)} {'exist' if len(there) > 1 else 'exists'} and will be replaced.")
        elif path is not None and self.queue.is_making(path):
            notes.append(f"{path.name} is being exported; choose another name for the next one.")
        self.message.note(" ".join(note for note in notes if note), self._cause())

    def _follow_file(self) -> None:
        """Propose a name that is free now, and say what holds of the one that is chosen."""
        preset = self.presets.fitting()
        self.file.propose((self.choice.name, preset.key if preset else ""), self.queue.is_making)
        self._note()

    def _show_facts(self, film: Film | None) -> None:
        facts = "" if film is None else words.film_facts(film.spec, len(film.shots), self.estimate.text)
        self.facts.setText(facts)

    def _tell(self, export: Export) -> None:
        if news := words.export_news(export, len(self.queue.unfinished) - 1):
            is_hidden = export.state is ExportState.RUNNING and not self.isVisible()
            self.progress_text.emit(f"{news}; {_KEYS} shows it" if is_hidden else news)
        states = tuple((export.number, export.state) for export in self.queue.exports)
        if states != self._states:  # not at each frame
            self._states = states
            self._follow_file()

    def _refuse(self, sentence: str) -> None:
        self.message.refuse(sentence, self._cause())

    def _cause(self) -> tuple[object, ...]:
        """Return what the user can change about a refusal; while it is the same, the refusal stands."""
        return self.choice.spec(), self.choice.what, self.file.field.text(), self._states

    def _connect(self) -> None:
        self.file.edited.connect(self._note)
        self.file.format_named.connect(lambda key: self.choice.change(format=key))
        self.file.submitted.connect(self.start)
        self.scenes.told.connect(self.message.answer)
        self.presets.kept.connect(self._follow_file)
        self.moments.progressed.connect(self._show_gathering)
        self.preview.given_up.connect(self._give_up_waiting)
        self.preview.picture.dragged.connect(
            lambda: self._take_out(lambda picture: self.out.drag(picture, self.preview.picture)))
        self.estimate.changed.connect(lambda: self._show_facts(self._film()))
        self.queue.changed.connect(self._tell)
        for speaker in (self.presets, self.list, self.estimate):
            speaker.refused.connect(self._refuse)
        session = self._session
        for signal in (self.choice.changed, self.moments.changed, session.steps.snapshots_changed,
                       session.pairs_changed, session.snapshot_changed, session.stale_changed, session.state_changed):
            signal.connect(self.refresh)

    def _lay_out(self) -> None:
        upper = row((column((self.preview, 1), self.facts, spacing=6), 1), self.side, spacing=_MARGIN_PX)
        buttons = row((self.message, 1), self.copy, self.close_button, self.all_scenes, self.export)
        column((upper, 1), self.file, self.list, buttons, spacing=_SPACING_PX, margins=_MARGIN_PX, on=self)
        self.resize(*_FIRST_SIZE_PX)
