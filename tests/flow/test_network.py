"""The network: features, evaluation and named weights."""

import numpy as np
import pytest
import torch

from fmviz.core.cloud import Side
from fmviz.core.errors import ConfigError
from fmviz.core.layers import values_of
from fmviz.core.paths import path_of
from fmviz.flow.bake import FieldVelocity
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
from fmviz.flow.units import MovingFrame, Units, units_of

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


@pytest.mark.parametrize("t", [0.0, 0.37, 1.0])
def test_the_divergence_is_the_trace_of_the_derivative(t):
    flat, z = parameters(), torch.randn(40, 2, generator=torch.Generator().manual_seed(2))

    def network(place):
        return forward(LAYOUT, flat, torch.cat([place_features(place, waves()), time_features(torch.tensor([t]))]))

    jacobians = torch.stack([torch.autograd.functional.jacobian(network, place) for place in z])
    traces = jacobians[:, 0, 0] + jacobians[:, 1, 1]
    torch.testing.assert_close(UnitField(LAYOUT, flat).with_divergence(z, t)[1], traces, rtol=1e-4, atol=1e-4)


def linear_field(matrix):
    """Return a network that is v = matrix z: its hidden units, far above 0, hand on what they get."""
    layout = Layout(8, 1)
    flat = torch.zeros(layout.size)
    (first, bias), (last, shift) = layout.layers(flat)
    first[:2, :2] = torch.eye(2)
    bias[:2] = 40.0
    last[:, :2] = torch.tensor(matrix)
    shift[:] = -last[:, :2] @ bias[:2]
    return UnitField(layout, flat)


@pytest.mark.parametrize("matrix", [((2.0, 0.5), (-1.0, 0.25)), ((0.0, 3.0), (-3.0, 0.0)), ((-1.5, 0.0), (2.0, -1.0))])
def test_the_divergence_of_a_linear_field_is_its_trace_in_any_unit(matrix):
    field = linear_field(matrix)
    z = torch.randn(20, 2, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(field(z, 0.5), z @ torch.tensor(matrix).T, rtol=1e-4, atol=1e-4)
    trace = torch.full((20,), matrix[0][0] + matrix[1][1])
    torch.testing.assert_close(field.with_divergence(z, 0.5)[1], trace, rtol=1e-5, atol=1e-5)
    for scale in (1e-9, 1.0, 1e9):
        frame = MovingFrame(Units(np.array([scale, 0.0]), np.array([0.0, -scale]), scale), path_of("straight"))
        x = frame.to_world(z.numpy(), 0.5)
        world = values_of("divergence")(FieldVelocity(field, frame), x, 0.5)
        np.testing.assert_allclose(world, trace.numpy(), rtol=1e-5, atol=1e-5)


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
