"""How fast and how exact the density on the stage is, against scipy's kernel density estimate.

Both smooth 10,000 points of each shape onto the same 128 x 128 cells with the same isotropic Gaussian: the points
are first whitened, so that scipy's full-covariance kernel is isotropic too. Errors are relative to scipy: the
largest difference over the largest density, and the L2 norm of the difference over the density's.
"""

from __future__ import annotations

import sys

import numpy as np
from _table import Row, at_least, at_most, parse, report, seconds
from scipy.stats import gaussian_kde

from fmviz.core.density import kde, scott_bandwidth
from fmviz.core.extent import extent_of
from fmviz.core.shapes import sample_shape

POINTS, CELLS = 10_000, 128
SPREAD = 3.0  # standard deviation of the whitened points, world units


def whitened(points: np.ndarray) -> np.ndarray:
    """Return the points (N, 2) moved and sheared to covariance SPREAD^2 I."""
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    shear = np.linalg.cholesky(np.linalg.inv(np.cov(centred.T)))
    return SPREAD * centred @ shear


def compare(name: str, share: float, repeat: int) -> tuple[float, float, float, float]:
    """Return ours in s, scipy in s, largest error and L2 error, for `share` of Scott's bandwidth."""
    points = whitened(sample_shape(name, POINTS, np.random.default_rng(0)))
    extent = extent_of([points])
    h = share * scott_bandwidth(points)
    x, y = np.meshgrid(*(axis[1::2] for axis in extent.axes(2 * CELLS + 1)))
    cells = np.stack([x.ravel(), y.ravel()])
    theirs_density = gaussian_kde(points.T, bw_method=h / SPREAD)
    single = points.astype(np.float32)
    ours = kde(single, extent, CELLS, h)
    theirs = theirs_density(cells).reshape(CELLS, CELLS)
    ours_s = seconds(lambda: kde(single, extent, CELLS, h), repeat=50)
    theirs_s = seconds(lambda: theirs_density(cells), repeat=repeat, warm_up=0)
    error = np.abs(ours - theirs).max() / theirs.max()
    l2 = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    return ours_s, theirs_s, float(error), float(l2)


def main() -> int:
    args = parse("Density of 10,000 points on 128x128 cells, against scipy.stats.gaussian_kde.")
    rows: list[Row] = []
    for name, share, label in (("gaussian", 1.0, "Scott"), ("8gaussians", 1.0, "Scott"), ("moons", 1.0, "Scott"),
                               ("moons", 0.5, "half of Scott")):
        ours, theirs, error, l2 = compare(name, share, repeat=1 if args.quick else 5)
        rows += [
            at_least(f"{name}, {label}: speed", theirs / ours, 100, "x",
                     f"{ours * 1e3:.2f} ms against {theirs * 1e3:,.0f} ms"),
            at_most(f"{name}, {label}: largest error", 100 * error, 1, "%"),
            at_most(f"{name}, {label}: L2 error", 100 * l2, 1, "%"),
        ]
    return report("kde: density on the stage", rows, args)


if __name__ == "__main__":
    sys.exit(main())
