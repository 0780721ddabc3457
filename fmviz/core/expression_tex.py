"""A formula of t, as `expression` reads it, in TeX; as a factor it has brackets where it needs them."""

from __future__ import annotations

import ast

from fmviz.core.expression import as_python

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_TEX_NAMES = {"asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan"}


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
