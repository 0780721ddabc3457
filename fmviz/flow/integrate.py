"""Carries points along dx/dt = v(x, t) from t = 0 to 1, with one of `core.solvers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from fmviz.core.solvers import SOLVERS

VectorField = Callable[[Tensor, float], Tensor]


def integration_states(field: VectorField, x0: Tensor, n_steps: int, solver: str) -> Iterator[Tensor]:
    """Yield the n_steps + 1 states x (N, 2) at t = k / n_steps, beginning with x0 itself."""
    table = SOLVERS[solver]
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
