"""Panels: all that the table has is drawn, at every size, in both themes, whole."""

from dataclasses import replace

import numpy as np
import pytest
from panel_answers import MADE
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from fmviz.canvas.fonts import load_fonts
from fmviz.canvas.layer import look_of
from fmviz.canvas.panel import PanelPicture, panel_drawing
from fmviz.canvas.panels import PANEL_TYPES
from fmviz.core.formats import THEME
from fmviz.core.panels import PANELS, PanelLane
from fmviz.core.project import Project
from fmviz.core.theme import Theme, load_theme
from fmviz.film.stills import svg_bytes

SIZES = ((480, 360), (1280, 800), (700, 1000))


@pytest.fixture(autouse=True)
def fonts(qtbot: QtBot) -> None:
    load_fonts()


def picture(key: str, theme: Theme, **parts: object) -> PanelPicture:
    project = Project()
    lane = PanelLane(project.marks[0], 4_000, project.lanes[0], **parts)  # type: ignore[arg-type]
    return PanelPicture(PANELS[key], (lane,), 0.5, look_of(theme, THEME))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()) & 0xFFFFFF


def test_each_panel_has_one_drawing_and_made_answers() -> None:
    assert set(PANEL_TYPES) == set(PANELS) == set(MADE)


@pytest.mark.parametrize("key", PANELS)
@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_at_the_edges(key: str, name: str, size: tuple[int, int]) -> None:
    theme = load_theme(name)
    for answer in MADE[key]:
        seen = pixels(panel_drawing(*size, picture(key, theme, answer=answer)).image(1))
        ground = QColor(theme.pane).rgb() & 0xFFFFFF
        for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
            assert (edge == ground).all()
        assert (seen != ground).mean() > 0.02


@pytest.mark.parametrize("key", PANELS)
def test_no_word_is_shortened_on_a_slide(key: str) -> None:
    for answer in MADE[key]:
        drawn = picture(key, load_theme("light"), answer=answer)
        text = svg_bytes(panel_drawing(1280, 800, drawn).paint, 1280, 800, 0.0, "x").decode()
        assert "…" not in text
        assert PANELS[key].label in text


def test_along_the_exact_field_nothing_is_called_learned() -> None:
    theme = load_theme("light")
    for answer in MADE["continuity"]:
        learned, exact = (svg_bytes(panel_drawing(1280, 800, drawn).paint, 1280, 800, 0.0, "x").decode() for drawn in (
            picture("continuity", theme, answer=answer),
            picture("continuity", theme, answer=replace(answer, is_exact=True))))
        assert "learned" in learned
        assert "learned" not in exact
        assert "exact field leaves" in exact


@pytest.mark.parametrize("key", PANELS)
def test_what_is_missing_is_said_in_the_picture(key: str) -> None:
    theme = load_theme("dark")
    waiting, refused = (svg_bytes(panel_drawing(900, 600, drawn).paint, 900, 600, 0.0, "x").decode() for drawn in
                        (picture(key, theme), picture(key, theme, why_not="There is no such field.")))
    assert "worked out" in waiting
    assert "There is no such field." in refused
    nobody = replace(picture(key, theme), lanes=())
    assert "train first" in svg_bytes(panel_drawing(900, 600, nobody).paint, 900, 600, 0.0, "x").decode()
