"""Paths from the source point of a pair to its target point: one row each, and all that depends on the path follows.

    xt = alpha(t) x1 + beta(t) x0 + sigma eps        ut = alpha'(t) x1 + beta'(t) x0

alpha rises from 0 to 1 and beta falls from 1 to 0. Training, the moving frame, the exact field and the flow to one
point take these four functions and nothing else. A path may have settings of its own (an exponent, the formulas of
alpha and beta); each of their values makes another path under the same key.

Two paths are not quite like that. The variance preserving one starts with alpha = .0066, as published. And where beta
falls like (1 - t)^(1/2), beta' has no bound at t = 1 and E |ut|^2 grows like -log(1 - t): on the last and the first
`EDGE` derivatives without a bound are those at the edge, so that nothing has to stop before the end.

Positions are counted from the source's mean m0:

    xt - m0 = alpha (x1 - m0) + beta (x0 - m0) + sigma eps

On the straight path alpha + beta = 1 and m0 cancels. On any other one a path counted from the origin would bend with
the place of the origin, so that clouds in metres from the equator would fly out of the picture. Counted from m0, a
shift of both clouds shifts the path and changes nothing else, and a Gaussian source shrinks at its own place while the
target grows out of it, as diffusion models have it, whose noise lies around 0.
Source: Albergo, Boffi, Vanden-Eijnden, arXiv 2303.08797, section 2 (spatially linear interpolants); the schedules
of Lipman et al., arXiv 2412.06264, section 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.core.errors import ConfigError, row_of
from fmviz.core.expression import EDGE, TimeFunction, factor_of, own_share

DEFAULT_EXPONENT = 2.0
# Own formulas begin as the straight path.
DEFAULT_ALPHA, DEFAULT_BETA = "t", "1 - t"
# The key of the path of a person's own formulas.
OWN = "own"
PathSettings = tuple[tuple[str, str | float], ...]
"""Names and values of a path's own settings."""


@dataclass(frozen=True)
class Path:
    """One path.

    Args:
        key: value of the setting `path`.
        label: what form and table say.
        help: the rest of a sentence that begins with the label: how points travel.
        towards: in words, what a point does whose partner is z.
        field_towards: in words, the field if the whole target is z; `core.conditional` computes it.
        alpha_tex, beta_tex: alpha and beta in TeX, as factors.
        alpha, beta: the shares of x1 and x0 at time t; alpha is 0 and 1, beta 1 and 0 at the ends, exactly, but for a
            start that says otherwise.
        d_alpha, d_beta: their derivatives, finite everywhere.
        settings: its own settings, with the values that it was made with; `config` has a row for each.
        make: makes it with other ones, which it takes by name.
    """

    key: str
    label: str
    help: str
    towards: str
    field_towards: str
    alpha_tex: str
    beta_tex: str
    alpha: TimeFunction
    beta: TimeFunction
    d_alpha: TimeFunction
    d_beta: TimeFunction
    settings: PathSettings = ()
    make: Callable[..., Path] | None = None

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
    def formula(self) -> str:
        """The path in TeX, counted from the source's mean."""
        return rf"x_t = {self.beta_tex}\,x_0 + {self.alpha_tex}\,x_1"

    @property
    def reach(self) -> float:
        """How far from the source's mean points go, at least 1 for the farther of the two ends."""
        t = np.linspace(0, 1, 1001)
        return max(1.0, round(float((np.abs(self.alpha(t)) + np.abs(self.beta(t))).max()), 9))

    def velocities(self, x0: ArrayLike, x1: ArrayLike, t: Any, mean0: ArrayLike = 0.0) -> NDArray[np.floating]:
        """Return ut (..., 2), units per unit of t; arguments as in `points`."""
        return np.asarray(self.d_alpha(t) * np.subtract(x1, mean0) + self.d_beta(t) * np.subtract(x0, mean0))


_QUARTER = math.pi / 2
# Noise levels of the variance preserving path at its end and its start.
_LEAST_NOISE, _MOST_NOISE = 0.1, 20.0


def _before_end(t: Any) -> Any:
    return np.minimum(t, 1 - EDGE)


def _noise(t: Any) -> Any:
    """Return T(t), the noise from t to 1: alpha = exp(-T / 2), beta = (1 - exp(-T))^(1/2)."""
    left = 1 - t
    return 0.5 * left * left * (_MOST_NOISE - _LEAST_NOISE) + left * _LEAST_NOISE


def _d_noise(t: Any) -> Any:
    return -(1 - t) * (_MOST_NOISE - _LEAST_NOISE) - _LEAST_NOISE


def _d_beta_preserving(t: Any) -> Any:
    early = _before_end(t)
    noise = _noise(early)
    return 0.5 * _d_noise(early) * np.exp(-noise) / np.sqrt(-np.expm1(-noise))


def _d_beta_linear_preserving(t: Any) -> Any:
    early = _before_end(t)
    return -early / np.sqrt((1 - early) * (1 + early))


def _polynomial(exponent: float) -> Path:
    return Path("polynomial", "Polynomial",
                "the straight line, slowly at first: the share of the target is t to the power of the exponent.",
                f"the straight line xt = (1 - t^{exponent:g}) x0 + t^{exponent:g} z",
                f"u(x, t | z) = {exponent:g} t^{exponent - 1:g} (z - x) / (1 - t^{exponent:g})",
                f"t^{{{exponent:g}}}", f"(1 - t^{{{exponent:g}}})",
                lambda t: np.power(t, exponent), lambda t: 1 - np.power(t, exponent),
                lambda t: exponent * np.power(t, exponent - 1), lambda t: -exponent * np.power(t, exponent - 1),
                (("exponent", exponent),), _polynomial)


def _own(alpha: str, beta: str) -> Path:
    rises, d_rises = own_share(alpha, "alpha(t)", 0)
    falls, d_falls = own_share(beta, "beta(t)", 1)
    return Path(OWN, "Own", "as your own formulas alpha(t) and beta(t) say.",
                f"the path xt = ({alpha}) z + ({beta}) x0, counted from the source's mean,",
                "u(x, t | z) = alpha' z + (beta' / beta) (x - alpha z)", factor_of(alpha), factor_of(beta),
                rises, falls, d_rises, d_falls, (("alpha", alpha), ("beta", beta)), _own)


_ROWS = (
    Path("straight", "Straight", "each point moves evenly along the line to its partner.",
         "the straight line xt = (1 - t) x0 + t z", "u(x, t | z) = (z - x) / (1 - t)", "t", "(1 - t)",
         lambda t: t, lambda t: 1 - t, lambda t: np.ones_like(t), lambda t: -np.ones_like(t)),
    # beta is cos(pi t / 2), written so that it is exactly 0 at t = 1.
    Path("trigonometric", "Trigonometric",
         "a quarter of an ellipse around the source's mean, which keeps the spread of clouds that are alike.",
         "the curve xt = cos(pi t / 2) x0 + sin(pi t / 2) z, counted from the source's mean,",
         "u(x, t | z) = (pi / 2) (z - sin(pi t / 2) x) / cos(pi t / 2)",
         r"\sin(\tfrac{\pi}{2} t)", r"\cos(\tfrac{\pi}{2} t)",
         lambda t: np.sin(_QUARTER * t), lambda t: np.sin(_QUARTER * (1 - t)),
         lambda t: _QUARTER * np.cos(_QUARTER * t), lambda t: -_QUARTER * np.cos(_QUARTER * (1 - t))),
    Path("vp", "VP", "variance preserving, as diffusion models have it: mostly noise until late, and a steep end.",
         "the curve xt = (1 - e^-T)^(1/2) x0 + e^(-T/2) z with T = 9.95 (1 - t)^2 + .1 (1 - t), counted from the "
         "source's mean,", "u(x, t | z) = (T' / 2) (e^-T x - e^(-T/2) z) / (1 - e^-T)",
         r"e^{-T(t)/2}", r"\sqrt{1 - e^{-T(t)}}",
         lambda t: np.exp(-0.5 * _noise(t)), lambda t: np.sqrt(-np.expm1(-_noise(t))),
         lambda t: -0.5 * _d_noise(t) * np.exp(-0.5 * _noise(t)), _d_beta_preserving),
    _polynomial(DEFAULT_EXPONENT),
    Path("linear-vp", "Linear VP",
         "variance preserving with an even share of the target, a quarter of a circle with a steep end.",
         "the curve xt = (1 - t^2)^(1/2) x0 + t z, counted from the source's mean,",
         "u(x, t | z) = (z - t x) / (1 - t^2)", "t", r"\sqrt{1 - t^2}",
         lambda t: t, lambda t: np.sqrt((1 - t) * (1 + t)), lambda t: np.ones_like(t), _d_beta_linear_preserving),
    _own(DEFAULT_ALPHA, DEFAULT_BETA),
)
PATHS: dict[str, Path] = {path.key: path for path in _ROWS}


def path_of(key: str, settings: PathSettings = ()) -> Path:
    """Return the row of a path, made with settings of its own; () are the usual ones.

    Raises:
        ConfigError: there is no such path, it has other settings, or a bad value.
    """
    row = row_of(PATHS, key, "path")
    return row if settings in ((), row.settings) else _made(key, settings)


# The lanes of a project and those of scenes and films.
@lru_cache(maxsize=32)
def _made(key: str, settings: PathSettings) -> Path:
    row, given = PATHS[key], dict(settings)
    if row.make is None or given.keys() != dict(row.settings).keys():
        names = ", ".join(name for name, _ in row.settings) or "none"
        raise ConfigError(f"The path {key} has the settings {', '.join(given)}; it takes {names}.")
    return row.make(**given)
