"""A normalizing flow: one invertible map T from a Gaussian to the target, learned by likelihood.

    x1 = T(x0)      x0 ~ N(m0, s0^2 I)      log p1(x1) = log p0(T^-1(x1)) + log |det dT^-1/dx1|

T is made of transforms of zuko, each of which bends one coordinate as the other one says; T^-1 is the direction in
which they are evaluated in one go. They see points without units, z = (x0 - m0) / s0 and y = (x1 - m1) / s1, with mean
and deviation of the target's points, and T begins as the map that only moves and stretches.

This file owns the transforms, their parameters in one flat vector, and the map in world units; `likelihood_training`
owns the gradient. zuko is loaded with the first such network.
Source: Rezende, Mohamed, ICML 2015, arXiv 1505.05770; Durkan et al., NeurIPS 2019, arXiv 1906.04032 (spline); Dinh et
al., ICLR 2017, arXiv 1605.08803 (affine); Papamakarios et al., NeurIPS 2017, arXiv 1705.07057 (autoregressive).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fmviz.core.cloud import DoubleArray, FloatArray, Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.models import OF_MAP
from fmviz.core.paths import path_of
from fmviz.core.project import LearnedFlow
from fmviz.core.spread import gaussian_of, why_no_map
from fmviz.flow.device import finish, saying
from fmviz.flow.model import Field
from fmviz.flow.network import check_weights
from fmviz.flow.units import MovingFrame, Units, units_of

# Bins of a spline, between -5 and 5 deviations; beyond these it moves nothing.
_BINS = 8
# In deviations of the target: pictures and numbers need numbers.
_FARTHEST = 1e6
# No version has made more transforms; weights of more do not fit.
_MOST_TRANSFORMS = 8
# Parameters times rows, and the rows, that take some milliseconds with their Jacobian.
_BLOCK_PRODUCTS, _MOST_ROWS, _FEWEST_ROWS = 3e8, 1_024, 64


class _Kind(NamedTuple):
    """A class of `zuko.flows`, how many transforms make a new map, what else it is made with, and the rate at which it
    is learned, times that of a network.
    """

    flow: str
    transforms: int
    options: Mapping[str, Any]
    rate: float = 1.0


_KINDS: dict[str, _Kind] = {
    # N to moons, 20 s: 2.20 nats with three and rate 1, 2.17 with three and rate 2.5, 2.16 with five and rate 2.
    "spline": _Kind("NSF", 5, {"bins": _BINS}, rate=2.0),
    "affine": _Kind("RealNVP", 8, {}),
    "autoregressive": _Kind("MAF", 8, {}),
}


@dataclass(frozen=True)
class MapLayout:
    """What kind of transforms make a map, and how large the networks are that bend them.

    Args:
        transform: a key of `core.models.TRANSFORMS`.
        width, depth: units of each hidden layer, and how many there are.
        count: how many transforms make the map; 0 is as many as a new one has.
    """

    transform: str
    width: int
    depth: int
    count: int = 0

    @property
    def rate(self) -> float:
        """The rate at which it is learned, times that of a network."""
        return _KINDS[self.transform].rate

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by its name, in the order of the flat vector."""
        return {name: tuple(value.shape) for name, value in _modules(self).named_parameters()}

    @property
    def size(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def rows(self) -> int:
        """At so many places an evaluation takes some milliseconds."""
        return max(_FEWEST_ROWS, min(_MOST_ROWS, int(_BLOCK_PRODUCTS / self.size)))

    def parts(self, flat: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield each parameter's name and its view of the flat vector."""
        start = 0
        for name, shape in self.shapes.items():
            end = start + math.prod(shape)
            yield name, flat[start:end].view(shape)
            start = end

    def bound(self, flat: Tensor, gradient: Tensor | None = None) -> torch.nn.Module:
        """Return the transforms with the flat vector as parameters, of its type and on its device.

        Args:
            gradient: the flat vector into which gradients are added; None for a map that is not trained.
        """
        like, parameters = _modules(self), [torch.nn.Parameter(view, requires_grad=gradient is not None)
                                            for _, view in self.parts(flat)]
        if gradient is not None:
            for parameter, (_, view) in zip(parameters, self.parts(gradient), strict=True):
                parameter.grad = view
        # A copy with these in place of its own, which need not be copied.
        return copy.deepcopy(like, {id(own): made for own, made in zip(like.parameters(), parameters, strict=True)}
                             ).to(flat.device)


@lru_cache(maxsize=8)
def _modules(layout: MapLayout) -> torch.nn.Module:
    """Return transforms of a layout, of whatever parameters."""
    import zuko

    kind = _KINDS[layout.transform]
    count, hidden = layout.count or kind.transforms, (layout.width,) * layout.depth
    make: Callable[..., Any] = getattr(zuko.flows, kind.flow)
    with torch.random.fork_rng(devices=[]):  # zuko draws parameters, which `initial_map` draws again
        made: torch.nn.Module = make(2, transforms=count, hidden_features=hidden, activation=torch.nn.ReLU,
                                     **kind.options).transform
    return made


def initial_map(layout: MapLayout, rng: torch.Generator) -> Tensor:
    """Draw the flat vector: uniform in +-1/sqrt(inputs), the output layers 0, with which T only moves and stretches."""
    flat = torch.zeros(layout.size)
    last = _output_layers(layout)
    shapes = layout.shapes
    for name, view in layout.parts(flat):
        layer = name.rpartition(".")[0]
        if layer not in last:
            bound = 1.0 / math.sqrt(shapes[f"{layer}.weight"][1])
            view.uniform_(-bound, bound, generator=rng)
    return flat


def _output_layers(layout: MapLayout) -> set[str]:
    """Return the names of the last layers of the networks."""
    layers = [name.rpartition(".")[0].rpartition(".") for name in layout.shapes]
    last: dict[str, int] = {}
    for network, _, number in layers:
        last[network] = max(last.get(network, 0), int(number))
    return {f"{network}.{number}" for network, number in last.items()}


@dataclass(frozen=True, eq=False)
class MapUnits:
    """Where the ends of a map lie: mean (2,) and deviation of the Gaussian, and of the target's points; world units."""

    mean0: NDArray[np.float64]
    scale0: float
    mean1: NDArray[np.float64]
    scale1: float

    @property
    def frame(self) -> MovingFrame:
        """The frame that stands for the straight line from the source's mean to the target's."""
        return MovingFrame(Units(self.mean0, self.mean1, self.scale1), path_of("straight"))

    @property
    def log_scale(self) -> float:
        """log |det| of what T is made of beside its transforms, in nats."""
        return 2.0 * math.log(self.scale1 / self.scale0)

    @property
    def log_unit(self) -> float:
        """By how much the entropy of the target is larger than that of its points without units, in nats."""
        return 2.0 * math.log(self.scale1)


def map_units(source: Side, target: Side) -> MapUnits:
    """Return the units of a map between two sides; the same sides give the same units.

    Raises:
        ConfigError: the source is no Gaussian, or all of the target is one point.
    """
    if why := why_no_map(source, target):
        raise ConfigError(why)
    base, of_target = gaussian_of(source), units_of(target, target)
    assert base is not None
    return MapUnits(np.asarray(base.mean, dtype=np.float64), base.sigma, of_target.mean1, of_target.scale)


class OneStepMap:
    """A learned T in world units, float64, on the CPU: a point goes there and back without a loss.

        x_t = (1 - t) x0 + t T(x0)

    Only the ends are the map's; between them pictures blend, so nothing has a velocity, and no density is known. So it
    is a `model.UnitVelocity` without a velocity, and the `model.PointMap` in its place.

    Args:
        layout, flat: the transforms and their parameters.
        units: where its ends lie.
    """

    device = torch.device("cpu")
    note = OF_MAP

    def __init__(self, layout: MapLayout, flat: Tensor, units: MapUnits) -> None:
        self.rows, self.units = layout.rows, units
        self._transforms = layout.bound(flat.detach().to("cpu", torch.float64, copy=True))

    @property
    def point_map(self) -> OneStepMap:
        return self

    def __call__(self, z: Tensor, _t: float) -> Tensor:
        return torch.full_like(z, torch.nan)

    def with_divergence(self, z: Tensor, t: float) -> tuple[Tensor, Tensor]:
        return self(z, t), torch.full_like(z[:, 0], torch.nan)

    def blends(self, x: FloatArray, t: NDArray[np.floating],
               is_backward: bool = False) -> Generator[None, None, FloatArray]:
        """Return the blends (K, N, 2) at shares t (K,) of the way from x to where the map, or its inverse, takes it."""
        begin, end = np.asarray(x, dtype=np.float64), np.empty((len(x), 2))
        for start in range(0, len(x), self.rows):
            part = slice(start, start + self.rows)
            end[part] = (yield from self._back(begin[part]))[0] if is_backward else (
                yield from self._there(begin[part]))
        share = np.asarray(t, dtype=np.float64)[:, None, None]
        return np.asarray((1 - share) * begin + share * end)

    def back(self, x1: NDArray[np.floating]) -> Generator[float, None, tuple[DoubleArray, DoubleArray]]:
        """Return T^-1(x1), (N, 2), and log |det dT/dx0| there, (N,); yields how much is done."""
        x0, growth = np.empty((len(x1), 2)), np.empty(len(x1))
        for start in range(0, len(x1), self.rows):
            part = slice(start, start + self.rows)
            x0[part], growth[part] = yield from saying(self._back(x1[part]), min(1.0, (start + self.rows) / len(x1)))
        return x0, growth

    def log_density(self, x1: FloatArray) -> DoubleArray:
        """Return log p1 (N,) at x1 (N, 2), in nats per square world unit."""
        x0, growth = finish(self.back(x1))
        z = (x0 - self.units.mean0) / self.units.scale0
        return np.asarray(-growth - (z**2).sum(axis=1) / 2 - math.log(2 * math.pi * self.units.scale0**2))

    def _there(self, x0: DoubleArray) -> Generator[None, None, DoubleArray]:
        """Return T(x0), pausing after each transform."""
        z = torch.from_numpy((x0 - self.units.mean0) / self.units.scale0)
        for transform in reversed(self._transforms().transforms):
            with torch.no_grad():
                z = transform.inv(z)
            yield
        y = torch.nan_to_num(z, nan=0.0).clamp(-_FARTHEST, _FARTHEST)
        return np.asarray(y.numpy() * self.units.scale1 + self.units.mean1)

    def _back(self, x1: NDArray[np.floating]) -> Generator[None, None, tuple[DoubleArray, DoubleArray]]:
        """Return what `back` does of one block, likewise."""
        y = torch.from_numpy((np.asarray(x1, dtype=np.float64) - self.units.mean1) / self.units.scale1)
        log_det = torch.zeros(len(y), dtype=torch.float64)
        for transform in self._transforms().transforms:
            with torch.no_grad():
                y, own = transform.call_and_ladj(y)
                log_det = log_det + own
            yield
        return (np.asarray(y.numpy() * self.units.scale0 + self.units.mean0),
                np.asarray(self.units.log_scale - log_det.numpy()))


def map_weights(layout: MapLayout, flat: Tensor, units: MapUnits) -> dict[str, FloatArray]:
    """Return named copies of everything that defines the map: parameters float32, its ends float64."""
    weights: dict[str, FloatArray] = {
        name: view.numpy().copy() for name, view in layout.parts(flat.detach().cpu().float())}
    return weights | {"units.mean0": units.mean0.copy(), "units.scale0": np.array([units.scale0]),
                      "units.mean1": units.mean1.copy(), "units.scale1": np.array([units.scale1])}


def read_map(layout: MapLayout, weights: Mapping[str, np.ndarray]) -> tuple[Tensor, MapUnits]:
    """Return the flat vector and the units of named weights.

    Raises:
        ConfigError: names, shapes or values do not fit such a map.
    """
    expected = {**layout.shapes, "units.mean0": (2,), "units.scale0": (1,), "units.mean1": (2,), "units.scale1": (1,)}
    check_weights(weights, expected, f"a normalizing flow of {layout.transform} transforms, width {layout.width} and "
                  f"depth {layout.depth}")
    flat = torch.zeros(layout.size)
    for name, view in layout.parts(flat):
        view.copy_(torch.from_numpy(np.array(weights[name], dtype=np.float32)))
    means = [np.asarray(weights[f"units.mean{end}"], dtype=np.float64) for end in (0, 1)]
    scales = [float(weights[f"units.scale{end}"][0]) for end in (0, 1)]
    return flat, MapUnits(means[0], scales[0], means[1], scales[1])


def map_layout(config: FlowConfig, weights: Mapping[str, np.ndarray] | None = None) -> MapLayout:
    """Return the transforms of a lane: a new map's, or as many as learned weights are of."""
    count = len({name.split(".")[1] for name in weights or () if name.startswith("transforms.")})
    return MapLayout(config.transform, config.width, config.depth, min(count, _MOST_TRANSFORMS))


def map_field(flow: LearnedFlow, _device: torch.device | None = None) -> Field:
    """Return the map of learned weights and its frame; it computes on the CPU whatever the device is.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    layout = map_layout(flow.project.lanes[0], flow.weights)
    flat, units = read_map(layout, flow.weights)
    return OneStepMap(layout, flat, units), units.frame
