"""Writing APNG files frame by frame: the container here, the packing of pictures by Pillow.

Only the rectangle that changed is written. Pillow's own writer, and imageio's that calls it, keep every frame until the
end: a second and a half of full HD would be a gigabyte. The memory in use here is two frames, whatever the length.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image

from fmviz.film.palette import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _RGBA = 2, 6
# zlib's level: 6 is .5 to 3 % smaller and takes up to twice as long (1280x720, 41 to 77 ms).
_LEVEL = 4
# The longest that a frame can stay, in milliseconds: 16 bits.
_LONGEST_MS = 65_535


class ApngWriter:
    """Writes an animation into an open file.

    Args:
        file: binary, seekable, empty.
        width, height: px.
        plays: how often it is played; 0 is for ever.
        has_alpha: whether pixels have an opacity (not premultiplied); if not, the highest byte is ignored.
    """

    def __init__(self, file: BinaryIO, width: int, height: int, plays: int, has_alpha: bool) -> None:
        self._file, self._plays, self._has_alpha = file, plays, has_alpha
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

    def add(self, pixels: Pixels, stays_ms: int) -> None:
        """Append a frame (H, W) that stays so long. The array is kept until the next one and must not change."""
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
        if self._stays_ms + stays_ms > _LONGEST_MS:
            self._begin(pixels[:1, :1], 0, 0)  # a pixel that is there already, to go on
        self._stays_ms += stays_ms

    def finish(self) -> None:
        """Write what is left, the end of the file, and how many frames there are."""
        self._flush()
        self._chunk(b"IEND", b"")
        self._file.seek(self._control)
        self._chunk(b"acTL", struct.pack(">II", self._frames, self._plays))

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
