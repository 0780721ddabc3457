"""Where the arithmetic runs: the choice of a device and what the user reads about it."""

from __future__ import annotations

import torch

from fmviz.core.errors import ConfigError
from fmviz.core.numbers import counted


def _available() -> dict[str, bool]:
    return {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}


def choose_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is CUDA, then MPS, then the CPU.

    Raises:
        ConfigError: this machine has no such device, or torch was built without it.
    """
    available = _available()
    if name == "auto":
        return torch.device(next(kind for kind, is_there in available.items() if is_there))
    if not available.get(name, False):
        usable = ", ".join(kind for kind, is_there in available.items() if is_there)
        raise ConfigError(f"The device is {name!r}, but torch finds none here; choose auto or one of: {usable}.")
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """Return what the user reads, for example "CPU, 1 thread"."""
    if device.type == "cuda":
        return f"CUDA, {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {counted(torch.get_num_threads(), 'thread')}"


def use_threads(count: int) -> None:
    """Let torch compute on so many CPU threads."""
    torch.set_num_threads(count)
