"""A number is told once per edit, never by being shown, and sliders stop at round values."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.config import FIELDS
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
