"""The named shapes: endless samples in the plane, all on one scale (they fit about +-6).

A shape is one sampling function and one row of `SHAPES`; lists, command-line help and checks are made from the
table. Clouds of finite points, drawn or imported, are `core.cloud`'s.

A sampler takes the number of points and a generator, and returns (n, 2) float32, world units. Samplers run in
the training loop, so they are vectorised and draw float32 (256 points of any shape: under 0.1 ms).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import CloudError, row_of

Points = NDArray[np.float32]
Sampler = Callable[[int, np.random.Generator], Points]


@dataclass(frozen=True, eq=False)
class Mixture:
    """Equal Gaussians: centres (M, 2), each with the same mass, and their common deviation; 0 makes them points."""

    centres: NDArray[np.floating]
    sigma: float


@dataclass(frozen=True)
class Shape:
    """One shape: its key, what the user reads, and its sampler (n, rng) -> (n, 2).

    `mixture` is its distribution in closed form, where it has one.
    """

    name: str
    label: str
    help: str
    sampler: Sampler
    mixture: Mixture | None = None


# Radius and deviation as torchcfm intends them (variance .1; its code passes a deviation where a covariance
# belongs, which makes .562).
EIGHT_RADIUS = 5.0
EIGHT_SIGMA = math.sqrt(0.1)
_EIGHT_ANGLES = np.arange(8) * (math.pi / 4)
EIGHT_CENTRES: Points = (EIGHT_RADIUS * np.stack([np.cos(_EIGHT_ANGLES), np.sin(_EIGHT_ANGLES)], axis=1)).astype(
    np.float32)
EIGHT_CENTRES.setflags(write=False)

# The article's picture of why random pairing crosses paths: far apart enough that the piles never touch.
PILE_X, PILE_Y, PILE_SIGMA = 4.0, 2.5, 0.5

RING_RADII = (1.5, 3.0, 4.5)
RING_SIGMA = 0.12
CIRCLE_RADIUS = 4.5
LATTICE_SIDE, LATTICE_STEP, LATTICE_SIGMA = 5, 2.0, 0.15
SQUARE_HALF = 4.0


def _normals(n: int, rng: np.random.Generator, sigma: float) -> Points:
    return rng.standard_normal((n, 2), dtype=np.float32) * np.float32(sigma)


def _polar(radius: Points | float, angle: Points) -> Points:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32, copy=False)


def _angles(n: int, rng: np.random.Generator, low: float = 0.0, high: float = 2 * math.pi) -> Points:
    return rng.random(n, dtype=np.float32) * np.float32(high - low) + np.float32(low)


def _gaussian(n: int, rng: np.random.Generator) -> Points:
    """N(0, I): the source for which the exact field has a closed form, so its deviation stays 1."""
    return rng.standard_normal((n, 2), dtype=np.float32)


def _eight_gaussians(n: int, rng: np.random.Generator) -> Points:
    """Eight equal Gaussians on a circle of radius 5, deviation sqrt(.1). Source: torchcfm (as intended)."""
    return EIGHT_CENTRES[rng.integers(0, 8, n)] + _normals(n, rng, EIGHT_SIGMA)


def _moons(n: int, rng: np.random.Generator) -> Points:
    """Two half circles, noise .2, times 3 minus 1. Source: torchcfm on torchdyn's moons.

    torchdyn's noise is U(0, .2), the same number for x and y: it smears each arc along the diagonal.
    """
    angle = _angles(n, rng, 0.0, math.pi)
    is_inner = rng.random(n, dtype=np.float32) < 0.5
    noise = rng.random(n, dtype=np.float32) * np.float32(0.2)
    x = np.where(is_inner, 1 - np.cos(angle), np.cos(angle))
    y = np.where(is_inner, 0.5 - np.sin(angle), np.sin(angle))
    return np.stack([3 * (x + noise) - 1, 3 * (y + noise) - 1], axis=1)


def _two_piles(n: int, rng: np.random.Generator, x: float) -> Points:
    """Gaussians of deviation .5 at (x, +-2.5). Source: the article's pairing picture."""
    points = _normals(n, rng, PILE_SIGMA)
    points[:, 0] += np.float32(x)
    points[:, 1] += np.where(rng.random(n, dtype=np.float32) < 0.5, np.float32(-PILE_Y), np.float32(PILE_Y))
    return points


def _checkerboard(n: int, rng: np.random.Generator) -> Points:
    """Alternate unit squares of [-2, 2]^2, divided by .45. Source: Meta's flow_matching examples."""
    x = rng.random(n, dtype=np.float32) * 4 - 2
    row = rng.integers(0, 2, n) * 2 - 2 + np.floor(x).astype(np.int64) % 2
    y = rng.random(n, dtype=np.float32) + row.astype(np.float32)
    return np.stack([x, y], axis=1) / np.float32(0.45)


def _rings(n: int, rng: np.random.Generator) -> Points:
    """Three circles of radius 1.5, 3 and 4.5, equally dense along their length, deviation .12."""
    shares = np.cumsum(RING_RADII) / np.sum(RING_RADII)
    which = np.searchsorted(shares[:-1], rng.random(n, dtype=np.float32), side="right")
    radius = np.asarray(RING_RADII, dtype=np.float32)[which]
    return _polar(radius, _angles(n, rng)) + _normals(n, rng, RING_SIGMA)


def _circle(n: int, rng: np.random.Generator) -> Points:
    """One circle of radius 4.5, deviation .1."""
    return _polar(CIRCLE_RADIUS, _angles(n, rng)) + _normals(n, rng, 0.1)


def _spirals(n: int, rng: np.random.Generator) -> Points:
    """Two arms of 780 degrees that turn clockwise outwards, equally dense along them, times .38. Source: torchdyn;
    deviation .1.
    """
    turn = np.sqrt(rng.random(n, dtype=np.float32)) * np.float32(math.radians(780))
    arm = np.where(rng.random(n, dtype=np.float32) < 0.5, np.float32(0.0), np.float32(math.pi))
    return _polar(turn * np.float32(0.38), arm - turn) + _normals(n, rng, 0.1)


def _pinwheel(n: int, rng: np.random.Generator) -> Points:
    """Five arms bent clockwise: deviations .3 along, .1 across, rate .25, times 2.5. Source: Johnson et al. 2016."""
    points = rng.standard_normal((n, 2), dtype=np.float32) * np.array([0.3, 0.1], dtype=np.float32)
    along, across = points[:, 0] + 1, points[:, 1]
    angle = (rng.integers(0, 5, n) * (2 * math.pi / 5)).astype(np.float32) + 0.25 * np.exp(along)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([along * cos + across * sin, across * cos - along * sin], axis=1) * np.float32(2.5)


def _s_curve(n: int, rng: np.random.Generator) -> Points:
    """scikit-learn's S curve seen from the side, noise .05, times 2.4."""
    turn = _angles(n, rng, -1.5 * math.pi, 1.5 * math.pi)
    points = np.stack([np.sin(turn), np.sign(turn) * (np.cos(turn) - 1)], axis=1)
    return (points + _normals(n, rng, 0.05)) * np.float32(2.4)


def _swiss_roll(n: int, rng: np.random.Generator) -> Points:
    """scikit-learn's Swiss roll seen from the side: r = angle in [1.5 pi, 4.5 pi], times .38; deviation .12."""
    turn = _angles(n, rng, 1.5 * math.pi, 4.5 * math.pi)
    return _polar(turn * np.float32(0.38), turn) + _normals(n, rng, 0.12)


def _square(n: int, rng: np.random.Generator) -> Points:
    """Uniform on [-4, 4]^2."""
    return rng.random((n, 2), dtype=np.float32) * np.float32(2 * SQUARE_HALF) - np.float32(SQUARE_HALF)


def _grid(n: int, rng: np.random.Generator) -> Points:
    """A lattice of 5 x 5 Gaussians, 2 apart, deviation .15."""
    centre = (LATTICE_SIDE - 1) / 2
    cells = (rng.integers(0, LATTICE_SIDE, (n, 2)) - centre).astype(np.float32)
    return cells * np.float32(LATTICE_STEP) + _normals(n, rng, LATTICE_SIGMA)


def _smiley(n: int, rng: np.random.Generator) -> Points:
    """Eyes N((+-1, 1), .1), a mouth of radius 1.5 from pi/6 to 5 pi/6, a face of radius 2.4; times 2."""
    part = rng.random(n, dtype=np.float32)
    is_eye, is_mouth = part < 0.22, (part >= 0.22) & (part < 0.5)
    angle = _angles(n, rng)
    radius = np.where(is_mouth, np.float32(1.5), np.float32(2.4))
    angle = np.where(is_mouth, -math.pi / 6 - angle / 3, angle).astype(np.float32)
    points = _polar(radius, angle)
    side = np.where(part < 0.11, np.float32(-1), np.float32(1))
    points[is_eye] = np.stack([side[is_eye], np.ones(int(is_eye.sum()), dtype=np.float32)], axis=1)
    sigma = np.where(is_eye, np.float32(0.1), np.float32(0.08))[:, None]
    return (points + rng.standard_normal((n, 2), dtype=np.float32) * sigma) * np.float32(2)


def _heart_outline() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the outline (M, 2) and the share of the area swept up to each of its points, 0 to 1."""
    turn = np.linspace(0, 2 * math.pi, 721)
    x = 16 * np.sin(turn) ** 3
    y = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    outline = np.stack([x, y], axis=1) * (4.6 / 16)
    # Triangles from the origin to each piece of the outline: it is star-shaped around it.
    swept = np.abs(outline[:-1, 0] * outline[1:, 1] - outline[1:, 0] * outline[:-1, 1])
    return outline, np.concatenate([[0.0], np.cumsum(swept) / swept.sum()])


_HEART, _HEART_AREA = _heart_outline()


def _heart(n: int, rng: np.random.Generator) -> Points:
    """Uniform inside (16 sin^3 a, 13 cos a - 5 cos 2a - 2 cos 3a - cos 4a), scaled to a width of 9.2."""
    area = rng.random(n)
    depth = np.sqrt(rng.random(n, dtype=np.float32))
    edge = np.stack([np.interp(area, _HEART_AREA, _HEART[:, axis]) for axis in (0, 1)], axis=1)
    return (edge * depth[:, None]).astype(np.float32)


def _one_point(n: int, rng: np.random.Generator) -> Points:
    """Every sample is the origin; as a source it shows how one place must split into many."""
    return np.zeros((n, 2), dtype=np.float32)


_ORIGIN = np.zeros((1, 2))
_LATTICE = LATTICE_STEP * (np.stack(np.meshgrid(*[np.arange(LATTICE_SIDE)] * 2), axis=-1).reshape(-1, 2)
                           - (LATTICE_SIDE - 1) / 2)


def _piles(x: float) -> Mixture:
    return Mixture(np.array([[x, -PILE_Y], [x, PILE_Y]]), PILE_SIGMA)


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("gaussian", "Gaussian", "The standard normal distribution, the usual source.", _gaussian,
              Mixture(_ORIGIN, 1.0)),
        Shape("8gaussians", "8 Gaussians", "Eight small Gaussians on a circle of radius 5.", _eight_gaussians,
              Mixture(EIGHT_CENTRES, EIGHT_SIGMA)),
        Shape("moons", "Two moons", "Two interleaved half circles.", _moons),
        Shape("two-piles-left", "Two piles, left", "Two piles above each other at x = -4.",
              lambda n, rng: _two_piles(n, rng, -PILE_X), _piles(-PILE_X)),
        Shape("two-piles-right", "Two piles, right", "Two piles above each other at x = 4.",
              lambda n, rng: _two_piles(n, rng, PILE_X), _piles(PILE_X)),
        Shape("checkerboard", "Checkerboard", "The eight dark squares of a 4 x 4 board.", _checkerboard),
        Shape("rings", "Rings", "Three circles around one centre.", _rings),
        Shape("circle", "Circle", "One thin circle of radius 4.5.", _circle),
        Shape("spirals", "Spirals", "Two spiral arms turned into each other.", _spirals),
        Shape("pinwheel", "Pinwheel", "Five bent arms.", _pinwheel),
        Shape("s-curve", "S curve", "A letter S.", _s_curve),
        Shape("swiss-roll", "Swiss roll", "One spiral that opens outwards.", _swiss_roll),
        Shape("square", "Square", "Uniform on a square of edge 8.", _square),
        Shape("grid", "Grid", "A lattice of 5 x 5 dots.", _grid, Mixture(_LATTICE, LATTICE_SIGMA)),
        Shape("smiley", "Smiley", "A face with two eyes and a mouth.", _smiley),
        Shape("heart", "Heart", "A filled heart.", _heart),
        Shape("point", "One point", "Every sample is the same point, the origin.", _one_point, Mixture(_ORIGIN, 0.0)),
    )
}


def sample_shape(name: str, n: int, rng: np.random.Generator) -> Points:
    """Draw n points of the shape `name`, (n, 2) float32, world units.

    Raises:
        CloudError: there is no such shape.
    """
    return row_of(SHAPES, name, "shape", CloudError).sampler(n, rng)
