"""Pictures from files: pixels (PNG, JPEG, WebP, GIF, BMP, by content) and drawings (SVG).

The size is asked before pixels are decoded; they are averaged down to what a cloud can use, and become points in
`core.picture_points`. Of a drawing only shapes, text and what they are filled with are kept: a picture inside, a link
outwards, a script, a filter, an outside style sheet is left out, and what stays refers to nothing but itself.
`canvas.painted` paints it.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fmviz.core.errors import CloudError, quoted
from fmviz.core.picture_points import MOST_CELLS, GreyPicture, SvgDrawing
from fmviz.files.source import file_bytes, shown_name

# Largest cameras of phones: 50 million pixels decode in 1.5 s and take 400 MB meanwhile. A PNG of 47 kB can hold 400
# million.
MOST_PIXELS = 2**26
_MOST_PIXEL_BYTES = 2**27
# What Pillow and its decoders raise for damaged files, besides OSError.
_DAMAGE = (SyntaxError, ValueError, TypeError, OverflowError, EOFError, LookupError, AttributeError, MemoryError,
           RuntimeError, struct.error, zlib.error)
# Only these are ever given to Pillow, which would also run Ghostscript for some others.
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_DEEP = ("I", "F")
_MOST_SVG_BYTES = 8 * 2**20
# (elements, cells): up to so many are painted into a picture of so many cells across. One that fills the picture takes
# 1.6 ms in 1,024 cells and a quarter of that in half as many; a map of the world has some 10,000 small ones.
_SHARPNESS = ((2_000, MOST_CELLS), (10_000, MOST_CELLS // 2), (40_000, MOST_CELLS // 4))
_SPACE = "http://www.w3.org/2000/svg"
_KEPT = frozenset(("svg", "g", "a", "defs", "symbol", "switch", "use", "style", "path", "rect", "circle", "ellipse",
                   "line", "polyline", "polygon", "text", "tspan", "linearGradient", "radialGradient", "stop", "title"))
_OUTSIDE = re.compile(r"@import|@font-face|url\(\s*['\"]?(?!\s*#)", re.IGNORECASE)


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so (12 bytes) is a picture that can be read here."""
    return head.startswith(_BEGINNINGS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def read_picture(source: str | Path | bytes, name: str = "") -> GreyPicture:
    """Read a picture; of several frames the first.

    Args:
        source: a file, or what is in it.
        name: what the cloud will be called; empty is the file's name.
    Raises:
        CloudError: the file cannot be read, is no picture, is damaged or has too many pixels.
    """
    if not isinstance(source, bytes):
        name, source = name or shown_name(source), file_bytes(source, _MOST_PIXEL_BYTES, "save it smaller")
    name = name or "Picture"
    if not is_picture(source[:12]):
        raise CloudError(f"{quoted(name)} is no PNG, JPEG, WebP, GIF or BMP picture; save it as one of these.")
    try:
        light, alpha = _decoded(source, name)
    except (OSError, *_DAMAGE) as error:
        raise CloudError(f"The picture {quoted(name)} is damaged ({_short(error)}); save it again.") from error
    return GreyPicture(light, alpha, name)


def _decoded(data: bytes, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return lightness and opacity, 0 to 1."""
    # Late: imageio takes 0.1 s to import, and the command line starts without it.
    import imageio.v3 as iio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = iio.imopen(io.BytesIO(data), "r", plugin="pillow")
    except OSError as error:  # imageio's, for whatever Pillow raised
        if isinstance(error.__cause__, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
            raise CloudError(f"The picture {quoted(name)} has far more than the {MOST_PIXELS / 1e6:.0f} million pixels "
                             "that can be read; save it smaller.") from error
        raise
    with file:
        height, width = file.properties(index=0).shape[:2]
        if width * height > MOST_PIXELS:
            raise CloudError(f"The picture {quoted(name)} has {width:,} x {height:,} pixels; at most "
                             f"{MOST_PIXELS / 1e6:.0f} million can be read: save it smaller.")
        facts = file.metadata(index=0)  # of a PNG this decodes already
        mode = str(facts["mode"])
        if mode.startswith(_DEEP):
            pixels = file.read(index=0, rotate=True, writeable_output=False)
            return _averaged(pixels) / np.float32(65535 if mode.startswith("I") else 1), None
        if "transparency" not in facts and not mode.upper().endswith("A"):
            return _averaged(file.read(index=0, mode="L", rotate=True, writeable_output=False)) / np.float32(255), None
        pixels = file.read(index=0, mode="LA", rotate=True, writeable_output=False)
        opacity = _averaged(pixels[..., 1])
        if float(opacity.min()) == 255:
            return _averaged(pixels[..., 0]) / np.float32(255), None
        # What is behind clear pixels counts nothing.
        seen = _averaged(pixels[..., 0].astype(np.uint16) * pixels[..., 1])
        light = np.divide(seen, opacity, out=np.zeros_like(seen), where=opacity > 0)
        return (np.minimum(light / np.float32(255), np.float32(1)),
                np.minimum(opacity / np.float32(255), np.float32(1)))


def _averaged(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return means over squares, as few as fit into `MOST_CELLS`, (H, W); a rest at the right and below is left out.

    Rows are added first: that reads memory as it lies (20 million pixels: 30 ms).
    """
    height, width = pixels.shape
    edge = max(1, -(-max(height, width) // MOST_CELLS))
    across, down = min(edge, width), min(edge, height)
    kind = np.float32 if pixels.dtype.kind == "f" else np.uint32
    pixels = pixels[:height // down * down, :width // across * across]
    rows: NDArray[Any] = pixels[::down].astype(kind)
    for k in range(1, down):
        rows += pixels[k::down]
    cells = rows[:, ::across].copy()
    for k in range(1, across):
        cells += rows[:, k::across]
    return cells.astype(np.float32) / np.float32(across * down)


def _short(error: BaseException) -> str:
    """Return what a decoder said, in a few words."""
    error = error.__cause__ or error
    return " ".join(str(error).split()).rstrip(".")[:60] or type(error).__name__


def is_svg(head: bytes) -> bool:
    """Whether a file that begins so (1,000 bytes) is an SVG."""
    return re.search(rb"<(?:\w+:)?svg[\s>]", head) is not None


def read_svg(source: str | Path | bytes, name: str = "") -> SvgDrawing:
    """Read a drawing.

    Args:
        source: a file, or what is in it.
        name: what the cloud will be called; empty is the file's name.
    Raises:
        CloudError: the file cannot be read, is no SVG, or would take too long to paint.
    """
    if not isinstance(source, bytes):
        name, source = name or shown_name(source), file_bytes(source, _MOST_SVG_BYTES, "save it simpler")
    name = name or "Drawing"
    try:
        root = ElementTree.fromstring(source)
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise CloudError(f"The drawing {quoted(name)} is no SVG, or damaged ({error}); save it again.") from error
    if _local(root.tag) != "svg":
        raise CloudError(f"The file {quoted(name)} is no SVG: it begins with {quoted(_local(root.tag))}; choose "
                         "another one.")
    try:
        _clean(root)
        size = _painted(root, {node.get("id", ""): node for node in root.iter()}, {}, ())
        cells = next((cells for most, cells in _SHARPNESS if size <= most), None)
        if cells is None:
            raise CloudError(f"The drawing {quoted(name)} has more than {_SHARPNESS[-1][0]:,} shapes; save it simpler, "
                             "or as a PNG.")
        ElementTree.register_namespace("", _SPACE)
        return SvgDrawing(ElementTree.tostring(root, encoding="utf-8"), name, cells)
    except RecursionError as error:
        raise CloudError(f"The drawing {quoted(name)} is nested too deeply; save it simpler, or as a PNG.") from error


def _local(tag: object) -> str:
    """Return an element's or attribute's name without its namespace."""
    return str(tag).rpartition("}")[2]


def _clean(node: ElementTree.Element) -> None:
    """Take out of a node, at any depth, what is not kept."""
    node.tag = f"{{{_SPACE}}}{_local(node.tag)}"
    for key, value in list(node.attrib.items()):
        is_away = _local(key) == "href" and not value.strip().startswith("#")
        if is_away or key.lower().startswith("on") or _OUTSIDE.search(value):
            del node.attrib[key]
    if _local(node.tag) == "style" and _OUTSIDE.search(node.text or ""):
        node.text = ""
    for child in list(node):
        if _local(child.tag) in _KEPT:
            _clean(child)
        else:
            node.remove(child)


def _painted(node: ElementTree.Element, named: dict[str, ElementTree.Element], known: dict[int, int],
             above: tuple[int, ...]) -> int:
    """Return how many elements are painted for a node, those that it refers to counted each time."""
    key = id(node)
    if key in above:
        return 0  # it refers to itself, which Qt does not follow
    if key not in known:
        count = 1 + sum(_painted(child, named, known, (*above, key)) for child in node)
        if _local(node.tag) == "use":
            target = next((value[1:] for name, value in node.attrib.items() if _local(name) == "href"), "")
            if (other := named.get(target)) is not None:
                count += _painted(other, named, known, (*above, key))
        known[key] = count
    return known[key]
