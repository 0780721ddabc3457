"""Unsaved work of windows that are dead: looked for after a start, asked about, brought back.

A row for each, to open, to discard or to leave for later. What could not be opened any more has no row; a sentence says
where it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QWidget

from fmviz.core.cloud import Side, side_dots
from fmviz.core.errors import ProjectError, quoted
from fmviz.core.numbers import counted
from fmviz.core.project import SIDES
from fmviz.core.theme import Theme
from fmviz.engine.background import Tasks, at_once
from fmviz.engine.document import Moment
from fmviz.engine.recovery import (
    Autosave,
    Found,
    Offer,
    Recovery,
    RecoveryFile,
    discard,
    looking,
    set_aside,
    take_turn,
    taken,
)
from fmviz.engine.stored import Stored
from fmviz.files.atomic import DiskState
from fmviz.files.lock_file import LockFile
from fmviz.files.project_file import ProjectFile
from fmviz.views import words
from fmviz.views.controls import ElidedLabel, describe, label, push_button, room_on_screen
from fmviz.views.dialogs import Dialogs
from fmviz.views.layouts import column, row
from fmviz.views.project_files import ProjectFiles
from fmviz.views.thumbnail import CloudThumbnail

_WIDTH_PX, _MOST_HEIGHT_PX = 560, 480
_MARGIN_PX, _SPACING_PX = 16, 12
_CLOUD_PX, _ROW_PX = 64, 84


class RecoveryDialog(QDialog):
    """Offers what was found; Escape leaves it for the next start.

    Args:
        found: at least one offer, or one that is set aside.
        open_one: opens one; the dialog has closed before.
        discard_one: asks and removes one; returns whether it is gone.
    """

    def __init__(self, found: Found, theme: Theme, open_one: Callable[[Recovery], object],
                 discard_one: Callable[[Recovery], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers, self._theme = list(found.offers), theme
        self._open_one, self._discard_one = open_one, discard_one
        self.setWindowTitle("Unsaved work")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = label("fmviz ended before this was saved. What you open is not saved yet: save it to keep it.",
                     wraps=True)
        self.list = QListWidget(self)
        self.list.setProperty("role", "recoveries")
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(2)
        describe(self.list, "Unsaved work", "Return opens it, Delete discards it, Escape leaves all for later.")
        self.list.setToolTip("")
        for offer in self._offers:
            recovery = offer.recovery
            item = QListWidgetItem(self.list)
            item.setSizeHint(QSize(0, _ROW_PX))
            facts = (recovery.title, when(recovery.written), contents(offer))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(facts))
            self.list.setItemWidget(item, self._row(offer))
        self.list.itemActivated.connect(self._open)
        self.list.installEventFilter(self)
        self.open_button = push_button(self, "Open", "Open it as it was; it is saved only when you save it.",
                                       self._open, role="primary")
        self.open_button.setDefault(True)
        self.discard_button = push_button(self, "Discard…", "Throw it away for good, after a question.",
                                          self._discard)
        self.later_button = push_button(self, "Later", "Leave all of it for the next start.", self.reject)
        self.note = label(words.breakable(aside_in_words(found.aside)), "muted" if self._offers else "", wraps=True)
        self.folder_button = push_button(self, "Show folder", "Open the folder with what is kept.", lambda: (
            self._show_folder(found.aside[0].path.parent)))
        for part in (self.note, self.folder_button):
            part.setVisible(bool(found.aside))
        if not self._offers:
            for unused in (text, self.list, self.open_button, self.discard_button):
                unused.hide()
            self.later_button.setText("Close")
            self.later_button.setToolTip("")
            self.later_button.setDefault(True)
        buttons = row(self.folder_button, self.discard_button, None, self.later_button, self.open_button)
        parts = column(text, (self.list, 1), self.note, buttons, spacing=_SPACING_PX, margins=_MARGIN_PX, on=self)
        room = room_on_screen(self)
        self.list.setMinimumHeight(_ROW_PX + 8)
        width = min(_WIDTH_PX, room.width())
        height = parts.totalHeightForWidth(width)
        if self._offers:
            height += (_ROW_PX + 4) * len(self._offers) + 8 - self.list.sizeHint().height()
        self.resize(width, min(height, _MOST_HEIGHT_PX, room.height()))
        self.list.setCurrentRow(0)
        (self.list if self._offers else self.later_button).setFocus()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let Return open and Delete discard what is chosen."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            act = {Qt.Key.Key_Delete: self._discard, Qt.Key.Key_Backspace: self._discard, Qt.Key.Key_Return: self._open,
                   Qt.Key.Key_Enter: self._open}.get(Qt.Key(event.key()))
            if act is not None:
                act()
                return True
        return False

    def _row(self, offer: Offer) -> QWidget:
        recovery = offer.recovery
        result = QWidget(self)
        clouds = [CloudThumbnail(which, self._theme, result) for which in SIDES]
        for cloud, side in zip(clouds, (offer.project.source, offer.project.target), strict=True):
            cloud.setFixedSize(_CLOUD_PX, _CLOUD_PX)
            cloud.show_points(side_dots(side).xy)
        title, time, facts = ElidedLabel("title"), ElidedLabel("muted"), ElidedLabel("muted")
        title.show_text(recovery.title)
        time.show_text(f"{when(recovery.written)} · {recovery.original or 'never saved'}")
        facts.show_text(contents(offer))
        row(row(*clouds, spacing=4), (column(None, title, time, facts, None, spacing=2), 1), spacing=_SPACING_PX,
            margins=(8, 4, 8, 4), on=result)
        return result

    def _show_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.folder_button.setText("No program here can show it")
            self.folder_button.setEnabled(False)

    def _open(self, *_: object) -> None:
        if (row := self.list.currentRow()) >= 0:
            recovery = self._offers[row].recovery
            self.accept()
            self._open_one(recovery)

    def _discard(self) -> None:
        row = self.list.currentRow()
        if row >= 0 and self._discard_one(self._offers[row].recovery):
            del self._offers[row]
            self.list.takeItem(row)
            if not self._offers:
                self.reject()


def when(seconds: float) -> str:
    """Return a moment as people say it: "today, 14:05" or "29 November 2026, 14:05"."""
    moment = datetime.fromtimestamp(seconds)
    day = "today" if moment.date() == datetime.now().date() else f"{moment.day} {moment:%B %Y}"
    return f"{day}, {moment:%H:%M}"


def aside_in_words(aside: Sequence[Recovery]) -> str:
    """Return what could not be opened, where it is kept and until when; "" if there is nothing."""
    if not aside:
        return ""
    until = datetime.fromtimestamp(min(recovery.kept_until for recovery in aside))
    date = f"{until.day} {until:%B %Y}"
    if len(aside) == 1:
        return (f"The unsaved work {quoted(aside[0].title)} ({when(aside[0].written)}) could not be opened and is not "
                f"offered any more. It is kept until {date} as {aside[0].path}; copy it from there to keep it longer.")
    return (f"{len(aside)} pieces of unsaved work could not be opened and are not offered any more. They are kept "
            f"until {date} in {aside[0].path.parent}; copy them from there to keep them longer.")


def contents(offer: Offer) -> str:
    """Return what there is, in a line."""
    project = offer.project
    facts = [f"{_named(project.source)} to {_named(project.target)}"]
    if offer.steps:
        facts.append(words.steps_done(offer.steps))
    if project.scenes:
        facts.append(counted(len(project.scenes), "scene"))
    return ", ".join(facts)


def _named(side: Side) -> str:
    return side.label if side.cloud is None else f"{side.label or 'drawn'} ({words.count(len(side.cloud))} points)"


class Recovering(QObject):
    """Offers what is found in a folder of recoveries, once, and in one window at a time."""

    def __init__(self, folder: Path, autosave: Autosave, files: ProjectFiles, tasks: Tasks, dialogs: Dialogs,
                 theme: Callable[[], Theme]) -> None:
        super().__init__(dialogs.parent)
        self._folder, self._autosave, self._files = folder, autosave, files
        self._tasks, self._dialogs, self._theme = tasks, dialogs, theme
        self._turn: LockFile | None = None
        self.dialog: RecoveryDialog | None = None

    def offer(self, then: Callable[[], object] = lambda: None) -> None:
        """Look, beside the window, and ask if there is anything; call `then` when there is nothing more to ask."""
        self._then = then
        task = self._tasks.run("Looking for unsaved work", looking(self._folder), self._ask, self._dialogs.error)
        task.ended.connect(self._follow_end)  # a search that was cancelled has an end too

    def _ask(self, found: Found) -> None:
        """Offer what can be opened; say once for itself what cannot, and else beside the offers."""
        news = [recovery for recovery in found.aside if recovery.set_aside is None]
        if not (found.offers or news) or not self._may_ask():
            return
        self.dialog = RecoveryDialog(found, self._theme(), self._open, self._discard, self._dialogs.parent)
        self.dialog.finished.connect(self._end_asking)
        self.dialog.open()
        if news:
            self._tasks.run("Noting what was said", at_once(lambda: set_aside(news)), lambda _: None,
                            self._dialogs.error, is_write=True)

    def _may_ask(self) -> bool:
        """Take the turn; False if another window offers the same."""
        with suppress(OSError):  # a full disk is no reason to offer nothing
            self._turn = take_turn(self._folder)
            return self._turn is not None
        return True

    def _end_asking(self) -> None:
        self.dialog = None
        if self._turn is not None:
            with suppress(OSError):
                self._turn.release()
        # After what is opened now: its own questions come first.
        QTimer.singleShot(0, self, self._follow_end)

    def _follow_end(self) -> None:
        if self.dialog is None:
            then, self._then = self._then, lambda: None
            then()

    def _open(self, recovery: Recovery) -> None:
        if not self._files.may_drop_changes(lambda: self._open(recovery)):
            return
        before = self._files.moment
        self._tasks.run(f"Opening {recovery.title}", at_once(lambda: _taken(recovery)),
                        lambda found: self._show(recovery, before, *found), self._dialogs.error, is_write=True)

    def _show(self, recovery: Recovery, before: Moment, own: RecoveryFile, file: ProjectFile,
              stored: Stored | None) -> None:
        """Show what was read, unless somebody has changed the present project meanwhile: then it is asked again."""
        if not self._files.moment.is_same(before):
            own.leave()
            self._open(recovery)
            return
        self._files.show_recovered(file, recovery.original, stored)
        self._autosave.adopt(own, self._autosave.present())

    def _discard(self, recovery: Recovery) -> bool:
        if not self._dialogs.discard_recovery(recovery.title):
            return False
        self._tasks.run("Discarding", at_once(lambda: discard(recovery)), lambda _: None, self._dialogs.error)
        return True


def _taken(recovery: Recovery) -> tuple[RecoveryFile, ProjectFile, Stored | None]:
    """Take it over and read it; and say what the file that it was opened from was then."""
    try:
        both = taken(recovery)
    except OSError as error:
        raise ProjectError(f"The unsaved work {recovery.title!r} could not be read ({error.strerror}); it is still in "
                           f"{str(recovery.path)!r}.") from error
    if both is None:
        raise ProjectError(f"The unsaved work {recovery.title!r} has been opened by another window of fmviz.")
    own, file = both
    if recovery.original is None:
        return own, file, None
    state = DiskState(recovery.digest) if recovery.digest else None
    return own, file, Stored(file, os.path.realpath(recovery.original), state)
