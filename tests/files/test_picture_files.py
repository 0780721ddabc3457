"""Pictures of every kind become the same values; too large, damaged and disguised ones are refused in a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fmviz.core.errors import CloudError
from fmviz.core.picture_points import MOST_CELLS
from fmviz.files.picture_file import is_picture, read_picture


def packed(pixels: np.ndarray, kind: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    """Return a file's bytes."""
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind, **options)
    return file.getvalue()


def grey_ramp(height: int = 32, width: int = 48) -> np.ndarray:
    return np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))


@pytest.mark.parametrize(("kind", "mode"), [
    ("PNG", "L"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
    ("WEBP", "RGB"), ("WEBP", "RGBA"), ("GIF", "P"), ("BMP", "RGB")])
def test_every_kind_reads_alike(tmp_path: Path, kind: str, mode: str) -> None:
    path = tmp_path / "ramp.data"  # the content decides
    path.write_bytes(packed(grey_ramp(), kind, mode))
    picture = read_picture(path)
    assert picture.name == "ramp.data"
    assert picture.light.shape == (32, 48)
    assert np.abs(picture.light - grey_ramp() / 255).max() < 0.06
    assert picture.alpha is None  # nothing is clear


def test_sixteen_bits_keep_their_range() -> None:
    file = io.BytesIO()
    Image.fromarray(grey_ramp().astype(np.uint16) * 257).save(file, "PNG")
    assert np.allclose(read_picture(file.getvalue()).light, grey_ramp() / 255, atol=0.01)


def test_a_transparent_colour_of_a_palette_is_clear() -> None:
    data = packed(grey_ramp(), "PNG", "P", transparency=0)
    picture = read_picture(data)
    assert picture.alpha is not None
    assert 0 < (picture.alpha == 0).mean() < 0.5


def test_a_camera_s_rotation_is_undone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the right side was up
    light = read_picture(packed(grey_ramp(), "JPEG", exif=exif)).light
    assert light.shape == (48, 32)
    assert light[0].mean() < 0.1 < 0.9 < light[-1].mean()


@pytest.mark.parametrize(("height", "width"), [(2500, 40), (3000, 2100), (1, 5000)])
def test_a_large_picture_is_averaged(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    light = read_picture(packed(pixels, compress_level=1)).light
    assert max(light.shape) <= MOST_CELLS < 2 * max(light.shape) + 2
    assert light.mean() == pytest.approx(pixels.mean() / 255, abs=0.01)


def test_clear_pixels_lend_no_light_to_their_neighbours() -> None:
    pixels = np.zeros((2048, 2048, 4), dtype=np.uint8)
    pixels[::2] = (255, 255, 255, 255)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    picture = read_picture(file.getvalue())
    assert picture.alpha is not None
    assert np.allclose(picture.light, 1)
    assert np.allclose(picture.alpha, 0.5, atol=0.01)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("edge", [8_500, 12_000, 20_000, 1_000_000])
def test_pixels_are_counted_before_they_are_decoded(edge: int) -> None:
    with pytest.raises(CloudError, match="save it smaller"):
        read_picture(png_of(edge, edge))


def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path) -> None:
    for name, data in (("a.png", b"x,y\n1,2\n"), ("b.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n"), ("c.webp", b"RIFF1234WAVE")):
        (tmp_path / name).write_bytes(data)
        assert not is_picture(data[:12])
        with pytest.raises(CloudError, match=f"'{name}' is no PNG"):
            read_picture(tmp_path / name)
    (tmp_path / "empty.png").touch()
    with pytest.raises(CloudError, match="is empty"):
        read_picture(tmp_path / "empty.png")
    with pytest.raises(CloudError, match="no such file"):
        read_picture(tmp_path / "none.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_damage_is_a_sentence_or_a_picture(kind: str) -> None:
    whole = packed(grey_ramp(), kind, "P" if kind == "GIF" else "RGB")
    rng = np.random.default_rng(0)
    for turn in range(60):
        data = bytearray(whole[: rng.integers(12, len(whole))] if turn % 3 == 0 else whole)
        for place in rng.integers(12, len(data) + 1, 1 + turn % 5) - 1:
            data[place] = rng.integers(256)
        with suppress(CloudError):
            picture = read_picture(bytes(data), "damaged")
            assert picture.light.min() >= 0
            assert picture.light.max() <= 1
