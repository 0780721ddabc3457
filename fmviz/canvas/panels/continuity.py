"""The continuity equation as pictures: how the density changes, what the exact and the learned field carry, and what is
left between the two; beside them one number over t. Of a flow along the exact field nothing is called learned.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from fmviz.canvas.chart import Axis, Chart, Curve, paint_chart
from fmviz.canvas.colours import colour, diverging_pixels
from fmviz.canvas.fields import DIVERGING_POWER, LEVELS, interpolation_matrix, resampled
from fmviz.canvas.fonts import write_line
from fmviz.canvas.footer import Row, paint_bar
from fmviz.canvas.geometry import StageLayout
from fmviz.canvas.legend import DASH_PATTERN, ColourBar
from fmviz.canvas.panel import Panel, PanelPicture, small_px
from fmviz.canvas.surround import formula_block, paint_surround
from fmviz.core.lanes import DASHES
from fmviz.core.panels import Continuity

FORMULA = r"${\partial}_t\,p_t(x) = -{\nabla} \cdot (p_t(x)\,u_t(x))$"
_GAP_TEXTS, _HEAD_TEXTS = 0.9, 1.5
_MOST_RASTER = 400
# From such a shape on the chart stands beside the maps.
_WIDE = 1.65
_LEAST_REST, _SPARE = 1e-7, 1.5
_TITLES = (r"${\partial}_t\,p$, how the density changes", r"$-{\nabla} \cdot (p\,u)$, exact",
           r"$-{\nabla} \cdot (p\,v)$, learned", "what is left, exact", "what is left, learned")


class ContinuityPanel(Panel):
    """Five maps on one scale, and a chart."""

    name: ClassVar[str] = "continuity"

    @staticmethod
    def paint(painter: QPainter, rect: QRectF, picture: PanelPicture, text_px: int) -> None:
        found = picture.answer(Continuity)
        if found is None:
            return
        small, gap = small_px(text_px), round(_GAP_TEXTS * text_px)
        head = round(_HEAD_TEXTS * small)
        formula = formula_block(FORMULA, text_px, round(rect.width()))
        top = rect.top()
        if formula is not None:
            paint_surround(painter, [(replace(formula, x=round(rect.left()), y=round(top)), picture.theme.text)],
                           picture.lettering)
            top += formula.height + gap
        body = QRectF(rect.left(), top, rect.width(), rect.bottom() - top)
        is_wide = body.width() > _WIDE * body.height()
        bar = 0 if is_wide else round(2.6 * text_px)
        edge = math.floor(min((body.height() - gap - 2 * head - bar) / 2,
                              (body.width() - 2 * gap) / 3))
        if edge < 2 * text_px or not len(found.maps.t):
            return
        values = found.at(picture.t)
        shown = (values[..., 0], values[..., 1], values[..., 2], values[..., 0] - values[..., 1],
                 values[..., 0] - values[..., 2])
        places = ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1))
        for title, part, (across, down) in zip(_TITLES, shown, places, strict=True):
            if found.is_exact and down:
                continue  # what is of the learned field
            left, y = body.left() + across * (edge + gap), body.top() + down * (edge + gap + head)
            write_line(painter, title, left, y + small, small, colour(picture.theme.text), picture.lettering)
            _paint_map(painter, QRectF(left, y + head, edge, edge), part / found.limit, picture)
        below = QRectF(body.left(), body.top() + edge + gap + head, edge, edge + head)
        scale = ColourBar("less | more, per unit² and t", "1/(unit² t)", found.limit,
                          diverging_pixels(picture.theme, 256), DIVERGING_POWER, is_open=True, is_signed=True)
        layout = StageLayout(round(rect.width()), round(rect.height()), text_px, small, False, (), None)
        chart = below
        if is_wide:
            paint_bar(Row(painter, layout, picture.look, below.top() + head), scale, below.right(), below.width(),
                      below.width() / text_px)
            left = body.left() + 3 * (edge + gap)
            chart = QRectF(left, body.top(), body.right() - left, 2 * (edge + head) + gap)
        else:
            paint_bar(Row(painter, layout, picture.look, body.top() + 2 * (edge + head + gap)), scale,
                      body.left() + 3 * edge + 2 * gap, 3 * edge + 2 * gap)
        paint_chart(painter, chart, _chart(picture, found), picture.theme, picture.lettering, small)

    @staticmethod
    def sentence(picture: PanelPicture) -> str:
        found = picture.answer(Continuity)
        if found is None or not len(found.maps.t):
            return picture.row.help
        exact, learned = found.rests(picture.t)
        rests = (f"exact field leaves {_percent(exact)} unexplained" if found.is_exact else
                 f"learned field leaves {_percent(learned)} unexplained, the exact one {_percent(exact)}")
        said = (f"Of what changes at t = {found.within(picture.t):.2f} the {rests}: the error of "
                f"{_errors(found)}.")
        return f"{said} The exact field is {found.note}." if found.note else said

    @staticmethod
    def t_of(picture: PanelPicture) -> float:
        found = picture.answer(Continuity)
        return picture.t if found is None or not len(found.maps.t) else found.within(picture.t)


def _paint_map(painter: QPainter, rect: QRectF, shares: np.ndarray, picture: PanelPicture) -> None:
    """Draw values (G, G) as shares of the limit, y ascending."""
    theme = picture.theme
    count = max(8, min(_MOST_RASTER, round(rect.width() * (picture.look.dpr if picture.look.is_fine else 1.0))))
    matrix = interpolation_matrix(len(shares), count, True)
    fine = np.clip(resampled(shares.astype(np.float32), matrix, matrix), -1.0, 1.0)
    index = np.clip((fine + 1) / 2 * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(np.intp)
    pixels = np.ascontiguousarray(diverging_pixels(theme, LEVELS, DIVERGING_POWER)[index[::-1]])
    image = QImage(pixels.data, count, count, 4 * count, QImage.Format.Format_ARGB32_Premultiplied)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # a PDF would keep a JPEG
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(rect, image)
    painter.setPen(QPen(colour(theme.pane_border), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)


def _chart(picture: PanelPicture, found: Continuity) -> Chart:
    theme, mark = picture.theme, picture.lanes[0].mark
    t = found.maps.t.astype(np.float64)
    exact, learned = (np.maximum(values, _LEAST_REST) for values in (found.exact, found.learned))
    curves = [Curve(t, exact, theme.muted, "exact", DASH_PATTERN)]
    if not found.is_exact:
        curves.insert(0, Curve(t, learned, theme.lanes[mark.hue], "learned", DASHES[mark.hue]))
    low, high = min(curve.y.min() for curve in curves), max(curve.y.max() for curve in curves)
    return Chart(Axis("t", 0.0, 1.0),
                 Axis("what is left, of what changes", float(low) / _SPARE, float(high) * _SPARE, True),
                 tuple(curves), at=found.within(picture.t))


def _errors(found: Continuity) -> str:
    """Return what of the exact field is no error of its own."""
    if found.is_closed:
        return "the differences, which are of second order (half the step, a quarter of it)"
    return "the differences and of the raster on which all pairs are summed up"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


