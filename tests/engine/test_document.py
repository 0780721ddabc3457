"""Laws of the document: every change once, every undo exact, modified only when the file would lose something."""

from dataclasses import replace

import numpy as np
import pytest
from documents import reopen, save

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.project import LearnedLane, Project, Scene
from fmviz.core.style import Style
from fmviz.engine.document import UNDO_STEPS, Document

NOTHING_LEARNED = (LearnedLane(),)


@pytest.fixture
def document(qapp):
    return Document()


@pytest.fixture
def changes(document):
    seen = []
    document.changed.connect(lambda new, old: seen.append((new, old)))
    return seen


def stroke(n):
    return Side(cloud=PointCloud(np.random.default_rng(n).normal(size=(n, 2))))


EDITS = {
    "side": lambda document: document.set_side("source", stroke(5), "Draw source"),
    "target": lambda document: document.set_side("target", Side(shape="rings"), "Pick rings"),
    "setting": lambda document: document.set_setting("batch", 64),
    "coupling": lambda document: document.set_setting("coupling", "ot"),
    "lanes": lambda document: document.set_lanes(("random", "ot")),
    "swap": lambda document: document.swap_sides(),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_undo_and_redo_are_inverse(document, changes, edit):
    before = document.project
    edit(document)
    after = document.project
    assert after != before
    document.undo()
    assert document.project == before
    document.redo()
    assert document.project == after
    assert changes == [(after, before), (before, after), (after, before)]


def test_many_edits_undo_to_the_start_and_redo_to_the_end(document):
    states = [document.project]
    for edit in EDITS.values():
        edit(document)
        states.append(document.project)
    assert document.undo_stack.count() == len(EDITS)
    for state in reversed(states[:-1]):
        document.undo()
        assert document.project == state
    assert not document.can_undo
    for state in states[1:]:
        document.redo()
        assert document.project == state
    assert not document.can_redo


def test_each_stroke_is_one_step_with_its_name(document):
    document.set_side("source", stroke(5), "Draw source")
    document.set_side("source", stroke(6), "Erase source")
    assert document.undo_stack.count() == 2
    assert document.undo_stack.undoText() == "Erase source"


def test_the_history_is_bounded_and_forgets_the_oldest_step(document):
    for n in range(UNDO_STEPS + 3):
        document.set_side("source", stroke(2 + n), "Draw source")
    while document.can_undo:
        document.undo()
    assert len(document.project.source.cloud) == 4
    assert document.is_modified


def test_edits_of_one_setting_merge_and_others_do_not(document):
    for value in (100, 101, 102):
        document.set_setting("batch", value)
    document.set_setting("width", 64)
    document.set_setting("width", 32)
    document.set_setting("batch", 103)
    assert document.undo_stack.count() == 3
    document.undo()
    assert document.project.lanes[0].batch == 102
    document.undo()
    document.undo()
    assert document.project == Project()


def test_an_edit_that_comes_back_leaves_no_step(document):
    document.set_setting("batch", 100)
    document.set_setting("batch", FlowConfig().batch)
    assert document.undo_stack.count() == 0
    assert not document.is_modified


def test_a_setting_of_one_lane_leaves_the_others_and_what_is_shared_changes_in_all(document):
    document.set_lanes(("random", "ot"))
    document.set_setting("width", 64, lane=1)
    document.set_setting("seed", 5, lane=1)
    document.set_setting("depth", 2)
    assert [lane.width for lane in document.project.lanes] == [128, 64]
    assert {(lane.seed, lane.depth) for lane in document.project.lanes} == {(5, 2)}
    assert document.undo_stack.count() == 4


def test_edits_of_one_setting_merge_for_each_lane_on_its_own(document):
    document.set_lanes(("random", "ot"))
    for lane, value in ((0, 64), (0, 65), (1, 66), (1, 67), (None, 68), (None, 69)):
        document.set_setting("width", value, lane)
    assert document.undo_stack.count() == 4
    document.undo()
    assert [lane.width for lane in document.project.lanes] == [65, 67]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_lane_is_added_named_and_removed_in_one_step_each(document, count):
    """Whatever is removed, the others keep name and colour, and scenes go on showing them."""
    for lane in range(1, count):
        document.add_lane(width=16 * lane)
        document.name_lane(lane, f"Width {lane}")
    document.set_scenes(tuple(Scene(str(lane), Style(lanes=(lane,))) for lane in range(count)), "Keep scenes")
    whole, steps = document.project, document.undo_stack.count()
    assert steps == 2 * (count - 1) + 1
    for lane in range(count if count > 1 else 0):
        document.remove_lane(lane)
        left, kept = document.project, [other for other in range(count) if other != lane]
        assert [left.lanes[k] for k in range(count - 1)] == [whole.lanes[k] for k in kept]
        assert left.names == tuple(whole.names[k] for k in kept)
        assert left.hues == tuple(whole.hues[k] for k in kept)
        for scene in range(count):
            shown = () if scene == lane else (kept.index(scene),)
            assert left.scenes[scene].style.lanes == shown
        assert document.undo_stack.count() == steps + 1
        document.undo()
        assert document.project == whole


def test_there_is_always_one_lane_and_never_a_fifth(document, changes):
    with pytest.raises(ConfigError, match="0 panes"):
        document.remove_lane(0)
    for _ in range(3):
        document.add_lane()
    del changes[:]
    with pytest.raises(ConfigError, match="5 panes"):
        document.add_lane()
    with pytest.raises(ConfigError, match="name of a pane"):
        document.name_lane(0, "x" * 41)
    assert changes == []


def test_other_lanes_are_all_shown(document):
    document.set_lanes(("random", "ot"))
    for change in (document.add_lane, lambda: document.remove_lane(0), lambda: document.set_lanes(("ot",))):
        document.set_style(replace(document.project.style, lanes=(1,)))
        document.set_export(replace(document.project.export, lanes=(1,)))
        change()
        assert document.project.style.lanes == document.project.export.lanes == ()


@pytest.mark.parametrize("count", [2, 3, 4])
def test_comparing_puts_lanes_away_and_brings_them_back(document, count):
    document.compare()
    for lane in range(2, count):
        document.add_lane(lane - 1, width=64 + lane)
    document.name_lane(count - 1, "Mine")
    document.set_scenes(tuple(Scene(style=Style(lanes=lanes)) for lanes in ((), (0,), (1,), (count - 1, 0))), "Keep")
    before = document.project
    document.show_alone(0)
    assert document.project.lanes == before.lanes[:1]
    document.compare()
    assert document.project == before
    document.undo()
    document.undo()
    assert document.project == before
    document.show_alone(0)
    document.set_setting("coupling", "ot")
    document.compare()
    assert [lane.coupling for lane in document.project.lanes] == ["random", "ot"]


def test_what_was_put_away_is_not_for_another_project(document):
    document.compare()
    document.set_setting("width", 32, 1)
    document.show_alone(0)
    document.new()
    document.compare()
    assert [lane.width for lane in document.project.lanes] == [128, 128]


def test_what_is_the_same_already_is_no_change(document, changes):
    document.set_side("source", document.project.source, "Pick 8gaussians")
    document.set_setting("batch", document.project.lanes[0].batch)
    document.set_lanes(("random",))
    document.set_style(document.project.style)
    assert changes == []
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize(("name", "value"), [("batch", 1), ("batch", "many"), ("colour", 1), ("device", "abacus")])
def test_an_impossible_setting_leaves_the_document_untouched(document, changes, name, value):
    with pytest.raises(ConfigError):
        document.set_setting(name, value)
    assert changes == []
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize("couplings", [(), ("random",) * 5, ("magic",)])
def test_impossible_lanes_leave_the_document_untouched(document, changes, couplings):
    with pytest.raises(ConfigError):
        document.set_lanes(couplings)
    assert changes == []


def test_style_and_export_are_not_undone_and_modify_nothing(document, changes):
    document.set_setting("batch", 64)
    style, export = Style().with_view("density"), ExportSpec(width=400)
    document.set_style(style)
    document.set_export(export)
    document.undo()
    assert (document.project.style, document.project.export) == (style, export)
    assert document.project.lanes == Project().lanes
    assert not document.is_modified
    assert len(changes) == 4


def test_modified_follows_the_saved_state(document, tmp_path):
    told = []
    document.modified_changed.connect(told.append)
    document.set_setting("batch", 64)
    save(document, tmp_path / "a.fmviz", NOTHING_LEARNED)
    document.set_setting("batch", 65)
    document.undo()
    document.undo()
    document.redo()
    assert told == [True, False, True, False, True, False]


def test_an_edit_after_saving_does_not_merge_into_the_saved_one(document, tmp_path):
    document.set_setting("batch", 64)
    save(document, tmp_path / "a.fmviz", NOTHING_LEARNED)
    document.set_setting("batch", 65)
    document.undo()
    assert document.project.lanes[0].batch == 64
    assert not document.is_modified


def test_saved_and_opened_is_the_same_project(document, qapp, tmp_path):
    for edit in EDITS.values():
        edit(document)
    path = tmp_path / "moons.fmviz"
    save(document, path, (LearnedLane(), LearnedLane()))
    other = Document()
    file = reopen(other, path)
    assert other.project is file.project
    assert len(file.learned) == 2
    assert other.project.lanes == document.project.lanes
    assert np.array_equal(other.project.target.cloud.xy, document.project.target.cloud.xy)
    assert (other.title, other.path, other.can_undo, other.is_modified) == ("moons", path, False, False)


def test_new_forgets_the_history_and_the_file_and_keeps_the_style(document, tmp_path):
    style = Style().with_view("field")
    document.set_style(style)
    document.set_setting("batch", 64)
    save(document, tmp_path / "a.fmviz", NOTHING_LEARNED)
    document.set_setting("batch", 65)
    paths = []
    document.path_changed.connect(paths.append)
    document.new()
    assert document.project == Project(style=style)
    assert (document.can_undo, document.is_modified, document.title) == (False, False, "Untitled")
    assert paths == [None]


def learned(step=1):
    """Return something that one lane has learned."""
    return (LearnedLane({"a": np.zeros(step)}),)


def test_what_is_learned_modifies_a_saved_project_until_it_is_saved_or_gone(document, tmp_path):
    save(document, tmp_path / "a.fmviz", learned())
    first, second = learned(1), learned(2)
    for now, is_modified in ((first, True), ((), True), (second, True)):
        document.set_learned(now)
        assert document.is_modified is is_modified
    save(document, tmp_path / "a.fmviz", second)
    assert not document.is_modified
    document.set_learned((replace(second[0]),))
    assert not document.is_modified
    document.set_learned(first)
    document.new()
    assert not document.is_modified


def test_settings_follow_a_cloud_of_another_size_in_one_step() -> None:
    document = Document(project=Project(source=Side(shape="moons", jitter=0.3), lanes=(FlowConfig(sigma=0.1),)))
    before = document.project
    small = Side(cloud=PointCloud(np.random.default_rng(0).normal(size=(50, 2)) * 1e-3), jitter=0.3)
    document.bring_side("target", replace(small, jitter=0.0), "Import a as target")
    said = document.bring_side("source", small, "Import b as source")
    assert document.project.source.jitter < 1e-3
    assert document.project.lanes[0].sigma < 1e-3
    assert len(said) == 2
    assert document.undo_stack.count() == 2
    document.undo()
    document.undo()
    assert document.project == before


def test_trying_an_untitled_project_out_asks_nothing_but_long_training_does(document):
    told = []
    document.modified_changed.connect(told.append)
    document.set_learned(learned())
    document.mark_training(3.0)
    assert not document.is_modified
    document.mark_training(60.0)
    document.mark_training(1.0)
    assert document.is_modified
    document.new()
    document.set_learned(learned())
    assert not document.is_modified
    assert told == [True, False]


def test_back_at_what_is_saved_nothing_is_modified(document, tmp_path):
    save(document, tmp_path / "a.fmviz", NOTHING_LEARNED)
    source = document.project.source
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert document.is_modified
    document.set_side("source", source, "Pick again")
    assert not document.is_modified


def test_chosen_starts_can_be_undone_and_modify_nothing(document, changes):
    document.set_style(replace(document.project.style, bandwidth=2.0))
    document.set_starts(((1.0, 2.0),), "Follow")
    document.set_starts(((1.0, 2.0), (3.0, 4.0)), "Follow")
    document.set_style(replace(document.project.style, trail=0.5))
    for starts in (((1.0, 2.0),), None):
        document.undo()
        assert document.project.style == Style(bandwidth=2.0, trail=0.5, starts=starts)
    document.redo()
    assert document.project.style.starts == ((1.0, 2.0),)
    assert not document.is_modified
    count = len(changes)
    document.set_starts(((1.0, 2.0),), "Follow")
    assert len(changes) == count
    with pytest.raises(ConfigError):
        document.set_starts(((float("inf"), 0.0),), "Follow")
    assert document.project.style.starts == ((1.0, 2.0),)


def test_a_choice_that_is_taken_back_is_no_step(document):
    document.set_starts(((1.0, 2.0),), "Follow", 7)
    document.set_starts(None, "Follow", 7)
    assert not document.can_undo
    document.set_starts(((1.0, 2.0),), "Follow", 8)
    document.set_starts(((3.0, 2.0),), "Follow", 9)
    document.undo()
    assert document.project.style.starts == ((1.0, 2.0),)
