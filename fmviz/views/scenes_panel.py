"""The panel of scenes: keep what the stage shows, write its caption, change the list of what was kept, present it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStackedLayout, QToolButton, QWidget

from fmviz.canvas.fonts import complaints_of_words
from fmviz.core.project import LONGEST_CAPTION
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session
from fmviz.views.controls import action_button, describe, keys_of, label, tool_button
from fmviz.views.layouts import column, row
from fmviz.views.scene_list import LIST_KEYS, SceneList

_HEIGHT_PX = 62
_LEAVING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
_WIDTH_PX, _MARGIN_PX, _SPACING_PX, _EMPTY_MARGIN_PX = 288, 12, 8, 24
_EMPTY = ("A scene keeps what the stage shows: view, time, panes, training step.\n\n"
          "Page Down and Page Up walk through the scenes, so that this one file is a whole talk.")


class CaptionEdit(QPlainTextEdit):
    """A caption.

    Signals:
        edited(str): the user has changed it; it is never longer than a scene allows.
        finished(): Return or Escape was pressed; Shift+Return begins a line.
    """

    edited = Signal(str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT_PX)
        self.setTabChangesFocus(True)
        self.setPlaceholderText("What stands under the picture")
        self.textChanged.connect(self._tell)

    def show_text(self, text: str) -> None:
        """Show a caption without telling anyone; one that is being typed is left alone."""
        if self.toPlainText().strip() != text:
            with QSignalBlocker(self):
                self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _LEAVING and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.finished.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        text = self.toPlainText()
        if (excess := len(text) - LONGEST_CAPTION) > 0:
            # As in a field of one line: what is too much, at the end of what was typed or pasted, is not taken.
            cursor = self.textCursor()
            cursor.setPosition(cursor.position() - excess, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        else:
            self.edited.emit(text)


class ScenesPanel(QFrame):
    """From top to bottom: keep, the list, what is done with the present scene, its caption, present.

    Signals:
        finished(): the caption is written, or the last scene deleted; the keys go back to the stage.
        told(str): why a formula in the caption is shown as its text.
    """

    finished = Signal()
    told = Signal(str)

    def __init__(self, talk: Talk, document: Document, session: Session, theme: Theme,
                 actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setFixedWidth(_WIDTH_PX)
        self._talk = talk
        # Made in the order in which Tab goes through them.
        self.back = tool_button(self, "close", actions["scenes"].trigger, "Back to training",
                                "Show the training panel again.", keys_of("scenes"))
        self.keep = action_button(self, actions["keep_scene"], "Keep this view", "on_accent")
        self.keep.setProperty("role", "primary")
        self.list = SceneList(talk, document, session, theme, self)
        update = actions["update_scene"]
        self.update_scene = tool_button(self, "update", update.trigger, "Update scene", update.statusTip(),
                                        keys_of("update_scene"))
        self.rename = self._list_tool("rename", "draw", "Rename scene", self.list.rename)
        self.up = self._list_tool("up", "up", "Move up", lambda: self.list.move_scene(-1))
        self.down = self._list_tool("down", "down", "Move down", lambda: self.list.move_scene(1))
        self.remove = self._list_tool("remove", "clear", "Delete scene", self.list.remove)
        self.caption = CaptionEdit(self)
        describe(self.caption, "Caption", "What stands under the picture while it is presented, with formulas "
                 "in $...$; Return ends it.")
        self.caption.edited.connect(self._write)
        self.caption.finished.connect(self._end_caption)
        self.present = action_button(self, actions["present"], "Present")
        self.empty = label(_EMPTY, "muted", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(_EMPTY_MARGIN_PX)
        self._lay_out()
        talk.place_changed.connect(self._show)
        document.changed.connect(lambda *_: self._show())
        self._show()

    def set_theme(self, theme: Theme) -> None:
        self.list.set_theme(theme)

    def _show(self) -> None:
        """Follow the talk: what can be done, and the caption of the present scene."""
        scene, count = self._talk.scene, len(self._talk.scenes)
        if not count and self.list.has_keys:
            self.finished.emit()  # hidden, it would hand the keys to the next button
        self._pages.setCurrentWidget(self.list if count else self.empty)
        self._about.setVisible(count > 0)
        for part in (self.update_scene, self.rename, self.remove, self.caption):
            part.setEnabled(scene is not None)
        self.up.setEnabled(scene is not None and self._talk.index != 0)
        self.down.setEnabled(scene is not None and self._talk.index != count - 1)
        self.caption.show_text("" if scene is None else scene.caption)

    def _write(self, text: str) -> None:
        if self._talk.index is not None:
            self._talk.set_caption(self._talk.index, text)

    def _end_caption(self) -> None:
        self.finished.emit()
        if complaints := complaints_of_words((self.caption.toPlainText(),)):
            self.told.emit(complaints[0])

    def _list_tool(self, key: str, icon_name: str, name: str, act: Callable[[], object]) -> QToolButton:
        keys, tip = LIST_KEYS[key]
        return tool_button(self, icon_name, act, name, tip, " or ".join(keys))

    def _lay_out(self) -> None:
        self._pages = QStackedLayout()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.list)
        self._about = QWidget(self)
        column(row(self.update_scene, self.rename, self.up, self.down, None, self.remove, spacing=2),
               label("CAPTION", "heading"), self.caption, spacing=_SPACING_PX, margins=0, on=self._about)
        column(row((label("SCENES", "heading"), 1), self.back), self.keep, (self._pages, 1), self._about, self.present,
               spacing=_SPACING_PX, margins=_MARGIN_PX, on=self)
