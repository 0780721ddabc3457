"""Expressions of t that a person writes: read without running anything, with exact derivatives.

What is read is a formula of t, pi and e, numbers, + - * / ** and the functions of `FUNCTIONS`. Python's own parser
makes the tree, of which only nodes of these kinds are taken: no other names, no attributes, no calls of anything else.
Derivatives are those of dual numbers, exact to rounding:

    (u, u') (v, v') = (u v, u' v + u v')        f(u, u') = (f(u), f'(u) u')

Values keep the shape and the precision of t. In TeX a formula has brackets where it needs them as a factor.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fmviz.core.errors import ConfigError, quoted

LONGEST, DEEPEST = 300, 60

_Dual = tuple[Any, Any]
# A number, or a function of t that returns value and derivative.
_Part = float | Callable[[Any], _Dual]

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
                return inner if isinstance(sign, ast.UAdd) else _negative(inner)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                parts = self.part(left, depth + 1), self.part(right, depth + 1)
                return self._folded(_OPERATIONS[type(op)], *parts)
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

    def _folded(self, operation: Callable[[_Part, _Part], Callable[[Any], _Dual]], left: _Part, right: _Part) -> _Part:
        """Return a number for what has no t in it: so powers know whether their exponent is one."""
        made = operation(left, right)
        if isinstance(left, float) and isinstance(right, float):
            with np.errstate(all="ignore"):
                return self._finite(float(made(np.float64(0.0))[0]))
        return made

    def _finite(self, number: float) -> float:
        if not math.isfinite(number):
            raise self._refusal("a number in it is too large, or none")
        return number

    def _refusal(self, why: str) -> ConfigError:
        return ConfigError(f"{self._seen}; {why}.")


def _dual_of(part: _Part, t: Any) -> _Dual:
    return (part, 0.0) if isinstance(part, float) else part(t)


def _negative(part: _Part) -> _Part:
    if isinstance(part, float):
        return -part

    def dual(t: Any) -> _Dual:
        u, du = part(t)
        return -u, -du

    return dual


def _added(left: _Part, right: _Part, sign: float) -> Callable[[Any], _Dual]:
    def dual(t: Any) -> _Dual:
        (u, du), (v, dv) = _dual_of(left, t), _dual_of(right, t)
        return u + sign * v, du + sign * dv

    return dual


def _times(left: _Part, right: _Part) -> Callable[[Any], _Dual]:
    def dual(t: Any) -> _Dual:
        (u, du), (v, dv) = _dual_of(left, t), _dual_of(right, t)
        return u * v, du * v + u * dv

    return dual


def _over(left: _Part, right: _Part) -> Callable[[Any], _Dual]:
    def dual(t: Any) -> _Dual:
        (u, du), (v, dv) = _dual_of(left, t), _dual_of(right, t)
        quotient = np.divide(u, v)
        return quotient, np.divide(du - quotient * dv, v)

    return dual


def _power(left: _Part, right: _Part) -> Callable[[Any], _Dual]:
    if isinstance(right, float):
        exponent = right

        def of_number(t: Any) -> _Dual:
            u, du = _dual_of(left, t)
            # Without a slope at the exponents 0 and 1, where 0 to the power of what is left would be none.
            slope = 0.0 if exponent == 0 else 1.0 if exponent == 1 else exponent * np.power(u, exponent - 1)
            return np.power(u, exponent), slope * du

        return of_number

    def dual(t: Any) -> _Dual:
        (u, du), (v, dv) = _dual_of(left, t), right(t)
        value = np.power(u, v)
        # Numbers stay Python's, which leave single precision as it is.
        return value, value * (dv * float(np.log(left)) if isinstance(left, float) else dv * np.log(u) + v * du / u)

    return dual


_OPERATIONS: dict[type, Callable[[_Part, _Part], Callable[[Any], _Dual]]] = {
    ast.Add: lambda left, right: _added(left, right, 1.0),
    ast.Sub: lambda left, right: _added(left, right, -1.0),
    ast.Mult: _times,
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
