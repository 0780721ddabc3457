"""Draws the shots of a film, off screen, with the canvas that the window has: the one way from a film to a picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from fmviz.canvas.application import offscreen_app
from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.film import Film, Shot
from fmviz.core.frames import frame_at, limits_of
from fmviz.core.palette import Pixels
from fmviz.core.theme import load_theme


class FilmPainter:
    """Draws any shot of a film at its size and in its theme."""

    def __init__(self, film: Film) -> None:
        offscreen_app()
        self._film = film
        self._canvas = FlowCanvas(load_theme(film.spec.theme))
        newest = film.moments[-1]
        self._canvas.set_panes(len(newest), tuple(snapshot.lane for snapshot in newest))
        self._canvas.set_style(film.style)
        # The colours of the newest moment hold for the whole film: early fields are wilder, but shorter.
        self._canvas.set_limits(limits_of(newest, film.style))

    def image(self, shot: Shot) -> QImage:
        """Return the picture of one shot."""
        film = self._film
        self._canvas.show_frames([
            frame_at(snapshot, shot.t, film.style, shot.phase) for snapshot in film.moments[shot.moment]
        ])
        return self._canvas.to_image(film.spec.width, film.spec.height)

    def pixels(self, shot: Shot) -> Pixels:
        """Return the same picture as (H, W) colours."""
        return pixels_of(self.image(shot))


def pixels_of(image: QImage) -> Pixels:
    """Return a copy of a 32-bit image as (H, W) colours."""
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()
