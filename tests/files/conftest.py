"""What several tests of files need: a project with everything in it."""

from __future__ import annotations

import numpy as np
import pytest
from projects import weights
from snapshots import make_snapshot

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.export_spec import ExportSpec
from fmviz.core.project import KeptStep, LearnedLane, Origin, Project, compared
from fmviz.core.style import Style
from fmviz.files.project_file import ProjectFile

__all__ = ["make_snapshot"]


@pytest.fixture
def full(make_snapshot) -> ProjectFile:
    rng = np.random.default_rng(3)
    source = Side(cloud=PointCloud(rng.normal(size=(70, 2)), rng.random(70), "Wölkchen, 1.csv"), jitter=0.05)
    project = Project(source=source, target=Side(shape="heart"), lanes=compared(Project()).lanes,
                      style=Style(bandwidth=0.7).with_view("density"), export=ExportSpec(fps=20.0, lanes=(1, 0)))
    return ProjectFile(project, (LearnedLane(weights(), make_snapshot(k=9, n=40, g=7)), LearnedLane(weights(1), None)))


@pytest.fixture
def stale(full: ProjectFile, make_snapshot) -> ProjectFile:
    """What is kept beside the lanes: of the present clouds, of older ones, of a drawn and a picked side."""
    source, target = full.project.source, Side(cloud=PointCloud(np.random.default_rng(9).normal(size=(30, 2))))
    kept = (KeptStep(3, weights(2)), KeptStep(5, weights(3)))
    others = (
        LearnedLane(weights(4), make_snapshot(k=9, n=40, g=7, lane=1), kept, Origin(1, source, target, FlowConfig())),
        LearnedLane(weights(5), None, (), Origin(0, Side(shape="rings"), target, FlowConfig(seed=5))),
        LearnedLane(None, make_snapshot(k=9, n=40, g=7), (), Origin(0, source, Side(shape="heart"), FlowConfig())),
    )
    return ProjectFile(full.project, (*full.learned, *others))
