"""Draws the shots of a film, off screen, with the composer that the window has: the one way from a film to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QImage, QPainter

from fmviz.canvas.composer import Composer, Sheet, stage_sheet, strip_of
from fmviz.canvas.fonts import offscreen_app
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, Shot, chosen_lanes, film_of
from fmviz.core.fit import box_of_flows
from fmviz.core.formats import TRANSPARENT
from fmviz.core.frames import FlowSnapshot, Frame, compared, followed_of, frame_at
from fmviz.core.lanes import LaneMark
from fmviz.core.limits import limits_of
from fmviz.core.style import Style
from fmviz.core.theme import load_theme
from fmviz.core.wanted import Wanted, wanted_for
from fmviz.film.gif import Pixels


class FilmPainter:
    """Draws any shot of a film at its size and in its theme.

    Attributes:
        seen: what every pane shows.
    """

    def __init__(self, film: Film) -> None:
        offscreen_app()
        spec, newest, style = film.spec, film.moments[-1], film.style
        self._film, self._composer, self._theme = film, Composer(), load_theme(spec.theme_key)
        self._scale = spec.scale if spec.format == "png" else 1
        # The colours of the newest moment hold for the whole film: early fields are wilder, but shorter.
        self._limits, self._fit = film.limits or limits_of(newest, style), box_of_flows(newest)
        self._followed = tuple(followed_of(snapshot, style) for snapshot in newest)
        self._first: QImage | None = None
        self._strip = strip_of(film) if spec.is_strip and not spec.kind.is_animation else None
        sheet = self._strip or self._sheet_of(())
        self.seen = sheet.mapping(sheet.layout(spec.width, spec.height)).box

    def image(self, shot: Shot) -> QImage:
        """Return the picture of one shot; a film strip shows all of them at once.

        It is opaque (RGB32) unless the ground is transparent (ARGB32, premultiplied). A PNG has its `scale`.
        """
        image = self._drawn(shot)
        if shot.fade == 0.0:
            return image
        if self._first is None:
            self._first = self._drawn(self._film.shots[0])
        return _mixed(image, self._first, shot.fade)

    def _drawn(self, shot: Shot) -> QImage:
        return self._composer.image(self._sheet(shot), self._film.spec.width, self._film.spec.height, self._scale)

    def paint_shapes(self, painter: QPainter, shot: Shot) -> None:
        """Draw a shot into the painter of a vector file, from its top left corner."""
        self._composer.paint_shapes(painter, self._sheet(shot), self._film.spec.width, self._film.spec.height)

    def _sheet(self, shot: Shot) -> Sheet:
        film, moment = self._film, self._film.moments[shot.moment]
        if self._strip is not None:
            return self._strip
        frames = [frame_at(snapshot, shot.t, film.style, shot.phase, self.seen, mark, followed, moment[0])
                  for snapshot, mark, followed in zip(moment, film.marks, self._followed, strict=True)]
        if len(film.moments) > 1:  # the last one says its step too, as those before it do
            frames = [replace(frame, step=snapshot.step) for frame, snapshot in zip(frames, moment, strict=True)]
        return self._sheet_of(compared(frames, film.style))

    def _sheet_of(self, frames: Sequence[Frame]) -> Sheet:
        film = self._film
        return stage_sheet(frames, film.style, self._limits, self._theme, film.decor, len(film.marks), self._fit)

    def frame(self, shot: Shot) -> QImage:
        """Return the same as encoders want it: with colours that are not multiplied by their opacity."""
        image = self.image(shot)
        is_clear = self._film.spec.background == TRANSPARENT
        return image.convertToFormat(QImage.Format.Format_ARGB32) if is_clear else image

    def pixels(self, shot: Shot) -> Pixels:
        """Return that frame as (H, W) colours."""
        return pixels_of(self.frame(shot))


def wanted_by(snapshots: Sequence[FlowSnapshot | None], style: Style, spec: ExportSpec,
              marks: Sequence[LaneMark] = ()) -> Wanted:
    """Return what a file shows of flows beside their snapshots; as `film_of`, which has what is answered."""
    is_near = style.camera is not None and style.needs("field")
    seen = FilmPainter(film_of(snapshots, style, replace(spec, over="t"), marks=marks)).seen if is_near else None
    return wanted_for(chosen_lanes(snapshots, spec.lanes)[0], style, seen, spec.only_time)


def pixels_of(image: QImage) -> Pixels:
    """Return a copy of a 32-bit image as (H, W) colours."""
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


def _mixed(one: QImage, other: QImage, share: float) -> QImage:
    """Return two equally large pictures mixed: `share` of the other one.

    Premultiplied colours mix as they are; where there is no opacity the highest byte is the same in both.
    """
    a, b = (np.frombuffer(image.constBits(), dtype=np.uint8).astype(np.float32) for image in (one, other))
    mixed = np.round(a + np.float32(share) * (b - a)).astype(np.uint8)
    return QImage(mixed.tobytes(), one.width(), one.height(), one.bytesPerLine(), one.format()).copy()
