"""How a row of the list of scenes looks: number, picture, name, and what it shows; a field to change the name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from fmviz.canvas.fonts import stage_font
from fmviz.core.scene import LONGEST_NAME, Scene
from fmviz.core.theme import Theme
from fmviz.views.controls import describe
from fmviz.views.scene_model import FACTS, IS_PRESENT, NUMBER, SCENE
from fmviz.views.scene_thumbnails import SIZE, SceneThumbnails
from fmviz.views.style_sheet import mix

_ROW_PX, _GAP_PX, _RADIUS_PX, _FOCUS_RING_PX = 46, 3, 7, 2
_PICTURE_RADIUS_PX = 4
_NUMBER_PX, _PADDING_PX = 24, 8
_TEXT_LEFT_PX = _NUMBER_PX + SIZE.width() + _PADDING_PX
_NAME_TEXT_PX, _FACTS_TEXT_PX = 13, 12
# The present scene's ground: as much of the panel in it as in a pressed button's.
_FILL_SHARE = 0.76


class SceneField(QLineEdit):
    """A scene's name while it is written. Keys that it has no use for end here: in a list they would move the talk."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        event.accept()


class SceneRows(QStyledItemDelegate):
    """Draws the rows and makes the field; the present scene wears the colours of a button that is down."""

    def __init__(self, theme: Theme, thumbnails: SceneThumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self._thumbnails = theme, thumbnails
        self._written = QPersistentModelIndex()  # the row whose name is being changed; none after a reset
        self._field: SceneField | None = None

    @property
    def field(self) -> SceneField | None:
        """The field that is open, if any."""
        return self._field if self._written.isValid() else None

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW_PX + _GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex) -> None:
        theme, is_present, state = self.theme, bool(index.data(IS_PRESENT)), option.state
        has_focus = bool(state & QStyle.StateFlag.State_HasFocus)
        row = _row(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_present or has_focus or state & QStyle.StateFlag.State_MouseOver:
            ring = _FOCUS_RING_PX if has_focus else 1
            painter.setPen(QPen(QColor(theme.accent), ring) if is_present or has_focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(theme.accent, theme.panel, _FILL_SHARE) if is_present else theme.raised))
            inside = row.toRectF().adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2)
            painter.drawRoundedRect(inside, _RADIUS_PX, _RADIUS_PX)
        self._write(painter, row, index, is_present)
        painter.restore()

    def _write(self, painter: QPainter, row: QRect, index: QModelIndex | QPersistentModelIndex,
               is_present: bool) -> None:
        ink, muted = self.theme.text, self.theme.text if is_present else self.theme.muted
        left, middle = row.left() + _TEXT_LEFT_PX, row.top() + row.height() // 2
        width = row.right() - _PADDING_PX - left
        upper = QRect(left, row.top() + 5, width, middle - row.top() - 4)
        lower = QRect(left, middle + 1, width, row.bottom() - middle - 5)
        _write(painter, index.data(NUMBER), QRect(row.left(), row.top(), _NUMBER_PX, row.height()), _FACTS_TEXT_PX,
               muted, False, Qt.AlignmentFlag.AlignCenter)
        self._draw_picture(painter, QRect(row.left() + _NUMBER_PX, row.top() + (row.height() - SIZE.height()) // 2,
                                          SIZE.width(), SIZE.height()), index.data(SCENE))
        if self._written != index:  # the field is not as tall as the row
            _write(painter, index.data(), upper, _NAME_TEXT_PX, ink, True)
            _write(painter, index.data(FACTS), lower, _FACTS_TEXT_PX, muted, False)

    def _draw_picture(self, painter: QPainter, place: QRect, scene: Scene) -> None:
        frame = QPainterPath()
        frame.addRoundedRect(place.toRectF(), _PICTURE_RADIUS_PX, _PICTURE_RADIUS_PX)
        if (picture := self._thumbnails.picture(scene)) is not None:
            painter.save()
            painter.setClipPath(frame)
            painter.drawPixmap(place, picture)
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawPath(frame)

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem,
                     index: QModelIndex | QPersistentModelIndex) -> QWidget:
        self._written = QPersistentModelIndex(index)
        parent.update()
        self._field = field = SceneField(parent)
        field.setMaxLength(LONGEST_NAME)
        describe(field, "Name of the scene", "Return keeps the name, Escape the old one.")
        return field

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """Fill the field, also when the scenes change, but never over what was typed."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def destroyEditor(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        if editor is self._field:
            self._field, self._written = None, QPersistentModelIndex()
        super().destroyEditor(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem,
                             _index: QModelIndex | QPersistentModelIndex) -> None:
        row = _row(option)
        height = editor.sizeHint().height()
        editor.setGeometry(row.left() + _TEXT_LEFT_PX - _PADDING_PX - 1, row.top() + (row.height() - height) // 2,
                           row.width() - _TEXT_LEFT_PX + 2, height)


def _row(option: QStyleOptionViewItem) -> QRect:
    return option.rect.adjusted(0, 0, 0, -_GAP_PX)


def _write(painter: QPainter, text: str, rect: QRect, size_px: int, ink: str, is_strong: bool,
           side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) -> None:
    painter.setFont(stage_font(size_px, is_strong))
    painter.setPen(QColor(ink))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side, shown)
