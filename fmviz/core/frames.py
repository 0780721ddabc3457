"""What learning tells the picture, and what one picture needs.

The engine makes `FlowSnapshot`s; `frame_at` turns one of them and a time into a `Frame`; `canvas` draws the
frame. The window, the exporter and the command line all go this one way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Extent
from fmviz.core.style import Style

_NO_POINTS: FloatArray = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Metrics:
    """Numbers about one lane; None is "not known yet".

    w2 and w2_floor are 2-Wasserstein distances, world units: generated against fresh target points, and two
    fresh target samples of the same size against each other. path_length and straight_length are means over
    particles, world units. npe is the normalised path energy (Tong et al. 2023).
    """

    loss: float | None = None
    w2: float | None = None
    w2_floor: float | None = None
    path_length: float | None = None
    straight_length: float | None = None
    npe: float | None = None
    steps_per_second: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Curves:
    """The whole training history, binned so that it stays small: steps and values of equal length."""

    loss_step: FloatArray = field(default_factory=lambda: _NO_POINTS)
    loss: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2_step: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2: FloatArray = field(default_factory=lambda: _NO_POINTS)
    w2_floor: float | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """One batch of pairs: x0 (B, 2) is paired with x1 (B, 2); cost is the mean of |x1 - x0|^2."""

    x0: FloatArray
    x1: FloatArray
    cost: float


@dataclass(frozen=True, eq=False)
class LaneProgress:
    """How far one lane's training is. Each one replaces the one before it."""

    lane: int
    step: int
    total_steps: int
    fraction: float
    curves: Curves
    metrics: Metrics


@dataclass(frozen=True, eq=False)
class FlowSnapshot:
    """One lane's flow at one training step: all that its animation needs.

    Args:
        lane: index into the project's lanes.
        coupling: key of the coupling.
        step: training step.
        t: (K,) ascending from 0 to 1.
        x: (K, N, 2) positions of N particles at those times, world units.
        extent: what the field grid covers and the stage shows.
        u: (K, G, G, 2) velocity at the extent's `axes(G)`; second index is y, third is x, both ascending.
        source, target: dots of the clouds, (M, 2) each.
        pairs: one batch of the coupling.
        curves, metrics: history and numbers so far.
        is_final: whether training had ended.
    """

    lane: int
    coupling: str
    step: int
    t: FloatArray
    x: FloatArray
    extent: Extent
    u: FloatArray
    source: FloatArray
    target: FloatArray
    pairs: Pairs | None
    curves: Curves
    metrics: Metrics
    is_final: bool = False


@dataclass(frozen=True)
class Limits:
    """Colour limits, fixed over t and shared by panes: density in 1 / unit^2, speed in units per unit of t."""

    density: float = 1.0
    speed: float = 1.0


@dataclass(frozen=True, eq=False)
class Frame:
    """All that one picture needs.

    x (N, 2) particles; trail (M, N, 2) their recent positions, oldest first, the last equal to x, or None;
    origin (N, 2) where each particle started; u (G, G, 2) or None; density (H, W), rows ascending in y, or
    None; pairs or None; source, target (., 2) dots. t is None for a still picture of the clouds alone.
    """

    extent: Extent
    source: FloatArray
    target: FloatArray
    t: float | None = None
    x: FloatArray | None = None
    origin: FloatArray | None = None
    trail: FloatArray | None = None
    u: FloatArray | None = None
    density: FloatArray | None = None
    pairs: Pairs | None = None
    coupling: str = ""
    step: int | None = None
    metrics: Metrics | None = None


def frame_at(snapshot: FlowSnapshot, t: float, style: Style) -> Frame:
    """Return what the stage shows at time t in [0, 1]; computes only what the style's layers need."""
    raise NotImplementedError


def still_frame(extent: Extent, source: FloatArray, target: FloatArray, coupling: str, pairs: Pairs | None,
                style: Style) -> Frame:
    """Return a picture of the clouds alone, for a lane that has learned nothing yet."""
    raise NotImplementedError


def limits_of(snapshots: Sequence[FlowSnapshot | None], style: Style) -> Limits:
    """Return colour limits that hold for every t and every given lane."""
    raise NotImplementedError
