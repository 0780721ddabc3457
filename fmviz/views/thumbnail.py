"""Small pictures of clouds: a widget for a card, a pixmap for a list, a combo box whose list is a grid of all shapes.

Arrow keys, letters and Enter work in the list. Nothing here moves or knows a document.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QFrame, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from fmviz.canvas.colours import class_table, key_of
from fmviz.core.cloud import FloatArray, Labels
from fmviz.core.extent import extent_of
from fmviz.core.numbers import within
from fmviz.core.shapes import SHAPES, sample_shape
from fmviz.core.theme import Theme
from fmviz.views.controls import WheelNeedsFocus, describe

_DOT_PX = 2.2
# A picture with a longer edge has larger dots.
_USUAL_PX = 200
_OPACITY = 0.7
_PADDING_PX = 6
_COLUMNS = 4
_TILE = QSize(104, 92)
_PICTURE = QSize(64, 58)
_DOTS = 500
_LIST_DOT_PX = 1.8
_FRAME_PX = 2 * _PADDING_PX + 4


def cloud_pixmap(points: FloatArray, colour: str, size: QSize, ratio: float = 1.0, dot_px: float = _DOT_PX,
                 colours: NDArray[np.uint8] | None = None) -> QPixmap:
    """Return a transparent picture of `points` (N, 2), filled to the edge with equal aspect.

    Args:
        colour: #rrggbb of the dots.
        colours: of each dot instead, (N, 3).
        size: device-independent pixels.
        ratio: device pixels per device-independent pixel.
        dot_px: diameter of a dot, device-independent pixels.
    """
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    if len(points) == 0:
        return pixmap
    extent = extent_of([points])
    room = min(size.width(), size.height()) - 2 * _PADDING_PX
    pen = QPen(QColor(colour), dot_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(_OPACITY)
    painter.translate(size.width() / 2, size.height() / 2)
    places = (points - (extent.cx, extent.cy)) * np.array((1, -1)) * (room / (2 * extent.half))
    is_near = np.abs(places).max(axis=1) <= max(size.toTuple())
    groups = ([(QColor(colour), is_near)] if colours is None else
              [(QColor(*rgb), is_near & (colours == rgb).all(axis=1)) for rgb in np.unique(colours, axis=0).tolist()])
    for ink, chosen in groups:
        pen.setColor(ink)
        painter.setPen(pen)
        painter.drawPoints([QPointF(x, y) for x, y in places[chosen].tolist()])
    painter.end()
    return pixmap


class CloudThumbnail(QFrame):
    """A rounded picture of one cloud in its role's colour; the dots are painted once per cloud, size and theme."""

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "cloud")
        self._which, self._theme = which, theme
        self._points: FloatArray | None = None
        self._labels: Labels | None = None
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(84)

    def sizeHint(self) -> QSize:
        return QSize(216, 132)

    def show_points(self, points: FloatArray | None, labels: Labels | None = None) -> None:
        """Show (N, 2) points, or none; with labels, each in the colour of its class."""
        self._points, self._labels = points, labels
        self._forget()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._points is not None:
            QPainter(self).drawPixmap(0, 0, self._current())

    def _current(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = self._picture
        if picture is None or picture.size() != self.size() * ratio:
            assert self._points is not None
            dot_px = _DOT_PX * max(1.0, min(self.width(), self.height()) / _USUAL_PX)
            colours = None
            if self._labels is not None:
                colours = class_table(self._theme)[key_of(self._labels).bins(self._labels)]
            picture = cloud_pixmap(self._points, getattr(self._theme, self._which), self.size(), ratio, dot_px, colours)
            self._picture = picture
        return picture

    def _forget(self) -> None:
        self._picture = None
        self.update()


class ShapeGrid(QListWidget):
    """The pop-up: arrow keys and first letters move, Enter or a click picks, Escape or a click elsewhere closes it."""

    picked = Signal(str)

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which, self._theme = which, theme
        self._has_pictures = False
        self.setWindowFlags(Qt.WindowType.Popup)
        self.setProperty("role", "shapes")
        self.setViewportMargins(_PADDING_PX, _PADDING_PX, _PADDING_PX, _PADDING_PX)
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setUniformItemSizes(True)
        self.setGridSize(_TILE)
        self.setIconSize(_PICTURE)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for shape in SHAPES.values():
            item = QListWidgetItem(shape.label, self)
            item.setData(Qt.ItemDataRole.UserRole, shape.name)
            item.setSizeHint(_TILE)
            item.setToolTip(shape.help)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, shape.help)
        rows = -(-len(SHAPES) // _COLUMNS)
        self.resize(_TILE.width() * _COLUMNS + _FRAME_PX, _TILE.height() * rows + _FRAME_PX)
        describe(self, f"Shapes for the {which}", "Arrow keys move, Enter picks, Escape closes.")
        # Whether a click or a double click activates is the platform's choice; here one click is enough.
        self.itemClicked.connect(self._pick)
        self.itemActivated.connect(self._pick)

    def set_theme(self, theme: Theme) -> None:
        self._theme, self._has_pictures = theme, False

    def open_at(self, corner: QPoint, row: int) -> None:
        """Show the grid with its top left corner there, as far as the screen has room, and one tile chosen."""
        if not self._has_pictures:
            self._has_pictures = True
            for item in map(self.item, range(self.count())):
                item.setIcon(self._icon(item.data(Qt.ItemDataRole.UserRole)))
        room = self.screen().availableGeometry()
        self.move(within(corner.x(), room.left(), room.right() - self.width()),
                  within(corner.y(), room.top(), room.bottom() - self.height()))
        self.setCurrentRow(max(0, row))
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _icon(self, name: str) -> QIcon:
        points = sample_shape(name, _DOTS, np.random.default_rng(0))
        picture = cloud_pixmap(points, getattr(self._theme, self._which), _PICTURE, 2.0, _LIST_DOT_PX)
        result = QIcon(picture)
        result.addPixmap(picture, QIcon.Mode.Selected)  # which Qt would tint
        return result

    def _pick(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a click may also have activated
            self.hide()
            self.picked.emit(item.data(Qt.ItemDataRole.UserRole))


class ShapePicker(QComboBox):
    """Names the side's shape and picks another; `picked(name)` is emitted by the user only."""

    picked = Signal(str)

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for shape in SHAPES.values():
            self.addItem(shape.label, shape.name)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        describe(self, f"Shape of the {which}", f"Pick a shape for the {which}; Space shows them all as pictures.")
        WheelNeedsFocus(self)
        self.activated.connect(lambda row: self.picked.emit(self.itemData(row)))
        # A child of the combo box itself would get no style sheet.
        self.grid = ShapeGrid(which, theme, parent)
        self.grid.picked.connect(self.picked)

    def show_side(self, shape: str | None, name: str) -> None:
        """Show a shape's label, or the name of a cloud that is none of them."""
        self.setPlaceholderText(name)
        self.setCurrentIndex(-1 if shape is None else self.findData(shape))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.grid.set_theme(theme)

    def showPopup(self) -> None:
        self.grid.open_at(self.mapToGlobal(QPoint(0, self.height() + 2)), self.currentIndex())

    def hidePopup(self) -> None:
        self.grid.hide()
        super().hidePopup()
