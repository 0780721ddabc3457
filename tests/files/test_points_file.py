"""What is written comes back: digits, weights, labels, trajectories; an old file stays until the new is whole."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fmviz.core.cloud import NO_LABEL, Labels
from fmviz.core.errors import ExportError
from fmviz.core.table import ReadChoice
from fmviz.files.npy import Points, write_points
from fmviz.files.tables import read_cloud

RNG = np.random.default_rng(0)


def written(path: Path, points: Points) -> Path:
    told = list(write_points(path, points))
    assert told == sorted(told)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".npy"])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_every_digit_comes_back(tmp_path: Path, suffix: str, shift: float) -> None:
    xy = RNG.normal(size=(25_000, 2)) + shift
    path = written(tmp_path / f"points{suffix}", Points(xy))
    assert np.array_equal(read_cloud(path).cloud.xy, xy)


def test_weights_and_labels_come_back(tmp_path: Path) -> None:
    codes = np.array([0, 1, NO_LABEL, 1])
    points = Points(RNG.normal(size=(4, 2)), weights=np.array([0.5, 0.25, 0.125, 0.125]),
                    labels=Labels(codes, ('a "quoted", one', "b")))
    path = written(tmp_path / "points.csv", points)
    cloud = read_cloud(path, ReadChoice(weights="weight", labels="label")).cloud
    assert np.array_equal(cloud.xy, points.xy)
    assert cloud.weights == pytest.approx(points.weights)
    assert cloud.labels is not None
    assert cloud.labels.names == ('a "quoted", one', "b")
    assert np.array_equal(cloud.labels.codes, codes)


def test_a_trajectory_has_a_row_for_each_point_at_each_time(tmp_path: Path) -> None:
    xy, t = RNG.normal(size=(3, 5, 2)), np.array([0.0, 0.25, 1.0])
    with written(tmp_path / "way.csv", Points(xy, t)).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(float(row["t"]), int(row["point"])) for row in rows] == [(time, k) for time in t for k in range(5)]
    assert np.array_equal(np.array([[float(row["x"]), float(row["y"])] for row in rows]).reshape(3, 5, 2), xy)
    assert np.array_equal(np.load(written(tmp_path / "way.npy", Points(xy, t))), xy)


def test_a_refused_place_is_said_and_giving_up_leaves_the_old_file(tmp_path: Path) -> None:
    points = Points(RNG.normal(size=(30_000, 2)))
    with pytest.raises(ExportError, match="could not be written"):
        list(write_points(tmp_path / "none" / "points.csv", points))
    old = tmp_path / "old.csv"
    old.write_text("mine")
    work = write_points(old, points)
    next(work)
    work.close()
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert old.read_text() == "mine"
