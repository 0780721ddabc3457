"""The training of a lane whose model is a normalizing flow: target points in, averaged weights out. A step takes the
gradient of the negative log-likelihood by autograd, then Adam.

    loss = -mean over the batch of log p(y)      log p(y) = log N(z; 0, I) + log |det dz/dy|      z = T^-1(y)

y are target points without units; in world units the loss is larger by log det of their scale.

A spline flow is trained by zuko's transforms in fewer operations, the spline's gradient by hand: a step of the default
batch takes two thirds of the time. A transform bends one coordinate by splines that are all alike, the other one by
splines that a network makes of the first. Between two knots, w and h apart, with slopes d0 and d1 there, at the share z
of the way to (x1, y1):

    y = y1 - h + h N / D      N = s z^2 + d0 q      D = s + (d0 + d1 - 2 s) q      s = h / w      q = z (1 - z)
    dy/dx = s^2 M / D^2       M = 2 s q + d0 (1 - z)^2 + d1 z^2

Source: Durkan et al., NeurIPS 2019, arXiv 1906.04032, equations 4 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, pad

from fmviz.core.cloud import FloatArray
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.flow.normalizing import (
    MapLayout,
    OneStepMap,
    initial_map,
    map_layout,
    map_units,
    map_weights,
    read_map,
)
from fmviz.flow.pools import batches_in_chunk
from fmviz.flow.step import Adam
from fmviz.flow.train import Training

_LOG_NORMAL = math.log(2.0 * math.pi)
# zuko's: it is the identity beyond +-5, and slopes are between .001 and 1,000.
_BOUND, _LOG_SLOPE = 5.0, math.log(1e-3)


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
        self.frame = self.units.frame
        self._core: LikelihoodStep | None = None
        self._rng = stream(self.config.seed, Stream.TARGET_BATCHES, first_step)

    def field(self) -> OneStepMap:
        return OneStepMap(self.layout, self._average, self.units)

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


def bent_by_splines(transforms: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what the transforms of a `zuko.flows.NSF` of two coordinates make of x (B, 2), and log |det| (B,)."""
    log_det = torch.zeros(len(x), device=x.device)
    for transform in transforms.transforms:
        layers = [layer for layer in transform.hyper if hasattr(layer, "weight")]
        first = int(transform.order.argmin())  # it is bent without a look at the other one
        h = x[:, first, None]
        for number, layer in enumerate(layers[:-1]):
            h = torch.relu(linear(h, layer.weight if number else layer.weight[:, first, None], layer.bias))
        weight, bias = (part.unflatten(0, (2, -1)) for part in (layers[-1].weight, layers[-1].bias))
        bent = linear(h, weight[1 - first], bias[1 - first])
        alike = bias[first].expand_as(bent)
        bins = (bent.shape[1] + 1) // 3
        made = torch.stack((alike, bent) if first == 0 else (bent, alike), dim=1)
        x, log = Spline.apply(x, *torch.split(made, [bins, bins, bins - 1], dim=-1))  # type: ignore[no-untyped-call]
        log_det = log_det + log.sum(dim=-1)
    return x, log_det


class Spline(torch.autograd.Function):
    """x (...), widths and heights (..., K), slopes (..., K - 1), all unconstrained -> y (...), log dy/dx (...)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, widths: Tensor, heights: Tensor, derivatives: Tensor) -> tuple[Tensor, Tensor]:
        raw = torch.stack((widths, heights), dim=-2)
        shrunk, shrunk_slopes = (value.mul(factor / _LOG_SLOPE).abs_().add_(1) for value, factor in
                                 ((raw, 2), (derivatives, 1)))
        shares = torch.softmax(raw / shrunk, dim=-1)
        ends = shares.cumsum(dim=-1).mul_(2 * _BOUND).sub_(_BOUND)
        slopes = (derivatives / shrunk_slopes).exp_()
        k = (ends[..., 0, :] < x[..., None]).sum(dim=-1, keepdim=True).clamp_(max=shares.shape[-1] - 1)
        inside = x.abs() < _BOUND
        of_both = k[..., None].expand(*shares.shape[:-1], 1)
        w, h = shares.gather(-1, of_both).squeeze(-1).mul_(2 * _BOUND).unbind(-1)
        x1, y1 = ends.gather(-1, of_both).squeeze(-1).unbind(-1)
        knots = torch.cat((k, k + 1), dim=-1)
        d0, d1 = pad(slopes, (1, 1), value=1.0).gather(-1, knots).unbind(-1)
        s, u = h / w, torch.where(inside, x1 - x, 0.0) / w
        z = 1 - u
        q = z * u
        n, d, m = s * z * z + d0 * q, s + (d0 + d1 - 2 * s) * q, 2 * s * q + d0 * u * u + d1 * z * z
        ctx.save_for_backward(shares, shrunk, slopes, shrunk_slopes, knots, inside, w, h, d0, d1, s, z, n, d, m)
        return torch.where(inside, y1 - h + h * n / d, x), torch.where(inside, 2 * (s / d).log() + m.log(), 0.0)

    @staticmethod
    def backward(ctx: Any, of_y: Tensor, of_log: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        shares, shrunk, slopes, shrunk_slopes, knots, inside, w, h, d0, d1, s, z, n, d, m = ctx.saved_tensors
        y, log = of_y * inside, of_log * inside
        u = 1 - z
        q, bend = z * u, d0 + d1 - 2 * s
        of_n, of_m = y * h / d, log / m
        of_d = -(of_n * n + 2 * log) / d
        of_q = of_n * d0 + of_d * bend + 2 * s * of_m
        of_z = of_q * (u - z) + 2 * z * s * of_n + 2 * of_m * (d1 * z - d0 * u)
        of_s = of_n * z * z + of_d * (1 - 2 * q) + 2 * q * of_m + 2 * log / s
        of_x = of_z / w
        both = torch.stack((of_n * q + of_d * q + of_m * u * u, of_d * q + of_m * z * z), dim=-1)
        of_slopes = torch.zeros(*slopes.shape[:-1], slopes.shape[-1] + 2, dtype=slopes.dtype, device=slopes.device)
        of_slopes.scatter_(-1, knots, both)
        # A bin's far end is the sum of all shares up to its own; its width and height are its own share alone.
        k = knots[..., :1]
        upto = torch.arange(shares.shape[-1], device=k.device) <= k
        of_shares = torch.stack((-of_x, y), dim=-1)[..., None] * upto[..., None, :]
        of_shares.scatter_add_(-1, k[..., None].expand(*shares.shape[:-1], 1), torch.stack(
            (of_x * u - of_s * s / w, y * (n / d - 1) + of_s / w), dim=-1)[..., None])
        of_shares.mul_(2 * _BOUND)
        of_raw = shares * (of_shares - (of_shares * shares).sum(dim=-1, keepdim=True)) / (shrunk * shrunk)
        return (torch.where(inside, of_x, of_y), *of_raw.unbind(-2),
                of_slopes[..., 1:-1] * slopes / (shrunk_slopes * shrunk_slopes))
