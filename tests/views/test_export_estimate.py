"""The estimate beside the window: the newest question's answer, or a sentence why there is none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_flows import snapshot
from pytestqt.qtbot import QtBot

from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.style import Style
from fmviz.views.export_preview import FileEstimate


@pytest.fixture
def estimate(qtbot: QtBot) -> Iterator[FileEstimate]:
    estimate = FileEstimate()
    yield estimate
    estimate.shutdown()


def film(side: int) -> Film:
    return film_of([snapshot()], Style(), ExportSpec(width=side, height=side, format="png"))


def test_no_room_for_the_question_is_said(
    qtbot: QtBot, estimate: FileEstimate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with qtbot.waitSignal(estimate.refused) as refused:
        estimate.ask(film(64))
    assert "no room for temporary files" in refused.args[0]
    assert estimate.text == ""


def test_an_answer_is_never_told_as_the_next_questions(qtbot: QtBot, estimate: FileEstimate) -> None:
    endings: list[str] = []
    job = estimate._job
    job.cancelled.connect(lambda: endings.append("dropped"))
    job.finished.connect(lambda _: endings.append("told"))
    with qtbot.waitSignal(estimate._soon.timeout):
        estimate.ask(film(640))
    assert job._link is not None
    job._link.wait()  # the answer is here, and the window has not looked
    estimate.ask(film(64))
    assert estimate.text.startswith("measuring")
    qtbot.waitUntil(lambda: estimate.text.startswith("about"))
    assert endings == ["dropped", "told"]
