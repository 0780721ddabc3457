"""The real objects behind a view: a document, its session (no engine until one is asked for), a play head; a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_engine import serve_pictures
from made_flows import learned
from PySide6.QtCore import QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fmviz.app.application import build_window
from fmviz.app.settings import Settings
from fmviz.core.export_spec import ExportSpec
from fmviz.core.project import Project, Scene
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


@pytest.fixture(scope="module")
def used_window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """The window that the tests of a file use one after the other: to build one takes .75 s of processor time."""
    window = build_window(Settings(tmp_path_factory.mktemp("settings") / "settings.ini"))
    window.show()
    assert QTest.qWaitForWindowExposed(window)
    yield window
    _end(window)


@pytest.fixture(scope="module")
def first_size(used_window: MainWindow) -> QSize:
    return used_window.size()


@pytest.fixture
def shared_window(used_window: MainWindow, first_size: QSize, qtbot: QtBot) -> MainWindow:
    """The window of the file, as it was built; without an engine, and not to be closed."""
    window, (document, session, playhead) = used_window, used_window.parts
    if window.presenting.is_on:
        window.presenting.leave()
    if window.isMaximized():
        window.showNormal()
    for tool in (window.draw_tool, window.annotating, window.probe):
        tool.stop()
    window.fold(False)
    if window.scenes.isVisible():
        window.actions_by_name["scenes"].trigger()
    playhead.pause()
    playhead.set_t(0.0)
    document.set_style(Style())
    document.set_export(ExportSpec())
    document.new()
    session.adopt(())
    qtbot.waitUntil(lambda: window.scenes.list.findChildren(QLineEdit) == [])  # of a name that was being written
    assert document.project == Project()
    window.statusBar().clearMessage()
    if window.size() != first_size:
        window.resize(first_size)
        qtbot.waitUntil(lambda: window.size() == first_size)
    window.activateWindow()  # a test with a window of its own may have come before
    qtbot.waitUntil(window.isActiveWindow)
    window.stage.canvas.setFocus()
    return window


def _end(window: MainWindow) -> None:
    document, session, playhead = window.parts
    playhead.pause()
    session.shutdown()
    window.export_dialog.shutdown()
    document.new()  # closing must not ask in a test
    window.close()
    window.deleteLater()


def give_talk(window: MainWindow, qtbot: QtBot) -> None:
    """Show two learned lanes and a talk of three scenes, before the first one."""
    document, session, _ = window.parts
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    document.set_scenes((
        Scene("Paths", Style().with_view("trajectories"), 0.25, False, caption="Straight or bent"),
        Scene("Field", replace(Style().with_view("field"), lanes=(1,)), 0.5, False, caption="OT alone"),
        Scene("Moving", Style().with_view("density"), 0.0, True),
    ), "Give")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


@pytest.fixture
def own_window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window for a test that closes it or starts its engine."""
    window = build_window(Settings(tmp_path / "settings.ini"))
    window.show()
    qtbot.waitExposed(window)
    yield window
    _end(window)


@pytest.fixture
def own_lectern(qtbot: QtBot, own_window: MainWindow) -> MainWindow:
    """A window of its own with a talk."""
    give_talk(own_window, qtbot)
    return own_window


@pytest.fixture
def lectern(qtbot: QtBot, shared_window: MainWindow) -> MainWindow:
    """The window of the file with a talk."""
    give_talk(shared_window, qtbot)
    return shared_window


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
