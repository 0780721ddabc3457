"""What a drop or the clipboard holds: files, pixels or text, whichever says most."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from fmviz.canvas.painted import picture_of_image
from fmviz.core.picture_points import Picture


@dataclass(frozen=True, eq=False)
class Dropped:
    """One of them is there, or none.

    Args:
        paths: files on this computer.
        picture: pixels.
        text: what may be a table.
    """

    paths: tuple[Path, ...] = ()
    picture: Picture | None = None
    text: str = ""


def may_hold_points(data: QMimeData) -> bool:
    """Whether it is worth a try: the drop itself says in words what is wrong with it."""
    return data.hasUrls() or data.hasImage() or data.hasText()


def dropped(data: QMimeData) -> Dropped:
    """Return what it holds. A picture of a web page comes as its pixels, a file of this computer as its path."""
    paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.toLocalFile())
    if paths:
        return Dropped(paths)
    if data.hasImage():
        image = QImage(data.imageData())
        if not image.isNull():
            return Dropped(picture=picture_of_image(image, "Picture"))
    return Dropped(text="" if data.hasUrls() else data.text())
