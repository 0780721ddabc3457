"""The mouse in world units: what a gesture needs, without Qt's events."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

_BUTTONS = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.RightButton: "right",
    Qt.MouseButton.MiddleButton: "middle",
}


@dataclass(frozen=True)
class Modifiers:
    """Keys held down, and the button that acts ("left", "right", "middle", or "" while hovering)."""

    shift: bool = False
    control: bool = False
    button: str = ""


def modifiers_of(event: QMouseEvent, button: Qt.MouseButton | None = None) -> Modifiers:
    """Return the modifiers of an event; `button` overrides the event's (moves have none of their own)."""
    keys = event.modifiers()
    return Modifiers(
        shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
        control=bool(keys & Qt.KeyboardModifier.ControlModifier),
        button=_BUTTONS.get(event.button() if button is None else button, ""),
    )
