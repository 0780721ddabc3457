"""The right side of the studio: presets, a line, and the form, which scrolls where it has no room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fmviz.views.export_form import ExportForm

_WIDTH_PX, _SPACING_PX = 362, 12


class ExportSide(QWidget):
    """Puts them above each other; what is unfolded in the form comes into sight."""

    def __init__(self, presets: QWidget, form: ExportForm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self._is_unfolded = False
        self.area = QScrollArea(self)
        self.area.setProperty("role", "plain")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the focus of its fields
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidgetResizable(True)
        self.area.setWidget(form)
        line = QFrame(self)
        line.setProperty("role", "line")
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_SPACING_PX)
        for part in (presets, line):
            column.addWidget(part)
        column.addWidget(self.area, 1)
        self.setFixedWidth(_WIDTH_PX)
        form.fold.toggled.connect(self._follow_fold)
        self.area.verticalScrollBar().rangeChanged.connect(self._show_fold)

    def _follow_fold(self, is_open: bool) -> None:
        self._is_unfolded = is_open

    def _show_fold(self) -> None:
        """Scroll once the form has grown by what was unfolded: before that there is nowhere to scroll to."""
        if self._is_unfolded:
            self._is_unfolded = False
            self.area.ensureWidgetVisible(self._form.fold, 0, 0)
