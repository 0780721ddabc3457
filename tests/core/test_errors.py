"""Foreign text inside a sentence."""

import pytest

from fmviz.core.errors import LONGEST_QUOTE, quoted


@pytest.mark.parametrize("text", ["moons.csv", "", "a" * 60, "a" * 61, "a" * 10_000, "line\nline", "\u202egpj.exe",
                                  "'\"", "\ud800", "naïve.csv"])
def test_a_quote_is_short_and_on_one_line(text: str) -> None:
    shown = quoted(text)
    assert len(shown) <= LONGEST_QUOTE + 2
    assert shown.isprintable()
    assert shown[0] == shown[-1]


def test_a_short_name_is_whole() -> None:
    assert quoted("Größe (1).csv") == "'Größe (1).csv'"
