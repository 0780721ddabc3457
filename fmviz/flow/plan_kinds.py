"""The kinds of plans between two sets of weighted points: exact, entropic, partial, unbalanced.

With the cost C_ij = |x0_i - x1_j|^2, counted in its mean over all pairs, and the weights w0, w1 of sum 1:

    exact        least <P, C>                                     P 1 = w0, P^T 1 = w1
    entropic     least <P, C> + epsilon KL(P | w0 w1^T)           the same marginals
    partial      least <P, C>                                     P 1 <= w0, P^T 1 <= w1, the mass of P is given
    unbalanced   least <P, C> + rho KL(P 1 | w0) + rho KL(P^T 1 | w1), rho such that the mass of P is the given one

All are solved by POT. Sinkhorn's iteration may end before it has converged: how far the columns are from w1 is told,
and what is missing is put where both sides miss it, so that the marginals are kept to rounding in any case.
Source: Cuturi, NeurIPS 2013, arXiv 1306.0895; Altschuler, Weed, Rigollet, NeurIPS 2017, arXiv 1705.09634, algorithm 2;
Chapel, Alaya, Gasso, NeurIPS 2020, arXiv 2002.08276; Chizat et al., arXiv 1607.05816.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
import ot
from numpy.typing import NDArray

from fmviz.core.errors import TrainingError
from fmviz.flow.transport import MAX_ITERATIONS, plan_seconds, solve_plan, squared_distances

Weights = NDArray[np.float64]
# Iterations cost time, and after so many they change little.
_ITERATIONS, _STOP = 1000, 3e-6
# Where a point is so many epsilons from all others, its row of the kernel would vanish. And from this epsilon down the
# exact plan's potentials save more iterations than they cost: at .01 half of the time, at .001 the plan fails without.
_VANISHED, _SHARP = 300.0, 0.03
# Smaller entries of a dense plan, as shares of its largest, are nobody's: leaving them out saves memory.
_NEGLIGIBLE = 1e-6
# Seconds of one iteration between 2,048 points; half of it is measured.
_ITERATION_SECONDS, _ITERATION_POINTS = 1.2e-2, 2048
# The blur of unbalanced plans in mean costs: without any a plan of 512 points takes a second, with this one .04 s.
_BLUR = 0.03
_LEAST_RHO, _MOST_RHO, _HALVINGS, _SEARCHED = -3.0, 2.0, 10, 256


@dataclass(frozen=True, eq=False)
class Solved:
    """A plan P (n, m), and how much of the mass the iteration left in wrong columns; None where it is exact."""

    plan: NDArray[np.float64]
    column_error: float | None = None


class PlanKind(Protocol):
    """How plans are solved.

    most: between how many points of a side at most. is_dense: whether most entries have mass.
    """

    most: ClassVar[int] = 2048
    is_dense: ClassVar[bool] = False

    def solve(self, x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> Solved:
        """Return the plan between points (n, 2) and (m, 2) of weights of sum 1.

        Raises:
            TrainingError: it pairs nothing.
        """

    def seconds(self, size: int, is_equal: bool = False) -> float:
        """Return in how many seconds one between so many points, of equal mass or not, is surely solved."""

    def fitted(self, x0: np.ndarray, x1: np.ndarray) -> PlanKind:
        """Return the same kind with what it would find out anew for each plan found out for all, by such points."""
        return self


@dataclass(frozen=True)
class ExactPlan(PlanKind):
    """Optimal transport."""

    most: ClassVar[int] = 8192

    def solve(self, x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> Solved:
        return Solved(solve_plan(x0, x1, w0, w1))

    def seconds(self, size: int, is_equal: bool = False) -> float:
        return plan_seconds(size, is_equal)


@dataclass(frozen=True)
class EntropicPlan(PlanKind):
    """Optimal transport with a blur: epsilon, in mean costs."""

    epsilon: float
    is_dense: ClassVar[bool] = True

    def solve(self, x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> Solved:
        cost = _mean_costs(x0, x1, w0, w1)
        is_far = max(cost.min(axis=0).max(), cost.min(axis=1).max()) > _VANISHED * self.epsilon
        if is_far or self.epsilon <= _SHARP:
            # The plan is the same; but now the kernel has a 1 in each row and column, and the iteration begins near.
            _, log = ot.emd(w0, w1, cost, numItermax=MAX_ITERATIONS, log=True)
            cost -= np.add.outer(log["u"], log["v"])
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what has not converged is told in our own words
            plan = ot.sinkhorn(w0, w1, cost, self.epsilon, numItermax=_ITERATIONS, stopThr=_STOP)
        plan = np.nan_to_num(np.asarray(plan, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        error = float(np.abs(plan.sum(axis=0) - w1).sum()) / 2
        plan[plan < _NEGLIGIBLE * plan.max(initial=0.0)] = 0.0
        return Solved(with_marginals(plan, w0, w1), error)

    def seconds(self, size: int, is_equal: bool = False) -> float:
        exact = plan_seconds(size, is_equal) if self.epsilon <= _SHARP else 0.0
        return exact + min(_ITERATIONS, 30 + 4 / self.epsilon) * _iteration_seconds(size)


@dataclass(frozen=True)
class PartialPlan(PlanKind):
    """Optimal transport of a share of the mass; the rest of both sides stays without a partner."""

    mass: float

    def solve(self, x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> Solved:
        if self.mass >= 1:
            return Solved(solve_plan(x0, x1, w0, w1))
        plan: NDArray[np.float64] = ot.partial.partial_wasserstein(
            w0, w1, _mean_costs(x0, x1, w0, w1), m=self.mass, numItermax=MAX_ITERATIONS)
        return Solved(plan)

    def seconds(self, size: int, is_equal: bool = False) -> float:
        return 3 * plan_seconds(size, is_equal)


@dataclass(frozen=True)
class UnbalancedPlan(PlanKind):
    """Transport of a share of the mass, of which every point may keep as much as is worth its way."""

    mass: float
    rho: float | None = None
    is_dense: ClassVar[bool] = True

    def solve(self, x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> Solved:
        cost = _mean_costs(x0, x1, w0, w1)
        plan = _unbalanced(cost, w0, w1, self._rho(cost, w0, w1) if self.rho is None else self.rho)
        if not plan.any():
            raise TrainingError(f"The unbalanced plan of a mass of {self.mass:g} has overflowed and pairs nothing; "
                                "choose another mass or another coupling.")
        plan[plan < _NEGLIGIBLE * plan.max(initial=0.0)] = 0.0
        return Solved(plan)

    def seconds(self, size: int, is_equal: bool = False) -> float:
        return 0.5 + min(_ITERATIONS, 30 / max(1e-3, 1 - self.mass)) * _iteration_seconds(size)

    def fitted(self, x0: np.ndarray, x1: np.ndarray) -> UnbalancedPlan:
        w0, w1 = (np.full(len(x), 1 / len(x)) for x in (x0, x1))
        return replace(self, rho=self._rho(_mean_costs(x0, x1, w0, w1), w0, w1))

    def _rho(self, cost: NDArray[np.float64], w0: Weights, w1: Weights) -> float:
        """Return the rho of a plan of the wanted mass, which grows with rho and hardly with the number of points."""
        rows, columns = (np.linspace(0, len(w) - 1, min(len(w), _SEARCHED)).round().astype(int) for w in (w0, w1))
        few = cost[np.ix_(rows, columns)], w0[rows] / w0[rows].sum(), w1[columns] / w1[columns].sum()
        low, high = _LEAST_RHO, _MOST_RHO
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _unbalanced(*few, 10.0**middle).sum() < self.mass else (low, middle)
        return float(10.0 ** ((low + high) / 2))


def with_marginals(plan: NDArray[np.float64], w0: Weights, w1: Weights) -> NDArray[np.float64]:
    """Return a plan near the given one whose rows and columns have the masses w0 and w1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        plan = plan * np.nan_to_num(np.minimum(1, w0 / plan.sum(axis=1)), nan=0.0)[:, None]
        plan *= np.nan_to_num(np.minimum(1, w1 / plan.sum(axis=0)), nan=0.0)
    missing0, missing1 = (np.maximum(0, w - plan.sum(axis=axis)) for w, axis in ((w0, 1), (w1, 0)))
    missing = missing1.sum()
    # To rounding nothing is missing where the plan was right; then there is nothing to put anywhere.
    return plan + np.outer(missing0, missing1 / missing) if missing > 1e-12 else plan


def _mean_costs(x0: np.ndarray, x1: np.ndarray, w0: Weights, w1: Weights) -> NDArray[np.float64]:
    """Return squared distances in units of their mean over all pairs; points all in one place have none."""
    cost = squared_distances(x0, x1)
    mean = float(w0 @ cost @ w1)
    return cost / mean if mean > 0 else cost


def _unbalanced(cost: NDArray[np.float64], w0: Weights, w1: Weights, rho: float) -> NDArray[np.float64]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        plan = ot.unbalanced.sinkhorn_unbalanced(w0, w1, cost, _BLUR, rho, method="sinkhorn", numItermax=_ITERATIONS,
                                                 stopThr=1e-4)
    return np.nan_to_num(np.asarray(plan, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _iteration_seconds(size: int) -> float:
    return _ITERATION_SECONDS * (size / _ITERATION_POINTS) ** 2
