"""How every widget looks, from one theme: the application's palette and its style sheet.

Widgets name what they are by the dynamic property `role`; colours live in `resources/theme.json` only.
"""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QColor, QPalette

from fmviz.core.resources import resource_path
from fmviz.core.theme import Theme

BASE_FONT_PX = 13

_SHEET = string.Template(
    """
* { font-family: "Inter"; font-size: 13px; }
QMainWindow, QDialog { background: $window; color: $text; }
QWidget { color: $text; }
QLabel { background: transparent; }
QWidget[role="panel"] { background: $panel; }
QFrame[role="card"], QWidget[role="card"] { background: $raised; border: 1px solid $border; border-radius: 10px; }
QLabel[role="heading"] { color: $muted; font-size: 11px; font-weight: 600; letter-spacing: 0.6px; }
QLabel[role="title"] { font-size: 15px; font-weight: 600; }
QLabel[role="muted"] { color: $muted; font-size: 12px; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="chip"] { background: $raised; border: 1px solid $border; border-radius: 9px; padding: 1px 8px; color: $muted; font-size: 12px; }
QFrame[role="warning"], QWidget[role="warning"] { background: $warning_fill; border: 1px solid $warning; border-radius: 8px; }
QFrame[role="line"] { background: $border; max-height: 1px; border: none; }

QPushButton, QToolButton { background: $raised; border: 1px solid $border; border-radius: 7px; padding: 5px 10px; min-height: 18px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:disabled, QToolButton:disabled { color: $faint; border-color: $border; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QLineEdit:focus { border: 1px solid $accent; }
QPushButton:checked, QToolButton:checked { background: $accent_fill; border-color: $accent; color: $text; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; padding: 7px 14px; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border: 1px solid $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $faint; border-color: $border; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border: 1px solid transparent; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: $hover; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border: 1px solid $accent; }
QPushButton[role="danger"] { color: $danger; }
QToolButton[role="tool"] { background: transparent; border: 1px solid transparent; padding: 4px; }
QToolButton[role="tool"]:hover { background: $hover; }
QToolButton[role="tool"]:checked { background: $accent_fill; border-color: $accent; }
QToolButton[role="tool"]:focus { border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; width: 0; }

QFrame[role="segments"], QWidget[role="segments"] { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame[role="segments"] QToolButton, QFrame[role="segments"] QPushButton,
QWidget[role="segments"] QToolButton, QWidget[role="segments"] QPushButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px 9px; color: $muted; }
QFrame[role="segments"] QToolButton:hover, QFrame[role="segments"] QPushButton:hover,
QWidget[role="segments"] QToolButton:hover, QWidget[role="segments"] QPushButton:hover { color: $text; }
QFrame[role="segments"] QToolButton:checked, QFrame[role="segments"] QPushButton:checked,
QWidget[role="segments"] QToolButton:checked, QWidget[role="segments"] QPushButton:checked { background: $accent_fill; border-color: $accent; color: $text; }
QFrame[role="segments"] QToolButton:focus, QFrame[role="segments"] QPushButton:focus { border-color: $accent; }

QComboBox, QSpinBox, QDoubleSpinBox, QLineEdit { background: $field; border: 1px solid $border; border-radius: 7px; padding: 4px 8px; min-height: 18px; selection-background-color: $accent; selection-color: $on_accent; }
QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover, QLineEdit:hover { border-color: $faint; }
QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QLineEdit:disabled { color: $faint; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$chevron"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $border; selection-background-color: $accent_fill; selection-color: $text; outline: none; padding: 4px; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button { width: 0; border: none; }

QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $handle; border: 1px solid $handle_edge; width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border: 2px solid $accent; width: 13px; height: 13px; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $border; }
QSlider { min-height: 20px; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 15px; height: 15px; border: 1px solid $faint; border-radius: 4px; background: $field; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QCheckBox::indicator:disabled { background: $border; border-color: $border; }

QProgressBar { background: $border; border: none; border-radius: 2px; height: 4px; max-height: 4px; text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QMenuBar { background: $window; color: $text; padding: 2px 6px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 12px; border-radius: 5px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $accent_fill; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 5px 7px; }
QStatusBar { background: $window; color: $muted; }
QStatusBar::item { border: none; }
QScrollArea, QScrollArea > QWidget > QWidget[role="panel"] { background: $panel; border: none; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 2px; }
QScrollBar::handle:vertical { background: $border; border-radius: 3px; min-height: 28px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar:horizontal { background: transparent; height: 9px; margin: 2px; }
QScrollBar::handle:horizontal { background: $border; border-radius: 3px; min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $border; }
"""
)


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
    return _SHEET.substitute(tokens)


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
        for a, b in zip(one.getRgb()[:3], two.getRgb()[:3], strict=True)
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
