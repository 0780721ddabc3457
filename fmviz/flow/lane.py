"""One lane of a run: its trainer, its curves, and the snapshots and progress that are told of it."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

import numpy as np

from fmviz.core.cloud import FloatArray, Labels, Side
from fmviz.core.extent import Extent, extent_of_sides
from fmviz.core.frames import Curves, FlowSnapshot, LaneProgress, Metrics
from fmviz.core.project import Project
from fmviz.flow.bake import BakeQuality, bake, carry
from fmviz.flow.batch_pairs import pool_of
from fmviz.flow.classes import ParticleClasses, classes_of
from fmviz.flow.history import ValueHistory
from fmviz.flow.integrate import steps_for
from fmviz.flow.metrics import path_energy_error, path_numbers
from fmviz.flow.quality import FINAL_TOTAL, LIVE_TOTAL, Measured, QualityWatch
from fmviz.flow.train import Trainer

PARTICLES = 2_000
SHOWN_PAIRS = 256
LIVE_BAKE = BakeQuality("midpoint", nfe=20, times=11, grid=21, lattice=21)
_FINAL_TIMES, _FINAL_GRID, _FINAL_LATTICE = 51, 29, 41
_LIVE_W2_INTERVAL_S = 2.0
# With so few evaluations Runge-Kutta lands where a hundred of the midpoint rule do; a bend costs the picture less.
_LIVE_W2_SOLVER, _LIVE_W2_NFE = "rk4", 32
_SHORT_WAIT_S = 0.02


@dataclass(frozen=True, eq=False)
class Scene:
    """What all lanes and all snapshots of a run share.

    x0 (PARTICLES, 2) starting particles, more_x0 the further ones that final numbers need; dots; the extent; what is
    known of the particles' classes, and the classes of the dots.
    """

    x0: FloatArray
    more_x0: FloatArray
    source: FloatArray
    target: FloatArray
    extent: Extent
    classes: ParticleClasses
    source_labels: Labels | None = None
    target_labels: Labels | None = None


def scene_of(project: Project) -> Scene:
    """Return the scene of a project; it depends on the sides and the seed alone."""
    seed = project.lanes[0].seed
    x0, rows = project.source.sample_with_rows(FINAL_TOTAL, np.random.default_rng([seed, 4]))
    classes = classes_of(project.source, None if rows is None else rows[:PARTICLES], project.target)
    source, source_labels = _dots(project.source, seed, 5)
    target, target_labels = _dots(project.target, seed, 6)
    return Scene(x0[:PARTICLES], x0[PARTICLES:], source, target, extent_of_sides(project.source, project.target),
                 classes, source_labels, target_labels)


def _dots(side: Side, seed: int, purpose: int) -> tuple[FloatArray, Labels | None]:
    """Return the dots of a side and their classes."""
    labels = None if side.cloud is None else side.cloud.labels
    if side.cloud is not None and len(side.cloud) <= PARTICLES:
        return side.cloud.xy, labels
    dots, rows = side.sample_with_rows(PARTICLES, np.random.default_rng([seed, purpose]))
    return dots, None if labels is None else labels.of(rows)


class Lane:
    """A lane while it learns; `run.TrainingRun` decides when it trains, bakes and reports."""

    def __init__(self, project: Project, scene: Scene, trainer: Trainer) -> None:
        self.trainer = trainer
        self._scene, self._source, self._config = scene, project.source, trainer.config
        self._pairs = pool_of(project).batch(self._config.coupling, SHOWN_PAIRS)
        self._w2 = ValueHistory()
        self._w2_error: float | None = None
        self._asked: tuple[int, Future[Measured]] | None = None
        self._asked_seconds = -_LIVE_W2_INTERVAL_S
        self._w2_floor: float | None = None
        self._paths = Metrics()
        self._began = (0, 0.0)

    def begin(self, more_steps: int) -> None:
        """Plan a training; steps per second are counted from here."""
        self.trainer.begin(more_steps)
        self._began = (self.trainer.step, self.trainer.seconds)
        self._asked = None

    def collect(self, watch: QualityWatch) -> None:
        """Take up live numbers that the thread has finished."""
        self._w2_floor = watch.floor if self._w2_floor is None else self._w2_floor
        if self._asked is not None and self._asked[1].done():
            step, future = self._asked
            value, self._w2_error = future.result()
            self._w2.add(step, value)
            self._asked = None

    def live_snapshot(self, watch: QualityWatch) -> Generator[None, None, FlowSnapshot]:
        """Bake quickly, and every second or two have W2 computed of fresh points.

        Not of the particles that are shown: they are the same few in every snapshot, and one mode that has some too
        many of them would hold the curve above its floor for ever.
        """
        snapshot = yield from self._bake(LIVE_BAKE)
        seconds = self.trainer.seconds
        if self._asked is None and seconds - self._asked_seconds >= _LIVE_W2_INTERVAL_S:
            fresh = self._source.sample(LIVE_TOTAL, np.random.default_rng([self._config.seed, 7, snapshot.step]))
            n_steps = steps_for(_LIVE_W2_SOLVER, _LIVE_W2_NFE)
            ends = yield from carry(self.trainer.field(), self.trainer.frame, fresh, n_steps, _LIVE_W2_SOLVER,
                                    np.array([0, n_steps]))
            self._asked = (snapshot.step, watch.ask_live(ends[-1]))
            self._asked_seconds = seconds
        return snapshot

    def final_snapshot(self, watch: QualityWatch) -> Generator[None, None, FlowSnapshot]:
        """Bake as the settings say, with final numbers."""
        quality = BakeQuality(self._config.solver, self._config.nfe, _FINAL_TIMES, _FINAL_GRID, _FINAL_LATTICE)
        snapshot = yield from self._bake(quality)
        n_steps = steps_for(quality.solver, quality.nfe)
        more = yield from carry(self.trainer.field(), self.trainer.frame, self._scene.more_x0, n_steps, quality.solver,
                                np.array([0, n_steps]))
        future = watch.ask_final(np.concatenate([snapshot.x[-1], more[-1]]))
        while not future.done():
            wait([future], _SHORT_WAIT_S)
            yield
        final = future.result()
        paths = path_numbers(snapshot.t, snapshot.x)
        npe = path_energy_error(paths.energy, final.transport)
        metrics = replace(
            self.metrics(), w2=final.w2.w2, w2_error=final.w2.error, w2_floor=final.w2_floor, npe=npe,
            npe_error=None if npe is None else paths.energy_error / final.transport,
        )
        self._w2.add(snapshot.step, final.w2.w2)
        self._w2_error = final.w2.error
        self._w2_floor = final.w2_floor
        return replace(snapshot, curves=self.curves(), metrics=metrics, is_final=True)

    def progress(self) -> LaneProgress:
        """Return how far the lane is."""
        trainer = self.trainer
        return LaneProgress(trainer.lane, trainer.step, trainer.expected_steps, trainer.fraction, self.curves(),
                            self.metrics())

    def curves(self) -> Curves:
        """Return the histories so far."""
        loss_step, loss = self.trainer.history.arrays()
        w2_step, w2 = self._w2.arrays()
        return Curves(loss_step, loss, w2_step, w2, self._w2_floor)

    def metrics(self) -> Metrics:
        """Return the newest numbers."""
        step, seconds = self._began
        elapsed = self.trainer.seconds - seconds
        rate = (self.trainer.step - step) / elapsed if elapsed > 0 and self.trainer.step > step else None
        return replace(self._paths, loss=self.trainer.history.latest, w2=self._w2.latest, w2_error=self._w2_error,
                       w2_floor=self._w2_floor, steps_per_second=rate, seconds=self.trainer.seconds)

    def _bake(self, quality: BakeQuality) -> Generator[None, None, FlowSnapshot]:
        step, field = self.trainer.step, self.trainer.field()
        scene = self._scene
        flow = yield from bake(field, self.trainer.frame, scene.x0, scene.extent, quality)
        paths = path_numbers(flow.t, flow.x)
        self._paths = Metrics(path_length=paths.path_length, straight_length=paths.straight_length,
                              ratio_error=paths.ratio_error)
        return FlowSnapshot(self.trainer.lane, self._config.coupling, step, flow.t, flow.x, scene.extent, flow.u,
                            scene.source, scene.target, self._pairs, self.curves(), self.metrics(),
                            lattice=flow.lattice, start_labels=scene.classes.start,
                            end_labels=scene.classes.at_end(flow.x[-1]), source_labels=scene.source_labels,
                            target_labels=scene.target_labels)
