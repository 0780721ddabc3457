"""A real canvas, document and drawing tool with a clock that the test turns, and a mouse in world units."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.draw_tool import DrawTool

TICK_S = 0.016
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


class Easel(QWidget):
    """The window that holds the canvas."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self.document = document
        self.now = 0.0
        self.canvas = FlowCanvas(theme)
        self.tool = DrawTool(self.canvas, document, self, clock=lambda: self.now, rng=np.random.default_rng(5))
        self.messages: list[str] = []
        self.tool.message.connect(self.messages.append)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 40, 40, 40)
        column.addWidget(self.canvas)
        self.resize(600, 640)

    @property
    def steps(self) -> int:
        """How many changes can be undone."""
        return self.document.undo_stack.index()

    @property
    def target(self) -> Side:
        return self.document.project.target

    def give_points(self, points: np.ndarray) -> None:
        """Make a cloud the target, and draw on it."""
        self.document.set_side("target", Side(cloud=PointCloud(points)), "Given")
        self.tool.start("target")

    def pixel(self, place: tuple[float, float]) -> QPoint:
        """Return the widget position of a world position."""
        rect, scale = self.canvas.pane_rect(), self.canvas.pixels_per_unit()
        left, top = self.canvas.world_at(rect.topLeft())
        return QPoint(round(rect.left() + (place[0] - left) * scale), round(rect.top() + (top - place[1]) * scale))

    def press(self, place: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        QTest.mousePress(self.canvas, button, NO_KEYS, self.pixel(place))

    def move(self, place: tuple[float, float]) -> None:
        QTest.mouseMove(self.canvas, self.pixel(place))

    def release(self, place: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.canvas, button, NO_KEYS, self.pixel(place))

    def drag(self, *places: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        """Press at the first place, release at the last."""
        self.press(places[0], button)
        for place in places[1:]:
            self.move(place)
        self.release(places[-1], button)

    def wait(self, seconds: float) -> None:
        """Let the clock run in ticks."""
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            self.tool.tick()

    def spray(self, place: tuple[float, float] = (0.0, 0.0), seconds: float = 0.32) -> None:
        """Make one stroke."""
        self.press(place)
        self.wait(seconds)
        self.release(place)

    def key(self, key: Qt.Key | str, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.keyClick(self.canvas, key, keys)
