"""Which pairs a picture shows: the drawn batch of its lane, else its own if that has the size."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.extent import Extent
from fmviz.core.film import has_batch, shown_pairs, with_pairs
from fmviz.core.frames import Curves, FlowSnapshot, Grid, Pairs
from fmviz.core.quantities import Metrics
from fmviz.core.style import Style

NO_FIELD = Grid(Extent(0, 0, 1), np.array([0.0, 1.0]), np.zeros((2, 4, 4, 2)))

EXTENT = Extent(0.0, 0.0, 1.0)
DOTS = np.zeros((3, 2), dtype=np.float32)
PAIRS = Style().with_view("pairs")


def batch(size):
    points = np.zeros((size, 2), dtype=np.float32)
    return Pairs(points, points, 0.0)


def snapshot(lane, pairs):
    return FlowSnapshot(lane, "ot", 1, np.array([0.0, 1.0]), np.zeros((2, 3, 2)), EXTENT, NO_FIELD, DOTS,
                        DOTS, pairs, Curves(), Metrics())


def test_each_snapshot_gets_the_batch_of_its_lane():
    own, first, second = batch(1), batch(2), batch(3)
    both = snapshot(0, own), snapshot(1, own)
    assert [one.pairs for one in with_pairs(both, (first, second))] == [first, second]
    # One lane alone, as an export of B has it.
    assert with_pairs((both[1],), (first, second))[0].pairs is second
    assert with_pairs((None, both[1]), (first, second))[0] is None
    assert with_pairs((both[0],), (None, None))[0].pairs is None


@pytest.mark.parametrize(("own", "drawn", "shown"), [(256, 8, 8), (256, None, 256), (8, None, None), (None, 8, 8)])
def test_a_picture_shows_the_drawn_batch_or_its_own_if_that_has_the_size(own, drawn, shown):
    pairs = shown_pairs(drawn and batch(drawn), own and batch(own), PAIRS, True)
    assert (None if pairs is None else pairs.size) == shown


@pytest.mark.parametrize(("style", "shown"), [(PAIRS, 8), (PAIRS.with_layer("particles", True), 256)])
def test_pairs_alone_are_those_asked_for_and_those_over_a_flow_the_learned_ones(style, shown):
    assert shown_pairs(batch(8), batch(256), style, False).size == shown
    only = (None, batch(256)) if style is PAIRS else (batch(8), None)
    assert shown_pairs(*only, style, False) is None


def test_only_pairs_stand_still():
    assert PAIRS.is_still
    assert not PAIRS.with_layer("particles", True).is_still
    assert not PAIRS.with_layer("pairs", False).is_still


def test_a_batch_is_there_when_all_that_is_shown_have_one_of_that_size():
    both = snapshot(0, batch(256)), snapshot(1, batch(8))
    assert has_batch(both, (0,), PAIRS)
    assert not has_batch(both, (0, 1), PAIRS)
    assert not has_batch((snapshot(0, None),), (0,), PAIRS)
    assert has_batch(both, (0, 1), Style())
