"""`fmviz gallery`: every figure of the introduction to flow matching, for any clouds, and a page that shows them.

A figure that fails does not stop the others; what is there already from the same clouds and settings is kept, so that
a second run goes on where the first one ended.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fmviz.commandline.gallery_flows import (
    FLOW,
    LEARNED,
    Entry,
    Flows,
    Record,
    entry_of,
    file_of,
    fingerprint,
    problems_of,
)
from fmviz.commandline.gallery_page import PAGE, Card, write_page
from fmviz.commandline.output import calm, writing
from fmviz.commandline.picture import layers_of, looks_of, said_of_words, size_of
from fmviz.commandline.problem import problem_of
from fmviz.commandline.progress import ProgressLine, ProgressPart
from fmviz.core.child import sentence as in_words
from fmviz.core.errors import ConfigError, ExportError, FmvizError, quoted, why_refused
from fmviz.core.export_spec import MIN_SIZE_PX, ExportSpec
from fmviz.core.models import NETWORK

if TYPE_CHECKING:
    from fmviz.commandline.gallery_figure import Figure, Gallery

CONTACT_SHEET = "contact-sheet.png"
# Sheets are four pictures wide, at twice their size: larger ones, of 90 million pixels, other programs would not open.
_LARGEST_PX = 1600
# How long a training takes beside the figures: seconds at the usual settings.
_TRAINING_COST = 25.0
_FAILURE = "it could not be drawn"


def run(arguments: argparse.Namespace) -> int:
    """Check everything, make what is missing, write the page."""
    width, height = _size_of(arguments.size)
    spec = ExportSpec(width=width, height=height, theme=arguments.theme, title=arguments.title or "",
                      caption=arguments.caption or "")  # which checks them
    problem = problem_of(arguments)
    if others := {config.model for config in problem.project.lanes} - {NETWORK}:
        raise ConfigError(f"The model is {quoted(*others)}; a gallery shows what a network learns, beside the exact "
                          f"field and a normalizing flow: give --model {NETWORK}.")
    style = replace(problem.project.style, **looks_of(arguments))
    if arguments.layers is not None:
        style = replace(style, layers=layers_of(arguments.layers))
        if style.is_still:
            raise ConfigError(f"--layers is {quoted(arguments.layers)}, which does not change with t; name a layer "
                              "that does, as particles.")
    problem = replace(problem, project=replace(problem.project, style=style))
    folder = Path(arguments.out)
    record = _opened(folder)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded: no screen is needed or used
    for sentence in said_of_words((*spec.texts, style.names)):
        print(f"fmviz: {sentence}", file=sys.stderr)
    with calm():
        from fmviz.commandline.gallery_figure import Gallery
        from fmviz.commandline.gallery_figures import FIGURES, FIGURES_OF_LAYERS

    figures = FIGURES if arguments.layers is None else FIGURES_OF_LAYERS + FIGURES
    if record.is_new:
        _check_names(folder, [*(name for figure in figures for name in figure.files), *map(file_of, LEARNED)])
    record.add()  # from now on these names are the gallery's
    has_clouds = any(given is not None for given in (arguments.file, arguments.source, arguments.target))
    problems = problems_of(problem, has_clouds)
    gallery = Gallery(folder, Flows(folder, record, problems), width, height, arguments.theme, spec.title,
                      None if arguments.caption is None else spec.caption)
    reasons = {figure: figure.why_not(problems[figure.problem].project) for figure in figures}
    left_out = [f"“{figure.title}” is left out. {why}" for figure, why in reasons.items() if why]
    figures = tuple(figure for figure, why in reasons.items() if not why)
    with record.watching():
        with ProgressLine("gallery") as progress:
            entries, failures = _made(gallery, record, figures, progress)
        _finish(gallery, figures, entries, failures, left_out)
    for sentence in left_out:
        print(f"fmviz: {sentence}", file=sys.stderr)
    missing = len(figures) - len(entries)
    print(f"{folder / PAGE}: {len(entries)} figures" + (f", {missing} missing" if missing else ""), file=sys.stderr)
    if failures:
        count = f"{missing} of {len(figures)} figures could not be made. " if missing else ""
        raise ExportError(f"{count}{failures[0]} The same command again makes only what is missing.")
    return 0


def _made(gallery: Gallery, record: Record, figures: tuple[Figure, ...],
          progress: ProgressLine) -> tuple[dict[str, Entry], list[str]]:
    """Make what is missing; return the entries that are there by key, and a sentence for each that is not."""
    def print_of(figure: Figure) -> str | None:
        made_from = gallery.flows.print_of(figure.problem, figure.needs_flow)
        beside = gallery.flows.print_of(figure.beside, True) if figure.beside else ""
        style = gallery.flows.project(figure.problem).style
        if not figure.is_of_layers:
            style = style.with_view(style.view)
        if made_from is None or beside is None:
            return None
        words: tuple[str | None, ...] = (beside,) if beside else ()
        words += () if not gallery.title and gallery.caption is None else (gallery.title, gallery.caption)
        return fingerprint(made_from, style, gallery.width, gallery.height, gallery.theme, *words)

    entries = {figure.key: entry for figure in figures
               if (wanted := print_of(figure)) is not None and (entry := record.find(figure.key, wanted)) is not None}
    missing = [figure for figure in figures if figure.key not in entries]
    replaced = [figure for figure in missing if record.find(figure.key) is not None]
    if replaced:
        progress.note(f"fmviz: {len(replaced)} figures in {str(gallery.folder)!r} show other clouds, settings or "
                      "sizes; they are made anew.")
    learning = {figure.problem for figure in missing if figure.needs_flow and gallery.flows.must_learn(figure.problem)}
    total = sum(figure.cost for figure in missing) + _TRAINING_COST * len(learning)
    failures: list[str] = []
    done = 0.0
    for figure in missing:
        try:
            if figure.needs_flow and figure.problem in learning:
                learning.discard(figure.problem)
                part = ProgressPart(progress, done / total, _TRAINING_COST / total, f"learning {figure.problem}")
                done += _TRAINING_COST
                gallery.flows.snapshots(figure.problem, part)
            part = ProgressPart(progress, done / total, figure.cost / total, figure.files[0])
            part.update(0.0)
            record.check(figure.files)
            with writing(gallery.folder / figure.files[0]):
                sentence = figure.draw(gallery, figure.key, part)
                entry = entry_of(gallery.folder, figure.key, print_of(figure) or "", figure.files, sentence)
            record.add(entry)
            entries[figure.key] = entry
        except Exception as error:  # a defect of one figure, too, must not cost the others
            if not isinstance(error, FmvizError | OSError):
                traceback.print_exception(error)
            failures.append(f"The figure {figure.files[0]} is missing: {in_words(error, _FAILURE)}")
            progress.note(f"fmviz: {failures[-1]}")
        done += figure.cost
    return entries, failures


def _finish(gallery: Gallery, figures: tuple[Figure, ...], entries: dict[str, Entry], failures: list[str],
            left_out: list[str]) -> None:
    """Write the contact sheet and the page of what is there."""
    from fmviz.commandline.gallery_figure import SECTIONS
    from fmviz.commandline.gallery_page import Tile, image_size, write_contact_sheet

    folder, known = gallery.folder, len(failures)
    there = [figure for figure in figures if figure.key in entries]
    links = [name for name in map(file_of, LEARNED) if (folder / name).is_file()]
    cards = []
    try:
        for figure in there:
            size = image_size(folder / figure.files[0])
            cards.append(Card(figure.title, entries[figure.key].sentence, figure.files, size,
                              SECTIONS[figure.section], figure.equation))
        if there:
            write_contact_sheet(folder / CONTACT_SHEET, [Tile(folder / figure.files[0], figure.title, figure.columns)
                                                         for figure in there], gallery.theme)
            links = [CONTACT_SHEET, *links]
    except (OSError, ExportError) as error:
        failures.append(f"The contact sheet is missing: {in_words(error, _FAILURE)}")
    project = gallery.flows.project(FLOW)
    title = f"{project.source.label} to {project.target.label}"
    try:
        write_page(folder, title, cards, (*failures, *left_out), links, gallery.theme)
    except ExportError as error:
        failures.append(f"The page is as it was: {error}")
    for failure in failures[known:]:
        print(f"fmviz: {failure}", file=sys.stderr)


def _size_of(text: str) -> tuple[int, int]:
    """Return the size of one picture."""
    width, height = size_of(text)
    if not all(MIN_SIZE_PX <= edge <= _LARGEST_PX for edge in (width, height)):
        raise ExportError(f"The size is {width}x{height}; give a width and a height from {MIN_SIZE_PX} to "
                          f"{_LARGEST_PX} pixels: sheets are several pictures wide.")
    return width, height


def _opened(folder: Path) -> Record:
    """Make the folder if it is not there, and return its record."""
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise ExportError(f"The output {str(folder)!r} is a file; give the name of a folder.") from None
    except FileNotFoundError:
        raise ExportError(f"The folder that should hold {str(folder)!r} does not exist; make it or choose "
                          "another.") from None
    except OSError as error:
        raise ExportError(f"The folder {str(folder)!r} cannot be made: {why_refused(error)}.") from error
    if not os.access(folder, os.W_OK):
        raise ExportError(f"The folder {str(folder)!r} may not be written by you; change its permissions or choose "
                          "another.")
    return Record(folder)


def _check_names(folder: Path, names: list[str]) -> None:
    """Refuse to write over what no gallery has made."""
    for name in (*names, PAGE, CONTACT_SHEET):
        if os.path.lexists(folder / name):
            raise ExportError(f"{str(folder / name)!r} is there and was not made by a gallery; choose an empty folder "
                              "or move it away.")
