"""Stills as files: PNG at 1 to 4 times, SVG and PDF of true vectors. Written whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.fonts import offscreen_app
from fmviz.canvas.look import look_of
from fmviz.canvas.sheet import Sheet, paint_sheet, sheet_image
from fmviz.core.errors import ExportError
from fmviz.core.export_spec import MAX_SIZE_PX, MIN_SIZE_PX, Decor, ExportSpec
from fmviz.core.film import Film
from fmviz.core.formats import format_of
from fmviz.film.encode import export_file
from fmviz.film.painter import FilmPainter
from fmviz.film.vector_file import Paint, pdf_bytes, svg_bytes

__all__ = ["sheet_image", "write_sheet", "write_still"]

_PER_INCH, _CM_PER_INCH, _POINTS_PER_INCH = 96.0, 2.54, 72.0
_INCHES_PER_METRE = 100 / _CM_PER_INCH
_UNTITLED = "fmviz"
# zlib's middle: the highest takes four times as long for some percent.
_PNG_QUALITY = 60


def write_still(path: str | Path, film: Film) -> None:
    """Write the still of a film (PNG, SVG or PDF, as its spec says), or its film strip.

    Raises:
        ExportError: the file cannot be written.
    """
    _write(path, still_bytes(film))


def still_bytes(film: Film) -> bytes:
    """Return the same as the file's bytes.

    Raises:
        ExportError: it cannot be packed.
    """
    film = replace(film, spec=paper_spec(film.spec))
    spec, painter, shot = film.spec, FilmPainter(film), film.shots[0]
    if spec.kind.is_vector:
        def paint(device: QPainter) -> None:
            painter.paint_shapes(device, shot)

        return _vector_bytes(spec.format, paint, spec.width, spec.height, spec.width_cm, spec.decor)
    return _png_bytes(painter.image(shot), spec.scale * _per_inch(spec), spec.decor)


def write_sheet(path: str | Path, sheet: Sheet, width: int, height: int, scale: int = 1) -> None:
    """Write a sheet as the kind of still that its name ends in: .png, .svg or .pdf.

    Raises:
        ExportError: another ending, or the file cannot be written.
    """
    kind = format_of(str(path))
    if kind.is_animation:
        raise ExportError(f"{Path(path).name} would be an animation; end it in .png, .svg or .pdf.")
    offscreen_app()
    if kind.is_vector:
        look = look_of(sheet.theme, sheet.decor.background, is_vector=True)

        def paint(device: QPainter) -> None:
            paint_sheet(device, sheet, width, height, look)

        data = _vector_bytes(kind.key, paint, width, height, 0.0, sheet.decor)
    else:
        data = _png_bytes(sheet_image(sheet, width, height, scale), scale * _PER_INCH, sheet.decor)
    _write(path, data)


def paper_spec(spec: ExportSpec) -> ExportSpec:
    """Return a spec of nearly the same size in which the text has whole pixels, so that its points on paper are true.

    Only vector files need it: their units are nobody's pixels.
    """
    if not spec.kind.is_vector or spec.font_pt <= 0:
        return spec
    width_cm = spec.width_cm or spec.width / _PER_INCH * _CM_PER_INCH
    per_point = width_cm / _CM_PER_INCH * _POINTS_PER_INCH / spec.font_pt
    text = max(1, round(spec.width / per_point))
    width = round(text * per_point)
    height = round(spec.height * width / spec.width)
    if not all(MIN_SIZE_PX <= edge <= MAX_SIZE_PX for edge in (width, height)):
        return spec
    return replace(spec, width=width, height=height, width_cm=width_cm)


def _per_inch(spec: ExportSpec) -> float:
    """Return how many of the spec's pixels an inch on paper has."""
    return spec.width / (spec.width_cm / _CM_PER_INCH) if spec.width_cm > 0 else _PER_INCH


def _vector_bytes(kind: str, paint: Paint, width: int, height: int, width_cm: float, decor: Decor) -> bytes:
    make = svg_bytes if kind == "svg" else pdf_bytes
    return make(paint, width, height, width_cm, decor.title or _UNTITLED)


def _png_bytes(image: QImage, per_inch: float, decor: Decor) -> bytes:
    image.setDotsPerMeterX(round(per_inch * _INCHES_PER_METRE))
    image.setDotsPerMeterY(round(per_inch * _INCHES_PER_METRE))
    if decor.title:
        image.setText("Title", decor.title)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG", _PNG_QUALITY):  # type: ignore[call-overload]
        raise ExportError(f"A picture of {image.width()}x{image.height()} pixels could not be packed; choose a smaller "
                          "size or scale.")
    return bytes(buffer.data().data())


def _write(path: str | Path, data: bytes) -> None:
    with export_file(path) as file:
        file.write(data)
