"""The small picture of a path: it follows the chosen pane, and its lines are the path's functions."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from fmviz.core.paths import PATHS
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.path_curves import PathCurves
from fmviz.views.train_panel import TrainPanel


def pixels(widget: PathCurves) -> np.ndarray:
    """Return what a widget of 200 px draws, (H, W, 4) of blue, green, red and alpha."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


def heights(drawn: np.ndarray, ink: str) -> np.ndarray:
    """Return the mean row of a colour in each column of the left part, from 0 below to 1 above; nan without any."""
    colour = QColor(ink)
    distance = np.abs(drawn[:, :, :3].astype(int) - (colour.blue(), colour.green(), colour.red())).sum(axis=2)
    part = distance[18:-4, 6:89] < 40
    rows = np.arange(part.shape[0])[:, None]
    with np.errstate(invalid="ignore"):
        return 1 - (part * rows).sum(axis=0) / part.sum(axis=0) / part.shape[0]


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("key", PATHS)
def test_its_lines_are_the_shares(qtbot: QtBot, key: str, name: str) -> None:
    theme = load_theme(name)
    widget = PathCurves(theme)
    qtbot.addWidget(widget)
    widget.resize(200, widget.height())
    widget.show_path(PATHS[key])
    drawn = pixels(widget)
    for share, ink in ((PATHS[key].alpha, theme.target), (PATHS[key].beta, theme.source)):
        seen = heights(drawn, ink)
        expected = np.asarray(share(np.linspace(0.02, 0.98, len(seen))))
        is_seen = np.isfinite(seen)
        assert is_seen.mean() > 0.5
        assert np.median(np.abs(seen - expected)[is_seen]) < 0.08


def test_it_shows_the_path_of_the_chosen_pane(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    panel = TrainPanel(document, session, theme)
    qtbot.addWidget(panel)
    curves = panel.form.path_curves
    document.set_setting("path", "polynomial")
    document.set_setting("exponent", 4.0)
    assert curves.steepest == pytest.approx(4 * 0.96**3, rel=0.03)
    document.add_lane(path="straight")
    panel.lanes.choose(1)
    assert curves.steepest == 1
    assert "straight" in curves.accessibleDescription()
    panel.lanes.choose(0)
    assert "polynomial" in curves.accessibleDescription()
