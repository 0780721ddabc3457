"""The training of one lane: pairs in, averaged weights out, in pieces that a loop can interleave.

`Learner` is what a lane is to its run, `Training` one that learns by steps, `Trainer` that of a velocity field.

Owns the schedule, the chunks of batches, the fall-back to the CPU, the last good weights, and curves that stay small
however long training lasts: means over bins, twice as wide whenever there are too many. It leaves the arithmetic of a
step to `step`, the pairs to `couplings`, and clocks, news and pictures to `run`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fmviz.core.cloud import FloatArray
from fmviz.core.errors import TrainingError
from fmviz.core.kept import next_kept
from fmviz.core.lanes import letters
from fmviz.core.project import KeptStep, Project
from fmviz.core.quantities import CURVES
from fmviz.flow.couplings import pairing_of
from fmviz.flow.model import UnitVelocity
from fmviz.flow.network import (
    Layout,
    UnitField,
    initial_parameters,
    place_features,
    read_weights,
    time_features,
    waves,
    weights_of,
)
from fmviz.flow.pools import Lesson, PairSource, batches_in_chunk, own_pairs
from fmviz.flow.step import Adam, CapturedCall, Step, schedule_rows
from fmviz.flow.units import MovingFrame, frame_of, units_of

MOST_POINTS = 1_000
_RECENT = 100
_LARGEST = float(np.finfo(np.float32).max)
StepFactory = Callable[[Layout, Tensor, int], Step]

_WARM_UP_STEPS = 100
_LOWEST_RATE = 0.01
# Training on goes on from a field that is nearly right: a lower rate does not shake it first.
_LATER_RATE = 0.4
_MOST_SKIPPED = 100
_WAIT_S = 0.005


class LossHistory:
    """Mean loss of each bin of steps, from the first step on."""

    def __init__(self) -> None:
        self._bin_steps = 1
        self._step: list[float] = []
        self._mean: list[float] = []
        self._sum, self._count = 0.0, 0
        self._recent: list[float] = []

    def add(self, last_step: int, losses: Sequence[float]) -> None:
        """Add the losses of consecutive steps, the last of which is `last_step`."""
        for step, loss in enumerate(losses, last_step - len(losses) + 1):
            if not np.isfinite(loss):
                continue
            self._sum += loss
            self._count += 1
            if self._count >= self._bin_steps:
                self._close_bin(step)
        self._recent = [*self._recent, *losses][-_RECENT:]

    @property
    def latest(self) -> float | None:
        """Mean of the last 100 losses, or None before the first."""
        finite = [loss for loss in self._recent if np.isfinite(loss)]
        return float(np.mean(finite)) if finite else None

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return steps and means, (P,) each with P <= MOST_POINTS."""
        return bounded(self._step), bounded(self._mean)

    def _close_bin(self, step: int) -> None:
        self._step.append(step)
        self._mean.append(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        if len(self._step) >= MOST_POINTS:
            self._step = self._step[1::2]
            self._mean = [(a + b) / 2 for a, b in zip(self._mean[::2], self._mean[1::2], strict=True)]
            self._bin_steps *= 2


# Of the steps so far: a flow hardly changes any more in so many of them.
_NEAR = 0.1


class NumberHistory:
    """Numbers or None by name at some steps, thinned to every second step if there are too many; the newest stays."""

    def __init__(self) -> None:
        self._step: list[float] = []
        self._numbers: list[Mapping[str, Any]] = []

    def add(self, step: int, numbers: Mapping[str, Any]) -> None:
        self._step.append(step)
        self._numbers.append(numbers)
        if len(self._step) > MOST_POINTS:
            self._step, self._numbers = self._step[::2], self._numbers[::2]

    @property
    def latest(self) -> Mapping[str, Any]:
        return self._numbers[-1] if self._numbers else {}

    def are_old(self, step: int) -> bool:
        """Whether the latest are of so much earlier a step that they say nothing of this one."""
        return bool(self._step) and self._step[-1] < step - _NEAR * abs(step)  # what has no steps is at a negative one

    def arrays(self) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return steps (P,), and under the name of each number that has a curve its values (P,), NaN if not known."""
        names = [quantity.key for quantity in CURVES if any(quantity.key in numbers for numbers in self._numbers)]
        return bounded(self._step), {
            name: bounded([math.nan if (value := numbers.get(name)) is None else value for numbers in self._numbers])
            for name in names}


def bounded(values: Sequence[float]) -> FloatArray:
    """Return float32 values; what float32 cannot hold becomes its largest number."""
    return np.clip(np.asarray(values, dtype=np.float64), -_LARGEST, _LARGEST).astype(np.float32)


class Learner(ABC):
    """What learns for a lane, in pieces that `run.TrainingRun` interleaves; `models` has one for each model.

    Attributes:
        lane: its number.
        device: where it computes.
        frame: that `field` lives in.
        history: its losses.
        step: training steps so far, or `core.frames.UNLEARNED` for ever; begin_step those before the present training.
        seconds: the time that it has trained.
    """

    lane: int
    device: torch.device
    frame: MovingFrame
    history: LossHistory
    step: int
    begin_step: int
    seconds: float

    @property
    @abstractmethod
    def fraction(self) -> float:
        """How much of the present training is done, 0 to 1."""

    @property
    def is_done(self) -> bool:
        """Whether the present training has ended; of what needs none it has from the beginning."""
        return self.fraction >= 1.0

    @property
    @abstractmethod
    def expected_steps(self) -> int:
        """The step at which the present training will end; an estimate if it has a time budget."""

    @property
    def is_ready(self) -> bool:
        """Whether `field` is there at once."""
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether the next step waits for a thread."""
        return False

    @abstractmethod
    def field(self) -> UnitVelocity:
        """Return the field as it is now, on the lane's device; later steps do not change it."""

    @abstractmethod
    def weights(self) -> dict[str, FloatArray]:
        """Return copies of what `models.field_of` needs to make the same field, by name."""

    def take_kept(self) -> list[KeptStep]:
        """Return the kept steps since the last call."""
        return []

    def take_notes(self) -> list[str]:
        """Return the sentences that a person should read, each once."""
        return []

    @abstractmethod
    def begin(self, more_steps: int = 0) -> None:
        """Plan a training: as long as the settings say, or so many further steps."""

    def work(self) -> Iterator[None]:
        """Train until done, pausing in every step.

        Raises:
            TrainingError: too many gradients were not finite.
            RuntimeError: the device failed; `fall_back` puts the lane on the CPU.
        """
        return iter(())

    def remember(self) -> None:
        """Copy to the host what is needed if the device is lost."""
        return None

    def fall_back(self) -> None:
        """Go on on the CPU from what `remember` kept last."""
        return None

    def close(self) -> None:
        """End its threads."""
        return None


class Training(Learner):
    """The training of one lane, whatever it learns: its schedule, its curve and what is kept of it.

    Args:
        project, lane: what to learn.
        device: where.
        first_step: steps that the weights have seen.
        is_later: whether weights are gone on from.
    """

    def __init__(self, project: Project, lane: int, device: torch.device, first_step: int = 0,
                 is_later: bool = False) -> None:
        self.config = project.lanes[lane]
        self.lane, self.device = lane, device
        self.history = LossHistory()
        self.first_step = self.step = self.total_steps = first_step
        self.seconds = 0.0
        self._project = project
        self._is_later = is_later
        self._good = torch.zeros(0)
        self._core: Adam | None = None
        self._adam_step = 0
        self.begin_step, self._begin_seconds, self._budget_s = first_step, 0.0, 0.0
        self._kept: list[KeptStep] = []
        self._next_kept, self._last_kept = first_step, -1
        self._round = 0

    @property
    def fraction(self) -> float:
        if self._budget_s > 0:
            return min(1.0, (self.seconds - self._begin_seconds) / self._budget_s)
        return min(1.0, (self.step - self.begin_step) / max(1, self.total_steps - self.begin_step))

    @property
    def expected_steps(self) -> int:
        done = self.step - self.begin_step
        return self.begin_step + round(done / self.fraction) if self._budget_s and done else self.total_steps

    def take_kept(self) -> list[KeptStep]:
        kept, self._kept = self._kept, []
        return kept

    def begin(self, more_steps: int = 0) -> None:
        """Plan a training: the configured steps or seconds, or `more_steps` further ones at a lower rate."""
        self.begin_step, self._begin_seconds = self.step, self.seconds
        self._budget_s = 0.0 if more_steps else self.config.train_seconds * self.config.rounds
        self._is_later = self._is_later or (bool(more_steps) and self.step > 0)
        self.total_steps = self.step + (more_steps or self.config.steps * self.config.rounds)

    def work(self) -> Iterator[None]:
        """Train until done; only the time between pauses is counted."""
        clock = perf_counter()
        for _ in self._steps():
            self.seconds += perf_counter() - clock
            yield
            clock = perf_counter()
        self.seconds += perf_counter() - clock

    def remember(self) -> None:
        if self._core is not None:
            self._good = self._core.average.cpu().clone()

    def fall_back(self) -> None:
        """Go on on the CPU from the last weights that `remember` kept; moments start afresh."""
        self.close()
        self._core = None
        self._adam_step = 0
        self.device = torch.device("cpu")

    @property
    def _average(self) -> Tensor:
        return self._good if self._core is None else self._core.average

    @abstractmethod
    def _steps(self) -> Iterator[None]:
        """Train until done, pausing in every step."""

    @abstractmethod
    def _one_step(self, batch: tuple[Tensor, ...], row: Tensor) -> Iterator[None]:
        """Advance `_core` by one batch and a row of `schedule_rows`."""

    @abstractmethod
    def _in_world(self, loss: float) -> float:
        """Return a loss of `_core` in world units."""

    def _learn(self, batches: tuple[Tensor, ...], count: int) -> Iterator[None]:
        """Advance by the first `count` batches of a chunk, (>= count, B, ...) each."""
        assert self._core is not None
        rows = schedule_rows(self._adam_step, count, self._rates(count), self.config.ema).to(self.device)
        losses = torch.zeros(count, device=self.device)
        for i in range(count):
            yield from self._one_step(tuple(part[i] for part in batches), rows[i])
            losses[i] = self._core.loss
            self.step += 1
            self._adam_step += 1
            self._keep()
        self._check()
        self.history.add(self.step, [self._in_world(loss) for loss in losses.tolist()])

    def _keep(self, always: bool = False) -> None:
        """Copy the averaged weights if this step is one that is kept, or is to be."""
        if self.step >= self._next_kept or (always and self.step > self._last_kept):
            self._kept.append(KeptStep(self.step, self.weights()))
            self._next_kept, self._last_kept = next_kept(self.step), self.step

    @property
    def _due_round(self) -> int:
        """The round that the next step belongs to, from 0; see `Learning.rounds`.

        Steps are counted from the first one on, so that a training that was interrupted goes on where it was. What
        trains longer after a budget of time is in the last one.
        """
        rounds, last = self.config.rounds, self.config.rounds - 1
        if self._budget_s > 0:
            return min(last, int(self.fraction * rounds))
        return last if self.config.train_seconds > 0 else min(last, self.step // self.config.steps)

    @property
    def _round_steps(self) -> tuple[int, int]:
        """The steps of the present training that are in the present round: before the first, and the last."""
        steps, is_last = self.config.steps, self._round == self.config.rounds - 1
        if self.config.train_seconds > 0:
            return self.begin_step, self.total_steps
        return max(self.begin_step, self._round * steps), (
            self.total_steps if is_last else min(self.total_steps, (self._round + 1) * steps))

    def _rates(self, count: int) -> list[float]:
        """Return the learning rates of the next steps: a short rise, then in each round a cosine down to 1 %."""
        top = self.config.lr * (_LATER_RATE if self._is_later or self._round else 1.0)
        if self._budget_s:
            done, each = self.fraction * self.config.rounds - self._round, 0.0
        else:
            first, last = self._round_steps
            each = 1.0 / max(1, last - first)
            done = (self.step - first) / max(1, last - first)
        rates = []
        for i in range(count):
            cosine = 0.5 * (1.0 + math.cos(math.pi * min(1.0, done + i * each)))
            rise = min(1.0, (self._adam_step + i + 1) / _WARM_UP_STEPS)
            rates.append(top * rise * (_LOWEST_RATE + (1.0 - _LOWEST_RATE) * cosine))
        return rates

    def _check(self) -> None:
        assert self._core is not None
        if float(self._core.skipped) >= _MOST_SKIPPED:
            raise TrainingError(
                f"Pane {letters([self.lane])} met {_MOST_SKIPPED} gradients that are not finite numbers; the last good "
                f"weights are kept: lower the learning rate ({self.config.lr:g}) and train again."
            )


class Trainer(Training):
    """One lane's network and its training.

    Args:
        project, lane: what to learn.
        device: where.
        weights: named weights to go on from, or None for fresh ones.
        first_step: steps that these weights have seen.
        make_step: builds the optimisation state; another one can be given, for example to try out faults.
    Raises:
        ConfigError: the weights do not fit the lane's network.
    """

    def __init__(self, project: Project, lane: int, device: torch.device,
                 weights: Mapping[str, np.ndarray] | None = None, first_step: int = 0,
                 make_step: StepFactory = Step) -> None:
        super().__init__(project, lane, device, first_step, weights is not None)
        self.layout = Layout(self.config.width, self.config.depth)
        self._make_step = make_step
        self._waves = waves()
        self._rng = torch.Generator().manual_seed(self.config.seed)
        if weights is None:
            self.units = units_of(project.source, project.target)
            self._good = initial_parameters(self.layout, self._rng)
        else:
            self._good, self.units = read_weights(self.layout, weights)
        self.frame = frame_of(project, lane, self.units)
        self._core: Step | None = None
        self._run_step: Callable[[Tensor, Tensor, Tensor], None] | None = None
        self._pairs: PairSource | None = None
        self._notes: list[str] = []

    @property
    def is_waiting(self) -> bool:
        return self._pairs is not None and not self._pairs.is_ready(self.step)

    def field(self) -> UnitField:
        return UnitField(self.layout, self._average.to(self.device, copy=True))

    def weights(self) -> dict[str, FloatArray]:
        return weights_of(self.layout, self._average, self.units)

    def take_notes(self) -> list[str]:
        notes, self._notes = self._notes, []
        return notes if self._pairs is None else [*notes, *self._pairs.take_notes()]

    def close(self) -> None:
        self._end_pairs()

    def fall_back(self) -> None:
        super().fall_back()
        self._run_step = None

    def _steps(self) -> Iterator[None]:
        if self._core is None:
            self._core = self._make_step(self.layout, self._good.to(self.device), self.config.batch)
        yield
        self._keep()
        most = batches_in_chunk(self.config.batch)
        while not self.is_done:
            if self._round != self._due_round:
                self._round = self._due_round
                self._keep(always=True)
                self._end_pairs()
            if self._pairs is None:
                self._pairs = yield from self._pairs_of_round()
            while not self._pairs.is_ready(self.step):
                self._pairs.wait(_WAIT_S)
                yield
            inputs, ut = self._chunk(self._pairs, most)
            count = most if self._budget_s else min(most, self._round_steps[1] - self.step)
            yield from self._learn((inputs, ut), count)

    def _pairs_of_round(self) -> Generator[None, None, PairSource]:
        """Return the pairs to learn from: of the coupling, or of the flow as it is now."""
        lesson = Lesson(self._project.source, self._project.target, self.units, self.config, self.step,
                        self.layout.size, self.device.type)
        if self._round == 0:
            return pairing_of(self.config.coupling).training(lesson)
        self._notes.append(f"From step {self.step:,} on it learns from pairs of its own flow.")
        return (yield from own_pairs(lesson, self.field(), self.frame))

    def _end_pairs(self) -> None:
        if self._pairs is not None:
            self._notes += self._pairs.take_notes()
            self._pairs.close()
            self._pairs = None

    def _chunk(self, pairs: PairSource, count: int) -> tuple[Tensor, Tensor]:
        """Make the inputs (count, B, INPUTS) and velocities (count, B, 2) of some steps.

        Times are stratified within each batch, t_i = (i + u_i) / B: still uniform, with less noise.
        """
        batch = self.config.batch
        x0, x1 = (x.reshape(count, batch, 2) for x in pairs.draw(self.step, count * batch))
        t = torch.rand((count, batch, 1), generator=self._rng)
        t.add_(torch.arange(batch, dtype=t.dtype).view(1, batch, 1)).div_(batch)
        path = self.frame.path
        # NumPy is several times faster where nothing is broadcast over the two coordinates.
        both = t.expand(-1, -1, 2).numpy().copy()
        xt, ut = (torch.from_numpy(made(x0, x1, both)) for made in (path.points, path.velocities))
        if self.config.sigma > 0:
            xt.add_(torch.randn(xt.shape, generator=self._rng), alpha=self.config.sigma / self.units.scale)
        inputs = torch.cat([place_features(xt, self._waves), time_features(t)], dim=-1)
        return inputs.to(self.device), ut.to(self.device)

    def _in_world(self, loss: float) -> float:
        return loss * self.units.scale**2

    def _one_step(self, batch: tuple[Tensor, ...], row: Tensor) -> Iterator[None]:
        core, (inputs, ut) = self._core, batch
        assert core is not None
        if self.device.type != "cuda":
            yield from core.passes(inputs, ut, row)
            return
        if self._run_step is None:
            self._run_step = CapturedCall(core.run, (inputs, ut, row), core.state)
        yield
        self._run_step(inputs, ut, row)
