"""The studio's preview: the newest picture that was looked for, drawn by a process that is told a film once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest
from made_flows import snapshot
from pytestqt.qtbot import QtBot

from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.style import Style
from fmviz.engine.messages import Provide
from fmviz.film.painter import FilmPainter
from fmviz.views.export_preview import ExportPreview


@pytest.fixture
def preview(qtbot: QtBot) -> Iterator[ExportPreview]:
    preview = ExportPreview()
    qtbot.addWidget(preview)
    preview.resize(700, 600)
    preview.provided = []
    send = preview.process.send
    preview.process.send = lambda request: (preview.provided.append(request) if isinstance(request, Provide) else None,
                                            send(request))
    preview.show()
    yield preview
    preview.shutdown()


@pytest.fixture
def film() -> Film:
    return film_of([snapshot()], Style(), ExportSpec(format="gif", width=160, height=120, seconds=4.0))


def shows(preview: ExportPreview, film: Film, index: int) -> bool:
    """Whether that very picture of the film is shown."""
    return preview.picture.image == FilmPainter(film).image(film.shots[index])


def test_the_newest_of_many_is_shown_and_a_film_goes_over_once(qtbot: QtBot, preview: ExportPreview, film: Film
                                                               ) -> None:
    preview.show_film(film)
    for index in range(20):
        preview.slider.setValue(index)
    qtbot.waitUntil(lambda: shows(preview, film, 19))
    larger = replace(film, spec=replace(film.spec, width=200))
    preview.show_film(larger)
    qtbot.waitUntil(lambda: shows(preview, larger, 19))
    assert len(preview.provided) == 1
    preview.show_film(other := film_of([snapshot(coupling="ot")], film.style, film.spec))
    qtbot.waitUntil(lambda: shows(preview, other, 19))
    assert len(preview.provided) == 2


def test_a_process_that_dies_is_started_again_and_the_next_picture_comes(qtbot: QtBot, preview: ExportPreview,
                                                                         film: Film) -> None:
    preview.show_film(film)
    qtbot.waitUntil(lambda: not preview.picture.image.isNull())
    os.kill(preview.process.process_id, signal.SIGKILL)
    preview.slider.setValue(3)
    qtbot.waitUntil(lambda: shows(preview, film, 3))


def test_what_cannot_be_drawn_is_said_and_the_next_film_is_drawn(qtbot: QtBot, preview: ExportPreview, film: Film
                                                                 ) -> None:
    preview.show_film(replace(film, marks=film.marks * 2))
    qtbot.waitUntil(lambda: preview.message.text().startswith("The preview failed"))
    preview.show_film(film)
    qtbot.waitUntil(lambda: shows(preview, film, preview.index))


def test_a_transparent_picture_stays_so(qtbot: QtBot, preview: ExportPreview, film: Film) -> None:
    preview.show_film(replace(film, spec=replace(film.spec, format="png", background="transparent")))
    qtbot.waitUntil(lambda: not preview.picture.image.isNull())
    assert preview.picture.image.hasAlphaChannel()
    assert preview.picture.image.pixelColor(0, 0).alpha() == 0
