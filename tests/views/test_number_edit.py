"""A number is told once per edit, never by being shown, and sliders stop at round values."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.config import FIELDS, checked
from fmviz.core.errors import ConfigError
from fmviz.views.editors import Refusal
from fmviz.views.number_edit import NumberEdit, nearest, round_values


@pytest.mark.parametrize("field", [field for field in FIELDS if field.log], ids=lambda field: field.name)
def test_stops_cover_the_range_and_hold_the_default(field) -> None:
    stops = round_values(field.low, field.high, field.default)
    assert stops[0] == field.low
    assert stops[-1] == field.high
    assert list(stops) == sorted(set(stops))
    assert stops[nearest(stops, field.default)] == field.default
    if isinstance(field.default, int):
        assert all(stop == int(stop) for stop in stops)


def test_typing_is_told_once(qtbot: QtBot) -> None:
    edit = NumberEdit("Batch", "Pairs.", 256, 2, 65_536, round_values(2, 65_536, 256))
    qtbot.addWidget(edit)
    edit.show_value(256)
    told: list[object] = []
    edit.edited.connect(told.append)
    edit.spin.selectAll()
    QTest.keyClicks(edit.spin, "1024")
    assert told == []
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    assert told == [1024]
    assert edit.slider is not None
    assert edit.stops[edit.slider.value()] == 1024


def test_showing_is_never_told(qtbot: QtBot) -> None:
    edit = NumberEdit("Rate", "Adam's.", 2e-3, 1e-6, 1.0, round_values(1e-6, 1.0, 2e-3))
    qtbot.addWidget(edit)
    with qtbot.assertNotEmitted(edit.edited):
        edit.show_value(0.05)
        edit.show_value(0.0123)
    assert edit.value() == 0.0123
    assert edit.spin.text() == "0.0123"


def test_a_drag_is_told_when_it_ends(qtbot: QtBot) -> None:
    edit = NumberEdit("Steps", "Gradient steps.", 12_000, 1, 1_000_000, round_values(1, 1_000_000, 12_000))
    qtbot.addWidget(edit)
    edit.show_value(12_000)
    told: list[object] = []
    edit.edited.connect(told.append)
    assert edit.slider is not None
    edit.slider.setSliderDown(True)
    for index in (30, 31, 32):
        edit.slider.setValue(index)
        assert edit.value() == edit.stops[index]
    assert told == []
    edit.slider.setSliderDown(False)
    assert told == [edit.stops[32]]


def test_a_live_drag_is_told_all_along(qtbot: QtBot) -> None:
    edit = NumberEdit("Trail", "Length.", 0.25, 0.0, 1.0, (0.0, 0.25, 0.5, 1.0), is_live=True)
    qtbot.addWidget(edit)
    edit.show_value(0.25)
    told: list[object] = []
    edit.edited.connect(told.append)
    assert edit.slider is not None
    edit.slider.setSliderDown(True)
    for index in (2, 3):
        edit.slider.setValue(index)
    edit.slider.setSliderDown(False)
    assert told == [0.5, 1.0]


LOCALES = [QLocale(name) for name in ("en_US", "de_DE", "fr_FR", "de_CH", "ar_EG", "C")]
# What is typed over 100 -> what a field has then, with decimals and without; None where it refuses and says so.
TYPED = {
    "2.5": (2.5, None), "2,5": (2.5, None), "0,001": (0.001, None), "12,000": (12.0, 12_000), "12 000": (None, 12_000),
    "7": (7.0, 7), "1e2": (100.0, None), "1.234,5": (None, None), "many": (None, None), "": (None, None),
    "99999999": (None, None), "-3": (None, None),
}


def typed(field: QWidget, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name())
def test_no_typed_text_becomes_another_number(qtbot: QtBot, locale: QLocale) -> None:
    before = QLocale()
    QLocale.setDefault(locale)
    try:
        edits = NumberEdit("Rate", "", 100.0, 0.0, 1e6), NumberEdit("Batch", "", 100, 0, 1_000_000)
    finally:
        QLocale.setDefault(before)
    for edit, kind in zip(edits, (0, 1), strict=True):
        qtbot.addWidget(edit)
        edit.show()
        for text, meant in TYPED.items():
            edit.show_value(100)
            typed(edit.spin, text)
            assert edit.spin.text() == text, "what is typed stands as it is typed"
            assert bool(edit.spin.property("refused")) == (meant[kind] is None)
            QTest.keyClick(edit.spin, Qt.Key.Key_Return)
            assert edit.value() == (100 if meant[kind] is None else meant[kind]), text
            bubble = Refusal.of(edit)
            is_said = bubble is not None and bubble.isVisible()
            assert is_said == (meant[kind] is None)
            assert not is_said or repr(text) in bubble.text()
            assert bool(edit.spin.property("refused")) == (meant[kind] is None)
            assert meant[kind] is not None or edit.spin.text() == text, "what was refused stands there to be mended"
            assert type(edit.value()) is type(edits[kind].value())


def test_a_refusal_is_seen_after_the_focus_has_left_and_until_something_is_typed(qtbot: QtBot) -> None:
    """In the window the tooltip of before was gone as soon as Tab had moved the focus."""
    page = QWidget()
    column = QVBoxLayout(page)
    batch = next(field for field in FIELDS if field.name == "batch")
    edit, other = NumberEdit(batch.label, "", 256, batch.low, batch.high), NumberEdit("Seed", "", 0, 0, 9)
    for each in (edit, other):
        column.addWidget(each)
    qtbot.addWidget(page)
    page.show()
    typed(edit.spin, "1,5")
    QTest.keyClick(edit.spin, Qt.Key.Key_Tab)
    assert page.focusWidget() is other.spin
    QTest.mouseClick(page, Qt.MouseButton.LeftButton)
    bubble = Refusal.of(edit)
    assert bubble is not None
    assert bubble.isVisible()
    with pytest.raises(ConfigError) as refused:
        checked("batch", "1,5")
    assert bubble.text() == str(refused.value)
    assert page.rect().contains(bubble.geometry().topLeft())
    typed(other.spin, "3")
    assert not bubble.isVisible()


def test_what_is_typed_is_not_overwritten(qtbot: QtBot) -> None:
    edit = NumberEdit("Length", "", 4.0, 0.0, 100.0)
    qtbot.addWidget(edit)
    edit.show()
    told: list[object] = []
    edit.edited.connect(told.append)
    edit.show_value(4.0)
    typed(edit.spin, "1")
    edit.show_value(9.0)
    QTest.keyClicks(edit.spin, "2")
    assert edit.spin.text() == "12"
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    assert told == [12.0]
    typed(edit.spin, "12")
    edit.show_value(9.0)
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    assert told == [12.0, 12.0], "the old value, typed anew, is not lost to the one that waited"
    typed(edit.spin, "x")
    edit.show_value(9.0)
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    assert edit.value() == 9.0, "after a refusal the one that waited is shown"
    assert told == [12.0, 12.0]


def test_a_refused_text_stands_until_something_takes_its_place(qtbot: QtBot) -> None:
    edit = NumberEdit("Length", "", 4.0, 0.0, 100.0)
    qtbot.addWidget(edit)
    edit.show()
    told: list[object] = []
    edit.edited.connect(told.append)
    edit.show_value(4.0)

    def refuse() -> None:
        typed(edit.spin, "4O")
        QTest.keyClick(edit.spin, Qt.Key.Key_Return)
        assert (edit.spin.text(), edit.value(), edit.spin.property("refused")) == ("4O", 4.0, True)

    refuse()
    edit.show_value(4.0)
    edit.spin.interpretText()  # as when the focus leaves
    assert edit.spin.text() == "4O", "nothing else was said meanwhile"
    QTest.keyClick(edit.spin, Qt.Key.Key_Escape)
    assert (edit.spin.text(), edit.spin.property("refused")) == ("4", False)
    refuse()
    edit.show_value(7.0)
    assert edit.spin.text() == "7"
    edit.show_value(4.0)
    assert told == []
    refuse()
    QTest.keyClick(edit.spin, Qt.Key.Key_Up)
    assert told == [edit.value()]
    assert edit.value() > 4.0
    assert edit.spin.text() == f"{edit.value():g}"
    edit.show_value(4.0)
    refuse()
    QTest.keyClick(edit.spin, Qt.Key.Key_Backspace)
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    assert (edit.value(), edit.spin.property("refused")) == (4.0, False), "it was mended"


def test_what_is_typed_counts_before_anything_else_is_done(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    edit, button, plain = NumberEdit("Length", "", 4.0, 0.0, 100.0), QPushButton("Go"), QAction("Act", page)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # as the window's
    plain.setShortcut("Ctrl+E")
    page.addAction(plain)
    column.addWidget(edit)
    column.addWidget(button)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    heard: list[object] = []
    edit.edited.connect(heard.append)
    button.clicked.connect(lambda: heard.append("clicked"))
    plain.triggered.connect(lambda: heard.append("acted"))
    edit.show_value(4.0)
    typed(edit.spin, "12")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    typed(edit.spin, "13,5")
    QTest.keyClick(page, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    typed(edit.spin, "14")
    page.close()
    assert heard == [12.0, "clicked", 13.5, "acted", 14.0]


def test_a_refusal_lets_clicks_through_to_what_it_covers(qtbot: QtBot) -> None:
    page = QWidget()
    page.resize(300, 200)
    edit = NumberEdit("Seed", "", 0, 0, 9)
    edit.setParent(page)
    edit.setGeometry(0, 0, 300, 30)
    covered, clicks = QPushButton("Covered", page), []
    covered.setGeometry(0, 30, 300, 170)
    covered.clicked.connect(lambda: clicks.append(covered))
    qtbot.addWidget(page)
    page.show()
    typed(edit.spin, "nine")
    QTest.keyClick(edit.spin, Qt.Key.Key_Return)
    bubble = Refusal.of(edit)
    assert bubble is not None
    assert bubble.isVisible()
    place = bubble.geometry().center()
    assert covered.geometry().contains(place)
    QTest.mouseClick(page.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
    assert clicks == [covered]
