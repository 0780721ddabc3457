"""Loss and a chosen number over the training steps of all lanes, on logarithmic scales, drawn five times a second.

pyqtgraph's axes stay in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QColor, QFont, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from fmviz.core.frames import Curves
from fmviz.core.lanes import MAX_LANES, LaneMark
from fmviz.core.models import MODELS
from fmviz.core.project import Project
from fmviz.core.quantities import CURVES, QUANTITY
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.controls import label, tabular, tool_button
from fmviz.views.lane_swatch import lane_pen, lane_swatch
from fmviz.views.layouts import column, row
from fmviz.views.repaints import Repaints

_AXIS_FONT_PX = 11
# The upper half of a label at the end of the axis stands above it.
_TOP_PX = 8
_AXIS_WIDTH_PX = 34
_PLOT_HEIGHT_PX = 64
_TALLEST_PLOT_PX = 190
_MOST_TICKS, _LABEL_ROOM_PX = 4, 15
# Smooth lines of this width: 2 x 1,000 points take 8.5 ms a drawing, 2 x 250 points 2 ms, and look the same here.
_LINE_PX = 1.5
_MOST_POINTS = 250
_DOT_PX = 5
# Of the values in each colour of lanes, as the lines have dashes.
_SYMBOLS = ("o", "s", "t", "d")
_MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7))
# Room above and below the values, in decades.
_PAD = 0.06
_LEAST_SPAN = 0.3
_FARTHEST_FLOOR = 1.0
_BAND_ALPHA = 0.18
_CHOICE_PX = 12
# Between a title, the button behind it and the legend.
_HEAD_GAP_PX = 4
# Where the axis of steps ends at first; it doubles whenever the curves reach its end.
_FIRST_AXIS_END = 250.0


class LogAxis(pg.AxisItem):  # type: ignore[misc]
    """A logarithmic axis with at most four ticks at round values, fewer on a short one, written as plain numbers."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        most = min(_MOST_TICKS, max(1, int(size // _LABEL_ROOM_PX)))
        ticks: list[float] = []
        for mantissas in _MANTISSAS:
            exponents = range(int(np.floor(minVal)), int(np.ceil(maxVal)) + 1)
            candidates = [float(np.log10(mantissa)) + exponent for exponent in exponents for mantissa in mantissas]
            finer = [tick for tick in candidates if minVal <= tick <= maxVal]
            if ticks and len(finer) > most:
                break
            ticks = finer
        return [(1.0, ticks[:: -(-len(ticks) // most)] if ticks else [])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{10**value:.3g}" for value in values]


class LinearAxis(pg.AxisItem):  # type: ignore[misc]
    """A linear axis with few ticks at round values."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        most = min(_MOST_TICKS, max(1, int(size // _LABEL_ROOM_PX)))
        span = max(maxVal - minVal, 1e-9)
        power = 10 ** np.floor(np.log10(span))
        return [(float(next(m * power for m in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if span / (m * power) <= most + 1)),
                 0.0)]


class StepAxis(LinearAxis):
    """An axis of training steps: 0, 4k, 8k, 12k."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [words.short_count(value) for value in values]


class CurvePlot(QWidget):
    """A titled plot with one line per lane, an optional floor for all or for each, and a text while there is nothing.

    Args:
        title: what the values are.
        tip: one sentence about them.
        empty_text: shown before the first value.
        has_dots: whether each value is a dot, for curves of few values.
        is_linear: whether the scale is linear, for values that may be 0 or less.
        choice: a button behind the title, or None.
    """

    def __init__(self, title: str, tip: str, empty_text: str, theme: Theme, has_dots: bool = False,
                 is_linear: bool = False, parent: QWidget | None = None, choice: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_dots, self._is_linear = has_dots, is_linear
        self._n_floors, self._has_floor = 0, False
        self._n_lanes, self._is_part = 0, False
        self._marks: tuple[LaneMark, ...] = ()
        self._shown: tuple[Any, ...] = ()
        self._legend = label("", "muted")
        self._legend.setTextFormat(Qt.TextFormat.RichText)  # for the lines' colours; its words are fmviz' own
        tabular(self._legend)
        self._empty = label(empty_text, "muted", wraps=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._axes: dict[str, pg.AxisItem] = {"left": (LinearAxis if is_linear else LogAxis)("left"),
                                         "bottom": StepAxis("bottom")}
        self.plot = pg.PlotWidget(self, axisItems=self._axes)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.vb.disableAutoRange()
        item.setContentsMargins(0, _TOP_PX, 6, 0)
        font = QFont("Inter")
        font.setPixelSize(_AXIS_FONT_PX)
        for axis in self._axes.values():
            axis.setStyle(tickFont=font, tickLength=-3, tickTextOffset=4, maxTickLevel=0)
        self._axes["left"].setWidth(_AXIS_WIDTH_PX)
        self.lines = [item.plot(antialias=True) for _ in range(MAX_LANES)]
        self.floors = [pg.InfiniteLine(angle=0) for _ in range(MAX_LANES)]
        for floor in self.floors:
            item.addItem(floor)
            floor.setVisible(False)
        self.band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self.band.setVisible(False)
        item.addItem(self.band)
        self._pages = QStackedWidget(self)
        self._pages.setMinimumHeight(_PLOT_HEIGHT_PX)
        self._pages.setMaximumHeight(_TALLEST_PLOT_PX)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.plot)
        self._heading = label("", "heading")
        self._head: tuple[QWidget, ...] = (self._heading,) if choice is None else (self._heading, choice)
        column(row(*self._head, None, self._legend, spacing=_HEAD_GAP_PX, margins=0), self._pages, spacing=2,
               margins=0, on=self)
        self._told: tuple[object, ...] = ()
        self.set_theme(theme)
        self.set_title(title, tip)

    def set_title(self, title: str, tip: str) -> None:
        """Say what the values are."""
        self._heading.setText(title.upper())
        self.setToolTip(tip)
        self.plot.setAccessibleName(f"{title} curve")
        self.plot.setAccessibleDescription(tip)
        self._show_legend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_legend()

    @property
    def is_empty(self) -> bool:
        """Whether the text stands in place of the plot."""
        return self._pages.currentWidget() is self._empty

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.setBackground(theme.panel)
        for axis in self._axes.values():
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.muted))
        self._colour_lines()
        self._show_legend()

    def _colour_lines(self) -> None:
        for line, mark in zip(self.lines, self._marks, strict=False):
            colour = self._theme.lanes[mark.hue]
            line.setPen(lane_pen(mark, self._theme, _LINE_PX))
            if self._has_dots:
                line.setSymbol(_SYMBOLS[mark.hue])
                line.setSymbolSize(_DOT_PX)
                line.setSymbolPen(None)
                line.setSymbolBrush(colour)
        # One that is of all lanes, or of the only one, has no lane's colour.
        for lane, floor in enumerate(self.floors):
            ink = (self._theme.lanes[self._marks[lane].hue] if self._n_floors > 1 and lane < len(self._marks)
                   else self._theme.muted)
            floor.setPen(pg.mkPen(ink, width=1, style=Qt.PenStyle.DashLine))
        shade = QColor(self._theme.muted)
        shade.setAlphaF(_BAND_ALPHA)
        self.band.setBrush(shade)
        for edge in self.band.lines:
            edge.setPen(pg.mkPen(None))

    def show_values(self, series: Sequence[tuple[np.ndarray, np.ndarray]], last_step: float,
                    floors: Sequence[float | None] = (), marks: tuple[LaneMark, ...] = (),
                    is_part: bool = False, floor_error: float | None = None) -> None:
        """Draw one (steps, values) pair per lane; values that the scale cannot hold are left out.

        Args:
            series: arrays of equal length, for one to four lanes.
            last_step: right end of the axis.
            floors: heights of the dashed lines: one for all lanes, or for each its own or None.
            marks: of the lanes, whose letters and colours the lines have.
            is_part: whether there are other lanes, so that a single one is called by its letter too.
            floor_error: how far a floor of all lanes is shaded to both sides.
        """
        shown: tuple[Any, ...] = (*(array for pair in series for array in pair), last_step, *floors, floor_error,
                                  *marks)
        # Progress comes some times a second, a distance every some seconds.
        if len(shown) == len(self._shown) and all(map(np.array_equal, shown, self._shown)):
            return
        self._shown = shown
        if marks != self._marks or len(floors) != self._n_floors:
            self._marks, self._n_floors = marks, len(floors)
            self._colour_lines()
        kept = []
        for steps, values in series:
            is_good = np.isfinite(values) & (self._is_linear | (values > 0))
            kept.append((steps[is_good], values[is_good] if self._is_linear else np.log10(values[is_good])))
        heights = np.concatenate([values for _, values in kept]) if kept else np.zeros(0)
        self._pages.setCurrentWidget(self.plot if len(heights) else self._empty)
        self._n_lanes, self._is_part = len(kept) if len(heights) else 0, is_part
        below = [self._height_of(floor) if len(heights) else None for floor in floors]
        self._has_floor = any(height is not None for height in below)
        for line, height in zip(self.floors, [*below, *[None] * MAX_LANES], strict=False):
            line.setVisible(height is not None)
            if height is not None:
                line.setPos(height)
        middle, half = (floors[0] or 0.0, floor_error or 0.0) if floors else (0.0, 0.0)
        has_band = middle > half > 0 and len(heights) > 0
        self.band.setVisible(has_band)
        if has_band:
            self.band.setRegion((float(np.log10(middle - half)), float(np.log10(middle + half))))
        for lane, line in enumerate(self.lines):
            steps, values = kept[lane] if lane < len(kept) else (np.zeros(0), np.zeros(0))
            line.setDownsampling(ds=-(-len(steps) // _MOST_POINTS) or 1, auto=False, method="mean")
            line.setData(steps, values)
        if len(heights):
            low, high = float(heights.min()), float(heights.max())
            # One far below, as of pairs that do not cross, must not flatten the curves.
            near = [height for height in below if height is not None and height > low - _FARTHEST_FLOOR]
            low, high = min([low, *near]), max([high, *near])
            spare = max(0.0, _LEAST_SPAN - (high - low)) / 2 + _PAD
            self.plot.setRange(xRange=(0, max(last_step, 1.0)), yRange=(low - spare, high + spare), padding=0)
        self._show_legend()

    def _height_of(self, floor: float | None) -> float | None:
        if floor is None or self._is_linear:
            return floor
        return float(np.log10(floor)) if floor > 0 else None

    def _show_legend(self) -> None:
        """Say what the lines are; where the title leaves little room the lanes are letters alone, then go unsaid."""
        marks = self._marks if self._n_lanes > 1 or (self._n_lanes and self._is_part) else ()
        room = self.width() - sum(part.sizeHint().width() + _HEAD_GAP_PX for part in self._head)
        told = (marks, self._has_floor, room, self._theme)
        if told == self._told:
            return
        self._told = told
        lines = [f"{lane_swatch(mark, self._theme)} {mark.letter}" for mark in marks]
        letters = [f'<span style="color:{self._theme.lanes[mark.hue]}">{mark.letter}</span>' for mark in marks]
        for lanes in (lines, letters, []):
            self._legend.setText("&nbsp;&nbsp;".join([*lanes, *(["┄ floor"] if self._has_floor else [])]))
            if self._legend.sizeHint().width() <= room:
                break


def _series(curves: Curves, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps and the values of a number; one that no older version measured has none."""
    values = curves.w2 if key == "w2" else curves.numbers.get(key)
    return (np.zeros(0), np.zeros(0)) if values is None else (curves.w2_step, values)


def _axis_end(step: float) -> float:
    """Return an end of the axis that changes seldom and leaves at most half of it empty."""
    end = _FIRST_AXIS_END
    while end < step:
        end *= 2
    return end


class CurvesPanel(QWidget):
    """Plots below each other: the loss, and one of the numbers that are measured on the way, each with its floor.

    Where a lane learns by likelihood, its loss has a plot of its own, for it is another quantity.
    """

    def __init__(self, document: Document, session: Session, theme: Theme, parent: QWidget | None = None,
                 repaints: Repaints | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._repaints = repaints or Repaints(parent=self)
        self.loss = CurvePlot("Loss", "Mean squared error of the velocity against the pairs' own; it cannot reach 0, "
                              "because pairs cross: the floor is the least that any field has.",
                              "The loss appears here while training", theme, parent=self)
        menu, group = QMenu(self), QActionGroup(self)
        self.choice = tool_button(self, "chevron", None, "Number of the curve",
                                  "Choose which number is drawn over training.", menu=menu, role="small", ink="muted",
                                  size_px=_CHOICE_PX)
        self.choices = {quantity.key: group.addAction(menu.addAction(quantity.title)) for quantity in CURVES}
        for key, action in self.choices.items():
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, key=key: self.show_number(key))
        self.number = CurvePlot("W2", "", "What is measured of generated points appears here", theme, has_dots=True,
                                parent=self, choice=self.choice)
        self.nll = CurvePlot("NLL, nats", "The loss of a normalizing flow: the mean negative log-likelihood of target "
                             "points, in nats. It is another quantity than the loss of a velocity field, and can be "
                             "below 0.", "The negative log-likelihood appears here while training", theme,
                             is_linear=True, parent=self)
        column(self.loss, self.nll, self.number, spacing=6, margins=0, on=self)
        for signal in (session.progress_changed, session.snapshot_changed, session.state_changed,
                       session.stale_changed):
            signal.connect(self._refresh_soon)
        document.changed.connect(self._follow)
        self.show_number("w2")

    def show_number(self, key: str) -> None:
        """Draw the number of that key; W2 if there is none."""
        self.shown = QUANTITY[key if key in self.choices else "w2"]
        self.choices[self.shown.key].setChecked(True)
        has_negative = " Values below 0 are left out." if self.shown.key in ("energy_distance", "nll") else ""
        is_shaded = self.shown.floor == "w2_floor"
        shading = " The shade is how far a perfect generator is from the floor." if is_shaded else ""
        self.number.set_title(self.shown.title, f"{self.shown.tip}{shading}{has_negative}")
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        for plot in (self.loss, self.nll, self.number):
            plot.set_theme(theme)

    def refresh(self) -> None:
        reached = [self._session.reached(lane) for lane in range(len(self._document.project.lanes))]
        lanes = [lane.curves for lane in reached]
        known = [data for data in lanes if data is not None]
        ends = [steps[-1] for data in known for steps in (data.loss_step, data.w2_step) if len(steps)]
        last_step = _axis_end(max(ends, default=0.0))
        empty = (np.zeros(0), np.zeros(0))
        marks = self._session.marks
        configs = self._document.project.lanes
        by_nll = [MODELS[config.model].is_map if data is None or not len(data.loss) else data.is_nll
                  for config, data in zip(configs, lanes, strict=True)]
        for plot, is_nll in ((self.loss, False), (self.nll, True)):
            plot.setVisible(is_nll in by_nll)
            of = [lane for lane, has_nll in enumerate(by_nll) if has_nll == is_nll]
            numbers = [reached[lane].metrics for lane in of]
            plot.show_values([(data.loss_step, data.loss) if (data := lanes[lane]) else empty for lane in of],
                             last_step, [each.nll_floor if is_nll else each.loss_floor for each in numbers],
                             tuple(marks[lane] for lane in of), len(of) < len(lanes))
        floors = [(floor, error) for floor, error in (
            [(data.w2_floor, data.w2_floor_error) for data in known] if self.shown.floor == "w2_floor" else
            [(lane.metrics.nll_floor, None) for lane in reached] if self.shown.floor else [])
            if floor is not None][:1]
        self.number.show_values([_series(data, self.shown.key) if data else empty for data in lanes], last_step,
                                [floor for floor, _ in floors], marks,
                                floor_error=next((error for _, error in floors), None))

    def _follow(self, new: Project, old: Project) -> None:
        if (new.lanes, new.names, new.hues) != (old.lanes, old.names, old.hues):
            self._refresh_soon()

    def _refresh_soon(self, *_: object) -> None:
        self._repaints.soon(self.refresh)
