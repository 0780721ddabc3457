"""Controls keep their place whatever they say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QToolButton, QToolTip
from pytestqt.qtbot import QtBot

from fmviz.views.controls import SteadyLabel, describe
from fmviz.views.style_sheet import icon


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


@pytest.mark.parametrize("has_words", [False, True])
def test_a_button_without_words_says_at_once_what_it_does(qtbot: QtBot, has_words: bool) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(icon("fit"))
    button.setText("Fit")
    if has_words:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    describe(button, "Fit", "Show all that there is to see.", "0")
    button.show()
    at = QPointF(3, 3)
    QApplication.sendEvent(button, QEnterEvent(at, at, at))
    if has_words:
        qtbot.wait(300)
        assert not QToolTip.isVisible()
    else:
        qtbot.waitUntil(QToolTip.isVisible)
        assert QToolTip.text() == "Show all that there is to see. (0)"
        QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
        QToolTip.hideText()
