"""The four colours of lanes are told apart by everybody, in both themes, and stand out from every ground."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sights import APART, SIGHTS, ciede2000, contrast, lab, linear

from fmviz.core.lanes import MAX_LANES
from fmviz.core.theme import load_theme

GROUNDS = ("stage", "pane", "panel", "raised", "window")


@pytest.mark.parametrize(("one", "other", "difference"), [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644), ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0),
])
def test_the_difference_is_that_of_the_paper(one, other, difference) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_lanes_are_told_apart_by_everybody(theme: str, sight: str) -> None:
    colours = load_theme(theme).lanes
    assert len(colours) == MAX_LANES
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in colours]
    assert min(ciede2000(one, other) for one, other in combinations(seen, 2)) >= APART[sight]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_lanes_stand_out_from_every_ground(theme: str) -> None:
    known = load_theme(theme)
    for colour in known.lanes:
        for ground in GROUNDS:
            assert contrast(colour, getattr(known, ground)) >= 3.0
