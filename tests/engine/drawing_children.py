"""What the test's drawing processes draw: a module of its own, because a spawned child imports it by name."""

from PySide6.QtGui import QColor, QImage


class Marker:
    """Draws pictures that say which one they are, and of how many moments; 255 breaks down."""

    kind = QImage.Format.Format_RGB32
    ground = QColor(1, 2, 3)

    def __init__(self, film):
        self._film = film

    def image(self, index):
        if index == 255:
            raise ZeroDivisionError("division by zero")
        image = QImage(self._film.spec.width, self._film.spec.height, self.kind)
        image.fill(self.ground)
        for x in range(8):
            for y in range(8):
                image.setPixelColor(x, y, QColor(index, len(self._film.moments), 0))
        return image


class ClearMarker(Marker):
    """The same on nothing."""

    kind = QImage.Format.Format_ARGB32_Premultiplied
    ground = QColor(0, 0, 0, 0)
