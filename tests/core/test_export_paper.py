"""Words and paper of an export: what no file could hold or no page has room for is refused, in a sentence."""

import re

import pytest

from fmviz.core.errors import ExportError
from fmviz.core.export_spec import MIN_WIDTH_CM, MOST_TEXT_SHARE, ExportSpec
from fmviz.core.formats import FORMATS

STILLS = [key for key, kind in FORMATS.items() if not kind.is_animation]


@pytest.mark.parametrize("name", ["title", "caption"])
def test_breaks_of_a_line_become_spaces_but_in_a_caption(name: str) -> None:
    for text in ("a\nb", "a\tb", "a\r\nb", "a\u2028b", "a\x0bb", "a\x85b"):
        has_lines = name == "caption" and "\t" not in text
        assert getattr(ExportSpec(**{name: text}), name) == ("a\nb" if has_lines else "a b")
    assert getattr(ExportSpec(**{name: 'Über "α" 😀 & <b>'}), name) == 'Über "α" 😀 & <b>'


@pytest.mark.parametrize("name", ["title", "caption"])
@pytest.mark.parametrize("char", ["\x00", "\x01", "\x1b", "\x7f", "\x9f", "\udce4", "\ufffe"])
def test_what_no_file_can_hold_is_refused_by_its_number(name: str, char: str) -> None:
    with pytest.raises(ExportError, match=rf"{name} holds U\+{ord(char):04X}"):
        ExportSpec(**{name: f"a{char}b"})


@pytest.mark.parametrize("width_cm", [0.01, 0.99, -1.0, 200.1, float("nan"), float("inf")])
def test_a_page_that_nobody_can_see_is_refused(width_cm: float) -> None:
    with pytest.raises(ExportError, match="width on paper"):
        ExportSpec(format="pdf", width_cm=width_cm)
    assert ExportSpec(format="pdf", width_cm=MIN_WIDTH_CM).width_cm == MIN_WIDTH_CM


@pytest.mark.parametrize("font_pt", [0.01, 2.9, -8.0, 200.1, float("nan")])
def test_text_that_nobody_can_read_is_refused(font_pt: float) -> None:
    with pytest.raises(ExportError, match="size of the text"):
        ExportSpec(8000, 8000, format="pdf", font_pt=font_pt, width_cm=200.0)


@pytest.mark.parametrize("form", STILLS)
@pytest.mark.parametrize("size", [(800, 450), (450, 800), (1600, 300), (100, 100)])
@pytest.mark.parametrize("width_cm", [0.0, 8.5, 40.0])
def test_text_without_room_names_the_largest_that_has(form: str, size: tuple[int, int], width_cm: float) -> None:
    with pytest.raises(ExportError, match="at most") as caught:
        ExportSpec(*size, format=form, width_cm=width_cm, font_pt=190.0)
    most = float(re.findall(r"at most ([\d.]+) points", str(caught.value))[0])
    spec = ExportSpec(*size, format=form, width_cm=width_cm, font_pt=most)
    assert spec.decor.text_share * spec.height == pytest.approx(MOST_TEXT_SHARE * min(size), rel=0.02)
    with pytest.raises(ExportError):
        ExportSpec(*size, format=form, width_cm=width_cm, font_pt=1.1 * most)
