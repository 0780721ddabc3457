"""What a gallery's folder holds already, so that a second run makes only what is missing: one JSON file in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fmviz import __version__
from fmviz.commandline.output import writing
from fmviz.core.atomic import open_ordinary, refusal, whole_file
from fmviz.core.errors import ExportError, FmvizError
from fmviz.core.project import Project
from fmviz.core.project_settings import encode_project, from_json, known_keys, listing, mapping, text, to_json, whole

RECORD = "gallery.json"
_LARGEST_FILE = 1_000_000
_LONGEST_PRINT = 64


@dataclass(frozen=True)
class Entry:
    """A figure, or a learned flow, that is there.

    Args:
        key: the key of a figure, the file of a flow.
        print: `fingerprint` of all that it was made from.
        files: the size in bytes of each of its files, by name; the first is the one to show.
        sentence: what is true of it, "" for a flow.
    """

    key: str
    print: str
    files: Mapping[str, int]
    sentence: str = ""

    def is_whole(self, folder: Path) -> bool:
        """Whether its files are there as they were written."""
        return all((folder / name).is_file() and (folder / name).stat().st_size == size
                   for name, size in self.files.items())


class Record:
    """The entries of one folder by key; each change is on the disk at once.

    Raises:
        ExportError: the folder's record cannot be read, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries = {entry.key: entry for entry in _read(folder / RECORD)}

    @property
    def is_new(self) -> bool:
        """Whether no gallery has been here yet."""
        return not os.path.lexists(self._folder / RECORD)

    def find(self, key: str, fingerprint: str) -> Entry | None:
        """Return the entry if it was made from the same and its files are there."""
        entry = self._entries.get(key)
        is_same = entry is not None and entry.print == fingerprint and entry.is_whole(self._folder)
        return entry if is_same else None

    def add(self, *entries: Entry) -> None:
        """Write entries down, instead of older ones of their keys; none still says that a gallery is here.

        Raises:
            ExportError: the record cannot be written.
        """
        self._entries.update((entry.key, entry) for entry in entries)
        path = self._folder / RECORD
        with writing(path), whole_file(path) as file:
            file.write(to_json({"entries": [asdict(each) for each in self._entries.values()]}))


def entry_of(folder: Path, key: str, fingerprint: str, names: Iterable[str], sentence: str = "") -> Entry:
    """Return the entry of files that have just been written."""
    return Entry(key, fingerprint, {name: (folder / name).stat().st_size for name in names}, sentence)


def fingerprint(project: Project, *more: object) -> str:
    """Return a short text that differs where a figure could differ: clouds, settings, look, `more`, this version."""
    plain = encode_project(project)
    for looks_only in ("export", "scenes"):
        del plain[looks_only]
    digest = hashlib.sha256(to_json({"project": plain, "more": [str(each) for each in more], "fmviz": __version__}))
    for cloud in (project.source.cloud, project.target.cloud):
        if cloud is not None:
            digest.update(cloud.xy.tobytes())
            digest.update(b"" if cloud.weights is None else cloud.weights.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> list[Entry]:
    if not os.path.lexists(path):
        return []
    try:
        with open_ordinary(path) as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise ExportError("it is far too large")
        value = from_json(data)
        known_keys(value, ("entries",), "the file")
        return [_decoded(mapping(entry, "an entry")) for entry in listing(value.get("entries"), "entries")]
    except OSError as error:
        raise ExportError(f"The record {path} cannot be read: {refusal(error)}.") from error
    except FmvizError as error:
        reason = str(error).rstrip(".")
        raise ExportError(f"The record {path} is damaged ({reason}); remove it to make every figure again.") from error


def _decoded(value: Mapping[str, Any]) -> Entry:
    known_keys(value, ("key", "print", "files", "sentence"), "an entry")
    key, made_from = text(value.get("key"), "a key"), text(value.get("print"), "a print")
    files = {name: whole(size, "a size") for name, size in mapping(value.get("files"), "files").items()}
    if not files or len(made_from) > _LONGEST_PRINT or any(Path(name).name != name for name in files):
        raise ExportError(f"the entry {key[:40]!r} names no files of this folder")
    return Entry(key, made_from, files, text(value.get("sentence", ""), "a sentence"))
