"""Expressions of t that a person writes: read without running anything, with exact derivatives.

What is read is a formula of t, pi and e, numbers, + - * / ** and the functions of `FUNCTIONS`. Python's own parser
makes the tree, of which only nodes of these kinds are taken: no other names, no attributes, no calls of anything else.
Derivatives are those of dual numbers, exact to rounding:

    (u, u') (v, v') = (u v, u' v + u v')        f(u, u') = (f(u), f'(u) u')

Values keep the shape and the precision of t. In TeX a formula has brackets where it needs them as a factor. As alpha or
beta of a path (`own_share`) it has to go from 0 to 1, or from 1 to 0, without turning back.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import ConfigError, quoted

LONGEST, DEEPEST = 300, 60

_Dual = tuple[Any, Any]
# A number, or a function of t that returns value and derivative.
_Part = float | Callable[[Any], _Dual]
# Of two values, each with its derivative.
_Operation = Callable[[Any, Any, Any, Any], _Dual]

# Name -> the function and its derivative.
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sqrt": (np.sqrt, lambda u: 0.5 / np.sqrt(u)),
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda u: 1 / u),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda u: -np.sin(u)),
    "tan": (np.tan, lambda u: 1 / np.square(np.cos(u))),
    "asin": (np.arcsin, lambda u: 1 / np.sqrt((1 - u) * (1 + u))),
    "acos": (np.arccos, lambda u: -1 / np.sqrt((1 - u) * (1 + u))),
    "atan": (np.arctan, lambda u: 1 / (1 + np.square(u))),
    "sinh": (np.sinh, np.cosh),
    "cosh": (np.cosh, np.sinh),
    "tanh": (np.tanh, lambda u: 1 / np.square(np.cosh(u))),
}
_NUMBERS = {"pi": math.pi, "e": math.e}
_VARIABLE = "t"

# As it is written on paper.
_AS_TYPED = str.maketrans({"^": "**", "\N{GREEK SMALL LETTER PI}": "pi", "\N{MINUS SIGN}": "-",
                           "\N{MULTIPLICATION SIGN}": "*", "\N{MIDDLE DOT}": "*"})
# Whatever else there is, Python's parser might warn of it, or take it for text, a list or a comment.
_PIECE = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|[A-Za-z_]\w*|[-+*/() ]", re.ASCII)
_MADE_OF = f"t, pi, e, numbers, + - * / **, brackets and {', '.join(FUNCTIONS)}"
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_TEX_NAMES = {"asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan"}

# Of times of any shape, of which it keeps shape and precision.
TimeFunction = Callable[[Any], Any]
# On so much of t at its ends a derivative without a bound is that at the edge.
EDGE = 1e-4
_CHECKED = np.linspace(0.0, 1.0, 1001)
_END_TOLERANCE = _TURN_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Expression:
    """A formula of t.

    Args:
        text: as a person wrote it.
    """

    text: str
    _dual: Callable[[Any], _Dual] = field(repr=False, compare=False)

    def __call__(self, t: Any) -> Any:
        """Return the values at times of any shape; not finite where there are none."""
        return self._at(t)[0]

    def derivative(self, t: Any) -> Any:
        """Return the derivatives at times of any shape."""
        return self._at(t)[1]

    def _at(self, t: Any) -> _Dual:
        times = np.asarray(t)
        if times.dtype.kind != "f":
            times = times.astype(np.float64)
        with np.errstate(all="ignore"):
            return self._dual(times)


def read_expression(text: str, name: str) -> Expression:
    """Return the formula that a text means.

    Args:
        name: what a sentence calls it.
    Raises:
        ConfigError: it means none, or is longer or deeper than any that somebody writes.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"{name} has {len(text)} characters; give at most {LONGEST}.")
    seen = f"{name} is {quoted(text)}"
    plain = as_python(text)
    odd = _PIECE.sub("", plain)
    if odd:
        raise ConfigError(f"{seen}; there is no meaning for {quoted(odd[0])} in it: it is made of {_MADE_OF}, with "
                          "every * written out.")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"{seen}, which is no whole formula; for example 3*t**2 - 2*t**3 is one.") from None
    part = _Reader(seen).part(tree, 0)
    if isinstance(part, float):
        constant = part
        return Expression(text, lambda t: (np.full_like(t, constant), np.zeros_like(t)))
    return Expression(text, part)


def as_python(text: str) -> str:
    """Return a formula, as it is written on paper, in Python's signs."""
    return text.translate(_AS_TYPED).strip()


class _Reader:
    """Turns a tree into functions of dual numbers; `seen` is how its complaints begin."""

    def __init__(self, seen: str) -> None:
        self._seen = seen

    def part(self, node: ast.AST, depth: int) -> _Part:
        if depth > DEEPEST:
            raise self._refusal(f"its brackets and signs go deeper than {DEEPEST} levels; write it more shortly")
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self._finite(float(value))
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.part(operand, depth + 1)
                # Of -0, since 0 - 0 would lose the sign of what is 0.
                return inner if isinstance(sign, ast.UAdd) else self._combined(_OPERATIONS[ast.Sub], -0.0, inner)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                return self._combined(_OPERATIONS[type(op)], self.part(left, depth + 1), self.part(right, depth + 1))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                if name not in FUNCTIONS:
                    raise self._refusal(f"there is no function {quoted(name)}: there are {', '.join(FUNCTIONS)}")
                return self._called(name, self.part(argument, depth + 1))
        raise self._refusal(f"it can only be made of {_MADE_OF}")

    def _named(self, name: str) -> _Part:
        if name == _VARIABLE:
            return lambda t: (t, np.ones_like(t))
        if name not in _NUMBERS:
            raise self._refusal(f"there is no {quoted(name)}: the time is t, the numbers with names are pi and e")
        return _NUMBERS[name]

    def _called(self, name: str, inner: _Part) -> _Part:
        value, slope = FUNCTIONS[name]
        if isinstance(inner, float):
            with np.errstate(all="ignore"):
                return self._finite(float(value(inner)))

        def dual(t: Any) -> _Dual:
            u, du = inner(t)
            return value(u), slope(u) * du

        return dual

    def _combined(self, operation: _Operation, left: _Part, right: _Part) -> _Part:
        """Return a number for what has no t in it: so powers know whether their exponent is one."""
        if isinstance(left, float) and isinstance(right, float):
            with np.errstate(all="ignore"):
                return self._finite(float(operation(left, 0.0, right, 0.0)[0]))
        return lambda t: operation(*_dual_of(left, t), *_dual_of(right, t))

    def _finite(self, number: float) -> float:
        if not math.isfinite(number):
            raise self._refusal("a number in it is too large, or none")
        return number

    def _refusal(self, why: str) -> ConfigError:
        return ConfigError(f"{self._seen}; {why}.")


def _dual_of(part: _Part, t: Any) -> _Dual:
    return (part, 0.0) if isinstance(part, float) else part(t)


def _over(u: Any, du: Any, v: Any, dv: Any) -> _Dual:
    quotient = np.divide(u, v)
    return quotient, np.divide(du - quotient * dv, v)


def _power(u: Any, du: Any, v: Any, dv: Any) -> _Dual:
    value = np.power(u, v)
    if type(v) is float:  # an exponent without t; values of t are NumPy's
        # Without a slope at the exponents 0 and 1, where 0 to the power of what is left would be none.
        slope = 0.0 if v == 0 else 1.0 if v == 1 else v * np.power(u, v - 1)
        return value, slope * du
    # Numbers stay Python's, which leave single precision as it is.
    return value, value * (dv * float(np.log(u)) if type(u) is float else dv * np.log(u) + v * du / u)


_OPERATIONS: dict[type, _Operation] = {
    ast.Add: lambda u, du, v, dv: (u + v, du + dv),
    ast.Sub: lambda u, du, v, dv: (u - v, du - dv),
    ast.Mult: lambda u, du, v, dv: (u * v, du * v + u * dv),
    ast.Div: _over,
    ast.Pow: _power,
}


def factor_of(text: str) -> str:
    """Return a formula that `read_expression` has taken, as a factor."""
    return _within(ast.parse(as_python(text), mode="eval").body, _PRODUCT)


def _within(node: ast.AST, least: int) -> str:
    tex, rank = _written(node)
    return tex if rank >= least else rf"\left({tex}\right)" if r"\frac" in tex else f"({tex})"


def _written(node: ast.AST) -> tuple[str, int]:
    """Return the TeX of a node, and how closely it holds together."""
    match node:
        case ast.Name(id=name):
            return (r"\pi" if name == "pi" else name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_within(operand, _PRODUCT)}", _SUM
        case ast.UnaryOp(operand=operand):
            return _written(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign, rest = ("+", _SUM) if isinstance(op, ast.Add) else ("-", _PRODUCT)
            return f"{_within(left, _SUM)} {sign} {_within(right, rest)}", _SUM
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            sign = r" \cdot " if isinstance(right, ast.Constant) else r"\,"
            return f"{_within(left, _PRODUCT)}{sign}{_within(right, _PRODUCT)}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{_within(left, _SUM)}}}{{{_within(right, _SUM)}}}", _POWER
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"{_within(left, _ATOM)}^{{{_within(right, _SUM)}}}", _POWER
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            return rf"\sqrt{{{_within(argument, _SUM)}}}", _ATOM
        case ast.Call(func=ast.Name(id="exp"), args=[argument]):
            return f"e^{{{_within(argument, _SUM)}}}", _POWER
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return rf"{_TEX_NAMES.get(name, chr(92) + name)}({_within(argument, _SUM)})", _ATOM
        case ast.Constant(value=int() | float() as value):
            return f"{value:g}", _ATOM
    raise ValueError(f"{ast.dump(node)} is no part of a formula")


@lru_cache(maxsize=32)
def own_share(text: str, name: str, start: int) -> tuple[TimeFunction, TimeFunction]:
    """Return a person's alpha (start = 0) or beta (start = 1) and its derivative.

    Args:
        text: a formula of t, as `expression` reads it.
        name: what a sentence calls it.
    Raises:
        ConfigError: it is no formula, has other values at its ends, turns back, or has no finite value or derivative.
    """
    formula, end = read_expression(text, name), 1 - start
    seen = f"{name} is {quoted(text)}"
    values = formula(_CHECKED)
    if not np.isfinite(values).all():
        raise ConfigError(f"{seen}, which is no finite number at t = {_CHECKED[~np.isfinite(values)][0]:g}; give one "
                          "that is from 0 to 1.")
    for t, wanted, value in ((0, start, values[0]), (1, end, values[-1])):
        if abs(value - wanted) > _END_TOLERANCE:
            raise ConfigError(f"{seen}, which is {value:.6g} at t = {t}; it has to be {wanted} there.")
    turns = np.diff(values) * (end - start) < -_TURN_TOLERANCE
    if turns.any():
        first = int(turns.argmax())
        moves, must = ("falls", "rise") if end else ("rises", "fall")
        raise ConfigError(f"{seen}, which {moves} between t = {_CHECKED[first]:g} and {_CHECKED[first + 1]:g}; it has "
                          f"to {must} all the way.")
    # As the square root of 1 - t^2 has none at its end; within the edge it has.
    at_ends = np.isfinite(formula.derivative(_CHECKED[[0, -1]]))
    low, high = 0.0 if at_ends[0] else EDGE, 1.0 if at_ends[1] else 1 - EDGE

    def derivative(t: Any) -> Any:
        return formula.derivative(np.clip(t, low, high))

    slopes = derivative(_CHECKED)
    if not np.isfinite(slopes).all():
        raise ConfigError(f"{seen}, which has no finite derivative at t = {_CHECKED[~np.isfinite(slopes)][0]:g}; give "
                          "one that has.")
    return _with_ends(formula, start, values), derivative


def _with_ends(formula: TimeFunction, start: int, values: NDArray[np.float64]) -> TimeFunction:
    """Return the formula with exactly 0 and 1 at its ends, where rounding may have left 6e-17."""
    if (values[0], values[-1]) == (start, 1 - start):
        return formula

    def share(t: Any) -> Any:
        inside = formula(t)
        ends = np.where(np.equal(t, 0), inside.dtype.type(start), np.where(np.equal(t, 1), inside.dtype.type(1 - start),
                                                                          inside))
        return ends if np.ndim(t) else ends[()]

    return share
