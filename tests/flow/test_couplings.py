"""Laws of every coupling: it keeps both marginals, never costs less than the optimum, trains and draws its pairs."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError
from fmviz.core.project import Project, compared
from fmviz.flow.batch_pairs import batch_pairs, pool_of
from fmviz.flow.couplings import PAIRINGS, RulePairing, pairing_of
from fmviz.flow.pools import Lesson, PairSource
from fmviz.flow.units import units_of

SOURCE, TARGET = Side(shape="8gaussians"), Side(shape="moons")


def training_pairs(coupling: str, source: Side = SOURCE, target: Side = TARGET, pool: int = 512) -> PairSource:
    config = FlowConfig(coupling=coupling, pool=pool, batch=64)
    return pairing_of(coupling).training(Lesson(source, target, units_of(source, target), config, 0, 1000, "cpu"))


def drawn(pairs: PairSource, n: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        return pairs.draw(0, n)
    finally:
        pairs.close()


def test_words_and_pairs_are_of_the_same_couplings() -> None:
    assert set(PAIRINGS) == {key for key, row in COUPLINGS.items() if row.rule is None}
    assert all(row.is_of_batches for row in COUPLINGS.values() if row.rule)


def from_left_to_right(x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    rows = np.empty(len(x0), dtype=np.int64)
    rows[np.argsort(x0[:, 0])] = np.argsort(x1[:, 0])
    return rows


def test_a_rule_pairs_each_batch_of_training_and_of_the_view() -> None:
    pairing, config = RulePairing(from_left_to_right), FlowConfig(batch=64)
    x0, x1 = drawn(pairing.training(Lesson(SOURCE, TARGET, units_of(SOURCE, TARGET), config, 0, 1000, "cpu")), 192)
    points = pool_of(Project(SOURCE, TARGET)).drawn
    found = pairing.batches(points, {}).partners(100, 164)
    for start, end, where in ((points.x0[100:164], found.x1, "view"),
                          *((x0[part:part + 64], x1[part:part + 64], "training") for part in (0, 64, 128))):
        np.testing.assert_array_equal(np.argsort(start[:, 0]), np.argsort(end[:, 0]), where)


BALANCED = [key for key, row in COUPLINGS.items() if row.is_balanced]


@pytest.mark.parametrize("coupling", BALANCED)
def test_training_pairs_keep_both_marginals(coupling: str) -> None:
    x0, x1 = drawn(training_pairs(coupling), 20_000)
    rng, units = np.random.default_rng(3), units_of(SOURCE, TARGET)
    for points, side, to_unit in ((x0, SOURCE, units.source_to_unit), (x1, TARGET, units.target_to_unit)):
        truth = to_unit(side.sample(20_000, rng))
        np.testing.assert_allclose(points.mean(0), truth.mean(0), atol=0.15)
        np.testing.assert_allclose(np.cov(points.T), np.cov(truth.T), atol=0.2)


@pytest.mark.parametrize("coupling", BALANCED)
def test_weights_count_in_training_pairs(coupling: str) -> None:
    rng = np.random.default_rng(0)
    weights = np.array([0.5, 0.25, 0.125, 0.125, 0.0])
    target = Side(cloud=PointCloud(rng.normal(size=(5, 2)), weights))
    source = Side(cloud=PointCloud(rng.normal(3, 1, size=(40, 2))))
    _, x1 = drawn(training_pairs(coupling, source, target), 40_000)
    points = units_of(source, target).target_to_unit(target.cloud.xy)
    shares = [(x1 == point).all(axis=1).mean() for point in points]
    np.testing.assert_allclose(shares, weights, atol=0.02)


@pytest.mark.parametrize("coupling", BALANCED)
def test_no_coupling_costs_less_than_ot(coupling: str) -> None:
    """Of finite clouds, where the plan of all their points is the least there is."""
    rng = np.random.default_rng(2)
    source, target = (Side(cloud=PointCloud(rng.normal(shift, 1, size=(300, 2)))) for shift in (0, 1))
    best, cost = (float(((x1 - x0) ** 2).sum(1).mean()) for x0, x1 in
                  (drawn(training_pairs(key, source, target), 20_000) for key in ("ot", coupling)))
    assert best <= 1.02 * cost  # two draws of the same coupling differ by so much


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_a_batch_holds_pairs_of_both_clouds(coupling: str) -> None:
    rng = np.random.default_rng(1)
    source, target = (Side(cloud=PointCloud(rng.normal(shift, 1, size=(60, 2)))) for shift in (0, 4))
    other = next(key for key in COUPLINGS if key != coupling)
    beside, pairs = batch_pairs(compared(Project(source, target), (other, coupling)), 32)
    assert pairs.size == beside.size == 32
    np.testing.assert_array_equal(in_order(pairs.x0, pairs.alone0), in_order(beside.x0, beside.alone0))
    assert set(map(tuple, [*pairs.x1, *pairs.alone1])) <= set(map(tuple, target.cloud.xy))
    assert pairs.cost == pytest.approx(((pairs.x1 - pairs.x0) ** 2).sum(axis=1).mean())
    assert pairs.usual is not None
    if COUPLINGS[coupling].is_balanced:
        assert pairs.optimum is not None
        assert pairs.usual >= 0.99 * pairs.optimum
        assert len(pairs.x0) == 32
        assert len(pairs.alone1) == 0
    else:
        assert pairs.optimum is None
        assert 0 < len(pairs.alone0) < 32
        assert 0 < len(pairs.alone1) < 32


def in_order(*points: np.ndarray) -> np.ndarray:
    whole = np.concatenate(points)
    return whole[np.lexsort(whole.T)]


def test_an_unknown_coupling_is_drawn_by_nobody() -> None:
    with pytest.raises(ConfigError, match="sinkhorn"):
        pairing_of("sinkhorn")
    with pytest.raises(ConfigError, match="sinkhorn"):
        pool_of(Project()).batch("sinkhorn", 8)
