"""What the window sees of the results, worked out once for a document: one entry per lane, and whether it is stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmviz.core.frames import FlowSnapshot, LaneProgress
from fmviz.core.project import KeptStep, Project, Weights
from fmviz.engine.results import LaneResult, Results
from fmviz.engine.states import Stale


@dataclass(frozen=True, eq=False)
class Shown:
    """Tuples with one entry per lane of the document; None where a lane has nothing.

    What belongs to a result at this moment is copied out of it: a result changes, and two of these are compared.

    Args:
        kept: the kept steps of each lane, ascending.
    """

    pictures: tuple[LaneResult | None, ...] = ()
    snapshots: tuple[FlowSnapshot | None, ...] = ()
    progress: tuple[LaneProgress | None, ...] = ()
    kept: tuple[tuple[KeptStep, ...], ...] = ()
    stale: Stale = Stale.NONE

    @property
    def weights(self) -> tuple[Weights | None, ...]:
        return tuple(result.weights if result is not None else None for result in self.pictures)

    def step(self, lane: int) -> int:
        """Return how many training steps a lane has made."""
        progress, snapshot = self.progress[lane], self.snapshots[lane]
        return progress.step if progress is not None else snapshot.step if snapshot is not None else 0


def shown_of(results: Results, project: Project) -> Shown:
    """Return what of `results` is shown for `project`; what has not changed stays the same object."""
    pictures = results.pictures(project)
    snapshots = tuple(
        result.snapshot_as(lane) if result is not None else None for lane, result in enumerate(pictures)
    )
    kept = tuple(result.kept if result is not None else () for result in pictures)
    return Shown(pictures, snapshots, results.progress(project), kept, results.stale(project))


def replaced_lanes(old: Sequence[object], new: Sequence[object]) -> list[int]:
    """Return the lanes whose entry is another object than before."""
    return [lane for lane, entry in enumerate(new) if lane >= len(old) or entry is not old[lane]]
