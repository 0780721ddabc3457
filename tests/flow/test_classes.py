"""Particles have the class of the point they start from, and that of the target's point they end next to."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.distance import cdist

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.frames import frame_at
from fmviz.core.project import LearnedFlow, Project
from fmviz.core.style import Style
from fmviz.files.snapshot_codec import decode_snapshot, encode_snapshot
from fmviz.flow.carry import LIVE, PARTICLES
from fmviz.flow.device import finish
from fmviz.flow.network import Layout, initial_parameters, weights_of
from fmviz.flow.sample import picture_of
from fmviz.flow.units import units_of


def labelled(n: int, seed: int, away: float = 0.0) -> Side:
    """Return two bumps, "left" and "right", and a few points of no class between them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, 2, n)
    x = np.where(codes < 0, 0.0, 6.0 * codes - 3)[:, None] * (1, 0) + 0.4 * rng.normal(size=(n, 2)) + away
    return Side(cloud=PointCloud(x, labels=Labels(codes, ("left", "right"))))


def snapshot_of(source: Side, target: Side):
    layout = Layout(8, 2)
    weights = weights_of(layout, initial_parameters(layout, torch.Generator().manual_seed(0)), units_of(source, target))
    flow = LearnedFlow(Project(source, target, (FlowConfig(width=8, depth=2),)), weights)
    return finish(picture_of(flow, 1, Sampling(), LIVE))


def test_each_particle_has_the_class_of_where_it_starts_and_of_where_it_ends() -> None:
    for away in (0.0, 1e9):
        source, target = labelled(500, 0, away), labelled(300, 1, away)
        snapshot = snapshot_of(source, target)
        assert snapshot.classes.start.codes.shape == snapshot.classes.end.codes.shape == (PARTICLES,)
        assert snapshot.classes.start.codes.dtype == snapshot.classes.end.codes.dtype == np.int16
        starts = cdist(snapshot.x[0], source.cloud.xy).argmin(axis=1)
        assert np.array_equal(snapshot.classes.start.codes, source.cloud.labels.codes[starts])
        ends = cdist(snapshot.x[-1], target.cloud.xy).argmin(axis=1)
        assert np.mean(snapshot.classes.end.codes == target.cloud.labels.codes[ends]) > 0.999
        assert snapshot.classes.start.names == ("left", "right")


def test_without_labels_there_are_no_classes() -> None:
    plain = Side(cloud=PointCloud(np.random.default_rng(0).normal(size=(50, 2))))
    snapshot = snapshot_of(Side(shape="moons"), plain)
    assert snapshot.classes.start is None
    assert snapshot.classes.end is None
    assert snapshot_of(plain, labelled(40, 0)).classes.start is None


def test_classes_are_kept_in_the_file_and_shown_in_the_frame() -> None:
    snapshot = snapshot_of(labelled(500, 0), labelled(300, 1))
    loaded = decode_snapshot(*encode_snapshot(snapshot), 0)
    for name in ("start", "end"):
        found = getattr(loaded.classes, name)
        assert np.array_equal(found.codes, getattr(snapshot.classes, name).codes)
        assert found.names == ("left", "right")
    frame = frame_at(loaded, 0.5, Style())
    assert frame.classes.end is loaded.classes.end
    assert len(frame.classes.start) >= len(frame.x)
