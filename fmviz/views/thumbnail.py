"""Small pictures of clouds: a widget for a card, a pixmap for a list, a combo box whose list is a grid of all shapes.

Arrow keys, letters and Enter work in the list. Nothing here moves or knows a document.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

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
_RADIUS_PX = 8
_COLUMNS = 4
_TILE = QSize(104, 92)
_PICTURE = QSize(64, 58)
_DOTS = 500
_LIST_DOT_PX = 1.8
_FRAME_PX = 2 * _PADDING_PX + 4

_CORNER_PX = 7
_TEXT_PX = 12

_Index = QModelIndex | QPersistentModelIndex


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


class CloudThumbnail(QWidget):
    """A rounded picture of one cloud in its role's colour; the dots are painted once per cloud, size and theme."""

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which = which
        self._theme = theme
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
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
        painter.setPen(QColor(self._theme.pane_border))
        painter.fillPath(outline, QColor(self._theme.pane))
        painter.drawPath(outline)
        if self._points is not None:
            painter.drawPixmap(0, 0, self._current())

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


class ShapeModel(QAbstractListModel):
    """The rows of `SHAPES` with pictures in one role's colour, each painted when it is first looked at."""

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which = which
        self._theme = theme
        self._shapes = list(SHAPES.values())
        self._pictures: dict[str, QPixmap] = {}

    def set_theme(self, theme: Theme) -> None:
        self.beginResetModel()
        self._theme = theme
        self._pictures.clear()
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shapes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        shape = self._shapes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shape.label
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return shape.help
        if role == Qt.ItemDataRole.UserRole:
            return shape.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(shape.name)
        return None

    def _picture(self, name: str) -> QPixmap:
        if name not in self._pictures:
            points = sample_shape(name, _DOTS, np.random.default_rng(0))
            colour = getattr(self._theme, self._which)
            self._pictures[name] = cloud_pixmap(points, colour, _PICTURE, 2.0, _LIST_DOT_PX)
        return self._pictures[name]


class TileDelegate(QStyledItemDelegate):
    """Paints a tile: a picture over its name, on a rounded ground where the keyboard or the mouse is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return _TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tile = QRect(option.rect).adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_current or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(self.theme.hover))
            painter.setPen(QColor(self.theme.accent if is_current else self.theme.hover))
            painter.drawRoundedRect(tile, _CORNER_PX, _CORNER_PX)
        picture: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
        painter.drawPixmap(tile.center().x() - _PICTURE.width() // 2, tile.top() + 4, picture)
        font = QFont(option.font)
        font.setPixelSize(_TEXT_PX)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(tile.adjusted(0, _PICTURE.height() + 4, 0, -4), Qt.AlignmentFlag.AlignCenter,
                         index.data(Qt.ItemDataRole.DisplayRole))
        painter.restore()


class ShapeGrid(QListView):
    """The pop-up: arrow keys and first letters move, Enter or a click picks, Escape or a click elsewhere closes it."""

    picked = Signal(str)

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self.setViewportMargins(_PADDING_PX, _PADDING_PX, _PADDING_PX, _PADDING_PX)
        self._model = ShapeModel(which, theme, self)
        self._tiles = TileDelegate(theme, self)
        self.setModel(self._model)
        self.setItemDelegate(self._tiles)
        self.setMouseTracking(True)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setGridSize(_TILE)
        self.setIconSize(_PICTURE)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = -(-self._model.rowCount() // _COLUMNS)
        self.resize(_TILE.width() * _COLUMNS + _FRAME_PX, _TILE.height() * rows + _FRAME_PX)
        describe(self, f"Shapes for the {which}", "Arrow keys move, Enter picks, Escape closes.")
        # Whether a click or a double click activates is the platform's choice; here one click is enough.
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)

    def set_theme(self, theme: Theme) -> None:
        self._tiles.theme = theme
        self._model.set_theme(theme)

    def open_at(self, corner: QPoint, row: int) -> None:
        """Show the grid with its top left corner there, as far as the screen has room, and one tile chosen."""
        room = self.screen().availableGeometry()
        self.move(within(corner.x(), room.left(), room.right() - self.width()),
                  within(corner.y(), room.top(), room.bottom() - self.height()))
        self.setCurrentIndex(self._model.index(max(0, row), 0))
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _pick(self, index: QModelIndex) -> None:
        if self.isVisible():  # a click may also have activated
            self.hide()
            self.picked.emit(index.data(Qt.ItemDataRole.UserRole))


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
