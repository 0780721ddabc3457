"""The settings of one learned flow, declared once: forms, command-line flags and checks come from this table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.numbers import read_number, read_whole, refusal

Value = str | int | float


@dataclass(frozen=True)
class Field:
    """One setting.

    Args:
        name: attribute of `FlowConfig`; the flag is `--name` with dashes.
        label: what the form says.
        default: its type is the setting's type.
        help: one sentence, used as tooltip and as command-line help.
        choices: allowed values with their labels, in order; empty for numbers.
        low, high: inclusive range of a number.
        log: whether a slider over it is logarithmic.
        advanced: whether the form hides it in Advanced.
        shared: whether lanes A and B always have the same value (they are compared fairly only so).
    """

    name: str
    label: str
    default: Value
    help: str
    choices: Mapping[str, str] | None = None
    low: float = -math.inf
    high: float = math.inf
    log: bool = False
    advanced: bool = False
    shared: bool = True


FIELDS: tuple[Field, ...] = (
    Field("coupling", "Coupling", "random",
          "How source points are paired with target points while learning.",
          {row.key: row.label for row in COUPLINGS.values()}, shared=False),
    Field("path", "Path", "straight", "How a point travels between the two points of a pair.",
          {"straight": "Straight line"}, advanced=True),
    Field("steps", "Training steps", 12_000, "Gradient steps of one training.", low=1, high=1_000_000, log=True),
    Field("train_seconds", "Time budget, s", 0.0,
          "Stop training after this many seconds instead of a number of steps; 0 counts steps.",
          low=0, high=86_400, advanced=True),
    Field("width", "Network width", 128, "Units in each hidden layer.", low=8, high=1024, log=True),
    Field("depth", "Network depth", 3, "Hidden layers.", low=1, high=8),
    Field("batch", "Batch size", 256, "Pairs in each gradient step.", low=2, high=65_536, log=True),
    Field("seed", "Seed", 0, "The same seed and device repeat a run exactly.", low=0, high=2**31 - 1),
    Field("device", "Device", "auto", "Where the network is trained.",
          {"auto": "Automatic", "cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU"}),
    Field("pool", "OT pool", 2048, "Points whose exact optimal-transport plan the OT batches are drawn from.",
          low=2, high=8192, log=True, advanced=True),
    Field("sigma", "Path noise", 0.0, "Gaussian noise around each straight path, world units.",
          low=0, high=1e13, advanced=True),
    Field("lr", "Learning rate", 2e-3, "Adam's rate at the start; it falls along a cosine.",
          low=1e-6, high=1.0, log=True, advanced=True),
    Field("ema", "Weight average", 0.999,
          "Decay of the running average of weights that is shown; 0 shows the raw ones.",
          low=0, high=0.999999, advanced=True),
    Field("solver", "Solver", "midpoint", "Integrator of the trajectories.",
          {"euler": "Euler", "midpoint": "Midpoint", "heun": "Heun", "rk4": "Runge-Kutta 4"}, advanced=True),
    Field("nfe", "Evaluations", 100, "Evaluations of the network along each trajectory.",
          low=1, high=10_000, log=True, advanced=True),
)
FIELD: dict[str, Field] = {field.name: field for field in FIELDS}


@dataclass(frozen=True)
class FlowConfig:
    """The settings of one lane; see `FIELDS` for meaning and range.

    Raises:
        ConfigError: a value of the wrong type or outside its range.
    """

    coupling: str = "random"
    path: str = "straight"
    steps: int = 12_000
    train_seconds: float = 0.0
    width: int = 128
    depth: int = 3
    batch: int = 256
    seed: int = 0
    device: str = "auto"
    pool: int = 2048
    sigma: float = 0.0
    lr: float = 2e-3
    ema: float = 0.999
    solver: str = "midpoint"
    nfe: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, checked(field.name, getattr(self, field.name)))


def checked(name: str, value: Any) -> Value:
    """Return `value` as the setting's type.

    Raises:
        ConfigError: unknown setting, wrong type, not finite, or out of range.
    """
    if name not in FIELD:
        raise ConfigError(f"There is no setting {quoted(name)}; the settings are {', '.join(FIELD)}.")
    field = FIELD[name]
    if field.choices is not None:
        if not isinstance(value, str) or value not in field.choices:
            raise ConfigError(f"{field.label} is {quoted(value)}; choose one of {', '.join(field.choices)}.")
        return value
    is_whole = isinstance(field.default, int)
    shown = value
    if isinstance(value, str):
        value = read_whole(value) if is_whole else read_number(value)
    try:
        number: int | float = int(value) if is_whole else float(value)
        is_exact = not isinstance(value, bool) and (not is_whole or float(value) == number)
    except (TypeError, ValueError, OverflowError):
        is_exact, number = False, 0
    if not is_exact or not math.isfinite(number) or not field.low <= number <= field.high:
        raise ConfigError(refusal(field.label, shown, field.low, field.high, is_whole))
    return number


def config_from_mapping(values: Mapping[str, Any]) -> FlowConfig:
    """Build a configuration from settings of any origin (a file, flags).

    Raises:
        ConfigError: an unknown setting or a bad value.
    """
    for name in values:
        checked(name, values[name])
    return replace(FlowConfig(), **values)
