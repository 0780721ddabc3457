"""What a picture shows has the same names as in the window; the older ones of files and flags stay valid."""

from __future__ import annotations

import argparse

import pytest

from fmviz.commandline.arguments import declare_render
from fmviz.commandline.picture import PictureOrder, order_of
from fmviz.core.errors import ConfigError
from fmviz.core.project import Project, compared
from fmviz.core.style import VIEWS


def order(*flags: str) -> PictureOrder:
    parser = argparse.ArgumentParser()
    declare_render(parser)
    return order_of(parser.parse_args(["a.png", *flags]), compared(Project()))


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_a_view_is_called_by_its_label_or_its_key(view) -> None:
    assert set(order("--view", view.word).styles) == set(order("--view", view.name).styles) == {view.name}


def test_an_unknown_view_is_refused_with_the_labels() -> None:
    with pytest.raises(ConfigError, match=r"speed-map, .*grid-warp or all"):
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
