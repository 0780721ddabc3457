"""Points far outside of the picture leave a mark at its edge; a picture that holds all has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import DARK, array, bare, canvas, frames, only

from fmviz.core.camera import Camera

STYLE = bare("particles")


def marked(source: np.ndarray, camera: Camera | None = None) -> np.ndarray:
    """Return what differs from the picture without these points, (H, W)."""
    shown, plain = (canvas(replace(STYLE, camera=camera)) for _ in range(2))
    frame = only(x=frames(STYLE)[0].x, t=0.5)
    shown.show_frames([replace(frame, source=source)])
    plain.show_frames([frame])
    return (array(shown.to_image(640, 640)) != array(plain.to_image(640, 640))).any(axis=2)


def test_what_is_inside_leaves_no_mark() -> None:
    assert not marked(np.array([[0.5, -0.5], [6.6, 5.6], [-8.0, 0.0]])).any()


def test_an_outlier_that_is_seen_is_not_marked_and_one_that_is_not_is_marked_where_it_lies() -> None:
    outlier = np.array([[5000.0, 0.0]])
    assert not marked(outlier, Camera(0.0, 0.0, 11_000.0)).any()
    assert marked(outlier, Camera(0.0, 0.0, 5_000.0)).any()
    beyond = marked(outlier, Camera(6000.0, 0.0, 10.0))
    assert beyond[:, :320].any()
    assert not beyond[:, 320:].any()
    assert not marked(np.array([[0.5, -0.5]]), Camera(3.0, 3.0, 1.0)).any()  # zoomed in, it is no outlier


@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, -1)])
def test_the_mark_is_at_the_edge_that_the_points_lie_beyond(direction: tuple[int, int]) -> None:
    changed = marked(np.array([direction]) * 5000.0)
    rows, columns = np.nonzero(changed)
    assert 30 < len(rows) < 4000
    middle = np.array([columns.mean() - 320, 320 - rows.mean()])
    assert middle @ direction > 200
    assert DARK.source
