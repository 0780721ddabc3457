"""Integrating dx/dt = v(x, t) from t = 0 to 1: in equal steps, or in steps that a tolerance chooses.

One step is the same for all points of a batch, as in torchdiffeq: a network is evaluated for many points at one t, so
that evaluations are counted along each trajectory, and steps of each point's own would need as many networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fmviz.core.solvers import SOLVERS, Embedded, Solver

VectorField = Callable[[Tensor, float], Tensor]
# Of the step that should just keep the tolerance; how much a step may grow and shrink at once.
_SAFETY, _GROWTH, _SHRINKAGE = 0.9, 10.0, 0.2
# No step is chosen shorter, whatever its error, and one that is hardly longer is not refused: a field that diverges
# ends too, also where less than two of them are left.
SHORTEST_STEP = 1 / 2_000
_HARDLY_LONGER = 1.6


def integration_states(field: VectorField, x0: Tensor, n_steps: int, solver: str, first: int = 0,
                       last: int | None = None, *,
                       renewed: Callable[[Tensor, float, float], Tensor] | None = None) -> Iterator[Tensor]:
    """Yield the states x (N, 2) at t = k / n_steps from k = first, where it is x0 itself, to last; None is n_steps.

    Args:
        renewed: what becomes of a state after each step, from its t to a later one.
    """
    table = SOLVERS[solver]
    dt = 1.0 / n_steps
    x = x0
    yield x
    for k in range(first, n_steps if last is None else last):
        x = _sum(x, _slopes(field, x, table, [(k + c) / n_steps for c in table.c], dt), table.b, dt)
        x = x if renewed is None else renewed(x, k / n_steps, (k + 1) / n_steps)
        yield x


@dataclass(frozen=True, eq=False)
class AdaptiveStep:
    """A step that was accepted: from the state x0 at t0 to x1 at t1, after nfe evaluations of the field in all."""

    t0: float
    t1: float
    x0: Tensor
    x1: Tensor
    nfe: int
    slopes: tuple[Tensor, ...]
    embedded: Embedded

    def at(self, share: float) -> Tensor:
        """Return the state at a share of the step, as exact as a method of order 4; x1 itself at 1."""
        if share == 1:
            return self.x1
        weights = [sum(weight * share ** (power + 1) for power, weight in enumerate(row)) for row in
                   self.embedded.dense]
        return _sum(self.x0, self.slopes, weights, self.t1 - self.t0)


def adaptive_steps(field: VectorField, x0: Tensor, solver: str, tolerance: float,
                   times: Sequence[float] = ()) -> Iterator[AdaptiveStep | None]:
    """Yield the steps of an adaptive solver from t = 0 to 1, and None after each step that was refused.

        error = rms over points and axes of  h sum_i e_i k_i / (tolerance (1 + max(|x at t0|, |x at t1|)))  <=  1

    Args:
        tolerance: in the unit of x, and as a share of it.
        times: if given, the times at which steps end, ascending from 0 to 1: nothing is refused then.
    Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.4.
    """
    table = SOLVERS[solver]
    assert table.embedded is not None
    t, x, first, nfe = 0.0, x0, field(x0, 0.0), 1
    if len(times) == 0:
        step, nfe = _first_step(field, x0, first, table.order, tolerance), 2
    k, was_refused = 1, False
    while t < 1.0:
        # Of chosen steps no shorter one is left over at the end.
        end = float(times[k]) if len(times) else t + step if t + step <= 1.0 - SHORTEST_STEP / 2 else 1.0
        h = end - t
        slopes = _slopes(field, x, table, [*(t + c * h for c in table.c[:-1]), end], h, first)
        x1 = _sum(x, slopes, table.b, h)
        slopes.append(field(x1, end))
        nfe += len(table.b)
        if len(times) == 0:
            error = _error(x, x1, slopes, table.embedded, h, tolerance)
            if error > 1 and h > _HARDLY_LONGER * SHORTEST_STEP:
                step = max(h * max(_SHRINKAGE, _SAFETY * error ** (-1 / table.order)), SHORTEST_STEP)
                was_refused = True
                yield None
                continue
            growth = _GROWTH if error == 0 else _SAFETY * error ** (-1 / table.order)
            step = max(h * min(1.0 if was_refused else _GROWTH, max(growth, _SHRINKAGE)), SHORTEST_STEP)
        done = AdaptiveStep(t, end, x, x1, nfe, tuple(slopes), table.embedded)
        t, x, first, k, was_refused = end, x1, slopes[-1], k + 1, False
        yield done


def _slopes(field: VectorField, x: Tensor, table: Solver, times: Sequence[float], h: float,
            first: Tensor | None = None) -> list[Tensor]:
    """Return the velocities of the stages; `first` is that of the first one, if it is known."""
    slopes: list[Tensor] = []
    for t, weights in zip(times, table.a, strict=True):
        slopes.append(first if first is not None and not slopes else field(_sum(x, slopes, weights, h), t))
    return slopes


def _sum(x: Tensor, slopes: Sequence[Tensor], weights: Sequence[float], h: float) -> Tensor:
    for weight, slope in zip(weights, slopes, strict=True):
        if weight:
            x = torch.add(x, slope, alpha=h * weight)
    return x


def _first_step(field: VectorField, x0: Tensor, first: Tensor, order: int, tolerance: float) -> float:
    """Return how long the first step may be, after one evaluation: as far as an Euler step shows no bend."""
    scale = tolerance * (1 + x0.abs())
    size, speed = _rms(x0 / scale), _rms(first / scale)
    if not math.isfinite(speed):
        return SHORTEST_STEP
    short = 1e-6 if min(size, speed) < 1e-5 else min(0.01 * size / speed, 1.0)
    bend = _rms((field(x0 + short * first, short) - first) / scale) / short
    most = max(speed, bend)
    longer = max(1e-6, 1e-3 * short) if most <= 1e-15 else (0.01 / most) ** (1 / order)
    return max(min(100 * short, longer, 1.0), SHORTEST_STEP)


def _error(x0: Tensor, x1: Tensor, slopes: Sequence[Tensor], embedded: Embedded, h: float, tolerance: float) -> float:
    """Return the error of a step in tolerances; infinite where the field is."""
    scale = tolerance * (1 + torch.maximum(x0.abs(), x1.abs()))
    error = _rms(_sum(torch.zeros_like(x0), slopes, embedded.error, h) / scale)
    return error if error < float("inf") else float("inf")


def _rms(x: Tensor) -> float:
    return float(torch.linalg.vector_norm(x.double())) / math.sqrt(max(1, x.numel()))
