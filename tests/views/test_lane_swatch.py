"""The lines of lanes are told apart without colour: by their dashes, in texts and curves alike."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from fmviz.core.export_spec import THEMES
from fmviz.core.lanes import MAX_LANES, LaneMark
from fmviz.core.theme import load_theme
from fmviz.views.curves import CurvePlot
from fmviz.views.lane_swatch import lane_pen, lane_swatch

MARKS = tuple(LaneMark(lane, "", lane) for lane in range(MAX_LANES))


def grey(widget: QLabel) -> np.ndarray:
    """Return what a widget shows without its colours, (H, W)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, :image.width()].astype(int)


@pytest.mark.parametrize("theme", THEMES)
def test_swatches_have_dashes_of_their_own(qtbot: QtBot, theme: str) -> None:
    lines = []
    for mark in MARKS:
        label = QLabel(lane_swatch(mark, load_theme(theme)))
        label.setStyleSheet(f"background: {load_theme(theme).panel}")
        qtbot.addWidget(label)
        seen = grey(label)
        line = np.abs(seen - seen[0, 0]).max(axis=0)
        assert line.max() > 30  # the picture in the text is painted
        lines.append(line > line.max() / 2)
    assert all((one != other).mean() > 0.1 for one, other in combinations(lines, 2))


def test_curves_have_the_same_dashes(qtbot: QtBot) -> None:
    theme = load_theme("dark")
    plot = CurvePlot("Loss", "", "", theme)
    qtbot.addWidget(plot)
    plot.show_values([], 1.0, marks=MARKS)
    pens = [line.opts["pen"] for line in plot.lines]
    assert [pen.dashPattern() for pen in pens] == [lane_pen(mark, theme, 1.0).dashPattern() for mark in MARKS]
    assert len({tuple(pen.dashPattern()) for pen in pens}) == MAX_LANES
