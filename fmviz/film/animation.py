"""WebP and APNG behind one face: frames come one by one, each stays as long as the film says.

Of an APNG only the rectangle that changed is written. Pillow's own writer, and imageio's that calls it, keep every
frame until the end: a second and a half of full HD would be a gigabyte. The memory in use here is two frames. A WebP is
packed by Pillow, in a thread: it asks an image of several frames for each in turn, so one whose frames are still being
drawn makes it wait.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate, pairwise
from queue import SimpleQueue
from typing import BinaryIO

import numpy as np
from PIL import Image

from fmviz.core.export_spec import ExportSpec
from fmviz.core.formats import TRANSPARENT
from fmviz.film.gif import Pixels
from fmviz.film.video import BREATH_S

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _RGBA = 2, 6
# zlib's level: 6 is .5 to 3 % smaller and takes up to twice as long (1280x720, 41 to 77 ms).
_LEVEL = 4
# The longest that a frame can stay, in milliseconds: 16 bits.
_LONGEST_MS = 65_535
# Measured at 1280x720, milliseconds / kB a frame / PSNR of particles with trails: 80 and method 0 33 / 109 / 33.9,
# 90 and method 2 32 / 114 / 34.7, method 4 72 / 117 / 34.8; lossless 147 / 273. Few key frames: 3 % less, a quarter
# faster than Pillow's own 3 to 5.
_QUALITY, _METHOD, _KEYS = 90, 2, (9, 60)


class ApngWriter:
    """Writes an animation into an open file.

    Args:
        file: binary, seekable, empty.
        width, height: px.
        plays: how often it is played; 0 is for ever.
        has_alpha: whether pixels have an opacity (not premultiplied); if not, the highest byte is ignored.
        stays_ms: how long each of the frames stays that will come.
    """

    def __init__(self, file: BinaryIO, width: int, height: int, plays: int, has_alpha: bool,
                 stays_ms: Sequence[int]) -> None:
        self._file, self._plays, self._has_alpha, self._coming_ms = file, plays, has_alpha, iter(stays_ms)
        self._pixels: Pixels | None = None
        # The frame that waits until it is known how long it stays: its place and its packed picture.
        self._place, self._packed = (0, 0, width, height), b""
        self._stays_ms = 0
        self._frames = self._serial = 0
        file.write(_SIGNATURE)
        kind = _RGBA if has_alpha else _RGB
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
        self._control = file.tell()
        self._chunk(b"acTL", struct.pack(">II", 0, plays))

    def add(self, pixels: Pixels, _count: int = 1) -> tuple[()]:
        """Append a frame (H, W). The array is kept until the next one and must not change meanwhile."""
        mask = np.uint32(0xFFFFFFFF if self._has_alpha else 0xFFFFFF)
        if self._pixels is None:
            self._begin(pixels, 0, 0)
        else:
            is_changed = ((pixels ^ self._pixels) & mask) != 0
            rows, columns = (np.flatnonzero(is_changed.any(axis=axis)) for axis in (1, 0))
            if len(rows):
                top, left = int(rows[0]), int(columns[0])
                self._begin(pixels[top:int(rows[-1]) + 1, left:int(columns[-1]) + 1], left, top)
        self._pixels = pixels
        stays_ms = next(self._coming_ms)
        if self._stays_ms + stays_ms > _LONGEST_MS:
            self._begin(pixels[:1, :1], 0, 0)  # a pixel that is there already, to go on
        self._stays_ms += stays_ms
        return ()

    def finish(self) -> tuple[()]:
        """Write what is left, the end of the file, and how many frames there are."""
        self._flush()
        self._chunk(b"IEND", b"")
        self._file.seek(self._control)
        self._chunk(b"acTL", struct.pack(">II", self._frames, self._plays))
        return ()

    def _begin(self, pixels: Pixels, left: int, top: int) -> None:
        """Write the waiting frame and let this one wait."""
        self._flush()
        height, width = pixels.shape
        self._place, self._packed = (left, top, width, height), _packed(pixels, self._has_alpha)

    def _flush(self) -> None:
        if not self._packed:
            return
        left, top, width, height = self._place
        # No dispose, no blending: the rectangle replaces what was there.
        control = struct.pack(">IIIIIHHBB", self._serial, width, height, left, top, self._stays_ms, 1000, 0, 0)
        self._chunk(b"fcTL", control)
        self._serial += 1
        if self._frames == 0:
            self._chunk(b"IDAT", self._packed)
        else:
            self._chunk(b"fdAT", struct.pack(">I", self._serial) + self._packed)
            self._serial += 1
        self._frames += 1
        self._packed, self._stays_ms = b"", 0

    def _chunk(self, name: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))


def _packed(pixels: Pixels, has_alpha: bool) -> bytes:
    """Return the image data of a picture (H, W): Pillow writes a PNG, and its IDAT chunks are what is wanted."""
    height, width = pixels.shape
    mode, layout = ("RGBA", "BGRA") if has_alpha else ("RGB", "BGRX")
    image = Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels).tobytes(), "raw", layout, 0, 1)
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=_LEVEL)
    return b"".join(data for name, data in _chunks(buffer.getvalue()) if name == b"IDAT")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(png):
        size, name = struct.unpack(">I4s", png[place:place + 8])
        yield name, png[place + 8:place + 8 + size]
        place += size + 12


class WebpWriter:
    """Writes an animation into an open file; a context manager that ends its thread.

    Args:
        file: binary.
        width, height: px.
        plays: how often it is played; 0 is for ever.
        has_alpha: whether pixels have an opacity (not premultiplied); if not, the highest byte is ignored.
        stays_ms: how long each of the frames stays that will come.
    """

    def __init__(self, file: BinaryIO, width: int, height: int, plays: int, has_alpha: bool,
                 stays_ms: Sequence[int]) -> None:
        self._frames: SimpleQueue[Pixels | None] = SimpleQueue()
        self._is_free = threading.Event()
        self._is_free.set()
        self._failure: Exception | None = None
        self._size, self._layout = (width, height), "BGRA" if has_alpha else "BGRX"
        self._image = Image.new("RGBA" if has_alpha else "RGB", self._size)
        options = {"save_all": True, "loop": plays, "duration": list(stays_ms), "quality": _QUALITY, "method": _METHOD,
                   "kmin": _KEYS[0], "kmax": _KEYS[1]}
        # What Pillow asks of a file of several frames.
        vars(self._image).update(n_frames=len(stays_ms), seek=self._seek, tell=lambda: 0)
        self._thread = threading.Thread(target=self._save, args=(file, options), name="webp", daemon=True)
        self._thread.start()

    def __enter__(self) -> WebpWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.put(None)
        self._thread.join()

    def add(self, pixels: Pixels, _count: int = 1) -> Generator[None, None, None]:
        """Hand over a frame (H, W); breathe while the one before is being packed.

        The frame must not change until the next `add` or `finish` has ended.

        Raises:
            OSError: the disk is full.
        """
        yield from self._taken()
        self._is_free.clear()
        self._frames.put(pixels)

    def finish(self) -> Generator[None, None, None]:
        """Wait until everything is packed and written; breathe meanwhile.

        Raises:
            OSError: the disk is full.
        """
        while self._thread.is_alive():
            self._thread.join(BREATH_S)
            yield
        if self._failure is not None:
            raise self._failure

    def _taken(self) -> Generator[None, None, None]:
        while not self._is_free.wait(BREATH_S):
            yield
        if self._failure is not None:
            raise self._failure

    def _save(self, file: BinaryIO, options: dict[str, object]) -> None:
        try:
            self._image.save(file, "WEBP", **options)
        except _GivenUp:
            pass
        except Exception as error:  # told to the writer, in its own thread
            self._failure = error
        finally:
            self._is_free.set()

    def _seek(self, index: int) -> None:
        """Wait for the next frame; Pillow ends with going back to the first, which it does not look at."""
        if index == 0 and self._is_begun:
            return
        self._is_begun = True
        if (pixels := self._frames.get()) is None:
            raise _GivenUp
        mode = "RGBA" if self._layout == "BGRA" else "RGB"
        self._image.paste(Image.frombuffer(mode, self._size, pixels.tobytes(), "raw", self._layout, 0, 1))
        self._is_free.set()

    _is_begun = False


class _GivenUp(Exception):
    """No more frames come."""


@contextmanager
def animation_writer(file: BinaryIO, spec: ExportSpec, counts: Sequence[int]) -> Iterator[ApngWriter | WebpWriter]:
    """Give what writes a WebP or an APNG into an open file.

    Args:
        counts: for how many frames each of the pictures stands that will come.
    """
    ends = [round(1000 * spec.start_s(count)) for count in accumulate(counts, initial=0)]
    stays_ms = [end - start for start, end in pairwise(ends)]
    has_alpha = spec.background == TRANSPARENT
    if spec.format == "apng":
        yield ApngWriter(file, spec.width, spec.height, spec.loop, has_alpha, stays_ms)
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
