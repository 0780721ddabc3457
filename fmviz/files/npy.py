"""Reading `.npy` bytes that may be wrong or hostile: the header is checked before anything is allocated.

Owns the format; what an array must look like, and the sentence for the user, are the callers'.
"""

from __future__ import annotations

import io
import math
import tokenize
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray


def _read_header_3(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Read a header of version 3, which is that of version 2 with names of fields in UTF-8."""
    shape, is_columnwise, dtype = np.lib.format.read_array_header_2_0(file)
    if dtype.names is not None:
        dtype.names = tuple(name.encode("latin-1").decode("utf-8") for name in dtype.names)
    return shape, is_columnwise, dtype


_READERS: dict[tuple[int, int], Callable[[BinaryIO], Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): _read_header_3}


@dataclass(frozen=True)
class Header:
    """What a `.npy` file says of itself; `start` is where its data begins, `size` the bytes that it needs."""

    shape: tuple[int, ...]
    is_columnwise: bool
    dtype: np.dtype[np.generic]
    start: int

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: BinaryIO) -> Header:
    """Return the header at the file's position.

    Raises:
        ValueError: not an `.npy` file, or a damaged header.
    """
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise ValueError(f"version {version[0]}.{version[1]} of the format")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "created on Python 2": the header is checked all the same
            shape, is_columnwise, dtype = _READERS[version](file)
    except (SyntaxError, tokenize.TokenError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError("a damaged header") from error
    if any(edge < 0 for edge in shape):
        raise ValueError(f"the shape {shape}")
    return Header(shape, is_columnwise, dtype, file.tell())


def read_numbers(data: bytes) -> NDArray[Any]:
    """Return the array in `data`, which must be real numbers or booleans and exactly as long as the header says.

    Raises:
        ValueError: it is not so; the message says what was found.
    """
    header = read_header(io.BytesIO(data))
    if header.dtype.kind not in "fiub":
        raise ValueError(f"values of type {header.dtype}")
    return read_array(data)


def read_array(data: bytes) -> NDArray[Any]:
    """Return the array in `data`, of any type but Python objects, exactly as long as the header says.

    Raises:
        ValueError: it is not so; the message says what was found.
    """
    header = read_header(io.BytesIO(data))
    if header.dtype.hasobject:
        raise ValueError("Python objects")
    if header.size != len(data) - header.start:
        raise ValueError(f"{len(data) - header.start:,} bytes of data where {header.size:,} belong")
    if header.size == 0:
        return np.zeros(header.shape, dtype=header.dtype)
    flat = np.frombuffer(data, dtype=header.dtype, offset=header.start)
    return flat.reshape(header.shape, order="F" if header.is_columnwise else "C")


def to_bytes(array: NDArray[np.generic]) -> bytes:
    """Return the array as the bytes of an `.npy` file."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def write_to(file: BinaryIO, array: NDArray[np.generic]) -> None:
    """Write the array as an `.npy` file, without a copy in memory.

    Not numpy.save, whose error on a full disk names no reason.

    Raises:
        OSError: the disk is full.
    """
    array = np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    file.write(array.data.cast("B"))
