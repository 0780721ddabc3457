"""Nothing is missing in a legend: every mark, scale and ring of colours has its words in every preset and at 320 px."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html import unescape

import pytest
from pictures import lanes
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.composer import Composer, stage_sheet
from fmviz.canvas.footer import legend_of, paint_footer
from fmviz.canvas.geometry import stage_layout
from fmviz.canvas.layer import look_of
from fmviz.canvas.legend import DISC, Legend, Swatch
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import film_of
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import Frame, frame_at
from fmviz.core.limits import limits_of
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.film.presets import PRESETS
from fmviz.film.stills import still_bytes

SMALL = ExportSpec(320, 320, layout="full")
SPECS = {"320": lambda _: SMALL, **{key: lambda panes, key=key: PRESETS[key].applied(ExportSpec(), panes)
                                    for key in PRESETS}}


# There is no strip of what stands still.
DRAWN = [(view, spec) for view in VIEWS for spec, make in SPECS.items()
         if not (make(1).is_strip and Style().with_view(view).is_still)]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("view", "spec"), DRAWN)
def test_every_entry_has_its_words(view: str, spec: str, count: int) -> None:
    flows, style = lanes()[:count], replace(Style().with_view(view), particles=20, paths=20)
    wanted = SPECS[spec](count)
    drawn = film_of(flows, style, replace(wanted, format="svg", scale=1, background="theme"))
    said = {unescape(text).replace("\N{NO-BREAK SPACE}", " ")
            for text in re.findall(r"<text[^>]*>([^<]*)</text>", still_bytes(drawn).decode())}
    frames = [frame_at(flow, 0.5, style) for flow in flows]
    sheet = stage_sheet(frames, style, limits_of(flows, style), load_theme("dark"), wanted.decor, count,
                        box_of_flows(flows))
    composer = Composer()
    composer._prepare(sheet, sheet.layout(wanted.width, wanted.height), look_of(sheet.theme, "theme"), math.inf)
    legend = legend_of(composer._pictures)
    assert all(mark.word in said for mark in legend.marks)
    assert not legend.ring or said & set(legend.ring)
    assert all(said & {bar.label, bar.short_label} for bar in legend.bars)
    assert not any(text.startswith("+") for text in said)


def test_crosses_are_explained_where_a_pane_has_some() -> None:
    style = Style().with_view("pairs")
    frames = [frame_at(flow, 0.5, style) for flow in lanes()]
    pairs = frames[1].pairs
    assert pairs is not None

    def said(frames: list[Frame]) -> list[str]:
        composer = Composer()
        composer.image(stage_sheet(frames, style, limits_of(lanes(), style), load_theme("dark"), Decor(), 2), 600, 400)
        return [mark.word for mark in legend_of(composer._pictures).marks]

    assert said(frames) == ["source", "target"]
    some = replace(pairs, alone0=pairs.x0[:3])
    assert said([frames[0], replace(frames[1], pairs=some)]) == ["source", "target", "no partner"]


def test_what_has_no_room_is_counted() -> None:
    layout, image = stage_layout(320, 320, 1), QImage(320, 320, QImage.Format.Format_RGB32)
    long = tuple(Swatch(f"a mark with a long name, {k}", "#ffffff", DISC) for k in range(6))
    seen = []
    for marks in (long[:2], long):
        image.fill(0)
        painter = QPainter(image)
        paint_footer(painter, layout, Legend(marks=marks), look_of(load_theme("dark"), "theme"))
        painter.end()
        seen.append(image.copy())
    assert layout.footer_rows == 2
    # The first two have a row each; the others are counted at the end of the second row.
    left, top, width, height = layout.footer
    lower = seen[1].copy(left + width // 2, top + height // 2, width - width // 2, height // 2)
    assert lower != seen[0].copy(left + width // 2, top + height // 2, width - width // 2, height // 2)
