"""What a picture shows has the same names as in the window; the older ones of files and flags stay valid."""

from __future__ import annotations

import argparse

import pytest

from fmviz.commandline.arguments import declare_render
from fmviz.commandline.commands import with_negatives
from fmviz.commandline.picture import PictureOrder, order_of
from fmviz.core.errors import ConfigError, FmvizError
from fmviz.core.options import options_of
from fmviz.core.project import Project, compared
from fmviz.core.style import VIEWS, Style


def order(*flags: str) -> PictureOrder:
    parser = argparse.ArgumentParser()
    declare_render(parser)
    return order_of(parser.parse_args(with_negatives(["a.png", *flags])), compared(Project()))


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_a_view_is_called_by_its_label_or_its_key(view) -> None:
    assert set(order("--view", view.word).styles) == set(order("--view", view.name).styles) == {view.name}


def test_an_unknown_view_is_refused_with_the_labels() -> None:
    with pytest.raises(ConfigError, match=r"speed-map, .*crossing, compression or all"):
        order("--view", "pink")


@pytest.mark.parametrize("flag", ["--panes", "--lanes"])
def test_panes_may_be_called_lanes(flag: str) -> None:
    assert order(flag, "B").spec.lanes == (1,)


def test_numbers_may_have_a_decimal_comma() -> None:
    spec = order("--at", "0,25", "--size", "1280x720").spec
    assert (spec.at, spec.width, spec.height) == (0.25, 1280, 720)


def test_each_option_of_a_picture_that_has_a_flag_is_taken():
    style = order("--paths", "40", "--follow", "3", "--pairs", "64").styles["story"]
    assert (style.paths, style.follow, style.batch) == (40, 3, 64)
    style = order("--view", "field", "--arrows", "20", "--arrow-dt", "0,25", "--whole-field").styles["field"]
    assert (style.across, style.arrow_dt, style.whole_field) == (20, 0.25, True)
    assert not order("--view", "field").styles["field"].whole_field


@pytest.mark.parametrize(("flags", "starts"), [
    (("--follow", "1,2"), ((1, 2),)),
    (("--follow", "-1,2"), ((-1, 2),)),
    (("--follow", "1,2;3,4.5", "--follow", " -.5 , -1 "), ((1, 2), (3, 4.5), (-0.5, -1))),
])
def test_starts_that_are_followed_may_be_given_one_by_one_or_together(flags, starts):
    style = order(*flags).styles["story"]
    assert (style.starts, style.follow) == (starts, 8)


@pytest.mark.parametrize(("texts", "said"), [
    (("x",), "--follow is 'x'"), (("1,2,3",), "--follow is '1,2,3'"), (("1;2",), "--follow"), (("nan,1",), "'nan,1'"),
    (("1,inf",), "'1,inf'"), (("",), "--follow is ''"), (("2.5",), "'2.5'"), (("3", "1,2"), "both"),
    ((";".join(["1,2"] * 25),), "25 starts"), (("1e31,0",), "1e\\+31"), (("25",), "25; give"),
])
def test_what_cannot_be_followed_is_refused_in_one_sentence(texts, said):
    with pytest.raises(FmvizError, match=said) as refusal:
        order(*(word for text in texts for word in ("--follow", text)))
    assert str(refusal.value).count("\n") == 0


def test_camera_and_starts_may_begin_with_a_minus():
    style = order("--camera", "-1,0,4", "--follow", "-2,1").styles["story"]
    assert (style.camera.x, style.starts) == (-1, ((-2, 1),))
    assert with_negatives(["--at", "-", "-n", "5", "--x=1", "-2"]) == ["--at", "-", "-n", "5", "--x=1", "-2"]


LOOKS = {row.flag: row for row in options_of(Style).values() if row.flag and row.default is not None}


@pytest.mark.parametrize("flag", LOOKS)
def test_whatever_the_window_can_show_a_flag_can(flag: str) -> None:
    row = LOOKS[flag]
    if isinstance(row.default, bool):
        given, value = [], not row.default
    elif row.choices is not None:
        value = list(row.choices)[-1]
        given = [value]
    elif isinstance(row.default, str):
        given, value = ["noise, data"], "noise, data"
    else:
        given, value = [f"{row.high:g}"], row.high
    assert getattr(order(f"--{flag}", *given).styles["story"], row.name) == value


def test_every_look_that_the_window_can_change_has_a_flag() -> None:
    assert {row.name for row in options_of(Style).values() if not row.flag} == {"view"}


def test_unknown_layers_are_refused_with_the_list() -> None:
    with pytest.raises(ConfigError, match=r"There is no layer 'pink'; choose one of cells, .*followed"):
        order("--layers", "paths,pink")


def test_two_maps_that_hide_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="density and magnitude both fill the pane, so leave out one"):
        order("--layers", "density,magnitude,particles")
    assert order("--layers", "density,density_difference").styles


def test_a_look_without_effect_is_said() -> None:
    assert not order("--trail", "1", "--view", "trails").notes
    (note,) = order("--trail", "1", "--view", "density").notes
    assert note == "--trail has no effect on what is drawn here: density."


def test_bad_formulas_are_said_before_anything_is_drawn() -> None:
    notes = order("--title", r"$\foo$", "--names", r"$\bad$, data", "--formula", "path",
                  "--annotate", r"text 0,0 $\worse$").notes
    assert [note for note in notes if "shown as its text" in note] == list(notes)
    assert len(notes) == 3
