"""The picture of a panel as a widget, and the keys of the window that it is in."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fmviz.canvas.panel import PanelPicture, paint_panel

_LEAST_PX = (480, 360)
# Beside those of the stage's time.
MATHS_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "alone": (("F11",), "The panel alone on the whole screen, or back."),
    "close": (("Escape",), "Back from the whole screen; again: close Mathematics."),
}


class PanelView(QWidget):
    """Paints a panel as large as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: PanelPicture | None = None
        self.setMinimumSize(*_LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: PanelPicture) -> None:
        """Draw that from now on."""
        self.picture = picture
        self.setAccessibleName(picture.row.label)
        self.setAccessibleDescription(picture.row.help)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.picture is not None:
            painter = QPainter(self)
            paint_panel(painter, self.width(), self.height(), self.picture)
            painter.end()
