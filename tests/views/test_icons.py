"""Icons in a theme's colours, and a theme that goes and comes back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from pytestqt.qtbot import QtBot

from fmviz.views.main_window import MainWindow
from fmviz.views.style_sheet import icon

_RED, _BLUE = "#ff0000", "#0000ff"


def _pixels(of: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off,
            scale: float = 1.0) -> np.ndarray:
    image = of.pixmap(QSize(20, 20), scale, mode, state).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def test_an_icon_is_faint_when_disabled_and_in_the_other_colour_when_on(qtbot: QtBot) -> None:
    made = icon("play", _RED, 20, _BLUE)
    off, on = _pixels(made), _pixels(made, state=QIcon.State.On)
    faint = _pixels(made, QIcon.Mode.Disabled)
    strongest = np.unravel_index(off[..., 3].argmax(), off.shape[:2])
    assert QColor(*off[strongest]).name() == _RED
    assert QColor(*on[strongest]).name() == _BLUE
    assert faint[..., 3].max() < 0.4 * off[..., 3].max()
    np.testing.assert_array_equal(off[..., 3] > 60, on[..., 3] > 60)


def test_an_icon_is_sharp_on_every_screen(qtbot: QtBot) -> None:
    for scale in (1, 2, 3):
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            assert _pixels(icon("play", _RED), mode, scale=scale).shape == (20 * scale, 20 * scale, 4)


def test_a_theme_that_comes_back_looks_as_before(lectern: MainWindow, qtbot: QtBot) -> None:
    def dress(choice: str) -> None:
        lectern.actions_by_name[f"theme_{choice}"].trigger()

    def picture() -> QImage:
        return lectern.grab().toImage()

    dress("dark")
    qtbot.waitUntil(lambda: picture() == picture())
    dark = picture()
    dress("light")
    qtbot.waitUntil(lambda: picture() != dark)
    dress("dark")
    qtbot.waitUntil(lambda: picture() == dark)
