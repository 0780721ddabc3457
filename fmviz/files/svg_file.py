"""Drawings from files: SVG, rid of everything that would fetch, run or multiply. Painting it is `canvas.painted`'s.

Only shapes, text and what they are filled with are kept; a picture inside, a link outwards, a script, a filter, an
outside style sheet is left out. What stays refers to nothing but itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from fmviz.core.errors import CloudError, quoted
from fmviz.core.picture_points import MOST_CELLS, Drawing
from fmviz.files.source import file_bytes, shown_name

_MOST_BYTES = 8 * 2**20
# (elements, cells): up to so many are painted into a picture of so many cells across. One that fills the picture takes
# 1.6 ms in 1,024 cells and a quarter of that in half as many; a map of the world has some 10,000 small ones.
_SHARPNESS = ((2_000, MOST_CELLS), (10_000, MOST_CELLS // 2), (40_000, MOST_CELLS // 4))
_SPACE = "http://www.w3.org/2000/svg"
_KEPT = frozenset(("svg", "g", "a", "defs", "symbol", "switch", "use", "style", "path", "rect", "circle", "ellipse",
                   "line", "polyline", "polygon", "text", "tspan", "linearGradient", "radialGradient", "stop", "title"))
_OUTSIDE = re.compile(r"@import|@font-face|url\(\s*['\"]?(?!\s*#)", re.IGNORECASE)


def is_svg(head: bytes) -> bool:
    """Whether a file that begins so (1,000 bytes) is an SVG."""
    return re.search(rb"<(?:\w+:)?svg[\s>]", head) is not None


def read_svg(source: str | Path | bytes, name: str = "") -> Drawing:
    """Read a drawing.

    Args:
        source: a file, or what is in it.
        name: what the cloud will be called; empty is the file's name.
    Raises:
        CloudError: the file cannot be read, is no SVG, or would take too long to paint.
    """
    if not isinstance(source, bytes):
        name, source = name or shown_name(source), file_bytes(source, _MOST_BYTES, "save it simpler")
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
        return Drawing(ElementTree.tostring(root, encoding="utf-8"), name, cells)
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
