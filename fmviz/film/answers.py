"""Answers about films, in processes of their own: the pictures of a preview, the size of a file. See `flow.answers`."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import Any

from PySide6.QtCore import Qt

from fmviz.core.film import Film, Moment
from fmviz.core.questions import FilmFrame, FilmSize, Lacking
from fmviz.film.estimate import Estimate
from fmviz.film.gif import Pixels
from fmviz.film.painter import FilmPainter, pixels_of
from fmviz.film.render import render_estimate


class FilmAnswers:
    """Knows what the newest questions are about, and nothing else: a film may have 50 MB."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._fact: Any = None
        self._painted: tuple[object, Film, FilmPainter] | None = None

    def put(self, key: Hashable, fact: Film | tuple[Moment, ...]) -> None:
        """Know a film, or the moments of one, in place of the one before."""
        self._key, self._fact = key, fact

    def answer(self, question: FilmFrame | FilmSize) -> Generator[None, None, Any]:
        """Return the generator that answers a question.

        Raises, when it is driven:
            Lacking: of what the question is about.
        """
        return self._frame(question) if isinstance(question, FilmFrame) else self._size(question)

    def _frame(self, question: FilmFrame) -> Generator[None, None, Pixels]:
        """Draw a picture at full size, then scale it."""
        like = question.moments, question.style, question.spec, question.marks
        if self._painted is None or self._painted[0] != like:
            film = Film(self._about(question.moments), question.style, question.spec, marks=question.marks)
            self._painted = like, film, FilmPainter(film)
        _, film, painter = self._painted
        yield None
        image = painter.image(film.shots[question.index])
        width, height = (max(1, edge) for edge in question.room)
        if image.width() > width or image.height() > height:
            image = image.scaled(width, height, Qt.AspectRatioMode.KeepAspectRatio,
                                 Qt.TransformationMode.SmoothTransformation).convertToFormat(image.format())
        return pixels_of(image)

    def _size(self, question: FilmSize) -> Generator[None, None, Estimate]:
        return (yield from render_estimate(self._about(question)))

    def _about(self, key: Hashable) -> Any:
        if key != self._key:
            raise Lacking(key)
        return self._fact
