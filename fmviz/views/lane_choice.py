"""Which of several lanes something shows: a letter each, pressed or not, at least one of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from fmviz.core.lanes import LETTERS, LaneMark
from fmviz.views.controls import describe


class LaneChoice(QFrame):
    """A row of letters; each click takes a lane in or leaves it out.

    Signals:
        chosen(object): the numbers of the pressed lanes, by clicks only.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "segments")
        self.setAccessibleName("Panes")
        self._shown: tuple[int, ...] = ()
        self.buttons = tuple(QToolButton(self) for _ in LETTERS)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for lane, (button, letter) in enumerate(zip(self.buttons, LETTERS, strict=True)):
            button.setText(letter)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, lane=lane: self._toggle(lane))
            row.addWidget(button)

    def show_lanes(self, marks: Sequence[LaneMark], shown: Sequence[int]) -> None:
        """Show which lanes there are and which of them are pressed, without telling anyone."""
        self._shown = tuple(shown)
        for lane, button in enumerate(self.buttons):
            button.setVisible(lane < len(marks))
            button.setChecked(lane in self._shown)
            if lane < len(marks):
                describe(button, f"Pane {marks[lane].name}", f"Show {marks[lane].title}.")

    def _toggle(self, lane: int) -> None:
        chosen = tuple(other for other in range(len(self.buttons)) if (other in self._shown) != (other == lane))
        if chosen:
            self.chosen.emit(chosen)
        else:
            self.buttons[lane].setChecked(True)
