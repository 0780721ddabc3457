"""The list of exports: what runs is on top, and no sentence pushes a button out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.errors import ExportError
from fmviz.engine.export import ExportQueue, ExportState
from fmviz.views.export_list import ExportList, ExportRow

SENTENCE = "It cannot be written: " + "the disk is full and nobody knows why; " * 12 + "free some space."


def fail(path: Path) -> Iterator[tuple[int, int]]:
    """An export whose failure takes many words."""
    yield 0, 1
    raise ExportError(SENTENCE)


def write(path: Path) -> Iterator[tuple[int, int]]:
    """An export that is done at once."""
    yield 0, 1
    path.write_bytes(b"made")
    yield 1, 1


def wait(path: Path, until: Path) -> Iterator[tuple[int, int]]:
    """An export that goes on until there is another file."""
    while not until.exists():
        yield 0, 1
    yield from write(path)


@pytest.fixture
def exports(qtbot: QtBot) -> Iterator[ExportList]:
    """The list in a box 760 px wide."""
    box = QWidget()
    qtbot.addWidget(box)
    queue = ExportQueue(box)
    made = ExportList(queue, box)
    QVBoxLayout(box).addWidget(made)
    box.resize(760, 300)
    box.show()
    yield made
    queue.shutdown()


def wait_for_all(qtbot: QtBot, exports: ExportList) -> None:
    qtbot.waitUntil(lambda: not exports._queue.unfinished)


def shown_names(exports: ExportList) -> list[str]:
    """Return the files from top to bottom."""
    names = {export.number: export.path.name for export in exports._queue.exports}
    return [names[number] for number in sorted(names, key=lambda number: exports._column.indexOf(exports.rows[number]))]


def is_reachable(exports: ExportList, row: ExportRow, button: QPushButton) -> bool:
    """Whether a button lies between the left and the right edge of what can be seen of the list."""
    place = QRect(button.mapTo(exports.viewport(), QPoint()), button.size())
    return button.isVisibleTo(row) and place.left() >= 0 and place.right() < exports.viewport().width()


def test_a_long_failure_leaves_every_button_in_reach(qtbot: QtBot, exports: ExportList, tmp_path: Path) -> None:
    exports._queue.add(write, tmp_path / "good.gif")
    exports._queue.add(fail, tmp_path / "bad.gif")
    wait_for_all(qtbot, exports)
    good, bad = exports.rows[1], exports.rows[2]
    exports._column.activate()
    assert [export.state for export in exports._queue.exports] == [ExportState.DONE, ExportState.FAILED]
    assert bad.text.text() == SENTENCE
    assert SENTENCE in bad.text.toolTip()
    assert is_reachable(exports, bad, bad.forget)
    assert all(is_reachable(exports, good, button) for button in (good.open_file, good.reveal, good.forget))
    assert bad.text.shown.endswith("…")


def test_what_runs_is_on_top(qtbot: QtBot, exports: ExportList, tmp_path: Path) -> None:
    queue, go = exports._queue, tmp_path / "go"
    queue.add(write, tmp_path / "a.gif")
    wait_for_all(qtbot, exports)
    queue.add(fail, tmp_path / "b.gif")
    wait_for_all(qtbot, exports)
    queue.add(wait, tmp_path / "c.gif", go)
    for name in "de":
        queue.add(write, tmp_path / f"{name}.gif")
    assert shown_names(exports) == ["c.gif", "d.gif", "e.gif", "b.gif", "a.gif"]
    assert exports.verticalScrollBar().value() == 0
    go.touch()
    wait_for_all(qtbot, exports)
    assert shown_names(exports) == ["e.gif", "d.gif", "c.gif", "b.gif", "a.gif"]
