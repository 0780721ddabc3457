"""The stage says what is on its way while a pane lacks it."""

from __future__ import annotations

from dataclasses import replace

from made_flows import learned
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
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
    document.set_style(document.project.style.with_view("field"))
    qtbot.waitUntil(lambda: not hint.isVisible())
