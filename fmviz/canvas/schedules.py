"""The functions of paths over t, small beside each other: alpha and beta above, their derivatives below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.chart import Axis, Chart, Curve, paint_chart
from fmviz.canvas.colours import colour
from fmviz.canvas.layer import Look, new_paper, painting_on
from fmviz.canvas.legend import DASH_PATTERN
from fmviz.canvas.surround import block_of, caption_block, paint_surround, title_block
from fmviz.core.numbers import within
from fmviz.core.paths import Path

_TIMES = np.linspace(0.0, 1.0, 201)
# A steep end would flatten the rest: what counts is the derivative between these times.
_CALM = (_TIMES >= 0.04) & (_TIMES <= 0.96)
_TEXT_SHARE, _MIN_TEXT_PX, _MAX_TEXT_PX = 0.03, 9, 40
_SMALL_SHARE, _MARGIN_TEXTS, _GAP_TEXTS = 0.85, 1.2, 1.0
_SPARE = 1.1


@dataclass(frozen=True, eq=False)
class Schedules:
    """What is drawn: a column for each path, one of which is chosen, words above and below, and the look."""

    paths: tuple[Path, ...]
    chosen: Path
    look: Look
    title: str = ""
    caption: str = ""


def schedules_image(width: int, height: int, schedules: Schedules, scale: int) -> QImage:
    """Return them as pixels, so many for each of their own."""
    image = new_paper(width * scale, height * scale, schedules.look.is_clear)
    image.fill(Qt.GlobalColor.transparent)
    with painting_on(image) as painter:
        painter.scale(scale, scale)
        paint_schedules(painter, width, height, schedules)
    return image


def schedules_painter(width: int, height: int, schedules: Schedules) -> Callable[[QPainter], None]:
    """Return what draws them as shapes of a vector file."""
    shapes = replace(schedules, look=replace(schedules.look, is_vector=True, is_fine=True))
    return lambda painter: paint_schedules(painter, width, height, shapes)


def paint_schedules(painter: QPainter, width: int, height: int, schedules: Schedules) -> None:
    """Draw them into that size, px."""
    theme, lettering = schedules.look.theme, schedules.look.lettering
    if not schedules.look.is_clear:
        painter.fillRect(QRectF(0, 0, width, height), colour(theme.pane))
    text = round(within(_TEXT_SHARE * height, _MIN_TEXT_PX, _MAX_TEXT_PX))
    small, margin, gap = max(1, round(_SMALL_SHARE * text)), round(_MARGIN_TEXTS * text), _GAP_TEXTS * text
    top, bottom, room = margin, height - margin, width - 2 * margin
    above, below = title_block(schedules.title, text, room), caption_block(schedules.caption, text, room)
    if above is not None:
        above = replace(above, x=margin, y=top)
        top += above.height + round(gap)
    if below is not None:
        bottom -= below.height
        below = replace(below, x=margin, y=bottom)
        bottom -= round(gap)
    paint_surround(painter, [(above, theme.text), (below, theme.muted)], lettering)
    name = block_of("Xg", text, room, 1, True)
    head = 0 if name is None else name.height
    across = (room - gap * (len(schedules.paths) - 1)) / len(schedules.paths)
    down = (bottom - top - head - gap) / 2
    if across < 4 * small or down < 4 * small:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for column, path in enumerate(schedules.paths):
        left = margin + column * (across + gap)
        label = block_of(path.label, text, round(across), 1, True)
        ink = theme.accent if path is schedules.chosen else theme.text
        if label is not None:
            paint_surround(painter, [(replace(label, x=round(left), y=top), ink)], lettering)
        for row, chart in enumerate((_shares(path, theme.target, theme.source),
                                     _slopes(path, theme.target, theme.source))):
            rect = QRectF(left, top + head + row * (down + gap), across, down)
            paint_chart(painter, rect, chart, theme, lettering, small)


def _shares(path: Path, target: str, source: str) -> Chart:
    return _chart((path.alpha, path.beta), (r"$\alpha_t$", r"$\beta_t$"), (target, source), 0.0, 1.0)


def _slopes(path: Path, target: str, source: str) -> Chart:
    most = max(1.0, *(float(np.abs(slope(_TIMES)[_CALM]).max()) for slope in (path.d_alpha, path.d_beta))) * _SPARE
    return _chart((path.d_alpha, path.d_beta), (r"$\dot{\alpha}_t$", r"$\dot{\beta}_t$"), (target, source), -most, most)


def _chart(functions: tuple[Callable[..., object], ...], labels: tuple[str, ...], inks: tuple[str, ...], low: float,
           high: float) -> Chart:
    curves = tuple(Curve(_TIMES, np.asarray(function(_TIMES), dtype=np.float64), ink, label, dashes)
                   for function, label, ink, dashes in zip(functions, labels, inks, ((), DASH_PATTERN), strict=True))
    return Chart(Axis("t", 0.0, 1.0), Axis("", low, high), curves)
