"""Laws of the talk: edits can be undone, walking stays within the scenes, the place is a scene's, not a number."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from documents import reopen, save
from PySide6.QtCore import QCoreApplication

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid
from fmviz.core.project import LONGEST_CAPTION, LONGEST_SCENE_NAME, MOST_SCENES, KeptStep, LearnedLane, Scene
from fmviz.core.quantities import Metrics
from fmviz.core.style import Style
from fmviz.engine.document import UNDO_STEPS, Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session

VIEWS_SHOWN = ("trajectories", "field", "density", "pairs", "magnitude")
KEPT, NEWEST = (10, 40), 60


class Lectern:
    """A talk and the real objects behind it."""

    def __init__(self) -> None:
        self.document = Document()
        self.session = Session(self.document)
        self.playhead = Playhead()
        self.talk = Talk(self.document, self.session, self.playhead)

    @property
    def names(self) -> str:
        """The scenes' names, one letter each."""
        return "".join(scene.name for scene in self.document.project.scenes)

    @property
    def here(self) -> str:
        """The name of the scene where the talk is, "" before the first."""
        return "" if self.talk.scene is None else self.talk.scene.name

    def give(self, names: str, at: str = "") -> None:
        """Make a talk of scenes with such names, each with another view, and show one."""
        self.document.set_scenes(tuple(Scene(name, Style().with_view(view), k / 10, False, caption=f"About {name}")
                                       for k, (name, view) in enumerate(zip(names, VIEWS_SHOWN, strict=False))), "Give")
        if at:
            self.talk.show(names.index(at))

    def learn(self, steps: Collection[int] = KEPT) -> None:
        """Let the session have what a file would bring: a picture, and weights of earlier steps."""
        t = np.linspace(0, 1, 3, dtype=np.float32)
        xy = np.zeros((3, 4, 2), np.float32)
        extent = Extent(0.0, 0.0, 6.0)
        velocity = Grid(extent, t, np.zeros((3, 4, 4, 2), np.float32))
        picture = FlowSnapshot(0, "random", max(NEWEST, *steps), t, xy, extent, velocity, xy[0], xy[0], None,
                               Curves(), Metrics(), is_final=True)
        weights = {"net": np.zeros((2, 2), np.float32)}
        self.session.adopt((LearnedLane(weights, picture, tuple(KeptStep(step, weights) for step in steps)),))


@pytest.fixture
def lectern(qapp: QCoreApplication) -> Iterator[Lectern]:
    made = Lectern()
    yield made
    made.playhead.pause()
    made.session.shutdown()


# What a scene holds


def test_a_kept_scene_shows_again_what_was_shown(lectern: Lectern) -> None:
    document, playhead, talk = lectern.document, lectern.playhead, lectern.talk
    document.set_style(replace(Style().with_view("density"), bandwidth=2.0, lanes=(1,)))
    playhead.set_t(0.4)
    talk.keep()
    kept = document.project.style
    document.set_style(Style().with_view("field"))
    playhead.set_t(0.9)
    playhead.play()
    talk.show(0)
    assert document.project.style == kept
    assert playhead.t == 0.4
    assert not playhead.is_playing


def test_a_scene_kept_while_time_runs_lets_it_run_from_the_source(lectern: Lectern) -> None:
    lectern.playhead.set_t(0.7)
    lectern.playhead.play()
    lectern.talk.keep()
    lectern.playhead.pause()
    lectern.talk.show(0)
    assert lectern.playhead.is_playing
    assert lectern.playhead.t == 0.0


def test_names_of_kept_scenes_differ(lectern: Lectern) -> None:
    for _ in range(4):
        lectern.talk.keep()
    assert len({scene.name for scene in lectern.talk.scenes}) == 4


def test_a_scene_is_kept_behind_the_present_one(lectern: Lectern) -> None:
    lectern.give("abc", at="a")
    lectern.talk.keep()
    assert [scene.name[0] for scene in lectern.talk.scenes] == ["a", "T", "b", "c"]
    assert lectern.talk.index == 1


def test_walking_changes_the_picture_and_never_the_work(lectern: Lectern) -> None:
    lectern.give("abc")
    before = lectern.document.project
    steps = lectern.document.undo_stack.count()
    for _ in range(3):
        lectern.talk.next()
    after = lectern.document.project
    assert (after.source, after.target, after.lanes, after.scenes) == (before.source, before.target, before.lanes,
                                                                       before.scenes)
    assert after.style != before.style
    assert lectern.document.undo_stack.count() == steps


@pytest.mark.parametrize(("wanted", "shown"), [(KEPT[1], KEPT[1]), (KEPT[0], KEPT[0]), (25, KEPT[0]),
                                               (3, KEPT[0]), (NEWEST, None), (10_000, None), (-1, None)])
def test_a_step_that_is_not_kept_any_more_is_the_one_before(lectern: Lectern, wanted: int, shown: int | None) -> None:
    lectern.learn()
    assert lectern.session.steps.steps == (*KEPT, NEWEST)
    lectern.document.set_scenes((Scene("a", step=wanted),), "Give")
    lectern.session.steps.set_step(KEPT[0])
    lectern.talk.show(0)
    assert lectern.session.steps.step == shown


def test_a_saved_talk_shows_the_training_step_that_it_was_kept_at(lectern: Lectern, tmp_path: Path) -> None:
    """A file has room for fewer steps than the session: those of the scenes stay."""
    lectern.learn(range(0, 600, 3))
    head = lectern.session.steps
    assert len(head.steps) == 200
    for step in (501, 504, 507):
        head.set_step(step)
        lectern.talk.keep()
    save(lectern.document, tmp_path / "talk.fmviz", lectern.session.learned())
    lectern.session.adopt(reopen(lectern.document, tmp_path / "talk.fmviz").learned)
    assert len(head.steps) < 60
    for index, step in enumerate((501, 504, 507)):
        lectern.talk.show(index)
        assert head.step == step


def test_the_shown_step_is_kept(lectern: Lectern) -> None:
    lectern.learn()
    lectern.talk.keep()
    lectern.session.steps.set_step(KEPT[1])
    lectern.talk.keep()
    assert [scene.step for scene in lectern.talk.scenes] == [-1, KEPT[1]]


# Walking


def test_walking_stops_at_both_ends(lectern: Lectern) -> None:
    lectern.give("abc")
    walked: list[str] = []
    lectern.talk.walked.connect(lambda: walked.append(lectern.here))
    for _ in range(5):
        lectern.talk.next()
    for _ in range(4):
        lectern.talk.previous()
    assert "".join(walked) == "abccc" + "baaa"


def test_an_end_leaves_the_picture_alone(lectern: Lectern) -> None:
    lectern.give("ab", at="b")
    lectern.playhead.set_t(0.77)
    lectern.talk.next()
    assert lectern.playhead.t == 0.77


@pytest.mark.parametrize("way", [1, -1])
def test_from_before_the_first_any_way_leads_to_it(lectern: Lectern, way: int) -> None:
    lectern.give("abc")
    lectern.talk.walk(way)
    assert lectern.here == "a"


def test_without_scenes_nobody_walks(lectern: Lectern) -> None:
    before = lectern.document.project
    lectern.talk.next()
    lectern.talk.previous()
    assert lectern.talk.index is None
    assert lectern.document.project is before


# Editing


@pytest.mark.parametrize("at", ["", "a", "b", "c"])
def test_keep_and_undo_is_identity(lectern: Lectern, at: str) -> None:
    lectern.give("abc", at)
    before = lectern.document.project
    lectern.talk.keep()
    lectern.document.undo()
    assert lectern.document.project == before
    assert lectern.here == at


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("by", [-9, -1, 0, 1, 2, 9])
def test_move_is_a_permutation_and_keeps_the_order_of_the_others(lectern: Lectern, index: int, by: int) -> None:
    lectern.give("abcd", at="b")
    moved = "abcd"[index]
    lectern.talk.move(index, by)
    assert sorted(lectern.names) == list("abcd")
    assert lectern.names.replace(moved, "") == "abcd".replace(moved, "")
    assert lectern.names.index(moved) == min(max(index + by, 0), 3)
    assert lectern.here == "b"
    while lectern.document.can_undo and lectern.names != "abcd":
        lectern.document.undo()
    assert lectern.names == "abcd"
    assert lectern.here == "b"


def test_update_keeps_name_and_caption(lectern: Lectern) -> None:
    lectern.give("abc", at="b")
    lectern.document.set_style(Style().with_view("warp"))
    lectern.playhead.set_t(0.9)
    lectern.talk.update(1)
    scene = lectern.talk.scenes[1]
    assert (scene.name, scene.caption) == ("b", "About b")
    assert (scene.style.view, scene.t) == ("warp", 0.9)
    assert lectern.names == "abc"
    lectern.document.undo()
    assert lectern.talk.scenes[1].style.view == "field"
    assert lectern.here == "b"


@pytest.mark.parametrize(("at", "removed", "here"), [
    ("b", "b", "c"), ("c", "c", "b"), ("a", "a", "b"),  # the one behind, or else before
    ("b", "a", "b"), ("b", "c", "b"), ("", "b", ""),  # another one: the talk stays where it is
])
def test_where_the_talk_is_after_a_scene_was_deleted(lectern: Lectern, at: str, removed: str, here: str) -> None:
    lectern.give("abc", at)
    lectern.talk.remove("abc".index(removed))
    assert lectern.names == "abc".replace(removed, "")
    assert lectern.here == here
    lectern.document.undo()
    assert lectern.names == "abc"


def test_the_last_scene_can_go_too(lectern: Lectern) -> None:
    lectern.give("a", at="a")
    lectern.talk.remove(0)
    assert lectern.talk.index is None
    assert lectern.talk.scene is None


def test_a_scene_that_was_kept_is_deleted_towards_the_one_behind(lectern: Lectern) -> None:
    lectern.give("ab", at="a")
    lectern.talk.keep()
    lectern.talk.remove(1)
    assert lectern.here == "b"


def test_equal_scenes_are_not_taken_for_each_other(lectern: Lectern) -> None:
    lectern.document.set_scenes((Scene("a"), Scene("a"), Scene("b")), "Give")
    lectern.talk.show(1)
    lectern.talk.rename(2, "c")
    assert lectern.talk.index == 1
    lectern.talk.move(1, 1)
    assert lectern.talk.index == 2


def test_renaming_another_scene_does_not_move_the_talk(lectern: Lectern) -> None:
    lectern.give("abc", at="a")
    lectern.talk.rename(2, "z")
    lectern.talk.set_caption(1, "Look here")
    assert lectern.names == "abz"
    assert lectern.here == "a"


def test_an_empty_name_changes_nothing_and_one_too_long_is_refused(lectern: Lectern) -> None:
    lectern.give("a")
    steps = lectern.document.undo_stack.count()
    lectern.talk.rename(0, "   ")
    with pytest.raises(ConfigError, match=str(LONGEST_SCENE_NAME)):
        lectern.talk.rename(0, "n" * (LONGEST_SCENE_NAME + 1))
    with pytest.raises(ConfigError, match=str(LONGEST_CAPTION)):
        lectern.talk.set_caption(0, "c" * (LONGEST_CAPTION + 1))
    assert lectern.names == "a"
    assert lectern.document.undo_stack.count() == steps


@pytest.mark.parametrize("keeps", [False, True])
def test_scenes_that_no_undo_can_bring_back_are_let_go(lectern: Lectern, keeps: bool) -> None:
    lectern.give("a", at="a")
    made = []
    for count in range(2 * UNDO_STEPS):
        if keeps:
            lectern.talk.keep()
            made.append(weakref.ref(lectern.talk.scenes[1]))
            lectern.talk.remove(1)
        else:
            lectern.talk.rename(0, f"scene {count}")
            made.append(weakref.ref(lectern.talk.scenes[0]))
    assert sum(scene() is not None for scene in made) <= UNDO_STEPS + 1
    lectern.document.undo()
    assert lectern.here == lectern.talk.scenes[0].name


def test_a_caption_that_is_typed_is_one_undo_step(lectern: Lectern) -> None:
    lectern.give("ab", at="a")
    steps = lectern.document.undo_stack.count()
    for length in range(1, 5):
        lectern.talk.set_caption(0, "word"[:length])
    assert lectern.document.undo_stack.count() == steps + 1
    lectern.talk.set_caption(1, "other")
    assert lectern.document.undo_stack.count() == steps + 2
    lectern.document.undo()
    lectern.document.undo()
    assert [scene.caption for scene in lectern.talk.scenes] == ["About a", "About b"]


def test_a_caption_that_came_back_left_no_step(lectern: Lectern) -> None:
    lectern.give("a")
    steps = lectern.document.undo_stack.count()
    lectern.talk.set_caption(0, "other")
    lectern.talk.set_caption(0, "About a")
    assert lectern.document.undo_stack.count() == steps


def test_a_talk_has_an_end(lectern: Lectern) -> None:
    lectern.document.set_scenes(tuple(Scene(f"{k}") for k in range(MOST_SCENES)), "Give")
    lectern.talk.show(3)
    with pytest.raises(ConfigError, match=str(MOST_SCENES)):
        lectern.talk.keep()
    assert len(lectern.talk.scenes) == MOST_SCENES
    assert lectern.talk.index == 3


# Files


def test_another_project_begins_before_its_first_scene(lectern: Lectern, tmp_path: Path) -> None:
    lectern.give("abc", at="b")
    save(lectern.document, tmp_path / "talk.fmviz", lectern.session.learned())
    lectern.document.set_side("source", Side(shape="rings"), "Pick rings")
    assert lectern.here == "b"
    reopen(lectern.document, tmp_path / "talk.fmviz")
    assert lectern.names == "abc"
    assert lectern.talk.index is None
    lectern.talk.next()
    assert lectern.here == "a"
    lectern.document.new()
    assert lectern.talk.index is None


def test_swapping_the_clouds_is_not_another_project(lectern: Lectern) -> None:
    lectern.give("abc", at="b")
    lectern.document.swap_sides()
    assert lectern.here == "b"


def test_a_talk_comes_back_from_its_file(lectern: Lectern, tmp_path: Path) -> None:
    lectern.document.set_setting("width", FlowConfig().width * 2)
    lectern.give("abc", at="c")
    lectern.playhead.set_t(0.123)
    lectern.talk.keep()
    kept = lectern.talk.scenes
    save(lectern.document, tmp_path / "talk.fmviz", lectern.session.learned())
    lectern.document.new()
    assert lectern.talk.scenes == ()
    reopen(lectern.document, tmp_path / "talk.fmviz")
    assert lectern.talk.scenes == kept
