"""How a row of the list of scenes looks: number, name, and muted what the scene shows; a field to change the name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from fmviz.canvas.fonts import stage_font
from fmviz.core.scene import LONGEST_NAME
from fmviz.core.theme import Theme
from fmviz.views.controls import describe
from fmviz.views.scene_model import FACTS, IS_PRESENT, NUMBER
from fmviz.views.style_sheet import mix

_ROW_PX, _GAP_PX, _RADIUS_PX = 46, 3, 7
_NUMBER_PX, _PADDING_PX = 30, 8
_NAME_TEXT_PX, _FACTS_TEXT_PX = 13, 12
# The present scene's ground: as much of the panel in it as in a pressed button's.
_FILL_SHARE = 0.76


class SceneRows(QStyledItemDelegate):
    """Draws the rows and makes the field; the present scene wears the colours of a button that is down."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW_PX + _GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex) -> None:
        theme, is_present = self.theme, bool(index.data(IS_PRESENT))
        row = _row(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_present or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QColor(theme.accent) if is_present else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(theme.accent, theme.panel, _FILL_SHARE) if is_present else theme.raised))
            painter.drawRoundedRect(row.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
        left = row.left() + _NUMBER_PX
        width = row.right() - _PADDING_PX - left
        middle = row.top() + row.height() // 2
        ink, muted = theme.text, theme.text if is_present else theme.muted
        _write(painter, index.data(NUMBER), QRect(row.left(), row.top(), _NUMBER_PX, row.height()), _FACTS_TEXT_PX,
               muted, False, Qt.AlignmentFlag.AlignCenter)
        upper = QRect(left, row.top() + 5, width, middle - row.top() - 4)
        lower = QRect(left, middle + 1, width, row.bottom() - middle - 5)
        _write(painter, index.data(), upper, _NAME_TEXT_PX, ink, True)
        _write(painter, index.data(FACTS), lower, _FACTS_TEXT_PX, muted, False)
        painter.restore()

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem,
                     _index: QModelIndex | QPersistentModelIndex) -> QWidget:
        field = QLineEdit(parent)
        field.setMaxLength(LONGEST_NAME)
        describe(field, "Name of the scene", "Return keeps the name, Escape the old one.")
        return field

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem,
                             _index: QModelIndex | QPersistentModelIndex) -> None:
        row = _row(option)
        height = editor.sizeHint().height()
        editor.setGeometry(row.left() + _NUMBER_PX - _PADDING_PX - 1, row.top() + (row.height() - height) // 2,
                           row.width() - _NUMBER_PX + 2, height)


def _row(option: QStyleOptionViewItem) -> QRect:
    return option.rect.adjusted(0, 0, 0, -_GAP_PX)


def _write(painter: QPainter, text: str, rect: QRect, size_px: int, ink: str, is_strong: bool,
           side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) -> None:
    painter.setFont(stage_font(size_px, is_strong))
    painter.setPen(QColor(ink))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side, shown)
