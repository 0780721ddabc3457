"""The process that draws previews: it is sent a film once and draws any of its pictures at full size, scaled to fit.

So even a picture of 8,192 pixels costs the window nothing but the room that it is shown in. What draws is named by the
caller: a class that takes a film and has `image(index)`, since this package does not import `canvas`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from fmviz.core.child import Inbox, lower_priority, sentence
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, Moment
from fmviz.core.lanes import LaneMark
from fmviz.core.style import Style
from fmviz.engine.link import Link

SHUTDOWN_S = 2.0

_NICENESS = 10
# It has nothing to tidy up, and leaves in the middle of a picture.
_GRACE_S = 0.1
_FAILURE = "The preview failed"


class Drawer(Protocol):
    """What draws one film."""

    def image(self, index: int) -> QImage: ...


Maker = Callable[[Film], Drawer]


@dataclass(frozen=True, eq=False)
class _Wanted:
    """One picture.

    Args:
        moments: of the film; None if they are those of the request before, as they are large.
        index: of the picture in the film.
        room: width and height that it is scaled down to, pixels.
    """

    maker: Maker
    moments: tuple[Moment, ...] | None
    style: Style
    spec: ExportSpec
    marks: tuple[LaneMark, ...]
    index: int
    room: tuple[int, int]


@dataclass(frozen=True)
class _Drawn:
    width: int
    height: int
    stride: int
    is_transparent: bool
    bits: bytes


@dataclass(frozen=True)
class _Failed:
    message: str


class PreviewProcess(QObject):
    """Draws the newest picture that was asked for; the process starts when it is needed.

    Signals:
        drawn(QImage): a picture; if others were asked for meanwhile, the newest follows.
        failed(str): there is no picture, one sentence.
        busy_changed(bool): whether a picture is under way.
    """

    drawn = Signal(object)
    failed = Signal(str)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link: Link | None = None
        self._sent: tuple[Moment, ...] | None = None
        self._next: _Wanted | None = None
        self._is_busy = False
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)

    @property
    def is_busy(self) -> bool:
        """Whether a picture is under way."""
        return self._is_busy

    @property
    def process_id(self) -> int | None:
        """The number of its process, or None if there is none."""
        return self._link.process_id if self._link is not None else None

    def ask(self, maker: Maker, film: Film, index: int, room: tuple[int, int]) -> None:
        """Draw a picture of a film; of several that wait only the newest is drawn."""
        self._next = _Wanted(maker, film.moments, film.style, film.spec, film.marks, index, room)
        if not self._is_busy:
            self._send()

    @Slot()
    def rest(self) -> None:
        """End the process; it starts again when something is asked."""
        link = self._forget_link()
        if link is not None:
            link.finished.connect(link.deleteLater)
            if link.isFinished():
                link.deleteLater()
            link.close()

    @Slot()
    def shutdown(self) -> None:
        """End the process for good, within two seconds."""
        link = self._forget_link()
        if link is not None:
            link.stop(SHUTDOWN_S)
            link.deleteLater()
        for link in self.findChildren(Link):  # those that rest but have not ended yet
            link.stop(SHUTDOWN_S)

    def _forget_link(self) -> Link | None:
        link, self._link = self._link, None
        self._next = self._sent = None
        self._set_busy(False)
        if link is not None:
            link.arrived.disconnect(self._receive)
            link.finished.disconnect(self._ended)
        return link

    def _send(self) -> None:
        wanted, self._next = self._next, None
        if wanted is None:
            return
        if self._link is None:
            self._link = Link(draw_previews, "fmviz-preview", lambda _: None, _GRACE_S, self)
            self._link.arrived.connect(self._receive)
            self._link.finished.connect(self._ended)
            self._link.start()
        is_known = self._sent is not None and len(self._sent) == len(wanted.moments or ()) and all(
            one is other for old, new in zip(self._sent, wanted.moments or (), strict=True)
            for one, other in zip(old, new, strict=True)
        )
        self._sent = wanted.moments
        self._link.send(replace(wanted, moments=None) if is_known else wanted)
        self._set_busy(True)

    @Slot()
    def _receive(self) -> None:
        if self._link is None:
            return
        for news in self._link.take():
            self._set_busy(False)
            self._send()  # before the picture is shown, so that both go on at once
            match news:
                case _Drawn():
                    self.drawn.emit(_image_of(news))
                case _Failed(message=message):
                    self.failed.emit(message)

    @Slot()
    def _ended(self) -> None:
        # A link that was let go after its end has this queued still: it must not be taken for the end of the next one.
        if self._link is None or not self._link.isFinished():
            return
        self._receive()
        link = self._forget_link()
        if link is not None:
            link.wait()
            link.deleteLater()
            self.failed.emit(f"{_FAILURE}: its process ended ({link.ending}); choose a smaller size.")

    def _set_busy(self, is_busy: bool) -> None:
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self.busy_changed.emit(is_busy)


def draw_previews(connection: Connection) -> None:
    """Be the process."""
    lower_priority(_NICENESS)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt's application is made
    inbox = Inbox(connection, on_closed=lambda: os._exit(0))
    moments: tuple[Moment, ...] = ()
    known: tuple[object, ...] = ()
    drawer: Drawer | None = None
    while True:
        wanted = inbox.wait()
        assert isinstance(wanted, _Wanted)
        try:
            if wanted.moments is not None:
                moments, drawer = wanted.moments, None
            if drawer is None or known != (wanted.maker, wanted.style, wanted.spec, wanted.marks):
                known = (wanted.maker, wanted.style, wanted.spec, wanted.marks)
                drawer = wanted.maker(Film(moments, wanted.style, wanted.spec, marks=wanted.marks))
            connection.send(_drawn_of(drawer.image(wanted.index), wanted.room))
        except Exception as error:  # a picture that cannot be drawn must not end the process: the next one may
            drawer = None
            connection.send(_Failed(sentence(error, _FAILURE)))


def _drawn_of(image: QImage, room: tuple[int, int]) -> _Drawn:
    width, height = max(1, room[0]), max(1, room[1])
    if image.width() > width or image.height() > height:
        image = image.scaled(width, height, Qt.AspectRatioMode.KeepAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
    is_transparent = image.hasAlphaChannel()
    image = image.convertToFormat(_format(is_transparent))
    return _Drawn(image.width(), image.height(), image.bytesPerLine(), is_transparent, bytes(image.constBits()))


def _image_of(drawn: _Drawn) -> QImage:
    image = QImage(drawn.bits, drawn.width, drawn.height, drawn.stride, _format(drawn.is_transparent))
    return image.copy()  # of its own: the bytes go


def _format(is_transparent: bool) -> QImage.Format:
    return QImage.Format.Format_ARGB32_Premultiplied if is_transparent else QImage.Format.Format_RGB32
