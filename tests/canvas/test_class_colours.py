"""Labels colour dots and particles: the same classes the same colours, everywhere; the rest shares one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pictures import EXTENT, array, bare, lanes
from PySide6.QtGui import QPainter
from sights import APART, SIGHTS, ciede2000, contrast, lab, linear

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.colours import MOST_CLASSES, ClassKey, class_key, class_table, rgb
from fmviz.canvas.footer import Row, _shortened, fitting_entries, legend_of
from fmviz.canvas.geometry import mapping_of, stage_layout
from fmviz.canvas.layer import Picture, look_of
from fmviz.canvas.layers.particles import particle_colours
from fmviz.core.cloud import NO_LABEL, Classes, Labels
from fmviz.core.frames import FlowSnapshot, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.style import Style
from fmviz.core.theme import load_theme

STYLE = replace(bare("source", "target", "particles"), colour_by="class")


def labelled(names: tuple[str, ...], **codes: np.ndarray) -> FlowSnapshot:
    """Return a flow whose dots or particles have labels."""
    return replace(lanes()[0], classes=Classes(**{what: Labels(values, names) for what, values in codes.items()}))


def picture(flow: FlowSnapshot, style: Style = STYLE) -> Picture:
    theme = load_theme("dark")
    frame = frame_at(flow, 0.5, style)
    return look_of(theme, "theme").picture(frame, style, limits_of([flow], style), mapping_of(EXTENT.box, 400, 400))


def key_of(flow: FlowSnapshot) -> tuple[str, ...]:
    return class_key(frame_at(flow, 0.0, STYLE)).names


def test_the_commonest_classes_have_colours_and_others_share_one() -> None:
    names = tuple(f"class {k}" for k in range(11))
    counts = np.array([1, 9, 9, 9, 9, 2, 9, 9, 9, 9, 3])
    flow = labelled(names, source=np.repeat(np.arange(11), counts))
    key = class_key(frame_at(flow, 0.0, STYLE))
    assert key.names == tuple(names[k] for k in (1, 2, 3, 4, 6, 7, 8, 9))
    assert key.has_others
    bins = key.bins(Labels(np.array([0, 1, 9, 5, NO_LABEL]), names))
    assert bins.tolist() == [MOST_CLASSES, 0, 7, MOST_CLASSES, MOST_CLASSES]


def test_a_class_has_one_colour_in_both_clouds_and_at_every_step() -> None:
    source, target = np.array([0, 1, 1]), np.array([1, 0, 0, 0])
    classes = Classes(source=Labels(source, ("a", "b")), target=Labels(target, ("b", "c")))
    one = replace(lanes()[0], classes=classes)
    other = replace(one, classes=replace(classes, end=Labels(np.zeros(300, dtype=int), ("b", "c"))))
    assert key_of(one) == key_of(other) == ("a", "b", "c")


def test_particles_take_the_class_of_their_start_else_of_their_end() -> None:
    names, codes = ("a", "b"), np.arange(300) % 2
    table = class_table(load_theme("dark"))
    for what in ("start", "end"):
        colours, bins = particle_colours(picture(labelled(names, **{what: codes})))
        assert np.array_equal(colours[bins], table[codes])


def test_by_the_end_without_labels_the_direction_colours() -> None:
    style = replace(STYLE, colour_by="end")
    colours, bins = particle_colours(picture(lanes()[0], style))
    assert len(colours) > MOST_CLASSES + 1
    assert len(set(bins.tolist())) > 10


def test_without_labels_the_start_colours() -> None:
    by_class, by_start = (particle_colours(picture(lanes()[0], replace(STYLE, colour_by=by)))
                          for by in ("class", "origin"))
    assert all(map(np.array_equal, by_class, by_start))
    legend = legend_of([picture(lanes()[0])])
    assert legend.classes.names == ()
    assert [mark.word for mark in legend.marks] == ["source", "target"]


def test_the_picture_and_its_legend_have_the_colours() -> None:
    flow = labelled(("night\nowl", "<b>lark</b>" + "x" * 40), source=np.arange(150) % 2, start=np.arange(300) % 2)
    shown = FlowCanvas(load_theme("dark"))
    shown.set_style(STYLE)
    shown.show_frames([frame_at(flow, 0.5, STYLE)])
    pixels = array(shown.to_image(900, 800)).astype(int)
    legend = pixels[-60:]
    for ink in load_theme("dark").classes[:2]:
        assert (np.abs(legend - rgb(ink)).max(axis=2) < 12).sum() > 20
    assert (np.abs(legend - rgb(load_theme("dark").classes[2])).max(axis=2) < 12).sum() == 0


@pytest.mark.parametrize("width", [300, 420, 500, 900, 1600])
def test_every_class_is_in_the_legend_or_counted(width: int) -> None:
    names = tuple(f"{chr(97 + k)}, a class with a long name" for k in range(12))
    layout = stage_layout(width, 800, 1)
    row = Row(QPainter(), layout, look_of(load_theme("dark"), "theme"), 0.0)
    key = ClassKey(names[:8], has_others=True)
    assert layout.footer is not None
    entries = fitting_entries(row, key, layout.footer[2])
    assert sum(row.width(one.word) + 2.2 * layout.small_px for one in entries) <= layout.footer[2] + 2 * layout.small_px
    last = entries[-1].word
    assert len(entries) - 1 + (int(last) if last.startswith("+") else 1) == 9


def test_shortened_names_stay_different() -> None:
    assert _shortened(["setosa", "versicolor"], 8) == ["setosa", "versico…"]
    assert _shortened(["population 1", "population 2"], 8) == ["pop…on 1", "pop…on 2"]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_classes_and_clouds_are_told_apart_by_everybody(theme: str, sight: str) -> None:
    known = load_theme(theme)
    table = np.vstack([class_table(known), rgb(known.source), rgb(known.target)])
    assert contrast(table, rgb(known.pane)).min() >= 3.0
    seen = [lab(SIGHTS[sight] @ linear(ink)) for ink in table]
    assert min(ciede2000(one, other) for one, other in combinations(seen, 2)) >= APART[sight]
