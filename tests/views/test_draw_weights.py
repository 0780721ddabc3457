"""Drawing on a cloud with weights and labels: each point that stays keeps its own, as a map from place to both says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from easel import RIGHT, Easel
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import NO_LABEL, Labels, PointCloud, Side
from fmviz.core.theme import Theme
from fmviz.engine.document import Document

GRID = np.array([(x, y) for x in (-4.0, -2, 0, 2, 4) for y in (-4.0, -2, 0, 2, 4)])
WEIGHTS = np.arange(1.0, 26)
CODES = np.where(np.arange(25) % 5 == 0, NO_LABEL, np.arange(25) % 3)
Act = Callable[[Easel], None]


@pytest.fixture
def easel(qtbot: QtBot, document: Document, theme: Theme) -> Easel:
    easel = Easel(document, theme)
    qtbot.addWidget(easel)
    easel.show()
    qtbot.waitExposed(easel)
    cloud = PointCloud(GRID, WEIGHTS, "cells", Labels(CODES, ("a", "b", "c")))
    document.set_side("target", Side(cloud=cloud), "Given")
    easel.tool.start("target")
    return easel


def cloud_of(easel: Easel) -> PointCloud:
    cloud = easel.target.cloud
    assert cloud is not None
    assert cloud.weights is not None
    assert cloud.labels is not None
    assert cloud.weights.sum() == pytest.approx(1)
    assert cloud.name == "cells, edited"
    return cloud


def by_place(cloud: PointCloud) -> dict[tuple[float, float], tuple[float, int]]:
    """Return weight and label of each point, by its place; the weights in shares of that at (4, 4), in float32."""
    assert cloud.weights is not None
    assert cloud.labels is not None
    rows = {(float(x), float(y)): row for row, (x, y) in enumerate(cloud.xy)}
    unit = cloud.weights[rows[4.0, 4.0]]
    return {place: (round(float(cloud.weights[row] / unit), 4), int(cloud.labels.codes[row]))
            for place, row in rows.items()}


BEFORE = by_place(PointCloud(GRID, WEIGHTS, "cells", Labels(CODES, ("a", "b", "c"))))


def tool(name: str, *places: tuple[float, float]) -> Act:
    def act(easel: Easel) -> None:
        easel.tool.settings.set_tool(name)
        easel.press(places[0])
        for place in places[1:]:
            easel.move(place)
        easel.wait(0.16)
        easel.release(places[-1])

    return act


def select(easel: Easel) -> None:
    """Catch the lower left quarter, nine points."""
    tool("select", (-4.6, -4.6), (0.6, 0.6))(easel)


def test_a_stroke_adds_points_of_no_class_and_the_mean_weight(easel: Easel) -> None:
    for act in (tool("spray", (1, 1)), tool("line", (-3, -3), (3, 1)), tool("stamp", (1, -1))):
        steps, held = easel.steps, len(easel.tool.points)
        act(easel)
        assert easel.steps == steps + 1
        cloud = cloud_of(easel)
        assert len(cloud) > held
        found = by_place(cloud)
        assert {place: found.pop(place) for place in BEFORE} == BEFORE
        assert set(found.values()) == {(round(WEIGHTS.mean() / 25, 4), NO_LABEL)}


@pytest.mark.parametrize("act", [
    tool("eraser", (-4, -5), (-4, 5)),
    lambda easel: easel.drag((-5, -2), (3, -2), button=RIGHT),
    lambda easel: (select(easel), easel.key(Qt.Key.Key_Delete)),
])
def test_points_that_go_take_theirs_along(easel: Easel, act: Act) -> None:
    act(easel)
    found = by_place(cloud_of(easel))
    assert 10 < len(found) < 25
    assert found == {place: BEFORE[place] for place in found}
    assert easel.steps == 2
    easel.tool.undo()
    assert easel.target.cloud is not None
    assert by_place(easel.target.cloud) == BEFORE


@pytest.mark.parametrize("act", [
    lambda easel: easel.drag((-1, -1), (0.3, -2.2)),  # moved
    lambda easel: easel.drag((0.6, 0.6), (1.6, 1.1)),  # scaled
    lambda easel: easel.key(Qt.Key.Key_Left),
])
def test_points_that_move_keep_theirs(easel: Easel, act: Act) -> None:
    given = easel.target.cloud
    assert given is not None
    assert given.weights is not None
    select(easel)
    act(easel)
    cloud = cloud_of(easel)
    assert (cloud.xy != GRID).any(axis=1).sum() >= 8
    assert np.array_equal(cloud.weights, given.weights)
    assert np.array_equal(cloud.labels.codes, CODES)
    assert easel.steps == 2


def test_they_pass_through_a_drawing_of_too_few_points(easel: Easel) -> None:
    easel.tool.settings.set_tool("select")
    tool("select", (3.5, 3.5), (5, 5))(easel)
    chosen = easel.tool.selection
    assert chosen is not None
    chosen.chosen[:] = ~chosen.chosen
    easel.key(Qt.Key.Key_Delete)
    assert len(easel.tool.points) == 1
    tool("stamp", (0, 0))(easel)
    found = by_place(cloud_of(easel))
    assert found.pop((4.0, 4.0)) == (1.0, CODES[-1])
    assert set(found.values()) == {(1.0, NO_LABEL)}
    assert easel.steps == 2


def test_a_drawing_that_was_emptied_begins_anew(easel: Easel) -> None:
    easel.tool.clear()
    tool("stamp", (0, 0))(easel)
    cloud = easel.target.cloud
    assert cloud is not None
    assert (cloud.weights, cloud.labels) == (None, None)
    easel.tool.undo()
    assert easel.target.cloud is not None
    assert by_place(easel.target.cloud) == BEFORE
