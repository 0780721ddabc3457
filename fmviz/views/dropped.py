"""What a drop or the clipboard holds: files, pixels or text, whichever says most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from fmviz.canvas.painted import picture_of_image
from fmviz.core.picture_points import Picture

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
    picture: Picture | None = None
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
