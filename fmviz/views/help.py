"""What Help shows: all keys on one page that scrolls, made from the tables of actions, modes and tools; and what fmviz
is, with the versions it runs on.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from html import escape

import numpy
import pyqtgraph
from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QWidget

from fmviz import __version__
from fmviz.core.resources import licence_line, resource_path
from fmviz.views.actions import MENUS, ROWS, key_name
from fmviz.views.annotate_input import ANNOTATE_KEYS
from fmviz.views.controls import label, push_button, room_on_screen, scrolling
from fmviz.views.draw_tools import TOOLS
from fmviz.views.layouts import Part, column, grid, row
from fmviz.views.maths_window import MATHS_KEYS
from fmviz.views.presenting import PRESENT_KEYS
from fmviz.views.scene_list import LIST_KEYS

_FIRST_SIZE_PX = QSize(640, 560)
_MARGIN_PX, _SPACING_PX, _LINE_GAP_PX = 16, 12, 6
_KEYS_WIDTH_PX = 190
# Keys, any of which does it, and what they do.
KeyRow = tuple[tuple[str, ...], str]
_DRAWING_ROWS: list[KeyRow] = [
    (("[",), "Smaller brush."),
    (("]",), "Larger brush."),
    (("Delete",), "Delete the selected points."),
    (("Escape",), "Give up the stroke; again: leave drawing."),
]


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
        self.scroller.setAccessibleName("Keyboard shortcuts")
        scrolling(self.scroller, page)
        self.close_button = push_button(self, "Close", "Close this page.", self.accept, "Escape")
        self.close_button.setDefault(True)
        column((self.scroller, 1), row(None, self.close_button, margins=(_MARGIN_PX, 0, _MARGIN_PX, 0)),
               spacing=_SPACING_PX, margins=(0, 0, 0, _SPACING_PX), on=self)
        self.resize(_FIRST_SIZE_PX.boundedTo(room_on_screen(self)))
        # Page and arrow keys scroll at once.
        self.scroller.setFocus()


def _fill(page: QWidget) -> None:
    """Lay out all sections in one grid, so that their columns stand below each other."""
    cells = grid(_SPACING_PX, _LINE_GAP_PX, _KEYS_WIDTH_PX, margins=_MARGIN_PX, on=page)
    line = 0
    for title, rows in key_sections():
        heading = label(title.upper(), "heading")
        if line:
            heading.setContentsMargins(0, _SPACING_PX, 0, 0)
        cells.addWidget(heading, line, 0, 1, 2)
        for keys, sentence in rows:
            line += 1
            cells.addLayout(_chips(keys), line, 0)
            cells.addWidget(label(sentence, wraps=True), line, 1)
        line += 1
    cells.setRowStretch(line, 1)


def _chips(keys: Sequence[str]) -> QHBoxLayout:
    parts: list[Part] = []
    for key in keys:
        parts += [label("or", "muted"), (label(key_name(key), "key"), 0, Qt.AlignmentFlag.AlignVCenter)]
    return row(*parts[1:], None, spacing=_LINE_GAP_PX)


def key_sections() -> list[tuple[str, list[KeyRow]]]:
    """Return all shortcuts, menu by menu, and last those of the list of scenes, of Mathematics and of the three
    modes."""
    sections: list[tuple[str, list[KeyRow]]] = [
        (menu.replace("&", ""), [(row.keys, row.tip) for row in ROWS if row.menu == menu and row.keys])
        for menu in MENUS
    ]
    drawing: list[KeyRow] = [((tool.key,), f"{tool.label}.") for tool in TOOLS.values()]
    return [*sections, ("In the list of scenes", list(LIST_KEYS.values())),
            ("In Mathematics", list(MATHS_KEYS.values())),
            ("While presenting", [*PRESENT_KEYS.values(), (("Escape",), "Back to the window, as it was.")]),
            ("While drawing", drawing + _DRAWING_ROWS), ("While annotating", list(ANNOTATE_KEYS.values()))]


def about_text(device: str | None) -> str:
    """Return what fmviz is, the versions it runs on and its licences, as rich text."""
    return (
        f"<h3>fmviz {__version__}</h3>"
        "<p>Draw two clouds, watch flow matching learn to carry one into the other.</p>"
        f"<p>Learning on: {escape(device or 'the engine is starting')}<br>"
        f"Python {platform.python_version()}, PySide6 {pyside_version}, pyqtgraph {pyqtgraph.__version__}, "
        f"numpy {numpy.__version__}</p>"
        f"<p>MIT licence. What it is built on keeps its own: {escape(licence_line())} "
        f"Their texts are in {escape(str(resource_path('licences')))}.</p>"
    )
