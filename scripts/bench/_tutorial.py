"""The loop that tutorials of conditional flow matching show, for comparison: small network, a plan in every batch.

Three hidden layers of 64 SELU units on (x, t), Adam at 1e-3, batches of 256, exact optimal transport by `ot.emd`
within each batch and pairs drawn from the plan with replacement. No averaging, no schedule, no scaling.
"""

from __future__ import annotations

import time

import numpy as np
import ot
import torch

from fmviz.core.cloud import Side

BATCH, WIDTH, RATE = 256, 64, 1e-3


class TutorialLoop:
    """Trains for a time and carries points."""

    def __init__(self, source: Side, target: Side, seed: int) -> None:
        self._source, self._target = source, target
        self._rng = np.random.default_rng([seed, 20])
        torch.manual_seed(seed)
        self.network = torch.nn.Sequential(
            torch.nn.Linear(3, WIDTH), torch.nn.SELU(), torch.nn.Linear(WIDTH, WIDTH), torch.nn.SELU(),
            torch.nn.Linear(WIDTH, WIDTH), torch.nn.SELU(), torch.nn.Linear(WIDTH, 2),
        )
        self._adam = torch.optim.Adam(self.network.parameters(), lr=RATE)
        self.step = 0

    def train(self, seconds: float) -> float:
        """Train so long; return steps per second."""
        first, began = self.step, time.perf_counter()
        while time.perf_counter() - began < seconds:
            self._one_step()
        return (self.step - first) / (time.perf_counter() - began)

    def _one_step(self) -> None:
        x0, x1 = (side.sample(BATCH, self._rng) for side in (self._source, self._target))
        plan = ot.emd(np.full(BATCH, 1 / BATCH), np.full(BATCH, 1 / BATCH), ot.dist(x0, x1).astype(np.float64))
        cells = self._rng.choice(BATCH * BATCH, BATCH, p=(plan / plan.sum()).ravel())
        rows, columns = np.divmod(cells, BATCH)
        a, b = (torch.from_numpy(x.astype(np.float32)) for x in (x0[rows], x1[columns]))
        t = torch.rand(BATCH, 1)
        velocity = self.network(torch.cat([(1 - t) * a + t * b, t], dim=1))
        self._adam.zero_grad()
        ((velocity - (b - a)) ** 2).mean().backward()
        self._adam.step()
        self.step += 1

    @torch.no_grad()
    def carry(self, x0: np.ndarray, n_steps: int = 100) -> np.ndarray:
        """Return the ends (n, 2) of n_steps midpoint steps."""
        x = torch.from_numpy(x0.astype(np.float32))
        for k in range(n_steps):
            half = x + self._velocity(x, k / n_steps) / (2 * n_steps)
            x = x + self._velocity(half, (k + 0.5) / n_steps) / n_steps
        return x.numpy()

    def _velocity(self, x: torch.Tensor, t: float) -> torch.Tensor:
        return self.network(torch.cat([x, torch.full((len(x), 1), t)], dim=1))
