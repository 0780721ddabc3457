"""The bytes of a person's file, whole or not at all: from a path or a stream, unpacked if gzip packed them.

Owns the caps: what is read, and what it may grow to. Every reader of points and pictures opens its file here.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fmviz.core.errors import CloudError, quoted, why_refused
from fmviz.files.atomic import open_ordinary

# 200,000 rows of twelve long numbers take 31 MB; no more than this is ever read or unpacked.
MOST_BYTES = 64 * 2**20
# Enough to tell what a file is.
_HEAD_BYTES = 1024
_GZIP = b"\x1f\x8b"
_THIN_OUT = "thin it out; 200,000 points are the most that can be used"

Source = str | Path | BinaryIO
_MAGIC = b"PK\x03\x04"
_END = b"PK\x05\x06"
# The end record and the longest comment behind it.
_END_REACH = 22 + 65_535
_LARGEST_DIRECTORY = 2**20
# What tables can be.
READABLE = "text (.csv, .tsv, .txt), a workbook (.xlsx, .ods) or arrays (.npy, .npz)"
_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
           OverflowError, OSError)


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Args:
        name: the file's name, for the person.
        data: its bytes, unpacked.
    """

    name: str
    data: bytes


def typed_path(text: str) -> Path:
    """Return the path that a person has typed, with ~ for the home folder."""
    return Path(os.path.expanduser(text))  # that of Path raises for ~somebody who does not exist


def shown_name(path: str | Path) -> str:
    """Return a file's name as proper text, which others could not be shown or saved as."""
    return os.fsencode(Path(path).name).decode("utf-8", errors="replace")


def file_bytes(path: str | Path, most: int, remedy: str) -> bytes:
    """Return what is in an ordinary file of at most `most` bytes.

    Args:
        remedy: what to do with a larger one.
    Raises:
        CloudError: it cannot be read, is empty or larger.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise _too_large(shown_name(path), f"{size / 1e6:,.0f} MB", most, remedy)
        data = file.read(most + 1)
    if not data:
        raise CloudError(f"The file {quoted(path)} is empty; choose another one.")
    return data


def head_of(path: str | Path) -> bytes:
    """Return the first bytes of an ordinary file, enough to tell what it is.

    Raises:
        CloudError: it cannot be read.
    """
    with _opened(path) as file:
        return file.read(_HEAD_BYTES)


def read_source(source: Source) -> Content:
    """Return what a file or a stream holds.

    Raises:
        CloudError: it cannot be read, is empty, or is too large.
    """
    if isinstance(source, (str, Path)):
        name, data = shown_name(source), file_bytes(source, MOST_BYTES, _THIN_OUT)
    else:
        name = Path(getattr(source, "name", "") or "").name if isinstance(getattr(source, "name", ""), str) else ""
        name = "standard input" if name in ("", "<stdin>") else name
        try:
            data = source.read(MOST_BYTES + 1)
        except OSError as error:
            raise CloudError(f"{quoted(name)} could not be read: {why_refused(error)}.") from error
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
        name = name.removesuffix(".gz")
        if data.startswith(_GZIP):
            raise CloudError(f"The file {quoted(name)} is packed twice; unpack it once yourself.")
    if len(data) > MOST_BYTES:
        raise _too_large(name, f"more than {MOST_BYTES / 1e6:.0f} MB", MOST_BYTES, _THIN_OUT)
    if not data.strip():
        raise CloudError(f"The file {quoted(name)} is empty; it should hold at least two points.")
    return Content(name, data)


def _unpacked(data: bytes, name: str) -> bytes:
    """Return what gzip packed, all its members; never more than one byte above the cap."""
    pieces, total = [], 0
    try:
        while data:
            member = zlib.decompressobj(wbits=31)
            pieces.append(member.decompress(data, MOST_BYTES + 1 - total))
            total += len(pieces[-1])
            if total > MOST_BYTES:
                raise _too_large(name, f"more than {MOST_BYTES / 1e6:.0f} MB when unpacked", MOST_BYTES, _THIN_OUT)
            if not member.eof:
                raise CloudError(f"The packed file {quoted(name)} ends in the middle; copy it again.")
            data = member.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise CloudError(f"The packed file {quoted(name)} is damaged; copy it again or unpack it yourself.") from error
    return b"".join(pieces)


@contextmanager
def _opened(path: str | Path) -> Iterator[BinaryIO]:
    """Open an ordinary file; what the system refuses, also while it is read, becomes a CloudError."""
    try:
        with open_ordinary(path) as file:
            yield file
    except OSError as error:
        raise CloudError(f"The file {quoted(path)} could not be read: {why_refused(error)}.") from error


def _too_large(name: str, size: str, most: int, remedy: str) -> CloudError:
    return CloudError(f"The file {quoted(name)} has {size}; at most {most / 1e6:,.0f} MB are read: {remedy}.")


class Archive:
    """The members of a zip in memory.

    Raises:
        CloudError: it is damaged, or its directory is larger than that of any table.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        end = data.rfind(_END, max(0, len(data) - _END_REACH))
        if end < 0 or len(data) < end + 22:
            raise self._damaged()
        if int.from_bytes(data[end + 12:end + 16], "little") > _LARGEST_DIRECTORY:
            raise CloudError(f"The file {quoted(name)} holds too many parts to be a table; save its points as .csv.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _ERRORS as error:
            raise self._damaged() from error
        self.members = tuple(self._zip.namelist())

    def read(self, member: str, most: int = MOST_BYTES) -> bytes:
        """Return a member, unpacked.

        Raises:
            CloudError: it is damaged, locked, or larger than `most` bytes.
        """
        try:
            with self._zip.open(member) as file:
                data = file.read(most + 1)
        except _ERRORS as error:
            raise self._damaged() from error
        if len(data) > most:
            raise CloudError(f"The file {quoted(self._name)} has more than {most / 1e6:.0f} MB when unpacked; 200,000 "
                             "points, the most that can be used, need less: thin it out.")
        return data

    def _damaged(self) -> CloudError:
        return CloudError(f"The file {quoted(self._name)} is damaged or locked; save it again, without a password, as "
                          f"one of these: {READABLE}.")


def is_archive(data: bytes) -> bool:
    """Return whether this is a zip."""
    return data.startswith(_MAGIC)
