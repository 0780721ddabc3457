"""Figures of the gallery that show one law each: with the exact field beside the learned one, the path to one point,
likelihood, a map in one step, and the panels of mathematics.

Each number in a sentence is taken from what is drawn.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fmviz.canvas.chart import Schedules, schedules_drawing
from fmviz.canvas.composer import PaneContent
from fmviz.canvas.header import Heading, three_digits
from fmviz.canvas.layer import look_of
from fmviz.canvas.panel import PanelPicture, panel_drawing
from fmviz.canvas.panels import PANEL_TYPES
from fmviz.commandline.gallery_figure import (
    SCALE,
    Gallery,
    inner_lattice,
    named,
    sheet_of,
    styled,
    way,
    write_files,
    write_panes,
)
from fmviz.commandline.gallery_flows import FLOW, NORMALIZING
from fmviz.commandline.progress import ProgressPart
from fmviz.core.camera import Camera
from fmviz.core.cloud import FloatArray, mean_of
from fmviz.core.conditional import conditional_velocity
from fmviz.core.couplings import coupling_of
from fmviz.core.extent import WIDE, extent_of
from fmviz.core.film import STRIP_TIMES
from fmviz.core.formats import THEME
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, Grid, frame_at
from fmviz.core.limits import Limits, limits_of
from fmviz.core.numbers import measured
from fmviz.core.panels import panel_of
from fmviz.core.paths import OWN, PATHS, Path
from fmviz.core.possible import why_no_density, why_no_exact_field
from fmviz.core.project import Project
from fmviz.core.quantities import Metrics
from fmviz.core.spread import gaussian_of, why_no_map
from fmviz.core.streams import Stream, stream
from fmviz.core.theme import load_theme

# Width and height in pictures.
_OF_THREE, _OF_TWO, _OF_PATH, _OF_SCHEDULES, _OF_PANEL = (3, 1.26), (2, 1.3), (5, 1.22), (3, 1.3), (2, 1.25)
# Charts and formulas have no room in smaller ones, px.
_LEAST_PANEL = (960, 600)
_ONE_POINT_PARTICLES, _DATA_POINTS = 300, 64
# Of the flow to one point, towards which every coupling is the same.
_COUPLING = "random"
_TIMES, _GRID, _LATTICE = 51, 29, 41
_CROSSING_TIMES, _MIDDLE, _LATE = (0.2, 0.5, 0.8), 0.5, 0.9
# What the view of the crossing shows, in half edges of the picture, and how far its arrows reach, in t.
_NEAR, _REACH = 1.3, 0.25
_PROBE_DIGITS = 2


def no_field(project: Project) -> str:
    """Return why the exact field of a project's first lane is not known, one sentence, or ""."""
    return why_no_exact_field(project.source, project.target, project.lanes[0].learning)


def no_density(project: Project) -> str:
    """Return why its density is not known with its exact field, one sentence, or ""."""
    return why_no_density(project.source, project.target, project.lanes[0].learning)


def no_map(project: Project) -> str:
    """Return why there is no normalizing flow between its sides, one sentence, or ""."""
    return why_no_map(project.source, project.target)


def no_likelihood(project: Project) -> str:
    """Return why its flows have no density of their own, one sentence, or ""."""
    source = project.source
    if source.cloud is None or source.jitter > 0 or np.ptp(source.cloud.xy, axis=0).any():
        return ""
    return "All points of the source are one, which has no density; jitter it, or choose another source."


def draw_change_of_variables(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw what one invertible map does to the lattice under the samples, beside what a flow of many steps does."""
    project = gallery.flows.project(FLOW)
    style = styled(project, "warp")
    target = replace(style, layers=("target",))
    one = gallery.flows.picture(NORMALIZING, 0, style, progress)
    many = gallery.flows.picture(FLOW, 0, style, progress)
    cells = [PaneContent(replace(frame := frame_at(each, 1.0, style), warp=inner_lattice(frame.warp, each)), style,
                         Limits(), Heading(title, _nll_facts(each.metrics)))
             for title, each in (("One map", one), ("A flow in many steps", many))]
    floor = one.metrics.nll_floor
    facts = () if floor is None else (f"entropy {three_digits(floor)} nats",)
    cells.append(PaneContent(frame_at(many, 1.0, target), target, Limits(), Heading("Target", facts)))
    sentence = (f"What one invertible map, learned by likelihood, does to the lattice under samples of "
                f"{named(project.source)}, and what the flow does that was learned with "
                f"{coupling_of(many.coupling).phrase}{_of_nll((one.metrics, many.metrics), ('the map', 'the flow'))}.")
    write_panes(gallery, key, sheet_of(gallery, cells, 1, 3, sentence), _OF_THREE)
    return sentence


def draw_likelihood(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw the density of each lane's flow at t = 1, exactly."""
    project = gallery.flows.project(FLOW)
    style = replace(styled(project, "density"), density="exact")
    snapshots = tuple(gallery.flows.picture(FLOW, lane, style, part, only=1.0)
                      for lane, part in enumerate(progress.parts(len(project.lanes))))
    limits = limits_of(snapshots, style)
    cells, sums = [], []
    for snapshot, mark in zip(snapshots, project.marks, strict=True):
        frame = frame_at(snapshot, 1.0, style, seen=snapshot.extent.box, mark=mark)
        peak = 0.0 if frame.density is None else float(frame.density.max())
        limits = replace(limits, density=max(limits.density, peak))
        cells.append(PaneContent(frame, style, limits, Heading(mark.title, _nll_facts(snapshot.metrics))))
        if snapshot.log_density is not None:
            sums.append(snapshot.log_density.integral(1.0))
    cells = [replace(cell, limits=limits) for cell in cells]
    names = tuple(coupling_of(snapshot.coupling).phrase for snapshot in snapshots)
    whole = "" if not sums else f", which sums up to {' and '.join(f'{each:.3f}' for each in sums)} over the plane"
    sentence = (f"The density of the flow itself at t = 1, from {way(project)}, by the change of variables along each "
                f"trajectory{whole}{_of_nll([snapshot.metrics for snapshot in snapshots], names)}.")
    write_panes(gallery, key, sheet_of(gallery, cells, 1, len(cells), sentence), _OF_TWO)
    return sentence


def draw_loss(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw the learned field on the exact one, and their difference at two times."""
    project = gallery.flows.project(FLOW)
    both = replace(styled(project, "field"), layers=("exact", "arrows", "outline"))
    left = replace(both, layers=("field_error", "outline"))
    snapshot = gallery.flows.picture(FLOW, 0, replace(both, layers=(*both.layers, "field_error")), progress)
    cells = [PaneContent(frame_at(snapshot, t, style), style, limits_of((snapshot,), style), Heading(title, t=t))
             for t, style, title in ((_MIDDLE, both, "Learned on exact"), (_MIDDLE, left, "Learned minus exact"),
                                     (_LATE, left, "Learned minus exact"))]
    metrics, said = snapshot.metrics, []
    if metrics.loss is not None and metrics.loss_floor is not None:
        said.append(f"The loss of the last batches is {three_digits(metrics.loss)}, the least that any field has is "
                    f"{three_digits(metrics.loss_floor)}: so much do the conditional velocities scatter around their "
                    "mean.")
    if metrics.exact_error is not None:
        said.append(f"From {way(project)} the learned field differs from the exact one by "
                    f"{100 * metrics.exact_error:.2g} %, relative L2 over the particles and t.")
    sentence = " ".join(said) or f"The learned field from {way(project)} on the exact one, and their difference."
    write_panes(gallery, key, sheet_of(gallery, cells, 1, 3, sentence), _OF_THREE)
    return sentence


def draw_crossing(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw the velocities of the pairs that cross half way between the clouds, and their mean."""
    project = gallery.flows.project(FLOW)
    known = gallery.flows.snapshots(FLOW, progress)[0]
    x, y = (float(value) for value in np.round((known.source.mean(axis=0) + known.target.mean(axis=0)) / 2,
                                               digits_of(known)))
    style = replace(styled(project, "crossing"), probe=(x, y), arrow_dt=_REACH,
                    camera=Camera(x, y, _NEAR * known.extent.half))
    snapshot = gallery.flows.picture(FLOW, 0, style, progress)
    frames = [frame_at(snapshot, t, style) for t in _CROSSING_TIMES]
    cells = [PaneContent(frame, style, Limits(), Heading(f"t = {t:.2f}"))
             for t, frame in zip(_CROSSING_TIMES, frames, strict=True)]
    probe = frames[1].probe
    place = f"({x:g}, {y:g})"
    sentence = f"At {place} and t = {_MIDDLE:g} nothing comes from {way(project)}."
    if probe is not None and probe.exact is not None:
        sentence = (f"At {place} and t = {_MIDDLE:g} the velocities of the pairs that cross there have the mean "
                    f"{_vector(probe.exact)}, the exact velocity u; the flow has learned {_vector(probe.velocity)}. "
                    "This mean changes on the way, and the flow follows it.")
    write_panes(gallery, key, sheet_of(gallery, cells, 1, 3, sentence), _OF_THREE)
    return sentence


def one_point(project: Project) -> tuple[FlowSnapshot, FloatArray]:
    """Return the exact flow of the source to one point of the target, and that point.

    Of some points it is the farthest from the source: the longest way to look at.
    """
    seed = project.lanes[0].seed
    x0 = project.source.sample(_ONE_POINT_PARTICLES, stream(seed, Stream.PARTICLES))
    points = project.target.sample(_DATA_POINTS, stream(seed, Stream.GALLERY_POINT))
    z = np.asarray(points[np.hypot(*(points - x0.mean(axis=0)).T).argmax()])
    return conditional_snapshot(x0, z, project.lanes[0].full_path), z


def conditional_snapshot(x0: FloatArray, z: FloatArray, path: Path) -> FlowSnapshot:
    """Return the flow of x0 (N, 2) to z (2,) as a picture's values; its step is UNLEARNED.

    The source's mean is that of x0. The last stored field repeats the one before it, since there is none at t = 1.
    """
    t = np.linspace(0.0, 1.0, _TIMES)
    extent = extent_of((x0, z[None]))
    wide = extent.wide(path.reach)
    grid, lattice = (np.stack(np.meshgrid(*nodes), axis=-1) for nodes in
                     (wide.axes(WIDE * (_GRID - 1) + 1), extent.axes(_LATTICE)))
    mean0 = mean_of(x0)
    u = np.stack([conditional_velocity(grid, float(min(time, t[-2])), z, path, mean0) for time in t])
    x, carried = (path.points(starts, z, t.reshape(-1, *(1,) * starts.ndim), mean0) for starts in (x0, lattice))
    velocity = Grid(wide, t.astype(np.float32), u.astype(np.float32))
    return FlowSnapshot(0, _COUPLING, UNLEARNED, velocity.t, x, extent, velocity, x0, np.array(z[None]), None, Curves(),
                        Metrics(), is_final=True, lattice=carried, path=path.key, path_settings=path.settings)


def draw_gaussian_path(gallery: Gallery, key: str, _progress: ProgressPart) -> str:
    """Draw where points are at five times whose partner is one point of the target."""
    project = gallery.flows.project(FLOW)
    snapshot, z = one_point(project)
    style = replace(styled(project, "field"), layers=("target", "conditional", "particles"))
    frames = [frame_at(snapshot, t, style) for t in STRIP_TIMES]
    path, cells, deviations = project.lanes[0].full_path, [], []
    for t, frame in zip(STRIP_TIMES, frames, strict=True):
        deviation = 0.0 if frame.conditional is None else frame.conditional.deviation
        deviations.append(deviation)
        alpha, beta = float(path.alpha(t)), float(path.beta(t))
        cells.append(PaneContent(frame, style, Limits(), Heading(
            f"t = {t:.2f}", (rf"α = {alpha:.2f}, β = {beta:.2f}",))))
    what = "is Gaussian and has" if gaussian_of(project.source) is not None else "has"
    told = ", ".join(map(three_digits, deviations))
    sentence = (rf"Of points whose partner is z = {_vector(z)} the law $p_t(x | z)$ {what} the mean $\alpha_t z$, "
                rf"counted from the source's mean, and the deviation $\beta_t s$: {told} at t = 0, 0.25, 0.5, 0.75 "
                "and 1.")
    write_panes(gallery, key, sheet_of(gallery, cells, 1, len(cells), sentence), _OF_PATH)
    return sentence


def draw_schedules(gallery: Gallery, key: str, _progress: ProgressPart) -> str:
    """Draw alpha, beta and their derivatives of all named paths, and of the lane's own."""
    mine = gallery.flows.project(FLOW).lanes[0].full_path
    named_ones = [row for row in PATHS.values() if row.key != OWN or mine.key == OWN]  # formulas are none
    paths = tuple(mine if row.key == mine.key else row for row in named_ones)
    t = np.linspace(0, 1, 2001)
    halves = [(path, float(t[np.abs(np.asarray(path.alpha(t)) - 0.5).argmin()])) for path in paths]
    told = ", ".join(f"{half:.2f} ({path.label})" for path, half in halves)
    sentence = (f"The share of the target rises from 0 to 1 and that of the source falls from 1 to 0; half of the way "
                f"to z is made at t = {told}. This flow has the {mine.label.lower()} path.")
    width, height = _OF_SCHEDULES[0] * gallery.width, round(_OF_SCHEDULES[1] * gallery.height)
    schedules = Schedules(paths, mine, look_of(load_theme(gallery.theme), THEME), gallery.title,
                          sentence if gallery.caption is None else gallery.caption)
    write_files(gallery, key, schedules_drawing(width, height, schedules), gallery.title)
    return sentence


def draw_panel(panel: str, is_first_step: bool, gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw a panel of mathematics; it says its own sentence.

    Args:
        panel: key of `PANELS`.
        is_first_step: whether of the first step that is kept, instead of the newest.
    """
    from fmviz.commandline.panel import panel_lane

    project, row = gallery.flows.project(FLOW), panel_of(panel)
    learned = gallery.flows.learned(FLOW, progress)
    lanes = range(len(project.lanes) if row.shows_all else 1)
    shown = tuple(panel_lane(row, project, lane, learned[lane],
                             learned[lane].kept[0].step if is_first_step and learned[lane].kept else None, part)
                  for lane, part in zip(lanes, progress.parts(len(lanes)), strict=True))
    width, height = _OF_PANEL[0] * gallery.width, round(_OF_PANEL[1] * gallery.height)
    scale = SCALE if min(width / _LEAST_PANEL[0], height / _LEAST_PANEL[1]) >= 1 else 1
    width, height = max(width, _LEAST_PANEL[0]), max(height, _LEAST_PANEL[1])
    picture = PanelPicture(replace(row, label=gallery.title or row.label), shown, _MIDDLE,
                           look_of(load_theme(gallery.theme), THEME))
    write_files(gallery, key, panel_drawing(width, height, picture), row.label, scale)
    return PANEL_TYPES[panel].sentence(picture)


def _nll_facts(metrics: Metrics) -> tuple[str, ...]:
    return () if metrics.nll is None else (f"NLL {measured(metrics.nll, error=metrics.nll_error)} nats",)


def _of_nll(known: list[Metrics] | tuple[Metrics, ...], names: tuple[str, ...]) -> str:
    """Return the end of a sentence: how likely held-out points of the target are, if that is known."""
    if any(metrics.nll is None for metrics in known):
        return ""
    told = " and ".join(f"{three_digits(metrics.nll or 0.0)} nats with {name}"
                        for metrics, name in zip(known, names, strict=True))
    floor = known[0].nll_floor
    least = "" if floor is None else f", where the target's own entropy, the least there is, is {three_digits(floor)}"
    return f"; held-out points of the target have an NLL of {told}{least}"


def digits_of(snapshot: FlowSnapshot) -> int:
    """Return how many decimals a place has that is as exact as a picture shows it."""
    return max(0, _PROBE_DIGITS - int(np.floor(np.log10(snapshot.extent.half / 5))))


def _vector(xy: FloatArray) -> str:
    return f"({', '.join(three_digits(abs(float(v))) if v >= 0 else '-' + three_digits(-float(v)) for v in xy)})"
