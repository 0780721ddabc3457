"""The `.fmviz` file: a zip of settings, clouds, weights and pictures. Written whole or not at all, read likewise.

    project.json            format, schema number, settings (names and colours of lanes from schema 4 on), the plain
                            values of each lane's picture
    source.npy, target.npy  the points of finite clouds; source.weights.npy and target.weights.npy, source.labels.npy
                            and target.labels.npy if they have any
    lane0.safetensors       the weights of a lane
    lane0.picture.safetensors   its newest snapshot
    lane0.kept.safetensors  its weights at earlier training steps, half as precise (from schema 2 on)
    lane0.pairs.safetensors the batches of pairs that scenes show (from schema 3 on)
    other0...               likewise what was learned from other clouds or settings, and those clouds (from schema 3 on)

Nothing in it can run: no pickle, no code. The same project gives the same bytes. This module alone knows the
container; `project_settings` knows the settings, `snapshot_codec` the arrays.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from fmviz.core.cloud import MAX_POINTS, Labels, PointCloud
from fmviz.core.config import Sampling
from fmviz.core.errors import FmvizError, ProjectError, quoted, why_refused
from fmviz.core.kept import MOST_SAVED, MOST_SAVED_BYTES, thinned_steps
from fmviz.core.lanes import MAX_LANES
from fmviz.core.project import MOST_OTHERS, SIDES, LearnedLane, Project
from fmviz.files.atomic import open_ordinary, whole_file
from fmviz.files.npy import read_numbers, to_bytes
from fmviz.files.project_settings import (
    cloud_of,
    decode_origin,
    decode_project,
    encode_origin,
    encode_project,
    flag,
    from_json,
    known_keys,
    listing,
    mapping,
    text,
    to_json,
)
from fmviz.files.snapshot_codec import (
    MOST_BATCHES,
    decode_batches,
    decode_kept,
    decode_snapshot,
    decode_weights,
    encode_batches,
    encode_kept,
    encode_snapshot,
    encode_weights,
)

PROJECT_SUFFIX = ".fmviz"
FORMAT = "fmviz"
SCHEMA = 4

_SETTINGS = "project.json"
_MEGABYTE = 2**20
# The largest that each part can be: the widest and deepest network has 34 MB of weights, 200,000 points 1.6 MB.
_CLOUD_BYTES = MAX_POINTS * 2 * 8 + 1024
_OTHERS = tuple(f"other{number}" for number in range(MOST_OTHERS))
# Of annotations a project holds 1,000 with 20,000 places, which take 3 MB.
_SETTINGS_BYTES = 4 * _MEGABYTE
_CLOUDS = (*SIDES, *(f"{name}.{side}" for name in _OTHERS for side in SIDES))
_LEARNED = (*(f"lane{lane}" for lane in range(MAX_LANES)), *_OTHERS)
_LIMITS = {
    _SETTINGS: _SETTINGS_BYTES,
    **{f"{cloud}.npy": _CLOUD_BYTES for cloud in _CLOUDS},
    **{f"{cloud}.weights.npy": _CLOUD_BYTES for cloud in _CLOUDS},
    **{f"{cloud}.labels.npy": _CLOUD_BYTES for cloud in _CLOUDS},
    **{f"{name}.safetensors": 64 * _MEGABYTE for name in _LEARNED},
    **{f"{name}.picture.safetensors": 32 * _MEGABYTE for name in _LEARNED},
    **{f"{name}.kept.safetensors": 64 * _MEGABYTE for name in _LEARNED},
    **{f"{name}.pairs.safetensors": 4 * _MEGABYTE for name in _LEARNED},
}
# All of them together: four lanes of the largest network, with the two steps that are kept of it, take 272 MB, the
# newest weights and the pictures of twelve others 450 MB, and their clouds 154 MB. Reading takes one part more.
_MOST_BYTES = 912 * _MEGABYTE
_RESERVE_BYTES = 592 * _MEGABYTE
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
    """What a file holds: the project, for each of its lanes what it has learned, and behind these what others have."""

    project: Project
    learned: tuple[LearnedLane, ...]

    def __post_init__(self) -> None:
        if len(self.lanes) != len(self.project.lanes) or any(lane.origin is not None for lane in self.lanes):
            raise ProjectError(f"The project has {len(self.project.lanes)} panes, but {len(self.lanes)} are learned.")
        if len(self.others) > MOST_OTHERS or any(other.origin is None for other in self.others):
            raise ProjectError(f"Beside the project's panes {len(self.others)} others are learned; at most "
                               f"{MOST_OTHERS} can be kept, each with its clouds and settings.")

    @property
    def lanes(self) -> tuple[LearnedLane, ...]:
        """What each lane of the project has learned."""
        return self.learned[: len(self.project.lanes)]

    @property
    def others(self) -> tuple[LearnedLane, ...]:
        """What was learned from other clouds or settings, or by lanes that the project does not show."""
        return self.learned[len(self.project.lanes):]


def save_project(path: str | Path, file: ProjectFile) -> None:
    """Write `file` to `path`; on any failure the old file stays as it was and nothing is left beside it.

    Raises:
        ProjectError: the place cannot be written, the disk is full.
    """
    parts = encode_parts(file)
    try:
        with whole_file(path) as stream:
            _write_zip(stream, parts)
    except OSError as error:
        raise ProjectError(f"The project {str(path)!r} could not be saved: {why_refused(error)} (what was there before "
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
        raise ProjectError(f"The project {str(path)!r} could not be opened: {why_refused(error)}.") from error
    except _TooNew as error:
        raise ProjectError(f"The project {str(path)!r} was saved by a newer fmviz (file format {error}; this one reads "
                           f"up to {SCHEMA}); update fmviz to open it.") from error
    except FmvizError as error:
        raise ProjectError(f"The project {str(path)!r} is damaged or no .fmviz file: {str(error).rstrip('.')}; "
                           "take another copy of it.") from error


class _TooNew(Exception):
    """The file's schema is above ours; the message is its number."""


def encode_parts(file: ProjectFile) -> dict[str, bytes]:
    """Return the parts of the zip, by name, in order; reads immutable values only, so that any thread can call it."""
    project, parts = file.project, dict[str, bytes]()
    clouds: dict[PointCloud, str] = {}
    for which, side in zip(SIDES, (project.source, project.target), strict=True):
        if side.cloud is not None:
            _put_cloud(parts, clouds, which, side.cloud)
    named = {scene.step for scene in project.scenes if scene.step >= 0}
    pictures = [_put_learned(parts, f"lane{index}", lane, named) for index, lane in enumerate(file.lanes)]
    others = []
    for name, other in zip(_OTHERS, file.others, strict=False):
        origin = other.origin
        assert origin is not None
        points = {which: _put_cloud(parts, clouds, f"{name}.{which}", side.cloud)
                  for which, side in zip(SIDES, (origin.source, origin.target), strict=True) if side.cloud is not None}
        others.append({**_put_learned(parts, name, other, named), "origin": encode_origin(origin, points)})
    settings = {"format": FORMAT, "schema": SCHEMA, "project": encode_project(project), "learned": pictures,
                "others": others}
    return {_SETTINGS: to_json(settings), **parts}


def _put_cloud(parts: dict[str, bytes], clouds: dict[PointCloud, str], name: str, cloud: PointCloud) -> str:
    """Put a cloud in, unless it is there already; return the name of its part."""
    if cloud not in clouds:
        clouds[cloud] = name
        parts[f"{name}.npy"] = to_bytes(cloud.xy)
        if cloud.weights is not None:
            parts[f"{name}.weights.npy"] = to_bytes(cloud.weights)
        if cloud.labels is not None:
            parts[f"{name}.labels.npy"] = to_bytes(cloud.labels.codes)
    return clouds[cloud]


def _put_learned(parts: dict[str, bytes], name: str, lane: LearnedLane, named: Collection[int]) -> dict[str, Any]:
    """Put in what a lane has learned; return its plain values."""
    picture = None
    if lane.weights is not None:
        parts[f"{name}.safetensors"] = encode_weights(lane.weights)
    if lane.snapshot is not None:
        picture, parts[f"{name}.picture.safetensors"] = encode_snapshot(lane.snapshot)
    kept = encode_kept(thinned_steps(lane.kept, MOST_SAVED, 2 * MOST_SAVED_BYTES, named)) if lane.kept else b""
    # Only of others of the largest networks is there no room for them.
    has_kept = bool(kept) and sum(map(len, parts.values())) + len(kept) <= _MOST_BYTES - _RESERVE_BYTES
    if has_kept:
        parts[f"{name}.kept.safetensors"] = kept
    plain: dict[str, Any] = {"has_weights": lane.weights is not None, "picture": picture, "has_kept": has_kept}
    if lane.batches:
        plain["batches"], parts[f"{name}.pairs.safetensors"] = encode_batches(lane.batches[:MOST_BATCHES])
    return plain


def _decode(left: dict[str, bytes]) -> ProjectFile:
    """Return what the parts say; every part must be there, and nothing else. Each goes when it has been read."""
    settings = from_json(_taken(left, _SETTINGS))
    if settings.get("format") != FORMAT:
        raise ProjectError(f"its settings do not begin with the format {FORMAT!r}")
    schema = settings.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ProjectError("it has no schema number")
    if schema > SCHEMA:
        raise _TooNew(str(schema)[:20])
    known_keys(settings, ("format", "schema", "project", "learned", "others"), "the file")
    value = mapping(settings.get("project"), "the project")
    clouds = {which: cloud for which in SIDES if (cloud := _cloud(value, which, which, left))}
    project = decode_project(value, clouds)
    lanes = listing(settings.get("learned"), "what was learned")
    if len(lanes) != len(project.lanes):
        raise ProjectError(f"it has {len(project.lanes)} panes and has learned {len(lanes)}")
    learned = [_lane(f"lane{index}", index, project.lanes[index].sampling, mapping(lane, "a pane"), left)
               for index, lane in enumerate(lanes)]
    # Up to schema 2 nothing was kept beside the lanes.
    others = listing(settings.get("others", []), "what others have learned")
    if len(others) > MOST_OTHERS:
        raise ProjectError(f"beside its panes {len(others)} others have learned")
    learned += [_other(name, mapping(other, "what another pane has learned"), clouds, left)
                for name, other in zip(_OTHERS, others, strict=False)]
    if left:
        raise ProjectError(f"its settings do not mention the part {next(iter(left))}")
    return ProjectFile(project, tuple(learned))


def _cloud(sides: dict[str, Any], which: str, name: str, left: dict[str, bytes]) -> PointCloud | None:
    """Return the cloud of one of two sides from the part `name`, or None if the side is a shape."""
    cloud = cloud_of(sides, which)
    if cloud is None:
        return None
    title, is_weighted, labels = cloud
    try:
        points = read_numbers(_taken(left, f"{name}.npy"))
        weights = read_numbers(_taken(left, f"{name}.weights.npy")) if is_weighted else None
        codes = read_numbers(_taken(left, f"{name}.labels.npy")) if labels is not None else None
    except ValueError as error:
        raise ProjectError(f"the points of the {which} cannot be read ({error})") from error
    return PointCloud(points, weights, title, None if codes is None or labels is None else Labels(codes, labels))


def _lane(name: str, index: int, sampling: Sampling, value: dict[str, Any], left: dict[str, bytes]) -> LearnedLane:
    known_keys(value, ("has_weights", "picture", "has_kept", "batches"), "a pane")
    weights = snapshot = None
    if flag(value.get("has_weights"), "has_weights"):
        weights = decode_weights(_taken(left, f"{name}.safetensors"))
    if value.get("picture") is not None:
        snapshot = decode_snapshot(mapping(value["picture"], "a picture"), _taken(left, f"{name}.picture.safetensors"),
                                   index, sampling)
    kept = decode_kept(_taken(left, f"{name}.kept.safetensors")) if flag(value.get("has_kept", False),
                                                                         "has_kept") else ()
    batches = decode_batches(value["batches"], _taken(left, f"{name}.pairs.safetensors")) if "batches" in value else ()
    return LearnedLane(weights, snapshot, kept, batches=batches)


def _other(name: str, value: dict[str, Any], clouds: dict[str, PointCloud], left: dict[str, bytes]) -> LearnedLane:
    """Return what another lane has learned; `clouds` are those read so far, by the name of their part."""
    plain = dict(value)
    given = mapping(plain.pop("origin", None), "the origin of what was learned")
    places = mapping(given.get("points"), "the places of points")
    known_keys(places, SIDES, "the places of points")
    own: dict[str, PointCloud] = {}
    for which, place in places.items():
        part = text(place, "the place of points")
        if part not in clouds and part == f"{name}.{which}" and (cloud := _cloud(given, which, part, left)):
            clouds[part] = cloud
        if part not in clouds:
            raise ProjectError(f"its points {quoted(part)} are missing")
        own[which] = clouds[part]
    origin = decode_origin(given, own)
    if origin.lane >= MAX_LANES:
        raise ProjectError(f"something was learned by a lane with the number {origin.lane}")
    return replace(_lane(name, origin.lane, origin.config.sampling, plain, left), origin=origin)


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
