"""What a cloud and a side accept, and how they draw."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.cloud import (
    LONGEST_LABEL,
    MAX_POINTS,
    MOST_LABELS,
    NEW_ROW,
    NO_LABEL,
    Labels,
    PointCloud,
    Side,
    carried,
    side_dots,
)
from fmviz.core.errors import CloudError
from fmviz.core.extent import Extent, extent_of, extent_of_sides


def test_a_cloud_is_a_read_only_copy() -> None:
    points = np.arange(8.0).reshape(4, 2)
    cloud = PointCloud(points)
    points[0] = 99
    assert cloud.xy[0].tolist() == [0, 1]
    assert cloud.xy.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        cloud.xy[0] = 1


@pytest.mark.parametrize(("points", "words"), [
    (np.zeros((1, 2)), r"has 1 point; .* at least 2"),
    (np.zeros((0, 2)), r"has 0 points; .* at least 2"),
    (np.zeros((MAX_POINTS + 1, 2)), r"200,001 points; at most 200,000"),
    (np.zeros((3, 3)), r"shape \(3, 3\)"),
    (np.zeros(4), r"shape \(4,\)"),
    (np.array([["a", "b"], ["c", "d"]]), r"two columns of numbers"),
    (np.array([[0, 1], [2, np.nan]]), r"Point 2 .*nan"),
    (np.array([[0, np.inf], [2, 3]]), r"Point 1 .*inf"),
    (np.array([[0, 1], [1e300, 0]]), r"Point 2 .*1e\+300"),
])
def test_what_is_no_cloud_is_refused_in_words(points: np.ndarray, words: str) -> None:
    with pytest.raises(CloudError, match=words):
        PointCloud(points)


@pytest.mark.parametrize("weights", [[1.0], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]])
def test_bad_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(CloudError, match="weight"):
        PointCloud(np.zeros((3, 2)), weights)


def test_weights_are_normalised_once_and_then_stay() -> None:
    cloud = PointCloud(np.zeros((1000, 2)), np.random.default_rng(0).random(1000) * 7)
    assert cloud.weights is not None
    assert cloud.weights.sum() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(PointCloud(cloud.xy, cloud.weights).weights, cloud.weights)


def test_a_cloud_is_drawn_by_its_weights() -> None:
    cloud = PointCloud(np.array([[0, 0], [1, 0], [2, 0], [3, 0]]), [0, 3, 1, 0])
    drawn = Side(cloud=cloud).sample(20_000, np.random.default_rng(0))[:, 0]
    assert set(np.unique(drawn)) == {1.0, 2.0}
    assert (drawn == 1).mean() == pytest.approx(0.75, abs=0.02)


def test_jitter_adds_its_variance() -> None:
    cloud = PointCloud(np.zeros((5, 2)))
    drawn = Side(cloud=cloud, jitter=0.3).sample(20_000, np.random.default_rng(0))
    assert drawn.dtype == np.float64
    assert drawn.std() == pytest.approx(0.3, rel=0.02)


def test_a_side_is_exactly_one_thing() -> None:
    cloud = PointCloud(np.zeros((5, 2)))
    for wrong in ({}, {"shape": "moons", "cloud": cloud}, {"shape": "mooons"}, {"shape": "moons", "jitter": -1.0},
                  {"shape": "moons", "jitter": np.nan}):
        with pytest.raises(CloudError):
            Side(**wrong)
    assert Side(shape="moons").label == "Two moons"
    assert Side(cloud=cloud).label == "Drawn"


def test_the_dots_of_a_side_are_always_the_same() -> None:
    assert np.array_equal(side_dots(Side(shape="moons")).xy, side_dots(Side(shape="moons")).xy)
    cloud = PointCloud(np.random.default_rng(0).normal(size=(20, 2)))
    assert side_dots(Side(cloud=cloud)).xy is cloud.xy
    assert len(side_dots(Side(cloud=PointCloud(np.zeros((5000, 2)))), 100).xy) == 100


def test_an_extent_holds_every_point_and_is_square() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        points = rng.normal(size=(30, 2)) * rng.uniform(1e-3, 1e5, 2) + rng.uniform(-1e3, 1e3, 2)
        extent = extent_of([points[:10], points[10:]])
        assert (points > [extent.left, extent.bottom]).all()
        assert (points < [extent.right, extent.top]).all()
        assert extent.right - extent.left == pytest.approx(extent.top - extent.bottom)


def test_an_extent_is_never_empty() -> None:
    for place in ([0.0, 0.0], [1e9, -3.0], [5.0, 5.0]):
        extent = extent_of([np.array([place, place])])
        assert extent.half >= 1
        assert extent.left < extent.cx < extent.right
    tiny = extent_of([np.array([[0, 0], [1e-6, 1e-6]])])
    assert tiny.half < 1e-5


def test_equal_sides_have_equal_extents() -> None:
    first, second = (extent_of_sides(Side(shape="moons"), Side(shape="rings")) for _ in range(2))
    assert first == second


def test_axes_reach_the_edges() -> None:
    extent = Extent(1.0, -2.0, 3.0)
    x, y = extent.axes(7)
    assert (x[0], x[-1], y[0], y[-1]) == pytest.approx((-2, 4, -5, 1))


def test_labels_belong_to_the_points() -> None:
    labels = Labels(np.array([0, 1, -1]), ("ring", "dots"))
    cloud = PointCloud(np.zeros((3, 2)), labels=labels)
    assert cloud.labels is labels
    assert labels.codes.dtype == np.int16
    assert not labels.codes.flags.writeable
    with pytest.raises(CloudError, match="4 points and 3 labels"):
        PointCloud(np.zeros((4, 2)), labels=labels)


@pytest.mark.parametrize(("codes", "names", "words"), [
    ([0, 2], ("a", "b"), "from 0 to 2; 2 classes"),
    ([0, -2], ("a", "b"), "from -2 to 0"),
    ([0.0, 1.0], ("a", "b"), "float64"),
    ([[0, 1]], ("a", "b"), r"shape \(1, 2\)"),
    ([0, 1], ("a", "a"), "same name"),
    ([0, 1], ("a", "b" * (LONGEST_LABEL + 1)), "at most 60 characters"),
    ([0, 1], ("a", "\ud800"), "cannot be used"),
    ([0, 1], tuple(map(str, range(MOST_LABELS + 1))), "1,001 different labels"),
])
def test_bad_labels_are_refused(codes: list[float], names: tuple[str, ...], words: str) -> None:
    with pytest.raises(CloudError, match=words):
        Labels(np.array(codes), names)


def test_the_rows_that_are_drawn_are_known() -> None:
    cloud = PointCloud(np.random.default_rng(0).normal(size=(50, 2)), np.arange(50.0))
    points, rows = Side(cloud=cloud).sample_with_rows(200, np.random.default_rng(1))
    assert rows is not None
    assert np.array_equal(points, cloud.xy[rows])
    jittered, same = Side(cloud=cloud, jitter=0.1).sample_with_rows(200, np.random.default_rng(1))
    assert np.array_equal(rows, same)
    assert not np.array_equal(points, jittered)
    assert Side(shape="moons").sample_with_rows(5, np.random.default_rng(1))[1] is None


@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_a_cloud_keeps_its_points_wherever_it_lies(shift: float) -> None:
    points = np.random.default_rng(0).normal(size=(500, 2)) + shift
    side = Side(cloud=PointCloud(points))
    assert np.array_equal(side.cloud.xy, points)
    assert np.isin(side.sample(100, np.random.default_rng(0)), points).all()
    moved = Side(cloud=PointCloud(points), jitter=0.1).sample(100, np.random.default_rng(0))
    base = Side(cloud=PointCloud(points - shift), jitter=0.1).sample(100, np.random.default_rng(0))
    assert np.abs(moved - shift - base).max() < 1e-6


@pytest.mark.parametrize(("n", "jitter"), [(300, 0.0), (300, 0.2), (4000, 0.0)])
def test_each_dot_has_its_own_label(n: int, jitter: float) -> None:
    x = np.random.default_rng(0).normal(size=(n, 2))
    right = (x[:, 0] > 0).astype(int)
    side = Side(cloud=PointCloud(x + 9 * right[:, None], labels=Labels(right, ("left", "right"))), jitter=jitter)
    xy, labels = side_dots(side)
    assert labels is not None
    assert np.array_equal(labels.codes == 1, xy[:, 0] > 4.5)
    assert side_dots(Side(shape="moons")).labels is None


@pytest.mark.parametrize("away", [1e9, 1e12])
def test_points_whose_differences_are_lost_are_refused(away: float) -> None:
    points = np.random.default_rng(0).normal(size=(50, 2))
    PointCloud(points * away * 1e-11 + away)
    with pytest.raises(CloudError, match="subtract what all of them share"):
        PointCloud(points * away * 1e-13 + away)
    PointCloud(np.full((50, 2), away))
    PointCloud(np.stack([np.full(50, away), points[:, 0] * 1e-9], axis=1))


def test_an_edit_takes_weights_and_labels_along_row_by_row() -> None:
    weights, labels = np.array([0.1, 0.2, 0.3, 0.4]), Labels(np.array([1, 0, NO_LABEL, 1]), ("a", "b"))
    rows = np.array([3, NEW_ROW, 0, 2, NEW_ROW])
    new_weights, new_labels = carried(weights, labels, rows)
    assert new_weights is not None
    assert new_labels is not None
    assert new_weights.tolist() == [0.4, 0.25, 0.1, 0.3, 0.25]
    assert new_labels.codes.tolist() == [1, NO_LABEL, 1, NO_LABEL, NO_LABEL]
    assert new_labels.names == ("a", "b")
    assert carried(None, None, rows) == (None, None)


def test_an_edit_leaves_no_weights_and_labels_that_say_nothing() -> None:
    weights, labels = np.array([0.0, 0.0, 1.0]), Labels(np.array([NO_LABEL, NO_LABEL, 0]), ("a",))
    for rows in ([0, 1], [0, 1, NEW_ROW], [NEW_ROW], []):  # the point that had them is gone
        assert carried(weights, labels, np.array(rows, dtype=np.int64)) == (None, None)
    assert carried(weights[:0], labels.of(np.arange(0)), np.array([NEW_ROW])) == (None, None)
