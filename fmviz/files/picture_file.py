"""Pixels from files: PNG, JPEG, WebP, GIF, BMP by content, averaged down to what a cloud can use.

The size is asked before anything is decoded. What pixels become is `core.picture_points`' affair; drawings (SVG) are
Qt's to paint, so `canvas.painted` has them.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fmviz.core.errors import CloudError, quoted
from fmviz.core.picture_points import MOST_CELLS, Picture
from fmviz.files.source import file_bytes, shown_name

# Largest cameras of phones: 50 million pixels decode in 1.5 s and take 400 MB meanwhile. A PNG of 47 kB can hold 400
# million.
MOST_PIXELS = 2**26
_MOST_BYTES = 2**27
# What Pillow and its decoders raise for damaged files, besides OSError.
_DAMAGE = (SyntaxError, ValueError, TypeError, OverflowError, EOFError, LookupError, AttributeError, MemoryError,
           RuntimeError, struct.error, zlib.error)
# Only these are ever given to Pillow, which would also run Ghostscript for some others.
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_DEEP = ("I", "F")


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so (12 bytes) is a picture that can be read here."""
    return head.startswith(_BEGINNINGS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def read_picture(source: str | Path | bytes, name: str = "") -> Picture:
    """Read a picture; of several frames the first.

    Args:
        source: a file, or what is in it.
        name: what the cloud will be called; empty is the file's name.
    Raises:
        CloudError: the file cannot be read, is no picture, is damaged or has too many pixels.
    """
    if not isinstance(source, bytes):
        name, source = name or shown_name(source), file_bytes(source, _MOST_BYTES, "save it smaller")
    name = name or "Picture"
    if not is_picture(source[:12]):
        raise CloudError(f"{quoted(name)} is no PNG, JPEG, WebP, GIF or BMP picture; save it as one of these.")
    try:
        light, alpha = _decoded(source, name)
    except CloudError:
        raise
    except (OSError, *_DAMAGE) as error:
        raise CloudError(f"The picture {quoted(name)} is damaged ({_short(error)}); save it again.") from error
    return Picture(light, alpha, name)


def _decoded(data: bytes, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return lightness and opacity, 0 to 1."""
    # Late: imageio takes 0.1 s to import, and the command line starts without it.
    import imageio.v3 as iio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = iio.imopen(io.BytesIO(data), "r", plugin="pillow")
    except OSError as error:  # imageio's, for whatever Pillow raised
        if isinstance(error.__cause__, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
            raise CloudError(f"The picture {quoted(name)} has far more than the {MOST_PIXELS / 1e6:.0f} million pixels "
                             "that can be read; save it smaller.") from error
        raise
    with file:
        height, width = file.properties(index=0).shape[:2]
        if width * height > MOST_PIXELS:
            raise CloudError(f"The picture {quoted(name)} has {width:,} x {height:,} pixels; at most "
                             f"{MOST_PIXELS / 1e6:.0f} million can be read: save it smaller.")
        facts = file.metadata(index=0)  # of a PNG this decodes already
        mode = str(facts["mode"])
        if mode.startswith(_DEEP):
            pixels = file.read(index=0, rotate=True, writeable_output=False)
            return _averaged(pixels) / np.float32(65535 if mode.startswith("I") else 1), None
        if "transparency" not in facts and not mode.upper().endswith("A"):
            return _averaged(file.read(index=0, mode="L", rotate=True, writeable_output=False)) / np.float32(255), None
        pixels = file.read(index=0, mode="LA", rotate=True, writeable_output=False)
        opacity = _averaged(pixels[..., 1])
        if float(opacity.min()) == 255:
            return _averaged(pixels[..., 0]) / np.float32(255), None
        # What is behind clear pixels counts nothing.
        seen = _averaged(pixels[..., 0].astype(np.uint16) * pixels[..., 1])
        light = np.divide(seen, opacity, out=np.zeros_like(seen), where=opacity > 0)
        return (np.minimum(light / np.float32(255), np.float32(1)),
                np.minimum(opacity / np.float32(255), np.float32(1)))


def _averaged(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return means over squares, as few as fit into `MOST_CELLS`, (H, W); a rest at the right and below is left out.

    Rows are added first: that reads memory as it lies (20 million pixels: 30 ms).
    """
    height, width = pixels.shape
    edge = max(1, -(-max(height, width) // MOST_CELLS))
    across, down = min(edge, width), min(edge, height)
    kind = np.float32 if pixels.dtype.kind == "f" else np.uint32
    pixels = pixels[:height // down * down, :width // across * across]
    rows: NDArray[Any] = pixels[::down].astype(kind)
    for k in range(1, down):
        rows += pixels[k::down]
    cells = rows[:, ::across].copy()
    for k in range(1, across):
        cells += rows[:, k::across]
    return cells.astype(np.float32) / np.float32(across * down)


def _short(error: BaseException) -> str:
    """Return what a decoder said, in a few words."""
    error = error.__cause__ or error
    return " ".join(str(error).split()).rstrip(".")[:60] or type(error).__name__
