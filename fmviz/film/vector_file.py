"""SVG and PDF files of true shapes: what Qt's writers get right, and what is put right in their text afterwards.

The bytes depend on what is drawn only, not on the day.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from html import unescape
from xml.sax.saxutils import escape

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSize, QSizeF, QUuid
from PySide6.QtGui import QFont, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from fmviz.canvas.fonts import Lettering
from fmviz.core.errors import ExportError
from fmviz.film.pdf_text import exact_pdf

Paint = Callable[[QPainter], None]

# Where Inter is not installed, faces of about its width.
_FAMILIES = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
_TEXT = re.compile(r"<text ([^>]*?)\s*>([^<]+)</text>")
_PER_INCH, _POINTS_PER_INCH, _CM_PER_INCH = 96.0, 72.0, 2.54
# `pdf_text` leaves whole units of a PDF: fine enough for a printer, and for the picture's own units.
_PDF_RESOLUTION, _STEPS_PER_UNIT = 2400, 8


def svg_bytes(paint: Paint, width: int, height: int, width_cm: float, title: str) -> bytes:
    """Return an SVG of width x height units.

    Args:
        paint: draws it with a painter whose pixels are the units.
        width_cm: how wide it is on paper; 0 writes pixels.
        title: what it is called in the file.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the smaller one has no clip paths
    writer.setOutputDevice(buffer)
    writer.setSize(QSize(width, height))
    writer.setViewBox(QRect(0, 0, width, height))
    writer.setResolution(round(_PER_INCH))
    _draw(writer, paint)
    text = bytes(buffer.data().data()).decode("utf-8")
    size = f'width="{width}" height="{height}"'
    if width_cm > 0:
        size = f'width="{width_cm:g}cm" height="{width_cm * height / width:.6g}cm"'
    return _tidy_svg(text, size, title).encode("utf-8")


def _tidy_svg(text: str, size: str, title: str) -> str:
    """Name the size and the typefaces, and drop what says nothing: two thirds of Qt's attributes."""
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"', f"<svg {size}", text, count=1)
    text = re.sub(r"<title>.*?</title>\s*", "", text, flags=re.DOTALL)
    # Groups carry the font, though only text needs it and has its own.
    text = re.sub(r'(<g [^>]*?)\s*font-family="[^"]*" font-size="[^"]*" font-weight="[^"]*" font-style="[^"]*"\s*>',
                  r"\1>", text)
    text = _TEXT.sub(_with_length, text)
    text = text.replace('font-family="Inter"', f'font-family="{_FAMILIES}"')
    for pattern, replacement in (
        (r' transform="matrix\(1,0,0,1,0,0\)"', ""), (r' vector-effect="none"', ""), (r' fill-rule="evenodd"', ""),
        (r' (?:stroke|fill)-opacity="1"', ""), (r' font-style="normal"', ""), (r' xml:space="preserve"', ""),
        (r"\s+>", ">"), (r"\s+/>", "/>"), (r' "', '"'),
    ):
        text = re.sub(pattern, replacement, text)
    text = text.replace('stroke-linejoin="bevel">', 'stroke-linejoin="bevel" fill-rule="evenodd">', 1)
    empty = re.compile(r"<g[^>]*>\s*</g>\s*")
    while (shorter := empty.sub("", text)) != text:
        text = shorter
    text = _own_ids(re.sub(r"\n\s*\n+", "\n", text))
    # Last: its words are nobody's attributes.
    return text.replace("<desc>Generated with Qt</desc>", f"<title>{escape(title)}</title>", 1)


def _own_ids(text: str) -> str:
    """Name the parts that are referred to after what is drawn: in a page with several drawings Qt's would be the same.
    """
    own = f"f{hashlib.sha256(text.encode()).hexdigest()[:10]}-"
    return re.sub(r"<[^<>]*>", lambda tag: re.sub(r'( id="|="url\(#|href="#)', rf"\1{own}", tag.group()), text)


def _with_length(found: re.Match[str]) -> str:
    """Say how long a piece of text is, so that it keeps to its place in another typeface too."""
    attributes, words = found.groups()
    size, weight = (int(re.search(rf'{name}="(\d+)"', attributes).group(1))  # type: ignore[union-attr]
                    for name in ("font-size", "font-weight"))
    length = Lettering(is_vector=True).width(unescape(words), size, weight > QFont.Weight.Medium.value)
    return f'<text {attributes} textLength="{length:.2f}" lengthAdjust="spacingAndGlyphs">{words}</text>'


def pdf_bytes(paint: Paint, width: int, height: int, width_cm: float, title: str) -> bytes:
    """Return a PDF of one page, `width_cm` wide or, if that is 0, at 96 units per inch; see `svg_bytes`."""
    per_unit = (width_cm / _CM_PER_INCH if width_cm > 0 else width / _PER_INCH) * _POINTS_PER_INCH / width
    points = QSizeF(width * per_unit, height * per_unit)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("fmviz")
    writer.setDocumentId(QUuid("{00000000-0000-4000-8000-000000000000}"))
    writer.setDocumentXmpMetadata(_xmp(title))
    resolution = max(_PDF_RESOLUTION, math.ceil(_STEPS_PER_UNIT * _POINTS_PER_INCH / per_unit))
    writer.setResolution(resolution)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    scale = per_unit * resolution / _POINTS_PER_INCH

    def scaled(painter: QPainter) -> None:
        painter.scale(scale, scale)
        paint(painter)

    _draw(writer, scaled)
    return exact_pdf(bytes(buffer.data().data()), points.width(), points.height())


def _draw(device: QSvgGenerator | QPdfWriter, paint: Paint) -> None:
    painter = QPainter()
    if not painter.begin(device):
        raise ExportError("The drawing could not be begun; choose a smaller size.")
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(painter)
    finally:
        painter.end()


def _xmp(title: str) -> bytes:
    """Return the metadata that file managers read; Qt's own holds the date."""
    return (f'<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>'
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
            f'<rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF>'
            '</x:xmpmeta><?xpacket end="w"?>').encode()
