"""The settings of one lane, each declared once with its default: forms, flags, checks and the file come from here.

Settings of learning decide what is learned: another value asks for another training. Settings of sampling decide how
points are carried along what was learned: another value asks for another picture, and never for a training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, TypeVar

from fmviz.core.couplings import COUPLINGS, MARGINAL, coupling_of
from fmviz.core.errors import ConfigError, quoted
from fmviz.core.expression import own_share
from fmviz.core.models import MODELS, NETWORK, TRANSFORMS
from fmviz.core.numbers import read_number, read_whole, refusal
from fmviz.core.paths import (
    DEFAULT_ALPHA,
    DEFAULT_BETA,
    DEFAULT_EXPONENT,
    OWN,
    PATHS,
    Path,
    PathSettings,
    path_of,
)
from fmviz.core.solvers import SOLVERS, steps_for

Value = str | int | float
BatchSettings = tuple[tuple[str, Value], ...]
_Value = TypeVar("_Value", str, int, float)
_Made = TypeVar("_Made", "FlowConfig", "Sampling")
_ROW = "row"
# Of settings that matter to some couplings, paths, models or solvers only: with which keys of each of these choices.
OF_SOME: dict[str, dict[str, list[str]]] = {}
for _name, _choice, _key in (
        *((name, "model", row.key) for row in MODELS.values() for name in row.settings),
        *((name, "coupling", row.key) for row in COUPLINGS.values() for name in row.settings),
        *(("noise", "coupling", row.key) for row in COUPLINGS.values() if row.field == MARGINAL),
        *((name, "path", row.key) for row in PATHS.values() for name, _ in row.settings),
        *((name, "solver", key) for key, row in SOLVERS.items() for name in row.settings)):
    OF_SOME.setdefault(_name, {}).setdefault(_choice, []).append(_key)


@dataclass(frozen=True)
class Field:
    """One setting.

    Args:
        name: attribute of `FlowConfig`; the flag is `--name` with dashes.
        label: what the form says.
        default: its type is the setting's type.
        help: one sentence, used as tooltip and as command-line help.
        choices: allowed values with their labels, in order; empty for numbers and texts.
        low, high: inclusive range of a number.
        log: whether a slider over it is logarithmic.
        advanced: whether the form hides it in Advanced.
        shared: whether all lanes always have the same value: they start from the same points, on the same device.
        title: what a pane is called that differs in it; {} is the value.
        check: of a text: raises a `ConfigError` that says what is wrong with it.
        stops: where a slider over it stops; () leaves them to `log`.
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
    shared: bool = False
    title: str = "{}"
    check: Callable[[str], object] | None = None
    stops: tuple[float, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether its value is a text that a person writes."""
        return self.choices is None and isinstance(self.default, str)


def setting(default: _Value, label: str, help: str, choices: Mapping[str, str] | None = None, *,
            low: float = -math.inf, high: float = math.inf, log: bool = False, advanced: bool = False,
            shared: bool = False, title: str = "{}", check: Callable[[str], object] | None = None,
            stops: tuple[float, ...] = ()) -> _Value:
    """Declare one setting, a row of its table, as an attribute of `Learning` or `Sampling`; see `Field`."""
    row = Field("", label, default, help, choices, low, high, log, advanced, shared, title, check, stops)
    declared: _Value = dataclass_field(default=default, metadata={_ROW: row})
    return declared


class _Settings:
    """Checks every value when it is made.

    Raises:
        ConfigError: a value of the wrong type or outside its range.
    """

    def __post_init__(self) -> None:
        for entry in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, entry.name, checked(entry.name, getattr(self, entry.name)))


@dataclass(frozen=True)
class Learning(_Settings):
    """What decides what is learned."""

    coupling: str = setting(
        "random", "Coupling", "How source points are paired with target points while learning.",
        {row.key: row.label for row in COUPLINGS.values()}, title="{} coupling")
    model: str = setting(
        NETWORK, "Model", "What carries the points. " + " ".join(row.help for row in MODELS.values()),
        {row.key: row.label for row in MODELS.values()})
    transform: str = setting(
        "spline", "Transform", "Of a normalizing flow, what its map is made of. "
        + " ".join(f"{row.label}: {row.help}" for row in TRANSFORMS.values()),
        {row.key: row.label for row in TRANSFORMS.values()})
    epsilon: float = setting(
        0.1, "Epsilon", "Of the entropic coupling: its blur in mean squared distances. Small is OT, large is random.",
        low=1e-3, high=1e3, log=True, title="epsilon {}")
    mass: float = setting(
        0.7, "Mass", "Of the partial and the unbalanced coupling: which share of both clouds has a partner.", low=0.05,
        high=1, title="mass {}")
    path: str = setting(
        "straight", "Path", "How a point travels between the two points of a pair. "
        + " ".join(f"{path.label}: {path.help}" for path in PATHS.values()),
        {path.key: path.label for path in PATHS.values()}, advanced=True, title="{} path")
    exponent: float = setting(
        DEFAULT_EXPONENT, "Exponent", "Of the polynomial path: the larger, the later points leave.", low=1, high=8,
        advanced=True, title="exponent {}")
    alpha: str = setting(
        DEFAULT_ALPHA, "alpha(t)", "Of your own path, the share of the target point: a formula of t that rises from 0 "
        "to 1, for example 3*t**2 - 2*t**3.", advanced=True, title="alpha {}",
        check=lambda text: own_share(text, "alpha(t)", 0))
    beta: str = setting(
        DEFAULT_BETA, "beta(t)", "Of your own path, the share of the source point: a formula of t that falls from 1 to "
        "0, for example cos(pi*t/2).", advanced=True, title="beta {}",
        check=lambda text: own_share(text, "beta(t)", 1))
    steps: int = setting(
        12_000, "Training steps", "Gradient steps of one training; with reflow, of each round.", low=1, high=1_000_000,
        log=True, title="{} training steps")
    train_seconds: float = setting(
        0.0, "Time budget, s", "Stop training, with reflow each round, after this many seconds instead of a number of "
        "steps; 0 counts steps.", low=0, high=86_400, advanced=True, title="{} s of training")
    reflow: int = setting(
        0, "Reflow rounds", "Rounds that a network goes on to learn after the coupling's pairs: each from 20,000 pairs "
        "of its own flow, each start with where the flow before it carries it. Paths become straight, so few steps "
        "suffice, but not optimal: the pairs' cost does not become that of OT. The pairs that are drawn stay the "
        "coupling's. Train longer learns from pairs of the flow as it is then.", low=0, high=4, advanced=True,
        title="reflow {}")
    width: int = setting(
        128, "Network width", "Units in each hidden layer.", low=8, high=1024, log=True, title="width {}")
    depth: int = setting(3, "Network depth", "Hidden layers.", low=1, high=8, title="depth {}")
    batch: int = setting(
        256, "Batch size", "Pairs in each gradient step.", low=2, high=65_536, log=True, title="batch {}")
    seed: int = setting(
        0, "Seed", "The same seed and device repeat a run exactly.", low=0, high=2**31 - 1, shared=True)
    device: str = setting(
        "auto", "Device", "Where the network is trained.",
        {"auto": "Automatic", "cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU"}, shared=True)
    pool: int = setting(
        2048, "Pool", "By how many points couplings with a plan know both clouds, and the semidiscrete one the target; "
        "each stands for all that lies nearest to it. Entropic, partial and unbalanced plans have at most 2,048.",
        low=2, high=8192, log=True, advanced=True, title="pool {}")
    sigma: float = setting(
        0.0, "Path noise", "Gaussian noise around each path, world units.", low=0, high=1e13, advanced=True,
        title="noise {}")
    lr: float = setting(
        2e-3, "Learning rate", "Adam's rate at the start; it falls along a cosine.",
        low=1e-6, high=1.0, log=True, advanced=True, title="rate {}")
    ema: float = setting(
        0.999, "Weight average", "Decay of the running average of weights that is shown; 0 shows the raw ones.",
        low=0, high=0.999999, advanced=True, title="average {}")

    def uses(self, name: str) -> bool:
        """Whether a setting changes anything with this model, this coupling, this path and this solver."""
        return self.missing_for(name) is None

    def missing_for(self, name: str) -> tuple[str, list[str]] | None:
        """Return which setting needs another value so that one changes anything, and the values; None if it does."""
        for choice, keys in OF_SOME.get(name, {}).items():
            if missing := self.missing_for(choice):
                return missing
            if getattr(self, choice) not in keys:
                return choice, keys
        return ("reflow", ["0"]) if name == "noise" and self.rounds > 1 else None

    @property
    def rounds(self) -> int:
        """Of how many rounds a training is: the first learns from the coupling's pairs, each later one from its own."""
        return 1 + (self.reflow if self.uses("reflow") else 0)

    @property
    def known_by(self) -> str:
        """How its exact field is known, see `Coupling.field`; "" of pairs of its own."""
        return "" if self.rounds > 1 else coupling_of(self.coupling).field

    @property
    def path_settings(self) -> PathSettings:
        """The settings of its path's own."""
        return tuple((name, getattr(self, name)) for name, _ in path_of(self.path).settings)

    @property
    def full_path(self) -> Path:
        """Its path, made with its own settings."""
        return path_of(self.path, self.path_settings)

    @property
    def batch_settings(self) -> BatchSettings:
        """What decides, beside the coupling, how one batch is paired for the view."""
        return tuple((name, getattr(self, name)) for name in coupling_of(self.coupling).batch_settings)


@dataclass(frozen=True)
class Sampling(_Settings):
    """How points are carried along what was learned."""

    solver: str = setting(
        "midpoint", "Solver", "Integrator of the trajectories.", {key: row.label for key, row in SOLVERS.items()},
        advanced=True)
    nfe: int = setting(
        100, "Evaluations", "Evaluations of the field along each trajectory; of equal steps.", low=1, high=10_000,
        log=True, advanced=True)
    tolerance: float = setting(
        1e-4, "Tolerance", "Of the adaptive solver: the error that each of its steps may have, as a share of the "
        "clouds' spread. It takes as many evaluations as that needs, one step for all particles.", low=1e-6, high=0.1,
        log=True, advanced=True, title="tolerance {}")
    noise: float = setting(
        0.0, "Noise", "Noise while sampling, G of g^2 = G^2 s0^2 (1 - t) on the straight path, with s0 the source's "
        "deviation; on another one it falls as the source's share does. Particles wander, their density at each t "
        "stays; 0 is the plain flow, more takes one evaluation more in each step, and much of it more steps. It needs "
        "random coupling and a Gaussian source.", low=0, high=4, advanced=True, title="sampling noise {}",
        stops=(0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0))

    @property
    def is_adaptive(self) -> bool:
        """Whether the solver chooses its steps by the tolerance."""
        return SOLVERS[self.solver].is_adaptive

    @property
    def n_steps(self) -> int:
        """How many equal steps the solver takes from t = 0 to 1; nothing of an adaptive one."""
        return steps_for(self.solver, self.nfe)


@dataclass(frozen=True)
class FlowConfig(Sampling, Learning):
    """The settings of one lane, those of learning first."""

    @cached_property
    def learning(self) -> Learning:
        """Its settings of learning, the usual ones for those that change nothing.

        Lanes in which they are equal learn the same.
        """
        values: dict[str, Any] = {row.name: getattr(self, row.name) if self.uses(row.name) else row.default
                                  for row in LEARNING}
        return Learning(**values)

    def with_learning(self, learning: Learning) -> FlowConfig:
        """Return these settings of sampling with other ones of learning."""
        return FlowConfig(**{row.name: getattr(learning, row.name) for row in LEARNING},
                          **{row.name: getattr(self, row.name) for row in SAMPLING})

    @cached_property
    def sampling(self) -> Sampling:
        """Its settings of sampling, the usual ones for those that change nothing."""
        values: dict[str, Any] = {row.name: getattr(self, row.name) if self.uses(row.name) else row.default
                                  for row in SAMPLING}
        return Sampling(**values)


def _rows(kind: type[_Settings]) -> tuple[Field, ...]:
    return tuple(replace(entry.metadata[_ROW], name=entry.name) for entry in fields(kind))  # type: ignore[arg-type]


LEARNING: tuple[Field, ...] = _rows(Learning)
SAMPLING: tuple[Field, ...] = _rows(Sampling)
FIELDS = (*LEARNING, *SAMPLING)
FIELD: dict[str, Field] = {field.name: field for field in FIELDS}


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
    if field.check is not None:
        if not isinstance(value, str):
            raise ConfigError(f"{field.label} is {quoted(value)}; give a text.")
        field.check(value)
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
    return _made(FlowConfig(), values)


def with_own_path(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that somebody gave, with the path that formulas are of if none was given with them."""
    has_formulas = any(name in given for name, _ in PATHS[OWN].settings)
    return {**given, "path": OWN} if has_formulas and "path" not in given else dict(given)


def check_used(name: str, said: str, lanes: Sequence[FlowConfig]) -> None:
    """Check that a setting that somebody gave, and called so, changes something in one of the lanes.

    0 asks for nothing: no noise, no reflow, no limit of time.

    Raises:
        ConfigError: it does not with their models, couplings, paths and solvers.
    """
    # The pool bounds the work of whatever plan a coupling may have: nobody minds if it is given where there is none.
    needed = "coupling" if name == "pool" else name
    missing = [found for config in lanes if getattr(config, name) != 0 and (found := config.missing_for(needed))]
    if len(missing) == len(lanes):
        choice, keys = missing[0]
        raise ConfigError(f"{said} changes something with {choice} {' or '.join(keys)} alone; give that too, or leave "
                          "it out.")


def sampling_from_mapping(values: Mapping[str, Any]) -> Sampling:
    """Build settings of sampling from values of any origin.

    Raises:
        ConfigError: a setting that is none of sampling, or a bad value.
    """
    for name in values:
        if name in FIELD and FIELD[name] not in SAMPLING:
            raise ConfigError(f"The setting {quoted(name)} decides what is learned, not how it is sampled.")
    return _made(Sampling(), values)


def _made(usual: _Made, values: Mapping[str, Any]) -> _Made:
    for name in values:
        checked(name, values[name])
    return replace(usual, **values)
