"""What the Help menu says: the keys, made from the action table, and the versions."""

from __future__ import annotations

import platform
from html import escape

import numpy
import pyqtgraph
from PySide6 import __version__ as pyside_version

from fmviz import __version__
from fmviz.views.actions import MENUS, ROWS

_DRAWING_KEYS = (
    ("S  L  E  G  M", "Spray, line, eraser, Gaussian stamp, select and move"),
    ("[  ]", "Smaller and larger brush"),
    ("Delete", "Delete the selected points"),
    ("Escape", "Give up the stroke; again: leave drawing"),
)


def keys_text() -> str:
    """Return all shortcuts as a small HTML table, menu by menu."""
    blocks = []
    for menu in MENUS:
        rows = [(", ".join(row.keys), row.tip) for row in ROWS if row.menu == menu and row.keys]
        if rows:
            blocks.append((menu.replace("&", ""), rows))
    blocks.append(("While drawing", list(_DRAWING_KEYS)))
    return "".join(
        f"<h4>{escape(title)}</h4><table cellspacing='4'>"
        + "".join(f"<tr><td width='130'><b>{escape(keys)}</b></td><td>{escape(tip)}</td></tr>" for keys, tip in rows)
        + "</table>"
        for title, rows in blocks
    )


def about_text(device: str | None) -> str:
    """Return what fmviz is, the versions it runs on and its licences."""
    return (
        f"<h3>fmviz {__version__}</h3>"
        "<p>Draw two clouds, watch flow matching learn to carry one into the other.</p>"
        f"<p>Learning on: {escape(device or 'the engine is starting')}<br>"
        f"Python {platform.python_version()}, PySide6 {pyside_version}, pyqtgraph {pyqtgraph.__version__}, "
        f"numpy {numpy.__version__}</p>"
        "<p>MIT licence. The typeface is Inter (SIL Open Font License 1.1).</p>"
    )
