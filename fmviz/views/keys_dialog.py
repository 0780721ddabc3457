"""All keyboard shortcuts on one page that scrolls: a section per menu, each key on a chip of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from fmviz.views.actions import key_name
from fmviz.views.controls import describe, label
from fmviz.views.help import key_sections

_FIRST_SIZE_PX = (640, 560)
# What a window's frame and a task bar may take of the screen.
_SCREEN_MARGIN_PX = 80
_MARGIN_PX, _SPACING_PX, _LINE_GAP_PX = 16, 12, 6
_KEYS_WIDTH_PX = 190


class KeysDialog(QDialog):
    """Shows the shortcuts; Escape or Close ends it. It is made anew each time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QWidget()
        page.setProperty("role", "panel")
        _fill(page)
        self.scroller = QScrollArea(self)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setAccessibleName("Keyboard shortcuts")
        self.scroller.setWidget(page)
        self.close_button = QPushButton("Close", self)
        describe(self.close_button, "Close", "Close this page.", "Escape")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(_MARGIN_PX, 0, _MARGIN_PX, 0)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, _SPACING_PX)
        column.setSpacing(_SPACING_PX)
        column.addWidget(self.scroller, 1)
        column.addLayout(buttons)
        width, height = _FIRST_SIZE_PX
        room = self.screen().availableSize()
        self.resize(min(width, room.width()), min(height, room.height() - _SCREEN_MARGIN_PX))
        # Page and arrow keys scroll at once.
        self.scroller.setFocus()


def _fill(page: QWidget) -> None:
    """Lay out all sections in one grid, so that their columns stand below each other."""
    grid = QGridLayout(page)
    grid.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
    grid.setHorizontalSpacing(_SPACING_PX)
    grid.setVerticalSpacing(_LINE_GAP_PX)
    grid.setColumnMinimumWidth(0, _KEYS_WIDTH_PX)
    grid.setColumnStretch(1, 1)
    line = 0
    for title, rows in key_sections():
        heading = label(title.upper(), "heading")
        if line:
            heading.setContentsMargins(0, _SPACING_PX, 0, 0)
        grid.addWidget(heading, line, 0, 1, 2)
        for keys, sentence in rows:
            line += 1
            text = label(sentence)
            text.setWordWrap(True)
            grid.addLayout(_chips(keys), line, 0)
            grid.addWidget(text, line, 1)
        line += 1
    grid.setRowStretch(line, 1)


def _chips(keys: Sequence[str]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(_LINE_GAP_PX)
    for index, key in enumerate(keys):
        if index:
            row.addWidget(label("or", "muted"))
        row.addWidget(label(key_name(key), "key"), 0, Qt.AlignmentFlag.AlignVCenter)
    row.addStretch(1)
    return row
