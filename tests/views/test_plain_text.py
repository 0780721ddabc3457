"""Foreign text is plain text: names from strangers' files are shown as they are, and obeyed nowhere."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.project import Scene
from fmviz.core.style import Style
from fmviz.views.main_window import MainWindow

HOSTILE = "<img src=/dev/ptmx>"
ROOT = Path(__file__).resolve().parents[2]


def obeyed(root: QWidget) -> list[str]:
    """Return what below a widget would be read as rich text and holds the hostile tag."""
    labels = [label.text() for label in root.findChildren(QLabel)
              if label.textFormat() is not Qt.TextFormat.PlainText]
    tips = [widget.toolTip() for widget in [root, *root.findChildren(QWidget)]]
    tips += [action.toolTip() for action in root.actions()]
    return [text for text in labels + tips if HOSTILE in text]


def test_a_strangers_names_are_obeyed_nowhere_in_the_window(own_lectern: MainWindow, qtbot: QtBot,
                                                            tmp_path: Path) -> None:
    lectern = own_lectern
    document, _, _ = lectern.parts
    points = np.random.default_rng(0).normal(size=(50, 2))
    for which in ("source", "target"):
        document.set_side(which, Side(cloud=PointCloud(points, name=HOSTILE)), "Import")
    document.set_scenes((Scene(HOSTILE, Style(), caption=HOSTILE),), "Give")
    document.set_export(replace(document.project.export, title=HOSTILE, caption=HOSTILE))
    document.name_lane(1, HOSTILE)
    lectern.actions_by_name["scenes"].trigger()
    lectern.export_dialog.show()
    lectern.export_dialog.message.refuse(f"The file {HOSTILE!r} could not be read.", 1)
    shown = " ".join(label.text() for label in lectern.findChildren(QLabel))
    assert HOSTILE in shown, "the tag is shown somewhere, or this test could not fail"
    assert obeyed(lectern) == []
    tip = lectern.scenes.list.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert HOSTILE not in tip


def test_messages_are_plain(lectern: MainWindow) -> None:
    lectern.dialogs.error(f"The project {HOSTILE!r} is damaged.")
    (box,) = lectern.findChildren(QMessageBox)
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert "ptmx" in box.text()
    box.close()


def test_labels_and_messages_are_made_in_one_place() -> None:
    """Qt guesses the format of a label or message that does not say it: only `controls` and `dialogs` make them."""
    for path in sorted((ROOT / "fmviz").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                allowed = {"QLabel": "controls.py", "QMessageBox": "dialogs.py"}.get(node.func.id)
                assert allowed in (None, path.name), f"{path.name}:{node.lineno} makes a {node.func.id}"

