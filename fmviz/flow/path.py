"""Conditional paths between the two points of a pair, and the velocity that the network learns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Path = Callable[[Tensor, Tensor, Tensor, float, torch.Generator], tuple[Tensor, Tensor]]


def straight_path(x0: Tensor, x1: Tensor, t: Tensor, sigma: float, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw points on the straight path and their velocities.

        xt = (1 - t) x0 + t x1 + sigma eps        ut = x1 - x0

    Args:
        x0, x1: (..., 2) paired points.
        t: (..., 1) times in [0, 1].
        sigma: path noise, in the units of the points; 0 draws straight lines and nothing from `rng`.
        rng: advanced by one normal per coordinate if sigma > 0.
    Returns:
        xt and ut, (..., 2) each.
    Source: Tong et al., TMLR 2024, arXiv 2302.00482, with independent or optimally coupled pairs.
    """
    ut = x1 - x0
    xt = torch.addcmul(x0, t, ut)
    if sigma > 0:
        xt = xt + sigma * torch.randn(xt.shape, generator=rng, dtype=xt.dtype)
    return xt, ut


PATHS: dict[str, Path] = {"straight": straight_path}
