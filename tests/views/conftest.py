"""The real objects behind a view: a document, its session (no engine until one is asked for), a play head; a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_engine import serve_pictures
from made_flows import learned
from pytestqt.qtbot import QtBot

from fmviz.app.application import build_window
from fmviz.app.settings import Settings
from fmviz.core.scene import Scene
from fmviz.core.style import Style
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.child_process import ENGINE
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.main_window import MainWindow


@pytest.fixture
def theme() -> Theme:
    return load_theme("dark")


@pytest.fixture
def made_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines start at once and answer with made pictures."""
    monkeypatch.setattr("fmviz.engine.session.ENGINE", replace(ENGINE, target=serve_pictures))


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document()
    yield document
    document.deleteLater()  # what is connected to it would live as long


@pytest.fixture
def session(document: Document) -> Iterator[Session]:
    session = Session(document)
    yield session
    session.shutdown()
    session.deleteLater()


@pytest.fixture
def playhead(qtbot: QtBot) -> Iterator[Playhead]:
    playhead = Playhead()
    yield playhead
    playhead.pause()
    playhead.deleteLater()


@pytest.fixture
def lectern(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with two learned lanes and a talk of three scenes, before the first one."""
    window = build_window(Settings(tmp_path / "settings.ini"))
    document, session, playhead = window.parts
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    document.set_scenes((
        Scene("Paths", Style().with_view("trajectories"), 0.25, False, caption="Straight or bent"),
        Scene("Field", replace(Style().with_view("field"), lanes=(1,)), 0.5, False, caption="OT alone"),
        Scene("Moving", Style().with_view("density"), 0.0, True),
    ), "Give")
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    playhead.pause()
    session.shutdown()
    window.export_dialog.shutdown()
    document.new()  # closing must not ask in a test
    window.close()
    window.deleteLater()


@pytest.fixture
def dialog(
    qtbot: QtBot, document: Document, session: Session, playhead: Playhead, tmp_path: Path
) -> Iterator[ExportDialog]:
    dialog = ExportDialog(document, session, playhead)
    qtbot.addWidget(dialog)
    dialog.file.field.setText(str(tmp_path / "flow.gif"))
    yield dialog
    dialog.shutdown()


@pytest.fixture
def small(document: Document, session: Session) -> None:
    """Two learned lanes and an animation that is quick to draw."""
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    document.set_export(replace(document.project.export, width=128, height=96, fps=10.0, seconds=0.5, hold=0.1))
