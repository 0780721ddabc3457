"""What a lecturer points with: arrows, words, rings, brackets, strokes and insets, at places of the plane.

An annotation is a value in world units; all panes that show its places show it. What each kind needs stands in one row
of `KINDS`; under the same name `canvas.marks` has the class that draws it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fmviz.core.camera import NARROWEST
from fmviz.core.cloud import FloatArray
from fmviz.core.errors import ConfigError, quoted, row_of
from fmviz.core.extent import Box, from_line
from fmviz.core.follow import Place, checked_place
from fmviz.core.numbers import within

# A formula by hand has some fifty strokes; a file of a hundred scenes must stay small.
MOST_ANNOTATIONS = 200
MOST_PLACES = 256
LONGEST_WORDS = 120
# Of a project, in all of its scenes: with them its settings take 3 MB at most.
MOST_KEPT, MOST_KEPT_PLACES = 1_000, 20_000
INKS = {"plain": "Plain", "strong": "Red", "source": "Source", "target": "Target"}
FACTOR, LEAST_FACTOR, MOST_FACTOR = 3.0, 1.2, 20.0
# An inset that finds its place by itself takes so much of an edge at most, and keeps so far from it, in its own halves.
_MOST_SHARE, _EDGE = 0.5, 1.15
_CORNERS = 4

# Controls, halves of pairs and what XML leaves out: an SVG with one cannot be opened.
_NO_WORD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Kind:
    """One kind of annotation.

    Args:
        key: what files and flags hold.
        label, help: its name and one sentence for people.
        shortcut: its key while annotating.
        icon: file name under resources/icons.
        places: what each of its places is, in words; of a stroke only the first is named.
        most: how many places it can have at most.
        needs_text: whether it is nothing without words; all but strokes may have some.
        has_factor: whether it magnifies.
    """

    key: str
    label: str
    help: str
    shortcut: str
    icon: str
    places: tuple[str, ...]
    most: int
    has_text: bool = True
    needs_text: bool = False
    has_factor: bool = False

    @property
    def fewest(self) -> int:
        """How many places it has at least."""
        return 2 if self.most > len(self.places) else len(self.places)


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("arrow", "Arrow", "Drag from where its words stand to what it points at.", "A", "arrow",
             ("its tail", "its head"), 2),
        Kind("text", "Text", "Click where words are to stand, and type them; a formula stands between dollar signs.",
             "T", "text", ("its middle",), 1, needs_text=True),
        Kind("ring", "Ring", "Drag from one corner to the opposite one of what it goes around; with Shift a circle.",
             "R", "ring", ("one corner of its frame", "the opposite one"), 2),
        Kind("bracket", "Bracket", "Drag along what it embraces; it opens to the right of the way that you drag.", "B",
             "bracket", ("one end", "the other end"), 2),
        Kind("stroke", "Freehand", "Draw a line freehand.", "F", "draw", ("its way",), MOST_PLACES, has_text=False),
        Kind("inset", "Inset", "Drag a frame around a place; it is shown several times as large where there is room.",
             "I", "inset", ("one corner of the place", "the opposite one", "the middle of the inset"), 3,
             has_factor=True),
    )
}


@dataclass(frozen=True)
class Annotation:
    """One annotation.

    Args:
        kind: key of `KINDS`.
        places: world units, as many as the kind has, in its order.
        text: its words, "" for none.
        ink: key of `INKS`.
        t0, t1: it is seen while t is within, both included.
        factor: how many times an inset magnifies; 1 for all others.
    Raises:
        ConfigError: a value that cannot be drawn.
    """

    kind: str
    places: tuple[Place, ...]
    text: str = ""
    ink: str = "plain"
    t0: float = 0.0
    t1: float = 1.0
    factor: float = 1.0

    def __post_init__(self) -> None:
        row, name = row_of(KINDS, self.kind, "annotation"), self.kind
        if not row.fewest <= len(self.places) <= row.most:
            wanted = f"{row.fewest}" if row.fewest == row.most else f"{row.fewest} to {row.most}"
            raise ConfigError(f"The {name} has {len(self.places)} places; give {wanted}.")
        for place in self.places:
            checked_place(place, f"place of the {name}")
        _check_text(row, self.text)
        row_of(INKS, self.ink, "ink")
        if not 0.0 <= self.t0 <= self.t1 <= 1.0:
            raise ConfigError(f"The {name} is seen from t = {self.t0:g} to {self.t1:g}; give two times from 0 to 1, "
                              "the earlier one first.")
        low, high = (LEAST_FACTOR, MOST_FACTOR) if row.has_factor else (1.0, 1.0)
        if not low <= self.factor <= high:
            wanted = f"a factor from {low:g} to {high:g}" if row.has_factor else "no factor, it magnifies nothing"
            raise ConfigError(f"The factor of the {name} is {self.factor:g}; give {wanted}.")
        if row.has_factor and min(abs(a - b) for a, b in zip(*self.places[:2], strict=True)) < NARROWEST:
            raise ConfigError(f"The place of the {name} has no width or no height; drag a frame around it.")

    @property
    def xy(self) -> FloatArray:
        """The places as an array, (N, 2)."""
        return np.array(self.places, dtype=np.float64)

    def is_seen(self, t: float | None) -> bool:
        """Whether it is seen at a time; where there is no time (nothing is learned) it always is."""
        return t is None or self.t0 <= t <= self.t1

    def moved(self, dx: float, dy: float, places: Sequence[int] = ()) -> Annotation:
        """Return it with some of its places moved, all by default."""
        chosen = places or range(len(self.places))
        return replace(self, places=tuple((x + dx, y + dy) if k in chosen else (x, y)
                                          for k, (x, y) in enumerate(self.places)))


def _check_text(row: Kind, text: str) -> None:
    name = row.key
    if text and not row.has_text:
        raise ConfigError(f"The {name} has the words {quoted(text)}; leave them out, or choose another kind.")
    if row.needs_text and not text.strip():
        raise ConfigError(f"The {name} has no words; type some.")
    if len(text) > LONGEST_WORDS:
        raise ConfigError(f"The words of the {name} have {len(text)} characters; give at most {LONGEST_WORDS}.")
    if odd := _NO_WORD.search(text):
        raise ConfigError(f"The words of the {name} hold U+{ord(odd.group()):04X}, which is no letter; take it out.")


def check_kept(pictures: Iterable[Sequence[Annotation]]) -> None:
    """Check how many there are in all pictures of a project.

    Raises:
        ConfigError: too many of them, or of their places.
    """
    all_of_them = [annotation for annotations in pictures for annotation in annotations]
    places = sum(len(annotation.places) for annotation in all_of_them)
    if len(all_of_them) > MOST_KEPT or places > MOST_KEPT_PLACES:
        raise ConfigError(f"The scenes have {len(all_of_them):,} annotations with {places:,} places; keep at most "
                          f"{MOST_KEPT:,} and {MOST_KEPT_PLACES:,}.")


def followed(index: int, old: Sequence[Annotation], new: Sequence[Annotation]) -> int | None:
    """Return where one of the old annotations is among the new ones: unchanged, or the only one that has changed.

    Behind the last one, where the next is written, stays there. None: it is gone.
    """
    if index >= len(old):
        return len(new)
    if len(new) == len(old) and all(a == b for k, (a, b) in enumerate(zip(old, new, strict=True)) if k != index):
        return index
    return new.index(old[index]) if old[index] in new else None


def simplified(way: FloatArray, tolerance: float) -> FloatArray:
    """Return some of the places (N, 2) of a way, from which none of the others lies further than `tolerance`.

    At most `MOST_PLACES`: a longer way is followed less closely. Source: Douglas and Peucker, 1973.
    """
    way = np.asarray(way, dtype=np.float64)
    kept = way[_kept(way, tolerance)]
    while len(kept) > MOST_PLACES:
        tolerance = max(1.5 * tolerance, 1e-3 * float(np.ptp(way, axis=0).max()))
        kept = way[_kept(way, tolerance)]
    return kept


def _kept(way: FloatArray, tolerance: float) -> NDArray[np.bool_]:
    """Return which of the places are kept, (N,)."""
    is_kept = np.zeros(len(way), dtype=bool)
    is_kept[[0, -1]] = True
    spans = [(0, len(way) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:
            continue
        distance = from_line(way[start + 1:end], way[start], way[end])
        farthest = int(distance.argmax())
        if distance[farthest] > tolerance:
            middle = start + 1 + farthest
            is_kept[middle] = True
            spans += [(start, middle), (middle, end)]
    return is_kept


def circled(a: Place, b: Place) -> Place:
    """Return the place beside `b` that makes a square with the opposite corner `a`."""
    edge = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
    return a[0] + math.copysign(edge, b[0] - a[0]), a[1] + math.copysign(edge, b[1] - a[1])


def inset_beside(a: Place, b: Place, factor: float, seen: Box) -> tuple[Place, float]:
    """Return where the inset of a place between two corners has room in what is seen, in the nearest corner or else at
    the nearest edge; and how many times it magnifies: `factor`, or less where it would take more than half of an edge.
    """
    half_x, half_y = abs(b[0] - a[0]) / 2, abs(b[1] - a[1]) / 2
    most = min(_MOST_SHARE * seen.half_x / half_x, _MOST_SHARE * seen.half_y / half_y)
    factor = within(min(factor, most), LEAST_FACTOR, MOST_FACTOR)
    place = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    reach = seen.half_x - _EDGE * factor * half_x, seen.half_y - _EDGE * factor * half_y
    # Clouds lie in the middle, so corners are emptier than the middles of edges.
    middles = [(seen.cx + i * reach[0], seen.cy + j * reach[1])
               for i, j in ((-1, -1), (-1, 1), (1, -1), (1, 1), (-1, 0), (1, 0), (0, -1), (0, 1))]
    apart = (factor + 1) * half_x, (factor + 1) * half_y

    def cost(index: int) -> tuple[bool, bool, float]:
        dx, dy = (abs(middles[index][axis] - place[axis]) for axis in range(2))
        return dx < apart[0] and dy < apart[1], index >= _CORNERS, dx * dx + dy * dy

    return middles[min(range(len(middles)), key=cost)], factor
