"""How every widget looks, from one theme: the application's palette, its style sheet, and icons in the theme's colours.

Widgets name what they are by the dynamic property `role`; the rules stand in `resources/style.qss`, the colours
in `resources/theme.json` only.
"""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, QStandardPaths, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fmviz.core.resources import resource_path
from fmviz.core.theme import Theme

_DISABLED_OPACITY = 0.35
# What icons are drawn in: colours of the theme, by the role that each has in the palette.
_INKS = {"text": QPalette.ColorRole.WindowText, "muted": QPalette.ColorRole.PlaceholderText,
         "accent": QPalette.ColorRole.Highlight, "on_accent": QPalette.ColorRole.HighlightedText}


class _ThemedIcon(QIconEngine):
    """Draws an icon in the colours that the application's palette has then, so that it follows the theme by itself."""

    def __init__(self, name: str, ink: str, on_ink: str) -> None:
        super().__init__()
        self._name, self._ink, self._on_ink = name, ink, on_ink

    def clone(self) -> QIconEngine:
        return _ThemedIcon(self._name, self._ink, self._on_ink)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        if not result.isNull():  # as it is while a layout has not yet given the button its size
            result.fill(Qt.GlobalColor.transparent)
            painter = QPainter(result)
            self.paint(painter, result.rect(), mode, state)
            painter.end()
        return result

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ink = self._on_ink if state == QIcon.State.On else self._ink
        colour = QGuiApplication.palette().color(_INKS[ink]).name()
        room = min(rect.width(), rect.height())  # a squeezed button gives less than a square
        square = QRect(0, 0, room, room)
        square.moveCenter(rect.center())
        edge = round(square.width() * painter.device().devicePixelRatio())
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(_DISABLED_OPACITY)
        painter.drawPixmap(square, _pixmap(self._name, colour, edge))
        painter.restore()


@lru_cache(maxsize=256)
def icon(name: str, ink: str = "text", on_ink: str = "") -> QIcon:
    """Return an icon in a colour of the theme, faded on disabled controls.

    Args:
        name: file name under `resources/icons` without its ending.
        ink: key of `_INKS`.
        on_ink: that when checked; "" is `ink`.
    """
    return QIcon(_ThemedIcon(name, ink, on_ink or ink))


def application_icon() -> QIcon:
    """Return the icon of the window and the task bar."""
    result = QIcon()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_pixmap("fmviz", "#000000", edge))
    return result


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, edge: int) -> QPixmap:
    """Return an icon's picture, device pixels; drawn once, for to draw an SVG takes half a millisecond."""
    text = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    pixmap = QPixmap(QSize(edge, edge))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    return pixmap


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of the whole application."""
    tokens = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    tokens |= {
        "field": theme.window if theme.name == "dark" else theme.panel,
        "faint": mix(theme.muted, theme.panel, 0.45),
        "accent_fill": mix(theme.accent, theme.panel, 0.76),
        "accent_hover": mix(theme.accent, theme.text, 0.14),
        "warning_fill": mix(theme.warning, theme.panel, 0.86),
        "handle": theme.text if theme.name == "dark" else theme.panel,
        "handle_edge": theme.window if theme.name == "dark" else theme.muted,
        "chevron": _tinted("chevron", theme.muted),
        "check": _tinted("check", theme.on_accent),
    }
    template = resource_path("style.qss").read_text(encoding="utf-8")
    return string.Template(template).substitute(tokens)


def palette(theme: Theme) -> QPalette:
    """Return the palette for what the style sheet leaves to Qt: file dialogs, placeholders, links."""
    result = QPalette()
    colours = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in colours.items():
        result.setColor(role, QColor(colour))
    faint = QColor(mix(theme.muted, theme.panel, 0.45))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, faint)
    return result


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with a share of `other` in it, #rrggbb."""
    one, two = QColor(colour), QColor(other)
    channels = [
        round(a * (1 - share) + b * share)
        for a, b in zip(one.getRgb()[:3], two.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*channels).name()


@lru_cache(maxsize=16)
def _tinted(name: str, colour: str) -> str:
    """Return the path of an icon file in one colour: a style sheet takes files only, and cannot tint them.

    The file's name holds its colour, so that every start finds the same few files in the cache folder.
    """
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)) / "fmviz"
    path = folder / f"{name}-{colour.lstrip('#')}.svg"
    source = resource_path(f"icons/{name}.svg")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text(encoding="utf-8").replace("currentColor", colour), encoding="utf-8")
    except OSError:
        return source.as_posix()  # no cache folder to write to: the icon is drawn black, which still shows
    return path.as_posix()
