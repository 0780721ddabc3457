"""What source and target are called in a picture."""

import pytest

from fmviz.core.errors import ConfigError
from fmviz.core.style import LONGEST_NAMES, Style


@pytest.mark.parametrize(("text", "names"), [
    ("", ("", "")), ("noise, data", ("noise", "data")), ("noise", ("noise", "")), (", data", ("", "data")),
    ("$p(x, 0)$, moons, two", ("$p(x, 0)$", "moons, two")),
])
def test_names_stand_before_and_behind_the_first_comma(text: str, names: tuple[str, str]) -> None:
    assert Style(names=text).cloud_names == names


@pytest.mark.parametrize("text", ["x" * (LONGEST_NAMES + 1), "a\nb", "a\x00"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="The names are"):
        Style(names=text)
