"""Editors of one value: a choice, a switch, a text. Each shows a value without telling anyone, and tells when the user
gives another one; what it means is the caller's.

A text that is typed is taken when it is done, or refused: then it stays, and a bubble under the field says why. A
tooltip will not do for that: Qt hides it at the next change of focus, which is what ends most typing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QWidget

from fmviz.core.errors import ConfigError
from fmviz.views.controls import FIELD_HEIGHT_PX, WheelNeedsFocus, describe, single_shot, take_key

_SHOWN_MS = 6000
_WIDTH_PX = 260
_GAP_PX = 4
_NARROWEST_CHOICE_PX = 150


class ChoiceEdit(QComboBox):
    """A list of named values, with a tooltip for some; `edited(key)` comes from the user only."""

    edited = Signal(object)

    def __init__(self, name: str, choices: Mapping[Any, str], tip: str, parent: QWidget | None = None,
                 tips: Mapping[Any, str] | None = None) -> None:
        super().__init__(parent)
        self._tips = tips or {}
        self.set_choices(choices)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index)))
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        WheelNeedsFocus(self)

    def minimumSizeHint(self) -> QSize:
        """A long choice is cut short where there is no room: the form is never wider than its panel."""
        return super().minimumSizeHint().boundedTo(QSize(_NARROWEST_CHOICE_PX, FIELD_HEIGHT_PX))

    def set_choices(self, choices: Mapping[Any, str]) -> None:
        self.clear()
        for key, text in choices.items():
            self.addItem(text, key)
            self.setItemData(self.count() - 1, self._tips.get(key, ""), Qt.ItemDataRole.ToolTipRole)

    def refuse(self, reasons: Mapping[str, str]) -> None:
        """Make some of the choices grey and say why; the others can be chosen."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for row in range(self.count()):
            key, item = self.itemData(row), model.item(row)
            item.setEnabled(key not in reasons)
            item.setToolTip(reasons.get(key, self._tips.get(key, "")))

    def show_value(self, value: object) -> None:
        self.setCurrentIndex(self.findData(value))


class SwitchEdit(QCheckBox):
    """A switch with its title; `edited(bool)` comes from the user only."""

    edited = Signal(object)

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        describe(self, title, tip)
        self.clicked.connect(lambda is_on: self.edited.emit(is_on))

    def show_value(self, is_on: bool) -> None:
        self.setChecked(is_on)


class TextEdit(QLineEdit):
    """A line of text. What is typed stays as it is typed until it is done, then it is taken or refused.

    It is done by Enter, by leaving the field, and before anything else that the user does. What cannot be taken stays,
    marked, and when it is done a bubble says why. Escape gives the last value back, and another value that comes from
    elsewhere takes its place.

    Args:
        check: raises a `ConfigError` for a text that cannot be taken.

    Attributes:
        is_mixed: whether it stands for several texts that differ: typed again, the one that is shown is told too.

    Signals:
        edited(str): once for each text that is taken and is another one.
    """

    edited = Signal(object)

    def __init__(self, name: str, tip: str, check: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check = check
        self._shown = ""
        self.is_mixed = False
        self._typing = Typing(self, self._end_typing, self._take_back)
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        self.textEdited.connect(self._begin_typing)
        self.editingFinished.connect(self._end_typing)

    def show_value(self, value: object) -> None:
        """Show a value without telling anyone; what is being typed stays, and is told when it is done."""
        before, self._shown = self._shown, str(value)
        if not self._typing.is_on and (self._typing.refused is None or self._shown != before):
            self._take_back()

    def _begin_typing(self, text: str) -> None:
        self._typing.begin()
        Refusal.mark(self, bool(self._complaint(text)))

    def _end_typing(self) -> None:
        if not self._typing.is_on:
            return
        self._typing.stop()
        text = self.text().strip()
        complaint = self._complaint(text)
        self._typing.refused = text if complaint else None
        Refusal.mark(self, bool(complaint))
        if complaint:
            Refusal.say(self, complaint)
            return
        self._put(text)
        if text != self._shown or self.is_mixed:
            self._shown = text
            self.edited.emit(text)

    def _take_back(self) -> None:
        self._typing.stop()
        self._typing.refused = None
        Refusal.mark(self, False)
        self._put(self._shown)

    def _complaint(self, text: str) -> str:
        try:
            self._check(text.strip())
        except ConfigError as error:
            return str(error)
        return ""

    def _put(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)


class Typing(QObject):
    """What is being typed into a field: it is done before the user does anything else, and Escape takes it back.

    It takes a text back that was refused, too.

    Args:
        end: takes or refuses what was typed.
        take_back: shows the field's value again.

    Attributes:
        is_on: whether something is being typed.
        refused: what was typed last, if that was refused, as long as it stands there.
    """

    def __init__(self, field: QWidget, end: Callable[[], object], take_back: Callable[[], object]) -> None:
        super().__init__(field)
        self._field, self._end, self._take_back = field, end, take_back
        self.is_on = False
        self.refused: str | None = None
        field.installEventFilter(self)

    def begin(self) -> None:
        """Know that something is being typed; what was refused before is gone."""
        if not self.is_on:
            self.is_on, self.refused = True, None
            Refusal.dismiss(self._field)
            _application().installEventFilter(self)

    def stop(self) -> None:
        """Know that nothing is being typed any more."""
        if self.is_on:
            self.is_on = False
            _application().removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            is_wanted = self.is_on or self.refused is not None
            return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and take_key(
                event, self._give_up if is_wanted else None)
        if self.is_on and (event.type() in (QEvent.Type.Shortcut, QEvent.Type.Close) or (
                event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget)
                and not self._field.isAncestorOf(watched))):
            self._end()
        return False

    def _give_up(self) -> None:
        self._take_back()
        Refusal.dismiss(self._field)


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    assert application is not None  # there is no widget without one
    return application


class Refusal(QLabel):
    """One bubble per window, over everything in it, for some seconds or until something is typed.

    A click goes through it to what it covers.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("role", "refusal")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._end = single_shot(self, _SHOWN_MS, self.hide)

    @classmethod
    def of(cls, field: QWidget) -> Refusal | None:
        """Return the bubble of a field's window, if there has been one."""
        return field.window().findChild(cls, options=Qt.FindChildOption.FindDirectChildrenOnly)

    @classmethod
    def say(cls, field: QWidget, sentence: str) -> None:
        """Show a sentence under a field, within its window."""
        window = field.window()
        field.setProperty("complaint", sentence)
        bubble = cls.of(field) or cls(window)
        bubble.setText(sentence)
        bubble.ensurePolished()  # its border and padding count
        bubble.setFixedWidth(min(_WIDTH_PX, window.width()))
        bubble.setFixedHeight(bubble.heightForWidth(bubble.width()))
        place = field.mapTo(window, QPoint(field.width() - bubble.width(), field.height() + _GAP_PX))
        if place.y() + bubble.height() > window.height():
            place.setY(max(0, field.mapTo(window, QPoint(0, -_GAP_PX)).y() - bubble.height()))
        place.setX(max(0, min(place.x(), window.width() - bubble.width())))
        bubble.move(place)
        bubble.show()
        bubble.raise_()
        bubble._end.start()

    @staticmethod
    def mark(field: QWidget, is_refused: bool) -> None:
        """Let a field look as one whose text is refused, or not."""
        if bool(field.property("refused")) != is_refused:
            field.setProperty("refused", is_refused)
            field.style().polish(field)

    @staticmethod
    def standing_in(window: QWidget) -> tuple[QWidget, str] | None:
        """Return the first field to be seen in a window whose text is refused, and why; None if there is none."""
        return next(((field, str(field.property("complaint"))) for field in window.findChildren(QWidget)
                     if field.property("refused") and field.isVisibleTo(window)), None)

    @classmethod
    def dismiss(cls, field: QWidget) -> None:
        """Take the bubble of a field's window away."""
        if (bubble := cls.of(field)) is not None:
            bubble.hide()
