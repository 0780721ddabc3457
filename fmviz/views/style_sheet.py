"""How every widget looks, from one theme: the application's palette, its style sheet, and icons in the theme's colours.

Widgets name what they are by the dynamic property `role`; the rules stand in `resources/style.qss`, the colours
in `resources/theme.json` only.
"""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, QStandardPaths, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from fmviz.core.resources import resource_path
from fmviz.core.theme import Theme

_DISABLED_OPACITY = 0.35
# Pixmaps for ordinary and for high-density screens.
_SCALES = (1, 2, 3)


@lru_cache(maxsize=512)
def icon(name: str, colour: str, size_px: int = 20, on_colour: str | None = None) -> QIcon:
    """Return an icon in one colour, with a faded version for disabled controls.

    Args:
        name: file name under `resources/icons` without its ending.
        colour: #rrggbb of the strokes.
        size_px: edge, device-independent pixels.
        on_colour: colour when checked; None keeps `colour`.
    """
    result = QIcon()
    # Each is drawn once: to draw an SVG takes half a millisecond, and a theme has seventy icons.
    for scale in _SCALES:
        drawn = {ink: _pixmap(name, ink, size_px, scale) for ink in (colour, on_colour or colour)}
        faded = {ink: _faded(pixmap) for ink, pixmap in drawn.items()}
        for mode, pixmaps in ((QIcon.Mode.Normal, drawn), (QIcon.Mode.Disabled, faded)):
            result.addPixmap(pixmaps[colour], mode, QIcon.State.Off)
            result.addPixmap(pixmaps[on_colour or colour], mode, QIcon.State.On)
    return result


def themed_icon(name: str, theme: Theme, size_px: int = 20) -> QIcon:
    """Return an icon for a button on a panel: text colour, accent colour when checked."""
    return icon(name, theme.text, size_px, theme.accent)


def application_icon() -> QIcon:
    """Return the icon of the window and the task bar."""
    result = QIcon()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_pixmap("fmviz", "#000000", edge, 1))
    return result


def _pixmap(name: str, colour: str, size_px: int, scale: int) -> QPixmap:
    text = _source(name)
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", QColor(colour).name()).encode()))
    pixmap = QPixmap(QSize(size_px, size_px) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px * scale, size_px * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")


def _faded(pixmap: QPixmap) -> QPixmap:
    result = QPixmap(pixmap.size())
    result.setDevicePixelRatio(pixmap.devicePixelRatio())
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setOpacity(_DISABLED_OPACITY)
    painter.drawPixmap(0, 0, pixmap)
    painter.end()
    return result


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
