"""What the Help menu says: the keys, made from the tables of actions, modes and tools, and the versions."""

from __future__ import annotations

import platform
from html import escape

import numpy
import pyqtgraph
from PySide6 import __version__ as pyside_version

from fmviz import __version__
from fmviz.core.packages import licence_line
from fmviz.core.resources import resource_path
from fmviz.views.actions import MENUS, ROWS
from fmviz.views.draw_settings import TOOLS
from fmviz.views.presenting import PRESENT_KEYS
from fmviz.views.scene_list import LIST_KEYS

# Keys, any of which does it, and what they do.
KeyRow = tuple[tuple[str, ...], str]
_DRAWING_ROWS: list[KeyRow] = [
    (("[",), "Smaller brush."),
    (("]",), "Larger brush."),
    (("Delete",), "Delete the selected points."),
    (("Escape",), "Give up the stroke; again: leave drawing."),
]
_PRESENTING_ROWS: list[KeyRow] = [(("Escape",), "Back to the window, as it was.")]


def key_sections() -> list[tuple[str, list[KeyRow]]]:
    """Return all shortcuts, menu by menu, and last those of the list of scenes and of the two modes."""
    sections: list[tuple[str, list[KeyRow]]] = [
        (menu.replace("&", ""), [(row.keys, row.tip) for row in ROWS if row.menu == menu and row.keys])
        for menu in MENUS
    ]
    drawing: list[KeyRow] = [((tool.key,), f"{tool.label}.") for tool in TOOLS.values()]
    scenes: list[KeyRow] = list(LIST_KEYS.values())
    presenting: list[KeyRow] = [(row.keys, row.tip) for row in PRESENT_KEYS]
    return [*sections, ("In the list of scenes", scenes), ("While presenting", presenting + _PRESENTING_ROWS),
            ("While drawing", drawing + _DRAWING_ROWS)]


def about_text(device: str | None) -> str:
    """Return what fmviz is, the versions it runs on and its licences."""
    return (
        f"<h3>fmviz {__version__}</h3>"
        "<p>Draw two clouds, watch flow matching learn to carry one into the other.</p>"
        f"<p>Learning on: {escape(device or 'the engine is starting')}<br>"
        f"Python {platform.python_version()}, PySide6 {pyside_version}, pyqtgraph {pyqtgraph.__version__}, "
        f"numpy {numpy.__version__}</p>"
        f"<p>MIT licence. What it is built on keeps its own: {escape(licence_line())} "
        f"Their texts are in {escape(str(resource_path('licences')))}.</p>"
    )
