"""What a drag does while annotating: it makes an annotation, or moves one. No canvas, no document, no clock.

A gesture holds the annotation as it would be if it ended now.
"""

from __future__ import annotations

import numpy as np

from fmviz.core.annotations import FACTOR, KINDS, Annotation, circled, inset_beside, simplified
from fmviz.core.editing import Place
from fmviz.core.extent import Box


class Gesture:
    """From press to release.

    Attributes:
        index: which of the annotations it changes; that behind the last one is new.
        made: as it would be now; None while there is too little of it.
    """

    def __init__(self, index: int, made: Annotation | None) -> None:
        self.index, self.made = index, made

    def move(self, place: Place, is_constrained: bool) -> None:
        """The mouse is at `place`; `is_constrained` asks for a circle."""


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

    def move(self, place: Place, is_constrained: bool) -> None:
        self._way.append(place)
        start = self._way[0]
        end = circled(start, place) if is_constrained and self._kind == "ring" else place
        dx, dy = abs(end[0] - start[0]), abs(end[1] - start[1])
        if KINDS[self._kind].most > len(KINDS[self._kind].places):
            kept = simplified(np.array(self._way), self._least / _FINER)
            is_long = np.ptp(kept, axis=0).max() >= self._least
            self.made = Annotation(self._kind, tuple((x, y) for x, y in kept.tolist()),
                                   ink=self._ink) if is_long else None
        elif KINDS[self._kind].has_factor:
            self.made = None
            if min(dx, dy) >= self._least:
                middle, factor = inset_beside(start, end, FACTOR, self._seen)
                self.made = Annotation(self._kind, (start, end, middle), ink=self._ink, factor=factor)
        else:
            is_there = min(dx, dy) >= self._least if self._kind == "ring" else max(dx, dy) >= self._least
            self.made = Annotation(self._kind, (start, end), ink=self._ink) if is_there else None


class Move(Gesture):
    """Moves an annotation, or some of its places.

    Args:
        places: which ones; () is all.
        place: where the mouse took it.
    """

    def __init__(self, index: int, before: Annotation, places: tuple[int, ...], place: Place) -> None:
        super().__init__(index, before)
        self._before, self._places, self._from = before, places, place

    def move(self, place: Place, is_constrained: bool) -> None:
        moved = self._before.moved(place[0] - self._from[0], place[1] - self._from[1], self._places)
        row = KINDS[moved.kind]
        if is_constrained and row.key == "ring" and len(self._places) == 1:
            (here,) = self._places
            there = circled(moved.places[1 - here], moved.places[here])
            offset = there[0] - moved.places[here][0], there[1] - moved.places[here][1]
            moved = moved.moved(*offset, self._places)
        is_flat = row.has_factor and any(a == b for a, b in zip(*moved.places[:2], strict=True))
        if not is_flat:
            self.made = moved


# A stroke keeps what is so many times finer than the shortest drag.
_FINER = 6.0
