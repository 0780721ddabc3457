"""What there is to see holds both clouds and the particles' way, and no more than it must."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fmviz.core.extent import Box, Extent, extent_of
from fmviz.core.fit import box_of_clouds, box_of_flows
from fmviz.core.frames import Curves, FlowSnapshot, Frame, Grid
from fmviz.core.quantities import Metrics

RNG = np.random.default_rng(0)
WIDE = [RNG.uniform((-9, -1), (-7, 1), (300, 2)), RNG.uniform((7, -1), (9, 2), (300, 2))]


def frame(clouds: list[NDArray[np.float64]]) -> Frame:
    return Frame(extent=extent_of(clouds), source=clouds[0], target=clouds[1])


def flow(clouds: list[NDArray[np.float64]], bend: float = 0.0) -> FlowSnapshot:
    """Straight ways from one cloud to the other, bent upwards by so much."""
    t = np.linspace(0, 1, 9)
    x = (1 - t)[:, None, None] * clouds[0] + t[:, None, None] * clouds[1]
    x[..., 1] += bend * np.sin(np.pi * t)[:, None]
    extent = extent_of(clouds)
    return FlowSnapshot(0, "random", 1, t.astype(np.float32), x, extent,
                        Grid(extent, t, np.zeros((9, 3, 3, 2), np.float32)), clouds[0], clouds[1], None, Curves(),
                        Metrics())


def holds(box: Box, points: NDArray[np.float64]) -> bool:
    return bool((np.abs(points - (box.cx, box.cy)) <= (box.half_x + 1e-9, box.half_y + 1e-9)).all())


def test_it_holds_both_clouds_and_is_as_flat_as_they_are() -> None:
    shown, box = frame(WIDE), box_of_clouds([frame(WIDE)])
    assert all(holds(box, cloud) for cloud in WIDE)
    assert box.half_x == shown.extent.half
    assert box.half_y < 0.35 * box.half_x
    margins = box.half_x - max(np.abs(cloud[:, 0] - box.cx).max() for cloud in WIDE), \
        box.half_y - max(np.abs(cloud[:, 1] - box.cy).max() for cloud in WIDE)
    assert margins[0] == pytest.approx(margins[1])


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((5, 2))])
def test_where_there_is_no_shape_it_is_the_square(points: NDArray[np.float64]) -> None:
    extent = Extent(0.0, 0.0, 3.0)
    assert box_of_clouds([Frame(extent=extent, source=points, target=points)]) == extent.box


def test_outliers_do_not_widen_it() -> None:
    far = [np.concatenate([WIDE[0], [[0.0, 1e6]]]), WIDE[1]]
    assert box_of_clouds([frame(far)]).half_y < 5


def test_several_pictures_are_all_held() -> None:
    tall = [cloud[:, ::-1] for cloud in WIDE]
    box = box_of_clouds([frame(WIDE), frame(tall)])
    assert all(holds(box, cloud) for cloud in WIDE + tall)


def test_the_way_of_the_particles_is_held_but_a_flow_that_diverges_does_not_hide_the_clouds() -> None:
    straight, bent = box_of_flows([flow(WIDE)]), box_of_flows([flow(WIDE, 3.0)])
    assert straight == box_of_clouds([frame(WIDE)])
    assert straight.half_y < bent.half_y
    assert holds(bent, flow(WIDE, 3.0).x.reshape(-1, 2))
    wild = replace(flow(WIDE), x=1e6 * flow(WIDE).x)
    assert box_of_flows([wild]).half_x <= 2 * straight.half_x


def test_it_does_not_tremble() -> None:
    assert len({box_of_flows([flow(WIDE, 3.0 + 0.01 * k)]) for k in range(-5, 6)}) <= 2


@pytest.mark.parametrize("shape", [(100, 100), (160, 90), (30, 200)])
def test_a_shaped_box_holds_the_box_and_touches_it(shape: tuple[int, int]) -> None:
    box = Box(1.0, 2.0, 4.0, 3.0)
    wider = box.shaped(*shape)
    assert wider.shape == pytest.approx(shape[0] / shape[1])
    assert wider.half_x >= 4.0 - 1e-12
    assert wider.half_y >= 3.0 - 1e-12
    assert wider.half_x == pytest.approx(4.0) or wider.half_y == pytest.approx(3.0)
