"""Theorem 1 at the weights of a flow: the gradients of both losses over the same samples, in batches of many sizes.

A gradient of a batch is the mean of those of its halves, so one pass over all samples, in the smallest batches, tells
of all sizes. Times are stratified within each of those: 64 times of 4 samples.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.marginal import MarginalField
from fmviz.core.panels import BATCH_SIZES, FEWEST_SAMPLES, MOST_SAMPLES, Gradients
from fmviz.core.project import LearnedFlow
from fmviz.core.streams import Stream, stream
from fmviz.flow.network import Layout, place_features, read_weights, time_features, waves
from fmviz.flow.step import Step
from fmviz.flow.units import MovingFrame

_TIMES, _ROUNDS = 64, 4
# The share of a round that the velocities take, for the progress; and how often there is news.
_VELOCITIES, _NEWS = 0.5, 8


def gradient_test(flow: LearnedFlow, exact: MarginalField,
                  rounds: int = _ROUNDS) -> Generator[Gradients | None, None, Gradients]:
    """Compare the gradients; what is known so far is yielded now and then.

    Args:
        rounds: how many batches of the largest size.
    Raises:
        ConfigError: the weights do not fit the settings.
    """
    config = flow.project.lanes[0]
    layout = Layout(config.width, config.depth)
    flat, units = read_weights(layout, flow.weights)
    frame, step = MovingFrame(units, config.full_path), Step(layout, flat, FEWEST_SAMPLES)
    halves, sums = _Halves(layout.size), _Sums(units.scale**2)
    rng = stream(config.seed, Stream.GRADIENTS)

    def news(round_: int, done: float) -> Gradients:
        return _gradients(halves, sums, exact.words, (round_ + done) / rounds)

    yield news(0, 0.0)
    for round_ in range(rounds):
        samples = None
        for part, made in _samples(exact, frame, rng):
            samples = made
            yield news(round_, _VELOCITIES * part) if int(part * _TIMES) % _NEWS == 0 else None
        assert samples is not None
        blocks = MOST_SAMPLES // FEWEST_SAMPLES
        for block in range(blocks):
            inputs, ut, u = (values[block] for values in samples)
            both = []
            for wanted in (ut, u):
                yield from step.gradient_passes(inputs, wanted)
                both.append((step.gradient.clone(), float(step.loss)))
            halves.add(both[0][0], both[1][0])
            sums.add(both[0][1], both[1][1], float(((ut - u) ** 2).sum(dim=1).mean()))
            if (block + 1) % (blocks // _NEWS) == 0 and block + 1 < blocks:
                yield news(round_, _VELOCITIES + (1 - _VELOCITIES) * (block + 1) / blocks)
    return news(rounds, 0.0)


def _samples(exact: MarginalField, frame: MovingFrame, rng: np.random.Generator) -> Generator[
        tuple[float, tuple[Tensor, Tensor, Tensor] | None], None, None]:
    """Draw the samples of one round; yield how much is done, and at last of its K smallest batches the inputs
    (K, FEWEST_SAMPLES, INPUTS), the velocities of their pairs and the exact ones, (K, FEWEST_SAMPLES, 2) each, in the
    moving frame.
    """
    each, scale, vectors = MOST_SAMPLES // _TIMES, frame.units.scale, waves()
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    for k, t in enumerate(((np.arange(_TIMES) + rng.random(_TIMES)) / _TIMES).tolist()):
        xt, ut = exact.moving(t, each, rng)
        z = torch.from_numpy(frame.to_unit(xt, t))
        inputs = torch.cat([place_features(z, vectors), time_features(torch.full((each, 1), t))], dim=1)
        drift = frame.drift(t)
        own, marginal = (torch.from_numpy(((v - drift) / scale).astype(np.float32)) for v in
                         (ut, exact.velocity(xt, t)))
        parts.append((inputs, own, marginal))
        yield (k + 1) / _TIMES, None
    # A batch has as many samples of each time.
    whole = [torch.stack(values, dim=1).reshape(-1, FEWEST_SAMPLES, values[0].shape[1])
             for values in zip(*parts, strict=True)]
    yield 1.0, (whole[0], whole[1], whole[2])


class _Halves:
    """Gradients of batches of all sizes, from those of the smallest as they come."""

    def __init__(self, size: int) -> None:
        self._waiting: list[tuple[Tensor, Tensor] | None] = [None] * len(BATCH_SIZES)
        self._total, self._count = torch.zeros(size, dtype=torch.float64), 0
        self.cosines: list[list[float]] = [[] for _ in BATCH_SIZES]
        self.gaps: list[list[float]] = [[] for _ in BATCH_SIZES]

    def add(self, cfm: Tensor, fm: Tensor) -> None:
        """Take the gradients (P,) of one of the smallest batches."""
        self._total += fm
        self._count += 1
        for level in range(len(BATCH_SIZES)):
            norms = float(cfm.norm() * fm.norm())
            self.cosines[level].append(float(torch.dot(cfm, fm)) / norms if norms > 0 else np.nan)
            self.gaps[level].append(float(((cfm - fm) ** 2).sum()))
            waiting = self._waiting[level]
            if waiting is None:
                self._waiting[level] = cfm, fm
                return
            self._waiting[level] = None
            cfm, fm = (waiting[0] + cfm) / 2, (waiting[1] + fm) / 2

    @property
    def size(self) -> float:
        """|g_FM| of all samples so far."""
        return float(self._total.norm()) / max(1, self._count)


class _Sums:
    """Losses of the smallest batches, squared world units per t.

    Args:
        scale: of the frame's units, squared.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._values: list[tuple[float, float, float]] = []

    def add(self, cfm: float, fm: float, constant: float) -> None:
        self._values.append((cfm, fm, constant))

    def means(self) -> tuple[float | None, float | None, float | None, float | None]:
        """Return L_CFM, L_FM, the constant, and the error of what they leave."""
        if len(self._values) < 2:
            return None, None, None, None
        values: NDArray[np.float64] = self._scale * np.array(self._values)
        rest = values[:, 0] - values[:, 1] - values[:, 2]
        cfm, fm, constant = values.mean(axis=0).tolist()
        return cfm, fm, constant, float(rest.std(ddof=1)) / len(values) ** 0.5


def _gradients(halves: _Halves, sums: _Sums, note: str, done: float) -> Gradients:
    known = [k for k in range(len(BATCH_SIZES)) if halves.cosines[k]]
    size = halves.size
    cosines, gaps = ([np.array(values[k]) for k in known] for values in (halves.cosines, halves.gaps))
    return Gradients(
        np.array([BATCH_SIZES[k] for k in known], dtype=np.int64), np.array([len(values) for values in cosines],
                                                                      dtype=np.int64),
        np.array([values.mean() for values in cosines]), np.array([values.std() for values in cosines]),
        np.array([np.sqrt(values.mean()) / size if size > 0 else np.nan for values in gaps]), *sums.means(), note, done)
