"""A scene's picture is drawn once, from what was learned, and again when that is something else."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import pytest
from made_flows import learned
from pytestqt.qtbot import QtBot

from fmviz.core.project import MOST_SCENES, Scene
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.scene_list import SIZE, SceneThumbnails


@pytest.fixture
def thumbnails(document: Document, session: Session, theme: Theme) -> SceneThumbnails:
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    return SceneThumbnails(document, session, theme)


def drawn(qtbot: QtBot, thumbnails: SceneThumbnails, scene: Scene) -> int:
    """Wait for a new picture and return its key."""
    with qtbot.waitSignal(thumbnails.drawn):
        thumbnails.picture(scene)
    picture = thumbnails.picture(scene)
    assert picture is not None
    assert picture.deviceIndependentSize().toSize() == SIZE
    return picture.cacheKey()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_picture(qtbot: QtBot, thumbnails: SceneThumbnails, view: str) -> None:
    scene = Scene("One", Style().with_view(view), 0.5, False)
    assert thumbnails.picture(scene) is None
    drawn(qtbot, thumbnails, scene)


def test_a_picture_is_drawn_again_only_for_another_flow_or_theme(
    qtbot: QtBot, thumbnails: SceneThumbnails, document: Document, session: Session
) -> None:
    scene = Scene("One", Style(), 0.5, False)
    first = drawn(qtbot, thumbnails, scene)
    qtbot.waitUntil(lambda: not thumbnails._timer.isActive())
    assert thumbnails.picture(replace(scene, name="Two", caption="Else")).cacheKey() == first
    assert not thumbnails._timer.isActive(), "nothing is to be drawn"
    gone = weakref.ref(session.snapshots[0])
    session.adopt(learned(document.project))
    gc.collect()
    assert gone() is None, "a picture keeps no flow alive"
    assert thumbnails.picture(scene).cacheKey() == first, "the old one until the new one is there"
    assert drawn(qtbot, thumbnails, scene) != first
    thumbnails.set_theme(load_theme("light"))
    assert thumbnails.picture(scene) is None


def test_only_so_many_are_kept(qtbot: QtBot, thumbnails: SceneThumbnails) -> None:
    thumbnails._timer.setInterval(0)
    scenes = [Scene("One", replace(Style(), particles=10), k / 200, False) for k in range(MOST_SCENES + 5)]
    for scene in scenes:
        thumbnails.picture(scene)
    qtbot.waitUntil(lambda: not thumbnails._timer.isActive())
    assert sum(thumbnails.picture(scene) is not None for scene in scenes) == MOST_SCENES


def test_without_a_flow_there_is_none(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    thumbnails = SceneThumbnails(document, session, theme)
    with qtbot.assertNotEmitted(thumbnails.drawn, wait=100):
        assert thumbnails.picture(Scene("One", Style(), 0.5, False)) is None
