"""What a drag does while annotating: it makes an annotation, or moves one. No canvas, no document, no clock.

A gesture holds the annotation as it would be if it ended now.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress

import numpy as np

from fmviz.core.annotations import FACTOR, KINDS, Annotation, circled, inset_beside, simplified
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Box
from fmviz.core.follow import Place


class Gesture(ABC):
    """From press to release.

    Attributes:
        index: which of the annotations it changes; that behind the last one is new.
        made: as it would be now; None while there is too little of it.
    """

    def __init__(self, index: int, made: Annotation | None) -> None:
        self.index, self.made = index, made

    def move(self, place: Place, is_constrained: bool) -> None:
        """The mouse is at `place`; `is_constrained` asks for a circle. Where none can be made, the last one stays."""
        with suppress(ConfigError):  # a corner of an inset on the row of the other, a place too far away
            self.made = self._made_at(place, is_constrained)

    @abstractmethod
    def _made_at(self, place: Place, is_constrained: bool) -> Annotation | None:
        """Return the annotation with the mouse there.

        Raises:
            ConfigError: it cannot be drawn.
        """


class Draw(Gesture):
    """Makes an arrow, a ring, a bracket, a stroke or an inset; words are written otherwise.

    Args:
        kind: key of `KINDS`.
        least: a shorter drag makes nothing, world units; a stroke leaves out what is finer.
        seen: what the pane shows, for insets.
    """

    def __init__(self, index: int, kind: str, ink: str, place: Place, least: float, seen: Box) -> None:
        super().__init__(index, None)
        self._kind, self._ink, self._least, self._seen = kind, ink, least, seen
        self._way = [place]

    def _made_at(self, place: Place, is_constrained: bool) -> Annotation | None:
        kind, start = KINDS[self._kind], self._way[0]
        end = circled(start, place) if is_constrained and self._kind == "ring" else place
        dx, dy = abs(end[0] - start[0]), abs(end[1] - start[1])
        if kind.most > len(kind.places):
            return self._stroke([*self._way, place])
        if kind.has_factor:
            if min(dx, dy) < self._least:
                return None
            middle, factor = inset_beside(start, end, FACTOR, self._seen)
            return Annotation(self._kind, (start, end, middle), ink=self._ink, factor=factor)
        is_there = min(dx, dy) >= self._least if self._kind == "ring" else max(dx, dy) >= self._least
        return Annotation(self._kind, (start, end), ink=self._ink) if is_there else None

    def _stroke(self, way: list[Place]) -> Annotation | None:
        kept = simplified(np.array(way), self._least / _FINER)
        is_long = np.ptp(kept, axis=0).max() >= self._least
        made = Annotation(self._kind, tuple((x, y) for x, y in kept.tolist()), ink=self._ink) if is_long else None
        self._way = way
        return made


class Move(Gesture):
    """Moves an annotation, or some of its places.

    Args:
        places: which ones; () is all.
        place: where the mouse took it.
    """

    def __init__(self, index: int, before: Annotation, places: tuple[int, ...], place: Place) -> None:
        super().__init__(index, before)
        self._before, self._places, self._from = before, places, place

    def _made_at(self, place: Place, is_constrained: bool) -> Annotation:
        moved = self._before.moved(place[0] - self._from[0], place[1] - self._from[1], self._places)
        row = KINDS[moved.kind]
        if is_constrained and row.key == "ring" and len(self._places) == 1:
            (here,) = self._places
            there = circled(moved.places[1 - here], moved.places[here])
            offset = there[0] - moved.places[here][0], there[1] - moved.places[here][1]
            moved = moved.moved(*offset, self._places)
        return moved


# A stroke keeps what is so many times finer than the shortest drag.
_FINER = 6.0
