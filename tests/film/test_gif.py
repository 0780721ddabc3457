"""The GIF writer: what any reader gets back, and what happens when the disk says no."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from fmviz.core.errors import ExportError
from fmviz.film.gif import GifWriter, Palette, build_palette, estimate_bytes, packed
from fmviz.film.places import export_file


def dots(k: int, size: int = 90) -> np.ndarray:
    """Return a frame with few colours: a dot that moves over static ones."""
    rng = np.random.default_rng(0)
    pixels = np.full((size, size + 7), 0x11151D, dtype=np.uint32)
    pixels[rng.integers(0, size, 50), rng.integers(0, size, 50)] = 0x56B4E9
    pixels[10 + 3 * k:16 + 3 * k, 20:30] = 0xF2A65A
    return pixels


def noise(seed: int) -> np.ndarray:
    """Return a frame in which everything changes."""
    return np.random.default_rng(seed).choice(np.array([0, 0xFFFFFF, 0xFF0000], dtype=np.uint32), (40, 50))


def written(frames: list[np.ndarray], palette: Palette, delay_ms: int = 40, plays: int = 0) -> bytes:
    buffer = BytesIO()
    height, width = frames[0].shape
    writer = GifWriter(buffer, width, height, palette, delay_ms, plays)
    for pixels in frames:
        writer.add(pixels)
    writer.finish()
    return buffer.getvalue()


def read(data: bytes) -> list[tuple[np.ndarray, int]]:
    """Return each frame as (H, W) colours with its duration, ms."""
    with Image.open(BytesIO(data)) as file:
        result = []
        for frame in ImageSequence.Iterator(file):
            rgb = np.array(frame.convert("RGB")).astype(np.uint32)
            result.append(((rgb[..., 0] << 16) | (rgb[..., 1] << 8) | rgb[..., 2], int(file.info["duration"])))
    return result


@pytest.mark.parametrize("make", [dots, noise])
def test_frames_come_back_as_they_were(make) -> None:
    frames = [make(k) for k in range(12)]
    back = read(written(frames, build_palette(frames)))
    assert len(back) == len(frames)
    for (picture, duration), true in zip(back, frames, strict=True):
        assert np.array_equal(picture, true)
        assert duration == 40


def test_equal_frames_are_merged_and_no_time_is_lost() -> None:
    frames = [dots(0)] * 3 + [dots(1)] + [dots(2)] * 5 + [dots(0)] * 2
    back = read(written(frames, build_palette(frames), 30))
    assert [duration for _, duration in back] == [90, 30, 150, 60]
    assert np.array_equal(back[-1][0], dots(0))


def test_frames_that_differ_below_the_palette_are_merged_too() -> None:
    palette = Palette(np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8))
    frames = [np.full((5, 5), value, dtype=np.uint32) for value in (0x000000, 0x010101, 0xFFFFFF, 0xFEFEFE, 0)]
    assert [duration for _, duration in read(written(frames, palette, 20))] == [40, 40, 20]


def test_holding_shows_the_last_frame_longer() -> None:
    buffer = BytesIO()
    writer = GifWriter(buffer, 97, 90, build_palette([dots(0), dots(1)]), 50)
    writer.add(dots(0), 10)
    writer.add(dots(1), 2)
    writer.finish()
    assert [duration for _, duration in read(buffer.getvalue())] == [500, 100]


def test_a_hold_longer_than_a_delay_can_be_is_kept() -> None:
    buffer = BytesIO()
    writer = GifWriter(buffer, 97, 90, build_palette([dots(0)]), 600_000)
    writer.add(dots(0), 3)
    writer.finish()
    back = read(buffer.getvalue())
    assert sum(duration for _, duration in back) == 1_800_000
    assert all(np.array_equal(picture, dots(0)) for picture, _ in back)


@pytest.mark.parametrize(("plays", "stored"), [(0, 0), (1, None), (2, 1), (7, 6)])
def test_a_gif_says_how_often_it_is_played_again(plays: int, stored: int | None) -> None:
    with Image.open(BytesIO(written([dots(0), dots(1)], build_palette([dots(0)]), plays=plays))) as file:
        assert file.info.get("loop") == stored


def test_only_what_changed_is_written() -> None:
    frames = [dots(k) for k in range(10)]
    palette = build_palette(frames)
    first = len(written(frames[:1], palette))
    assert len(written(frames, palette)) < first + 9 * 250


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (17, 19)])
def test_any_shape_can_be_packed(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.choice(np.array([0, 0xFF00FF, 0x00FF00], dtype=np.uint32), size)
    other = pixels.copy()
    other[-1, -1] ^= 0x00FF00
    back = read(written([pixels, other], build_palette([pixels, other])))
    assert np.array_equal(back[0][0], pixels)
    assert np.array_equal(back[-1][0], other)
    assert packed(np.zeros(size, dtype=np.uint8))[0] == 8


@pytest.mark.parametrize("delay_ms", [0, -10, 33])
def test_a_delay_that_gif_cannot_keep_is_refused(delay_ms: int) -> None:
    with pytest.raises(ValueError, match="multiple of 10"):
        GifWriter(BytesIO(), 4, 4, build_palette([dots(0)]), delay_ms)


def test_the_estimate_extrapolates() -> None:
    frames = [dots(k) for k in range(20)]
    palette = build_palette(frames)
    pairs = [(frames[k], frames[k + 1]) for k in (0, 6, 12, 18)]
    assert estimate_bytes(pairs, 20, palette) == pytest.approx(len(written(frames, palette)), rel=0.15)
    assert estimate_bytes([], 20, palette) == 0


def test_what_does_not_move_is_counted_once() -> None:
    frames = [dots(3)] * 20
    palette = build_palette(frames)
    pairs = [(frames[k], frames[k + 1]) for k in (0, 6, 12, 18)]
    assert estimate_bytes(pairs, 20, palette) == pytest.approx(len(written(frames, palette)), rel=0.05)


def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    with pytest.raises(ExportError, match="disk is full"), export_file(path), open("/dev/full", "wb", 0) as full:
        full.write(b"x")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_defect_of_the_program_is_not_an_export_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), export_file(tmp_path / "a.gif"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
