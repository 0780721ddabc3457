"""Curves show what the session knows, on round ticks, and leave out what a logarithm cannot show."""

from __future__ import annotations

import re

import numpy as np
import pytest
from made_flows import learned
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from fmviz.core.lanes import usual_mark
from fmviz.core.quantities import CURVES
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.curves import CurvePlot, CurvesPanel, LinearAxis, LogAxis, StepAxis
from fmviz.views.style_sheet import style_sheet


@pytest.fixture
def plot(qtbot: QtBot, theme: Theme) -> CurvePlot:
    plot = CurvePlot("Loss", "Mean squared error.", "Nothing yet", theme)
    qtbot.addWidget(plot)
    return plot


def test_a_text_stands_where_nothing_is_known(plot: CurvePlot) -> None:
    assert plot.is_empty
    plot.show_values([(np.zeros(0), np.zeros(0))], 100.0)
    assert plot.is_empty
    plot.show_values([(np.array([1.0, 2.0]), np.array([3.0, 2.0]))], 100.0)
    assert not plot.is_empty


def test_values_that_have_no_logarithm_are_left_out(plot: CurvePlot) -> None:
    steps = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    plot.show_values([(steps, np.array([10.0, 0.0, np.nan, np.inf, 100.0]))], 5.0)
    x, y = plot.lines[0].getData()
    np.testing.assert_allclose(x, [1.0, 5.0])
    np.testing.assert_allclose(y, [1.0, 2.0])


def test_the_floor_is_inside_the_picture(plot: CurvePlot) -> None:
    steps = np.array([1.0, 2.0])
    plot.show_values([(steps, np.array([4.0, 1.0]))], 2.0, floors=(0.24,))
    low, high = plot.plot.getPlotItem().vb.viewRange()[1]
    assert plot.floors[0].isVisible()
    assert low < np.log10(0.24) < np.log10(4.0) < high
    plot.show_values([(steps, np.array([4.0, 1.0]))], 2.0)
    assert not plot.floors[0].isVisible()


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (-0.05, 0.4), (0.58, 0.72), (-6.0, 3.0), (0.0, 0.3)])
def test_logarithmic_ticks_are_few_and_inside(qtbot: QtBot, low: float, high: float) -> None:
    [(_, ticks)] = LogAxis("left").tickValues(low, high, 90.0)
    assert len(ticks) <= 4
    assert all(low <= tick <= high for tick in ticks)
    assert ticks


@pytest.mark.parametrize("height_px", [20, 33, 50, 90])
def test_labels_of_ticks_have_room(qtbot: QtBot, height_px: int) -> None:
    for low, high in ((-1.7, 1.6), (-0.5, 0.5), (0.0, 0.9)):
        [(_, ticks)] = LogAxis("left").tickValues(low, high, height_px)
        assert 1 <= len(ticks) <= max(1, height_px // 15)


@pytest.mark.parametrize("height_px", [64, 190])
def test_the_label_at_the_top_is_whole(qtbot: QtBot, plot: CurvePlot, height_px: int) -> None:
    plot.plot.setFixedHeight(height_px)
    plot.show()
    plot.show_values([(np.array([1.0, 2.0]), np.array([10.0, 1.0]))], 2.0)
    axis = plot.plot.getPlotItem().getAxis("left")
    qtbot.waitUntil(lambda: axis.size().height() > 0)
    assert axis.mapToScene(QPointF(0, 0)).y() >= QFontMetrics(axis.style["tickFont"]).height() / 2


@pytest.mark.parametrize("last", [1.0, 37.0, 999.0, 12_000.0, 1_000_000.0])
def test_step_ticks_are_few(qtbot: QtBot, last: float) -> None:
    [(spacing, _)] = StepAxis("bottom").tickSpacing(0.0, last, 200.0)
    assert 1 <= last / spacing <= 5


def test_each_lane_has_its_own_floor_of_the_loss(qtbot: QtBot, plot: CurvePlot, theme: Theme) -> None:
    marks = (usual_mark(0, "random"), usual_mark(1, "ot"))
    series = [(np.array([1.0, 2.0]), np.array([20.0, 12.0])), (np.array([1.0, 2.0]), np.array([10.0, 1.0]))]
    plot.show_values(series, 2.0, (9.0, None), marks)
    assert plot.floors[0].value() == pytest.approx(np.log10(9.0))
    assert [floor.isVisible() for floor in plot.floors[:2]] == [True, False]
    assert plot.floors[0].pen.color().name() == theme.lanes[0]
    low = plot.plot.getPlotItem().vb.viewRange()[1][0]
    plot.show_values(series, 2.0, (9.0, 1e-4), marks)
    assert plot.plot.getPlotItem().vb.viewRange()[1][0] == pytest.approx(low)


@pytest.mark.parametrize("title", [quantity.title for quantity in CURVES])
def test_the_floor_is_named_beside_any_title(qtbot: QtBot, plot: CurvePlot, theme: Theme, title: str) -> None:
    plot.setStyleSheet(style_sheet(theme))
    plot.setFixedWidth(264)
    plot.show()
    series = [(np.array([1.0, 2.0]), np.array([20.0, 12.0]))] * 4
    plot.show_values(series, 2.0, (9.0,), tuple(usual_mark(lane, "random") for lane in range(4)))
    plot.set_title(title, "")
    legend = plot._legend
    qtbot.waitUntil(lambda: legend.width() == legend.sizeHint().width() and legend.x() > plot._heading.x())
    assert legend.geometry().right() < 264
    assert legend.text().endswith("floor")
    assert [letter for letter in "ABCD" if letter in re.sub("<.*?>", "", legend.text())] == list("ABCD")


def test_curves_follow_the_session(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    document.set_lanes(("random", "ot"))
    curves = CurvesPanel(document, session, theme)
    qtbot.addWidget(curves)
    assert curves.loss.is_empty
    session.adopt(learned(document.project))
    qtbot.waitUntil(lambda: not curves.loss.is_empty)
    expected = session.snapshots[1].curves
    steps, heights = curves.number.lines[1].getData()
    np.testing.assert_allclose(steps, expected.w2_step)
    np.testing.assert_allclose(heights, np.log10(expected.w2), rtol=1e-5)
    assert curves.number.floors[0].value() == pytest.approx(np.log10(expected.w2_floor))
    document.set_lanes(("random",))
    qtbot.waitUntil(lambda: curves.loss.lines[1].getData()[0] is None)


def test_another_number_is_chosen(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    curves = CurvesPanel(document, session, theme)
    qtbot.addWidget(curves)
    session.adopt(learned(document.project))
    curves.refresh()
    assert curves.number.floors[0].isVisible()
    assert curves.number.band.isVisible()
    low, high = curves.number.band.getRegion()
    expected = session.snapshots[0].curves
    assert 10**high - 10**low == pytest.approx(2 * expected.w2_floor_error)
    curves.choices["npe"].trigger()
    steps, heights = curves.number.lines[0].getData()
    is_known = np.isfinite(expected.numbers["npe"])
    np.testing.assert_allclose(steps, expected.w2_step[is_known])
    np.testing.assert_allclose(heights, np.log10(expected.numbers["npe"][is_known]), rtol=1e-5)
    assert not curves.number.floors[0].isVisible()
    assert not curves.number.band.isVisible()
    assert curves.number.plot.accessibleName() == "NPE curve"
    curves.show_number("of an older version")
    assert curves.shown.key == "w2"


def test_the_theme_reaches_lines_and_ground(plot: CurvePlot) -> None:
    light = load_theme("light")
    plot.show_values([], 1.0, marks=(usual_mark(0, "random"), usual_mark(1, "ot")))
    plot.set_theme(light)
    assert plot.lines[0].opts["pen"].color().name() == light.lanes[0]
    assert plot.lines[1].opts["pen"].color().name() == light.lanes[1]
    assert plot.plot.backgroundBrush().color().name() == light.panel


def test_a_coupling_keeps_its_colour_alone(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    curves = CurvesPanel(document, session, theme)
    qtbot.addWidget(curves)
    for couplings, colours in ((("random", "ot"), [theme.lanes[0], theme.lanes[1]]), (("ot",), [theme.lanes[1]]),
                               (("random",), [theme.lanes[0]]), (("ot", "random"), [theme.lanes[1], theme.lanes[0]])):
        document.set_lanes(couplings)
        curves.refresh()
        drawn = [line.opts["pen"].color().name() for line in curves.loss.lines[: len(couplings)]]
        assert drawn == colours


def test_a_linear_scale_holds_values_below_zero_and_has_ticks(qtbot) -> None:
    plot = CurvePlot("NLL, nats", "A tip.", "Nothing yet", load_theme("dark"), is_linear=True)
    qtbot.addWidget(plot)
    plot.show_values([(np.arange(3.0), np.array([0.5, -0.2, -0.4]))], 3)
    assert plot.lines[0].getData()[1].tolist() == [0.5, -0.2, -0.4]
    axis = LinearAxis("left")
    for low, high in ((3.9, 4.4), (-0.5, 0.6), (1.0, 30.0)):
        assert axis.tickValues(low, high, 40)[0][1]
