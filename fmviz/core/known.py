"""Where a velocity field is known: near the particles, which is where p_t has mass.

A field is learned from places on paths alone. Far from all of them it is whatever the network makes of them, and often
at its fastest there; so what is drawn of it fades with the distance to the nearest mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.density import binned, product
from fmviz.core.extent import Extent, bilinear_over
from fmviz.core.numbers import within

# Distances in halves of the edge of the square around the clouds: of 8 Gaussians and two moons .5 and 1.1 units. Within
# the first of a particle the field is known, beyond the second it is not.
FULL, FADED = 0.075, 0.165
# So many particles say where there is mass; they are in no order, and more show no other picture.
MOST_PARTICLES = 4_000

# The kernel of the soft distance, and a cell: a wider one makes a halo jump when a particle comes to the next cell. The
# distance comes out too short, by up to .014 at FADED, where mass lies on many sides: the ramp ends as much before it.
_KERNEL, _CELL = 0.03, 0.02
_RAMP = 0.076, 0.15
# What is beyond has faded for sure; the products stay clear of denormal numbers.
_CUT = 7.0
# A cell that holds this share of the particles counts in full.
_CROWDED = 5e-4
# What is looked at grows by such steps with the particles, up to so many times the clouds' square: 183 x 183 cells.
_GROWTH, _MOST = 0.1, 1.5


@dataclass(frozen=True, eq=False)
class Known:
    """How well a field is known: (G, G) from 0 to 1 at the `axes(G)` of an extent, y then x ascending.

    It is 0 along the edges and beyond them.
    """

    extent: Extent
    values: FloatArray

    def at(self, xy: NDArray[np.floating]) -> FloatArray:
        """Return the values (N,) at places (N, 2), world units."""
        return bilinear_over(self.values[..., None], self.extent, xy)[:, 0]


def known_near(points: NDArray[np.floating], clouds: Extent) -> Known:
    """Return how well a field is known near particles.

    It falls from 1 to 0 with the soft distance d to the cells c that hold mass

        d(y)^2 = -2 h^2 log sum_c m_c exp(-|y - c|^2 / 2 h^2)

    where m_c is 1 for a cell with at least one in 2,000 of the particles and less in proportion for others, so that
    more particles show the same and nothing jumps while they move.

    Args:
        points: (N, 2) particles, world units.
        clouds: the square around the clouds, which says what is near. On their way particles may leave it, by half of
            it; those farther out do not count.
    """
    offset = np.abs(points - (clouds.cx, clouds.cy)).max(initial=0.0) / clouds.half
    reach = math.ceil(within(float(offset), 1.0, _MOST) / _GROWTH) * _GROWTH
    count = math.ceil((reach + 2 * FADED) / _CELL)
    cell = _CELL * clouds.half
    box = Extent(clouds.cx, clouds.cy, count * cell)
    nodes = 2 * count + 1
    counts = binned(points, (box.left - cell / 2, box.bottom - cell / 2), cell, (nodes, nodes), 0)
    mass = np.minimum(counts * np.float32(1 / max(1.0, _CROWDED * len(points))), 1.0)
    kernel = _kernel(nodes)
    near = product(product(kernel, mass), kernel)
    with np.errstate(divide="ignore"):
        distance = _KERNEL * np.sqrt(np.maximum(-2 * np.log(near), 0.0))
    first, last = _RAMP
    share = np.clip((distance - first) / (last - first), 0.0, 1.0)
    values = (1 - share * share * (3 - 2 * share)).astype(np.float32)
    values[[0, -1]] = values[:, [0, -1]] = 0.0
    return Known(box, values)


@lru_cache(maxsize=8)
def _kernel(nodes: int) -> FloatArray:
    """Return exp(-(i - j)^2 / 2 h^2) with h in cells, (G, G) float32."""
    offset = np.subtract.outer(np.arange(nodes), np.arange(nodes)) * (_CELL / _KERNEL)
    kernel = np.where(np.abs(offset) < _CUT, np.exp(-0.5 * offset * offset), 0.0).astype(np.float32)
    kernel.setflags(write=False)
    return kernel
