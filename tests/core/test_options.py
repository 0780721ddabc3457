"""Options of pictures and exports: a row is enough for its check and its flag."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import pytest

from fmviz.commandline.arguments import declare_render
from fmviz.core.errors import ConfigError, ExportError, FmvizError
from fmviz.core.export_spec import OPTIONS, ExportSpec
from fmviz.core.options import Option, check_options, option, options_of
from fmviz.core.style import Style

NUMBERS = [(kind, row) for kind in (ExportSpec, Style) for row in options_of(kind).values()
           if isinstance(row.default, int | float) and not isinstance(row.default, bool)]


@dataclass(frozen=True)
class Toy:
    """A class with one row of each kind."""

    share: float = option(0.5, "share", "Share", "How much of it.", low=0.25, high=1.0, has_usual=True)
    kind: str = option("plain", "kind", "Kind", "Which one.", {"plain": "Plain", "odd": "Odd"})

    def __post_init__(self) -> None:
        check_options(self, ConfigError)


def test_a_row_is_enough() -> None:
    assert (Toy().share, Toy().kind) == (0.5, "plain")
    assert Toy(share=0.0).share == 0.0
    with pytest.raises(ConfigError, match=r"The share is 0\.1; give 0\.25 to 1, or 0 for the usual\."):
        Toy(share=0.1)
    with pytest.raises(ConfigError, match=r"There is no kind .even.; choose one of plain, odd"):
        Toy(kind="even")


@pytest.mark.parametrize(("kind", "row"), NUMBERS, ids=[f"{kind.__name__}.{row.name}" for kind, row in NUMBERS])
def test_a_number_keeps_its_range(kind: type[ExportSpec | Style], row: Option) -> None:
    usual = kind(format="mp4") if kind is ExportSpec else kind()
    for number in (row.high + 1, row.low / 2 if row.low > 0 else -1, float("nan"), float("inf")):
        with pytest.raises(FmvizError, match=f"The {row.noun} is "):
            replace(usual, **{row.name: number})


def test_every_flag_is_the_command_lines() -> None:
    parser = argparse.ArgumentParser()
    declare_render(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    assert {f"--{row.flag}" for row in OPTIONS.values() if row.flag} <= flags


def test_of_a_still_nothing_matters_that_moves() -> None:
    still, film = ExportSpec(format="png"), ExportSpec(format="mp4")
    moving = {name for name, row in OPTIONS.items() if row.matters(film) and not row.matters(still)}
    assert {"fps", "seconds", "hold", "closing", "ease", "over"} <= moving
    with pytest.raises(ExportError, match="more than 0"):
        ExportSpec(seconds=0.0)
