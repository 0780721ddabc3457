"""The real objects behind a view: a document, its session (no engine until one is asked for), a play head."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session


@pytest.fixture
def theme() -> Theme:
    return load_theme("dark")


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document()


@pytest.fixture
def session(document: Document) -> Iterator[Session]:
    session = Session(document)
    yield session
    session.shutdown()


@pytest.fixture
def playhead(qtbot: QtBot) -> Iterator[Playhead]:
    playhead = Playhead()
    yield playhead
    playhead.pause()
