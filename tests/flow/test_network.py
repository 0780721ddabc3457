"""The network: features, evaluation and named weights."""

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.errors import ConfigError
from fmviz.flow.network import (
    INPUTS,
    Layout,
    UnitField,
    forward,
    initial_parameters,
    place_features,
    read_weights,
    time_features,
    waves,
    weights_of,
)
from fmviz.flow.units import units_of

LAYOUT = Layout(16, 3)


def parameters(seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return initial_parameters(LAYOUT, rng) + 0.1 * torch.randn(LAYOUT.size, generator=rng)


def test_layers_cover_the_vector_once():
    flat = torch.arange(float(LAYOUT.size))
    seen = torch.cat([torch.cat([weight.flatten(), bias]) for weight, bias in LAYOUT.layers(flat)])
    assert torch.equal(seen, flat)


def test_a_fresh_network_is_at_rest():
    fresh = initial_parameters(LAYOUT, torch.Generator().manual_seed(1))
    assert torch.equal(UnitField(LAYOUT, fresh)(torch.randn(9, 2), 0.3), torch.zeros(9, 2))


@pytest.mark.parametrize("t", [0.0, 0.37, 1.0])
def test_the_field_is_the_network_with_all_its_features(t):
    flat, z = parameters(), torch.randn(50, 2, generator=torch.Generator().manual_seed(2))
    inputs = torch.cat([place_features(z, waves()), time_features(torch.full((50, 1), t))], dim=1)
    assert inputs.shape == (50, INPUTS)
    torch.testing.assert_close(UnitField(LAYOUT, flat)(z, t), forward(LAYOUT, flat, inputs), rtol=1e-4, atol=1e-5)


def test_weights_go_out_and_in():
    units = units_of(Side(shape="8gaussians"), Side(shape="moons"))
    weights = weights_of(LAYOUT, parameters(), units)
    flat, read = read_weights(LAYOUT, weights)
    assert torch.equal(flat, parameters())
    assert read.scale == units.scale
    np.testing.assert_array_equal([read.mean0, read.mean1], [units.mean0, units.mean1])
    assert all(array.flags.owndata for array in weights.values())
    assert weights["units.mean0"].dtype == np.float64


@pytest.mark.parametrize("change", ["shape", "missing", "more", "nan", "scale"])
def test_weights_that_do_not_fit_are_refused(change):
    weights = weights_of(LAYOUT, parameters(), units_of(Side(shape="moons"), Side(shape="moons")))
    match change:
        case "shape":
            weights["layers.1.weight"] = weights["layers.1.weight"][:, :-1]
        case "missing":
            del weights["layers.0.bias"]
        case "more":
            weights["layers.9.bias"] = np.zeros(3, np.float32)
        case "nan":
            weights["layers.0.bias"][0] = np.nan
        case "scale":
            weights["units.scale"][0] = 0
    with pytest.raises(ConfigError, match="train again"):
        read_weights(LAYOUT, weights)
