"""Masses become points in their proportion, evenly, inside the same box, the right way up, and the same ones again."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import MAX_POINTS
from fmviz.core.errors import CloudError
from fmviz.core.picture_points import (
    HALF,
    MODES,
    GreyPicture,
    PictureChoice,
    cloud_of,
    mass_of,
    points_of,
    suitable_mode,
)

N = 4000


def blobs(height: int = 60, width: int = 90) -> np.ndarray:
    """Return masses with flat, steep and empty parts."""
    y, x = np.mgrid[:height, :width]
    mass = np.exp(-((x - 20) ** 2 + (y - 30) ** 2) / 120) + (x > 60) * (x - 60) / 60
    mass[:, 45:55] = 0
    return mass


def cells_of(points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's row and column of the masses."""
    scale = 2 * HALF / max(height, width)
    return (np.floor(height / 2 - points[:, 1] / scale).astype(int),
            np.floor(points[:, 0] / scale + width / 2).astype(int))


@pytest.mark.parametrize("seed", range(3))
def test_every_area_gets_its_share(seed: int) -> None:
    mass = blobs()
    points = points_of(mass, N, np.random.default_rng(seed))
    rows, columns = cells_of(points, *mass.shape)
    counts = np.zeros((6, 9))
    np.add.at(counts, (rows // 10, columns // 10), 1)
    expected = mass.reshape(6, 10, 9, 10).sum(axis=(1, 3)) / mass.sum() * N
    filled = expected > 5
    chi2 = ((counts - expected)[filled] ** 2 / expected[filled]).sum()
    # Random points would give about one per box; even ones far less.
    assert chi2 < 0.5 * filled.sum()
    assert (mass[rows, columns] > 0).all()


def test_points_of_a_flat_mass_keep_apart() -> None:
    def nearest(points: np.ndarray) -> np.ndarray:
        squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        np.fill_diagonal(squares, np.inf)
        return np.sqrt(squares.min(axis=1))

    rng = np.random.default_rng(0)
    even = nearest(points_of(np.ones((50, 50)), 900, rng))
    random = nearest(rng.uniform(-HALF, HALF, (900, 2)))
    assert even.mean() > 1.25 * random.mean()
    assert even.std() / even.mean() < 0.8 * random.std() / random.mean()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (300, 20), (16, 16), (1024, 1000)])
@pytest.mark.parametrize("n", [2, 501])
def test_the_longer_side_reaches_from_end_to_end(height: int, width: int, n: int) -> None:
    mass = np.zeros((height + 9, width + 5))
    mass[3:3 + height, 2:2 + width] = 0.4
    points = points_of(mass, n, np.random.default_rng(1))
    assert points.shape == (n, 2)
    reach = HALF * np.array([width, height]) / max(width, height)
    assert (np.abs(points) <= reach + 1e-9).all()
    if n > 2:
        assert np.allclose(np.abs(points).max(axis=0), reach, rtol=0.06)


def test_the_top_of_the_picture_is_up() -> None:
    mass = np.zeros((10, 10))
    mass[0, 0], mass[9, 9] = 1.0, 3.0
    points = points_of(mass, 400, np.random.default_rng(0))
    is_up = points[:, 1] > 0
    assert is_up.sum() == pytest.approx(100, abs=1)
    assert (points[is_up, 0] < 0).all()
    assert (points[~is_up, 0] > 0).all()


def test_the_same_choice_gives_the_same_cloud() -> None:
    picture = GreyPicture(1 - (blobs() / blobs().max()).astype(np.float32), name="blobs.png")
    one, again, other = (cloud_of(picture, PictureChoice(points=300, seed=seed)) for seed in (4, 4, 5))
    assert np.array_equal(one.xy, again.xy)
    assert not np.array_equal(one.xy, other.xy)
    assert one.name == "blobs.png"
    assert len(one) == 300


def ramp(alpha: np.ndarray | None = None) -> GreyPicture:
    """Return a picture that grows lighter from left to right."""
    return GreyPicture(np.tile(np.linspace(0, 1, 101, dtype=np.float32), (20, 1)), alpha)


def test_each_mode_takes_its_pixels() -> None:
    x = {mode: cloud_of(ramp(), PictureChoice(mode, threshold=0.0)).xy[:, 0] / HALF for mode in MODES}
    # Of a density that falls evenly from one end to the other the mean lies a third from the middle.
    assert x["dark"].mean() == pytest.approx(-1 / 3, abs=0.02)
    assert x["light"].mean() == pytest.approx(1 / 3, abs=0.02)
    assert x["alpha"].mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("light", [0.0, 1.0])
def test_an_outline_is_where_something_begins(light: float) -> None:
    alpha = np.zeros((64, 64), dtype=np.float32)
    alpha[16:48, 16:48] = 1
    mass = mass_of(GreyPicture(np.full((64, 64), light, dtype=np.float32), alpha), PictureChoice("edges"))
    rows, columns = np.nonzero(mass)
    off = np.minimum(np.abs(np.maximum(np.abs(rows - 31.5), np.abs(columns - 31.5)) - 16), 9)
    assert len(rows)
    assert off.max() <= 1.5


def test_what_is_below_the_threshold_counts_nothing() -> None:
    mass = mass_of(ramp(), PictureChoice("dark", threshold=0.5))
    assert (mass[:, 51:] == 0).all()
    assert (mass[:, :50] >= 0.5).all()


def test_the_mode_that_is_meant_is_found() -> None:
    light = np.ones((20, 20), dtype=np.float32)
    light[8:12, 8:12] = 0
    clear = np.zeros_like(light)
    clear[5:15, 5:15] = 1
    assert suitable_mode(GreyPicture(light)) == "dark"
    assert suitable_mode(GreyPicture(1 - light)) == "light"
    assert suitable_mode(GreyPicture(light, clear)) == "alpha"
    assert suitable_mode(GreyPicture(light, np.ones_like(light))) == "dark"


def test_a_blank_picture_is_refused_with_the_remedy() -> None:
    blank = GreyPicture(np.ones((5, 5), dtype=np.float32), name="blank.png")
    for mode in ("dark", "edges"):
        with pytest.raises(CloudError, match=r"blank\.png.*lower it"):
            cloud_of(blank, PictureChoice(mode))


@pytest.mark.parametrize("wrong", [{"mode": "red"}, {"points": 1}, {"points": MAX_POINTS + 1}, {"threshold": 1.0},
                                   {"threshold": float("nan")}])
def test_an_impossible_choice_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CloudError):
        PictureChoice(**wrong)  # type: ignore[arg-type]
