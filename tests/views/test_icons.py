"""Icons in a theme's colours, and a theme that goes and comes back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fmviz.core.theme import load_theme
from fmviz.views.main_window import MainWindow
from fmviz.views.style_sheet import icon, palette


def _pixels(of: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off,
            scale: float = 1.0) -> np.ndarray:
    image = of.pixmap(QSize(20, 20), scale, mode, state).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def _ink(pixels: np.ndarray) -> str:
    return QColor(*pixels[np.unravel_index(pixels[..., 3].argmax(), pixels.shape[:2])]).name()


def test_an_icon_has_the_colours_of_the_theme_that_the_application_wears(qapp: QApplication) -> None:
    before, made = qapp.palette(), icon("play", "muted", "accent")
    for theme in map(load_theme, ("dark", "light")):
        qapp.setPalette(palette(theme))
        assert _ink(_pixels(made)) == theme.muted
        assert _ink(_pixels(made, state=QIcon.State.On)) == theme.accent
        assert _ink(_pixels(icon("play"))) == theme.text
        assert _ink(_pixels(icon("play", "on_accent"))) == theme.on_accent
    qapp.setPalette(before)


def test_an_icon_is_faint_when_disabled(qtbot: QtBot) -> None:
    strong, faint = _pixels(icon("play")), _pixels(icon("play"), QIcon.Mode.Disabled)
    assert 0 < faint[..., 3].max() < 0.4 * strong[..., 3].max()


def test_an_icon_is_sharp_on_every_screen(qtbot: QtBot) -> None:
    for scale in (1, 2, 3):
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            assert _pixels(icon("play"), mode, scale=scale).shape == (20 * scale, 20 * scale, 4)


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
