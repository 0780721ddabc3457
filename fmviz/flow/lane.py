"""One lane of a run: its trainer, its curves, and the snapshots and progress that are told of it."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from fmviz.core.config import Sampling
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, LaneProgress
from fmviz.core.models import MODELS
from fmviz.core.project import Project
from fmviz.core.quantities import MEASURED, Metrics
from fmviz.core.solvers import SOLVERS, stand_in
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import Given, snapshot_of
from fmviz.flow.batch_pairs import pool_of
from fmviz.flow.carry import FINE, LIVE, Drawn, Fineness, carry, has_noise
from fmviz.flow.device import Stopwatch, breathing, has_ended
from fmviz.flow.distances import Measured
from fmviz.flow.exact import KnownOfLane, known_of
from fmviz.flow.likelihood import held_out
from fmviz.flow.quality import LIVE_TOTAL, Numbers, QualityWatch
from fmviz.flow.sample import final_numbers
from fmviz.flow.train import Learner, NumberHistory

SHOWN_PAIRS = 256
_LIVE_W2_INTERVAL_S = 2.0
# Of the trajectories that live numbers are measured of; see `path_numbers.path_energies`.
_LIVE_PATHS = Fineness(nfe=10_000, times=17)
# Held-out points that live likelihoods are of, how they are carried, and the share of the training's time for that: it
# takes 40 ms. From eight Gaussians to moons the NLL of the same points by 200 evaluations differs by 1e-4.
_LIVE_HELD_OUT, _LIVE_LIKELIHOOD, _LIKELIHOOD_SHARE = 128, Sampling("rk4", 64), 0.02
# So many evaluations of LIVE_TOTAL points fit into each interval.
_LIVE_W2_NFE = 32
# A path of order 1 comes near the exact one slowly: with fewer evaluations its W2 is seen to be another.
_FINE_FIRST_ORDER_NFE = 256


def live_w2_sampling(sampling: Sampling) -> Sampling:
    """Return how live W2 is sampled: as the numbers at the end of training are, where there is time for it.

    Few evaluations are made as they are chosen. Many of a solver of order 2 or more, and very many of one of order 1,
    land where `solvers.stand_in` does.
    """
    is_chosen = not sampling.is_adaptive and sampling.nfe <= (
        _FINE_FIRST_ORDER_NFE if SOLVERS[sampling.solver].order == 1 else _LIVE_W2_NFE)
    return sampling if is_chosen else Sampling(stand_in(), _LIVE_W2_NFE, noise=sampling.noise)


class Lane:
    """A lane while it learns; `run.TrainingRun` decides when it trains, bakes and reports.

    Args:
        index: which lane of the project it is.
        trainer: learns what it asks for; lanes that differ in sampling alone share one.

    Attributes:
        sampling: how it is to be sampled.
        drawn: the sampling of its `quick_snapshot`, None before that.
    """

    def __init__(self, project: Project, index: int, given: Given, trainer: Learner) -> None:
        self.index, self.trainer = index, trainer
        self._given, self._project, self._config = given, project, project.lanes[index]
        self.sampling = self._config.sampling
        self._pairs = pool_of(project).quick_batch(self._config.coupling, SHOWN_PAIRS, self._config.batch_settings)
        self._numbers = NumberHistory()
        self._asked: tuple[int, Future[Numbers], Numbers] | None = None
        self._likelihood: Numbers = {}
        self._likelihood_due = _LIVE_W2_INTERVAL_S
        self._asked_seconds = -_LIVE_W2_INTERVAL_S
        self._asked_in: Sampling | None = None
        self._w2_floor: Measured | None = None
        self._known: Future[KnownOfLane] | None = None
        self._paths = Metrics()
        self._began = (0, 0.0)
        self.drawn: Sampling | None = None

    def begin(self) -> None:
        """Count steps per second from here, where a training begins."""
        self._began = (self.trainer.step, self.trainer.seconds)
        self._asked = self.drawn = None
        if not has_ended(self._known):
            self._known = None  # of a thread that has ended

    def prepare(self, watch: QualityWatch) -> Future[KnownOfLane]:
        """Begin to work out what is known of the lane without learning, unless that is done or under way."""
        if self._known is None:
            self._known = watch.ask(lambda: known_of(self._project, self.index))
        return self._known

    def collect(self, watch: QualityWatch) -> None:
        """Take up live numbers that the thread has finished."""
        self._w2_floor = watch.floor if self._w2_floor is None else self._w2_floor
        if self._asked is not None and has_ended(self._asked[1]):
            step, future, likelihood = self._asked
            self._numbers.add(step, {**future.result(), **likelihood})
            self._likelihood = likelihood or self._likelihood
            self._asked = None

    def live_snapshot(self, watch: QualityWatch) -> Generator[None, None, FlowSnapshot]:
        """Bake quickly, and every second or two, or in another sampling at once, have W2 computed of fresh points.

        Not of the particles that are shown: they are the same few in every snapshot, and one mode that has some too
        many of them would hold the curve above its floor for ever.
        """
        snapshot = yield from self._bake(LIVE)
        sampling, seconds = live_w2_sampling(self.sampling), self.trainer.seconds
        interval = _LIVE_W2_INTERVAL_S * max(1.0, sampling.nfe / _LIVE_W2_NFE)
        is_due = sampling != self._asked_in or seconds - self._asked_seconds >= interval
        if self._asked is None and is_due:
            rng = stream(self._config.seed, Stream.LIVE_QUALITY, snapshot.step)
            fresh = self._project.source.sample(LIVE_TOTAL, rng)
            motion = yield from carry(self.trainer.field(), self.trainer.frame, fresh, sampling, _LIVE_PATHS,
                                      drawn=Drawn.LIVE)
            asked = watch.ask_live(motion.t, motion.x, not has_noise(sampling, self.trainer.frame))
            self._asked = snapshot.step, asked, (yield from self._live_likelihood())
            self._asked_seconds, self._asked_in = seconds, sampling
        return snapshot

    def _live_likelihood(self) -> Generator[None, None, Numbers]:
        """Return how likely the flow makes a few held-out points, or nothing if they are not due."""
        if self.trainer.seconds < self._likelihood_due:
            return {}
        watch = Stopwatch()
        found = yield from watch.over(held_out(self.trainer.field(), self.trainer.frame, self._project,
                                               _LIVE_HELD_OUT, _LIVE_LIKELIHOOD))
        self._likelihood_due = self.trainer.seconds + watch.seconds / _LIKELIHOOD_SHARE
        return {"nll": found.nll, "nll_error": found.error, "nll_floor": found.entropy}

    def quick_snapshot(self) -> Generator[None, None, FlowSnapshot]:
        """Bake quickly, without numbers: of a lane that has nothing to learn as soon as it can be drawn."""
        self.drawn = self.sampling
        return (yield from self._bake(LIVE))

    def fine_snapshot(self) -> Generator[None, None, FlowSnapshot]:
        """Bake as the settings say."""
        return (yield from self._bake(FINE))

    def measured(self, snapshot: FlowSnapshot, watch: QualityWatch) -> Generator[None, None, FlowSnapshot]:
        """Return the final picture: a fine one with final numbers."""
        final = yield from breathing(final_numbers(self.trainer.field(), self.trainer.frame, self._given, snapshot,
                                                   watch, self.prepare(watch)))
        self._likelihood = {name: getattr(final, name) for name in ("nll", "nll_error", "nll_floor")}
        self._numbers.add(snapshot.step, {**{name: getattr(final, name) for name in MEASURED}, **self._likelihood})
        if final.w2_floor is not None and final.w2_floor_error is not None:
            self._w2_floor = Measured(final.w2_floor, final.w2_floor_error)
        return self.ended(replace(snapshot, metrics=replace(self.metrics(), exact_error=final.exact_error)))

    def ended(self, snapshot: FlowSnapshot) -> FlowSnapshot:
        """Return a fine picture as the final one, with the numbers that it has; those of a much earlier step go."""
        metrics = snapshot.metrics
        if self._numbers.are_old(snapshot.step):
            unknown: dict[str, Any] = dict.fromkeys(self._numbers.latest)
            metrics = replace(metrics, **unknown)
        return replace(snapshot, metrics=metrics, curves=self.curves(), is_final=True)

    def progress(self) -> LaneProgress:
        trainer = self.trainer
        return LaneProgress(self.index, trainer.step, trainer.expected_steps, trainer.fraction, self.curves(),
                            self.metrics())

    def curves(self) -> Curves:
        """Return the histories so far; what has no steps has none."""
        if self.trainer.step == UNLEARNED:
            return Curves(w2_floor=None if self._w2_floor is None else self._w2_floor.value)
        loss_step, loss = self.trainer.history.arrays()
        w2_step, numbers = self._numbers.arrays()
        floor, floor_error = self._w2_floor or (None, None)
        return Curves(loss_step, loss, w2_step, numbers.pop("w2", w2_step), floor, self._has_nll, floor_error,
                      numbers)

    def metrics(self) -> Metrics:
        step, seconds = self._began
        elapsed = self.trainer.seconds - seconds
        rate = (self.trainer.step - step) / elapsed if elapsed > 0 and self.trainer.step > step else None
        latest = self.trainer.history.latest
        loss, nll = (None, latest) if self._has_nll else (latest, None)
        floor, floor_error = self._w2_floor or (None, None)
        return replace(self._paths, loss=loss, w2_floor=floor, w2_floor_error=floor_error,
                       steps_per_second=rate, seconds=self.trainer.seconds, loss_floor=self._loss_floor,
                       **{"nll": nll, **self._numbers.latest, **self._likelihood})

    @property
    def _has_nll(self) -> bool:
        """Whether the losses are negative log-likelihoods."""
        return MODELS[self._config.model].is_map

    @property
    def _loss_floor(self) -> float | None:
        """The least loss, or None while it is being computed."""
        return self._known.result().loss_floor if has_ended(self._known) else None

    def _bake(self, fineness: Fineness) -> Generator[None, None, FlowSnapshot]:
        snapshot = yield from snapshot_of(self.trainer.field(), self.trainer.frame, self._given, self.index,
                                          self._config.coupling, self.trainer.step, self.sampling, fineness)
        self._paths = snapshot.metrics
        return replace(snapshot, pairs=self._pairs, sigma=self._config.sigma, curves=self.curves(),
                       metrics=self.metrics())
