"""The slider of solver steps sets evaluations of whichever solver and asks for no training; its row fits a window."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from made_flows import learned
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.config import Sampling
from fmviz.core.project import KeptStep
from fmviz.core.solvers import SOLVERS
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, Stale
from fmviz.views.time_bars import STEP_STOPS, TOLERANCE_STOPS, SamplingBar, StepBar, TimeBars


@pytest.fixture
def bar(qtbot: QtBot, document: Document, session: Session) -> SamplingBar:
    # Where the session cannot start an engine: what is asked of it is not what is tested.
    session.shutdown()
    session.adopt(learned(document.project))
    bar = SamplingBar(document, session)
    qtbot.addWidget(bar)
    bar.show()
    return bar


@pytest.mark.parametrize("solver", [key for key, row in SOLVERS.items() if not row.is_adaptive])
def test_every_stop_is_as_many_steps_of_any_solver(bar: SamplingBar, document: Document, session: Session,
                                                   solver: str) -> None:
    document.set_setting("solver", solver)
    steps = []
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    for _ in STEP_STOPS:
        steps.append(document.project.lanes[0].sampling.n_steps)
        QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert tuple(steps) == STEP_STOPS
    assert bar.count.text().startswith(f"{STEP_STOPS[-1]} steps")
    assert session.stale is Stale.NONE
    document.set_setting("nfe", SOLVERS[solver].stages)
    assert bar.count.text().startswith("1 step")
    assert bar.slider.value() == 0


def test_a_number_between_two_stops_is_shown_as_it_is(bar: SamplingBar, document: Document) -> None:
    document.set_setting("solver", "euler")
    document.set_setting("nfe", 10_000)
    assert bar.count.text().startswith("10,000 steps")
    assert bar.slider.value() == len(STEP_STOPS) - 1
    assert document.project.lanes[0].sampling == Sampling("euler", 10_000)


def test_of_an_adaptive_solver_it_is_the_tolerance(bar: SamplingBar, document: Document) -> None:
    document.set_setting("solver", "dopri5")
    found = []
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    for _ in TOLERANCE_STOPS:
        found.append(document.project.lanes[0].tolerance)
        QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert tuple(found) == TOLERANCE_STOPS
    assert bar.count.text().startswith("within 1e-06")
    assert bar.slider.accessibleName() == "Tolerance"
    assert document.project.lanes[0].nfe == Sampling().nfe
    document.set_setting("solver", "euler")
    assert (bar.slider.accessibleName(), bar.slider.maximum()) == ("Solver steps", len(STEP_STOPS) - 1)


def test_it_is_seen_once_something_is_learned(qtbot: QtBot, document: Document, session: Session) -> None:
    bar = SamplingBar(document, session)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    session.adopt(learned(document.project))
    assert not bar.isHidden()


def steps(document: Document) -> list[int]:
    return [config.n_steps for config in document.project.lanes]


def test_all_lanes_take_as_many_steps_whatever_their_solvers(bar: SamplingBar, document: Document) -> None:
    document.add_lane(solver="euler")
    document.add_lane(solver="rk4")
    bar.slider.setValue(STEP_STOPS.index(4))
    assert steps(document) == [4, 4, 4]
    bar.slider.setValue(STEP_STOPS.index(2))
    assert steps(document) == [2, 2, 2]
    document.undo()
    assert steps(document) == [50, 100, 25]


def test_what_is_changed_is_named(bar: SamplingBar, document: Document) -> None:
    document.add_lane(solver="euler", nfe=4)
    bar.set_lane(1)
    assert (bar.title.text(), bar.slider.value()) == ("Solver B", STEP_STOPS.index(4))
    bar.slider.setValue(0)
    assert steps(document) == [50, 1]
    bar.set_lane(None)
    assert bar.title.text() == "Solver, all"
    bar.slider.setValue(STEP_STOPS.index(2))
    assert steps(document) == [2, 2]
    assert bar.title.text() == "Solver, all"
    document.remove_lane(1)
    assert bar.title.text() == "Solver"


@pytest.mark.parametrize("width_px", [440, 545, 745, 1000, 1300])
def test_nothing_overlaps_and_both_sliders_can_be_dragged_at_any_width(
        qtbot: QtBot, document: Document, session: Session, playhead: Playhead, width_px: int) -> None:
    session.shutdown()
    kept = tuple(KeptStep(step, {}) for step in (0, 10, 100))
    session.adopt(tuple(replace(lane, kept=kept) for lane in learned(document.project)))
    time_bars = TimeBars(document, playhead, session)
    qtbot.addWidget(time_bars)
    time_bars.resize(width_px, 80)
    time_bars.show()
    qtbot.waitExposed(time_bars)
    steps, sampling = time_bars.steps, time_bars.sampling

    def is_laid_out() -> bool:
        shown = [part for part in (steps.watch, steps.slider, steps.step, steps.newest) if part.isVisible()]
        return all(one.geometry().right() < other.geometry().left() for one, other in pairwise(shown))

    qtbot.waitUntil(is_laid_out)
    assert steps.geometry().right() < sampling.geometry().left()
    assert min(steps.slider.width(), sampling.slider.width()) >= 80
    assert steps.newest.isVisible() is (steps.watch.text() != "")


def test_steps_rest_while_the_stage_shows_other_clouds(qtbot: QtBot, document: Document, session: Session) -> None:
    session.shutdown()
    kept = tuple(KeptStep(step, {}) for step in (0, 10, 100))
    session.adopt(tuple(replace(lane, kept=kept) for lane in learned(document.project)))
    steps = StepBar(session)
    qtbot.addWidget(steps)
    steps.resize(600, 40)
    steps.show()
    wide = steps.watch.minimumWidth(), steps.watch.maximumWidth()
    assert steps.watch.text() == "Watch it learn"
    session.steps.watch()
    assert session.steps.is_watching
    assert steps.watch.text() == "Hold"
    assert (steps.watch.minimumWidth(), steps.watch.maximumWidth()) == wide, "nothing beside it moves"
    document.set_side("source", Side(shape="pinwheel"), "Change the source")
    assert not session.steps.is_watching
    assert not steps.isEnabled()
    document.undo()
    assert steps.isEnabled()
