"""The left panel: the source's card over the target's. The cards do the work; this file joins them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from fmviz.core.project import SIDES
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.cloud_card import CloudCard
from fmviz.views.controls import ICON_PX, describe, describe_action, label, spaced
from fmviz.views.draw_tool import DrawTool
from fmviz.views.style_sheet import icon

WIDTH_PX = 184
_MARGIN_PX = 8


class CloudPanel(QScrollArea):
    """Both cards; it scrolls where the window is too low for them.

    Signals:
        draw_toggled(str, bool): the user wants to draw a side, or is done with it.
        clear_requested(str): the user wants to draw a side from nothing.
        export_asked(str): the user wants the points of a side as a file.
    """

    draw_toggled = Signal(str, bool)
    clear_requested = Signal(str)
    export_asked = Signal(str)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = {which: CloudCard(which, document, theme) for which in SIDES}
        self.swap_button = QToolButton()
        self.swap_button.setProperty("role", "quiet")
        self.swap_button.setIcon(icon("swap", "muted"))
        self.swap_button.setIconSize(QSize(ICON_PX, ICON_PX))
        self.swap_button.clicked.connect(document.swap_sides)
        describe_action(self.swap_button, "swap")
        top = QHBoxLayout()
        top.addWidget(label("CLOUDS", "heading"))
        top.addStretch(1)
        top.addWidget(self.swap_button)
        content = QWidget()
        content.setProperty("role", "panel")
        column = spaced(QVBoxLayout(content), 8, (_MARGIN_PX, 6, _MARGIN_PX, _MARGIN_PX))
        column.addLayout(top)
        for which, card in self.cards.items():
            card.draw_toggled.connect(lambda is_on, which=which: self.draw_toggled.emit(which, is_on))
            card.clear_requested.connect(lambda which=which: self.clear_requested.emit(which))
            card.asked.connect(lambda key, which=which: self.export_asked.emit(which) if key == "export" else None)
            column.addWidget(card, 1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH_PX)
        self.setProperty("role", "panel")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        describe(self, "Clouds", "Source and target clouds")
        self.setToolTip("")

    def card(self, which: str) -> CloudCard:
        """Return the card of "source" or "target"."""
        return self.cards[which]

    def follow(self, tool: DrawTool) -> None:
        """Let the Draw and Clear buttons drive a drawing tool, and show what it draws."""
        self.draw_toggled.connect(lambda which, is_on: tool.start(which) if is_on else tool.stop())
        self.clear_requested.connect(tool.start_empty)
        tool.active_changed.connect(self.show_drawing)

    def show_drawing(self, which: str | None) -> None:
        """Say which side the stage draws; None is no side."""
        for name, card in self.cards.items():
            card.show_drawing(name == which)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for card in self.cards.values():
            card.set_theme(theme)
