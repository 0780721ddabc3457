"""An export of pairs shows the batch that was asked for, and waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_flows import learned
from pytestqt.qtbot import QtBot

from fmviz.core.project import Scene
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.export_dialog import ExportDialog


@pytest.fixture
def dialog(qtbot: QtBot, document: Document, session: Session, playhead: Playhead,
           tmp_path: Path) -> Iterator[ExportDialog]:
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    dialog = ExportDialog(document, session, playhead)
    qtbot.addWidget(dialog)
    dialog.file.field.setText(str(tmp_path / "flow.gif"))
    yield dialog
    dialog.shutdown()


@pytest.mark.usefixtures("few_points_engine")
def test_nothing_is_exported_before_the_batch_is_there(qtbot: QtBot, dialog: ExportDialog, document: Document,
                                                       session: Session) -> None:
    document.set_style(replace(document.project.style.with_view("pairs"), batch=512))
    dialog.show()
    dialog.refresh()
    assert not dialog.export.isEnabled()
    assert not dialog.copy.isEnabled()
    session.batches.want()  # by an engine of its own
    qtbot.waitUntil(dialog.export.isEnabled)
    film = dialog.choice.film()
    assert film is not None
    assert {len(snapshot.pairs.x0) for snapshot in film.moments[0] if snapshot.pairs is not None} == {512}


def test_a_scene_with_another_batch_says_what_to_do(dialog: ExportDialog, document: Document) -> None:
    style = document.project.style
    document.set_scenes((Scene("Few", replace(style.with_view("pairs"), batch=4)),), "Keep scene")
    dialog.choice.choose("scene:0")
    assert dialog.choice.film() is None
    assert "4 pairs" in dialog.choice.preparing()
    assert "show the scene" in dialog.choice.preparing()
