"""The numbers of a lane in one table: what they are called, what they say, how they are written and compared.

The table under the stage, its copies as text, the curves over training, `train` and its JSON are all made from it.
Text for people has no more digits than a number's error allows, and the clearly better number of a column in bold.
Errors have columns of their own in CSV; a column of which nobody knows anything is left to it too.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fmviz.core.numbers import measured
from fmviz.core.tabular import Cell, Column, Said, Table

UNKNOWN = "\N{EM DASH}"
# Two numbers closer than this share are called equal: W2 of two runs of one recipe differs as much.
_CLEARLY = 0.03
# Repeated samples differ by twice their standard error.
_ERRORS = 2.0
# Of numbers of which one was measured long before the other none is called better.
_ALIKE = 0.8


@dataclass(frozen=True, eq=False)
class Metrics:
    """Numbers about one lane; None is "not known yet". `QUANTITIES` says what each is.

    w2, its floor, energy_distance and lengths are in world units, straightness and loss in their squares, nll in nats.
    What ends in _error is a standard error. Paths with noise have neither length nor energy.
    """

    loss: float | None = None
    w2: float | None = None
    w2_floor: float | None = None
    path_length: float | None = None
    straight_length: float | None = None
    npe: float | None = None
    steps_per_second: float | None = None
    seconds: float = 0.0
    w2_error: float | None = None
    ratio_error: float | None = None
    npe_error: float | None = None
    exact_error: float | None = None
    loss_floor: float | None = None
    nll: float | None = None
    nll_error: float | None = None
    nll_floor: float | None = None
    nfe: int | None = None
    w2_floor_error: float | None = None
    energy_distance: float | None = None
    energy_distance_error: float | None = None
    npe_own: float | None = None
    npe_own_error: float | None = None
    straightness: float | None = None
    straightness_error: float | None = None
    crossings: float | None = None
    crossings_error: float | None = None

    @property
    def path_ratio(self) -> float | None:
        """How many times longer the paths are than straight ones; None if it is not known."""
        if self.path_length is None or not self.straight_length:
            return None
        return self.path_length / self.straight_length


@dataclass(frozen=True)
class Quantity:
    """One number of a lane; less is better where it is compared.

    Args:
        key: its name in `Metrics` and in JSON.
        title, latex: head of its column; latex is the title if it is empty.
        tip: one sentence about it.
        digits: decimals of a number of usual size whose error is not known.
        error, floor: names in `Metrics` of its standard error, and of the least that it can be.
        is_main: whether the table shows it before anybody has chosen columns.
        is_compared: whether the clearly least of several is better.
        is_sampled: whether it follows how the lane is sampled; such numbers are measured together, from time to time.
        is_curve: whether it is kept over training.
        is_share: whether people read it in percent.
        is_of_all: whether it is against the whole target, which not every coupling pairs.
        is_count: whether it is a whole number or a rate.
    """

    key: str
    title: str
    tip: str
    digits: int = 3
    latex: str = ""
    error: str = ""
    floor: str = ""
    is_main: bool = False
    is_compared: bool = False
    is_sampled: bool = False
    is_curve: bool = False
    is_share: bool = False
    is_of_all: bool = False
    is_count: bool = False

    def value(self, metrics: Metrics) -> float | None:
        """Return the number, or None if it is not known."""
        value: float | None = getattr(metrics, self.key)
        return value

    def error_of(self, metrics: Metrics) -> float | None:
        """Return its standard error, or None if it has none or it is not known."""
        error: float | None = getattr(metrics, self.error) if self.error else None
        return error

    def text(self, metrics: Metrics) -> str:
        """Return the number with its error as people read it, or a dash."""
        return self.said(self.value(metrics), self.error_of(metrics))

    def said(self, value: float | None, error: float | None) -> str:
        """Return a value with its error, or a dash: no more digits than the error allows."""
        if value is None:
            return UNKNOWN
        if self.is_count and error is None:
            return f"{value:,.0f}"
        if self.is_share:
            return f"{measured(100 * value, self.digits, None if error is None else 100 * error)} %"
        return measured(value, self.digits, error)


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("steps_per_second", "Steps/s", "Training steps in each second.", 0, is_count=True),
    Quantity("loss", "Loss", "Mean squared error of the velocity against the pairs' own; not comparable between "
             "couplings, because random pairs cross and cannot be met.", floor="loss_floor", is_main=True),
    Quantity("loss_floor", "Loss floor", "The least loss that any field has, that of the exact one; what the loss has "
             "above it is the distance to the exact field."),
    Quantity("exact_error", "Exact error", "By which share the learned field differs from the exact one, where that is "
             "known: relative L2 error over the places of the flow, for t from .05 to .95.", 1, is_main=True,
             is_share=True),
    Quantity("w2", "W2", "2-Wasserstein distance of generated points from fresh target points, and its standard error. "
             "The floor is what a perfect generator measures, so less is chance.", latex="$W_2$", error="w2_error",
             floor="w2_floor", is_main=True, is_compared=True, is_sampled=True, is_curve=True, is_of_all=True),
    Quantity("w2_floor", "W2 floor", "What a perfect generator measures as W2: the distance of two samples of the "
             "target, and by how much that varies from one measurement to another.", latex="$W_2$ floor",
             error="w2_floor_error"),
    Quantity("energy_distance", "Energy distance", "2 E|X - Y| - E|X - X'| - E|Y - Y'| of generated points X and "
             "target points Y: 0 if they are of one law, without a floor, so that chance can make it negative.", 4,
             error="energy_distance_error", is_compared=True, is_sampled=True, is_curve=True, is_of_all=True),
    Quantity("path_length", "Path", "Mean length of the particles' paths.", 2, is_sampled=True),
    Quantity("straight_length", "Straight", "Mean distance from the particles' starts to their ends.", 2,
             is_sampled=True),
    Quantity("path_ratio", "Path / straight", "Mean length of the particles' paths against the straight way from their "
             "start to their end; 1.00 is straight.", 2, error="ratio_error", is_main=True, is_compared=True,
             is_sampled=True),
    Quantity("npe", "NPE", "Normalised path energy: by which share the paths cost more than the best transport of "
             "source to target; 0 is optimal.", error="npe_error", is_main=True, is_compared=True, is_sampled=True,
             is_curve=True, is_of_all=True),
    Quantity("npe_own", "NPE, own ends", "By which share the paths cost more than the best transport of their starts "
             "to their own ends: as NPE, without the chance of target points; 0 is optimal.", error="npe_own_error",
             is_compared=True, is_sampled=True, is_curve=True),
    Quantity("straightness", "Straightness", "Mean squared difference of the velocity on a path from its straight "
             "line's, E of the integral of |v - (x1 - x0)|^2 dt; 0 is straight and of even speed.",
             error="straightness_error", is_compared=True, is_sampled=True, is_curve=True),
    Quantity("crossings", "Crossings", "Which share of the pairs of paths, as they are drawn in the plane, cross each "
             "other, of 200 paths; they never meet at one time.", 1, error="crossings_error", is_compared=True,
             is_sampled=True, is_curve=True, is_share=True),
    Quantity("nll", "NLL", "Negative log-likelihood of held-out target points, nats; the floor is the entropy of the "
             "target, where that is known in closed form.", error="nll_error", floor="nll_floor", is_compared=True,
             is_curve=True, is_of_all=True),
    Quantity("nll_floor", "Entropy", "The entropy of the target, nats, where that is known in closed form: the least "
             "that the NLL can be."),
    Quantity("nfe", "Evaluations", "Evaluations of the field, or of a normalizing flow's map, that carry each particle "
             "from t = 0 to 1; an adaptive solver takes as many as its tolerance needs.", 0, is_sampled=True,
             is_count=True),
)
QUANTITY = {quantity.key: quantity for quantity in QUANTITIES}
CURVES = tuple(quantity for quantity in QUANTITIES if quantity.is_curve)
# In `Metrics`, what is measured together from time to time, and what follows how a lane is sampled.
MEASURED = tuple(name for quantity in CURVES if quantity.is_sampled for name in (quantity.key, quantity.error))
OF_SAMPLING = tuple(name for quantity in QUANTITIES if quantity.is_sampled for name in (quantity.key, quantity.error)
                    if name and name != "path_ratio")


def numbers_of(metrics: Metrics) -> dict[str, float | None]:
    """Return all numbers by name, and their errors; what is not known or not finite is None."""
    names = [name for quantity in QUANTITIES for name in (quantity.key, quantity.error) if name]
    values = {name: getattr(metrics, name) for name in names}
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}


class Spread(NamedTuple):
    """Mean and standard deviation of a number over several trainings."""

    mean: float
    deviation: float


def spreads(runs: Sequence[Metrics]) -> dict[str, Spread]:
    """Return mean and deviation, over two runs or more, of each number that all of them know."""
    known = {quantity.key: [quantity.value(metrics) for metrics in runs] for quantity in QUANTITIES}
    return {key: Spread(statistics.fmean(values), statistics.stdev(values)) for key, found in known.items()
            if len(values := [value for value in found if value is not None and math.isfinite(value)]) == len(runs)}


@dataclass(frozen=True, eq=False)
class NumberRow:
    """One pane: its name, the training steps behind its numbers, the numbers.

    sampled_step is the step behind those that are measured from time to time; None is the same one.
    """

    name: str
    step: int | None
    metrics: Metrics
    sampled_step: int | None = None

    def step_of(self, quantity: Quantity) -> int:
        """Return the training steps behind one of the numbers."""
        step = self.sampled_step if quantity.is_curve and self.sampled_step is not None else self.step
        return step or 0


def best(quantity: Quantity, rows: Sequence[NumberRow]) -> int | None:
    """Return the place of the row whose number is clearly better, after about as many steps, or None.

    A number of much earlier than the steps beside it is not compared; what needs no steps is compared with all.
    """
    if not quantity.is_compared or len(rows) < 2:
        return None
    steps = [step for row in rows if row.step is not None for step in (row.step, row.step_of(quantity))]
    if steps and not is_alike(min(steps), max(steps)):
        return None
    return clearly_least([quantity.value(row.metrics) for row in rows],
                         [quantity.error_of(row.metrics) for row in rows])


def is_alike(step: int, last: int) -> bool:
    """Whether a number after `step` training steps stands for one after `last`."""
    return step >= _ALIKE * last


def clearly_least(values: Sequence[float | None], errors: Sequence[float | None]) -> int | None:
    """Return the place of the value that is clearly less than each other one; None if that cannot be said.

    Args:
        errors: their standard errors, as far as they are known.
    """
    known = [value for value in values if value is not None]
    if len(known) < max(2, len(values)):
        return None
    least = known.index(min(known))
    for other, value in enumerate(known):
        noise = max(_CLEARLY * max(abs(known[least]), abs(value)),
                    _ERRORS * math.hypot(errors[least] or 0.0, errors[other] or 0.0))
        if other != least and value - known[least] <= noise:
            return None
    return least


def number_table(rows: Sequence[NumberRow]) -> Table:
    """Return the table of some panes."""
    columns = [Column("Pane", is_text=True), Column("Steps")]
    parts: list[list[Cell]] = [[row.name, row.step] for row in rows]
    for quantity in QUANTITIES:
        columns += _columns(quantity, rows)
        better = best(quantity, rows)
        for place, row in enumerate(rows):
            value = quantity.value(row.metrics)
            parts[place].append(None if value is None else Said(value, quantity.text(row.metrics), place == better))
            if quantity.error:
                parts[place].append(quantity.error_of(row.metrics))
    return Table(tuple(columns), tuple(map(tuple, parts)))


def _columns(quantity: Quantity, rows: Sequence[NumberRow]) -> list[Column]:
    """Return the column of a number, and that of its error."""
    is_known = not rows or any(quantity.value(row.metrics) is not None for row in rows)
    head = Column(quantity.title, latex=quantity.latex, is_for_csv=not is_known)
    return [head, Column(f"{quantity.title}, error", is_for_csv=True)] if quantity.error else [head]
