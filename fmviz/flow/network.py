"""The velocity network: a perceptron over features of place and time, its parameters in one flat vector.

    v(z, t) = W_L h_L + b_L     h_{i+1} = silu(W_i h_i + b_i)     h_0 = (z, sin k.z, cos k.z, t, sin f pi t, cos f pi t)

The waves k.z matter: fields between clustered clouds are sharp, and plain coordinates learn sharp fields slowly.
With them 8,000 steps from 8gaussians to moons reach a loss of 11.7 instead of 12.8 (random pairs), and one Euler
step a W2 of 1.08 instead of 1.29 times that of a hundred (OT pairs).

One vector makes each optimiser, average and copy one operation instead of one for each layer. This file owns
the layout of that vector, the features and the evaluation; `step` owns the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from fmviz.core.cloud import FloatArray
from fmviz.core.errors import ConfigError
from fmviz.flow.units import Units

FREQUENCIES = 4
WAVES = 16
INPUTS_OF_PLACE = 2 + 2 * WAVES
INPUTS = INPUTS_OF_PLACE + 1 + 2 * FREQUENCIES
# Radians per unit of z, where a cloud's deviation is about 1: longer waves repeat what z says, shorter ones ripple
# where there are no points.
_SHORTEST_WAVE = 4.0
# At so many times a bias is kept: those of a usual sampling, four times over.
_MOST_TIMES = 512
# Multiplications that take some milliseconds of a CPU thread.
_BLOCK_FLOPS = 4e8
UNIT_SHAPES: dict[str, tuple[int, ...]] = {"units.mean0": (2,), "units.mean1": (2,), "units.scale": (1,)}
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))


@dataclass(frozen=True)
class Layout:
    """Where each layer's weight (out, in) and bias (out,) lie in the flat vector."""

    width: int
    depth: int

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(out, in) of each layer; `depth` hidden layers and the output."""
        sizes = [INPUTS, *[self.width] * self.depth, 2]
        return tuple((out, inner) for inner, out in pairwise(sizes))

    @property
    def size(self) -> int:
        return sum(out * inner + out for out, inner in self.shapes)

    def layers(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return (weight, bias) of each layer as views of the vector."""
        views, start = [], 0
        for out, inner in self.shapes:
            middle, end = start + out * inner, start + out * inner + out
            views.append((flat[start:middle].view(out, inner), flat[middle:end]))
            start = end
        return views


def initial_parameters(layout: Layout, rng: torch.Generator) -> Tensor:
    """Draw the flat vector: uniform in +-1/sqrt(inputs) as torch's linear layers, the output layer 0.

    A zero output means that learning starts from the field that moves the clouds' means and nothing else.
    """
    flat = torch.zeros(layout.size)
    for weight, bias in layout.layers(flat)[:-1]:
        bound = 1.0 / math.sqrt(weight.shape[1])
        weight.uniform_(-bound, bound, generator=rng)
        bias.uniform_(-bound, bound, generator=rng)
    return flat


def waves(device: torch.device | None = None) -> Tensor:
    """Return the wave vectors k (2, WAVES): a sunflower's seeds, evenly spread over a disc and over directions."""
    seeds = torch.arange(WAVES, dtype=torch.float32, device=device) + 0.5
    radius, angle = _SHORTEST_WAVE * torch.sqrt(seeds / WAVES), seeds * _GOLDEN_ANGLE
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)])


def place_features(z: Tensor, vectors: Tensor) -> Tensor:
    """Return (..., INPUTS_OF_PLACE): z, then sin and cos of k.z for vectors k (2, WAVES); z is (..., 2)."""
    angles = z @ vectors
    return torch.cat([z, torch.sin(angles), torch.cos(angles)], dim=-1)


def time_features(t: Tensor) -> Tensor:
    """Return (..., 1 + 2 F): t, then sin and cos of f pi t; t is (..., 1)."""
    angles = t * (math.pi * torch.arange(1, FREQUENCIES + 1, dtype=t.dtype, device=t.device))
    return torch.cat([t, torch.sin(angles), torch.cos(angles)], dim=-1)


def forward(layout: Layout, flat: Tensor, inputs: Tensor) -> Tensor:
    """Return v (B, 2) for inputs (B, INPUTS), with autograd: the reference of `step`'s own gradient."""
    *hidden, (weight, bias) = layout.layers(flat)
    h = inputs
    for inner_weight, inner_bias in hidden:
        h = torch.nn.functional.silu(torch.nn.functional.linear(h, inner_weight, inner_bias))
    return torch.nn.functional.linear(h, weight, bias)


class UnitField:
    """The learned field in the moving frame for evaluation: `field(z (N, 2), t) -> (N, 2)`.

    All points of a call share t, so the time features join the first bias and cost nothing for each point.

    Args:
        keeps_times: whether that bias is kept for the next call at the same t: weights must stay as they are. For few
            points it is half of the work.
    """

    note = ""
    point_map = None

    def __init__(self, layout: Layout, flat: Tensor, keeps_times: bool = False) -> None:
        self.layout = layout
        self.device = flat.device
        self._layers = layout.layers(flat)
        self._waves = waves(flat.device)
        self._bias_at = lru_cache(_MOST_TIMES)(self._first_bias) if keeps_times else self._first_bias

    @property
    def rows(self) -> int:
        return max(64, int(_BLOCK_FLOPS / (2 * self.layout.size)))

    @torch.no_grad()
    def __call__(self, z: Tensor, t: float) -> Tensor:
        (first, _), *rest = self._layers
        h = torch.addmm(self._bias_at(t), place_features(z, self._waves), first[:, :INPUTS_OF_PLACE].t())
        for weight, bias in rest:
            h = torch.addmm(bias, torch.nn.functional.silu(h, inplace=True), weight.t())
        return h

    @torch.no_grad()
    def with_divergence(self, z: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Return the velocity (N, 2) and its divergence (N,), in forward mode: tangents along both axes go through the
        layers beside the values.

            h = silu(a)    dh = s (1 + a (1 - s)) da    s = 1 / (1 + exp(-a))
        """
        (first, _), *rest = self._layers
        weight = first[:, :INPUTS_OF_PLACE].t()
        places = place_features(z, self._waves)
        a = torch.addmm(self._bias_at(t), places, weight)
        sines, cosines = places[:, 2 : 2 + WAVES], places[:, 2 + WAVES :]
        tangents = []
        for axis in (0, 1):
            along = torch.zeros_like(z)
            along[:, axis] = 1.0
            k = self._waves[axis]
            tangents.append(torch.cat([along, k * cosines, -k * sines], dim=1) @ weight)
        for weight, bias in rest:
            s = torch.sigmoid(a)
            slope = s * (1.0 + a * (1.0 - s))
            tangents = [(slope * tangent) @ weight.t() for tangent in tangents]
            a = torch.addmm(bias, a * s, weight.t())
        return a, tangents[0][:, 0] + tangents[1][:, 1]

    def _first_bias(self, t: float) -> Tensor:
        first, bias = self._layers[0]
        features = time_features(torch.tensor([t], dtype=first.dtype, device=self.device))
        return torch.addmv(bias, first[:, INPUTS_OF_PLACE:], features)


def weights_of(layout: Layout, flat: Tensor, units: Units) -> dict[str, FloatArray]:
    """Return named copies of everything that defines the field: layers and scale float32, the places of the clouds
    float64."""
    weights: dict[str, FloatArray] = {}
    for index, (weight, bias) in enumerate(layout.layers(flat.detach().cpu())):
        weights[f"layers.{index}.weight"] = weight.numpy().copy()
        weights[f"layers.{index}.bias"] = bias.numpy().copy()
    return weights | weights_of_units(units)


def weights_of_units(units: Units) -> dict[str, FloatArray]:
    return {"units.mean0": units.mean0.copy(), "units.mean1": units.mean1.copy(),
            "units.scale": np.array([units.scale], dtype=np.float32)}


def units_in(weights: Mapping[str, np.ndarray]) -> Units:
    """Return the units among named weights that have been checked."""
    return Units(np.asarray(weights["units.mean0"], dtype=np.float64),
                 np.asarray(weights["units.mean1"], dtype=np.float64), float(weights["units.scale"][0]))


def check_weights(weights: Mapping[str, np.ndarray], expected: Mapping[str, tuple[int, ...]], what: str) -> None:
    """Check that weights are those of a model.

    Args:
        expected: the shape of each by its name; `units.scale...` are above 0.
        what: the model in words.
    Raises:
        ConfigError: names, shapes or values are others.
    """
    seen = {name: tuple(np.shape(value)) for name, value in weights.items()}
    if seen != expected:
        wrong = sorted(name for name in expected.keys() | seen.keys() if seen.get(name) != expected.get(name))
        raise ConfigError(f"The learned weights do not fit {what} ({wrong[0]} is {seen.get(wrong[0], 'missing')}); "
                          "train again.")
    scales = [weights[name][0] for name in expected if name.startswith("units.scale")]
    if not all(np.isfinite(value).all() for value in weights.values()) or min(scales) <= 0:
        raise ConfigError("The learned weights hold values that are not finite; train again.")


def read_weights(layout: Layout, weights: Mapping[str, np.ndarray]) -> tuple[Tensor, Units]:
    """Return the flat vector and the units of named weights.

    Raises:
        ConfigError: names, shapes or values do not fit a network of this width and depth.
    """
    expected = dict(UNIT_SHAPES)
    for index, (out, inner) in enumerate(layout.shapes):
        expected[f"layers.{index}.weight"] = (out, inner)
        expected[f"layers.{index}.bias"] = (out,)
    check_weights(weights, expected, f"a network of width {layout.width} and depth {layout.depth}")
    flat = torch.zeros(layout.size)
    for index, (weight, bias) in enumerate(layout.layers(flat)):
        weight.copy_(torch.from_numpy(np.array(weights[f"layers.{index}.weight"], dtype=np.float32)))
        bias.copy_(torch.from_numpy(np.array(weights[f"layers.{index}.bias"], dtype=np.float32)))
    return flat, units_in(weights)
