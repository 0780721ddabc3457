"""What learning tells the picture, and what one picture needs.

The engine makes `FlowSnapshot`s; `frame_at` turns one of them and a time into a `Frame`; `canvas` draws the
frame. The window, the exporter and the command line all go this one way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fmviz.core.carried import (
    Carried,
    Followed,
    Paths,
    chosen_of,
    followed_at,
    intervals,
    positions_at,
    spread_over,
    started_at,
    weights_at,
    whole_paths,
    with_corners,
)
from fmviz.core.cells import Cells
from fmviz.core.cloud import NO_CLASSES, Classes, FloatArray
from fmviz.core.conditional import Conditional, conditional_at
from fmviz.core.config import Sampling
from fmviz.core.density import density_at, kde_of_part, product
from fmviz.core.extent import Box, Extent, bilinear_over
from fmviz.core.known import MOST_PARTICLES, Known, known_near
from fmviz.core.lanes import LaneMark, usual_mark
from fmviz.core.log_density import LogDensities
from fmviz.core.many import ManyPoints, Marginals, bandwidth_of, marginals_of, mass_levels
from fmviz.core.paths import Path, PathSettings, path_of
from fmviz.core.probe import Probe, Probed, probe_at
from fmviz.core.quantities import Metrics
from fmviz.core.solvers import FEW_STEPS
from fmviz.core.style import Style

# The step of a flow that is known without learning.
UNLEARNED = -1

_NO_POINTS: FloatArray = np.zeros(0, dtype=np.float32)
_NO_PLACES: FloatArray = np.zeros((0, 2), dtype=np.float32)
# Positions on a trail of the usual length; fewer show corners, more cost a line segment each per particle.
_TRAIL_POINTS = 12
_USUAL_TRAIL = 0.25
# Of half the extent's edge: what a file rounds a particle's start by, and less than a pixel.
_NEAR = 1e-3


@dataclass(frozen=True, eq=False)
class Curves:
    """The whole training history, binned so that it stays small: steps and values of equal length.

    numbers are what was measured with w2, by name; NaN is not known. If is_nll, losses are in nats, of likelihoods.
    """

    loss_step: FloatArray = field(default_factory=lambda: _NO_POINTS)
    loss: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2_step: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2_floor: float | None = None
    is_nll: bool = False
    w2_floor_error: float | None = None
    numbers: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Pairs:
    """One batch of pairs: x0 (B, 2) is paired with x1 (B, 2); cost is the mean of |x1 - x0|^2.

    optimum is the cost of the best pairing of the whole clouds, usual the mean of such batches; None is not known yet.
    cells are those of the target points, if the coupling pairs by cells. alone0 and alone1 (., 2) are the points of the
    batch without a partner. column_error is how much of the mass an iteration left in wrong columns, None for a plan
    without an iteration.
    """

    x0: FloatArray
    x1: FloatArray
    cost: float
    optimum: float | None = None
    usual: float | None = None
    cells: Cells | None = None
    alone0: FloatArray = field(default_factory=lambda: _NO_PLACES)
    alone1: FloatArray = field(default_factory=lambda: _NO_PLACES)
    column_error: float | None = None

    @property
    def size(self) -> int:
        """Of how many source points the batch is made."""
        return len(self.x0) + len(self.alone0)


@dataclass(frozen=True, eq=False)
class LaneProgress:
    """How far one lane's training is, or that its final numbers are measured. Each one replaces the one before it."""

    lane: int
    step: int
    total_steps: int
    fraction: float
    curves: Curves
    metrics: Metrics
    is_measuring: bool = False


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of a flow over a square: (L, G, G, ...) at its `axes(G)`, y then x, and at ascending times t (L,).

    NaN is not known. `note` says in a few words what else there is to know about all of them.
    """

    extent: Extent
    t: FloatArray
    values: FloatArray
    note: str = ""

    def at(self, t: float) -> FloatArray:
        """Return the values (G, G, ...) at a time, linear between those that are known."""
        low = int(intervals(self.t, np.array([t]))[0])
        high = min(low + 1, len(self.t) - 1)
        share = np.float32((t - float(self.t[low])) / max(float(self.t[high]) - float(self.t[low]), 1e-9))
        return np.asarray((1 - share) * self.values[low] + share * self.values[high], dtype=np.float32)

    def inside(self, extent: Extent) -> FloatArray:
        """Return the values at those nodes that lie in an extent, (L, H, W, ...)."""
        inside = [np.abs(nodes - middle) <= (1 + 1e-9) * extent.half for nodes, middle in
                  zip(self.extent.axes(self.values.shape[1]), (extent.cx, extent.cy), strict=True)]
        return self.values[:, inside[1]][:, :, inside[0]]


@dataclass(frozen=True, eq=False)
class FlowSnapshot:
    """One lane's flow at one training step: all that its animation needs.

    Args:
        lane: index into the project's lanes.
        coupling: key of the coupling.
        step: training step, or UNLEARNED.
        t: (K,) ascending from 0 to 1.
        x: (K, N, 2) positions of N particles at those times, float64, world units.
        extent: the square around the clouds.
        velocity: (L, G, G, 2) over the whole picture, L times from 0 to 1.
        source, target: dots of the clouds, (M, 2) each.
        pairs: one batch of the coupling.
        curves, metrics: history and numbers so far.
        is_final: whether training had ended.
        lattice: (K, R, R, 2) a square lattice over the extent at t = 0, carried along; None if it was not baked.
        classes: of particles and dots.
        sampling: how the particles were to be carried. A picture that had to be quick may have had fewer evaluations.
        is_straight: whether particles go straight between the stored times: all steps of few, or some of a noisy path.
        path, path_settings: key of the path, and the settings of its own; see `paths.path_of`.
        sigma: noise of the path, world units.
        detail: a finer field of a part, which is drawn where nothing else is seen; colour limits do not depend on it.
        grids: the values of layers that ask for their own, by layer, as far as they are known.
        own: what was carried from the starts that somebody has chosen to follow, as finely as x; None is not known.
        many: more particles than x has, for densities; None until they are known.
        probed: what is known of the place of the probe, or was of its last one; None is not known.
        log_density: the density of the flow itself; None is not known.
        is_map: whether one map has carried the points, so that there are neither a velocity nor pairs, and x between t
            = 0 and 1 only blends; the velocity is then 0.
        note: what is to be said of all of it: "smoothed by 0.18", or "".
    """

    lane: int
    coupling: str
    step: int
    t: FloatArray
    x: FloatArray
    extent: Extent
    velocity: Grid
    source: FloatArray
    target: FloatArray
    pairs: Pairs | None
    curves: Curves
    metrics: Metrics
    is_final: bool = False
    lattice: FloatArray | None = None
    classes: Classes = NO_CLASSES
    sampling: Sampling = field(default_factory=Sampling)
    is_straight: bool = False
    path: str = "straight"
    path_settings: PathSettings = ()
    sigma: float = 0.0
    detail: Grid | None = None
    grids: Mapping[str, Grid] = field(default_factory=dict)
    own: Carried | None = None
    many: ManyPoints | None = None
    probed: Probed | None = None
    log_density: LogDensities | None = None
    note: str = ""
    is_map: bool = False

    @property
    def is_fine(self) -> bool:
        """Whether it is as fine as a finished training is drawn; one that is not has few times and no corners."""
        return len(self.t) > FEW_STEPS or (self.is_straight and len(self.t) - 1 == self.sampling.n_steps)

    @property
    def full_path(self) -> Path:
        """The path, made with its own settings."""
        return path_of(self.path, self.path_settings)

    @property
    def points(self) -> ManyPoints:
        """The points that densities are of: the many, else its own particles."""
        return self.many or ManyPoints(self.t, self.x, is_straight=self.is_straight)

# A field is drawn so far beyond its grid, as a share of the grid's edge, with the values at the edge: panes that are a
# little flatter than the grid reaches have no bare stripes.
BEYOND = 0.05


@dataclass(frozen=True, eq=False)
class Frame:
    """All that one picture needs.

    x (N, 2) particles; trail (M, N, 2) their recent positions, oldest first, the last equal to x, or None; origin (N,
    2) where each particle started; u (G, G, 2) or None; density (H, W), rows ascending in y, or None; warp (R, R, 2)
    the carried lattice or None; pairs or None; source, target (., 2) dots. t is None for a still picture of the clouds
    alone. phase says how far what moves by itself has moved (streamlines), in turns. end (N, 2) is where each particle
    ends. density_box and u_extent are what the density and the field cover, None for the extent. grids and classes are
    the snapshot's. mark is how the lane is called and coloured. paths are those of the particles, followed is what the
    eye can follow. solver_steps is how many steps the solver took, where these are so few that they are seen;
    adaptive_nfe is how many evaluations an adaptive one took. known says how strongly the field is drawn where, None
    for everywhere in full. levels are the densities around which lines are drawn, see `many.MASSES`. base is what the
    first pane shows, for layers that compare with it. conditional is the path to one target point. probe is one place
    and what is known of it. exact is what the density is the exact one of; density_error is by how much that of the
    points is more than the exact one, in the same cells; None where it is not wanted or not known. is_blend: x blends
    the ends of a map and has no density of its own. note is the snapshot's.
    """

    extent: Extent
    source: FloatArray
    target: FloatArray
    t: float | None = None
    x: FloatArray | None = None
    origin: FloatArray | None = None
    trail: FloatArray | None = None
    u: FloatArray | None = None
    density: FloatArray | None = None
    pairs: Pairs | None = None
    mark: LaneMark = field(default_factory=lambda: LaneMark(0, "", 0))
    step: int | None = None
    metrics: Metrics | None = None
    warp: FloatArray | None = None
    phase: float = 0.0
    classes: Classes = NO_CLASSES
    end: FloatArray | None = None
    density_box: Box | None = None
    u_extent: Extent | None = None
    grids: Mapping[str, Grid] = field(default_factory=dict)
    paths: Paths | None = None
    followed: Followed | None = None
    solver_steps: int | None = None
    adaptive_nfe: int | None = None
    known: Known | None = None
    levels: tuple[float, ...] = ()
    marginals: Marginals | None = None
    base: Frame | None = None
    conditional: Conditional | None = None
    probe: Probe | None = None
    exact: LogDensities | None = None
    density_error: FloatArray | None = None
    is_blend: bool = False
    note: str = ""

    @property
    def field_extent(self) -> Extent:
        """What the field covers."""
        return self.u_extent or self.extent

    @property
    def covered(self) -> Box:
        """What the density covers."""
        return self.density_box or self.extent.box


def frame_at(snapshot: FlowSnapshot, t: float, style: Style, phase: float | None = None,
             seen: Box | None = None, mark: LaneMark | None = None,
             followed: tuple[int, ...] | None = None, first: FlowSnapshot | None = None) -> Frame:
    """Return what the stage shows at time t in [0, 1]; computes only what the style's layers need.

    `phase` is t unless it is given; `seen` is what the panes show, where that may be a part of the extent; `mark` is
    that of the snapshot's coupling unless it is given; `followed` says which particles are to be followed where nobody
    has chosen starts, see `followed_of`; `first` is the flow in the first of panes beside each other: where a layer
    compares, the density is as smooth as that one's.

    Positions follow a cubic through the stored times, or go straight where the solver takes few steps, and equal the
    stored ones there; the field is linear in t between its stored times.
    """
    count = min(style.paths if style.needs("paths") else style.particles, snapshot.x.shape[1])
    paths = whole_paths(snapshot, count) if style.needs("paths") else None
    alike = first if first is not None and style.compares else snapshot
    trail = density = density_box = density_error = exact = marginals = u = u_extent = None
    levels: tuple[float, ...] = ()
    is_blend = snapshot.is_map and t not in (0, 1)
    if style.needs("trail") and style.trail > 0:
        points = max(4, round(_TRAIL_POINTS * math.sqrt(style.trail / _USUAL_TRAIL)))
        times = with_corners(np.linspace(max(0.0, t - style.trail), t, points), snapshot)
        trail = positions_at(snapshot, times, count)
    x = positions_at(snapshot, np.array([t]), count)[0] if trail is None else trail[-1]
    everyone = snapshot.points.at(np.array([t]))[0] if style.wants_many else x
    if style.needs("density"):
        cells, h = alike.points.cells, bandwidth_at(alike, t, style.bandwidth)
        exact = snapshot.log_density if style.density != "particles" and not is_blend else None

        def part(of: Box | None) -> tuple[FloatArray, Box]:
            return (exact.part(t, of) if exact is not None and style.density == "exact"
                    else kde_of_part(everyone, snapshot.extent, of, cells, h))

        density, density_box = part(seen)
        if style.density == "difference" and exact is not None:
            density_error = density - exact.on(t, density_box, density.shape)
        if style.has_contours:
            # Of all mass, also where a part is seen.
            levels = mass_levels(density if seen is None else part(None)[0])
    if style.needs("marginals"):
        marginals = marginals_of(everyone, snapshot.source, snapshot.target, snapshot.full_path, snapshot.extent,
                                 style.bandwidth)
    if style.needs("field") and not snapshot.is_map:
        detail = snapshot.detail if snapshot.detail and seen and snapshot.detail.extent.holds(seen) else None
        grid = detail or snapshot.velocity
        u, u_extent = grid.at(t), grid.extent
    known = None
    if not style.whole_field and (style.needs("field") or style.needs("lattice") or style.asking):
        some = min(MOST_PARTICLES, snapshot.x.shape[1])
        near = x[:some] if count >= some else positions_at(snapshot, np.array([t]), some)[0]
        known = known_near(near, snapshot.extent)
    is_seen = snapshot.is_straight and not snapshot.is_map and len(snapshot.t) - 1 <= FEW_STEPS
    steps = len(snapshot.t) - 1 if is_seen else None
    return Frame(
        extent=snapshot.extent, source=snapshot.source, target=snapshot.target, t=t, x=x,
        origin=snapshot.x[0, :count], trail=trail, u=u, density=density,
        pairs=snapshot.pairs if style.needs("pairs") and not snapshot.is_map else None,
        mark=usual_mark(snapshot.lane, snapshot.coupling) if mark is None else mark,
        step=None if snapshot.is_final and paths is not None and snapshot.step != UNLEARNED else snapshot.step,
        metrics=snapshot.metrics,
        warp=lattice_at(snapshot, t) if style.needs("lattice") else None, phase=t if phase is None else phase,
        classes=snapshot.classes, end=snapshot.x[-1, :count],
        density_box=density_box, u_extent=u_extent, grids={} if snapshot.is_map else snapshot.grids, paths=paths,
        followed=followed_at(_to_follow(snapshot, style, followed), t, style.starts is not None)
        if style.follows else None,
        solver_steps=steps, known=known, levels=levels, marginals=marginals, is_blend=is_blend,
        adaptive_nfe=snapshot.metrics.nfe if snapshot.sampling.is_adaptive and not snapshot.is_map else None,
        conditional=conditional_at(t, snapshot.source, snapshot.target, snapshot.full_path, snapshot.sigma)
        if style.needs("conditional") and not snapshot.is_map else None,
        probe=_probe_of(snapshot, t, style), exact=exact, density_error=density_error, note=snapshot.note,
    )


def many_together(snapshots: Sequence[FlowSnapshot | None], style: Style) -> list[FlowSnapshot | None]:
    """Return the flows of panes beside each other: if a layer compares, none has its many points before all have.

    Else a difference would be that of a smooth density and a rough one.
    """
    if not style.compares or len({snapshot.many is None for snapshot in snapshots if snapshot is not None}) < 2:
        return list(snapshots)
    return [snapshot if snapshot is None else replace(snapshot, many=None) for snapshot in snapshots]


def compared(frames: Sequence[Frame], style: Style) -> list[Frame]:
    """Return the frames of panes beside each other; each but the first knows the first, if a layer compares."""
    return [replace(frame, base=frames[0]) if place and style.compares else frame
            for place, frame in enumerate(frames)]


def followed_of(snapshot: FlowSnapshot, style: Style) -> tuple[int, ...]:
    """Return which of the particles are to be followed, () where none are, or somebody has chosen starts.

    All moments of a lane take those of its newest snapshot: a file keeps starts half as precise, so of a flow that is
    computed anew others would be chosen now and then (for 26 of 300 Gaussian clouds).
    """
    return spread_over(snapshot, style.paths, style.follow) if style.follows and style.starts is None else ()


def _to_follow(snapshot: FlowSnapshot, style: Style, followed: tuple[int, ...] | None) -> Carried | None:
    """Return what is followed; particles that start at chosen places stand in until the flow's own are known."""
    if style.starts is None:
        return chosen_of(snapshot, followed_of(snapshot, style) if followed is None else followed)
    if not style.starts or snapshot.own is not None:
        return snapshot.own if style.starts else None
    return started_at(snapshot, style.starts, _NEAR * snapshot.extent.half)


def _probe_of(snapshot: FlowSnapshot, t: float, style: Style) -> Probe | None:
    """Return the probe: what was answered about its place, or else the velocity between the nodes of the field."""
    place = style.probe_in(snapshot.extent)
    if place is None or snapshot.is_map:
        return None
    grid, xy, now, t = snapshot.velocity, np.array([place]), t, t if style.probe_t is None else style.probe_t
    velocity = bilinear_over(grid.at(t), grid.extent, xy)[0]
    everyone, h = snapshot.points.at(np.array([t]))[0], bandwidth_at(snapshot, t, style.bandwidth)
    probe = probe_at(place, t, snapshot.probed, velocity, density_at(everyone, xy, h)[0])
    return replace(probe, name=style.probe_name, is_fixed=style.probe_t is not None,
                   is_exact=snapshot.step == UNLEARNED,
                   now=None if probe.way is None or style.probe_t is None else probe.way.at(now))


def of_same_training(picture: FlowSnapshot, known: FlowSnapshot) -> FlowSnapshot:
    """Return a picture with what only the training knows of its weights, which `known` shows in another sampling."""
    metrics = replace(picture.metrics, loss=known.metrics.loss, nll=known.metrics.nll, seconds=known.metrics.seconds,
                      steps_per_second=known.metrics.steps_per_second)
    return replace(picture, lane=known.lane, pairs=known.pairs, curves=known.curves, metrics=metrics,
                   is_final=known.is_final)


def still_frame(extent: Extent, source: FloatArray, target: FloatArray, mark: LaneMark, pairs: Pairs | None,
                style: Style, classes: Classes = NO_CLASSES) -> Frame:
    """Return a picture of the clouds alone, for a lane that has learned nothing yet."""
    return Frame(extent=extent, source=source, target=target, mark=mark,
                 pairs=pairs if style.needs("pairs") else None, classes=classes)


def lattice_at(snapshot: FlowSnapshot, t: float) -> FloatArray | None:
    """Return the carried lattice (R, R, 2) at time t, or None if it was not baked."""
    if snapshot.lattice is None:
        return None
    used, weights = weights_at(snapshot, np.array([t]))
    k, rows, columns, _ = snapshot.lattice.shape
    block = snapshot.lattice.reshape(k, -1)[used]
    return product(weights, block).reshape(rows, columns, 2)


def bandwidth_at(snapshot: FlowSnapshot, t: float, factor: float = 1.0) -> float:
    """Return the bandwidth of the density at time t times a factor, world units; see `many.bandwidth_of`."""
    return factor * bandwidth_of(snapshot.points, snapshot.source, snapshot.target, snapshot.full_path,
                                 snapshot.extent, t)
