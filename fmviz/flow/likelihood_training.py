"""The training of a lane whose model is a normalizing flow: target points in, averaged weights out. A step takes the
gradient of the negative log-likelihood by autograd, then Adam.

    loss = -mean over the batch of log p(y)      log p(y) = log N(z; 0, I) + log |det dz/dy|      z = T^-1(y)

y are target points without units; in world units the loss is larger by log det of their scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from fmviz.core.cloud import FloatArray
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.flow.map_model import MapField, frame_of_map, map_layout
from fmviz.flow.normalizing import MapLayout, OneStepMap, initial_map, map_units, map_weights, read_map
from fmviz.flow.pools import batches_in_chunk
from fmviz.flow.spline import bent_by_splines
from fmviz.flow.step import Adam
from fmviz.flow.train import Training

_LOG_NORMAL = math.log(2.0 * math.pi)


class LikelihoodStep(Adam):
    """A normalizing flow's optimisation and the operation that advances it."""

    def __init__(self, layout: MapLayout, parameters: Tensor, batch: int) -> None:
        super().__init__(parameters)
        # The gradient of so many rows takes as long as an evaluation of twice as many.
        self.batch, self._rows = batch, max(1, layout.rows // 2)
        self._transforms = layout.bound(self.parameters, self.gradient)
        self._is_spline = layout.transform == "spline"

    def passes(self, y: Tensor, row: Tensor) -> Iterator[None]:
        """Advance by one batch y (B, 2), row (ROW,) of `schedule_rows`, in pieces with a pause after each."""
        self.gradient.zero_()
        total = torch.zeros((), device=self.device)
        for start in range(0, self.batch, self._rows):
            part = y[start:start + self._rows]
            z, log_det = (bent_by_splines(self._transforms, part) if self._is_spline else
                          self._transforms().call_and_ladj(part))
            loss = ((z * z).sum() / 2 - log_det.sum()) / self.batch
            yield
            loss.backward()
            total = total + loss.detach()
            yield
        self.loss.copy_(total + _LOG_NORMAL)
        self.advance(row)


class LikelihoodTrainer(Training):
    """One lane's map and its training; its loss is the mean negative log-likelihood, nats per square world unit.

    Args:
        project, lane, device, weights, first_step: as of a `train.Trainer`.
    Raises:
        ConfigError: the weights do not fit the lane's map, or there can be none between the sides.
    """

    def __init__(self, project: Project, lane: int, device: torch.device,
                 weights: Mapping[str, np.ndarray] | None = None, first_step: int = 0, *_: object) -> None:
        super().__init__(project, lane, device, first_step, weights is not None)
        self.layout = map_layout(self.config, weights)
        if weights is None:
            self.units = map_units(project.source, project.target)
            self._good = initial_map(self.layout, torch.Generator().manual_seed(self.config.seed))
        else:
            self._good, self.units = read_map(self.layout, weights)
        self.frame = frame_of_map(self.units)
        self._core: LikelihoodStep | None = None
        self._rng = stream(self.config.seed, Stream.TARGET_BATCHES, first_step)

    def field(self) -> MapField:
        return MapField(OneStepMap(self.layout, self._average, self.units))

    def weights(self) -> dict[str, FloatArray]:
        return map_weights(self.layout, self._average, self.units)

    def _steps(self) -> Iterator[None]:
        batch, units = self.config.batch, self.units
        if self._core is None:
            self._core = LikelihoodStep(self.layout, self._good.to(self.device), batch)
        yield
        self._keep()
        count = batches_in_chunk(batch)
        while not self.is_done:
            if self._budget_s == 0:
                count = min(count, self.total_steps - self.step)
            x1 = self._project.target.sample(count * batch, self._rng)
            y = torch.from_numpy(((x1 - units.mean1) / units.scale1).astype(np.float32))
            yield from self._learn((y.view(count, batch, 2).to(self.device),), count)

    def _rates(self, count: int) -> list[float]:
        return [self.layout.rate * rate for rate in super()._rates(count)]

    def _one_step(self, batch: tuple[Tensor, ...], row: Tensor) -> Iterator[None]:
        assert self._core is not None
        yield from self._core.passes(batch[0], row)

    def _in_world(self, loss: float) -> float:
        return loss + self.units.log_unit
