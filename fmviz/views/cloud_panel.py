"""The left panel: the source's card over the target's. The cards do the work; this file joins them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from fmviz.core.project import SIDES
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.cloud_card import CloudCard
from fmviz.views.controls import describe, describe_action, label, scrolling, tool_button
from fmviz.views.draw_tool import DrawTool
from fmviz.views.layouts import column, row

WIDTH_PX = 184
_MARGIN_PX = 8


class CloudPanel(QScrollArea):
    """Both cards, by side; it scrolls where the window is too low for them."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self.cards = {which: CloudCard(which, document, theme) for which in SIDES}
        content = QWidget()
        content.setProperty("role", "panel")
        self.swap_button = tool_button(content, "swap", document.swap_sides, role="quiet", ink="muted")
        describe_action(self.swap_button, "swap")
        column(row(label("CLOUDS", "heading"), None, self.swap_button), *((card, 1) for card in self.cards.values()),
               spacing=8, margins=(_MARGIN_PX, 6, _MARGIN_PX, _MARGIN_PX), on=content)
        scrolling(self, content)
        self.setFixedWidth(WIDTH_PX)
        self.setProperty("role", "panel")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        describe(self, "Clouds", "Source and target clouds")
        self.setToolTip("")

    def follow(self, tool: DrawTool) -> None:
        """Let the Draw and Clear buttons drive a drawing tool, and show what it draws."""
        for which, card in self.cards.items():
            card.draw_toggled.connect(lambda is_on, which=which: tool.start(which) if is_on else tool.stop())
            card.clear_requested.connect(lambda which=which: tool.start_empty(which))
        tool.active_changed.connect(self.show_drawing)

    def show_drawing(self, which: str | None) -> None:
        """Say which side the stage draws; None is no side."""
        for name, card in self.cards.items():
            card.show_drawing(name == which)

    def set_theme(self, theme: Theme) -> None:
        for card in self.cards.values():
            card.set_theme(theme)
