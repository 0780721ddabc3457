"""Draws the shots of a film, off screen, with the canvas that the window has: the one way from a film to a picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.fonts import offscreen_app
from fmviz.canvas.layer import look_of
from fmviz.canvas.sheet import paint_sheet, sheet_image, strip_of
from fmviz.core.film import Film, Shot
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import frame_at, limits_of
from fmviz.core.theme import load_theme
from fmviz.film.gif import Pixels


class FilmPainter:
    """Draws any shot of a film at its size and in its theme."""

    def __init__(self, film: Film) -> None:
        offscreen_app()
        self._film = film
        self._canvas = FlowCanvas(load_theme(film.spec.theme_key))
        self._canvas.set_decor(film.spec.decor)
        self._scale = film.spec.scale if film.spec.format == "png" else 1
        self._strip = strip_of(film) if _is_strip(film) else None
        newest = film.moments[-1]
        self._canvas.set_panes(len(newest))
        self._canvas.set_style(film.style)
        # The colours of the newest moment hold for the whole film: early fields are wilder, but shorter.
        self._canvas.set_limits(film.limits or limits_of(newest, film.style))
        self._canvas.set_fit(box_of_flows(newest))

    def image(self, shot: Shot) -> QImage:
        """Return the picture of one shot; a film strip shows all of them at once.

        It is opaque (RGB32) unless the ground is transparent (ARGB32, premultiplied). A PNG has its `scale`.
        """
        spec = self._film.spec
        if self._strip is not None:
            return sheet_image(self._strip, spec.width, spec.height, self._scale)
        self._show(shot)
        return self._canvas.to_image(spec.width, spec.height, self._scale)

    def paint_shapes(self, painter: QPainter, shot: Shot) -> None:
        """Draw a shot into the painter of a vector file, from its top left corner."""
        spec = self._film.spec
        if self._strip is not None:
            look = look_of(self._strip.theme, spec.background, is_vector=True)
            paint_sheet(painter, self._strip, spec.width, spec.height, look)
            return
        self._show(shot)
        self._canvas.paint_shapes(painter, spec.width, spec.height)

    def _show(self, shot: Shot) -> None:
        film = self._film
        seen = self._canvas.seen(film.spec.width, film.spec.height)
        self._canvas.show_frames([frame_at(snapshot, shot.t, film.style, shot.phase, seen, mark) for snapshot, mark in
                                  zip(film.moments[shot.moment], film.marks, strict=True)])

    def pixels(self, shot: Shot) -> Pixels:
        """Return the same picture as (H, W) colours."""
        return pixels_of(self.image(shot))


def pixels_of(image: QImage) -> Pixels:
    """Return a copy of a 32-bit image as (H, W) colours."""
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


def _is_strip(film: Film) -> bool:
    return film.spec.is_strip and not film.spec.kind.is_animation


class FilmPreview:
    """Draws any picture of a film."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._painter = FilmPainter(film)

    def image(self, index: int) -> QImage:
        """Return one picture at its full size."""
        return self._painter.image(self._film.shots[index])
