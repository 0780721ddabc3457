"""The density of a flow over the plane: its mass, its formula where there is one, what `likelihood` says of places."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fmviz.core.extent import Box, Extent
from fmviz.core.log_density import LogDensities
from fmviz.core.questions import FlowId, LogDensity
from fmviz.core.spread import density_of
from fmviz.core.streams import Stream, stream
from fmviz.flow.answers import Facts
from fmviz.flow.device import finish
from fmviz.flow.likelihood import FINE, log_likelihoods
from fmviz.flow.log_density import FIRST, Raster, log_densities
from fmviz.flow.models import field_of
from tests.flow.test_likelihood import flow


@pytest.fixture(scope="module")
def bent() -> LogDensities:
    return finish(log_densities(flow(noise=0.15), is_fine=False))


def test_all_mass_is_there_at_every_time(bent: LogDensities) -> None:
    assert len(bent.t) == FIRST.times + 1
    for t in (0.0, 0.33, 0.7, 1.0):
        assert bent.integral(t) == pytest.approx(1, abs=0.03)


def test_a_place_is_as_likely_as_likelihood_says(bent: LogDensities) -> None:
    learned = field_of(flow(noise=0.15))
    source = density_of(flow().project.source, stream(0, Stream.LIKELIHOOD))
    x, y = bent.extent.axes(FIRST.nodes)
    log = bent.at(1.0)
    rows, columns = np.nonzero(log > log.max() - 4)
    places = np.column_stack([x[columns], y[rows]])
    expected = finish(log_likelihoods(*learned, places, FINE.n_steps, FINE.solver, source))
    assert np.abs(log[rows, columns] - expected).max() < 0.02


def test_a_gaussian_is_one_between_nodes_and_times_too() -> None:
    extent, times, sigma = Extent(0.0, 0.0, 4.0), np.linspace(0, 1, 6), 0.7
    x, y = np.meshgrid(*extent.axes(33))
    middles = np.column_stack([2 * times - 1, 0.5 * times])

    def formula(x: np.ndarray, y: np.ndarray, middle: np.ndarray) -> np.ndarray:
        return -((x - middle[0])**2 + (y - middle[1])**2) / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)

    found = LogDensities(extent, times, np.array([formula(x, y, middle) for middle in middles], dtype=np.float32))
    box = Box(0.3, -0.2, 1.0, 0.5)
    columns, rows = np.meshgrid(-0.7 + 2.0 * (np.arange(8) + 0.5) / 8, -0.7 + 1.0 * (np.arange(5) + 0.5) / 5)
    for t in (0.0, 0.3, 0.47, 1.0):
        middle = np.array([2 * t - 1, 0.5 * t])
        np.testing.assert_allclose(found.on(t, box, (5, 8)), np.exp(formula(columns, rows, middle)), rtol=1e-3)
        assert found.integral(t) == pytest.approx(1, abs=1e-4)
        density, covered = found.part(t, box)
        assert (covered.cx, covered.cy, covered.half_x, covered.half_y) == pytest.approx((0.3, -0.2, 1.0, 0.5))
        assert density.max() <= found.peak() * 1.001


def test_a_finer_answer_follows_the_first_one_and_says_what_is_smoothed(monkeypatch: pytest.MonkeyPatch) -> None:
    import fmviz.flow.log_density as made

    monkeypatch.setattr(made, "FIRST", Raster(8, 2))
    monkeypatch.setattr(made, "FINE", Raster(12, 4))
    known, key = Facts(), FlowId(0, 0, 0)
    moons = flow("moons")
    known.put(key, moons)
    news = [value for value in known.answer(LogDensity(key, first=0.8)) if value is not None]
    alone = finish(known.answer(LogDensity(key, only=0.6)))
    assert (alone.values.shape, alone.t.tolist()) == ((1, 12, 12), [pytest.approx(0.6)])
    assert alone.peak() >= np.exp(alone.values.max())
    known.close()
    assert [round(value.done, 6) for value in news] == [0, 0.2, 0.4, 0.6, 0.8]
    assert all(value.values.shape == (5, 12, 12) and value.smoothing > 0 for value in news)
    changed = [np.flatnonzero((before.values != after.values).any(axis=(1, 2))).tolist()
               for before, after in pairwise(news)]
    assert changed == [[3], [4], [2], [1]], "those near the time that is shown come first"
    assert LogDensity(key, first=0.8) == LogDensity(key, first=0.1)
    assert replace(LogDensity(key), is_fine=False) != LogDensity(key)
