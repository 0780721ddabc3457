"""How fast and how exact the density on the stage is, against scipy's kernel density estimate and the exact density.

Both smooth 10,000 points of each shape onto the same 128 x 128 cells with the same isotropic Gaussian: the points
are first whitened, so that scipy's full-covariance kernel is isotropic too. Errors are relative to scipy: the
largest difference over the largest density, and the L2 norm of the difference over the density's.

Half-way through the example's flow (8 Gaussians to two moons, random coupling) p_t is known: that of x0 + x1 halved, a
convolution of both clouds. The L1 distance of a picture to it is the integral of their difference, 0 to 2.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
from _table import Row, at_least, at_most, parse, report, seconds
from scipy.stats import gaussian_kde

from fmviz.core.carried import positions_at
from fmviz.core.density import best_bandwidth, binned, kde, scott_bandwidth
from fmviz.core.extent import Extent, extent_of
from fmviz.core.frames import bandwidth_at
from fmviz.core.many import FINE_CELLS
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.resources import resource_path
from fmviz.core.shapes import sample_shape
from fmviz.files.project_file import load_project
from fmviz.flow.device import finish
from fmviz.flow.sample import MANY, carried_points

POINTS, CELLS, DRAWS = 10_000, 128, 200_000
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


def exact_half_way(project: Project, extent: Extent) -> np.ndarray:
    """Return p_t at t = 1/2 under random coupling on FINE_CELLS x FINE_CELLS cells of the extent.

    The clouds are 200,000 draws each, smoothed by the bandwidths that suit so many; the convolution is by FFT.
    """
    rng, n, cell = np.random.default_rng(0), FINE_CELLS, 2 * extent.half / FINE_CELLS
    corners = ((-extent.half, -extent.half), (extent.left - cell / 2, extent.bottom - cell / 2))
    spectrum, variance = np.ones((2 * n, n + 1), dtype=complex), -2 * cell**2 / 6
    for side, corner in zip((project.source, project.target), corners, strict=True):
        half = side.sample(DRAWS, rng) / 2
        spectrum *= np.fft.rfft2(binned(half, corner, cell, (n, n), 0), (2 * n, 2 * n)) / DRAWS
        variance += best_bandwidth(half, extent) ** 2
    wave = 2 * np.pi / cell * np.fft.fftfreq(2 * n)
    spectrum *= np.exp(-0.5 * max(0.0, variance) * (wave[:, None] ** 2 + wave[None, : n + 1] ** 2))
    return np.fft.irfft2(spectrum, (2 * n, 2 * n))[n // 2 : n // 2 + n, n // 2 : n // 2 + n] / cell**2


def half_way() -> list[Row]:
    """Return how far pictures of the density are from the exact one, half-way through the example's flow."""
    stored = load_project(resource_path("examples") / "first.fmviz")
    project, lane = stored.project, stored.lanes[0]
    snapshot, t = lane.snapshot, np.array([0.5])
    exact, cell = exact_half_way(project, snapshot.extent), 2 * snapshot.extent.half / FINE_CELLS
    points = finish(carried_points(LearnedFlow.of(project, 0, lane.weights), project.lanes[0].sampling, MANY))
    many = replace(snapshot, many=points)
    h = bandwidth_at(many, 0.5)
    rng = np.random.default_rng(1)
    flow = sum(side.sample(MANY.count, rng) for side in (project.source, project.target)) / 2

    def distance(xy: np.ndarray, bandwidth: float) -> float:
        return float(np.abs(kde(xy, snapshot.extent, FINE_CELLS, bandwidth) - exact).sum() * cell**2)

    old = bandwidth_at(snapshot, 0.5)
    return [
        at_most("half-way, exact flow: L1 to the exact density", distance(flow, h), 0.15, "",
                f"20,000 points, h {h:.3f}"),
        at_most("half-way, learned flow: L1 to the exact density", distance(points.at(t)[0], h), 0.28, "",
                f"20,000 points, h {h:.3f}"),
        Row("half-way, learned flow, a picture's own particles", distance(positions_at(snapshot, t)[0], old), "",
            against=f"2,000 points, h {old:.3f}"),
        Row("mass of the exact density in the picture", float(exact.sum() * cell**2)),
    ]


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
    rows += half_way()
    return report("kde: density on the stage", rows, args)


if __name__ == "__main__":
    sys.exit(main())
