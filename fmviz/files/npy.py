"""Points and NumPy's files, `.npy` and `.npz`, whose bytes may be wrong or hostile.

Nothing is unpickled, and nothing is allocated before the header was checked against the bytes that are there. Clouds,
samples and trajectories are written here, as `.csv` and `.npy`, every number as exact as it is.
"""

from __future__ import annotations

import csv
import io
import math
import tokenize
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import NO_LABEL, FloatArray, Labels
from fmviz.core.errors import CloudError, ExportError, quoted, why_refused
from fmviz.files.atomic import whole_file
from fmviz.files.source import Archive

_MAGIC = b"\x93NUMPY"
_MOST_COLUMNS = 1_000
# (2, N) is x and y as rows.
_PAIR = 2
_ROWS_AT_ONCE = 10_000


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
    array = read_array(data)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"values of type {array.dtype}")
    return array


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


@dataclass(frozen=True)
class ArrayColumns:
    """An array as columns; numbers are float64, texts are lists."""

    names: tuple[str, ...]
    columns: tuple[NDArray[np.float64] | list[str], ...]
    notes: tuple[str, ...] = ()

    def cells(self, c: int, some: Sequence[int] | None) -> NDArray[np.float64] | list[str]:
        """Return a column: of some rows, or of all."""
        column = self.columns[c]
        if some is None:
            return column
        return column[list(some)] if isinstance(column, np.ndarray) else [column[i] for i in some]


def is_array(data: bytes) -> bool:
    """Return whether this is an `.npy` file."""
    return data.startswith(_MAGIC)


def read_array_columns(data: bytes, name: str) -> ArrayColumns:
    """Return the columns of an `.npy` file.

    Raises:
        CloudError: it is damaged, or holds nothing that can be points.
    """
    try:
        header = read_header(io.BytesIO(data))
        if header.dtype.hasobject:
            raise CloudError(f"The file {quoted(name)} holds Python objects, which are never loaded because they could "
                             "run code; save an array of numbers of shape (N, 2).")
        array = read_array(data)
    except (ValueError, TypeError) as error:
        raise CloudError(f"The file {quoted(name)} is no .npy file or is damaged ({str(error).rstrip('.')[:100]}); "
                         "write it again with numpy.save.") from error
    if array.dtype.names is not None:
        return _named(array, name)
    if array.dtype.kind == "c":
        flat = array.reshape(-1) if 1 in (array.ndim, *array.shape) else array
        if flat.ndim != 1:
            raise _no_points(name, array)
        return ArrayColumns(("re", "im"), (_numbers(flat.real), _numbers(flat.imag)),
                            ("Complex numbers: the real part was taken as x, the imaginary part as y.",))
    if array.dtype.kind not in "fiu":
        raise _no_points(name, array)
    return _plain(array, name)


def array_members(archive: Archive) -> tuple[str, ...]:
    """Return the members of an `.npz` archive."""
    return tuple(member for member in archive.members if member.endswith(".npy"))


def _plain(array: NDArray[np.generic], name: str) -> ArrayColumns:
    shape, notes = array.shape, []
    if array.ndim > 2:  # the contours of OpenCV are (N, 1, 2)
        array = array.reshape([edge for edge in shape if edge != 1])
    if array.ndim == 2 and shape[-1] != _PAIR and array.shape[0] == _PAIR:
        array = array.T
        notes.append(f"The array of shape {shape} was transposed: its first row is x, its second is y.")
    if array.ndim != 2 or not _PAIR <= array.shape[1] <= _MOST_COLUMNS:
        raise _no_points(name, array, shape)
    return ArrayColumns(("",) * array.shape[1], tuple(_numbers(array[:, i]) for i in range(array.shape[1])),
                        tuple(notes))


def _named(array: NDArray[Any], name: str) -> ArrayColumns:
    names: list[str] = []
    columns: list[NDArray[np.float64] | list[str]] = []
    if array.ndim != 1:
        array = array.reshape(-1)
    assert array.dtype.names is not None
    for field in array.dtype.names:
        values = array[field]
        if values.dtype.kind in "fiu" and values.ndim == 1:
            names.append(field)
            columns.append(_numbers(values))
        elif values.dtype.kind in "fiu" and values.ndim == 2 and values.shape[1] <= _MOST_COLUMNS:
            names += [f"{field}_{i}" for i in range(values.shape[1])]
            columns += [_numbers(values[:, i]) for i in range(values.shape[1])]
        elif values.dtype.kind in "US" and values.ndim == 1:
            names.append(field)
            columns.append([_text(value) for value in values.tolist()])
    if not columns:
        raise _no_points(name, array)
    return ArrayColumns(tuple(names), tuple(columns))


def _numbers(values: NDArray[np.generic]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(values, dtype=np.float64)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def _no_points(name: str, array: NDArray[np.generic], shape: Sequence[int] | None = None) -> CloudError:
    shape = tuple(array.shape if shape is None else shape)
    return CloudError(f"The file {quoted(name)} holds an array of shape {shape} and type {str(array.dtype)[:40]}; "
                      "save real numbers of shape (N, 2), columns x and y.")


@dataclass(frozen=True, eq=False)
class Points:
    """What is written.

    Args:
        xy: (N, 2) positions, or (K, N, 2) of trajectories.
        t: (K,) their times; None for positions.
        weights, labels: (N,) of the points, or None; only a table can hold them.
    """

    xy: FloatArray
    t: FloatArray | None = None
    weights: FloatArray | None = None
    labels: Labels | None = None


def write_points(path: Path, points: Points) -> Generator[float, None, None]:
    """Write a `.csv` or `.npy` file whole or not at all; yields how far it is, 0 to 1.

    Raises:
        ExportError: the place cannot be written.
    """
    try:
        with whole_file(path) as file:
            if path.suffix.lower() == ".npy":
                write_to(file, points.xy)
            else:
                yield from write_table(file, points)
    except OSError as error:
        raise ExportError(f"{str(path)!r} could not be written: {why_refused(error)}.") from error


def write_table(file: BinaryIO, points: Points) -> Generator[float, None, None]:
    """Write a heading and a row for each point, for trajectories one for each point at each time."""
    extra = [*(["weight"] if points.weights is not None else []), *(["label"] if points.labels is not None else [])]
    file.write(_lines([["x", "y", *extra] if points.t is None else ["t", "point", "x", "y", *extra]]))
    states = points.xy[None] if points.t is None else points.xy
    n = max(1, states.shape[1])
    for k, state in enumerate(states):
        for start in range(0, len(state), _ROWS_AT_ONCE):
            rows = slice(start, min(start + _ROWS_AT_ONCE, len(state)))
            # Python writes the fewest digits that give the very number back.
            block: Iterator[list[object]] = (list(row) for row in state[rows].tolist())
            if points.t is not None:
                block = ([float(points.t[k]), start + i, *row] for i, row in enumerate(block))
            file.write(_lines([[*row, *more] for row, more in zip(block, _extra(points, rows), strict=True)]))
            yield (k + rows.stop / n) / len(states)


def _extra(points: Points, rows: slice) -> list[list[object]]:
    """Return what stands behind x and y in some rows."""
    columns: list[list[object]] = []
    if points.weights is not None:
        columns.append(np.asarray(points.weights[rows], dtype=np.float64).tolist())
    if points.labels is not None:
        names = points.labels.names
        columns.append(["" if code == NO_LABEL else names[code] for code in points.labels.codes[rows].tolist()])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(rows.stop - rows.start)]


def _lines(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
