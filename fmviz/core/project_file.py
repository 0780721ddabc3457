"""The `.fmviz` file: a zip of settings, clouds, weights and pictures. Written whole or not at all, read likewise.

    project.json            format, schema number, settings, the plain values of each lane's picture
    source.npy, target.npy  the points of finite clouds; source.weights.npy and target.weights.npy, source.labels.npy
                            and target.labels.npy if they have any
    lane0.safetensors       the weights of a lane
    lane0.picture.safetensors   its newest snapshot
    lane0.kept.safetensors  its weights at earlier training steps, half as precise (from schema 2 on)

Nothing in it can run: no pickle, no code. The same project gives the same bytes. This module alone knows the
container; `project_settings` knows the settings, `snapshot_codec` the arrays.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fmviz.core.atomic import open_ordinary, refusal, whole_file
from fmviz.core.cloud import MAX_POINTS, Labels, PointCloud
from fmviz.core.errors import FmvizError, ProjectError, quoted
from fmviz.core.kept import MOST_SAVED, MOST_SAVED_BYTES, thinned_steps
from fmviz.core.npy import read_numbers, to_bytes
from fmviz.core.project import MAX_LANES, LearnedLane, Project
from fmviz.core.project_settings import (
    cloud_of,
    decode_project,
    encode_project,
    flag,
    from_json,
    known_keys,
    listing,
    mapping,
    to_json,
)
from fmviz.core.snapshot_codec import (
    decode_kept,
    decode_snapshot,
    decode_weights,
    encode_kept,
    encode_snapshot,
    encode_weights,
)

PROJECT_SUFFIX = ".fmviz"
FORMAT = "fmviz"
SCHEMA = 2

_SETTINGS = "project.json"
_SIDES = ("source", "target")
_MEGABYTE = 2**20
# The largest that each part can be: the widest and deepest network has 34 MB of weights, 200,000 points 1.6 MB.
_CLOUD_BYTES = MAX_POINTS * 2 * 8 + 1024
_LIMITS = {
    _SETTINGS: _MEGABYTE,
    **{f"{side}.npy": _CLOUD_BYTES for side in _SIDES},
    **{f"{side}.weights.npy": _CLOUD_BYTES for side in _SIDES},
    **{f"{side}.labels.npy": _CLOUD_BYTES for side in _SIDES},
    **{f"lane{lane}.safetensors": 64 * _MEGABYTE for lane in range(MAX_LANES)},
    **{f"lane{lane}.picture.safetensors": 32 * _MEGABYTE for lane in range(MAX_LANES)},
    **{f"lane{lane}.kept.safetensors": 64 * _MEGABYTE for lane in range(MAX_LANES)},
}
# All of them together: two lanes of the largest network, with the two steps that are kept of it, take 136 MB.
_MOST_BYTES = 160 * _MEGABYTE
# A zip's directory says where its parts are; zipfile reads all of it at once.
_END_BYTES, _LOCATOR_BYTES = 22, 20
_LARGEST_DIRECTORY = 64 * 2**10
# What zipfile raises for damaged, truncated, encrypted and exotic archives.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
               OverflowError)
# The earliest that a zip can hold: a date of writing would make equal projects differ.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class ProjectFile:
    """What a file holds: the project, and for each of its lanes what it has learned."""

    project: Project
    learned: tuple[LearnedLane, ...]

    def __post_init__(self) -> None:
        if len(self.learned) != len(self.project.lanes):
            raise ProjectError(f"The project has {len(self.project.lanes)} lanes, but {len(self.learned)} are learned.")


def save_project(path: str | Path, file: ProjectFile) -> None:
    """Write `file` to `path`; on any failure the old file stays as it was and nothing is left beside it.

    Raises:
        ProjectError: the place cannot be written, the disk is full.
    """
    parts = _encode(file)
    try:
        with whole_file(path) as stream:
            _write_zip(stream, parts)
    except OSError as error:
        raise ProjectError(f"The project {str(path)!r} could not be saved: {refusal(error)} (what was there before "
                           "is untouched).") from error


def load_project(path: str | Path) -> ProjectFile:
    """Read a project, whole or not at all.

    Raises:
        ProjectError: it is missing, unreadable, no project file, damaged, or from a newer fmviz.
    """
    try:
        with open_ordinary(path) as stream:
            parts = _read_zip(stream)
        return _decode(parts)
    except OSError as error:
        raise ProjectError(f"The project {str(path)!r} could not be opened: {refusal(error)}.") from error
    except _TooNew as error:
        raise ProjectError(f"The project {str(path)!r} was saved by a newer fmviz (file format {error}; this one reads "
                           f"up to {SCHEMA}); update fmviz to open it.") from error
    except FmvizError as error:
        raise ProjectError(f"The project {str(path)!r} is damaged or no .fmviz file: {str(error).rstrip('.')}; "
                           "take another copy of it.") from error


class _TooNew(Exception):
    """The file's schema is above ours; the message is its number."""


def _encode(file: ProjectFile) -> dict[str, bytes]:
    """Return the parts of the zip, by name, in order."""
    project, parts, pictures = file.project, dict[str, bytes](), list[dict[str, Any]]()
    for which, side in zip(_SIDES, (project.source, project.target), strict=True):
        if side.cloud is not None:
            parts[f"{which}.npy"] = to_bytes(side.cloud.xy)
            if side.cloud.weights is not None:
                parts[f"{which}.weights.npy"] = to_bytes(side.cloud.weights)
            if side.cloud.labels is not None:
                parts[f"{which}.labels.npy"] = to_bytes(side.cloud.labels.codes)
    named = {scene.step for scene in project.scenes if scene.step >= 0}
    for index, lane in enumerate(file.learned):
        picture = None
        if lane.weights is not None:
            parts[f"lane{index}.safetensors"] = encode_weights(lane.weights)
        if lane.snapshot is not None:
            picture, parts[f"lane{index}.picture.safetensors"] = encode_snapshot(lane.snapshot)
        kept = thinned_steps(lane.kept, MOST_SAVED, 2 * MOST_SAVED_BYTES, named)
        if kept:
            parts[f"lane{index}.kept.safetensors"] = encode_kept(kept)
        pictures.append({"has_weights": lane.weights is not None, "picture": picture, "has_kept": bool(kept)})
    settings = {"format": FORMAT, "schema": SCHEMA, "project": encode_project(project), "learned": pictures}
    return {_SETTINGS: to_json(settings), **parts}


def _decode(parts: dict[str, bytes]) -> ProjectFile:
    """Return what the parts say; every part must be there, and nothing else."""
    left = dict(parts)
    settings = from_json(_taken(left, _SETTINGS))
    if settings.get("format") != FORMAT:
        raise ProjectError(f"its settings do not begin with the format {FORMAT!r}")
    schema = settings.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ProjectError("it has no schema number")
    if schema > SCHEMA:
        raise _TooNew(str(schema)[:20])
    known_keys(settings, ("format", "schema", "project", "learned"), "the file")
    value = mapping(settings.get("project"), "the project")
    project = decode_project(value, {which: cloud for which in _SIDES if (cloud := _cloud(value, which, left))})
    lanes = listing(settings.get("learned"), "what was learned")
    if len(lanes) != len(project.lanes):
        raise ProjectError(f"it has {len(project.lanes)} lanes and has learned {len(lanes)}")
    learned = tuple(_lane(index, mapping(lane, "a lane"), left) for index, lane in enumerate(lanes))
    if left:
        raise ProjectError(f"its settings do not mention the part {next(iter(left))}")
    return ProjectFile(project, learned)


def _cloud(project: dict[str, Any], which: str, left: dict[str, bytes]) -> PointCloud | None:
    cloud = cloud_of(project, which)
    if cloud is None:
        return None
    name, is_weighted, labels = cloud
    try:
        points = read_numbers(_taken(left, f"{which}.npy"))
        weights = read_numbers(_taken(left, f"{which}.weights.npy")) if is_weighted else None
        codes = read_numbers(_taken(left, f"{which}.labels.npy")) if labels is not None else None
    except FmvizError:
        raise
    except ValueError as error:
        raise ProjectError(f"the points of the {which} cannot be read ({error})") from error
    return PointCloud(points, weights, name, None if codes is None or labels is None else Labels(codes, labels))


def _lane(index: int, value: dict[str, Any], left: dict[str, bytes]) -> LearnedLane:
    known_keys(value, ("has_weights", "picture", "has_kept"), "a lane")
    weights = snapshot = None
    if flag(value.get("has_weights"), "has_weights"):
        weights = decode_weights(_taken(left, f"lane{index}.safetensors"))
    if value.get("picture") is not None:
        snapshot = decode_snapshot(mapping(value["picture"], "a picture"),
                                   _taken(left, f"lane{index}.picture.safetensors"), index)
    kept = decode_kept(_taken(left, f"lane{index}.kept.safetensors")) if flag(value.get("has_kept", False),
                                                                               "has_kept") else ()
    return LearnedLane(weights, snapshot, kept)


def _taken(left: dict[str, bytes], name: str) -> bytes:
    """Take one part out of those that are left."""
    if name not in left:
        raise ProjectError(f"the part {name} is missing")
    return left.pop(name)


def _write_zip(stream: BinaryIO, parts: dict[str, bytes]) -> None:
    # Stored, not deflated: float arrays hardly shrink, and the bytes do not depend on zlib's version.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)


def _read_zip(stream: BinaryIO) -> dict[str, bytes]:
    """Return the parts, each read only after its name and its declared size have been checked.

    Raises:
        ProjectError: no zip, a damaged one, or one with parts that no project has.
    """
    parts: dict[str, bytes] = {}
    try:
        _check_directory(stream)
        with zipfile.ZipFile(stream) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
            if total > _MOST_BYTES:
                raise ProjectError(f"its parts would take {total:,} bytes")
            for entry in archive.infolist():
                name = entry.filename
                if name not in _LIMITS or name in parts:
                    raise ProjectError(f"it holds {quoted(name)}, which no project has, or has only once")
                if entry.file_size > _LIMITS[name]:
                    raise ProjectError(f"its part {name} would take {entry.file_size:,} bytes")
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ProjectError(f"its part {name} is packed in an unknown way")
                # zipfile stops at the declared size and then compares the checksum.
                parts[name] = archive.read(entry)
    except FmvizError:
        raise
    except _ZIP_ERRORS as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise ProjectError(f"its container cannot be read ({reason})") from error
    return parts


def _check_directory(stream: BinaryIO) -> None:
    """Check that the zip ends as those without a comment do, and that its directory is no larger than a project's.

    Raises:
        ProjectError: it is otherwise; half a million entries, which no project has, would take a gigabyte.
    """
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LOCATOR_BYTES - _END_BYTES))
    tail = stream.read()
    stream.seek(0)
    end = tail[-_END_BYTES:]
    if not end.startswith(b"PK\5\6") or not end.endswith(b"\0\0"):
        raise ProjectError("it is no zip, or is cut off")
    length = int.from_bytes(end[12:16], "little")
    if length > _LARGEST_DIRECTORY or tail.startswith(b"PK\6\7"):
        raise ProjectError(f"the list of its parts takes {length:,} bytes")
