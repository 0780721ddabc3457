"""Answers about films: a picture is that of the file, scaled to the room; what is lacking is said, and only the newest
film is known."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pictures import lanes, view

from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.questions import FilmFrame, FilmSize, Lacking
from fmviz.film.answers import FilmAnswers
from fmviz.film.estimate import Estimate
from fmviz.film.painter import FilmPainter, pixels_of

ROOMY = (4000, 4000)


def finish(work: Generator[None, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@pytest.fixture
def film() -> Film:
    return film_of(lanes(), view("trajectories"), ExportSpec(format="gif", width=240, height=200, seconds=0.4))


def asked(film: Film, index: int, room: tuple[int, int] = ROOMY, moments: int = 1) -> FilmFrame:
    return FilmFrame(moments, film.style, film.spec, film.marks, index, room)


@pytest.mark.parametrize("background", ["theme", "transparent"])
def test_a_picture_is_the_very_frame_of_the_file(film: Film, background: str) -> None:
    film = replace(film, spec=replace(film.spec, format="webp", background=background))
    answers = FilmAnswers()
    answers.put(1, film.moments)
    for index in (0, 3):
        pixels = finish(answers.answer(asked(film, index)))
        assert np.array_equal(pixels, pixels_of(FilmPainter(film).image(film.shots[index])))
    assert bool(pixels.min() >> 24 == 0) is (background == "transparent")


def test_it_is_scaled_down_to_the_room_and_never_up(film: Film) -> None:
    answers = FilmAnswers()
    answers.put(1, film.moments)
    assert finish(answers.answer(asked(film, 0, (120, 1000)))).shape == (100, 120)
    assert finish(answers.answer(asked(film, 0, (1000, 0)))).shape == (1, 1)


def test_what_is_lacking_is_named_and_only_the_newest_is_known(film: Film) -> None:
    answers = FilmAnswers()
    for question, key, fact in ((asked(film, 0), 1, film.moments), (asked(film, 0, moments=2), 2, film.moments),
                                (size := FilmSize(film.style, film.spec, 1), size, film)):
        with pytest.raises(Lacking) as lacking:
            next(answers.answer(question))
        assert lacking.value.key == key
        answers.put(key, fact)
        assert finish(answers.answer(question)) is not None
    with pytest.raises(Lacking):
        next(answers.answer(asked(film, 0)))


def test_the_size_is_the_estimate(film: Film) -> None:
    question, answers = FilmSize(film.style, film.spec, 1), FilmAnswers()
    answers.put(question, film)
    estimate = finish(answers.answer(question))
    assert isinstance(estimate, Estimate)
    assert estimate.bytes > 1000
    assert estimate.seconds > 0
