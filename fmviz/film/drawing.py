"""What a drawing process does: it gets a film once, then draws shots into shared memory or PNG files. Light to import:
Qt is loaded only when the film has come.
"""

from __future__ import annotations

import os
import signal
from ctypes import Array, c_ubyte
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fmviz.core.child import Inbox, sentence
from fmviz.core.errors import ExportError, why_refused
from fmviz.core.film import Film

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from fmviz.film.painter import FilmPainter

BYTES_PER_PIXEL = 4
READY = -1
_FAILURE = "A frame could not be drawn"
# Of a sequence, whose frames are many.
_PNG_QUALITY = 80


@dataclass(frozen=True)
class DrawShot:
    """Draw shot `index` of the film into the `slot` of the ring, or into the file `path`."""

    place: int
    index: int
    slot: int
    path: str = ""


@dataclass(frozen=True)
class ShotDrawn:
    """The request with that place is done; `READY` for the process itself. `failure` is a sentence."""

    place: int
    failure: str = ""


def draw_shots(connection: Connection, ring: Array[c_ubyte]) -> None:
    """Be a drawing process until the parent closes the pipe or dies; then end at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    inbox = Inbox(connection, on_closed=lambda: os._exit(0))
    film = inbox.wait()
    assert isinstance(film, Film)
    memory = np.frombuffer(memoryview(ring), dtype=np.uint8)
    try:
        from fmviz.film.painter import FilmPainter

        painter = FilmPainter(film)
        connection.send(ShotDrawn(READY))
        while True:
            request = inbox.wait()
            assert isinstance(request, DrawShot)
            draw_shot(painter, film, request, memory)
            connection.send(ShotDrawn(request.place))
    except ConnectionError:
        os._exit(0)
    except Exception as error:  # told to the parent, which ends the export with this sentence
        connection.send(ShotDrawn(READY, sentence(error, _FAILURE)))
        os._exit(1)


def draw_shot(painter: FilmPainter, film: Film, request: DrawShot, memory: np.ndarray) -> None:
    """Draw what is asked for.

    Raises:
        ExportError: the file cannot be written.
    """
    shot = film.shots[request.index]
    if request.path:
        save_png(painter.image(shot), Path(request.path))
        return
    image = painter.frame(shot)
    start = request.slot * slot_bytes(film)
    memory[start:start + slot_bytes(film)] = np.frombuffer(image.constBits(), dtype=np.uint8)


def slot_bytes(film: Film) -> int:
    """Return how much memory one frame takes."""
    return film.spec.width * film.spec.height * BYTES_PER_PIXEL


def png_bytes(image: QImage, quality: int = _PNG_QUALITY) -> bytes:
    """Return a picture as a PNG file's bytes.

    Args:
        quality: Qt's, from 0 (smallest) to 100 (fastest).
    Raises:
        ExportError: it cannot be packed.
    """
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QImageWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"png")
    writer.setQuality(quality)
    if not writer.write(image):
        raise ExportError(f"A picture of {image.width()}x{image.height()} pixels could not be packed: "
                          f"{writer.errorString()}; choose a smaller size or scale.")
    return bytes(buffer.data().data())


def save_png(image: QImage, path: Path) -> None:
    """Write a picture.

    Raises:
        ExportError: it cannot be packed, the disk is full, or the place cannot be written.
    """
    data = png_bytes(image)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ExportError(f"{path.name} could not be written: {why_refused(error)}.") from error
