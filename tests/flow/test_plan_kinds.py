"""Laws of plans: marginals, masses, the two ends of an epsilon, and OT as the least of all that keep both marginals."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import CONVERGED
from fmviz.core.errors import TrainingError
from fmviz.core.project import Project
from fmviz.flow.batch_pairs import PairPool
from fmviz.flow.plan_kinds import EntropicPlan, ExactPlan, PartialPlan, PlanKind, UnbalancedPlan, with_marginals
from fmviz.flow.plans import MOST_WHOLE, PlanMaker, WholePlanMaker
from fmviz.flow.pools import Lesson, PooledPairs, RuledPairs
from fmviz.flow.run import TrainingRun
from fmviz.flow.transport import best_partners, squared_distances
from fmviz.flow.units import units_of

RNG = np.random.default_rng(0)
X0, X1 = RNG.normal(size=(120, 2)), RNG.normal(1, 2, size=(90, 2))
W0, W1 = (weights / weights.sum() for weights in (RNG.random(120) + 0.1, RNG.random(90) + 0.1))
COST = squared_distances(X0, X1)
RANDOM = float(W0 @ COST @ W1)
BALANCED = [ExactPlan(), *map(EntropicPlan, (1e-3, 1e-2, 0.1, 1.0, 1e3)), PartialPlan(1.0)]
ALL = [*BALANCED, *map(PartialPlan, (0.05, 0.3, 0.9)), *map(UnbalancedPlan, (0.05, 0.3, 0.9))]


def cost(kind: PlanKind) -> float:
    return float((kind.solve(X0, X1, W0, W1).plan * COST).sum())


@pytest.mark.parametrize("kind", BALANCED, ids=str)
def test_both_marginals_are_kept(kind: PlanKind) -> None:
    plan = kind.solve(X0, X1, W0, W1).plan
    np.testing.assert_allclose(plan.sum(axis=1), W0, atol=1e-10)
    np.testing.assert_allclose(plan.sum(axis=0), W1, atol=1e-10)
    assert (plan >= 0).all()


@pytest.mark.parametrize("kind", BALANCED, ids=str)
def test_ot_costs_least_and_what_pot_says(kind: PlanKind) -> None:
    best = cost(ExactPlan())
    assert best == pytest.approx(ot.emd2(W0, W1, COST), rel=1e-9)
    assert cost(kind) >= best * (1 - 1e-9)


def test_a_small_epsilon_is_ot_and_a_large_one_is_random() -> None:
    costs = [cost(EntropicPlan(epsilon)) for epsilon in (1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3)]
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(cost(ExactPlan()), rel=0.01)
    assert costs[-1] == pytest.approx(RANDOM, rel=1e-3)
    np.testing.assert_allclose(EntropicPlan(1e3).solve(X0, X1, W0, W1).plan, np.outer(W0, W1), rtol=0.02)


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 1.0])
def test_the_entropic_plan_is_that_of_the_iteration_in_logarithms(epsilon: float) -> None:
    exact = ot.sinkhorn(W0, W1, COST / RANDOM, epsilon, method="sinkhorn_log", numItermax=20_000, stopThr=1e-12)
    assert np.abs(EntropicPlan(epsilon).solve(X0, X1, W0, W1).plan - exact).sum() < 5e-3


@pytest.mark.parametrize("mass", [0.05, 0.3, 0.7, 0.999])
def test_partial_plans_have_exactly_their_mass(mass: float) -> None:
    plan = PartialPlan(mass).solve(X0, X1, W0, W1).plan
    assert plan.sum() == pytest.approx(mass, rel=1e-12)
    assert (plan.sum(axis=1) <= W0 + 1e-12).all()
    assert (plan.sum(axis=0) <= W1 + 1e-12).all()
    assert (plan * COST).sum() <= mass * cost(ExactPlan()) * (1 + 1e-9)


@pytest.mark.parametrize("mass", [0.05, 0.3, 0.7, 0.95])
def test_unbalanced_plans_have_about_their_mass_and_leave_the_far_ones(mass: float) -> None:
    for kind in (UnbalancedPlan(mass), UnbalancedPlan(mass).fitted(X0, X1)):
        plan = kind.solve(X0, X1, W0, W1).plan
        assert plan.sum() == pytest.approx(mass, rel=0.05)
    kept = plan.sum(axis=1) / W0
    way = COST.min(axis=1)
    assert kept[way > np.median(way)].mean() < kept[way <= np.median(way)].mean()


@pytest.mark.parametrize("kind", ALL, ids=str)
@pytest.mark.parametrize("place", ["one point", "two places", "far outlier", "1e-9", "1e9"])
def test_odd_clouds_have_plans_of_numbers(kind: PlanKind, place: str) -> None:
    x0, x1 = {
        "one point": (np.zeros((5, 2)), np.zeros((4, 2))),
        "two places": (np.repeat(np.eye(2), 3, axis=0), -np.repeat(np.eye(2), 2, axis=0)),
        "far outlier": (np.append(X0[:30], [[1e4, 0]], axis=0), X1[:30]),
        "1e-9": (1e-9 * X0[:20], 1e-9 * X1[:20]), "1e9": (1e9 * X0[:20], 1e9 * X1[:20]),
    }[place]
    w0, w1 = (np.full(len(x), 1 / len(x)) for x in (x0, x1))
    plan = kind.solve(x0, x1, w0, w1).plan
    assert np.isfinite(plan).all()
    assert (plan >= 0).all()
    if kind in BALANCED:
        np.testing.assert_allclose(plan.sum(axis=0), w1, atol=1e-9)
        np.testing.assert_allclose(plan.sum(axis=1), w0, atol=1e-9)


def test_marginals_are_put_right_by_what_both_sides_miss() -> None:
    plan = RNG.random((120, 90)) / 120 / 90
    right = with_marginals(plan, W0, W1)
    np.testing.assert_allclose(right.sum(axis=1), W0, atol=1e-12)
    np.testing.assert_allclose(right.sum(axis=0), W1, atol=1e-12)
    exact = ExactPlan().solve(X0, X1, W0, W1).plan
    np.testing.assert_allclose(with_marginals(exact, W0, W1), exact, atol=1e-12)


def finite(n: int, shift: float = 0.0) -> Side:
    return Side(cloud=PointCloud(np.random.default_rng(n).normal(shift, 1, size=(n, 2))))


# Between these the iteration needs more steps than it gets.
SLOW = tuple(Side(cloud=PointCloud(x)) for x in (X0, X1))


def lesson(source: Side, target: Side, **settings: object) -> Lesson:
    config = FlowConfig(**{"batch": 64, "pool": 512} | settings)  # type: ignore[arg-type]
    return Lesson(source, target, units_of(source, target), config, 0, 1000, "cpu")


def test_what_has_not_converged_is_told_once() -> None:
    of = lesson(*SLOW, epsilon=1e-3)
    maker = PlanMaker(of, EntropicPlan(of.config.epsilon))
    pairs = PooledPairs(of, maker)
    try:
        assert pairs.draw(0, 64)[0].shape == (64, 2)
        (note,) = pairs.take_notes()
        assert "has not converged" in note
        assert "larger epsilon" in note
        assert pairs.take_notes() == []
    finally:
        pairs.close()


def test_a_training_says_that_its_plan_has_not_converged() -> None:
    config = FlowConfig(coupling="entropic", epsilon=1e-3, pool=512, steps=60, width=8, depth=1, batch=32, nfe=2)
    said = [news for news in TrainingRun(Project(*SLOW, (config,))).train() if isinstance(news, str)]
    assert [note[:7] for note in said] == ["Pane A:"]
    assert "has not converged" in said[0]


def test_the_column_error_of_a_batch_is_known() -> None:
    pool = PairPool(Side(shape="8gaussians"), Side(shape="moons"), 0)
    calm, hasty = (pool.batch("entropic", 512, (("epsilon", epsilon),)).column_error for epsilon in (0.1, 1e-3))
    assert calm is not None
    assert hasty is not None
    assert calm < CONVERGED < hasty
    assert pool.batch("ot", 64).column_error is None


def test_entropic_batches_cost_more_the_larger_epsilon_is() -> None:
    pool = PairPool(Side(shape="8gaussians"), Side(shape="moons"), 0)
    costs = [pool.batch("entropic", 512, (("epsilon", epsilon),)).cost for epsilon in (0.01, 0.1, 1.0, 100.0)]
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(pool.batch("ot", 512).cost, rel=0.1)
    assert costs[-1] == pytest.approx(pool.batch("random", 512).cost, rel=0.15)


@pytest.mark.parametrize("coupling", ["partial", "unbalanced"])
def test_batches_leave_the_rest_of_the_mass_without_a_partner(coupling: str) -> None:
    pool = PairPool(Side(shape="8gaussians"), Side(shape="moons"), 0)
    paired = [len(pool.batch(coupling, 256, (("mass", mass),)).x0) for mass in (0.2, 0.5, 0.8)]
    assert paired == sorted(paired)
    if coupling == "partial":
        assert paired == [round(256 * mass) for mass in (0.2, 0.5, 0.8)]
    pairs = pool.batch(coupling, 256, (("mass", 0.5),))
    assert pairs.cost < pool.batch("ot", 256).cost
    assert len(pairs.x0) + len(pairs.alone0) == 256


def test_pairs_of_whole_clouds_are_the_entries_of_their_plan_for_ever() -> None:
    source, target = finite(70), finite(90, 3.0)
    for of, n in ((lesson(source, target), 90), (lesson(Side(shape="gaussian"), target, pool=80), 90),
                  (lesson(Side(shape="gaussian"), Side(shape="moons"), pool=80), 80),
                  (lesson(Side(shape="gaussian"), Side(shape="moons"), pool=600), 600)):
        pairs = PooledPairs(of, WholePlanMaker(of))
        try:
            x0, x1 = pairs.draw(0, 5_000)
            assert pairs.is_ready(10**9)
            seen = {(*start, *end) for start, end in zip(x0.tolist(), x1.tolist(), strict=True)}
            again = pairs.draw(10**6, 5_000)
        finally:
            pairs.close()
        assert len(seen) <= 2 * n
        assert len({(*start, *end) for start, end in zip(*map(np.ndarray.tolist, again), strict=True)} - seen) < 0.3 * n
        assert max(len(np.unique(x, axis=0)) for x in (x0, x1)) <= n


def test_clouds_beyond_the_bound_are_draws_and_it_is_said() -> None:
    of = lesson(finite(MOST_WHOLE + 1), finite(50))
    maker = WholePlanMaker(of)
    assert maker.full == MOST_WHOLE
    assert f"{MOST_WHOLE + 1:,} points" in maker.notice
    assert not WholePlanMaker(lesson(finite(60), finite(50))).notice
    beside_a_shape = WholePlanMaker(lesson(finite(MOST_WHOLE + 1), Side(shape="moons"), pool=8192))
    assert f"A cloud has {MOST_WHOLE + 1:,} points" in beside_a_shape.notice, "the pool is not the cloud's"


def test_a_plan_that_overflows_is_told() -> None:
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match="pairs nothing; choose another mass or another"):
        UnbalancedPlan(0.5).solve(1e200 * X0, X1, W0, W1)


def test_whole_pairs_of_a_batch_are_those_of_the_plan() -> None:
    source, target = finite(70), finite(70, 3.0)
    pool = PairPool(source, target, 0)
    pool.solve_optimum()
    pairs = pool.batch("whole-ot", 2048, (("pool", 512),))
    assert pairs.optimum is not None
    assert pairs.cost == pytest.approx(pairs.optimum, rel=0.05)
    assert len(np.unique(np.concatenate([pairs.x0, pairs.x1], axis=1), axis=0)) == 70


@pytest.mark.parametrize("batch", [16, 64, 256])
def test_each_batch_of_training_has_the_least_cost_that_it_can_have(batch: int) -> None:
    pairs = RuledPairs(lesson(Side(shape="8gaussians"), Side(shape="moons"), batch=batch), best_partners)
    try:
        x0, x1 = pairs.draw(0, 3 * batch)
    finally:
        pairs.close()
    for start in range(0, 3 * batch, batch):
        one, other = x0[start:start + batch], x1[start:start + batch]
        equal = np.full(batch, 1 / batch)
        assert ((one - other) ** 2).sum(axis=1).mean() == pytest.approx(
            ot.emd2(equal, equal, squared_distances(one, other)), rel=1e-5)


def test_small_batches_pair_worse_than_large_ones_and_all_worse_than_the_clouds() -> None:
    costs = []
    for batch in (4, 16, 64, 256):
        pairs = RuledPairs(lesson(Side(shape="8gaussians"), Side(shape="moons"), batch=batch), best_partners)
        try:
            x0, x1 = pairs.draw(0, 4_096)
        finally:
            pairs.close()
        costs.append(float(((x0 - x1) ** 2).sum(axis=1).mean()))
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 1.5 * costs[-1]


def test_a_batch_too_large_for_one_plan_is_paired_in_parts() -> None:
    pairs = RuledPairs(lesson(Side(shape="point"), Side(shape="moons"), batch=4_096), best_partners)
    try:
        x0, x1 = pairs.draw(0, 4_096)
    finally:
        pairs.close()
    assert x0.shape == x1.shape == (4_096, 2)
    assert len(np.unique(x1, axis=0)) == 4_096
