"""Paths from the source point of a pair to its target point: one row each, and all that depends on the path follows.

    xt = alpha(t) x1 + beta(t) x0 + sigma eps        ut = alpha'(t) x1 + beta'(t) x0

alpha rises from 0 to 1 and beta falls from 1 to 0. Training, the moving frame, the exact field and the flow to one
point take these four functions and nothing else.

Positions are counted from the source's mean m0:

    xt - m0 = alpha (x1 - m0) + beta (x0 - m0) + sigma eps

On the straight path alpha + beta = 1 and m0 cancels. On any other one a path counted from the origin would bend with
the place of the origin, so that clouds in metres from the equator would fly out of the picture. Counted from m0, a
shift of both clouds shifts the path and changes nothing else, and a Gaussian source shrinks at its own place while the
target grows out of it, as diffusion models have it, whose noise lies around 0.
Source: Albergo, Boffi, Vanden-Eijnden, arXiv 2303.08797, section 2 (spatially linear interpolants).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.errors import ConfigError, quoted

# Of times of any shape, of which it keeps shape and precision.
TimeFunction = Callable[[Any], Any]


@dataclass(frozen=True)
class Path:
    """One path.

    Args:
        key: value of the setting `path`.
        label: what form and table say.
        help: the rest of a sentence that begins with the label: how points travel.
        towards: in words, what a point does whose partner is z.
        field_towards: in words, the field if the whole target is z; `core.conditional` computes it.
        alpha, beta: the shares of x1 and x0 at time t; alpha is 0 and 1, beta 1 and 0 at the ends, exactly.
        d_alpha, d_beta: their derivatives.
    """

    key: str
    label: str
    help: str
    towards: str
    field_towards: str
    alpha: TimeFunction
    beta: TimeFunction
    d_alpha: TimeFunction
    d_beta: TimeFunction

    def points(self, x0: ArrayLike, x1: ArrayLike, t: Any, mean0: ArrayLike = 0.0) -> NDArray[np.floating]:
        """Return xt (..., 2) without noise.

        Args:
            x0, x1: (..., 2) paired points.
            t: times in [0, 1] that broadcast against them.
            mean0: (2,) mean of the source; 0 where x0 and x1 are counted from it already.
        """
        alpha, beta = self.alpha(t), self.beta(t)
        # So that the ends are x0 and x1 themselves.
        return np.asarray(np.multiply(beta, x0) + np.multiply(alpha, x1) + np.multiply(1 - alpha - beta, mean0))

    @property
    def reach(self) -> float:
        """How far from the source's mean points go, at least 1 for the farther of the two ends."""
        t = np.linspace(0, 1, 101)
        return max(1.0, round(float((np.abs(self.alpha(t)) + np.abs(self.beta(t))).max()), 9))

    def velocities(self, x0: ArrayLike, x1: ArrayLike, t: Any, mean0: ArrayLike = 0.0) -> NDArray[np.floating]:
        """Return ut (..., 2), units per unit of t; arguments as in `points`."""
        return np.asarray(self.d_alpha(t) * np.subtract(x1, mean0) + self.d_beta(t) * np.subtract(x0, mean0))


_QUARTER = math.pi / 2

_ROWS = (
    Path("straight", "Straight", "each point moves evenly along the line to its partner.",
         "the straight line xt = (1 - t) x0 + t z", "u(x, t | z) = (z - x) / (1 - t)",
         lambda t: t, lambda t: 1 - t, lambda t: np.ones_like(t), lambda t: -np.ones_like(t)),
    # beta is cos(pi t / 2), written so that it is exactly 0 at t = 1.
    Path("trigonometric", "Trigonometric",
         "a quarter of an ellipse around the source's mean, which keeps the spread of clouds that are alike.",
         "the curve xt = cos(pi t / 2) x0 + sin(pi t / 2) z, counted from the source's mean,",
         "u(x, t | z) = (pi / 2) (z - sin(pi t / 2) x) / cos(pi t / 2)",
         lambda t: np.sin(_QUARTER * t), lambda t: np.sin(_QUARTER * (1 - t)),
         lambda t: _QUARTER * np.cos(_QUARTER * t), lambda t: -_QUARTER * np.cos(_QUARTER * (1 - t))),
)
PATHS: dict[str, Path] = {path.key: path for path in _ROWS}


def path_of(key: str) -> Path:
    """Return the row of a path.

    Raises:
        ConfigError: there is no such path.
    """
    if key not in PATHS:
        raise ConfigError(f"There is no path {quoted(key)}; choose one of {', '.join(PATHS)}.")
    return PATHS[key]
