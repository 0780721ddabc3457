"""The keys of the presentation mode. While it is on they go before the window's own shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from fmviz.views.actions import ROWS
from fmviz.views.draw_tool import DrawTool
from fmviz.views.focus import pressed_keys
from fmviz.views.over_stage import BlackScreen


@dataclass(frozen=True)
class PresentKey:
    """One command of the mode: what it is called here, its keys, and a sentence for the page of shortcuts."""

    name: str
    keys: tuple[str, ...]
    tip: str


# A clicker sends a dot for its black button.
PRESENT_KEYS: tuple[PresentKey, ...] = (
    PresentKey("lanes", ("A",), "Of several panes: each alone, then all."),
    PresentKey("black", ("B", "."), "A black screen, time stands still; any key or a click goes on."),
)
# What would change the talk, or end or replace what it shows, by a stray key before an audience.
RESTING = ("undo", "redo", "swap", "train", "stop", "longer", "reset", "compare", "add_lane", "new", "update_scene",
           "paste", "word", "import_source", "import_target")
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)
Act = Callable[[], object]


class PresentKeys(QObject):
    """Event filter for the canvas and for its window. While the screen is black every key ends that, nothing else.

    While a cloud is drawn, all keys are the drawing's. Else those of `RESTING` do nothing.

    Args:
        acts: what the rows of `PRESENT_KEYS` do.
    """

    def __init__(self, acts: Mapping[str, Act], black_screen: BlackScreen, tool: DrawTool,
                 watched: tuple[QWidget, ...]) -> None:
        super().__init__(black_screen)
        self._black_screen, self._tool, self._watched = black_screen, tool, watched
        self._acts = {QKeySequence(key): acts[row.name] for row in PRESENT_KEYS for key in row.keys}
        self._acts |= {QKeySequence(key): _rest for row in ROWS if row.name in RESTING for key in row.keys}

    def set_on(self, is_on: bool) -> None:
        """Listen, or not."""
        for widget in self._watched:
            if is_on:
                widget.installEventFilter(self)
            else:
                widget.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or (act := self._act_of(event)) is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it comes back as a key press instead of a shortcut
            return True
        if event.type() == QEvent.Type.KeyPress:
            if not event.isAutoRepeat():
                act()
            return True
        return False

    def _act_of(self, event: QKeyEvent) -> Act | None:
        if self._black_screen.is_black:
            return None if event.key() in _MODIFIERS else self._black_screen.end
        return None if self._tool.is_active else self._acts.get(pressed_keys(event))


def _rest() -> None:
    """For keys that do nothing."""
