"""What the next training is: a fresh one, or one that goes on from what is there. A decision, no state."""

from __future__ import annotations

from fmviz.core.project import Project
from fmviz.engine.learned_lanes import Shown
from fmviz.engine.messages import Train
from fmviz.engine.results import Stale


def fresh_run(job: int, project: Project) -> Train:
    """Train `project` from the beginning."""
    return Train(job, project)


def later_run(job: int, project: Project, shown: Shown, has_run: bool, wants_longer: bool,
              was_interrupted: bool) -> Train | None:
    """Train on from what is there, if that is wanted or a lost engine left work; None asks for a fresh run."""
    if wants_longer:
        return longer_run(job, project, shown, has_run)
    return rest_of_run(job, project, shown) if was_interrupted else None


def longer_run(job: int, project: Project, shown: Shown, has_run: bool) -> Train | None:
    """Train as many steps again as the settings say; None if there is nothing to go on from.

    Args:
        job: number of the run.
        project: what to train.
        shown: what it has learned.
        has_run: whether the engine still holds the run that learned it.
    """
    if not _can_go_on(shown):
        return None
    return Train(job, project, shown.flows, _first_step(shown), project.lanes[0].steps, has_run)


def rest_of_run(job: int, project: Project, shown: Shown) -> Train | None:
    """Train what an interrupted run still had before it, in an engine that knows nothing of it; None as above."""
    if not _can_go_on(shown):
        return None
    first_step = _first_step(shown)
    end = max((progress.total_steps for progress in shown.progress if progress is not None), default=0)
    # A budget of time begins again: nobody knows how much of it the lost engine had used.
    more_steps = 0 if project.lanes[0].train_seconds > 0 else max(1, end - first_step)
    return Train(job, project, shown.flows, first_step, more_steps)


def _can_go_on(shown: Shown) -> bool:
    return shown.stale is Stale.NONE and len(shown.flows) == len(shown.pictures)


def _first_step(shown: Shown) -> int:
    return min(result.weights_step for result in shown.pictures if result is not None)
