"""What of a picture a place hits, for who points at particles: where the particle starts that is meant."""

from __future__ import annotations

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.follow import Place, nearest, nearest_path
from fmviz.core.frames import Frame

# Of a hand around a particle, whose dot is smaller.
REACH_PX = 7
# Followed dots are larger than others, and meant before them.
_FOLLOWED_REACH = 1.5


def hit_start(frame: Frame, place: Place, reach: float) -> Place | None:
    """Return where the particle starts that a place hits, None if it hits none.

    A followed one by its dot or its start goes first; then any by its dot or its start; then by its path, likewise.

    Args:
        place: world units, as is reach.
    """
    followed, places = frame.followed, []
    if frame.x is None or frame.origin is None or frame.paths is None:
        return None
    if followed is not None:
        places.append((followed.carried.x[0], followed.x, followed.paths.x, _FOLLOWED_REACH * reach))
    places.append((frame.origin, frame.x, frame.paths.x, reach))
    for starts, now, _, near in places:
        index = nearest(np.concatenate([starts, now]), place, near)
        if index is not None:
            return _place(starts[index % len(starts)])
    for starts, _, paths, _ in places:
        index = nearest_path(paths, place, reach)
        if index is not None:
            return _place(starts[index])
    return None


def _place(xy: FloatArray) -> Place:
    return float(xy[0]), float(xy[1])


def hits_probe(frame: Frame, place: Place, reach: float) -> bool:
    """Whether a place, world units as reach is, hits the probe's mark, which is larger than a dot."""
    return frame.probe is not None and nearest(np.array([frame.probe.place]), place, 2 * reach) is not None
