"""Annotations as words of a command line: `arrow 0,2 1.5,0.5 "they cross"` is a kind, its places, and what it says.

    kind  x,y ...  [t=0.2..0.8] [ink=source] [factor=4]  [words]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fmviz.core.annotations import FACTOR, INKS, KINDS, Annotation
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.follow import Place
from fmviz.core.numbers import read_number

NONE = "none"
FORM = '"KIND X,Y ... [t=0.2..0.8] [ink=source] [factor=4] [WORDS]"'
_SPAN = ".."
_OPTIONS = {"t": "two times, for example t=0.2..0.8", "ink": f"an ink of {', '.join(INKS)}",
            "factor": "a number, for example factor=4"}


def annotations_of(texts: Sequence[str], known: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """Return the annotations of a picture with those that the flags add; `none` takes away all before it.

    Raises:
        ConfigError: one that cannot be read or drawn.
    """
    for text in texts:
        known = () if text.strip() == NONE else (*known, annotation_of(text))
    return known


def annotation_of(text: str) -> Annotation:
    """Return the annotation that a text means; see the module.

    Raises:
        ConfigError: it cannot be read or drawn.
    """
    kind, *words = text.split() or [""]
    if kind not in KINDS:
        raise ConfigError(f"--annotate is {quoted(text)}; begin with one of {', '.join(KINDS)}, or give {NONE}.")
    places: list[Place] = []
    while words and (place := _place_of(words[0])) is not None:
        places.append(place)
        words.pop(0)
    given: dict[str, Any] = {"factor": FACTOR} if KINDS[kind].has_factor else {}
    while words and (found := _option_of(words[0])):
        given |= found
        words.pop(0)
    if not places:
        row = KINDS[kind]
        raise ConfigError(f"--annotate is {quoted(text)}; give {' and '.join(row.places)} as x,y, for example 0,1.5.")
    return Annotation(kind, tuple(places), " ".join(words), **given)


def _place_of(word: str) -> Place | None:
    parts = [read_number(part) for part in word.split(",")]
    x, y = parts if len(parts) == 2 else (None, None)
    return None if x is None or y is None else (x, y)


def _option_of(word: str) -> dict[str, Any]:
    """Return what an option says, {} for an ordinary word.

    Raises:
        ConfigError: the value of an option cannot be read.
    """
    name, equals, value = word.partition("=")
    number = read_number(value)
    if not equals or name not in _OPTIONS or (name == "t" and number is not None):  # "t=1" is said of a moment
        return {}
    start, _, end = value.partition(_SPAN)
    t0, t1 = read_number(start), read_number(end)
    if name == "ink" and value in INKS:
        return {"ink": value}
    if name == "factor" and number is not None:
        return {"factor": number}
    if name == "t" and t0 is not None and t1 is not None:
        return {"t0": t0, "t1": t1}
    raise ConfigError(f"--annotate has {quoted(word)}; give {_OPTIONS[name]}, or put spaces around = in words.")
