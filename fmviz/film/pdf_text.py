"""What is put right in the text of Qt's PDFs: the exact page, no date, numbers no longer than the eye needs."""

from __future__ import annotations

import re
import zlib

from fmviz.core.errors import ExportError

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
