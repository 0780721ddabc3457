"""The gallery's figures of several panes: pairs, two piles, modelling, film strip. Each writes its files and returns
one sentence that is true of just these clouds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fmviz.canvas.header import Heading, three_digits
from fmviz.canvas.sheet import Cell, Sheet, strip_of
from fmviz.commandline.gallery_flows import FLOW, PAIRING, PILES, Flows
from fmviz.commandline.output import calm
from fmviz.commandline.progress import ProgressPart
from fmviz.core.cloud import FloatArray, Side
from fmviz.core.couplings import coupling_of
from fmviz.core.density import kde
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.extent import extent_of_sides
from fmviz.core.film import film_of
from fmviz.core.frames import DENSITY_CELLS, FlowSnapshot, Limits, Pairs, bandwidth_at, frame_at, limits_of, still_frame
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.film.stills import write_sheet

SUFFIXES = (".png", ".pdf")
# Sheets are looked at on screens of every kind.
_SCALE = 2
# So many lines can still be told apart.
_PAIRS, _PILE_PAIRS = 96, 48
_PARTICLES, _PATHS = 900, 300
# A lattice over this share of the source: outside of it nothing was learned.
_INNER = 0.01
_LONGEST_NAME = 40
# Width and height of the sheets in pictures: what leaves the panes the most room beside their text.
_OF_PAIRS, _OF_PILES, _OF_MODELLING, _OF_STRIP = (2, 1.34), (2, 2.22), (4, 1.26), (4, 1.74)


@dataclass(frozen=True)
class Desk:
    """What figures are made from.

    Args:
        folder: where they go.
        flows: what is learned.
        width, height: of one picture, px.
        theme: key of `export_spec.THEMES`.
    """

    folder: Path
    flows: Flows
    width: int
    height: int
    theme: str


def draw_pairing(desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw one batch of pairs of each compared coupling beside each other."""
    project = desk.flows.project(PAIRING)
    progress.update(0.0, "the best pairing of the whole clouds")
    (pairs, best_of), style = desk.flows.best_pairs(PAIRING, _PAIRS), styled(project, "pairs")
    cells = [_pairs_cell(project, lane, each, style) for lane, each in enumerate(pairs)]
    sentence = _of_pairs(project, pairs)
    _write(desk, key, _sheet(desk, cells, 1, 2, sentence), _OF_PAIRS)
    last, phrase = pairs[-1], coupling_of(project.lanes[-1].coupling).phrase
    usual = "" if last.usual is None else f"; with {phrase} such batches cost {three_digits(last.usual)} on average"
    best = "" if last.optimum is None else f"; the best pairing of {best_of} costs {three_digits(last.optimum)}"
    return f"{sentence[:-1]}{usual}{best}."


def draw_piles(desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw a batch of pairs beside the learned paths, the compared couplings above each other."""
    project = desk.flows.project(PILES)
    snapshots, pairs = desk.flows.snapshots(PILES, progress), desk.flows.pairs(PILES, _PILE_PAIRS)
    style = styled(project, "pairs")
    paths = replace(styled(project, "trajectories"), layers=("source", "target", "trails", "particles"), trail=1.0,
                    particles=_PATHS)
    cells = []
    for lane, snapshot in enumerate(snapshots):
        length = snapshot.metrics.path_length
        facts = () if length is None else (f"{three_digits(length)} units long on average",)
        cells += [replace(_pairs_cell(project, lane, pairs[lane], style), title="Pairs of one batch"),
                  Cell(frame_at(snapshot, 1.0, paths), paths, Limits(), "Learned paths", facts)]
    names = tuple(Heading(mark.title) for mark in project.marks)
    sentence = _of_pairs(project, pairs)[:-1] + _of_lengths(snapshots)
    _write(desk, key, replace(_sheet(desk, cells, 2, 2, sentence), row_names=names), _OF_PILES)
    return sentence


def draw_modelling(desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw base samples, the map, the modelled density and the target's, as the first lane has learned them."""
    project = desk.flows.project(FLOW)
    snapshot = desk.flows.snapshots(FLOW, progress)[0]
    dots, warp = replace(styled(project, "trajectories"), layers=("particles",)), styled(project, "warp")
    density = styled(project, "density")
    modelled, carried = frame_at(snapshot, 1.0, density), frame_at(snapshot, 1.0, warp)
    n = snapshot.x.shape[1]
    fresh = project.target.sample(n, stream(project.lanes[0].seed, Stream.GALLERY_PILES))
    truth = kde(fresh, snapshot.extent, DENSITY_CELLS, bandwidth_at(snapshot, 1.0, density))
    limits = limits_of((snapshot,), density)
    limits = replace(limits, density=max(limits.density, float(truth.max())))
    cells = (
        Cell(frame_at(snapshot, 0.0, dots), dots, limits, "Base samples", (project.source.label,)),
        Cell(replace(carried, warp=_inner(carried.warp, snapshot)), warp, limits, "The map",
             ("the lattice under the samples, carried",)),
        Cell(modelled, density, limits, "Modelled density", (f"of {n:,} carried samples",)),
        Cell(replace(modelled, density=truth), density, limits, "Target density",
             (f"of {n:,} points of {project.target.label}",)),
    )
    phrase = coupling_of(snapshot.coupling).phrase
    sentence = (f"Samples of {named(project.source)}, what the flow learned with {phrase} does to the lattice under "
                f"them, and the density of where it carries them, beside that of {named(project.target)}.")
    _write(desk, key, _sheet(desk, cells, 1, 4, sentence), _OF_MODELLING)
    return sentence


def draw_strip(desk: Desk, key: str, progress: ProgressPart) -> str:
    """Draw the moments t = 0, .25, .5, .75 and 1, the compared couplings above each other."""
    project = desk.flows.project(FLOW)
    snapshots = desk.flows.snapshots(FLOW, progress)
    _write(desk, key, strip_of(film_of(snapshots, styled(project, "trajectories"), ExportSpec(theme=desk.theme),
                                       marks=project.marks)), _OF_STRIP)
    return f"From {way(project)} at t = 0, 0.25, 0.5, 0.75 and 1{_of_lengths(snapshots)}"


def styled(project: Project, view: str) -> Style:
    """Return the project's own style with that view; fewer particles, so that each can be seen."""
    style = replace(project.style.with_view(view), lanes=())
    return replace(style, particles=min(style.particles, _PARTICLES))


def way(project: Project) -> str:
    """Return what becomes what, for a sentence."""
    return f"{named(project.source)} to {named(project.target)}"


def named(side: Side) -> str:
    """Return what a side is called in a sentence: a file's name may be long."""
    name = side.label
    return f"“{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}”"


def _sheet(desk: Desk, cells: Sequence[Cell], rows: int, columns: int, caption: str) -> Sheet:
    return Sheet(tuple(cells), rows, columns, Decor(caption=caption), load_theme(desk.theme))


def _write(desk: Desk, key: str, sheet: Sheet, size: tuple[int, float]) -> None:
    width, height = size[0] * desk.width, round(size[1] * desk.height)
    for suffix in SUFFIXES:
        with calm():
            write_sheet(desk.folder / f"{key}{suffix}", sheet, width, height, _SCALE)


def _pairs_cell(project: Project, lane: int, pairs: Pairs, style: Style) -> Cell:
    extent = extent_of_sides(project.source, project.target)
    frame = still_frame(extent, pairs.x0, pairs.x1, project.marks[lane], pairs, style)
    return Cell(frame, style, Limits(), frame.mark.title, (f"mean squared cost {three_digits(pairs.cost)}",))


def _inner(warp: FloatArray | None, snapshot: FlowSnapshot) -> FloatArray | None:
    """Return the square part of a carried lattice whose nodes began around the samples."""
    if warp is None:
        return None
    low, high = np.quantile(snapshot.x[0], (_INNER, 1 - _INNER), axis=0)
    count = len(warp)
    axes = snapshot.extent.axes(count)
    spans = [np.searchsorted(nodes, (low[k], high[k])).clip(0, count - 1) for k, nodes in enumerate(axes)]
    side = max(2, *(int(end - start) for start, end in spans)) + 1
    columns, rows = (slice(first, first + side) for first in
                     (int(np.clip((start + end - side) // 2, 0, count - side)) for start, end in spans))
    return warp[rows, columns]


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
