"""Every view in both themes, as every export preset draws it: each mark stands out from the pane by 3 to 1, and marks
of different meaning differ by 12 (CIEDE2000), by 8 in three simulated kinds of colour blindness. Measured in pixels.

Views, themes, presets and colourings come from their tables, so a new one is measured too. Each layer is drawn alone,
but as it is beside the others of its view. Marks of points are measured one by one; of what fades, as a field does
where nothing is known, the strongest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pictures import EXTENT, array, colours_in, only, snapshot
from PySide6.QtGui import QImage, QPainter
from scipy import ndimage
from sights import contrast, too_alike

from fmviz.canvas.colours import colour, over, rgb
from fmviz.canvas.composer import Composer, stage_sheet, strip_of
from fmviz.canvas.footer import legend_of
from fmviz.canvas.geometry import mapping_of
from fmviz.canvas.layer import Picture, look_of
from fmviz.canvas.layers import LAYER_TYPES
from fmviz.core.cloud import Classes, Labels
from fmviz.core.export_spec import THEMES, Decor, ExportSpec
from fmviz.core.film import STRIP_TIMES, film_of
from fmviz.core.frames import FlowSnapshot, Pairs, frame_at
from fmviz.core.lanes import MAX_LANES, LaneMark
from fmviz.core.layers import LAYERS
from fmviz.core.limits import Limits, limits_of
from fmviz.core.probe import ActingPoints, Exact, Probed, Ways
from fmviz.core.style import COLOURS, STRONG, VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.film.presets import PRESETS

LEAST = 3.0
# The ground that followed ways stand before: with 3:1 each thin one would be as loud as they are.
LEAST_OF = {"paths": 2.2}
# A small picture has the thinnest lines and the smallest dots.
LONGEST_PX = 480
T = 0.5
CLASSES = tuple("abcdefghij")
# What fades: of trails, a field or a density only the strongest part must be seen.
FADES = ("field", "lattice", "density", "trail")
# By weight, and the box's rim, which only sets it off.
FADE_BY_WEIGHT = ("divergence", "conditionals", "probe")


def apart() -> FlowSnapshot:
    """Return a flow of 24 particles, one of each colour of origin, that stay apart, and of clouds beside their ways."""
    # Not along the rows of pixels: half in one and half in the next one a line would be nowhere at its strongest.
    angle = np.arange(24) * np.pi / 12 + 0.06
    t = np.linspace(0, 1, 9, dtype=np.float32)
    middle = np.array([EXTENT.cx, EXTENT.cy])
    rays = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = middle + (4.6 - 2.4 * t[:, None, None]) * rays
    labels = Labels(np.arange(24) % len(CLASSES), CLASSES)
    away = np.array([[0.7, 0.2], [-0.6, 0.5]])
    course = ActingPoints(np.stack([middle + 2.5 * away] * 2), np.array([[0.6, 0.4]] * 2))
    exact = Exact(np.array([[3.0, -5.0]] * 2), np.ones(2, dtype=bool), course, course, np.stack([9 * away] * 2))
    ways, exact_ways = (Ways(t, middle + (t[None, :, None] - t[:, None, None]) * velocity) for velocity in
                        (np.array([1.0, -3.0]), np.array([2.0, -2.0])))
    probed = Probed((EXTENT.cx, EXTENT.cy), np.array([0.0, 1.0]), np.array([[0.0, 5.0]] * 2), exact, "", ways,
                    exact_ways)
    return replace(snapshot(), probed=probed, x=x, source=x[0], target=middle + 1.4 * rays[::3], is_final=True,
                   classes=Classes(labels, labels))


def pictures(view: str, theme: str, style: Style, flow: FlowSnapshot) -> Iterator[tuple[str, Picture]]:
    """Yield what the layers of a pane are drawn from, by preset."""
    for key, preset in PRESETS.items():
        spec = preset.applied(ExportSpec(theme=theme))
        # The panes of a strip are a fifth as wide.
        share = LONGEST_PX * (len(STRIP_TIMES) / 2 if spec.is_strip else 1) / max(spec.width, spec.height)
        size = round(share * spec.width), round(share * spec.height)
        frame, limits = frame_at(flow, T, style), limits_of([flow], style)
        pane = 0
        sheet = stage_sheet([frame], style, limits, load_theme(theme), spec.decor, 1)
        if spec.is_strip:
            sheet, pane = strip_of(film_of([flow], style, spec)), STRIP_TIMES.index(T)
        layout = sheet.layout(*size)
        look = look_of(sheet.theme, spec.background)
        yield key, look.picture(frame, style, limits, sheet.mapping(layout, pane), layout.text_px)


def drawn_alone(picture: Picture, layer: str) -> np.ndarray | None:
    """Return the pixels (H, W, 3) of a pane with one of its layers, None if that draws nothing."""
    painted = LAYER_TYPES[layer]()
    if not painted.update(picture):
        return None
    image = QImage(picture.mapping.width, picture.mapping.height, QImage.Format.Format_RGB32)
    image.fill(picture.theme.pane)
    painter = QPainter(image)
    painted.paint(painter)
    painter.end()
    return array(image)


def strongest(picture: Picture, layer: str) -> np.ndarray:
    """Return the strongest colour of each mark of a layer, (N, 3); of a map, those of some of its pixels."""
    pixels = drawn_alone(picture, layer)
    if pixels is None:
        return np.zeros((0, 3), dtype=np.uint8)
    pane = rgb(picture.theme.pane)
    if LAYERS[layer].is_map:
        return np.unique(pixels[::7, ::7].reshape(-1, 3), axis=0)
    stands_out = contrast(pixels, pane)
    marks, count = ndimage.label((pixels != pane).any(axis=2), structure=np.ones((3, 3)))
    places = np.array(ndimage.maximum_position(stands_out, marks, np.arange(1, count + 1))).reshape(-1, 2)
    return pixels[places[:, 0], places[:, 1]]


def meaning(picture: Picture, layer: str) -> str:
    """Return what the colours of a layer stand for: layers of one meaning may have one colour."""
    bare = replace(picture, style=picture.style.with_layer("names", False))
    legend = LAYER_TYPES[layer].legend(bare)
    if len(legend.marks) == 1:
        return legend.marks[0].word
    if legend.bars:
        return legend.bars[0].label
    return "particles" if "colour_by" in LAYERS[layer].options else layer


def faults(name: str, picture: Picture) -> list[str]:
    """Return in words what cannot be seen, or not be told apart, in a picture."""
    found: list[str] = []
    pane = rgb(picture.theme.pane)
    colours: dict[str, np.ndarray] = {}
    for layer in picture.style.layers:
        inks = strongest(picture, layer)
        if not len(inks):
            continue
        stands_out = contrast(inks, pane)
        fades = LAYERS[layer].need in FADES or layer in FADE_BY_WEIGHT
        seen = stands_out.max() if fades else stands_out.min()
        if seen < LEAST_OF.get(layer, LEAST):
            found.append(f"{name}: {layer} stands out by {seen:.2f}")
        # Words are read, not compared; a probe is told by its shapes; the pairs' colours are measured below; thin ways
        # have fainter ones of particles.
        if layer not in ("names", "pairs", "probe", *LEAST_OF):
            key = meaning(picture, layer)
            is_of_many = LAYERS[layer].is_map or "colour_by" in LAYERS[layer].options
            strong = np.unique(inks if is_of_many else inks[[stands_out.argmax()]], axis=0)
            colours[key] = np.concatenate([colours.get(key, np.zeros((0, 3), np.uint8)), strong])
    for (one, some), (other, others) in combinations(colours.items(), 2):
        if len(some) and len(others):
            found += [f"{name}: {one} and {other}, {words}" for words in too_alike(some, others)]
    return found


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_mark_of_every_view_is_seen_and_told_apart(view: str, theme: str) -> None:
    flow, style = apart(), Style().with_view(view)
    found = [fault for key, picture in pictures(view, theme, style, flow) for fault in faults(key, picture)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_in_every_colouring(view: str, theme: str) -> None:
    found = []
    for key in COLOURS:
        style = replace(Style().with_view(view), colour_by=key)
        _, picture = next(pictures(view, theme, style, apart()))
        found += faults(key, picture)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("hue", range(MAX_LANES))
@pytest.mark.parametrize("strong", STRONG)
@pytest.mark.parametrize("count", [4, 256, 1024])
def test_pair_lines_and_their_ends_are_told_apart(theme: str, hue: int, strong: str, count: int) -> None:
    """In as many rows of pixels as have room; all other pairs lie outside of the picture."""
    seen, mapping = min(count, 40), mapping_of(EXTENT.box, 600, 600)
    rows = np.linspace(20, 580, seen).round() + 0.5
    y = np.array([mapping.to_world(0.0, row)[1] for row in rows.tolist()] + [400.0] * (count - seen))
    x0, x1 = (np.stack([0 * y + EXTENT.cx + x, y], axis=1) for x in (-4, 4))
    style = replace(Style().with_view("pairs"), batch=count, strong=strong)
    frame = only(t=T, pairs=Pairs(x0, x1, 1.0), mark=LaneMark(0, "", hue))
    picture = look_of(load_theme(theme), "theme").picture(frame, style, Limits(), mapping)
    pixels = drawn_alone(picture, "pairs")
    assert pixels is not None
    pane, ring = rgb(picture.theme.pane), rgb(picture.theme.source)[None]
    left, right = (round(float(mapping.to_pixels(xy)[0, 0])) for xy in (x0, x1))
    # Large dots reach further along the line, which then has one strength.
    start = left + (30 if count < 100 else 9)
    columns = (left - 7, left + 8), (right - 7, right + 8), (start, start + 12)
    inks: list[list[np.ndarray]] = [[], [], []]
    for row in rows.astype(int):
        for part, (first, last) in zip(inks, columns, strict=True):
            colours = pixels[row - 5:row + 6, first:last].reshape(-1, 3)
            part.append(colours[contrast(colours, pane).argmax()])
    sources, targets, lines = (np.unique(part, axis=0) for part in inks)
    assert contrast(lines, pane).min() >= LEAST
    assert (pixels == ring).all(axis=2).any()
    assert not too_alike(lines, targets) + too_alike(sources, targets) + too_alike(lines, ring)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_swatches_are_drawn_as_the_marks_are(view: str, theme: str) -> None:
    flow, style = apart(), Style().with_view(view).with_layer("names", False)
    frame, limits = frame_at(flow, T, style), limits_of([flow], style)
    sheet = stage_sheet([frame], style, limits, load_theme(theme), Decor(), 1)
    layout = sheet.layout(900, 900)
    picture = look_of(sheet.theme, "theme").picture(frame, style, limits, sheet.mapping(layout), layout.text_px)
    left, top, width, height = layout.footer
    row = array(Composer().image(sheet, 900, 900))[top:top + height, left:left + width]
    colours = colours_in(row)
    alone = {layer: drawn_alone(picture, layer) for layer in style.layers}
    drawn = {layer: colours_in(pixels) for layer, pixels in alone.items() if pixels is not None}
    for mark in legend_of([picture]).marks:
        layers = [layer for layer in style.layers if layer == "pairs" or meaning(picture, layer) == mark.word
                  or any(other.word == mark.word for other in LAYER_TYPES[layer].legend(picture).marks)]
        alike = set().union(*(drawn[layer] for layer in layers)) & colours
        seen = over(colour(mark.ink, mark.opacity), colour(picture.theme.pane))
        assert any(contrast(np.array(ink), rgb(seen.name())) < 1.02 for ink in alike), (mark, sorted(alike))
