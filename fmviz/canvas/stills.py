"""Stills as files: PNG at 1 to 4 times, SVG and PDF of true vectors."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from fmviz.canvas.painter import FilmPainter
from fmviz.canvas.sheet import Sheet
from fmviz.core.encode import export_file
from fmviz.core.film import Film


def write_still(path: str | Path, film: Film) -> None:
    """Write the still of a film (PNG, SVG or PDF, as its spec says), whole or not at all.

    Raises:
        ExportError: the file cannot be written.
    """
    _save(path, FilmPainter(film).image(film.shots[0]))


def sheet_image(sheet: Sheet, width: int, height: int, scale: int = 1) -> QImage:
    """Return a sheet as an image of (width, height) times `scale` pixels."""
    raise NotImplementedError


def write_sheet(path: str | Path, sheet: Sheet, width: int, height: int, scale: int = 1) -> None:
    """Write a sheet as the kind of file that its name ends in: .png, .svg or .pdf.

    Raises:
        ExportError: another ending, or the file cannot be written.
    """
    _save(path, sheet_image(sheet, width, height, scale))


def _save(path: str | Path, image: QImage) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, b"PNG")
    with export_file(path) as file:
        file.write(buffer.data().data())
