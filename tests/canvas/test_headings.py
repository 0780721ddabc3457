"""Headings: every pane names its coupling, all of a picture in the same form, before anything else has room."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pictures import lanes, view

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.header import Heading, HeadingForm, forms_of, heading_of, lines_of
from fmviz.core.export_spec import ExportSpec
from fmviz.core.extent import Extent
from fmviz.core.film import film_of
from fmviz.core.frames import Frame, Pairs
from fmviz.core.lanes import usual_mark
from fmviz.core.style import Style
from fmviz.film.stills import write_still

FULL, SHORT = ("Random coupling", "OT coupling"), ("Random", "OT")
BOTH = (Heading(FULL[0], ("step 4,200",), 0.5, usual_mark(0, "random")),
        Heading(FULL[1], ("step 4,200",), 0.5, usual_mark(1, "ot")))
PIXELS = Lettering()


def forms(room: float, text: int = 16, headings: tuple[Heading, ...] = BOTH) -> tuple[HeadingForm, ...]:
    return forms_of(headings, [room] * len(headings), text, PIXELS)


def words(path: Path) -> list[str]:
    return [node.text or "" for node in ElementTree.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("text", [12, 17, 34])
def test_all_panes_are_named_alike_in_any_room(text: int) -> None:
    for room in range(5 * text, 25 * text):
        written = forms(room, text)
        assert tuple(form.title for form in written) in (FULL, SHORT)
        assert len({form.size_px for form in written}) == 1
        assert len({form.has_chip for form in written}) == 1
        assert any(form.t for form in written)
        assert all(form.width(PIXELS) <= room for form in written)


def test_more_room_never_says_less() -> None:
    told = [sum(len(form.title) for form in forms(room)) for room in range(60, 500)]
    assert told == sorted(told)
    assert [form.t for form in forms(500)] == ["t = 0.50"] * 2


def test_a_name_is_never_given_up_for_t_nor_t_for_a_longer_name() -> None:
    for room in range(20, 400):
        written = forms(room)
        assert all(form.title for form in written)
        assert any(form.t for form in written) or tuple(form.title for form in written) != FULL


def test_different_times_are_all_written() -> None:
    apart = (Heading("Before", (), 0.25), Heading("After", (), 0.75))
    for room in range(120, 300):
        assert [bool(form.t) for form in forms(room, headings=apart)] == [True, True]


def test_no_room_at_all_still_names() -> None:
    assert all(form.title.endswith("…") for form in forms(25, headings=(Heading("A long name of a cloud"),)))


def test_second_lines_are_shortened_alike() -> None:
    facts = ("batch of 256", "mean squared cost 12.3")
    pair = [Heading("A", facts), Heading("B", (facts[0], f"{facts[1]} (14.0 on average)"))]
    wide = PIXELS.width(" · ".join(facts), 12) + 1
    assert lines_of(pair, [wide, wide], 12, PIXELS) == (facts[0], facts[0])
    assert lines_of(pair, [900, 900], 12, PIXELS)[0] == " · ".join(facts)


def test_pairs_say_who_has_no_partner_and_whether_the_plan_has_converged() -> None:
    points = np.zeros((6, 2), dtype=np.float32)
    whole = Pairs(points, points, 2.5, 2.0)
    facts = {
        "all": whole, "part": replace(whole, alone0=points[:2], alone1=points[:2], optimum=None),
        "calm": replace(whole, column_error=3e-5), "hasty": replace(whole, column_error=0.013),
    }
    said = {}
    for name, pairs in facts.items():
        frame = Frame(Extent(0, 0, 1), points, points, pairs=pairs)
        said[name] = heading_of(frame, Style().with_view("pairs"), False).details
    assert said["all"] == ("batch of 6", "mean squared cost 2.50", "optimum 2.00")
    assert said["part"] == ("batch of 8", "2 without a partner", "mean squared cost 2.50")
    assert said["calm"][-1] == "column error 3e-05"
    assert said["hasty"][-1] == "not converged: column error 0.01"


@pytest.mark.parametrize("more", [
    {"width": 800, "height": 640, "width_cm": 8.5, "font_pt": 8.0}, {"width": 1600, "height": 300},
    {"width": 800, "height": 450, "width_cm": 8.5, "font_pt": 12.0}, {"width": 300, "height": 500},
    {"width": 1700, "height": 440, "width_cm": 17.0, "font_pt": 8.0, "is_strip": True},
    {"width": 700, "height": 700, "is_strip": True}, {"width": 1000, "height": 200, "is_strip": True},
])
@pytest.mark.parametrize("name", ["field", "pairs"])
def test_every_picture_names_both_couplings_alike_and_t(tmp_path: Path, name: str, more: dict[str, float]) -> None:
    write_still(tmp_path / "a.svg", film_of(lanes(), view(name), ExportSpec(format="svg", at=0.3, **more)))
    said = words(tmp_path / "a.svg")
    assert set(FULL) <= set(said) or set(SHORT) <= set(said)
    assert not ({*FULL} & {*said} and {*SHORT} & {*said})
    if name != "pairs" or "is_strip" in more:
        assert [word for word in said if word.startswith(("t =", "t="))]
