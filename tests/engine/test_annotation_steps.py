"""Annotations are work: each change is one undo step, scenes have their own; what nothing holds is unsaved."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fmviz.core.annotations import MOST_ANNOTATIONS, Annotation
from fmviz.core.camera import Camera
from fmviz.core.errors import ConfigError
from fmviz.core.project import Scene
from fmviz.core.style import Style
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session

ARROW = Annotation("arrow", ((0.0, 0.0), (1.0, 1.0)))
WORDS = Annotation("text", ((2.0, 2.0),), "Here")


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document()


def shown(document: Document) -> tuple[Annotation, ...]:
    return document.project.style.annotations


def test_each_change_is_one_step(document: Document) -> None:
    document.set_annotations((ARROW,), "Draw an arrow")
    document.set_annotations((ARROW, WORDS), "Write words")
    document.set_annotations((ARROW, WORDS), "Nothing")
    assert document.undo_stack.count() == 2
    document.undo()
    assert shown(document) == (ARROW,)
    document.undo()
    assert shown(document) == ()
    document.redo()
    document.redo()
    assert shown(document) == (ARROW, WORDS)


def test_the_rest_of_the_view_stays_as_it_is_now(document: Document) -> None:
    document.set_annotations((ARROW,), "Draw an arrow")
    document.set_style(Style(camera=Camera(1, 2, 3), annotations=(ARROW,)).with_view("field"))
    document.undo()
    assert (document.project.style.view, document.project.style.camera, shown(document)) == (
        "field", Camera(1, 2, 3), ())


def test_too_many_change_nothing(document: Document) -> None:
    with pytest.raises(ConfigError, match="at most 200"):
        document.set_annotations((ARROW,) * (MOST_ANNOTATIONS + 1), "Draw")
    assert (shown(document), document.can_undo) == ((), False)


def test_a_step_of_another_scenes_picture_is_passed_over(qtbot: QtBot, document: Document) -> None:
    session = Session(document)
    talk = Talk(document, session, Playhead(document))
    try:
        document.set_scenes((Scene("One", Style(annotations=(WORDS,))), Scene("Two")), "Give")
        document.set_annotations((ARROW,), "Draw an arrow")
        talk.show(0)
        assert shown(document) == (WORDS,)
        document.undo()  # there is no arrow to take away; the scenes are the step before
        assert (shown(document), document.project.scenes) == ((WORDS,), ())
    finally:
        session.shutdown()


def test_a_scene_keeps_and_shows_its_own(qtbot: QtBot, document: Document) -> None:
    session = Session(document)
    talk = Talk(document, session, Playhead(document))
    try:
        document.set_annotations((ARROW,), "Draw an arrow")
        talk.keep()
        document.set_annotations((WORDS,), "Write words")
        talk.keep()
        assert [scene.style.annotations for scene in talk.scenes] == [(ARROW,), (WORDS,)]
        talk.show(0)
        assert shown(document) == (ARROW,)
    finally:
        session.shutdown()


def test_what_nobody_holds_is_unsaved(document: Document) -> None:
    document.set_annotations((ARROW,), "Draw an arrow")
    assert document.is_modified
    document.saved(Path("a.fmviz"), document.moment)
    assert not document.is_modified
    document.set_scenes((Scene("One", Style(annotations=(WORDS,))),), "Give")
    document.saved(Path("a.fmviz"), document.moment)
    document.set_style(document.project.scenes[0].style)  # walking through a talk makes no work
    assert not document.is_modified
    document.set_annotations((WORDS, ARROW), "Draw an arrow")
    assert document.is_modified


def test_new_work_has_none(document: Document) -> None:
    document.set_annotations((ARROW,), "Draw an arrow")
    document.new()
    assert shown(document) == ()
