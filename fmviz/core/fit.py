"""What there is to see: the box around both clouds and the particles' way between them.

All panes of a picture show the whole of one box, with equal units along x and y, as large as it can be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache, reduce

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import MARGIN, Box, Extent
from fmviz.core.frames import FlowSnapshot, Frame
from fmviz.core.numbers import within

# What is seen grows with the particles' way in steps of this share of the clouds' box, so that a picture that learns
# does not tremble, and at most to twice as much: a flow that diverges must not make a dot of the clouds. One particle
# in so many may be left outside.
_STEP, _MOST, _FEW = 0.125, 2.0, 200


def box_of_clouds(pictures: Iterable[Frame | FlowSnapshot]) -> Box:
    """Return the box around the clouds of frames or snapshots, with the margin of their extents."""
    return reduce(Box.united, [_around(picture.extent, (picture.source, picture.target)) for picture in pictures])


def box_of_flows(snapshots: Iterable[FlowSnapshot]) -> Box:
    """Return the box around the clouds and the ways of the particles between them; a few that stray are left out."""
    return reduce(Box.united, [_of_flow(snapshot) for snapshot in snapshots])


def _around(extent: Extent, clouds: Iterable[FloatArray]) -> Box:
    """Return the part of an extent that the clouds fill: all of its longer axis, as much as they need of the other."""
    middle = np.array([extent.cx, extent.cy])
    reach = np.zeros(2)
    for cloud in clouds:
        offset = np.abs(cloud - middle)
        near = offset[(offset <= extent.half).all(axis=1)]
        reach = np.maximum(reach, near.max(axis=0, initial=0.0))
    needed = np.minimum(reach + (1 - 1 / MARGIN) * extent.half, extent.half)
    needed[reach >= reach.max()] = extent.half
    return Box(extent.cx, extent.cy, *needed.tolist())


# One entry for each lane of the newest snapshots.
@lru_cache(maxsize=8)
def _of_flow(snapshot: FlowSnapshot) -> Box:
    box = _around(snapshot.extent, (snapshot.source, snapshot.target))
    stray = snapshot.x.shape[1] // _FEW
    halves = []
    for axis, half in enumerate((box.half_x, box.half_y)):
        offset = np.abs(snapshot.x[..., axis] - (box.cx, box.cy)[axis])
        far = np.sort(offset, axis=1)[:, -1 - stray].max()
        steps = math.ceil((within(far / half, 1.0, _MOST) - 1) / _STEP)
        halves.append(half * (1 + _STEP * steps))
    return Box(box.cx, box.cy, *halves)
