"""The figures of a gallery: one table, and its films.

A figure is one row of `FIGURES`. Its `draw` writes its files and returns one sentence that is true of just these
clouds; films are the window's, sheets are `gallery_sheets`'.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fmviz.canvas.header import three_digits
from fmviz.commandline.gallery_flows import FLOW, PAIRING, PILES
from fmviz.commandline.gallery_sheets import (
    SUFFIXES,
    Desk,
    draw_modelling,
    draw_pairing,
    draw_piles,
    draw_strip,
    styled,
    way,
)
from fmviz.commandline.output import calm_closing, calmly
from fmviz.commandline.progress import ProgressPart
from fmviz.core.cloud import FloatArray
from fmviz.core.couplings import COMPARED, coupling_of
from fmviz.core.exact import conditional_snapshot
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.frames import FlowSnapshot, limits_of
from fmviz.core.lanes import LaneMark
from fmviz.core.paths import path_of
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.film.render import render_film

_FPS, _SECONDS, _HOLD_S = 20.0, 4.0, 0.6
_ONE_POINT_PARTICLES = 300
_DATA_POINTS = 64


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        key: the name of its files without their endings, the first of which is the one to show.
        title: what stands over it.
        problem: key of the problem that it shows.
        draw: writes its files and returns its sentence.
        suffixes: the endings of its files.
        columns: how many pictures wide it is among others, four in a row.
        cost: about how many seconds it takes at the usual size.
        needs_flow: whether the problem must be learned for it.
    """

    key: str
    title: str
    problem: str
    draw: Callable[[Desk, str, ProgressPart], str]
    suffixes: tuple[str, ...] = SUFFIXES
    columns: int = 1
    cost: float = 1.5
    needs_flow: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files."""
        return tuple(f"{self.key}{suffix}" for suffix in self.suffixes)


def _of_density(snapshot: FlowSnapshot, project: Project) -> str:
    from fmviz.flow.quality import POINTS

    metrics = snapshot.metrics
    distance = ""
    if metrics.w2 is not None and metrics.w2_floor is not None:
        distance = (f": {POINTS} carried points have a distance W2 of {three_digits(metrics.w2)} to as many of the "
                    f"target, two such samples of the target one of {three_digits(metrics.w2_floor)}")
    return f"The density of {snapshot.x.shape[1]:,} particles on their way from {way(project)}{distance}."


def _of_field(snapshot: FlowSnapshot, project: Project) -> str:
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
    speed = np.hypot(*np.moveaxis(snapshot.u_inside, -1, 0)).mean(axis=(1, 2))
    fastest, slowest = snapshot.field_t[speed.argmax()], snapshot.field_t[speed.argmin()]
    return (f"The speed |v(x, t)| of the field from {way(project)}: averaged over the picture it is highest at "
            f"t = {fastest:.2f} and lowest at t = {slowest:.2f}.")


_SAID: dict[str, Callable[[FlowSnapshot, Project], str]] = {
    "density": _of_density, "field": _of_field, "trajectories": _of_paths, "magnitude": _of_speed,
}


def _draw_film(view: str, lane: int, desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw one lane as an animation; its colour limits are those of both."""
    project = desk.flows.project(FLOW)
    snapshots, style = desk.flows.snapshots(FLOW, progress), styled(project, view)
    film = film_of(snapshots, style, _spec(desk, (lane,)), marks=project.marks)
    _write(desk, key, replace(film, limits=limits_of(snapshots, style)), progress)
    return _SAID[view](snapshots[lane], project)


def _draw_one_point(desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw the exact flow of the source to one point of the target."""
    project = desk.flows.project(FLOW)
    seed = project.lanes[0].seed
    x0 = project.source.sample(_ONE_POINT_PARTICLES, stream(seed, Stream.PARTICLES))
    z = _data_point(project, x0, seed)
    path = path_of(project.lanes[0].path)
    snapshot = conditional_snapshot(x0, z, path)
    style = replace(styled(project, "field"), layers=("target", "trails", "arrows", "particles"), trail=1.0)
    # The speed grows without bounds; the colours are those of the first half, where most of the way is.
    half = len(snapshot.t) // 2
    limits = limits_of((replace(snapshot, t=snapshot.t[:half], u=snapshot.u[:half]),), style)
    _write(desk, key, Film(((snapshot,),), style, _spec(desk), limits, (LaneMark(0, "One data point", 0),)), progress)
    digits = max(0, 2 - math.floor(math.log10(snapshot.extent.half / 5)))
    return (f"If the target is the one point z = ({z[0]:.{digits}f}, {z[1]:.{digits}f}), each path is {path.towards} "
            f"and the field is {path.field_towards}: exact, nothing is learned.")


def _films(view: str, name: str, title: str) -> tuple[Figure, ...]:
    """Return the rows of one view: one lane each."""
    return tuple(
        Figure(f"{name}-{key}" if lane else name, f"{title}, {coupling_of(key).phrase}", FLOW,
               partial(_draw_film, view, lane), (".gif",), cost=2.5)
        for lane, key in enumerate(COMPARED)
    )


FIGURES: tuple[Figure, ...] = (
    *_films("density", "density", "Density"),
    *_films("field", "field", "Velocity field"),
    *_films("trajectories", "trajectories", "Trajectories"),
    *_films("magnitude", "speed", "Speed map"),
    Figure("one-point", "One data point", FLOW, _draw_one_point, (".gif",), cost=2.5, needs_flow=False),
    Figure("modelling", "Distribution modelling", FLOW, draw_modelling, columns=3),
    Figure("pairing", "Pairs of one batch", PAIRING, draw_pairing, columns=2, cost=5.0, needs_flow=False),
    Figure("piles", "Two piles to two piles", PILES, draw_piles, columns=2),
    Figure("strip", "Film strip", FLOW, draw_strip, columns=4),
)


def _spec(desk: Desk, lanes: tuple[int, ...] = ()) -> ExportSpec:
    return ExportSpec(desk.width, desk.height, _FPS, _SECONDS, _HOLD_S, desk.theme, lanes=lanes)


def _write(desk: Desk, key: str, film: Film, progress: ProgressPart) -> None:
    work = render_film(desk.folder / f"{key}.gif", film)
    with calm_closing(work):
        for done, total in calmly(work):
            progress.update(done / total, f"frame {done} of {total}")


def _data_point(project: Project, x0: FloatArray, seed: int) -> FloatArray:
    """Return the one of some points of the target that is farthest from the source: the longest way to look at."""
    points = project.target.sample(_DATA_POINTS, stream(seed, Stream.GALLERY_POINT))
    return np.asarray(points[np.hypot(*(points - x0.mean(axis=0)).T).argmax()])
