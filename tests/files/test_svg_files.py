"""A drawing keeps its shapes and loses what would fetch, run or multiply."""

from __future__ import annotations

import pytest

from fmviz.core.errors import CloudError
from fmviz.files.picture_file import is_svg, read_svg

HEAD = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


def test_shapes_and_inner_references_stay() -> None:
    body = (b'<style>.a{fill:url(#g)}</style><defs><linearGradient id="g"><stop offset="1"/></linearGradient></defs>'
            b'<path id="p" class="a" d="M0 0L9 9"/><use xlink:href="#p"/><text font-size="4">a &amp; b</text>')
    kept = read_svg(HEAD + body + b"</svg>").svg
    for part in (b"url(#g)", b"M0 0L9 9", b'href="#p"', b"a &amp; b", b'viewBox="0 0 9 9"'):
        assert part in kept


@pytest.mark.parametrize("body", [
    b'<image href="/dev/ptmx"/>', b'<image xlink:href="data:image/png;base64,AAAA"/>', b'<use href="other.svg#a"/>',
    b'<style>@import "/dev/ptmx";</style>', b'<rect fill="url( \'/dev/ptmx#a\')"/>', b"<script>'/dev/ptmx'</script>",
    b'<foreignObject><p>/dev/ptmx</p></foreignObject>', b'<a href="http://example.org"><rect/></a>',
    b'<filter id="f"><feImage href="/dev/ptmx"/></filter>', b'<rect onload="/dev/ptmx"/>',
    b'<?xml-stylesheet href="/dev/ptmx"?>'])
def test_nothing_outside_is_asked_for(body: bytes) -> None:
    kept = read_svg(HEAD + body + b'<circle r="2"/></svg>').svg
    assert b"circle" in kept
    for trace in (b"ptmx", b"data:", b"other.svg", b"example.org"):
        assert trace not in kept


def test_what_multiplies_is_refused() -> None:
    levels = b"".join(b'<g id="a%d">%s</g>' % (k + 1, b'<use href="#a%d"/>' % k * 10) for k in range(9))
    with pytest.raises(CloudError, match="more than 40,000 shapes"):
        read_svg(HEAD + b'<g id="a0"><rect/></g>' + levels + b'<use href="#a9"/></svg>')
    entities = b"".join(b'<!ENTITY e%d "%s">' % (k + 1, b"&e%d;" % k * 20) for k in range(8))
    with pytest.raises(CloudError, match="is no SVG, or damaged"):
        read_svg(b'<!DOCTYPE svg [<!ENTITY e0 "aaaaaaaaaaaaaaaaaaaaaaaa">' + entities + b"]>" + HEAD + b"&e8;</svg>")


def test_many_shapes_are_painted_less_sharply() -> None:
    few, many = (read_svg(HEAD + b"<rect/>" * count + b"</svg>").cells for count in (100, 5_000))
    assert few > many


def test_references_in_a_circle_end() -> None:
    assert read_svg(HEAD + b'<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></svg>').svg


@pytest.mark.parametrize("data", [b"<svg", b"", b"<html></html>", HEAD + b"<g>" * 9000 + b"</g>" * 9000 + b"</svg>"])
def test_what_is_no_drawing_is_refused(data: bytes) -> None:
    with pytest.raises(CloudError, match="'Drawing'"):
        read_svg(data)


def test_a_drawing_is_known_by_its_content() -> None:
    assert is_svg(b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg:svg xmlns:svg="...">')
    assert is_svg(HEAD)
    assert not is_svg(b"x,y\n1,2\n")
