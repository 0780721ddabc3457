"""Pictures come from another process: the newest one that was asked for, at full size, scaled to fit."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import drawing_children as children
import pytest
from patience import PATIENCE_MS

sys.path.append(str(Path(__file__).parents[1] / "views"))
from made_flows import snapshot

from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.style import Style
from fmviz.engine.link import Link
from fmviz.engine.preview import PreviewProcess


@pytest.fixture
def preview(qapp):
    preview = PreviewProcess()
    preview.pictures, preview.sentences = [], []
    preview.drawn.connect(preview.pictures.append)
    preview.failed.connect(preview.sentences.append)
    yield preview
    preview.shutdown()


@pytest.fixture
def film():
    return film_of([snapshot()], Style(), ExportSpec(width=640, height=480))


def told(image):
    """Return what the drawer of the test has written into a picture's first pixel."""
    colour = image.pixelColor(0, 0)
    return colour.red(), colour.green(), colour.blue()


def test_it_draws_elsewhere_and_scales_to_the_room(qtbot, preview, film):
    preview.ask(children.Marker, film, 7, (320, 400))
    assert preview.is_busy
    qtbot.waitUntil(lambda: bool(preview.pictures))
    image = preview.pictures[0]
    assert (image.width(), image.height()) == (320, 240)
    assert told(image) == (7, 1, 0)
    assert preview.process_id not in (None, os.getpid())


def test_of_many_the_last_is_drawn_and_the_film_goes_over_once(qtbot, preview, film):
    for index in range(50):
        preview.ask(children.Marker, film, index, (2000, 2000))
    qtbot.waitUntil(lambda: bool(preview.pictures) and told(preview.pictures[-1])[0] == 49)
    assert len(preview.pictures) == 2
    assert (preview.pictures[-1].width(), preview.pictures[-1].height()) == (640, 480)
    other = film_of([snapshot()], Style(), film.spec)
    preview.ask(children.Marker, other, 3, (2000, 2000))
    qtbot.waitUntil(lambda: told(preview.pictures[-1])[0] == 3)


def test_a_picture_that_cannot_be_drawn_is_a_sentence_and_the_next_one_works(qtbot, preview, film):
    preview.ask(children.Marker, film, 255, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.sentences))
    assert preview.sentences == ["The preview failed: division by zero."]
    preview.ask(children.Marker, film, 1, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.pictures))


def test_a_killed_process_is_a_sentence_and_the_next_picture_starts_another(qtbot, preview, film):
    preview.ask(children.Marker, film, 1, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.pictures))
    os.kill(preview.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(preview.sentences))
    assert "killed by signal 9" in preview.sentences[0]
    preview.ask(children.Marker, film, 2, (100, 100))
    qtbot.waitUntil(lambda: told(preview.pictures[-1])[0] == 2)


def test_rest_ends_the_process_and_the_next_picture_starts_another(qtbot, preview, film):
    preview.ask(children.Marker, film, 1, (100, 100))
    preview.rest()
    assert not preview.is_busy
    preview.ask(children.Marker, film, 2, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.pictures))
    assert told(preview.pictures[0])[0] == 2


def test_the_late_end_of_a_killed_process_does_not_end_the_next_one(qtbot, preview, film):
    preview.ask(children.Marker, film, 1, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.pictures))
    (link,) = preview.findChildren(Link)
    os.kill(preview.process_id, signal.SIGKILL)
    assert link.wait(PATIENCE_MS)  # its end is queued for this thread, which has not run its loop yet
    preview.rest()
    preview.ask(children.Marker, film, 2, (100, 100))
    qtbot.waitUntil(lambda: told(preview.pictures[-1])[0] == 2)
    assert preview.sentences == []
    assert len(preview.findChildren(Link)) == 1


def test_a_transparent_picture_stays_so(qtbot, preview, film):
    preview.ask(children.ClearMarker, film, 1, (100, 100))
    qtbot.waitUntil(lambda: bool(preview.pictures))
    assert preview.pictures[0].hasAlphaChannel()
    assert preview.pictures[0].pixelColor(5, 5).alpha() == 0
