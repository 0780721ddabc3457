"""Carried along the exact field, the source becomes the target as nearly as samples can tell."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.marginal import MarginalField
from fmviz.core.paths import PATHS
from fmviz.flow.distances import wasserstein2


@pytest.mark.parametrize("shapes", [("moons", "rings"), ("gaussian", "moons"), ("8gaussians", "two-piles-right")])
@pytest.mark.parametrize("path", [PATHS["straight"], PATHS["trigonometric"]], ids=["straight", "trigonometric"])
def test_following_the_exact_field_ends_at_the_target(path, shapes: tuple[str, str]) -> None:
    rng = np.random.default_rng(0)
    sides = [Side(cloud=PointCloud(Side(shape=shape).sample(2_000, rng))) if shape in ("moons", "rings")
             else Side(shape=shape) for shape in shapes]
    field = MarginalField(*sides, path, 0.0, rng)
    x0, fresh, other = (side.sample(700, rng) + h * rng.normal(size=(700, 2)) for side, h in
                        zip((*sides, sides[1]), (*field.smoothing, field.smoothing[1]), strict=True))
    x, steps = x0, 60
    for k in range(steps):
        middle = x + field.velocity(x, k / steps) / (2 * steps)
        x = x + field.velocity(middle, (k + 0.5) / steps) / steps
    assert wasserstein2(x, fresh) < 1.5 * wasserstein2(other, fresh) + 0.05
    assert wasserstein2(x0, fresh) > 3 * wasserstein2(x, fresh)
