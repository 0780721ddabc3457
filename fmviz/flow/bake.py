"""Baking: a learned field becomes the trajectories and the grids that the stage plays.

A bake is a generator that pauses after every evaluation, so that a loop can breathe; `carry` carries its points. What
is stored of each particle are its places, and its classes: that of the point it started from, and that of the target's
point it ends next to.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from fmviz.core.cloud import Classes, FloatArray, Labels, PointCloud, Side, frozen_array
from fmviz.core.config import Sampling
from fmviz.core.extent import WIDE, Extent, extent_of_sides
from fmviz.core.frames import Curves, FlowSnapshot, Grid
from fmviz.core.layers import Values, the_velocity
from fmviz.core.project import Project
from fmviz.core.quantities import Metrics
from fmviz.core.streams import Stream, stream
from fmviz.flow.carry import LIVE, PARTICLES, Drawn, Fineness, carry, has_noise, numbers_of
from fmviz.flow.exact import ExactField
from fmviz.flow.model import UnitVelocity
from fmviz.flow.path_numbers import path_numbers
from fmviz.flow.quality import FINAL_TOTAL
from fmviz.flow.units import MovingFrame

# Places at which an exact field takes some 30 ms.
_EXACT_ROWS = 1_000
# In place of a velocity that there is not.
_NOTHING = Grid(Extent(0.0, 0.0, 1.0), np.array([0.0, 1.0], dtype=np.float32),
                np.zeros((2, 3, 3, 2), dtype=np.float32))


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


@dataclass(frozen=True, eq=False)
class Given:
    """What all pictures of one problem share, whatever is learned of it.

    x0 (PARTICLES, 2) starting particles, more_x0 the further ones that final numbers need; dots; the extent; what is
    known of the particles' classes, and the classes of the dots.
    """

    x0: FloatArray
    more_x0: FloatArray
    source: FloatArray
    target: FloatArray
    extent: Extent
    classes: ParticleClasses
    source_labels: Labels | None = None
    target_labels: Labels | None = None


def given_by(project: Project) -> Given:
    """Return what is given; it depends on the sides and the seed alone."""
    return _given(project.source, project.target, project.lanes[0].seed)


# One for each problem whose pictures are asked for by turns.
@lru_cache(maxsize=4)
def _given(source: Side, target: Side, seed: int) -> Given:
    x0, rows = source.sample_with_rows(FINAL_TOTAL, stream(seed, Stream.PARTICLES))
    classes = classes_of(source, None if rows is None else rows[:PARTICLES], target)
    source_dots, source_labels = _dots(source, seed, Stream.SOURCE_DOTS)
    target_dots, target_labels = _dots(target, seed, Stream.TARGET_DOTS)
    return Given(x0[:PARTICLES], x0[PARTICLES:], source_dots, target_dots, extent_of_sides(source, target), classes,
                 source_labels, target_labels)


def _dots(side: Side, seed: int, purpose: Stream) -> tuple[FloatArray, Labels | None]:
    labels = None if side.cloud is None else side.cloud.labels
    if side.cloud is not None and len(side.cloud) <= PARTICLES:
        return side.cloud.xy, labels
    dots, rows = side.sample_with_rows(PARTICLES, stream(seed, purpose))
    return dots, None if labels is None else labels.of(rows)


@dataclass(frozen=True, eq=False)
class BakedFlow:
    """t (K,), x (K, N, 2), velocity, is_straight and lattice (K, R, R, 2) as in `FlowSnapshot`; nfe as in `Metrics`."""

    t: FloatArray
    x: FloatArray
    velocity: Grid
    is_straight: bool
    nfe: int
    lattice: FloatArray | None = None


def bake(field: UnitVelocity, frame: MovingFrame, x0: FloatArray, extent: Extent, sampling: Sampling,
         fineness: Fineness) -> Generator[None, None, BakedFlow]:
    """Carry x0 (N, 2), world units, from t = 0 to 1 and evaluate the field on the extent's grid.

    The lattice shows the map of the plain flow: it has no noise, and takes the steps that the particles chose.
    """
    nodes = nodes_of(extent, fineness.lattice) if fineness.lattice else np.zeros((0, 2))
    is_together = not has_noise(sampling, frame)
    motion = yield from carry(field, frame, np.concatenate([x0, nodes]) if is_together else x0, sampling, fineness,
                              drawn=Drawn.PARTICLES)
    x, lattice = motion.x[:, :len(x0)], None
    if fineness.lattice:
        carried = motion.x[:, len(x0):] if is_together else (
            yield from carry(field, frame, nodes, replace(sampling, noise=0.0), fineness)).x
        x, lattice = x.copy(), carried.reshape(len(motion.t), fineness.lattice, fineness.lattice, 2).copy()
    wide = extent.wide(frame.path.reach)
    velocity = replace(_NOTHING, extent=wide) if field.point_map is not None else (
        yield from grid_on(field, frame, wide, WIDE * (fineness.grid - 1) + 1, fineness.times))
    return BakedFlow(motion.t.astype(np.float32), x, velocity, motion.is_straight, motion.nfe, lattice)


@dataclass(frozen=True, eq=False)
class FieldVelocity:
    """The velocity of a learned field in world units, and its divergence: a `core.layers.Velocity`."""

    field: UnitVelocity
    frame: MovingFrame
    exact_field: ExactField | None = None

    def __call__(self, x: FloatArray, t: float) -> FloatArray:
        return self.frame.velocity_to_world(numbers_of(self.field(self._unit(x, t), t)), t)

    def divergence(self, x: FloatArray, t: float) -> FloatArray:
        # Places and velocities have the same unit of length, which cancels.
        return np.asarray(numbers_of(self.field.with_divergence(self._unit(x, t), t)[1]))

    def exact(self, x: FloatArray, t: float) -> FloatArray:
        if self.exact_field is None:
            return np.full((len(x), 2), np.nan)
        return _exact_at(self.exact_field, np.asarray(x, dtype=np.float64).tobytes(), t)

    def _unit(self, x: FloatArray, t: float) -> Tensor:
        return torch.from_numpy(self.frame.to_unit(x, t)).to(self.field.device)


def grid_on(field: UnitVelocity, frame: MovingFrame, extent: Extent, count: int, n_times: int,
            values: Values = the_velocity, exact: ExactField | None = None) -> Generator[None, None, Grid]:
    """Evaluate values of the field at count x count nodes of an extent and so many times, evenly spaced.

    Args:
        exact: the exact field, for values that ask for it.
    """
    times, nodes, rows = np.arange(n_times) / (n_times - 1), nodes_of(extent, count), field.rows
    rows = rows if exact is None else min(rows, _EXACT_ROWS)
    velocity, parts = FieldVelocity(field, frame, exact), []
    for t in times.tolist():
        for start in range(0, len(nodes), rows):
            parts.append(np.asarray(values(velocity, nodes[start:start + rows], t), dtype=np.float32))
            yield
    whole = np.concatenate(parts)
    return Grid(extent, times.astype(np.float32), whole.reshape(n_times, count, count, *whole.shape[1:]),
                "" if exact is None else exact.words)


def snapshot_of(field: UnitVelocity, frame: MovingFrame, given: Given, lane: int, coupling: str, step: int,
                sampling: Sampling, fineness: Fineness) -> Generator[None, None, FlowSnapshot]:
    """Bake the picture of a flow, without pairs and curves; of its numbers those of the paths."""
    flow = yield from bake(field, frame, given.x0, given.extent, sampling, fineness)
    metrics = Metrics(nfe=flow.nfe, **({} if has_noise(sampling, frame) else path_numbers(flow.x)._asdict()))
    classes = Classes(given.classes.start, given.classes.at_end(flow.x[-1]), given.source_labels, given.target_labels)
    return FlowSnapshot(lane, coupling, step, flow.t, flow.x, given.extent, flow.velocity, given.source, given.target,
                        None, Curves(), metrics, lattice=flow.lattice, classes=classes, sampling=sampling,
                        is_straight=flow.is_straight, path=frame.path.key, path_settings=frame.path.settings,
                        note=field.note, is_map=field.point_map is not None)


# No training changes it: all steps of a lane, and lanes of one coupling, have the same at the same nodes. So many
# blocks of nodes are those of six grids of 113 nodes, 23 MB.
@lru_cache(maxsize=6 * LIVE.times * -(-113**2 // _EXACT_ROWS))
def _exact_at(field: ExactField, places: bytes, t: float) -> FloatArray:
    """Return the exact velocity (N, 2) at places, float64 as bytes, NaN where it is not known."""
    x = np.frombuffer(places).reshape(-1, 2)
    exact, is_known = np.full((len(x), 2), np.nan, dtype=np.float32), field.is_known(x, t)
    if is_known.any():
        exact[is_known] = field.velocity(x[is_known], t)
    return frozen_array(exact)


def nodes_of(extent: Extent, n: int) -> FloatArray:
    """Return the n x n nodes of the extent's grid, (n n, 2), y then x ascending."""
    return np.stack(np.meshgrid(*extent.axes(n)), axis=-1).reshape(-1, 2)
