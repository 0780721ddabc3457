"""A zip that may be hostile: its directory is bounded before it is read, its members while they are unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from fmviz.core.errors import CloudError, quoted
from fmviz.files.source import MOST_BYTES

_MAGIC = b"PK\x03\x04"
_END = b"PK\x05\x06"
# The end record and the longest comment behind it.
_END_REACH = 22 + 65_535
_LARGEST_DIRECTORY = 2**20
# What tables can be.
READABLE = "text (.csv, .tsv, .txt), a workbook (.xlsx, .ods) or arrays (.npy, .npz)"
_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
           OverflowError, OSError)


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
