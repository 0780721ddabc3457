"""Plans keep the clouds' masses and cost least, tables draw as the plan says."""

import itertools

import numpy as np
import pytest

from fmviz.flow.transport import solve_plan, solve_potentials, squared_distances, table_of


def clouds(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n + m)
    return rng.normal(size=(n, 2)).astype(np.float32), rng.normal(2, 3, size=(m, 2)).astype(np.float32)


def test_squared_distances_are_exact_far_from_the_origin():
    a = np.array([[1e6, 0.0], [1e6 + 1, 0.0]])
    np.testing.assert_array_equal(squared_distances(a, a), [[0, 1], [1, 0]])


def test_the_plan_of_few_points_is_the_best_of_all_permutations():
    x0, x1 = clouds(6, 6)
    cost = squared_distances(x0, x1)
    best = min(sum(cost[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(6)))
    assert (solve_plan(x0, x1) * cost).sum() * 6 == pytest.approx(best)


def test_a_plan_keeps_masses_of_unequal_clouds():
    x0, x1 = clouds(30, 47)
    weights = np.random.default_rng(0).random(47)
    plan = solve_plan(x0, x1, None, weights)
    np.testing.assert_allclose(plan.sum(1), 1 / 30)
    np.testing.assert_allclose(plan.sum(0), weights / weights.sum())


def test_a_table_draws_rows_and_columns_as_often_as_the_plan_says():
    x0, x1 = clouds(5, 8)
    weights0 = np.array([0.1, 0.2, 0.3, 0.4, 0.0])
    plan = solve_plan(x0, x1, weights0, None)
    drawn0, drawn1 = table_of(plan, x0, x1).draw(200_000, np.random.default_rng(1))
    rows = (drawn0[:, None] == x0).all(2).argmax(1)
    columns = (drawn1[:, None] == x1).all(2).argmax(1)
    counts = np.zeros_like(plan)
    np.add.at(counts, (rows, columns), 1 / len(rows))
    np.testing.assert_allclose(counts, plan, atol=0.005)
    assert not counts[plan == 0].any()


def test_equal_clouds_are_drawn_equally_often():
    x0, x1 = clouds(40, 40)
    table = table_of(solve_plan(x0, x1), x0, x1)
    assert table.mass is None
    assert len(table.x0) == 40


def test_potentials_prove_that_the_plan_costs_least():
    """The dual's value is the plan's cost, and no pair is below its two potentials."""
    x0, x1 = clouds(40, 70)
    weights0, weights1 = (np.random.default_rng(n).random(n) + 0.1 for n in (40, 70))
    weights0, weights1 = weights0 / weights0.sum(), weights1 / weights1.sum()
    cost, g = squared_distances(x0, x1), solve_potentials(x0, x1, weights0, weights1)
    u = (cost - g).min(axis=1)
    best = (solve_plan(x0, x1, weights0, weights1) * cost).sum()
    assert u @ weights0 + g @ weights1 == pytest.approx(best)
