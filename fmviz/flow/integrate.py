"""Solvers of dx/dt = v(x, t) from t = 0 to 1: an explicit Runge-Kutta step is a table and a few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

VectorField = Callable[[Tensor, float], Tensor]


@dataclass(frozen=True)
class Tableau:
    """Butcher tableau of an explicit method.

    Args:
        order: global order of convergence.
        c: times of the stages, in steps.
        a: row i holds the weights of stages 0..i-1 in the state of stage i.
        b: weights of the stages in the step.
    Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.1.
    """

    order: int
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]

    @property
    def stages(self) -> int:
        """Evaluations of the field in each step."""
        return len(self.b)


TABLEAUX: dict[str, Tableau] = {
    "euler": Tableau(1, (0.0,), ((),), (1.0,)),
    "midpoint": Tableau(2, (0.0, 0.5), ((), (0.5,)), (0.0, 1.0)),
    "heun": Tableau(2, (0.0, 1.0), ((), (1.0,)), (0.5, 0.5)),
    "rk4": Tableau(4, (0.0, 0.5, 0.5, 1.0), ((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
                   (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}


def steps_for(solver: str, nfe: int) -> int:
    """Return the whole number of steps, at least 1, that spends at most nfe evaluations."""
    return max(1, nfe // TABLEAUX[solver].stages)


def integration_states(field: VectorField, x0: Tensor, n_steps: int, solver: str) -> Iterator[Tensor]:
    """Yield the n_steps + 1 states x (N, 2) at t = k / n_steps, beginning with x0 itself."""
    table = TABLEAUX[solver]
    dt = 1.0 / n_steps
    x = x0
    yield x
    for k in range(n_steps):
        slopes: list[Tensor] = []
        for c, weights in zip(table.c, table.a, strict=True):
            y = x
            for weight, slope in zip(weights, slopes, strict=True):
                if weight:
                    y = torch.add(y, slope, alpha=dt * weight)
            slopes.append(field(y, (k + c) / n_steps))
        for weight, slope in zip(table.b, slopes, strict=True):
            if weight:
                x = torch.add(x, slope, alpha=dt * weight)
        yield x
