"""Drops on the window: whatever is let go outside of the cards, and a word that says that it may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QWidget

from fmviz.canvas.painted import picture_of_image
from fmviz.core.picture_points import GreyPicture

# Two numbers on a line, in whatever way they are written.
_TWO_NUMBERS = re.compile(r"\d\D*[\t,; ]\D*\d")
_LOOKED_AT = 4_000


@dataclass(frozen=True, eq=False)
class Dropped:
    """One of them is there, or none.

    Args:
        paths: files on this computer.
        picture: pixels.
        text: what may be a table.
    """

    paths: tuple[Path, ...] = ()
    picture: GreyPicture | None = None
    text: str = ""


def may_hold_points(data: QMimeData) -> bool:
    """Whether it is worth a try: the drop itself says in words what is wrong with it."""
    return data.hasUrls() or data.hasImage() or data.hasText()


def dropped(data: QMimeData) -> Dropped:
    """Return what it holds. A picture of a web page comes as its pixels, a file of this computer as its path.

    Spreadsheets give their cells as text and as a picture of them: the numbers are meant.
    """
    paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.toLocalFile())
    if paths:
        return Dropped(paths)
    if data.hasImage() and not _is_table(data.text()):
        image = QImage(data.imageData())
        if not image.isNull():
            return Dropped(picture=picture_of_image(image, "Picture"))
    return Dropped(text="" if data.hasUrls() else data.text())


def _is_table(text: str) -> bool:
    """Whether text has at least two lines of two numbers."""
    return sum(_TWO_NUMBERS.search(line) is not None for line in text[:_LOOKED_AT].splitlines()) >= 2


class Drops(QObject):
    """Event filter of a window.

    Args:
        is_free: whether the window takes anything now.
        take: gets what was dropped.
        show: is told whether something is being dragged over the window.
    """

    def __init__(self, window: QWidget, is_free: Callable[[], bool],
                 take: Callable[[QMimeData], object], show: Callable[[bool], object]) -> None:
        super().__init__(window)
        self._is_free, self._take, self._show = is_free, take, show
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is dropped; the drag of the own picture goes elsewhere."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if event.source() is None and self._is_free() and may_hold_points(event.mimeData()):
                event.acceptProposedAction()
                self._show(True)
                return True
        elif event.type() == QEvent.Type.DragLeave:
            self._show(False)
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._show(False)
            event.acceptProposedAction()
            self._take(event.mimeData())
            return True
        return False
