"""A scene in the export studio: it is followed through the talk, and its training step is its own, not the stage's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from documents import reopen, save
from made_flows import learned, snapshot
from patience import PATIENCE_MS
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fmviz.core.camera import Camera
from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.export_spec import ExportSpec
from fmviz.core.follow import Starts
from fmviz.core.frames import Grid, frame_at
from fmviz.core.project import KeptStep, Project, Scene, compared
from fmviz.core.style import Style
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session, State
from fmviz.views.export_choice import ON_STAGE
from fmviz.views.export_dialog import ExportDialog

pytestmark = pytest.mark.usefixtures("few_points_engine")

SHORT = FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4, pool=64)
SCENES = tuple(Scene(name, Style().with_view(view), k / 10, False, caption=f"About {name}")
               for k, (name, view) in enumerate((("a", "trajectories"), ("b", "field"), ("c", "warp"))))


class Studio:
    """The dialog, a talk, and the real objects behind both."""

    def __init__(self, project: Project) -> None:
        self.document = Document(project=project)
        self.session = Session(self.document)
        self.playhead = Playhead()
        self.talk = Talk(self.document, self.session, self.playhead)
        self.dialog = ExportDialog(self.document, self.session, self.playhead)
        self.choice = self.dialog.choice

    @property
    def shown(self) -> tuple[str, str, str]:
        """What is exported: the entry of the list, the name, the caption."""
        return self.choice.what, self.choice.name, self.choice.spec().caption

    def film_steps(self) -> list[int]:
        """Return the training step of each lane in the film, nothing while it is prepared."""
        film = self.choice.film()
        return [] if film is None else [snapshot.step for snapshot in film.moments[0]]

    def shutdown(self) -> None:
        self.playhead.pause()
        self.dialog.shutdown()
        self.session.shutdown()
        for part in (self.session, self.playhead, self.document):
            part.deleteLater()


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """Two learned lanes without an engine, and a talk of three scenes."""
    made = Studio(compared(Project()))
    qtbot.addWidget(made.dialog)
    made.session.adopt(learned(made.document.project))
    made.document.set_scenes(SCENES, "Give")
    yield made
    made.shutdown()


@pytest.fixture
def kept(qtbot: QtBot, made_engine: None) -> Iterator[Studio]:
    """Two lanes of which earlier steps are kept, and an engine that answers at once."""
    made = Studio(compared(Project()))
    qtbot.addWidget(made.dialog)
    steps = tuple(KeptStep(step, {"net.weight": np.zeros((2, 2), dtype=np.float32)}) for step in range(0, 60, 10))
    made.session.adopt(tuple(replace(lane, snapshot=snapshot(index, step=60), kept=steps)
                             for index, lane in enumerate(learned(made.document.project))))
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def used(qapp: QApplication, few_points_engine: None) -> Iterator[Studio]:
    """Two lanes that were trained by a real engine, whose start takes seconds."""
    made = Studio(compared(Project(Side(shape="gaussian"), Side(shape="moons"), (SHORT,))))
    loop = QEventLoop()
    made.session.state_changed.connect(lambda state: loop.quit() if state is State.DONE else None)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    made.session.train()
    loop.exec()
    assert made.session.state is State.DONE
    yield made
    made.shutdown()


@pytest.fixture
def trained(used: Studio) -> Iterator[Studio]:
    yield used
    used.dialog.hide()
    used.document.set_scenes((), "Give back")
    used.document.set_export(ExportSpec())


def test_a_scene_is_followed_to_its_place(studio: Studio) -> None:
    studio.dialog.show()
    studio.choice.choose("scene:1")
    for by, place in ((-1, 0), (2, 2), (-1, 1)):
        studio.talk.move(int(studio.choice.what.removeprefix("scene:")), by)
        assert studio.shown == (f"scene:{place}", "b", "About b")
        assert studio.dialog.form.what.currentText() == f"Scene {place + 1}: b"
    studio.talk.remove(0)
    assert studio.shown == ("scene:0", "b", "About b")
    studio.document.undo()
    studio.talk.rename(1, "B")
    assert studio.shown == ("scene:1", "B", "About b")
    assert studio.choice.style() == SCENES[1].style


def test_a_scene_that_is_gone_leaves_the_stage_and_no_caption(studio: Studio) -> None:
    studio.choice.choose("scene:1")
    studio.talk.remove(1)
    assert studio.shown == (ON_STAGE, studio.document.project.style.view, "")
    studio.choice.choose("scene:1")
    studio.choice.change(caption="My own")
    studio.talk.remove(1)
    assert studio.shown[2] == "My own"


def test_equal_scenes_are_not_taken_for_each_other(studio: Studio) -> None:
    studio.document.set_scenes((SCENES[0], replace(SCENES[0]), SCENES[1]), "Double")
    studio.choice.choose("scene:1")
    studio.talk.move(0, 2)
    assert studio.choice.what == "scene:0"


def test_another_project_has_not_this_scene(studio: Studio, tmp_path: Path) -> None:
    save(studio.document, tmp_path / "talk.fmviz", studio.session.learned())
    studio.choice.choose("scene:1")
    studio.session.adopt(reopen(studio.document, tmp_path / "talk.fmviz").learned)
    assert len(studio.document.project.scenes) == 3
    assert studio.choice.what == ON_STAGE


def test_the_export_of_a_scene_shows_its_own_step_and_leaves_the_stage_alone(qtbot: QtBot, kept: Studio) -> None:
    dialog, head = kept.dialog, kept.session.steps
    kept.document.set_scenes((replace(SCENES[0], step=10), replace(SCENES[1], step=23), SCENES[2]), "Give")
    steps: list[int | None] = []
    head.step_changed.connect(lambda: steps.append(head.step))
    dialog.show()
    kept.choice.choose("scene:0")
    if not kept.film_steps():  # in most cases; the engine could be quicker
        assert not dialog.export.isEnabled()
        assert dialog.preview.message.text().startswith("Preparing")
    qtbot.waitUntil(lambda: kept.film_steps() == [10, 10])
    assert dialog.export.isEnabled()
    assert steps == []
    film = kept.choice.film()
    head.set_step(40)
    qtbot.waitUntil(lambda: head.snapshots[0] is not None and head.snapshots[0].step == head.step)
    assert kept.film_steps() == [10, 10]
    kept.talk.show(0)
    qtbot.waitUntil(lambda: head.snapshots[0] is not None and head.snapshots[0].step == 10)
    assert film is not None
    for exported, shown in zip(film.moments[0], head.snapshots, strict=True):
        assert shown is not None
        assert np.array_equal(exported.x, shown.x)
    kept.choice.choose("scene:1")
    nearest = max(step for step in head.steps if step <= 23)
    qtbot.waitUntil(lambda: kept.film_steps() == [nearest, nearest])
    kept.choice.choose("scene:2")
    assert kept.film_steps() == [60, 60]
    kept.choice.choose(ON_STAGE)
    assert kept.film_steps() == [10, 10]


def test_who_does_not_wait_for_a_scene_exports_the_stage(qtbot: QtBot, kept: Studio) -> None:
    kept.document.set_scenes((replace(SCENES[0], step=10),), "Give")
    kept.dialog.show()
    kept.choice.choose("scene:0")
    kept.dialog.preview.give_up.click()
    assert kept.choice.what == ON_STAGE
    assert not kept.choice.moments.is_gathering
    assert kept.film_steps() == [60, 60]
    kept.choice.choose("scene:0")
    qtbot.waitUntil(lambda: kept.film_steps() == [10, 10])


def test_a_step_that_cannot_be_made_any_more_is_said(qtbot: QtBot, studio: Studio) -> None:
    useless = {"net.weight": np.zeros((2, 2), dtype=np.float32)}
    kept = tuple(KeptStep(step, useless) for step in (0, 100))
    studio.session.adopt(tuple(replace(lane, kept=kept) for lane in learned(studio.document.project)))
    studio.document.set_scenes((replace(SCENES[0], step=100),), "Give")
    studio.dialog.show()
    studio.choice.choose("scene:0")
    message = studio.dialog.preview.message
    qtbot.waitUntil(lambda: "step 100" in message.text() and "update the scene" in message.text())
    assert not studio.dialog.export.isEnabled()


def test_all_scenes_are_queued_and_the_choice_stays(studio: Studio, tmp_path: Path) -> None:
    studio.dialog.show()
    studio.dialog.file.field.setText(str(tmp_path / "mine.png"))
    studio.choice.change(format="png", width=64, height=64, caption="My own")
    before = studio.shown
    studio.dialog.all_scenes.click()
    paths = [export.path for export in studio.dialog.queue.exports]
    assert [path.name for path in paths] == ["Untitled-01-a.png", "Untitled-02-b.png", "Untitled-03-c.png"]
    assert {path.parent for path in paths} == {tmp_path}
    assert studio.shown == before
    assert studio.dialog.message.text() == "3 of 3 scenes are being exported."
    assert studio.dialog.file.path == tmp_path / "mine.png"


def test_scenes_that_cannot_be_had_are_named(studio: Studio, tmp_path: Path) -> None:
    pairs = replace(Style().with_view("pairs"), batch=77)
    studio.document.set_scenes((*SCENES, Scene("d", pairs)), "Give")
    studio.dialog.show()
    studio.dialog.file.field.setText(str(tmp_path / "mine.gif"))
    studio.dialog.all_scenes.click()
    assert len(studio.dialog.queue.exports) == 3
    assert "3 of 4 scenes are being exported. Scene 4, d: The scene shows a batch of 77" in studio.dialog.message.text()


def test_scenes_at_earlier_steps_are_waited_for(qtbot: QtBot, kept: Studio, tmp_path: Path) -> None:
    kept.document.set_scenes((replace(SCENES[0], step=10), replace(SCENES[1], step=23), SCENES[2]), "Give")
    dialog = kept.dialog
    dialog.show()
    dialog.file.field.setText(str(tmp_path / "mine.png"))
    kept.choice.change(format="png", width=64, height=64)
    dialog.all_scenes.click()
    assert not dialog.all_scenes.isEnabled()
    qtbot.waitUntil(lambda: not dialog.scenes.is_under_way)
    assert len(dialog.queue.exports) == 3
    assert kept.choice.what == ON_STAGE
    assert dialog.all_scenes.isEnabled()
    kept.session.steps.set_step(40)
    dialog.all_scenes.click()
    dialog.preview.give_up.click()
    assert not dialog.scenes.is_under_way


def test_a_scene_that_looks_closely_has_a_field_as_fine_as_the_stage(qtbot: QtBot, trained: Studio) -> None:
    near = replace(SCENES[1], style=replace(SCENES[1].style, camera=Camera(0.5, 0.0, 1.0)))
    trained.document.set_scenes((near, replace(near, step=10)), "Give")
    trained.dialog.show()
    for what, step in (("scene:0", 60), ("scene:1", 10)):
        trained.choice.choose(what)
        qtbot.waitUntil(lambda step=step: trained.film_steps() == [step, step])
        assert_finer(trained)
    trained.choice.change(format="gif", over="training", seconds=1.0)
    qtbot.waitUntil(lambda: trained.choice.film() is not None)
    film = trained.choice.film()
    assert film is not None
    assert (film.moments[0][0].step, film.moments[-1][0].step) == (0, 60)
    assert_finer(trained)
    assert trained.document.project.style.camera is None


def assert_finer(studio: Studio) -> None:
    """Every picture of the film holds the field where its camera looks, apart from the one over the whole."""
    film = studio.choice.film()
    assert film is not None
    for moment in film.moments:
        for picture in moment:
            assert picture.detail is not None
            assert picture.detail.extent.half < picture.extent.half / 2
            assert (picture.detail.extent.cx, picture.detail.extent.cy) == (0.5, 0.0)
            middle = picture.detail.at(0.5)[28, 28]
            assert np.linalg.norm(middle - value_at(picture.velocity, 0.5, (0.5, 0.0))) < 0.2 * np.linalg.norm(middle)


def value_at(grid: Grid, t: float, place: tuple[float, float]) -> np.ndarray:
    """Return the value at the node that is nearest to a place."""
    column, row = (int(np.argmin(np.abs(axis - at))) for axis, at in
                   zip(grid.extent.axes(grid.values.shape[1]), place, strict=True))
    return grid.at(t)[row, column]


def test_who_does_not_wait_for_a_finer_field_has_the_whole_one(qtbot: QtBot, trained: Studio) -> None:
    near = replace(SCENES[1], style=replace(SCENES[1].style, camera=Camera(0.5, 0.0, 0.9)))
    trained.document.set_scenes((near,), "Give")
    trained.dialog.show()
    trained.choice.choose("scene:0")
    assert trained.choice.moments.is_gathering
    assert trained.dialog.preview.message.text() == "Preparing a finer picture…"
    trained.dialog.preview.give_up.click()
    assert trained.choice.what == "scene:0"
    film = trained.choice.film()
    assert film is not None
    assert film.moments[0][0].detail is None
    trained.dialog.hide()
    trained.dialog.show()
    qtbot.waitUntil(lambda: trained.choice.film() is not None)
    assert_finer(trained)


def test_every_picture_of_a_film_follows_the_starts_of_its_scene(qtbot: QtBot, trained: Studio) -> None:
    starts = ((0.25, -0.5), (1.0, 1.0))
    story = Scene("a", replace(Style(), starts=starts), 0.5, False)
    trained.document.set_scenes((story, replace(story, step=10)), "Give")
    trained.dialog.show()
    for what, step in (("scene:0", 60), ("scene:1", 10)):
        trained.choice.choose(what)
        qtbot.waitUntil(lambda step=step: trained.film_steps() == [step, step])
        assert_followed(trained, starts)
    trained.choice.change(format="gif", over="training", seconds=1.0)
    qtbot.waitUntil(lambda: trained.choice.film() is not None)
    film = trained.choice.film()
    assert film is not None
    assert (film.moments[0][0].step, film.moments[-1][0].step) == (0, 60)
    assert_followed(trained, starts)
    assert trained.document.project.style.starts is None
    trained.document.set_scenes((replace(story, style=replace(story.style, starts=((9.0, 9.0),))),), "Change")
    trained.choice.choose("scene:0")
    trained.dialog.preview.give_up.click()
    film = trained.choice.film()
    assert film is not None
    assert all(picture.own is None for moment in film.moments for picture in moment), "nobody waits for it any more"


def assert_followed(studio: Studio, starts: Starts) -> None:
    """Every picture of the film knows where its own particles go from there, at its own times."""
    film = studio.choice.film()
    assert film is not None
    for moment in film.moments:
        for picture in moment:
            assert picture.own is not None
            assert tuple(map(tuple, picture.own.x[0].tolist())) == starts
            assert np.array_equal(picture.own.t, picture.t)
            assert frame_at(picture, 0.5, film.style).followed.starts == starts
