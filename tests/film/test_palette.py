"""The palette: exact for what is common, near for the rest, the same every time."""

import numpy as np
import pytest

from fmviz.film.gif import MAX_COLOURS, TRANSPARENT, Palette, build_palette

GROUND, PANE, LINE, DOT = 0x0D1016, 0x11151D, 0x252C3A, 0x4F9DFF


def picture(seed: int = 0, size: int = 200) -> np.ndarray:
    """Return a ground with a pane, a line, dots of one colour and a smooth corner."""
    rng = np.random.default_rng(seed)
    pixels = np.full((size, size), GROUND, dtype=np.uint32)
    pixels[20:, 20:] = PANE
    pixels[100, :] = LINE
    pixels[rng.integers(20, size, 900), rng.integers(20, size, 900)] = DOT
    corner = rng.integers(0, 256, (60, 60, 3)).astype(np.uint32)
    pixels[-60:, -60:] = (corner[..., 0] << 16) | (corner[..., 1] << 8) | corner[..., 2]
    return pixels


def channels(pixels: np.ndarray) -> np.ndarray:
    return np.stack([(pixels >> shift) & 255 for shift in (16, 8, 0)], axis=-1).astype(int)


def test_the_commonest_colours_are_exact() -> None:
    palette = build_palette([picture(seed) for seed in range(4)])
    for colour in (GROUND, PANE, LINE, DOT):
        index = palette.indices(np.array([[colour]], dtype=np.uint32))[0, 0]
        assert palette.colours[index].tolist() == channels(np.uint32(colour)).tolist()


def test_it_is_never_larger_than_a_gif_can_hold_and_keeps_one_index_free() -> None:
    palette = build_palette([picture()])
    assert len(palette.colours) <= MAX_COLOURS == 255
    assert palette.indices(picture()).max() < TRANSPARENT


def test_few_colours_are_all_exact() -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 1 << 24, 200).astype(np.uint32)
    pixels = rng.choice(colours, (50, 50))
    palette = build_palette([pixels])
    assert np.array_equal(palette.colours[palette.indices(pixels)], channels(pixels))


def test_every_pixel_gets_its_nearest_colour() -> None:
    rng = np.random.default_rng(1)
    palette = Palette(rng.integers(0, 256, (40, 3)).astype(np.uint8))
    pixels = rng.integers(0, 1 << 24, (60, 70)).astype(np.uint32)
    for _ in range(2):
        chosen = palette.colours[palette.indices(pixels)].astype(int)
        distance = ((channels(pixels)[:, :, None] - palette.colours.astype(int)) ** 2).sum(axis=3)
        assert np.array_equal(((chosen - channels(pixels)) ** 2).sum(axis=2), distance.min(axis=2))


def test_the_highest_byte_does_not_matter() -> None:
    palette = build_palette([picture()])
    assert np.array_equal(palette.indices(picture()), palette.indices(picture() | np.uint32(0xFF000000)))


def test_smooth_pictures_come_out_well() -> None:
    y, x = np.mgrid[0:300, 0:300] / 299
    rgb = np.stack([255 * x, 255 * y * x, 120 + 60 * np.sin(6 * x * y)], axis=2).astype(np.uint32)
    pixels = (rgb[..., 0] << 16) | (rgb[..., 1] << 8) | rgb[..., 2]
    palette = build_palette([pixels])
    error = ((palette.colours[palette.indices(pixels)].astype(float) - channels(pixels)) ** 2).mean()
    assert 10 * np.log10(255**2 / error) > 38


def test_the_same_samples_give_the_same_palette() -> None:
    samples = [picture(seed) for seed in range(3)]
    assert np.array_equal(build_palette(samples).colours, build_palette(samples).colours)


@pytest.mark.parametrize("count", [0, 256])
def test_an_impossible_palette_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        Palette(np.zeros((count, 3), dtype=np.uint8))


def test_near_colours_may_stand_for_each_other_but_never_for_an_exact_one() -> None:
    palette = build_palette([picture(seed) for seed in range(3)])
    near = palette.near_pairs(5.0)
    colours = palette.colours.astype(float)
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=2)
    assert near.diagonal().all()
    assert apart[near[:len(colours), :len(colours)]].max() <= 5.0
    assert near[:, :4].sum() == 4
    assert not near[:len(colours), TRANSPARENT].any()
