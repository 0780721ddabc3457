"""One frame of the animation as it will be in the file, drawn a moment after the last change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from fmviz.canvas.painter import FilmPainter
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Shot, film_of
from fmviz.core.frames import FlowSnapshot
from fmviz.core.style import Style
from fmviz.views import words
from fmviz.views.controls import describe, label, tabular
from fmviz.views.jump_slider import JumpSlider

# Drawing a frame takes 20-50 ms: at most eight a second leave the window its time.
_INTERVAL_MS = 120
_SLIDER_STEPS = 100
_EDGE_PX = 400

Animation = tuple[tuple[FlowSnapshot | None, ...], Style, ExportSpec]


class Picture(QWidget):
    """An image, scaled down to fit and never up, on the panel's ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setMinimumSize(QSize(_EDGE_PX, _EDGE_PX))
        self.setAccessibleName("Preview of one frame")
        self.setToolTip("One frame as it will be in the file.")

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def show_image(self, image: QImage) -> None:
        """Replace the image; a null one shows nothing."""
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(round(self.width() * ratio), round(self.height() * ratio))
        size = self._image.size()
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        smooth = Qt.TransformationMode.SmoothTransformation
        scaled = self._image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        scaled.setDevicePixelRatio(ratio)
        place = QRectF(QPointF(), scaled.deviceIndependentSize())
        place.moveCenter(QRectF(self.rect()).center())
        painter = QPainter(self)
        painter.drawImage(place.topLeft().toPoint(), scaled)
        painter.end()


class ExportPreview(QFrame):
    """The picture and a slider for its time; draws only while it can be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._wanted: Animation | None = None
        self._painter: FilmPainter | None = None
        self.picture = Picture(self)
        self.message = label("", "muted")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.slider = JumpSlider(self)
        self.slider.setRange(0, _SLIDER_STEPS)
        describe(self.slider, "Preview time", "Which moment of the animation is shown here.")
        self.time: QLabel = label("", "value")
        tabular(self.time)
        row = QHBoxLayout()
        row.addWidget(self.slider, 1)
        row.addWidget(self.time)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.picture)
        self._pages.addWidget(self.message)
        column.addWidget(self._pages, 1)
        column.addLayout(row)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_INTERVAL_MS)
        self._soon.timeout.connect(self._draw)
        self.slider.valueChanged.connect(self._follow_slider)
        self.set_t(0.5)

    @property
    def t(self) -> float:
        """The time of the frame, 0 to 1."""
        return self.slider.value() / _SLIDER_STEPS

    def set_t(self, t: float) -> None:
        """Show the frame at t."""
        self.slider.setValue(round(t * _SLIDER_STEPS))
        self.time.setText(words.time_at(self.t))

    def show_soon(self, snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec) -> None:
        """Draw one frame of this animation soon; calls that follow quickly are drawn once."""
        self._wanted, self._painter = (tuple(snapshots), style, spec), None
        self._pages.setCurrentWidget(self.picture)
        self._draw_soon()

    def rest(self) -> None:
        """Keep nothing to draw with while nobody looks."""
        self._painter = None

    def show_message(self, sentence: str) -> None:
        """Say why there is no picture."""
        self._wanted = self._painter = None
        self.picture.show_image(QImage())
        self.message.setText(sentence)
        self._pages.setCurrentWidget(self.message)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw_soon()

    def _follow_slider(self) -> None:
        self.time.setText(words.time_at(self.t))
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self._wanted is not None and self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _draw(self) -> None:
        if self._wanted is None or not self.isVisible():
            return
        if self._painter is None:
            self._painter = FilmPainter(film_of(*self._wanted))
        self.picture.show_image(self._painter.image(Shot(0, self.t, self.t)))
