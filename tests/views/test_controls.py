"""Controls keep their place whatever they say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fmviz.views.controls import SteadyButton, SteadyLabel


def test_a_steady_button_is_as_wide_with_each_of_its_texts(qtbot: QtBot) -> None:
    button = SteadyButton(("Watch it learn", "Hold"))
    qtbot.addWidget(button)
    width = button.sizeHint().width()
    assert width > button.fontMetrics().horizontalAdvance("Watch it learn")
    button.setText("Hold")
    assert (button.sizeHint().width(), button.minimumSizeHint().width()) == (width, width)


def test_a_steady_label_keeps_its_width_in_any_font(qtbot: QtBot) -> None:
    label = SteadyLabel("4,096 pairs", "", Qt.AlignmentFlag.AlignRight)
    qtbot.addWidget(label)
    label.setStyleSheet("font-size: 19px;")
    label.show()
    widths = set()
    for text in ("2 pairs", "4,096 pairs", ""):
        label.setText(text)
        widths.add(label.sizeHint().width())
    assert len(widths) == 1
