"""Text in which formulas stand between dollar signs, and the outlines of a formula in TeX.

    $x_t = (1-t)\\,x_0 + t\\,x_1$

A dollar sign opens a formula if no space follows, and closes it if no space is before it and no figure behind, so that
prices stay prices; \\$ is always a dollar sign. ziamath sets the formula, with STIX Two Math, which it brings; it is
loaded when the first formula is asked for. `canvas.fonts` draws the outlines.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard
from xml.etree import ElementTree

from fmviz.core.errors import quoted

if TYPE_CHECKING:
    from ziamath.zmath import Math

LONGEST_FORMULA = 200
# A formula's size in that of the text around it: the capitals of both typefaces are then equally high.
_SIZE = 1.1
# Outlines are made at that size, so that ziamath's three decimals are a thousandth of a pixel.
_UNITS = 100.0
# Larger ones are nobody's line of text; in sizes of the text.
_WIDEST, _HIGHEST = 120.0, 12.0
# Of `_work`: some 0.05 ms of a processor each. Formulas of papers take 200 to 500, nine fractions in each other 4,000.
_MOST_WORK = 4000

_PARTS = re.compile(r"\\\$|\$\$(?:\\.|[^\\$])+?\$\$|\$(?=[^\s$])(?:\\.|[^\\$])+?(?<=\S)\$(?!\d)")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_NUMBER = re.compile(r"-?[\d.]+")
_STEP = re.compile(r"([MLQCZ])([^MLQCZ]*)")
# What is raised about a foreign text beside the parser's own: about 20,000 random ones nothing else.
_RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, StopIteration, SyntaxError,
           TypeError, ValueError)
# What ziamath's parts raise, in words; anything else is only said not to be understood.
_REASONS = {
    "NoAvailableTokensError": "something is missing at its end", "MissingEndError": "an \\end is missing",
    "ExtraLeftOrMissingRightError": "a \\left or a \\right is missing",
    "DoubleSubscriptsError": "two subscripts follow each other",
    "DoubleSuperscriptsError": "two superscripts follow each other",
    "MissingSuperScriptOrSubscriptError": "a subscript or a superscript is missing",
    "NumeratorNotFoundError": "a numerator is missing", "DenominatorNotFoundError": "a denominator is missing",
}


@dataclass(frozen=True)
class Part:
    """A piece of a text: words as they are read, or a formula without its dollar signs."""

    text: str
    is_formula: bool = False
    source: str = ""


@dataclass(frozen=True, eq=False)
class Outline:
    """A formula's shapes, in sizes of the text around it, from the start of its baseline; y points down.

    Args:
        steps: of a path: M and L with a place, Q and C with places of control before it, Z closes.
        width: how far the baseline goes.
        above, below: how far it reaches from the baseline.
    """

    steps: tuple[tuple[str, tuple[float, ...]], ...]
    width: float
    above: float
    below: float


def has_formula(text: str) -> bool:
    """Whether a text is more than words as they stand."""
    return "$" in text and _PARTS.search(text) is not None


@lru_cache(maxsize=256)
def parts_of(text: str) -> tuple[Part, ...]:
    """Return the words and formulas of a text, in order; `source` is how each stands in it."""
    found: list[Part] = []
    last = 0
    for match in _PARTS.finditer(text):
        found.append(Part(text[last:match.start()], source=text[last:match.start()]))
        last, seen = match.end(), match.group()
        if seen == r"\$":
            found.append(Part("$", source=seen))
        else:
            dollars = 2 if seen.startswith("$$") else 1
            found.append(Part(seen[dollars:-dollars].strip(), True, seen))
    found.append(Part(text[last:], source=text[last:]))
    return tuple(part for part in found if part.source)


def atoms_of(text: str) -> tuple[str, ...]:
    """Return the pieces into which a text may be cut: its characters, and each formula as a whole."""
    atoms: list[str] = []
    for part in parts_of(text):
        atoms += [part.source] if part.source != part.text else part.text
    return tuple(atoms)


def plain_text(text: str) -> str:
    """Return a text as words: formulas as their TeX."""
    return "".join(part.text for part in parts_of(text))


def outline_of(tex: str) -> Outline | None:
    """Return the outline of a formula, or None if it cannot be set; `complaints_of` says why."""
    made = _made(tex)
    return made if isinstance(made, Outline) else None


def complaints_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each formula that cannot be set and is therefore shown as its text."""
    formulas = dict.fromkeys(part.text for text in texts for part in parts_of(text) if part.is_formula)
    # Backslashes as they are: they are what one has to look at.
    return tuple("The formula {} is shown as its text: {}.".format(quoted(tex).replace("\\\\", "\\"), made)
                 for tex in formulas if isinstance(made := _made(tex), str))


@lru_cache(maxsize=256)
def _made(tex: str) -> Outline | str:
    """Return the outline of a formula, or why there is none."""
    if len(tex) > LONGEST_FORMULA:
        return f"it has {len(tex)} characters; give at most {LONGEST_FORMULA}"
    with warnings.catch_warnings():  # WORKAROUND ziamath 0.13: it opens its font in a way that Python 3.11 warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        from latex2mathml import exceptions
        from ziamath.config import config
        from ziamath.tex import tex2mml
        from ziamath.zmath import Math

    raised: tuple[type[Exception], ...] = (*_RAISED, *filter(_is_exception, vars(exceptions).values()))
    config.svg2 = False  # outlines in place, instead of references to symbols
    try:
        mathml = ElementTree.fromstring(tex2mml(tex, inline=True))
        if _work(mathml) > _MOST_WORK:
            return "too much of it stands inside of other parts"
        math = Math(mathml, size=_SIZE * _UNITS)
        if unknown := _unknown(math):
            return unknown
        return _outline(math)
    except raised as error:
        return _REASONS.get(type(error).__name__, "it is not understood")


def _is_exception(value: object) -> TypeGuard[type[Exception]]:
    return isinstance(value, type) and issubclass(value, Exception)


def _work(node: ElementTree.Element) -> int:
    """Return an estimate of how long the layout takes, which sets the content of each row twice."""
    is_row = node.tag.rpartition("}")[2] in ("math", "mrow", "mtd")
    return (2 if is_row else 1) * (1 + sum(map(_work, node)))


def _unknown(math: Math) -> str:
    """Return what of a formula is not known, "" for nothing."""
    for node in math.mathml.iter():
        if "mathbackground" in node.attrib:
            return "grounds cannot be drawn"
        text = node.text or ""
        if found := _COMMAND.search(text):  # which its parser leaves as it is
            return f"there is no {found.group()}"
        if missing := [letter for letter in text if not letter.isspace() and math.font.glyphindex(letter) == 0]:
            return f"its typeface has no {quoted(missing[0])}"
    return ""


def _outline(math: Math) -> Outline | str:
    drawing, box = ElementTree.Element("svg"), math.node.bbox
    width, above, below = box.xmax / _UNITS, box.ymax / _UNITS, -box.ymin / _UNITS
    if not (0 < width <= _WIDEST and abs(box.xmin) <= _WIDEST * _UNITS and max(above, below) <= _HIGHEST):
        return "nothing of it is seen" if width <= 0 else "it is far too large"
    math.node.draw(0, 0, drawing)
    steps: list[tuple[str, tuple[float, ...]]] = []
    for node in drawing.iter():
        if node.tag == "path" and "stroke" not in node.attrib:
            steps += [(name, _places(numbers)) for name, numbers in _STEP.findall(node.attrib["d"])]
        elif node.tag == "rect" and "stroke" not in node.attrib:
            steps += _bar(*(float(node.attrib[name]) / _UNITS for name in ("x", "y", "width", "height")))
        elif node.tag not in ("svg", "g"):
            return "frames and strokes cannot be drawn"
    return Outline(tuple(steps), width, above, below) if steps else "nothing of it is seen"


def _places(numbers: str) -> tuple[float, ...]:
    return tuple(float(number) / _UNITS for number in _NUMBER.findall(numbers))


def _bar(x: float, y: float, width: float, height: float) -> list[tuple[str, tuple[float, ...]]]:
    """Return the line of a fraction or of a root."""
    corners = (x, y), (x + width, y), (x + width, y + height), (x, y + height)
    return [("M", corners[0]), *(("L", corner) for corner in corners[1:]), ("Z", ())]
