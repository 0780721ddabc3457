"""The choice of a device."""

import pytest
import torch

from fmviz.core.errors import ConfigError
from fmviz.flow.device import choose_device, describe_device


def test_the_cpu_is_always_there():
    assert choose_device("cpu") == torch.device("cpu")
    assert describe_device(torch.device("cpu")).startswith("CPU, ")


def test_automatic_is_the_best_that_is_there():
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_device("auto").type == best


@pytest.mark.parametrize("name", [name for name, is_there in (
    ("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())) if not is_there])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(name):
    with pytest.raises(ConfigError, match=rf"'{name}'.*choose auto"):
        choose_device(name)
