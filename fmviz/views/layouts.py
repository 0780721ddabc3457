"""Rows, columns and grids of widgets, each in one expression."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

# A widget or a layout, alone or followed by what Qt takes behind it: its share of the room that is left, its alignment.
# A number is a gap, px; None is an elastic one.
Part = QWidget | QLayout | int | None | tuple[Any, ...]
# For all sides, or left, top, right and bottom, px; None is what is usual there.
Margins = int | tuple[int, int, int, int] | None
Box = TypeVar("Box", bound=QBoxLayout)


def row(*parts: Part, spacing: int = -1, margins: Margins = None, on: QWidget | None = None) -> QHBoxLayout:
    """Return parts beside each other.

    Args:
        spacing: between them, px; -1 is what is usual there.
        on: the widget that is laid out so.
    """
    return fill(QHBoxLayout(on) if on is not None else QHBoxLayout(), parts, spacing, margins)


def column(*parts: Part, spacing: int = -1, margins: Margins = None, on: QWidget | None = None) -> QVBoxLayout:
    """Return parts below each other; see `row`."""
    return fill(QVBoxLayout(on) if on is not None else QVBoxLayout(), parts, spacing, margins)


def fill(box: Box, parts: tuple[Part, ...], spacing: int = -1, margins: Margins = None) -> Box:
    """Put parts into a box; return it."""
    box.setSpacing(spacing)
    _surround(box, margins)
    for part in parts:
        match part:
            case None:
                box.addStretch(1)
            case int():
                box.addSpacing(part)
            case QLayout():
                box.addLayout(part)
            case QWidget():
                box.addWidget(part)
            case (QLayout() as inner, *how):
                box.addLayout(inner, *how)
            case (widget, *how):
                box.addWidget(widget, *how)
    return box


def grid(across: int, down: int, first_px: int = 0, margins: Margins = None, on: QWidget | None = None) -> QGridLayout:
    """Return an empty grid whose second column takes the room.

    Args:
        across, down: between its cells, px.
        first_px: the least width of the first column.
    """
    result = QGridLayout(on) if on is not None else QGridLayout()
    result.setHorizontalSpacing(across)
    result.setVerticalSpacing(down)
    result.setColumnMinimumWidth(0, first_px)
    result.setColumnStretch(1, 1)
    _surround(result, margins)
    return result


def _surround(layout: QLayout, margins: Margins) -> None:
    if margins is not None:
        layout.setContentsMargins(*((margins,) * 4 if isinstance(margins, int) else margins))
