"""Stills as files: PNG at 1 to 4 times, SVG and PDF of true vectors. Written whole or not at all.

What Qt's writers leave wrong in the text of SVG and PDF is put right afterwards. The bytes depend on what is drawn
only, not on the day.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSize, QSizeF, QUuid
from PySide6.QtGui import QFont, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from fmviz.canvas.fonts import Lettering, offscreen_app
from fmviz.canvas.layer import Drawing
from fmviz.core.errors import ExportError
from fmviz.core.export_spec import MAX_SIZE_PX, MIN_SIZE_PX, ExportSpec
from fmviz.core.film import Film
from fmviz.core.formats import Format, format_of
from fmviz.core.tex import plain_text
from fmviz.film.drawing import png_bytes
from fmviz.film.painter import FilmPainter
from fmviz.film.places import export_file

_NO_DATE = b"(D:20000101000000"
# A page's drawing, packed, with its length in an object of its own.
_CONTENT = re.compile(rb"<<\n/Length (\d+) 0 R\n/Filter /FlateDecode\n>>\nstream\n")
_END = b"\nendstream"
# What changes the unit of the numbers that follow it.
_UNIT = re.compile(rb"(?m)^(?:[qQ](?: [qQ])*|[-\d. ]+ cm)$")
# A polygon whose last side is written as such.
_CLOSED = re.compile(rb"(?m)^(\S+ \S+) m\n((?:\S+ \S+ l\n){2,}?)\1 l\n(?:h\n)?(?!\S+ \S+ l$)")
# Places of a path, a line for each.
_PLACES = re.compile(rb"(?m)^(?:-?[\d.]+ )+[mlc]$")
_DECIMALS = re.compile(rb"(?m)-?\d*\.\d+(?=[ \d.-]* [mlc]$)")

Edit = tuple[int, int, bytes]
Paint = Callable[[QPainter], object]

# Where Inter is not installed, faces of about its width.
_FAMILIES = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
_TEXT = re.compile(r"<text ([^>]*?)\s*>([^<]+)</text>")
_PER_INCH, _POINTS_PER_INCH, _CM_PER_INCH = 96.0, 72.0, 2.54
# `shortened` leaves whole units of a PDF: fine enough for a printer, and for the picture's own units.
_PDF_RESOLUTION, _STEPS_PER_UNIT = 2400, 8
_INCHES_PER_METRE = 100 / _CM_PER_INCH
_UNTITLED = "fmviz"
# zlib's middle: the highest takes four times as long for some percent.
_PNG_QUALITY = 60


def exact_pdf(data: bytes, width: float, height: float) -> bytes:
    """Give the page its exact size, points, which Qt rounds to whole ones, take the date out, shorten the drawing.

    Qt draws from the top of the rounded page; the box is cut there. What follows a change moves in the file's table.
    """
    end, box = data.find(b"endobj"), re.search(rb"/MediaBox \[[^\]]*\]", data)
    table = data.rfind(b"\nxref\n") + 1
    if box is None or table < 1:
        raise ExportError("The PDF came out differently than expected; export an SVG instead.")
    top = float(box.group().split()[-1].rstrip(b"]"))
    dates = [(found.start(), found.end(), _NO_DATE) for found in re.finditer(rb"\(D:\d{14}", data[:end])]
    edits = sorted([*dates, (box.start(), box.end(), b"/MediaBox [0 %.4f %.4f %.4f]" % (top - height, width, top)),
                    *_shorter_content(data)])

    def entry(found: re.Match[bytes]) -> bytes:
        return b"%010d%b" % (_moved(int(found.group(1)), edits), found.group(2))

    places = re.sub(rb"(?m)^(\d{10})( \d{5} n)", entry, data[table:])
    places = re.sub(rb"startxref\n\d+", b"startxref\n%d" % _moved(table, edits), places)
    parts, last = [], 0
    for start, stop, new in edits:
        parts += [data[last:start], new]
        last = stop
    return b"".join([*parts, data[last:table], places])


def _moved(place: int, edits: list[Edit]) -> int:
    return place + sum(len(new) - (stop - start) for start, stop, new in edits if start < place)


def _shorter_content(data: bytes) -> list[Edit]:
    """Return what makes the page's drawing shorter, nothing where it is not as Qt writes it."""
    head = _CONTENT.search(data)
    stop = data.find(_END, head.end()) if head else -1
    size = re.search(rb"\n%b 0 obj\n(\d+)\nendobj" % head.group(1), data) if head else None
    if head is None or size is None or stop < 0:
        return []
    packed = zlib.compress(shortened(zlib.decompress(data[head.end():stop])))
    return [(head.end(), stop, packed), (*size.span(1), b"%d" % len(packed))]


def shortened(text: bytes) -> bytes:
    """Return a drawing with polygons closed by a word, and with fewer decimals.

    None in units of the page, 0.01 mm, and two in those of the picture; Qt writes five to nine.
    """
    parts, last, scales = [], 0, [1.0]
    for found in _UNIT.finditer(text):
        parts.append(_rounded(text[last:found.start()], scales[-1]))
        last = found.start()
        for word in found.group().split():
            if word == b"q":
                scales.append(scales[-1])
            elif word == b"Q" and len(scales) > 1:
                scales.pop()
        # The first one, outside everything, makes the page's own units: all else is in those.
        if found.group().endswith(b"cm") and len(scales) > 1:
            scales[-1] *= max(abs(float(number)) for number in found.group().split()[:4])
    return b"".join([*parts, _rounded(text[last:], scales[-1])])


def _rounded(part: bytes, scale: float) -> bytes:
    """Return a part with numbers of places rounded to what is seen, at so many page units each."""
    if scale <= 1.0:
        return _CLOSED.sub(rb"\1 m\n\2h\n", _DECIMALS.sub(_whole, part))
    return _PLACES.sub(_two_decimals, part)


def _whole(found: re.Match[bytes]) -> bytes:
    return b"%d" % round(float(found.group()))


def _two_decimals(found: re.Match[bytes]) -> bytes:
    *numbers, operator = found.group().split()
    return b" ".join([*(b"%g" % round(float(number), 2) for number in numbers), operator])


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

        return _vector_bytes(spec.format, paint, spec.width, spec.height, spec.width_cm, spec.title)
    return _png_bytes(painter.image(shot), spec.scale * _per_inch(spec), spec.title)


def write_drawing(path: str | Path, drawing: Drawing, scale: int, title: str) -> None:
    """Write a drawing, called so, as the kind of still that the file's name ends in: .png, .svg or .pdf.

    Raises:
        ExportError: another ending, or the file cannot be written.
    """
    kind = format_of(str(path))
    if kind.is_animation:
        raise ExportError(f"{Path(path).name} would be an animation; end it in .png, .svg or .pdf.")
    _write(path, drawing_bytes(kind, drawing, scale, title))


def drawing_bytes(kind: Format, drawing: Drawing, scale: int, title: str) -> bytes:
    """Return the same as the bytes of a file of a kind of still."""
    offscreen_app()
    if kind.is_vector:
        return _vector_bytes(kind.key, drawing.paint, drawing.width, drawing.height, 0.0, title)
    return _png_bytes(drawing.image(scale), scale * _PER_INCH, title)


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


def _vector_bytes(kind: str, paint: Paint, width: int, height: int, width_cm: float, title: str) -> bytes:
    make = svg_bytes if kind == "svg" else pdf_bytes
    return make(paint, width, height, width_cm, plain_text(title) or _UNTITLED)


def _png_bytes(image: QImage, per_inch: float, title: str) -> bytes:
    image.setDotsPerMeterX(round(per_inch * _INCHES_PER_METRE))
    image.setDotsPerMeterY(round(per_inch * _INCHES_PER_METRE))
    if title:
        image.setText("Title", plain_text(title))
    return png_bytes(image, _PNG_QUALITY)


def _write(path: str | Path, data: bytes) -> None:
    with export_file(path) as file:
        file.write(data)
