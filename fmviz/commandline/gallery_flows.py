"""The problems that a gallery shows, and what is learned of them: from the file given, from the folder, or by training.

Each is learned at most once, when the first figure needs it; what is learned is kept in the folder as a project that
the window opens. If it cannot be learned, each figure that needs it fails with the same sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fmviz.commandline.gallery_record import Record, entry_of, fingerprint, problem_print
from fmviz.commandline.interrupts import calm, patiently
from fmviz.commandline.output import writing
from fmviz.commandline.problem import Problem
from fmviz.commandline.progress import Part
from fmviz.core.cloud import Side
from fmviz.core.errors import FmvizError
from fmviz.core.frames import FlowSnapshot, Pairs
from fmviz.core.project import LearnedLane, Project
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, load_project, save_project

FLOW, PAIRING, PILES = "flow", "pairing", "piles"


def problems_of(problem: Problem, has_clouds: bool) -> dict[str, Problem]:
    """Return the problems by key.

    Args:
        problem: what was asked for, with one lane for each coupling.
        has_clouds: whether the user chose clouds; if not, they are the article's: a Gaussian becomes two moons, and 8
            Gaussians are paired with two moons.
    """
    usual = replace(problem.project, source=Side(shape="gaussian"), target=Side(shape="moons"))
    unknown = tuple(LearnedLane() for _ in problem.learned)
    piles = replace(problem.project, source=Side(shape="two-piles-left"), target=Side(shape="two-piles-right"))
    return {
        FLOW: problem if has_clouds else Problem(usual, unknown),
        PAIRING: problem if has_clouds else Problem(
            replace(problem.project, source=Side(shape="8gaussians"), target=Side(shape="moons")), unknown),
        PILES: Problem(piles, unknown),
    }


class Flows:
    """What is learned of each problem, in one folder.

    What the folder holds is used if it fits, changed since or not: its owner may have added scenes to it.
    """

    def __init__(self, folder: Path, record: Record, problems: Mapping[str, Problem]) -> None:
        self._folder, self._record, self._problems = folder, record, problems
        self._known: dict[str, tuple[LearnedLane, ...]] = {}
        for key, problem in problems.items():
            learned = problem.learned if _is_learned(problem.learned) else self._kept(key)
            if learned is not None:
                self._known[key] = learned
        self._failures: dict[str, FmvizError] = {}

    def project(self, key: str) -> Project:
        """Return a problem's project."""
        return self._problems[key].project

    def print_of(self, key: str, has_flow: bool) -> str | None:
        """Return the fingerprint of a problem, with what is learned of it or without; None while nothing is learned."""
        if not has_flow:
            return problem_print(self.project(key))
        if key not in self._known:
            return None
        return fingerprint(problem_print(self.project(key)), *(lane.snapshot.x.tobytes() for lane in self._known[key]
                                                               if lane.snapshot is not None))

    def must_learn(self, key: str) -> bool:
        """Whether asking for a problem's snapshots would train."""
        return key not in self._known and key not in self._failures

    def snapshots(self, key: str, progress: Part) -> tuple[FlowSnapshot, ...]:
        """Return the final pictures of a problem's lanes; trains if nothing is known.

        Raises:
            FmvizError: it cannot be learned or kept; the same again for whoever asks next.
        """
        if key in self._failures:
            raise self._failures[key]
        if key not in self._known:
            try:
                self._known[key] = self._learn(key, progress)
            except FmvizError as error:
                self._failures[key] = error
                raise
        return tuple(lane.snapshot for lane in self._known[key] if lane.snapshot is not None)

    def pairs(self, key: str, size: int) -> tuple[Pairs, ...]:
        """Return a batch of so many pairs of each lane."""
        from fmviz.flow.batch_pairs import pool_of

        project, pool = self.project(key), pool_of(self.project(key))
        return tuple(pool.batch(config.coupling, size) for config in project.lanes)

    def best_pairs(self, key: str, size: int) -> tuple[tuple[Pairs, ...], str]:
        """Return the same beside the best pairing there is, which takes seconds, and of what that one is the best."""
        from fmviz.flow.batch_pairs import POOL, batch_pairs, pool_of

        project = self.project(key)
        pairs = patiently(lambda: batch_pairs(project, size))
        return pairs, "the whole clouds" if pool_of(project).has_whole_clouds else f"{POOL:,} points of each"

    def _learn(self, key: str, progress: Part) -> tuple[LearnedLane, ...]:
        from fmviz.commandline.learning import learn_under, repeatable

        path = self._folder / file_of(key)
        self._record.check([path.name])
        lanes = tuple(repeatable(lane) for lane in learn_under(progress, self.project(key)).lanes)
        with writing(path), calm():
            save_project(path, ProjectFile(self.project(key), lanes))
        self._record.add(entry_of(self._folder, path.name, problem_print(self.project(key)), (path.name,)))
        # As the file holds it, less precise by some bits: the next run draws the same pixels.
        return load_project(path).lanes

    def _kept(self, key: str) -> tuple[LearnedLane, ...] | None:
        """Return what the folder's file has learned of just this problem."""
        try:
            file = load_project(self._folder / file_of(key))
        except FmvizError:
            return None
        is_same = problem_print(file.project) == problem_print(self.project(key))
        return file.lanes if is_same and _is_learned(file.lanes) else None


def file_of(key: str) -> str:
    """Return the name of the file in which a problem's flow is kept."""
    return f"{key}{PROJECT_SUFFIX}"


def _is_learned(lanes: tuple[LearnedLane, ...]) -> bool:
    return all(lane.snapshot is not None for lane in lanes)
