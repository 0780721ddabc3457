"""The stage says what is on its way while a pane lacks it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from made_flows import learned
from PySide6.QtCore import QRect
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.frames import Pairs
from fmviz.core.limits import limits_of
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, State
from fmviz.views.stage import Stage


def test_pairs_that_are_still_solved_are_announced(qtbot: QtBot, document: Document, session: Session,
                                                   playhead: Playhead, theme: Theme) -> None:
    session.shutdown()  # so that nothing is ever solved
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    stage.resize(500, 500)
    stage.show()
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    hint = stage._hint
    qtbot.waitUntil(lambda: not hint.isVisible())
    document.set_style(replace(document.project.style.with_view("pairs"), batch=4096))
    qtbot.waitUntil(lambda: hint.isVisible() and "4,096" in hint.text())
    session._engine.missed.emit("The engine could not start.")
    qtbot.waitUntil(lambda: "no pairs" in hint.text())
    document.set_style(document.project.style.with_view("field"))
    qtbot.waitUntil(lambda: not hint.isVisible())


def test_a_density_is_of_what_the_engine_carries(
        qtbot: QtBot, made_engine: None, document: Document, session: Session, playhead: Playhead,
        theme: Theme) -> None:
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    stage.show()
    session.adopt(learned(document.project))
    document.set_style(document.project.style.with_view("density"))
    assert stage.frames()[0].density is not None, "its own particles stand in"
    before = limits_of(session.snapshots, document.project.style)
    session.start_engine()
    qtbot.waitUntil(lambda: session.drawn()[0] is not None and session.drawn()[0].many is not None)
    assert session.grids.newest() == session.drawn()
    after = limits_of(session.grids.newest(), document.project.style)
    assert after != before
    qtbot.waitUntil(lambda: stage.canvas.sheet.contents[0].limits == after)
    document.set_style(document.project.style.with_view("field"))
    qtbot.waitUntil(lambda: session.drawn()[0].many is None)


def test_no_first_picture_is_promised_of_clouds_that_nobody_trains(qtbot: QtBot, document: Document, session: Session,
                                                                   playhead: Playhead, theme: Theme) -> None:
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    document.set_side("source", Side(shape="rings"), "Pick rings")
    session.run_project = document.project
    session._go(State.TRAINING)
    assert "first picture" in stage._hint_for(stage.frames())
    document.undo()
    assert "before the change" in stage._hint_for(stage.frames())
    session._go(State.DONE)
    assert "Press T" in stage._hint_for(stage.frames())
    stage.set_large(True)  # its keys rest before an audience
    assert "Press T" not in stage._hint_for(stage.frames())


def test_the_hint_is_no_wider_than_the_panes_and_clear_of_their_legend(
        qtbot: QtBot, document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    for size in ((450, 300), (300, 450), (700, 480)):
        stage.resize(*size)
        stage.show()
        for lanes in (("random",), ("random", "ot")):
            document.set_lanes(lanes)
            stage.refresh()
            qtbot.waitUntil(lambda: "Press T" in stage._hint.text())
            hint, panes = stage._hint.geometry(), stage.canvas.panes_rect().toRect()
            legend = stage.canvas.sheet.layout(*size).footer
            assert panes.left() <= hint.left()
            assert hint.right() <= panes.right()
            assert stage.rect().contains(hint)
            assert legend is None or not hint.intersects(QRect(*legend))


def test_what_needs_no_training_asks_for_none(qtbot: QtBot, document: Document, session: Session,
                                              playhead: Playhead, theme: Theme) -> None:
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    assert "Press T or Train to" in stage._hint_for(stage.frames())
    session.adopt(learned(document.project))
    document.set_side("source", Side(shape="rings"), "Pick rings")
    assert "Train again" in stage._hint_for(stage.frames())
    still = document.project.style.with_view("pairs")
    assert still.is_still
    document.set_style(still)
    frame = replace(stage.frames()[0], pairs=Pairs(np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32), 2.0))
    assert stage._hint_for([frame]) == ""


def test_a_pane_is_called_after_the_coupling_whose_pairs_it_draws(
        qtbot: QtBot, made_engine: None, document: Document, session: Session, playhead: Playhead,
        theme: Theme) -> None:
    stage = Stage(document, session, playhead, theme)
    qtbot.addWidget(stage)
    session.adopt(learned(document.project))
    learned_title = document.project.marks[0].title
    document.set_setting("coupling", "ot")
    title = document.project.marks[0].title
    assert title != learned_title
    points = np.zeros((8, 2), np.float32)
    session.batches.adopt([(Pairs(points, points, 0.0),)])
    alone = replace(document.project.style.with_view("pairs"), batch=8)
    document.set_style(alone)
    frames = stage.frames()
    assert [(frame.mark.title, frame.pairs) for frame in frames] == [(title, session.pairs[0])]
    assert frames[0].pairs is not None
    document.set_style(alone.with_layer("particles", True))
    frames = stage.frames()
    assert [(frame.mark.title, frame.pairs) for frame in frames] == [(learned_title, None)]
    assert "another coupling" in stage._hint_for(frames)
