"""The row above the stage: which view, which layers, one pane or two, scenes, full screen, export."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.controls import ICON_PX, describe
from fmviz.views.icons import icon, themed_icon
from fmviz.views.layers_panel import LayersPanel, ViewBar

_GAP_PX = 6
# Where the row is shorter, the words of the export's button would squeeze the icons of the views.
_NARROW_PX = 520


class StageHeader(QWidget):
    """View presets on the left; what is done with the picture on the right."""

    def __init__(self, document: Document, theme: Theme, actions: Mapping[str, QAction],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = ViewBar(document, theme, self)
        self.layers = QToolButton(self)
        self.layers.setProperty("role", "tool")
        self.layers.setIconSize(QSize(ICON_PX + 2, ICON_PX + 2))
        describe(self.layers, "Layers", "Switch single layers, choose colours, arrows, bandwidth and trails.")
        self.layers.clicked.connect(self._open_layers)
        self._popup = _Popup(LayersPanel(document), self)
        self.scenes = self._switch(actions["scenes"])
        self.compare = self._switch(actions["compare"])
        self.fullscreen = self._switch(actions["fullscreen"])
        self.export = QPushButton("Export", self)
        self.export.setIconSize(QSize(ICON_PX, ICON_PX))
        describe(self.export, "Export", "Write a GIF, a video, a picture or a drawing.", "Ctrl+E")
        self.export.clicked.connect(actions["export"].trigger)
        self.export.setEnabled(actions["export"].isEnabled())
        actions["export"].enabledChanged.connect(self.export.setEnabled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP_PX)
        row.addWidget(self.views)
        row.addWidget(self.layers)
        row.addStretch(1)
        for part in (self.compare, self.scenes, self.fullscreen, self.export):
            row.addWidget(part)
        self.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.export.setText("Export" if self.width() >= _NARROW_PX else "")

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        self.views.set_theme(theme)
        self.layers.setIcon(themed_icon("layers", theme, ICON_PX + 2))
        self.compare.setIcon(themed_icon("compare", theme, ICON_PX + 2))
        self.scenes.setIcon(themed_icon("scenes", theme, ICON_PX + 2))
        self.fullscreen.setIcon(themed_icon("fullscreen", theme, ICON_PX + 2))
        self.export.setIcon(icon("export", theme.text, ICON_PX))
        self._popup.panel.colour.set_theme(theme)
        self._popup.panel.arrows.set_theme(theme)

    def _switch(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "tool")
        button.setCheckable(True)
        button.setChecked(action.isChecked())
        button.setIconSize(QSize(ICON_PX + 2, ICON_PX + 2))
        describe(button, action.text().replace("&", ""), action.statusTip(), action.shortcut().toString())
        action.toggled.connect(button.setChecked)
        # The action decides whether it is on; a click alone must not show it so.
        button.clicked.connect(lambda is_on: (button.setChecked(not is_on), action.trigger()))  # type: ignore[func-returns-value]
        return button

    def _open_layers(self) -> None:
        corner = self.layers.mapToGlobal(QPoint(0, self.layers.height() + _GAP_PX))
        self._popup.open_at(corner)


class _Popup(QFrame):
    """A panel that closes when the user clicks elsewhere or presses Escape."""

    def __init__(self, panel: LayersPanel, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setProperty("role", "card")
        self.panel = panel
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(panel)

    def open_at(self, corner: QPoint) -> None:
        """Show below a point of the screen."""
        self.adjustSize()
        self.move(corner)
        self.show()
