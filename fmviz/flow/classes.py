"""Which class each particle has: that of the point it started from, and that of the target's point it ends next to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fmviz.core.cloud import Labels, PointCloud, Side


@dataclass(frozen=True, eq=False)
class ParticleClasses:
    """What a scene knows of its particles' classes before they move.

    Args:
        start: class of each of the particles, or None if the source has no labels.
        target: the target's cloud, if it has labels, and the tree of its points.
    """

    start: Labels | None = None
    target: tuple[PointCloud, cKDTree] | None = None

    def at_end(self, x: NDArray[np.floating]) -> Labels | None:
        """Return the class of the target's point that is nearest to each x (N, 2), world units; None without labels."""
        if self.target is None:
            return None
        cloud, tree = self.target
        assert cloud.labels is not None
        return Labels(cloud.labels.codes[tree.query(x)[1]], cloud.labels.names)


def classes_of(source: Side, rows: NDArray[np.int64] | None, target: Side) -> ParticleClasses:
    """Return the classes of particles that were drawn from these rows of the source's cloud."""
    start = None
    if source.cloud is not None and source.cloud.labels is not None and rows is not None:
        start = Labels(source.cloud.labels.codes[rows], source.cloud.labels.names)
    known = target.cloud if target.cloud is not None and target.cloud.labels is not None else None
    return ParticleClasses(start, None if known is None else (known, cKDTree(known.xy)))
