"""A slider that goes to where it is pressed, and on from there as a drag.

Qt's own moves by a page when its groove is pressed, and the drag that follows does nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget


class JumpSlider(QSlider):
    """A horizontal slider; a press beside the handle puts the handle under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        is_beside = not self._part(QStyle.SubControl.SC_SliderHandle).contains(place)
        if event.button() == Qt.MouseButton.LeftButton and is_beside and self.minimum() < self.maximum():
            # Down before the value changes, so that it is the first value of a drag and no finished edit.
            self.setSliderDown(True)
            self.setSliderPosition(self._value_at(place.x()))
            # Few values leave the handle beside the mouse; to Qt only a press on it begins a drag.
            handle = QPointF(self._part(QStyle.SubControl.SC_SliderHandle).center())
            event = QMouseEvent(event.type(), handle, event.globalPosition(), event.button(), event.buttons(),
                                event.modifiers(), event.pointingDevice())
        super().mousePressEvent(event)

    def _value_at(self, x: int) -> int:
        """Return the value whose handle has its middle at x."""
        groove = self._part(QStyle.SubControl.SC_SliderGroove)
        handle = self._part(QStyle.SubControl.SC_SliderHandle)
        left = x - groove.x() - handle.width() // 2
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), left, groove.width() - handle.width(),
                                              self.layoutDirection() == Qt.LayoutDirection.RightToLeft)

    def _part(self, part: QStyle.SubControl) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)
