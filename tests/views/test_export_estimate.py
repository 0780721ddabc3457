"""The estimate beside the window: the newest question's answer, or a sentence why there is none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_flows import snapshot
from pytestqt.qtbot import QtBot

from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.style import Style
from fmviz.engine.child_process import ChildProcess
from fmviz.engine.link import Link
from fmviz.views import words
from fmviz.views.export_preview import ESTIMATES, FileEstimate


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
    assert "no room for temporary files" in refused.args[0].lower()
    assert estimate.text == ""


def test_an_answer_is_never_told_as_the_next_questions(qtbot: QtBot, estimate: FileEstimate) -> None:
    told: list[str] = []
    estimate.changed.connect(lambda: told.append(estimate.text))
    with qtbot.waitSignal(estimate._soon.timeout):
        estimate.ask(film(640))
    assert estimate.findChildren(Link) != []
    estimate.ask(film(64))
    assert estimate.text.startswith("measuring")
    qtbot.waitUntil(lambda: estimate.estimate is not None)
    small = estimate.estimate
    assert told == ["measuring size and time…", words.estimate(small.bytes, small.seconds)]
    assert small.bytes < 5_000
    estimate.ask(film(640))
    assert estimate.estimate is None
    qtbot.waitUntil(lambda: estimate.estimate is not None)
    assert estimate.estimate.bytes > small.bytes


def test_what_was_measured_is_known_until_it_is_forgotten_and_no_process_stays(
    qtbot: QtBot, estimate: FileEstimate
) -> None:
    answers = []
    for side in (64, 128, 64):
        estimate.ask(film(side))
        qtbot.waitUntil(lambda: estimate.estimate is not None)
        answers.append(estimate.estimate)
    assert answers[2] is answers[0] is not answers[1]
    qtbot.waitUntil(lambda: estimate.findChildren(Link) == [])
    estimate.forget()
    assert (estimate.text, estimate.estimate) == ("", None)


def test_it_works_while_nobody_else_does(qtbot: QtBot) -> None:
    if not hasattr(os, "SCHED_IDLE"):
        pytest.skip("there is no such priority here")
    process = ChildProcess(ESTIMATES)
    with qtbot.waitSignal(process.ready):
        process.start()
    assert os.sched_getscheduler(process.process_id) == os.SCHED_IDLE
    process.shutdown()
