"""Which sides are one Gaussian, in closed form: what a normalizing flow and sampling with noise need of a source."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.errors import quoted
from fmviz.core.shapes import SHAPES


class Gaussian(NamedTuple):
    """N(mean, sigma^2 I), world units."""

    mean: tuple[float, float]
    sigma: float


def gaussian_of(side: Side) -> Gaussian | None:
    """Return the Gaussian that a side draws from, also that of points in one place with jitter; None of other laws."""
    mixture = None if side.shape is None else SHAPES[side.shape].mixture
    if mixture is not None and len(mixture.centres) == 1:
        centre, own = mixture.centres[0], mixture.sigma
    elif side.cloud is not None and not np.ptp(side.cloud.xy, axis=0).any():
        centre, own = side.cloud.xy[0], 0.0
    else:
        return None
    sigma = math.hypot(own, side.jitter)
    x, y = (float(value) for value in centre)
    return Gaussian((x, y), sigma) if sigma > 0 else None


def why_no_map(source: Side, target: Side) -> str:
    """Return why no normalizing flow goes from one side to the other, one sentence; "" if one does."""
    if gaussian_of(source) is None:
        return (f"A normalizing flow needs a source whose density it knows, a Gaussian, and the source is "
                f"{quoted(source.label)}; choose the Gaussian.")
    if target.jitter > 0:
        return ""
    mixture = None if target.shape is None else SHAPES[target.shape].mixture
    is_point = mixture is not None and len(mixture.centres) == 1 and mixture.sigma == 0
    if is_point or (target.cloud is not None and not np.ptp(target.cloud.xy, axis=0).any()):
        return ("The target is one point, which has no density, so a normalizing flow has nothing to learn; take a "
                "target that spreads, or jitter it.")
    return ""
