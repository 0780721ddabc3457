"""The button table covers every state; the panel drives a real session and says in words how it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_flows import learned, progress
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.couplings import COMPARED, COUPLINGS
from fmviz.core.project import Project
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.messages import RunNews
from fmviz.engine.results import ACTIONS
from fmviz.engine.session import Session, Stale, State
from fmviz.views.style_sheet import style_sheet
from fmviz.views.train_panel import LATER_TEXT, PRIMARY, STALE_TEXT, TrainPanel


@pytest.fixture
def panel(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> TrainPanel:
    panel = TrainPanel(document, session, theme)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_the_table_covers_every_state() -> None:
    assert set(PRIMARY) == set(State)
    assert set(STALE_TEXT) == set(LATER_TEXT) == set(Stale) - {Stale.NONE}


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_the_large_button_names_an_action_of_the_session(state: State) -> None:
    primary = PRIMARY[state]
    assert callable(getattr(Session, primary.slot))
    assert primary.tip.endswith(".")
    assert primary.slot in ACTIONS
    assert (state in ACTIONS[primary.slot]) is (state not in (State.STARTING, State.STOPPING))


def test_while_numbers_are_measured_the_button_that_stops_skips_them(qtbot: QtBot, panel: TrainPanel,
                                                                     document: Document, session: Session) -> None:
    session._results.begin(document.project, session._job)
    session._go(State.TRAINING)

    def tell(is_measuring: bool) -> None:
        session._engine.said.emit(RunNews(session._job, replace(progress(), is_measuring=is_measuring)))

    tell(True)
    qtbot.waitUntil(lambda: panel.status.text().startswith("Measuring A Random coupling"))
    assert (panel.stop.text(), panel.stop.accessibleName()) == ("Skip", "Skip")
    session.pause()
    assert panel.status.text().startswith("Paused")
    assert panel.stop.text() == "Skip"
    tell(False)
    assert panel.stop.text() == "Stop"


def test_coupling_is_one_click(panel: TrainPanel, document: Document) -> None:
    for button, couplings in ((panel.lanes.compare, ("random", "ot")), (panel.coupling.button("ot"), ("ot",)),
                              (panel.coupling.button("random"), ("random",))):
        button.click()
        assert couplings_of(document) == couplings
        assert panel.coupling.current() == (None if len(couplings) > 1 else couplings[0])
    document.undo()
    assert panel.coupling.current() == "ot"


@pytest.mark.parametrize("others", [({"coupling": "ot"}, {"width": 32}, {"coupling": "ot", "nfe": 4}),
                                    ({"coupling": "ot", "width": 32},), ({"coupling": "ot", "nfe": 4},),
                                    ({"coupling": "ot"}, {})], ids=["four", "width", "evaluations", "three"])
def test_a_coupling_for_all_removes_no_pane(panel: TrainPanel, document: Document,
                                            others: tuple[dict[str, object], ...]) -> None:
    for settings in others:
        document.add_lane(0, **settings)
    document.name_lane(1, "Straight")
    before = document.project
    assert (panel.lanes.chosen, panel.coupling.current()) == (None, None)
    panel.coupling.button("ot").click()
    assert [replace(lane, coupling="random") for lane in document.project.lanes] == [
        replace(lane, coupling="random") for lane in before.lanes]
    assert (set(couplings_of(document)), panel.coupling.current()) == ({"ot"}, "ot")
    assert (document.project.names, document.project.hues) == (before.names, before.hues)
    document.undo()
    assert document.project == before


def couplings_of(document: Document) -> tuple[str, ...]:
    return tuple(lane.coupling for lane in document.project.lanes)


def test_with_one_lane_there_are_two_quiet_buttons_and_with_more_the_letters(panel: TrainPanel,
                                                                             document: Document) -> None:
    bar = panel.lanes
    for count in (1, 2, 3, 4):
        shown = [chip.text() for chip in bar.chips if chip.isVisible()]
        assert shown == ([] if count == 1 else list("ABCD"[:count]))
        assert bar.compare.isVisible() is (count == 1)
        assert bar.all.isVisible() is bar.more.isVisible() is (count > 1)
        assert bar.add.isEnabled() is (count < 4)
        bar.add.click()
        assert bar.chosen == (count if count < 4 else 3)
    document.set_lanes(("random",))
    assert bar.chosen is None


def test_the_chosen_lane_is_changed_duplicated_named_and_removed(panel: TrainPanel, document: Document) -> None:
    panel.lanes.compare.click()
    assert (panel.lanes.chosen, panel.lanes.all.isChecked()) == (None, True)
    panel.lanes.chips[1].click()
    assert panel.coupling.current() == "ot"
    document.name_lane(1, "Straight")
    panel.lanes.duplicate.trigger()
    assert couplings_of(document) == ("random", "ot", "ot")
    assert (panel.lanes.chosen, panel.coupling.current()) == (2, "ot")
    panel.coupling.button("random").click()
    assert couplings_of(document) == ("random", "ot", "random")
    panel.lanes.remove.trigger()
    assert (couplings_of(document), document.project.names) == (("random", "ot"), ("", "Straight"))
    panel.lanes.chips[1].click()
    panel.lanes.keep.trigger()
    assert (couplings_of(document), document.project.names, document.project.hues) == (("ot",), ("Straight",), (1,))


def test_a_pane_with_reflow_is_one_undo_step_and_where_there_can_be_none_a_sentence(
        panel: TrainPanel, document: Document) -> None:
    panel.lanes.add_reflow()
    panel.lanes.reflow.trigger()
    assert [(lane.coupling, lane.reflow) for lane in document.project.lanes] == [("random", 0), ("random", 1),
                                                                                ("random", 2)]
    assert [mark.title for mark in document.project.marks][1:] == ["Reflow 1", "Reflow 2"]
    document.undo_stack.undo()
    assert [lane.reflow for lane in document.project.lanes] == [0, 1]
    said: list[str] = []
    panel.lanes.refused.connect(said.append)
    document.set_setting("model", "exact", 0)
    panel.lanes.choose(0)
    assert not panel.lanes.reflow.isEnabled()
    panel.lanes.add_reflow()
    assert len(document.project.lanes) == 2
    assert said == ["Pane A is the exact field; only a network learns from pairs of its own flow: choose Network as "
                    "its model."]


def test_two_values_of_a_setting_are_compared_in_two_clicks(panel: TrainPanel, document: Document) -> None:
    """One opens the menu beside the field, one chooses the value; of any other number the field is ready to type."""
    next(action for action in panel.form.comparison_menu("width").actions() if action.text().endswith(" 32")).trigger()
    assert [lane.width for lane in document.project.lanes] == [128, 32]
    assert panel.lanes.chosen == 1
    panel.form.comparison_menu("lr").actions()[-1].trigger()
    assert len(document.project.lanes) == 3
    assert panel.lanes.chosen == 2
    editor = panel.form.rows["lr"].editor
    assert panel.focusWidget() is not None
    assert editor.isAncestorOf(panel.focusWidget())


def test_every_coupling_is_chosen_and_shown_under_its_name(panel: TrainPanel, document: Document) -> None:
    choice = panel.coupling
    assert {*COMPARED, *choice.others} == set(COUPLINGS)
    for key, row in COUPLINGS.items():
        (choice.button(key).click if key in COMPARED else choice.others[key].trigger)()
        assert document.project.lanes[0].coupling == key
        assert choice.current() == key
        button = next(button for button in map(choice.button, (*COMPARED, "")) if button.isChecked())
        assert row.label in button.text()
        choice.layout().activate()
        assert button.toolTip().startswith(row.help)
        assert button.accessibleName() == f"Coupling: {row.label}"
        assert button.sizeHint().width() <= button.width()


def test_with_one_flow_chosen_the_button_says_that_all_learn(panel: TrainPanel, document: Document,
                                                             session: Session) -> None:
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    assert (panel.primary.text(), "All flows" in panel.primary.toolTip()) == ("Train again", False)
    panel.lanes.choose(1)
    assert (panel.primary.text(), "All flows" in panel.primary.toolTip()) == ("Train all again", True)
    assert "All flows" in panel.longer.toolTip()
    document.remove_lane(1)
    assert (panel.primary.text(), "All flows" in panel.longer.toolTip()) == ("Train again", False)


def test_a_finished_session_is_done_in_words(panel: TrainPanel, document: Document, session: Session) -> None:
    assert panel.status.text() == "Ready."
    assert (panel.primary.text(), panel.reset.isEnabled()) == ("Train", False)
    session.adopt(learned(document.project))
    assert panel.status.text() == "Done: 4,000 steps learned."
    assert panel.primary.text() == "Train again"
    assert panel.longer.isEnabled()
    panel.reset.click()
    assert session.state is State.IDLE
    assert panel.primary.text() == "Train"


def test_train_is_loud_only_while_there_is_something_to_train(panel: TrainPanel, document: Document,
                                                              session: Session) -> None:
    assert panel.primary.property("role") == "primary"
    session.adopt(learned(document.project))
    assert panel.primary.property("role") == "calm"
    document.set_setting("width", 64)
    assert panel.primary.property("role") == "primary"
    document.undo()
    assert panel.primary.property("role") == "calm"


def test_the_banner_names_what_is_stale(panel: TrainPanel, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    assert not panel.banner.isVisible()
    document.set_setting("width", 64)
    assert panel.banner.isVisible()
    assert panel.banner_text.text() == STALE_TEXT[Stale.SETTINGS]
    assert not panel.longer.isEnabled()
    document.set_side("target", Side(shape="circle"), "Pick circle")
    assert panel.banner_text.text() == STALE_TEXT[Stale.CLOUDS]
    document.undo()
    document.undo()
    assert not panel.banner.isVisible()


def test_the_banner_names_a_lane_without_a_picture(panel: TrainPanel, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    document.set_lanes(("random", "ot"))
    assert panel.banner.isVisible()
    assert panel.banner_text.text() == "Pane B (OT coupling) has learned nothing yet. Train again to compare."


def test_the_banner_moves_no_button(qtbot: QtBot, panel: TrainPanel, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    panel.setStyleSheet(style_sheet(load_theme("dark")))
    panel.resize(panel.width(), 740)
    buttons = panel.findChildren(QPushButton)
    qtbot.waitUntil(lambda: panel.reset.y() > 0)
    settings = panel.form.findChildren(QWidget)
    before = [button.geometry() for button in buttons]
    places = [setting.mapTo(panel, QPoint(0, 0)) for setting in settings]
    document.set_side("target", Side(shape="circle"), "Pick circle")
    qtbot.waitUntil(lambda: panel.banner.y() > panel.bar.geometry().bottom())
    assert [button.geometry() for button in buttons] == before
    assert [setting.mapTo(panel, QPoint(0, 0)) for setting in settings] == places
    assert [button.text() for button in buttons].count("Train again") == 1


def test_old_clouds_are_not_said_to_be_done(panel: TrainPanel, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    document.set_side("target", Side(shape="circle"), "Pick circle")
    assert panel.status.text() == "Before the change: 4,000 steps learned."
    document.undo()
    assert panel.status.text() == "Done: 4,000 steps learned."


@pytest.mark.parametrize("height_px", [590, 740])
def test_advanced_settings_open_into_view(
    qtbot: QtBot, panel: TrainPanel, document: Document, session: Session, height_px: int
) -> None:
    session.adopt(learned(document.project))
    panel.setStyleSheet(style_sheet(load_theme("dark")))
    panel.resize(panel.width(), height_px)
    document.set_setting("width", 64)
    first = panel.form.rows["path"].editor
    assert first.visibleRegion().isEmpty()
    panel.form.fold.set_open(True)
    qtbot.waitUntil(lambda: first.visibleRegion().boundingRect() == first.rect())
    qtbot.waitUntil(lambda: panel.curves.height() <= panel.curves.minimumSizeHint().height())
    assert panel.height() == height_px
    panel.form.fold.set_open(False)
    assert first.visibleRegion().isEmpty()


def test_someone_may_ask_before_a_reset(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    asked: list[bool] = []
    panel = TrainPanel(document, session, theme, reset=lambda: asked.append(True))
    qtbot.addWidget(panel)
    session.adopt(learned(document.project))
    panel.reset.click()
    assert asked == [True]
    assert session.state is State.DONE


def test_the_theme_changes_without_the_state(panel: TrainPanel, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    panel.set_theme(load_theme("light"))
    assert panel.primary.text() == "Train again"


@pytest.mark.usefixtures("few_points_engine")
def test_a_real_training_from_the_first_click_to_the_end(qtbot: QtBot, theme: Theme) -> None:
    base = Project()
    small = replace(base.lanes[0], width=16, depth=1, batch=64, steps=1_000_000, device="cpu", nfe=8)
    document = Document(project=replace(base, lanes=(small,)))
    session = Session(document)
    panel = TrainPanel(document, session, theme)
    qtbot.addWidget(panel)
    panel.show()
    try:
        panel.primary.click()
        assert session.state is State.STARTING
        assert panel.status.text() == "Starting the engine…"
        assert not panel.primary.isEnabled()
        qtbot.waitUntil(lambda: panel.status.text().startswith("Training: step "))
        assert panel.device_note.text() == f"In use: {session.device_label}"
        panel.primary.click()
        assert session.state is State.PAUSED
        assert not panel.banner.isVisible()
        document.add_lane(nfe=4)  # which learns what the run learns
        assert not panel.banner.isVisible()
        document.undo()
        document.set_setting("seed", 5)
        assert panel.banner_text.text() == LATER_TEXT[Stale.SETTINGS]
        document.set_side("target", Side(shape="circle"), "Pick circle")
        assert panel.banner_text.text() == LATER_TEXT[Stale.CLOUDS]
        document.undo()
        document.undo()
        assert not panel.banner.isVisible()
        assert panel.primary.text() == "Resume"
        assert panel.status.text().startswith("Paused: step ")
        panel.primary.click()
        assert session.state is State.TRAINING
        panel.stop.click()
        qtbot.waitUntil(lambda: session.state is State.DONE)
        assert panel.status.text().startswith("Done: ")
        assert not panel.curves.loss.is_empty or panel.curves.loss.isVisible()
    finally:
        session.shutdown()


def test_a_flow_that_learns_without_pairs_has_no_coupling_to_choose(panel: TrainPanel, document: Document) -> None:
    document.set_side("source", Side(shape="gaussian"), "Pick")
    document.add_lane(0, model="nf")
    for lane, has_pairs in ((0, True), (1, False), (None, True)):
        panel.lanes.choose(lane)
        assert panel.coupling.isEnabled() is has_pairs
        assert bool(panel.coupling.toolTip()) is not has_pairs
