"""The small controls that panels are built from: describing, segments, folds, text that gives way, calm wheels.

They know nothing of projects; colours come from the style sheet by role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QLocale, QObject, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from fmviz.views.actions import ROW, key_name
from fmviz.views.layouts import column, row
from fmviz.views.style_sheet import icon

# The interface is in English whatever the computer speaks, so its numbers are too.
NUMBERS = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
ICON_PX = 18
FIELD_HEIGHT_PX = 28
# A quiet button's padding, taken back so that its text lines up with the labels above.
_QUIET_PADDING_PX = 18
_ARROW_PX = 10
# Borders and title bar of a window, as wide and high as they come; nobody knows them before it is there.
_FRAME_PX = QSize(16, 48)
_ROUNDING_PX = 2
# Until the tooltip of a button without words: who passes over it sees none.
_TIP_MS = 100
# As finely as a bar shows shares.
_SHARES = 1000


def describe(widget: QWidget, name: str, tip: str, shortcut: str = "") -> None:
    """Give a control its accessible name, its tooltip and, within the tooltip, its shortcut."""
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(tip)
    text = f"{tip} ({' or '.join(map(key_name, shortcut.split(' or ')))})" if shortcut else tip
    widget.setToolTip(plain_tip(text) if "<" in text else text)
    if isinstance(widget, QAbstractButton) and widget.findChild(_TipSoon) is None:
        _TipSoon(widget)


class _TipSoon(QObject):
    """Event filter of a button: while it shows no word, its tooltip comes almost at once, not after Qt's 0.7 s."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button)
        self._button, self._is_over = button, False
        button.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Enter:
            self._is_over = True
            QTimer.singleShot(_TIP_MS, self, self._show)
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.MouseButtonPress, QEvent.Type.Hide):
            self._is_over = False
        return False

    def _show(self) -> None:
        button = self._button
        is_icon = isinstance(button, QToolButton) and not button.icon().isNull() and (
            button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly)
        if self._is_over and (is_icon or not button.text()):
            QToolTip.showText(button.mapToGlobal(QPoint(0, button.height())), button.toolTip(), button)


def plain_tip(text: str) -> str:
    """Return a tooltip that shows foreign text as it is: as rich text, which alone is broken into lines."""
    return f"<qt>{escape(text)}</qt>"


def keys_of(action: str) -> str:
    """Return the keys of a row of the action table, for the tooltip of a button that does the same."""
    return " or ".join(ROW[action].keys)


def describe_action(widget: QWidget, name: str, is_usable_as: QAction | None = None) -> None:
    """Describe a button by the row of the action table that it does; with its action it is usable while that is."""
    describe(widget, ROW[name].text.replace("&", "").rstrip("."), ROW[name].tip, keys_of(name))
    if is_usable_as is not None:
        widget.setEnabled(is_usable_as.isEnabled())
        is_usable_as.enabledChanged.connect(widget.setEnabled)


def label(text: str, role: str = "", parent: QWidget | None = None, wraps: bool = False) -> QLabel:
    """Return a plain text with one of the style sheet's roles.

    Plain, because names come from strangers' files: what looks like a tag would be obeyed and could open a file.
    """
    result = QLabel(text, parent)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wraps)
    if role:
        result.setProperty("role", role)
    return result


def push_button(parent: QWidget, text: str, tip: str, act: Callable[[], object], keys: str = "", name: str = "",
                role: str = "", icon_name: str = "") -> QPushButton:
    """Return a button with a text, which Return presses only where it has the focus.

    Args:
        act: what a click does.
        keys: what does the same, for the tooltip.
        name: accessible name where it is not the text.
        role: of the style sheet.
    """
    button = QPushButton(text, parent)
    button.setAutoDefault(False)
    if role:
        button.setProperty("role", role)
    if icon_name:
        button.setIcon(icon(icon_name))
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    describe(button, name or text.rstrip("…."), tip, keys)
    button.clicked.connect(lambda: act())
    return button


def action_button(parent: QWidget, action: QAction, text: str, ink: str = "text") -> QPushButton:
    """Return a button that does what a row of the action table does, with its icon, and is usable while that is."""
    row = ROW[action.objectName()]
    button = QPushButton(icon(row.icon, ink, "accent"), text, parent)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    describe_action(button, row.name, action)
    button.clicked.connect(action.trigger)
    return button


def tool_button(parent: QWidget, icon_name: str = "", act: Callable[[], object] | None = None, name: str = "",
                tip: str = "", keys: str = "", *, text: str = "", menu: QMenu | None = None, role: str = "tool",
                ink: str = "text", size_px: int = ICON_PX) -> QToolButton:
    """Return a small button; one without a name has still to be described.

    Args:
        act: what a click does.
        name, tip, keys: see `describe`.
        menu: what a click opens instead.
        role: of the style sheet.
        ink, size_px: of the icon.
    """
    button = QToolButton(parent)
    button.setText(text)
    button.setProperty("role", role)
    button.setIconSize(QSize(size_px, size_px))
    if icon_name:
        button.setIcon(icon(icon_name, ink, "accent"))
    if act is not None:
        button.clicked.connect(lambda: act())
    if menu is not None:
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
    if name:
        describe(button, name, tip, keys)
    return button


def entry(menu: QMenu, text: str, tip: str, act: Callable[[], object]) -> QAction:
    """Add an entry to a menu, and return it."""
    action = menu.addAction(text)
    action.setToolTip(tip)
    action.triggered.connect(lambda: act())
    return action


def single_shot(parent: QObject, interval_ms: int, act: Callable[[], object]) -> QTimer:
    """Return a timer that, once it is started, waits and then acts once."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(act)
    return timer


def scrolling(area: QScrollArea, inside: QWidget) -> None:
    """Let an area scroll up and down over a widget that is as wide as it."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)


def room_on_screen(window: QWidget) -> QSize:
    """Return how large a window may be within its frame."""
    return window.screen().availableGeometry().size() - _FRAME_PX


def set_role(widget: QWidget, role: str) -> None:
    """Let a widget that is seen already look like another role of the style sheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def tabular(widget: QWidget) -> None:
    """Make every digit of a widget's text equally wide, so that numbers stand still while they change."""
    font = QFont(widget.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    widget.setFont(font)


class SteadyLabel(QLabel):
    """A text that is as wide as the longest that it can have, in the font it really has, so that its neighbours stand
    still.
    """

    def __init__(self, longest: str, role: str, side: Qt.AlignmentFlag) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self._longest = longest
        tabular(self)
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        measure, margins = self.fontMetrics().horizontalAdvance, self.contentsMargins()
        text = max(measure(self._longest), measure(self.text())) + _ROUNDING_PX
        return QSize(text + margins.left() + margins.right(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class ElidedLabel(QLabel):
    """A line that gives way: what has no room ends in an ellipsis, and the tooltip has the whole of it."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> str:
        """The text as far as there is room for it."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def show_text(self, text: str) -> None:
        self.setText(text)
        self.setToolTip(plain_tip(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignVCenter, self.shown)
        painter.end()


class ShareBar(QProgressBar):
    """A bar that shows which share of something is done, without words."""

    def __init__(self, parent: QWidget, name: str = "", tip: str = "", width_px: int = 0) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        if width_px:
            self.setFixedWidth(width_px)
        if name:
            describe(self, name, tip)

    def show_share(self, share: float | None) -> None:
        """Show a share, 0 to 1; None is that nobody knows it yet."""
        self.setRange(0, 0 if share is None else _SHARES)
        self.setValue(round(_SHARES * (share or 0.0)))


class WheelNeedsFocus(QObject):
    """Event filter: the wheel scrolls the panel unless the control has been chosen by a click or by Tab."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class Segmented(QFrame):
    """A row of buttons of which one is down; `edited(key)` is emitted by clicks only, also on the one that is down.

    Args:
        choices: key to label, in order.
        tips: key to tooltip.
        icons: key to icon name; None for text only.
        shows_text: False shows icons alone.
        fills_width: whether the buttons share the width that there is.
        name: accessible name of the row; each button is "name: label".
    """

    edited = Signal(object)

    def __init__(self, name: str, choices: Mapping[Any, str], tips: Mapping[Any, str],
                 shortcuts: Mapping[Any, str] | None = None, icons: Mapping[Any, str] | None = None,
                 shows_text: bool = True, fills_width: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "segments")
        self.setAccessibleName(name)
        self._buttons: dict[Any, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._row = row(spacing=2, margins=2, on=self)
        for key, text in choices.items():
            button = QToolButton(self)
            button.setText(text)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(QSize(ICON_PX, ICON_PX))
            button.setSizePolicy(QSizePolicy.Policy.Expanding if fills_width else QSizePolicy.Policy.Fixed,
                                 QSizePolicy.Policy.Fixed)
            if icons is not None:
                button.setIcon(icon(icons[key], "muted", "text"))
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if shows_text else
                                          Qt.ToolButtonStyle.ToolButtonIconOnly)
            describe(button, f"{name}: {text}", tips[key], (shortcuts or {}).get(key, ""))
            button.clicked.connect(lambda _=False, key=key: self.edited.emit(key))
            self._group.addButton(button)
            self._buttons[key] = button
            self._row.addWidget(button)

    def button(self, key: Any) -> QToolButton:
        return self._buttons[key]

    def current(self) -> Any:
        return next((key for key, button in self._buttons.items() if button.isChecked()), None)

    def show_value(self, key: Any) -> None:
        """Press one button, or none, without telling anyone."""
        if key is None:
            self._group.setExclusive(False)
            for button in self._buttons.values():
                button.setChecked(False)
            self._group.setExclusive(True)
        else:
            self._buttons[key].setChecked(True)


class Fold(QWidget):
    """A section that is closed until its title is clicked; `toggled(bool)` when it opens or closes."""

    toggled = Signal(bool)

    def __init__(self, title: str, tip: str, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self._button = tool_button(self, text=title, role="quiet", size_px=_ARROW_PX)
        self._button.setCheckable(True)
        self._button.setAutoRaise(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setArrowType(Qt.ArrowType.RightArrow)
        describe(self._button, title, tip)
        self._button.toggled.connect(self.set_open)
        column(row(self._button, None, margins=(-_QUIET_PADDING_PX, 0, 0, 0)), content, spacing=4, margins=0, on=self)
        content.setVisible(False)

    @property
    def title(self) -> str:
        return self._button.text()

    def set_title(self, title: str) -> None:
        """Write another title, for example that something in it is unusual."""
        self._button.setText(title)

    @property
    def is_open(self) -> bool:
        return self._button.isChecked()

    def set_open(self, is_open: bool) -> None:
        if is_open != self._button.isChecked():
            self._button.setChecked(is_open)  # which comes back here
            return
        self._button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._content.setVisible(is_open)
        self.toggled.emit(is_open)


class JumpSlider(QSlider):
    """A horizontal slider; a press beside the handle puts the handle under the mouse, and begins a drag.

    Qt's style hint SH_Slider_AbsoluteSetButtons does not do: a style in Python took the repaint of 180 controls from
    4.0 to 8.8 ms, the value changes before the slider is down (so it would be a finished edit), and a press on the
    handle moves it (by 16 of 1,000).
    """

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


# What the keys of arrows mean: right, up.
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
}


def take_key(event: QKeyEvent, act: Callable[[], object] | None) -> bool:
    """Do what a key means, before any shortcut has it; returns whether the key is taken."""
    if act is not None and event.type() == QEvent.Type.ShortcutOverride:
        event.accept()  # it comes back as a key press instead of a shortcut
        return True
    if act is not None and event.type() == QEvent.Type.KeyPress:
        act()
        return True
    return False
