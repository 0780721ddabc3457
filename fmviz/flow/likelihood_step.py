"""One training step of a normalizing flow: the gradient of the negative log-likelihood by autograd, then Adam.

    loss = -mean over the batch of log p(y)      log p(y) = log N(z; 0, I) + log |det dz/dy|      z = T^-1(y)

y are target points without units; in world units the loss is larger by log det of their scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from fmviz.flow.normalizing import MapLayout
from fmviz.flow.spline import bent_by_splines
from fmviz.flow.step import Adam

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
