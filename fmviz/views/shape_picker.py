"""A combo box of all shapes whose list is a grid of pictures; arrow keys, letters and Enter work in it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fmviz.core.numbers import within
from fmviz.core.shapes import SHAPES, sample_shape
from fmviz.core.theme import Theme
from fmviz.views.controls import WheelNeedsFocus, describe
from fmviz.views.thumbnail import cloud_pixmap

_COLUMNS = 4
_TILE = QSize(104, 92)
_PICTURE = QSize(64, 58)
_DOTS = 500
_DOT_PX = 1.8
_PADDING_PX = 6
_FRAME_PX = 2 * _PADDING_PX + 4

_CORNER_PX = 7
_TEXT_PX = 12

_Index = QModelIndex | QPersistentModelIndex


class ShapeModel(QAbstractListModel):
    """The rows of `SHAPES` with pictures in one role's colour, each painted when it is first looked at."""

    def __init__(self, which: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._which = which
        self._theme = theme
        self._shapes = list(SHAPES.values())
        self._pictures: dict[str, QPixmap] = {}

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
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
            self._pictures[name] = cloud_pixmap(points, colour, _PICTURE, 2.0, _DOT_PX)
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
        """Paint in another theme."""
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
        """Paint the pictures in another theme."""
        self.grid.set_theme(theme)

    def showPopup(self) -> None:
        """Open the grid under the box."""
        self.grid.open_at(self.mapToGlobal(QPoint(0, self.height() + 2)), self.currentIndex())

    def hidePopup(self) -> None:
        """Close the grid."""
        self.grid.hide()
        super().hidePopup()
