"""Of which lanes the exact field is known, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.possible import unknown_in, why_no_exact_field
from fmviz.core.project import Project

RANDOM, ENTROPIC = FlowConfig(), FlowConfig(coupling="entropic")


def test_one_shown_lane_that_is_known_is_enough() -> None:
    project = Project(lanes=(RANDOM, ENTROPIC))
    assert unknown_in(project) == ""
    assert "entropic" in unknown_in(project, (1,))
    assert "entropic" in unknown_in(replace(project, style=replace(project.style, lanes=(1,))))


def test_one_place_to_another_says_so_unless_there_is_noise() -> None:
    point, place = Side(shape="point"), Side(cloud=PointCloud(np.ones((2, 2))))
    assert "one place" in why_no_exact_field(point, place, RANDOM.learning)
    assert why_no_exact_field(point, place, replace(RANDOM, sigma=0.1).learning) == ""
    assert why_no_exact_field(point, Side(shape="moons"), RANDOM.learning) == ""
