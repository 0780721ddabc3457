"""A person's own alpha or beta: a formula of t that can be the share of a point on its path, or a sentence why not.

It has to go from 0 to 1, or from 1 to 0, without turning back, with finite values and derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import ConfigError, quoted
from fmviz.core.expression import read_expression

# Of times of any shape, of which it keeps shape and precision.
TimeFunction = Callable[[Any], Any]
# On so much of t at its ends a derivative without a bound is that at the edge.
EDGE = 1e-4
_CHECKED = np.linspace(0.0, 1.0, 1001)
_END_TOLERANCE = _TURN_TOLERANCE = 1e-9


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
