"""What a preview shows of a film: the very picture that its file will have, by its place in the film."""

from __future__ import annotations

from PySide6.QtGui import QImage

from fmviz.core.film import Film
from fmviz.film.painter import FilmPainter


class FilmPreview:
    """Draws any picture of a film."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._painter = FilmPainter(film)

    def image(self, index: int) -> QImage:
        """Return one picture at its full size."""
        return self._painter.image(self._film.shots[index])
