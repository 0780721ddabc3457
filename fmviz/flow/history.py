"""Curves that stay small however long training lasts: means over bins, twice as wide whenever there are too many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fmviz.core.cloud import FloatArray

MOST_POINTS = 1_000
_RECENT = 100
_LARGEST = float(np.finfo(np.float32).max)


class LossHistory:
    """Mean loss of each bin of steps, from the first step on."""

    def __init__(self) -> None:
        self._bin_steps = 1
        self._step: list[float] = []
        self._mean: list[float] = []
        self._sum, self._count = 0.0, 0
        self._recent: list[float] = []

    def add(self, last_step: int, losses: Sequence[float]) -> None:
        """Add the losses of consecutive steps, the last of which is `last_step`."""
        for step, loss in enumerate(losses, last_step - len(losses) + 1):
            if not np.isfinite(loss):
                continue
            self._sum += loss
            self._count += 1
            if self._count >= self._bin_steps:
                self._close_bin(step)
        self._recent = [*self._recent, *losses][-_RECENT:]

    @property
    def latest(self) -> float | None:
        """Mean of the last 100 losses, or None before the first."""
        finite = [loss for loss in self._recent if np.isfinite(loss)]
        return float(np.mean(finite)) if finite else None

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return steps and means, (P,) each with P <= MOST_POINTS."""
        return bounded(self._step), bounded(self._mean)

    def _close_bin(self, step: int) -> None:
        self._step.append(step)
        self._mean.append(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        if len(self._step) >= MOST_POINTS:
            self._step = self._step[1::2]
            self._mean = [(a + b) / 2 for a, b in zip(self._mean[::2], self._mean[1::2], strict=True)]
            self._bin_steps *= 2


class ValueHistory:
    """Values at some steps, thinned to every second one whenever there are too many; the newest stays."""

    def __init__(self) -> None:
        self._step: list[float] = []
        self._value: list[float] = []

    def add(self, step: int, value: float) -> None:
        """Add one value."""
        self._step.append(step)
        self._value.append(value)
        if len(self._step) > MOST_POINTS:
            self._step, self._value = self._step[::2], self._value[::2]

    @property
    def latest(self) -> float | None:
        """The newest value, or None."""
        return self._value[-1] if self._value else None

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return steps and values, (P,) each."""
        return bounded(self._step), bounded(self._value)


def bounded(values: Sequence[float]) -> FloatArray:
    """Return float32 values; what float32 cannot hold becomes its largest number."""
    return np.clip(np.asarray(values, dtype=np.float64), -_LARGEST, _LARGEST).astype(np.float32)
