"""The bytes of a person's file, whole or not at all: from a path or a stream, unpacked if gzip packed them.

Owns the caps: what is read, and what it may grow to.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fmviz.core.atomic import open_ordinary, refusal
from fmviz.core.errors import CloudError, quoted

# 200,000 rows of twelve long numbers take 31 MB; no more than this is ever read or unpacked.
MOST_BYTES = 64 * 2**20
# Enough rows for a first look at any table.
GLANCE_BYTES = 2**18
_GZIP = b"\x1f\x8b"

Source = str | Path | BinaryIO


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Args:
        name: the file's name, for the person.
        data: its bytes, unpacked.
        is_whole: False if the rest was left unread, for a first look.
    """

    name: str
    data: bytes
    is_whole: bool = True


def read_source(source: Source, is_glance: bool = False) -> Content:
    """Return what a file or a stream holds.

    Args:
        is_glance: the beginning of a large text is enough.
    Raises:
        CloudError: it cannot be read, is empty, or is too large.
    """
    if isinstance(source, (str, Path)):
        # A name that is no proper text could not be shown or saved.
        name = os.fsencode(Path(source).name).decode("utf-8", errors="replace")
        try:
            with open_ordinary(source) as file:
                size = os.fstat(file.fileno()).st_size
                if size > MOST_BYTES:
                    raise _too_large(name, f"{size / 1e6:,.0f} MB")
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise CloudError(f"The file {quoted(source)} could not be read: {refusal(error)}.") from error
    else:
        name = Path(getattr(source, "name", "") or "").name if isinstance(getattr(source, "name", ""), str) else ""
        name = "standard input" if name in ("", "<stdin>") else name
        try:
            data = source.read(MOST_BYTES + 1)
        except OSError as error:
            raise CloudError(f"{quoted(name)} could not be read: {refusal(error)}.") from error
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
        name = name.removesuffix(".gz")
    if len(data) > MOST_BYTES:
        raise _too_large(name, f"more than {MOST_BYTES / 1e6:.0f} MB")
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
                raise _too_large(name, f"more than {MOST_BYTES / 1e6:.0f} MB when unpacked")
            if not member.eof:
                raise CloudError(f"The packed file {quoted(name)} ends in the middle; copy it again.")
            data = member.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise CloudError(f"The packed file {quoted(name)} is damaged; copy it again or unpack it yourself.") from error
    return b"".join(pieces)


def _too_large(name: str, size: str) -> CloudError:
    return CloudError(f"The file {quoted(name)} has {size}; 200,000 points, the most that can be used, need less than "
                      f"{MOST_BYTES / 1e6:.0f} MB: thin it out.")
