"""The problems that a gallery shows, and what is learned of them: from the file given, from the folder, or by training.

Each is learned at most once, when the first figure needs it; what is learned is kept in the folder as a project that
the window opens. If it cannot be learned, each figure that needs it fails with the same sentence. One JSON file in the
folder says what it holds already, so that a second run makes only what is missing, and what the gallery has written,
so that what somebody else has changed or put there is never replaced.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fmviz import __version__
from fmviz.commandline.output import calm, patiently, write_whole, writing
from fmviz.commandline.problem import Problem, drawn_of
from fmviz.commandline.progress import ProgressPart
from fmviz.core import models
from fmviz.core.cloud import Side
from fmviz.core.errors import ExportError, FmvizError, why_refused
from fmviz.core.frames import FlowSnapshot, Pairs
from fmviz.core.project import SIDES, LearnedFlow, LearnedLane, Project
from fmviz.core.style import Style
from fmviz.core.wanted import Wanted, wanted_for
from fmviz.files.atomic import open_ordinary, placing
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, load_project, save_project
from fmviz.files.project_settings import encode_project, json_file, known_keys, listing, mapping, text, to_json

RECORD = "gallery.json"
# The last ones that were written under a name: who is killed before a move leaves the one before.
_MOST_HASHES = 4
FLOW, NORMALIZING, PAIRING, PILES = "flow", "normalizing", "pairing", "piles"
# Those of which something is learned.
LEARNED = (FLOW, NORMALIZING, PILES)


@dataclass(frozen=True)
class Entry:
    """A figure, or a learned flow, that is there.

    Args:
        key: the key of a figure, the file of a flow.
        print: `fingerprint` of all that it was made from.
        files: the SHA-256 of each of its files, by name; the first is the one to show.
        sentence: what is true of it, "" for a flow.
    """

    key: str
    print: str
    files: Mapping[str, str]
    sentence: str = ""

    def is_whole(self, folder: Path) -> bool:
        """Whether its files are there as they were written."""
        return all(hash_of(folder / name) == digest for name, digest in self.files.items())


class Record:
    """The entries of one folder by key; each change is on the disk at once.

    Raises:
        ExportError: the folder's record cannot be read, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        entries, self._written = _read(folder / RECORD)
        self._entries = {entry.key: entry for entry in entries}

    @property
    def is_new(self) -> bool:
        """Whether no gallery has been here yet."""
        return not os.path.lexists(self._folder / RECORD)

    def find(self, key: str, fingerprint: str | None = None) -> Entry | None:
        """Return the entry if its files are there as they were written, made from the same if a print is given."""
        entry = self._entries.get(key)
        is_same = entry is not None and fingerprint in (None, entry.print) and entry.is_whole(self._folder)
        return entry if is_same else None

    def add(self, *entries: Entry) -> None:
        """Write entries down, instead of older ones of their keys; none still says that a gallery is here.

        Raises:
            ExportError: the record cannot be written.
        """
        self._entries.update((entry.key, entry) for entry in entries)
        self._write()

    def check(self, names: Iterable[str]) -> None:
        """Make sure that files may be written: each is missing, or as the gallery left it.

        Raises:
            ExportError: somebody has changed one, or put it there.
        """
        for name in names:
            path = self._folder / name
            if os.path.lexists(path) and hash_of(path) not in self._written.get(name, ()):
                raise ExportError(f"{str(path)!r} is not as the gallery left it, so it stays; move it away to have a "
                                  "new one, or choose another folder.")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Write down each file of the folder that is written in the block, and refuse one that `check` refuses."""
        before = placing.set(self._take)
        try:
            yield
        finally:
            placing.reset(before)

    def _take(self, part: Path, place: Path) -> None:
        name = place.name
        if place.parent != self._folder.resolve() or name == RECORD:
            return
        self.check([name])
        kept = self._written.get(name, [])[1 - _MOST_HASHES:]
        self._written[name] = [*kept, hash_of(part) or ""]
        self._write()

    def _write(self) -> None:
        write_whole(self._folder / RECORD, to_json({"entries": [asdict(each) for each in self._entries.values()],
                                                    "written": self._written}))


def entry_of(folder: Path, key: str, fingerprint: str, names: Iterable[str], sentence: str = "") -> Entry:
    """Return the entry of files that have just been written.

    Raises:
        OSError: one of them cannot be read.
    """
    return Entry(key, fingerprint, {name: hash_of(folder / name) or "" for name in names}, sentence)


def fingerprint(*made_from: object) -> str:
    """Return a short text that differs where what a figure is made from, or this version of the program, differs."""
    digest = hashlib.sha256(__version__.encode())
    for part in made_from:
        data = part if isinstance(part, bytes) else repr(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def problem_print(project: Project) -> str:
    """Return the fingerprint of what is learned: clouds and lanes, not how they are shown."""
    clouds = (cloud for cloud in (project.source.cloud, project.target.cloud) if cloud is not None)
    points = [part.tobytes() for cloud in clouds for part in (cloud.xy, cloud.weights) if part is not None]
    plain = encode_project(project)
    return fingerprint(*(to_json({part: plain[part]}) for part in SIDES), *map(repr, project.lanes),
                       *points)


def hash_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None if there is none."""
    try:
        with open_ordinary(path) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def _read(path: Path) -> tuple[list[Entry], dict[str, list[str]]]:
    """Return the entries, and the hashes of what was written by name."""
    if not os.path.lexists(path):
        return [], {}
    try:
        value = json_file(path)
        known_keys(value, ("entries", "written"), "the file")
        entries = [_decoded(mapping(entry, "an entry")) for entry in listing(value.get("entries"), "entries")]
        # The first galleries wrote down their figures only.
        written = {name: [digest] for entry in entries for name, digest in entry.files.items()}
        for name, hashes in mapping(value.get("written", {}), "what was written").items():
            written[name] = [text(digest, "a hash") for digest in listing(hashes, "hashes")]
        return entries, written
    except OSError as error:
        raise ExportError(f"The record {path} cannot be read: {why_refused(error)}.") from error
    except FmvizError as error:
        reason = str(error).rstrip(".")
        raise ExportError(f"The record {path} is damaged ({reason}); remove it to make every figure again.") from error


def _decoded(value: Mapping[str, Any]) -> Entry:
    known_keys(value, ("key", "print", "files", "sentence"), "an entry")
    key, made_from = text(value.get("key"), "a key"), text(value.get("print"), "a print")
    files = {name: text(digest, "a hash") for name, digest in mapping(value.get("files"), "files").items()}
    if not files or any(Path(name).name != name for name in files):
        raise ExportError(f"the entry {key[:40]!r} names no files of this folder")
    return Entry(key, made_from, files, text(value.get("sentence", ""), "a sentence"))


def problems_of(problem: Problem, has_clouds: bool) -> dict[str, Problem]:
    """Return the problems by key.

    Args:
        problem: what was asked for, with one lane for each coupling.
        has_clouds: whether the user chose clouds; if not, they are the article's: a Gaussian becomes two moons, and 8
            Gaussians are paired with two moons.
    """
    def usual(source: str, target: str) -> Problem:
        project = replace(problem.project, source=Side(shape=source), target=Side(shape=target))
        return Problem(project, tuple(LearnedLane() for _ in problem.learned))

    shown = problem if has_clouds else usual("gaussian", "moons")
    one_map = Project(shown.project.source, shown.project.target,
                      (replace(shown.project.lanes[0], model=models.NORMALIZING),), shown.project.style)
    return {
        FLOW: shown,
        NORMALIZING: Problem(one_map, (LearnedLane(),)),
        PAIRING: problem if has_clouds else usual("8gaussians", "moons"),
        PILES: usual("two-piles-left", "two-piles-right"),
    }


class Flows:
    """What is learned of each problem, in one folder.

    What the folder holds is used if it fits, changed since or not: its owner may have added scenes to it.
    """

    def __init__(self, folder: Path, record: Record, problems: Mapping[str, Problem]) -> None:
        self._folder, self._record, self._problems = folder, record, problems
        self._known: dict[str, tuple[LearnedLane, ...]] = {}
        for key, problem in problems.items():
            learned = drawn_of(problem) or self._kept(key)
            if learned is not None:
                self._known[key] = learned
        self._failures: dict[str, FmvizError] = {}
        self._beside: dict[tuple[str, int, Wanted], FlowSnapshot] = {}

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

    def learned(self, key: str, progress: ProgressPart) -> tuple[LearnedLane, ...]:
        """Return what the lanes of a problem have learned; trains if nothing is known.

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
        return self._known[key]

    def snapshots(self, key: str, progress: ProgressPart) -> tuple[FlowSnapshot, ...]:
        """Return the final pictures of a problem's lanes; raises what `learned` does."""
        return tuple(lane.snapshot for lane in self.learned(key, progress) if lane.snapshot is not None)

    def pictures(self, key: str, style: Style, progress: ProgressPart) -> tuple[FlowSnapshot, ...]:
        """Return the same with what a style shows that they do not hold, as far as that is known without a camera."""
        return tuple(self.picture(key, lane, style, progress) for lane in range(len(self.snapshots(key, progress))))

    def picture(self, key: str, lane: int, style: Style, progress: ProgressPart,
                only: float | None = None) -> FlowSnapshot:
        """Return one of them.

        Args:
            only: the one time at which it is shown, None for all.
        """
        from fmviz.commandline.learning import with_wanted

        learned = self.learned(key, progress)[lane]
        shown = self.snapshots(key, progress)[lane]
        wanted = wanted_for(shown, style, only=only)
        if learned.weights is None:
            return shown
        if (key, lane, wanted) not in self._beside:
            flow = LearnedFlow.of(self.project(key), lane, learned.weights)
            self._beside[key, lane, wanted] = with_wanted(flow, shown, wanted, progress=progress)
        return self._beside[key, lane, wanted]

    def pairs(self, key: str, size: int) -> tuple[Pairs, ...]:
        """Return a batch of so many pairs of each lane."""
        from fmviz.flow.batch_pairs import pool_of

        project, pool = self.project(key), pool_of(self.project(key))
        return tuple(pool.batch(config.coupling, size, config.batch_settings) for config in project.lanes)

    def best_pairs(self, key: str, size: int) -> tuple[tuple[Pairs, ...], str]:
        """Return the same beside the best pairing there is, which takes seconds, and of what that one is the best."""
        from fmviz.flow.batch_pairs import POOL, batch_pairs, pool_of

        project = self.project(key)
        pairs = patiently(lambda: batch_pairs(project, size))
        return pairs, "the whole clouds" if pool_of(project).has_whole_clouds else f"{POOL:,} points of each"

    def _learn(self, key: str, progress: ProgressPart) -> tuple[LearnedLane, ...]:
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
        return file.lanes if is_same and all(lane.snapshot is not None for lane in file.lanes) else None


def file_of(key: str) -> str:
    """Return the name of the file in which a problem's flow is kept."""
    return f"{key}{PROJECT_SUFFIX}"
