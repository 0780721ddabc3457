"""The figures of a gallery: one table. A figure is one row of `FIGURES`; its `draw` writes its files and returns one
sentence that is true of just these clouds. Films are the window's, sheets have several panes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from fmviz.canvas.composer import PaneContent, strip_of
from fmviz.canvas.header import Heading, three_digits
from fmviz.commandline.gallery_figure import (
    ASKED,
    CONDITIONAL,
    FLOWS,
    MAPS,
    MARGINAL,
    TRANSPORT,
    Figure,
    Gallery,
    inner_lattice,
    named,
    sheet_of,
    styled,
    way,
    write_panes,
)
from fmviz.commandline.gallery_flows import FLOW, NORMALIZING, PAIRING, PILES
from fmviz.commandline.gallery_laws import (
    digits_of,
    draw_change_of_variables,
    draw_crossing,
    draw_gaussian_path,
    draw_likelihood,
    draw_loss,
    draw_panel,
    draw_schedules,
    no_density,
    no_field,
    no_likelihood,
    no_map,
    one_point,
)
from fmviz.commandline.output import driven
from fmviz.commandline.progress import ProgressPart
from fmviz.core.couplings import COMPARED, coupling_of
from fmviz.core.density import kde
from fmviz.core.export_spec import HOLD_S, ExportSpec
from fmviz.core.extent import extent_of_sides
from fmviz.core.film import Film, film_of
from fmviz.core.frames import UNLEARNED, FlowSnapshot, Pairs, bandwidth_at, frame_at, still_frame
from fmviz.core.lanes import LaneMark
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits, limits_of, particle_speeds
from fmviz.core.many import mass_levels
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.core.style import Style
from fmviz.film.render import render_film

# So many lines can still be told apart.
_PAIRS, _PILE_PAIRS = 96, 48
_PATHS = 300
# Width and height of the sheets in pictures: what leaves the panes the most room beside their text.
_OF_PAIRS, _OF_PILES, _OF_MODELLING, _OF_STRIP = (2, 1.34), (2, 2.22), (4, 1.26), (4, 1.74)
_FPS, _SECONDS = 20.0, 4.0
# Instead of a view: the layers that somebody has asked for.
_OWN = ""


def draw_pairing(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw one batch of pairs of each compared coupling beside each other."""
    project = gallery.flows.project(PAIRING)
    progress.update(0.0, "the best pairing of the whole clouds")
    (pairs, best_of), style = gallery.flows.best_pairs(PAIRING, _PAIRS), styled(project, "pairs")
    cells = [_pairs_cell(project, lane, each, style) for lane, each in enumerate(pairs)]
    sentence = _of_pairs(project, pairs)
    write_panes(gallery, key, sheet_of(gallery, cells, 1, 2, sentence), _OF_PAIRS)
    last, phrase = pairs[-1], coupling_of(project.lanes[-1].coupling).phrase
    usual = "" if last.usual is None else f"; with {phrase} such batches cost {three_digits(last.usual)} on average"
    best = "" if last.optimum is None else f"; the best pairing of {best_of} costs {three_digits(last.optimum)}"
    return f"{sentence[:-1]}{usual}{best}."


def draw_piles(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw a batch of pairs beside the learned paths, the compared couplings above each other."""
    project = gallery.flows.project(PILES)
    snapshots, pairs = gallery.flows.snapshots(PILES, progress), gallery.flows.pairs(PILES, _PILE_PAIRS)
    style = styled(project, "pairs")
    paths = replace(styled(project, "trajectories"), layers=("source", "target", "trails", "particles"), trail=1.0,
                    particles=_PATHS)
    cells = []
    for lane, snapshot in enumerate(snapshots):
        length = snapshot.metrics.path_length
        facts = () if length is None else (f"{three_digits(length)} units long on average",)
        cells += [replace(_pairs_cell(project, lane, pairs[lane], style), heading=Heading("Pairs of one batch")),
                  PaneContent(frame_at(snapshot, 1.0, paths), paths, Limits(), Heading("Learned paths", facts))]
    names = tuple(Heading(mark.title) for mark in project.marks)
    sentence = _of_pairs(project, pairs)[:-1] + _of_lengths(snapshots)
    write_panes(gallery, key, replace(sheet_of(gallery, cells, 2, 2, sentence), row_names=names), _OF_PILES)
    return sentence


def draw_modelling(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw base samples, the map, the modelled density and the target's, as the first lane has learned them."""
    project = gallery.flows.project(FLOW)
    snapshot = gallery.flows.pictures(FLOW, styled(project, "density"), progress)[0]
    dots, warp = replace(styled(project, "trajectories"), layers=("particles",)), styled(project, "warp")
    density = styled(project, "density")
    modelled = frame_at(snapshot, 1.0, density, seen=snapshot.extent.box)
    carried = frame_at(snapshot, 1.0, warp)
    n = snapshot.points.x.shape[1]
    fresh = project.target.sample(n, stream(project.lanes[0].seed, Stream.GALLERY_PILES))
    truth = kde(fresh, snapshot.extent, snapshot.points.cells, bandwidth_at(snapshot, 1.0, density.bandwidth))
    limits = limits_of((snapshot,), density)
    limits = replace(limits, density=max(limits.density, float(truth.max())))
    cells = (
        PaneContent(frame_at(snapshot, 0.0, dots), dots, limits, Heading("Base samples", (project.source.label,))),
        PaneContent(replace(carried, warp=inner_lattice(carried.warp, snapshot)), warp, limits,
                    Heading("The map", ("the lattice under the samples, carried",))),
        PaneContent(modelled, density, limits, Heading("Modelled density", (f"of {n:,} carried samples",))),
        PaneContent(replace(modelled, density=truth, levels=mass_levels(truth)), density, limits,
                    Heading("Target density", (f"of {n:,} points of {project.target.label}",))),
    )
    phrase = coupling_of(snapshot.coupling).phrase
    sentence = (f"Samples of {named(project.source)}, what the flow learned with {phrase} does to the lattice under "
                f"them, and the density of where it carries them, beside that of {named(project.target)}.")
    write_panes(gallery, key, sheet_of(gallery, cells, 1, 4, sentence), _OF_MODELLING)
    return sentence


def draw_strip(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw the moments t = 0, .25, .5, .75 and 1, the compared couplings above each other."""
    project = gallery.flows.project(FLOW)
    snapshots = gallery.flows.snapshots(FLOW, progress)
    film = film_of(snapshots, styled(project, "trajectories"), ExportSpec(theme=gallery.theme),
                   marks=project.marks)
    write_panes(gallery, key, strip_of(film), _OF_STRIP)
    return f"From {way(project)} at t = 0.00, 0.25, 0.50, 0.75 and 1.00{_of_lengths(snapshots)}"


def _pairs_cell(project: Project, lane: int, pairs: Pairs, style: Style) -> PaneContent:
    extent = extent_of_sides(project.source, project.target)
    frame = still_frame(extent, pairs.x0, pairs.x1, project.marks[lane], pairs, style)
    facts = (f"mean squared cost {three_digits(pairs.cost)}",)
    return PaneContent(frame, style, Limits(), Heading(frame.mark.title, facts))


def _of_pairs(project: Project, pairs: tuple[Pairs, ...]) -> str:
    costs = " and ".join(f"{three_digits(each.cost)} with {coupling_of(config.coupling).phrase}"
                         for config, each in zip(project.lanes, pairs, strict=True))
    return f"The mean squared cost of one batch of {len(pairs[0].x0)} pairs from {way(project)} is {costs}."


def _of_lengths(snapshots: tuple[FlowSnapshot, ...]) -> str:
    """Return the end of a sentence: how long the paths are, if that is known."""
    lengths = [(snapshot.metrics.path_length, coupling_of(snapshot.coupling).phrase) for snapshot in snapshots]
    if any(length is None for length, _ in lengths):
        return "."
    told = " and ".join(f"{three_digits(length or 0.0)} with {coupling}" for length, coupling in lengths)
    return f"; the mean length of the learned paths is {told}."


def _of_density(snapshot: FlowSnapshot, project: Project) -> str:
    from fmviz.flow.quality import POINTS

    metrics = snapshot.metrics
    distance = ""
    if metrics.w2 is not None and metrics.w2_floor is not None:
        distance = (f": {POINTS} carried points have a distance W2 of {three_digits(metrics.w2)} to as many of the "
                    f"target, two such samples of the target one of {three_digits(metrics.w2_floor)}")
    return f"The density of {snapshot.points.x.shape[1]:,} particles on their way from {way(project)}{distance}."


def _of_field(snapshot: FlowSnapshot, project: Project) -> str:
    if snapshot.step == UNLEARNED:
        return f"The velocity field v(x, t) from {way(project)}, known without learning."
    loss = snapshot.metrics.loss
    end = "" if loss is None else f"; its loss is {three_digits(loss)}"
    return f"The velocity field v(x, t) from {way(project)}, learned in {snapshot.step:,} steps{end}."


def _of_paths(snapshot: FlowSnapshot, project: Project) -> str:
    metrics = snapshot.metrics
    length = ""
    if metrics.path_length is not None and metrics.straight_length:
        longer = 100 * (metrics.path_length / metrics.straight_length - 1)
        length = (f": {three_digits(metrics.path_length)} units on average, {longer:.1f} % longer than the straight "
                  "lines between their ends")
    return f"The paths of particles from {way(project)}{length}."


def _of_speed(snapshot: FlowSnapshot, project: Project) -> str:
    t, speeds = particle_speeds(snapshot)
    mean = speeds.mean(axis=1)
    return (f"The speed |v(x, t)| of the field from {way(project)}: averaged over the particles it is highest at "
            f"t = {t[mean.argmax()]:.2f} and lowest at t = {t[mean.argmin()]:.2f}.")


def _of_layers(snapshot: FlowSnapshot, project: Project) -> str:
    labels = [LAYERS[name].label.lower() for name in project.style.layers]
    after = "" if snapshot.step == UNLEARNED else f" after {snapshot.step:,} steps of learning"
    return f"The way from {way(project)}{after}: {', '.join(labels)}."


_SAID: dict[str, Callable[[FlowSnapshot, Project], str]] = {
    "density": _of_density, "field": _of_field, "trajectories": _of_paths, "magnitude": _of_speed,
    _OWN: _of_layers,
}


def _draw_film(view: str, lane: int, gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw one lane as an animation."""
    project = gallery.flows.project(FLOW)
    style = replace(styled(project, project.style.view), layers=project.style.layers) if view == _OWN else styled(
        project, view)
    snapshots = gallery.flows.pictures(FLOW, style, progress)
    film = film_of(snapshots, style, _spec(gallery, (lane,)), marks=project.marks)
    driven(render_film(gallery.folder / f"{key}.gif", film), progress.count_frames)
    return _SAID[view](snapshots[lane], project)


def _draw_one_point(gallery: Gallery, key: str, progress: ProgressPart) -> str:
    """Draw the exact flow of the source to one point of the target."""
    project = gallery.flows.project(FLOW)
    path = project.lanes[0].full_path
    snapshot, z = one_point(project)
    style = replace(styled(project, "field"), layers=("target", "conditional", "trails", "arrows", "particles"),
                    trail=1.0)
    film = Film(((snapshot,),), style, _spec(gallery), marks=(LaneMark(0, "One data point", 0),))
    driven(render_film(gallery.folder / f"{key}.gif", film), progress.count_frames)
    digits = digits_of(snapshot)
    return (f"If the target is the one point z = ({z[0]:.{digits}f}, {z[1]:.{digits}f}), each path is {path.towards} "
            f"and the field is {path.field_towards}: exact, nothing is learned.")


def _films(view: str, name: str, title: str, equation: str = "") -> tuple[Figure, ...]:
    """Return the rows of one view: one lane each."""
    return tuple(
        Figure(f"{name}-{key}" if lane else name, f"{title}, {coupling_of(key).phrase}", FLOW,
               partial(_draw_film, view, lane), FLOWS if view != _OWN else ASKED, equation, (".gif",), cost=2.5,
               is_of_layers=view == _OWN)
        for lane, key in enumerate(COMPARED)
    )


FIGURES: tuple[Figure, ...] = (
    Figure("modelling", "Distribution modelling", FLOW, draw_modelling, MAPS,
           r"x = \phi(z),\quad z \sim p_z,\quad \phi = f_k \circ \dots \circ f_2 \circ f_1", columns=4),
    Figure("change-of-variables", "Change of variables", NORMALIZING, draw_change_of_variables, MAPS,
           r"p_x(x) = p_z(\phi^{-1}(x))\;\left|\det \frac{d\phi^{-1}}{dx}\right|", columns=2, beside=FLOW,
           why_not=no_map),
    Figure("likelihood", "Likelihood along the flow", FLOW, draw_likelihood, MAPS,
           r"\log p_1(x_1) = \log p_0(x_0) - \int_0^1 {\nabla} \cdot u^\theta_t(x_t)\,dt", columns=2, cost=15.0,
           why_not=no_likelihood),
    *_films("density", "density", "Density", r"X_t = \psi_t(X_0) \sim p_t,\quad X_0 \sim p_0"),
    *_films("field", "field", "Velocity field", r"\frac{d X_t}{dt} = u_t(X_t)"),
    *_films("magnitude", "speed", "Speed map", r"\Vert u^\theta_t(x) \Vert"),
    *_films("trajectories", "trajectories", "Trajectories",
            r"\frac{d X_t}{dt} = u^\theta_t(X_t),\quad X_0 \sim p_0"),
    Figure("continuity", "The continuity equation", FLOW, partial(draw_panel, "continuity", False), FLOWS,
           r"{\partial}_t\,p_t(x) + {\nabla} \cdot (p_t(x)\,u_t(x)) = 0", columns=2, cost=15.0, why_not=no_density),
    Figure("loss", "The loss that is meant, and its floor", FLOW, draw_loss, FLOWS,
           r"\mathcal{L}_{FM}(\theta) = \mathbb{E}_{t \sim \mathcal{U},\ x \sim p_t}\ "
           r"\Vert u_t(x) - u^\theta_t(x) \Vert^2", columns=2, cost=3.0, why_not=no_field),
    Figure("one-point", "One data point", FLOW, _draw_one_point, CONDITIONAL,
           r"u_t(x | z) = (\dot{\alpha}_t - \frac{\dot{\beta}_t}{\beta_t} \alpha_t)\,z + "
           r"\frac{\dot{\beta}_t}{\beta_t}\,x", (".gif",), cost=2.5, needs_flow=False),
    Figure("schedules", "Paths to one point", FLOW, draw_schedules, CONDITIONAL,
           r"x_t = \alpha_t\,z + \beta_t\,x_0", columns=3, needs_flow=False),
    Figure("gaussian-path", "The path of a distribution to one point", FLOW, draw_gaussian_path, CONDITIONAL,
           r"p_t(x | z) = \mathcal{N}(\alpha_t\,z,\ \beta_t^2)", columns=4, needs_flow=False),
    Figure("crossing", "The marginal velocity is the mean of conditional ones", FLOW, draw_crossing, MARGINAL,
           r"u_t(x) = \int u_t(x | z)\,\frac{p_t(x | z)\,p(z)}{p_t(x)}\,dz", columns=4, cost=8.0, why_not=no_field),
    Figure("theorem", "Two losses, one gradient", FLOW, partial(draw_panel, "gradients", True), MARGINAL,
           r"{\nabla}_{\theta}\,\mathcal{L}_{FM} = {\nabla}_{\theta}\,\mathcal{L}_{CFM}", columns=2, cost=10.0,
           why_not=no_density),
    Figure("evaluations", "Error against evaluations", FLOW, partial(draw_panel, "evaluations", False), MARGINAL,
           r"x_1 = x_0 + \int_0^1 u^\theta_t(x_t)\,dt", columns=2, cost=20.0),
    Figure("pairing", "Pairs of one batch", PAIRING, draw_pairing, TRANSPORT,
           r"\min_\pi\ \mathbb{E}_{(x_0, z) \sim \pi}\ \Vert z - x_0 \Vert^2", columns=2, cost=5.0,
           needs_flow=False),
    Figure("piles", "Two piles to two piles", PILES, draw_piles, TRANSPORT,
           r"\mathcal{L}_{CFM}(\theta) = \mathbb{E}_{t \sim \mathcal{U},\ (x_0, z) \sim \pi}\ "
           r"\Vert u_t(x_t | z) - u^\theta_t(x_t) \Vert^2", columns=2),
    Figure("strip", "Film strip", FLOW, draw_strip, TRANSPORT, r"X_t = \psi_t(X_0)", columns=4),
)


# Of the layers that somebody has asked for, before all others.
FIGURES_OF_LAYERS = _films(_OWN, "layers", "Layers")


def _spec(gallery: Gallery, lanes: tuple[int, ...] = ()) -> ExportSpec:
    return ExportSpec(gallery.width, gallery.height, _FPS, _SECONDS, HOLD_S, gallery.theme, lanes=lanes,
                      title=gallery.title, caption=gallery.caption or "")
