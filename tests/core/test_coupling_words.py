"""The table of couplings: each has all its words, everywhere, and no other key is taken for one of them."""

from __future__ import annotations

import pytest

from fmviz.core.config import FIELD, FlowConfig
from fmviz.core.couplings import COMPARED, COUPLINGS, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.lanes import MAX_LANES, usual_mark
from fmviz.core.project import Project, compared
from fmviz.core.theme import load_theme


@pytest.mark.parametrize("key", COUPLINGS)
def test_every_coupling_has_all_its_words(key: str) -> None:
    row = coupling_of(key)
    assert row.key == key
    assert row.label
    assert row.title.startswith(row.label)
    assert row.phrase.lower() == row.title.lower()
    assert row.help.startswith(row.label)
    assert row.help.endswith(".")
    assert set(row.batch_settings) <= set(row.settings) <= set(FIELD)
    assert FIELD["coupling"].choices[key] == row.label  # type: ignore[index]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_first_couplings_have_colours_of_their_own(theme: str) -> None:
    """There are as many as lanes; beside each other any two have different ones."""
    colours = [load_theme(theme).lanes[usual_mark(0, key).hue] for key in list(COUPLINGS)[:MAX_LANES]]
    assert len(set(colours)) == len(colours)


def test_one_click_compares_couplings_of_the_table() -> None:
    assert tuple(lane.coupling for lane in compared(Project()).lanes) == COMPARED


@pytest.mark.parametrize("key", COUPLINGS)
def test_only_its_own_settings_matter_to_a_coupling(key: str) -> None:
    config, row = FlowConfig(coupling=key), coupling_of(key)
    assert {name for name in ("epsilon", "mass", "pool") if config.uses(name)} == set(row.settings)
    assert dict(config.batch_settings) == {name: FIELD[name].default for name in row.batch_settings}
    assert config.uses("width")


@pytest.mark.parametrize("key", ["sinkhorn", "", "Random", "point"])
def test_an_unknown_coupling_is_refused_with_those_that_there_are(key: str) -> None:
    for refuse in (coupling_of, lambda key: usual_mark(0, key), lambda key: FlowConfig(coupling=key)):
        with pytest.raises(ConfigError, match="random, ot"):
            refuse(key)
