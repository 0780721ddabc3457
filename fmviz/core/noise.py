"""Sampling with noise: of which lanes the score is known, and what renews the noise of the source on the way.

    dX = (v + g^2/2 score) dt + g dW        g^2 = -G^2 s0^2 B B'        on the straight path G^2 s0^2 (1 - t)

has the marginals p_t of dx/dt = v for every G. With x0 ~ N(a, s0^2 I) paired at random, xt = A x1 + B x0 + s eps, all
counted from the source's mean, the velocity tells the score:

    score = (A v - A' x) / (A' W - A B B' s0^2)        W = B^2 s0^2 + s^2

This g^2 counts the noise by how the source's share falls, whatever the path's clock: it stays finite up to t = 1, also
towards points, and a step from t to r keeps the share rho = (B_r / B_t)^(G^2 / 2) of the noise x0 and draws the rest:

    x <- x + (1 - rho) B^2 s0^2 score + (1 - rho^2)^(1/2) B s0 eps        at r

which is the equation above for short steps, is bounded for steps of any length, and does nothing at t = 1.
Source: Albergo, Boffi, Vanden-Eijnden, arXiv 2303.08797, section 2.3; Song, Meng, Ermon, arXiv 2010.02502, section 4.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from fmviz.core.cloud import Side
from fmviz.core.config import FlowConfig
from fmviz.core.couplings import MARGINAL, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.models import MODELS, NO_VELOCITY
from fmviz.core.paths import Path
from fmviz.core.project import Project
from fmviz.core.spread import gaussian_of


@dataclass(frozen=True)
class GaussianSource:
    """A source N(mean, sigma^2 I) that is paired at random, world units.

    Args:
        path_sigma: noise of the path.
        seed: of what is drawn.
    """

    mean: tuple[float, float]
    sigma: float
    path_sigma: float
    seed: int


class Score(NamedTuple):
    """The score as weights of the velocity v, the place x and the source's mean a, the last two counted from where the
    path counts: score = of_velocity v + of_place x + of_mean a.
    """

    of_velocity: float
    of_place: float
    of_mean: float


def score_at(path: Path, t: float, sigma: float, path_sigma: float) -> Score:
    """Return the score at a time before 1, for a source of deviation sigma, in the unit of both deviations."""
    a, b, d_a, d_b = (float(share(t)) for share in (path.alpha, path.beta, path.d_alpha, path.d_beta))
    turn = d_a * b - a * d_b
    below = d_a * path_sigma**2 + b * sigma**2 * turn
    return Score(a / below, -d_a / below, turn / below)


def kept_share(path: Path, t: float, later: float, noise: float) -> float:
    """Return which share rho of the source's noise a step from t to `later` keeps."""
    return math.pow(float(path.beta(later) / path.beta(t)), noise**2 / 2)


def gaussian_source(source: Side, config: FlowConfig) -> GaussianSource | None:
    """Return what noise needs of a lane, None if its score is not known."""
    if config.known_by != MARGINAL or (found := gaussian_of(source)) is None:
        return None
    return GaussianSource(found.mean, found.sigma, config.sigma, config.seed)


def why_no_noise(source: Side, config: FlowConfig) -> str:
    """Return why such a lane cannot be sampled with noise, one sentence; "" if it can."""
    if MODELS[config.model].is_map:
        return NO_VELOCITY
    if config.rounds > 1:
        return ("Sampling with noise needs the score, which the velocity does not tell with reflow; set the reflow "
                "rounds to 0.")
    coupling = coupling_of(config.coupling)
    if coupling.field != MARGINAL:
        return (f"Sampling with noise needs the score, which the velocity does not tell with {coupling.phrase}; choose "
                "random coupling.")
    if gaussian_of(source) is None:
        return ("Sampling with noise needs the score, which the velocity tells only of a Gaussian source; choose "
                "Gaussian as the source.")
    if config.is_adaptive:
        return ("Sampling with noise leaves no smooth path on which an adaptive solver could choose its steps; choose "
                "another solver.")
    return ""


def noise_of(source: Side, config: FlowConfig) -> float:
    """Return the noise with which a lane is sampled: 0 where it cannot be."""
    return 0.0 if why_no_noise(source, config) else config.noise


def check_noise(project: Project, is_given: bool = True) -> None:
    """Check that lanes that ask for noise can have it.

    Args:
        is_given: whether somebody asks for it now; else one that a lane's other settings put out of use is none.
    Raises:
        ConfigError: one cannot.
    """
    for config in project.lanes:
        if config.noise > 0 and (is_given or config.uses("noise")) and (why := why_no_noise(project.source, config)):
            raise ConfigError(f"The sampling noise is {config.noise:g}. {why[:-1]}, or noise 0.")
