"""WebP and APNG behind one face: frames come one by one, each stays as long as the film says."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate, pairwise
from typing import BinaryIO, Protocol

from fmviz.core.export_spec import ExportSpec
from fmviz.core.formats import TRANSPARENT
from fmviz.film.apng import ApngWriter
from fmviz.film.palette import Pixels
from fmviz.film.webp import WebpWriter


class Writer(Protocol):
    """Takes frames (H, W), each of which must not change until the next has been taken; both breathe."""

    def add(self, pixels: Pixels) -> Generator[None, None, None]: ...

    def finish(self) -> Generator[None, None, None]: ...


@contextmanager
def animation_writer(file: BinaryIO, spec: ExportSpec, counts: Sequence[int]) -> Iterator[Writer]:
    """Give what writes a WebP or an APNG into an open file.

    Args:
        counts: for how many frames each of the pictures stands that will come.
    """
    ends = [round(1000 * spec.frame_s * count) for count in accumulate(counts, initial=0)]
    stays_ms = [end - start for start, end in pairwise(ends)]
    has_alpha = spec.background == TRANSPARENT
    if spec.format == "apng":
        yield _Timed(ApngWriter(file, spec.width, spec.height, spec.loop, has_alpha), stays_ms)
        return
    with WebpWriter(file, spec.width, spec.height, spec.loop, has_alpha, stays_ms) as writer:
        yield writer


def animation_bytes(spec: ExportSpec, pictures: Sequence[Pixels]) -> int:
    """Return how large an animation of those pictures is."""
    buffer = BytesIO()
    with animation_writer(buffer, spec, [1] * len(pictures)) as writer:
        for picture in pictures:
            for _ in writer.add(picture):
                pass
        for _ in writer.finish():
            pass
    return len(buffer.getvalue())


class _Timed:
    """Gives each frame of an APNG its time."""

    def __init__(self, writer: ApngWriter, stays_ms: Sequence[int]) -> None:
        self._writer, self._stays_ms = writer, iter(stays_ms)

    def add(self, pixels: Pixels) -> Generator[None, None, None]:
        self._writer.add(pixels, next(self._stays_ms))
        yield

    def finish(self) -> Generator[None, None, None]:
        self._writer.finish()
        yield
