"""Pictures on their way out of the window: to the clipboard, or dragged into another program.

Both carry pixels at twice the size and the same picture as shapes (SVG). What is dragged is a file too, in a folder of
its own that goes when the program ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, QTemporaryDir, QTimer, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.export_spec import changed
from fmviz.core.film import Film
from fmviz.engine.background import Tasks, at_once
from fmviz.film.drawing import png_bytes
from fmviz.film.painter import FilmPainter
from fmviz.film.stills import svg_bytes

SCALE = 2
COPIED = "Copied the picture; paste it into a document or a slide."
_COPYING = "Copying the picture…"
# Packing so many takes less than a tenth of a second; 67 million, the largest picture, take 1.2 s.
_MOST_PACKED_HERE = 4_000_000
_SVG = "image/svg+xml"
_PNG = "image/png"
# Twice as large, this is drawn in a tenth of a second; of larger pictures the pixels are taken as they are.
_MOST_PIXELS = 4_000_000
_THUMB_PX = 160
_LONGEST_NAME = 80


@dataclass(frozen=True, eq=False)
class PictureData:
    """One picture: pixels, and the text of the same as shapes."""

    image: QImage
    svg: bytes
    name: str

    def mime(self) -> QMimeData:
        """Return it for a clipboard or a drag."""
        data = QMimeData()
        data.setImageData(self.image)
        data.setData(_PNG, self.png)
        data.setData(_SVG, self.svg)
        return data

    @cached_property
    def png(self) -> bytes:
        """The pixels as a PNG file's bytes; packed once, for the clipboard, the drag and its file."""
        return png_bytes(self.image)


def scale_for(width: int, height: int) -> int:
    """Return how many pixels a picture of that size gets for each of its own, across and down."""
    return SCALE if width * height <= _MOST_PIXELS else 1


def stage_picture(canvas: FlowCanvas, name: str) -> PictureData:
    """Return what a canvas shows now."""
    width, height = canvas.width(), canvas.height()

    def paint(painter: QPainter) -> None:
        canvas.paint_shapes(painter, width, height)

    image = canvas.to_image(width, height, scale_for(width, height))
    return PictureData(image, svg_bytes(paint, width, height, 0.0, name), name)


def film_picture(film: Film, index: int, name: str) -> PictureData:
    """Return one picture of a film as it will be in the file."""
    spec = film.spec
    shot = film.shots[index]
    # A still of the same picture: pixels may be sharper, shapes keep a transparent ground.
    paper = {} if spec.kind.is_for_paper else {"width_cm": 0.0, "font_pt": 0.0, "is_strip": False}
    still = changed(spec, format="png", scale=scale_for(spec.width, spec.height), **paper)
    painter = FilmPainter(replace(film, spec=still))

    def paint(device: QPainter) -> None:
        painter.paint_shapes(device, shot)

    return PictureData(painter.image(shot), svg_bytes(paint, spec.width, spec.height, still.width_cm, name), name)


class PictureOut(QObject):
    """Takes pictures out of the window; owner of the folder that dragged files lie in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: QTemporaryDir | None = None
        self._tasks = Tasks(self)

    def copy(self, picture: PictureData, say: Callable[[str], object]) -> None:
        """Put a picture on the clipboard, a large one when it is packed, and say so."""

        def put(_: object = None) -> None:
            QGuiApplication.clipboard().setMimeData(picture.mime())
            say(COPIED)

        if picture.image.width() * picture.image.height() <= _MOST_PACKED_HERE:
            put()
            return
        say(_COPYING)
        self._tasks.run(_COPYING, at_once(lambda: picture.png), put, lambda error: say(str(error)))

    def drag(self, picture: PictureData, source: QWidget) -> None:
        """Let the user drop a picture into another program; returns when it was dropped."""
        data = picture.mime()
        if (path := self.file_of(picture)) is not None:
            data.setUrls([QUrl.fromLocalFile(str(path))])
        drag = QDrag(source)
        drag.setMimeData(data)
        thumb = QPixmap.fromImage(picture.image.scaled(_THUMB_PX, _THUMB_PX, Qt.AspectRatioMode.KeepAspectRatio,
                                                       Qt.TransformationMode.SmoothTransformation))
        drag.setPixmap(thumb)
        drag.setHotSpot(QPoint(thumb.width() // 2, thumb.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def file_of(self, picture: PictureData) -> Path | None:
        """Write a picture as a PNG file and return its path; None if there is no room for it."""
        self._folder = self._folder or QTemporaryDir()
        if not self._folder.isValid():
            return None
        name = re.sub(r"[^\w .()-]", "_", picture.name)[:_LONGEST_NAME]
        path = Path(self._folder.path()) / f"{name}.png"
        try:
            path.write_bytes(picture.png)
        except OSError:
            return None
        return path

    def shutdown(self) -> None:
        """Remove the files that were dragged; the program ends."""
        self._tasks.shutdown()
        if self._folder is not None:
            self._folder.remove()  # not left to its destructor: at exit nobody may come to call it
            self._folder = None


class DragStart(QObject):
    """Event filter: begins a drag when the left button went down on a widget and the mouse has moved some way.

    Args:
        is_free: whether the mouse is not needed there for anything else; asked at the press, and when it has moved.
        begin: begins it.
    """

    def __init__(self, widget: QWidget, is_free: Callable[[], bool], begin: Callable[[], object]) -> None:
        super().__init__(widget)
        self._is_free, self._begin = is_free, begin
        self._press: QPoint | None = None
        widget.installEventFilter(self)

    def _begin_held(self) -> None:
        """Begin, unless the button has been let go of meanwhile: then nothing would end the drag."""
        if QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._begin()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            is_left = event.button() == Qt.MouseButton.LeftButton
            self._press = event.position().toPoint() if is_left and self._is_free() else None
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove and self._press is not None:
            if not self._is_free():
                self._press = None
            elif (event.position().toPoint() - self._press).manhattanLength() >= QApplication.startDragDistance():
                self._press = None
                QTimer.singleShot(0, self, self._begin_held)  # not while the mouse's event is still being handled
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._press = None
        return False
