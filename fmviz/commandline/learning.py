"""Learning a project with progress on standard error: the same run that the window's engine drives, in a for loop."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from fmviz.commandline.output import driven
from fmviz.commandline.progress import Listener, ProgressLine
from fmviz.core.film import Moment
from fmviz.core.frames import UNLEARNED, FlowSnapshot, LaneProgress, of_same_training
from fmviz.core.kept import kept_at, paced_steps, thinned_steps
from fmviz.core.lanes import LETTERS, differing
from fmviz.core.log_density import LogDensities
from fmviz.core.project import KeptStep, LaneKept, LearnedFlow, LearnedLane, Project, Weights
from fmviz.core.questions import FlowId, Question
from fmviz.core.wanted import NOTHING_WANTED, Wanted, completed
from fmviz.flow.answers import Facts
from fmviz.flow.carry import LIVE
from fmviz.flow.device import describe_device, finish
from fmviz.flow.run import TrainingRun
from fmviz.flow.sample import measured_picture, picture_of

# Below so many multiplications in a step, a second thread costs more in waiting than it takes over.
_ONE_THREAD_BELOW = 2e8
# A thread on a core that is busy otherwise makes all others wait for it: on two busy cores, two threads made a
# tenth of the steps that one made, at every size from 1e7 to 1e9.
_FREE_CORES = 1


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of it: a final snapshot and weights for each lane, and where it ran."""

    lanes: tuple[LearnedLane, ...]
    device: str

    @property
    def snapshots(self) -> tuple[FlowSnapshot, ...]:
        """The final snapshots, one per lane."""
        return tuple(lane.snapshot for lane in self.lanes if lane.snapshot is not None)


def learn(project: Project, which: str = "") -> Learned:
    """Train every lane to its end, with progress of its own.

    Args:
        which: of several trainings this one, for example ", seed 2 of 5".
    Raises:
        FmvizError: the device is not there, or training cannot go on.
        KeyboardInterrupt: Ctrl-C; the run's threads are told to end.
    """
    is_of_couplings = differing(project.lanes) in ((), ("coupling",))
    names = [config.coupling for config in project.lanes] if is_of_couplings else LETTERS[: len(project.lanes)]
    with ProgressLine(f"training {' and '.join(names)}{which}") as progress:
        return learn_under(progress, project)


def learn_under(progress: Listener, project: Project) -> Learned:
    """Train every lane to its end as a part of larger work; raises what `learn` does."""
    torch.set_num_threads(threads_for(project))
    # Nobody watches: no pictures on the way, so that all the time goes into learning.
    run = TrainingRun(project, live_interval_s=math.inf)
    fractions = [0.0] * len(project.lanes)
    final: dict[int, FlowSnapshot] = {}
    kept: list[tuple[KeptStep, ...]] = [()] * len(project.lanes)
    work = run.train()
    try:
        for news in work:
            if isinstance(news, LaneProgress):
                fractions[news.lane] = news.fraction
                progress.update(sum(fractions) / len(fractions), _detail(news))
            elif isinstance(news, FlowSnapshot):
                if news.is_final:
                    final[news.lane] = news
            elif isinstance(news, LaneKept):
                kept[news.lane] = thinned_steps((*kept[news.lane], news.kept))
            elif news is not None:
                progress.note(f"fmviz: {news}")
    finally:
        work.close()
    lanes = tuple(LearnedLane(run.weights(lane), final[lane], kept[lane]) for lane in range(len(project.lanes)))
    return Learned(lanes, describe_device(run.device))


def with_wanted(flow: LearnedFlow, picture: FlowSnapshot, wanted: Wanted, is_fine: bool = True,
                progress: Listener | None = None) -> FlowSnapshot:
    """Return a flow's picture with what is wanted beside it; densities of fewer points where they need not be fine.

    progress: who hears how far what takes long is; None shows it.
    """
    if not (wanted := wanted.of(picture)):
        return picture
    key = FlowId(0, 0, picture.step)
    asked = wanted.asked(key, picture.sampling, picture.is_fine, is_fine)
    with ExitStack() as shown:
        def hear(news: Any) -> None:
            nonlocal progress
            if isinstance(news, LogDensities):
                progress = progress or shown.enter_context(ProgressLine("exact density"))
                progress.update(news.done, "exact density")

        return completed(picture, dict(zip(asked, answers_about(flow, key, asked.values(), hear), strict=True)))


def answers_about(flow: LearnedFlow, key: FlowId, questions: Iterable[Question],
                  hear: Callable[[Any], object]) -> list[Any]:
    """Return the answers to questions about a flow of that number; partial ones are heard, and signals meanwhile."""
    known = Facts()
    known.put(key, flow)
    try:
        with sensible_threads(flow.project):
            return [driven(known.answer(question), hear) for question in questions]
    finally:
        known.close()


def newest_moment(project: Project, learned: Sequence[LearnedLane],
                  wanted: Wanted = NOTHING_WANTED) -> tuple[FlowSnapshot | None, ...]:
    """Return the newest picture of each lane, None of one that has none."""
    return tuple(None if entry.snapshot is None else _newest(project, lane, entry.weights, entry.snapshot, wanted)
                 for lane, entry in enumerate(learned))


def _newest(project: Project, lane: int, weights: Weights | None, picture: FlowSnapshot,
            wanted: Wanted) -> FlowSnapshot:
    return picture if weights is None else with_wanted(LearnedFlow.of(project, lane, weights), picture, wanted)


def earlier_moments(project: Project, learned: Sequence[LearnedLane], most: int,
                    wanted: Wanted = NOTHING_WANTED) -> tuple[Moment, ...]:
    """Return the pictures of at most `most` kept steps, oldest first, one per lane; () if none are kept.

    The steps are those of the lane that has learned longest.
    """
    longest = max(([kept.step for kept in lane.kept] for lane in learned), key=lambda steps: steps[-1:])
    chosen = paced_steps(longest, most)
    moments = []
    with ProgressLine("drawing the course of training") as progress:
        for done, step in enumerate(chosen):
            moment = moment_at(project, learned, step, wanted, is_fine=False)
            if moment is None:
                return ()
            moments.append(moment)
            progress.update((done + 1) / len(chosen), f"step {step:,}")
    return tuple(moments)


def moment_at(project: Project, learned: Sequence[LearnedLane], step: int, wanted: Wanted = NOTHING_WANTED,
              is_fine: bool = True) -> Moment | None:
    """Return the picture of each lane at the kept step at or before `step`, or None if a lane has kept none.

    is_fine: as in `with_wanted`.
    """
    moment = []
    for lane, entry in enumerate(learned):
        kept = kept_at(entry.kept, step)
        if entry.snapshot is None or (kept is None and entry.snapshot.step != UNLEARNED):
            return None
        if kept is None or step >= entry.snapshot.step:
            moment.append(_newest(project, lane, entry.weights, entry.snapshot, wanted))
            continue
        flow = LearnedFlow.of(project, lane, kept.weights)
        picture = finish(picture_of(flow, kept.step, project.lanes[lane].sampling, LIVE))
        picture = with_wanted(flow, picture, wanted, is_fine)
        moment.append(replace(picture, lane=lane, pairs=entry.snapshot.pairs))
    return tuple(moment)


def sampled(project: Project, lane: int, learned: LearnedLane) -> LearnedLane:
    """Return what a lane has learned with its picture and numbers sampled as its settings say; `learned` has weights.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    picture, sampling = learned.snapshot, project.lanes[lane].sampling
    if picture is None or learned.weights is None or picture.sampling == sampling:
        return learned
    made = finish(measured_picture(LearnedFlow.of(project, lane, learned.weights), picture.step, sampling))
    return replace(learned, snapshot=of_same_training(made, replace(picture, lane=lane)))


def repeatable(lane: LearnedLane) -> LearnedLane:
    """Return what a file keeps: everything that the seed decides, nothing that this machine's clock does.

    Times and rates go, and so do quality measurements on the way, which are taken by the clock.
    """
    if lane.snapshot is None:
        return lane
    curves, step = lane.snapshot.curves, lane.snapshot.step
    is_last = np.asarray(curves.w2_step) >= step
    return replace(lane, snapshot=replace(
        lane.snapshot,
        metrics=replace(lane.snapshot.metrics, seconds=0.0, steps_per_second=None),
        curves=replace(curves, w2_step=curves.w2_step[is_last], w2=curves.w2[is_last],
                       numbers={name: values[is_last] for name, values in curves.numbers.items()}),
    ))


@contextmanager
def sensible_threads(project: Project) -> Iterator[None]:
    """Let torch use as many threads as suit a project's networks, and then as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads_for(project))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_for(project: Project) -> int:
    """Return how many threads torch should use on the CPU: one for small networks, all cores but one for large ones."""
    work = max(config.batch * config.depth * config.width**2 for config in project.lanes)
    return 1 if work < _ONE_THREAD_BELOW else max(1, (os.cpu_count() or 1) - _FREE_CORES)


def _detail(news: LaneProgress) -> str:
    if news.step == UNLEARNED:
        return ""
    rate = news.metrics.steps_per_second
    return f"step {news.step:,} of {news.total_steps:,}" + (f", {rate:.0f} steps/s" if rate else "")
