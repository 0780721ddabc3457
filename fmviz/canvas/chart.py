"""Charts of curves over one axis, in whichever size, as pixels or shapes: those of panels, and the functions of paths
over t, small beside each other.

The axes are linear or logarithmic; each has its name and few round numbers. Curves are cut at the edges; a legend above
the plot names those that have a name, in which formulas may stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from fmviz.canvas.axes import axis_numbers
from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering, line_width, write_line
from fmviz.canvas.layer import Drawing, Look, drawing_of
from fmviz.canvas.legend import DASH_PATTERN
from fmviz.canvas.surround import block_of, caption_block, paint_surround, title_block
from fmviz.core.numbers import within
from fmviz.core.paths import Path
from fmviz.core.theme import Theme

# In sizes of the small text: between a number and its axis, a swatch in the legend and what follows it, and so on.
_TICK, _GAP, _SWATCH, _APART, _LINE_HEIGHT = 0.35, 0.45, 2.2, 1.4, 1.35
_LINE_PX_SHARE, _DOT_SHARE = 0.14, 0.26
_GRID_OPACITY, _BAND_OPACITY = 0.6, 0.22
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Powers of ten in between are written as they are.
_LEAST_PLAIN, _MOST_PLAIN = 1e-4, 1e6
# Of numbers between powers of ten, where there are few of those.
_MANTISSAS = ((1,), (1, 3), (1, 2, 5))
_WIDEST_NUMBER = 3.4
# Of the functions of paths.
_TIMES = np.linspace(0.0, 1.0, 201)
# A steep end would flatten the rest: what counts is the derivative between these times.
_CALM = (_TIMES >= 0.04) & (_TIMES <= 0.96)
_TEXT_SHARE, _MIN_TEXT_PX, _MAX_TEXT_PX = 0.03, 9, 40
_SMALL_SHARE, _MARGIN_TEXTS, _GAP_TEXTS = 0.85, 1.2, 1.0
_SPARE = 1.1


@dataclass(frozen=True)
class Axis:
    """One axis from low to high.

    Args:
        label: what it counts.
        ticks: where numbers stand; () chooses round ones.
    """

    label: str
    low: float
    high: float
    is_log: bool = False
    ticks: tuple[float, ...] = ()

    def place(self, value: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return where values are: 0 at low, 1 at high, NaN where a logarithm has none."""
        values = np.asarray(value, dtype=np.float64)
        if not self.is_log:
            return np.asarray((values - self.low) / (self.high - self.low))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(values / self.low) / math.log(self.high / self.low))

    def numbers(self, most: int) -> list[tuple[float, str]]:
        """Return at most so many values with how they are written."""
        if self.ticks or self.is_log:
            ticks = self.ticks or _log_ticks(self.low, self.high, most)
            ticks = ticks[::-(-len(ticks) // max(1, most))] if ticks else ()
            return [(tick, _written(tick)) for tick in ticks]
        found = axis_numbers(self.low, self.high, most)
        return list(zip(found.ticks, found.labels, strict=True))


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve through (N,) values, in the order in which they come; those that are not finite interrupt it.

    Args:
        ink: #rrggbb.
        label: its name in the legend, "" for none.
        dashes: of its line, in widths of it.
        has_dots: whether each value is a dot.
        spread: (N,) deviation that is shown as a band around it.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ink: str
    label: str = ""
    dashes: tuple[float, ...] = ()
    has_dots: bool = False
    spread: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Chart:
    """Axes and curves; `at` is a value of x that a line across the plot marks."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    title: str = ""
    at: float | None = None


def paint_chart(painter: QPainter, rect: QRectF, chart: Chart, theme: Theme, lettering: Lettering,
                small: int) -> None:
    """Draw a chart into a rectangle.

    Args:
        small: size of its words, px.
    """
    top = rect.top()
    if chart.title:
        write_line(painter, chart.title, rect.left(), top + small, small, colour(theme.text), lettering, True)
        top += _LINE_HEIGHT * small
    top = _paint_legend(painter, rect, top, chart.curves, theme, lettering, small)
    below = (2 * _LINE_HEIGHT + _TICK + _GAP) * small
    most_y = max(2, int((rect.bottom() - below - top) / (2.6 * small)))
    along = chart.y.numbers(most_y)
    left = rect.left() + max((lettering.width(word, small) for _, word in along), default=0.0) + (_TICK + _GAP) * small
    # The name of the y axis stands above its numbers.
    name_y = top + small
    top += (_LINE_HEIGHT + 0.3) * small
    plot = QRectF(left, top, rect.right() - left - small, rect.bottom() - below - top)
    if plot.width() < 1 or plot.height() < 1:
        return
    write_line(painter, chart.y.label, rect.left(), name_y, small, colour(theme.muted), lettering)
    _paint_numbers(painter, plot, chart, along, theme, lettering, small)
    name = line_width(chart.x.label, small, lettering)
    write_line(painter, chart.x.label, plot.center().x() - name / 2, rect.bottom() - 0.3 * small, small,
               colour(theme.muted), lettering)
    painter.save()
    painter.setClipRect(plot.adjusted(-0.5 * small, -0.5 * small, 0.5 * small, 0.5 * small))
    if chart.at is not None:
        x = plot.left() + float(chart.x.place(chart.at)) * plot.width()
        painter.setPen(QPen(colour(theme.accent), max(1.0, _LINE_PX_SHARE * small)))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    for curve in chart.curves:
        _paint_curve(painter, plot, chart, curve, small)
    painter.restore()


def _paint_legend(painter: QPainter, rect: QRectF, top: float, curves: Sequence[Curve], theme: Theme,
                  lettering: Lettering, small: int) -> float:
    """Name the curves, in as many lines as it takes; return where the plot may begin."""
    x, y = rect.left(), top
    named = [curve for curve in curves if curve.label]
    for curve in named:
        width = (_SWATCH + 0.4) * small + line_width(curve.label, small, lettering)
        if x > rect.left() and x + width > rect.right():
            x, y = rect.left(), y + _LINE_HEIGHT * small
        middle = y + 0.65 * small
        painter.setPen(_pen(curve, small))
        painter.drawLine(QPointF(x, middle), QPointF(x + _SWATCH * small, middle))
        _paint_dots(painter, [QPointF(x + _SWATCH * small / 2, middle)] if curve.has_dots else [], curve, small)
        write_line(painter, curve.label, x + (_SWATCH + 0.4) * small, y + small, small, colour(theme.text), lettering)
        x += width + _APART * small
    return y + (_LINE_HEIGHT + 0.2) * small if named else y


def _paint_numbers(painter: QPainter, plot: QRectF, chart: Chart, along: Sequence[tuple[float, str]], theme: Theme,
                   lettering: Lettering, small: int) -> None:
    faint = QPen(colour(theme.pane_border, _GRID_OPACITY), 1.0)
    muted, tick = colour(theme.muted), _TICK * small
    for value, word in along:
        y = plot.bottom() - float(chart.y.place(value)) * plot.height()
        painter.setPen(faint)
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        lettering.write(painter, word, plot.left() - tick - lettering.width(word, small), y + 0.36 * small, small,
                        muted)
    last = -math.inf
    for value, word in chart.x.numbers(max(2, int(plot.width() / (_WIDEST_NUMBER * small)))):
        x, width = plot.left() + float(chart.x.place(value)) * plot.width(), lettering.width(word, small)
        painter.setPen(faint)
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if x - width / 2 > last:
            lettering.write(painter, word, x - width / 2, plot.bottom() + tick + small, small, muted)
            last = x + width / 2 + 0.5 * small
    painter.setPen(QPen(colour(theme.pane_border), 1.0))
    painter.drawLine(plot.bottomLeft(), plot.bottomRight())
    painter.drawLine(plot.topLeft(), plot.bottomLeft())


def _paint_curve(painter: QPainter, plot: QRectF, chart: Chart, curve: Curve, small: int) -> None:
    def places(y: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([plot.left() + chart.x.place(curve.x) * plot.width(),
                         # Far outside Qt loses its way.
                         plot.bottom() - np.clip(chart.y.place(y), -2.0, 3.0) * plot.height()], axis=1)

    line = places(curve.y)
    for run in _runs(np.asarray(np.isfinite(line).all(axis=1))):
        if curve.spread is not None:
            low, high = curve.y - curve.spread, curve.y + curve.spread
            low = np.maximum(low, chart.y.low) if chart.y.is_log else low
            band = np.concatenate([places(high)[run], places(low)[run][::-1]])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(curve.ink, _BAND_OPACITY))
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in band.tolist()]))
        points = [QPointF(x, y) for x, y in line[run].tolist()]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(curve, small))
        painter.drawPolyline(QPolygonF(points))
        _paint_dots(painter, points if curve.has_dots or len(points) == 1 else [], curve, small)


def _paint_dots(painter: QPainter, points: Sequence[QPointF], curve: Curve, small: int) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(curve.ink))
    for point in points:
        painter.drawEllipse(point, _DOT_SHARE * small, _DOT_SHARE * small)


def _pen(curve: Curve, small: int) -> QPen:
    pen = QPen(colour(curve.ink), max(1.2, _LINE_PX_SHARE * small))
    if curve.dashes:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(curve.dashes)
    return pen


def _runs(is_known: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches of values that are known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_known, [False]]).astype(int)))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return powers of ten, or so many numbers between them as there is room for."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: tuple[float, ...] = ()
    for mantissas in _MANTISSAS:
        finer = tuple(tick for exponent in exponents for mantissa in mantissas
                      if low * (1 - 1e-9) <= (tick := mantissa * 10.0**exponent) <= high * (1 + 1e-9))
        if ticks and len(finer) > most:
            break
        ticks = finer
    return ticks


def _written(value: float) -> str:
    if value and not _LEAST_PLAIN <= abs(value) <= _MOST_PLAIN:
        mantissa, exponent = f"{value:.0e}".split("e")
        power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
        return power if mantissa == "1" else f"{mantissa}·{power}"
    return f"{value:,.6g}" if value < 1 else f"{value:,.10g}"


@dataclass(frozen=True, eq=False)
class Schedules:
    """The functions of paths: a column for each, alpha and beta above their derivatives; one is chosen.

    Words stand above and below.
    """

    paths: tuple[Path, ...]
    chosen: Path
    look: Look
    title: str = ""
    caption: str = ""


def schedules_drawing(width: int, height: int, schedules: Schedules) -> Drawing:
    """Return them in that size as pixels or shapes."""
    return drawing_of(width, height, schedules.look,
                      lambda painter, look: _paint_schedules(painter, width, height, replace(schedules, look=look)))


def _paint_schedules(painter: QPainter, width: int, height: int, schedules: Schedules) -> None:
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
