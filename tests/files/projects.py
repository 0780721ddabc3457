"""Whole projects, whether two are the same, and their files taken apart, for the tests of files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from fmviz.core.cloud import Side
from fmviz.core.frames import Curves, FlowSnapshot
from fmviz.core.quantities import Metrics
from fmviz.files.project_file import ProjectFile


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"in.weight": rng.normal(size=(16, 10)).astype(np.float32), "in.bias": np.zeros(16, dtype=np.float32),
            "scale": np.array(3.5, dtype=np.float32)}


def same_side(a: Side, b: Side) -> bool:
    if a.cloud is None or b.cloud is None:
        return a == b
    is_weighted = (a.cloud.weights is not None, b.cloud.weights is not None)
    return (np.array_equal(a.cloud.xy, b.cloud.xy) and a.cloud.name == b.cloud.name and a.jitter == b.jitter
            and is_weighted[0] == is_weighted[1]
            and (a.cloud.weights is None or np.array_equal(a.cloud.weights, b.cloud.weights)))


def same_snapshot(a: FlowSnapshot, b: FlowSnapshot) -> None:
    """Check that b is a, positions and velocities within float16 of the extent and of the peak speed."""
    assert (a.lane, a.coupling, a.path, a.step) == (b.lane, b.coupling, b.path, b.step)
    assert (a.is_final, a.extent) == (b.is_final, b.extent)
    for name in ("t", "source", "target"):
        assert np.array_equal(getattr(a, name), getattr(b, name))
    assert np.abs(a.x - b.x).max() < 1e-3 * a.extent.half
    assert np.abs(a.velocity.values - b.velocity.values).max() < 1e-3 * np.abs(a.velocity.values).max()
    for field in fields(Curves):
        mine, theirs = getattr(a.curves, field.name), getattr(b.curves, field.name)
        if field.name == "numbers":
            assert mine.keys() == theirs.keys()
            assert all(np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine)
        else:
            assert np.array_equal(mine, theirs)
    for field in fields(Metrics):
        assert getattr(a.metrics, field.name) == getattr(b.metrics, field.name)
    assert (a.pairs is None) == (b.pairs is None)
    if a.pairs is not None and b.pairs is not None:
        assert np.array_equal(a.pairs.x0, b.pairs.x0)
        assert np.array_equal(a.pairs.x1, b.pairs.x1)
        assert a.pairs.cost == b.pairs.cost


def same_file(a: ProjectFile, b: ProjectFile) -> None:
    assert same_side(a.project.source, b.project.source)
    assert same_side(a.project.target, b.project.target)
    for name in ("lanes", "names", "hues", "style", "export"):
        assert getattr(a.project, name) == getattr(b.project, name)
    for mine, theirs in zip(a.learned, b.learned, strict=True):
        assert (mine.origin is None) == (theirs.origin is None)
        if mine.origin is not None and theirs.origin is not None:
            assert (mine.origin.lane, mine.origin.config) == (theirs.origin.lane, theirs.origin.config)
            assert same_side(mine.origin.source, theirs.origin.source)
            assert same_side(mine.origin.target, theirs.origin.target)
        assert [entry.step for entry in mine.kept] == [entry.step for entry in theirs.kept]
        assert (mine.weights is None) == (theirs.weights is None)
        if mine.weights is not None and theirs.weights is not None:
            assert sorted(mine.weights) == sorted(theirs.weights)
            for name in mine.weights:
                assert np.array_equal(mine.weights[name], theirs.weights[name])
                assert theirs.weights[name].dtype == np.float32
        assert (mine.snapshot is None) == (theirs.snapshot is None)
        if mine.snapshot is not None and theirs.snapshot is not None:
            same_snapshot(mine.snapshot, theirs.snapshot)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def changed(parts: dict[str, bytes], change: Callable[[dict[str, Any]], object]) -> dict[str, bytes]:
    settings = json.loads(parts["project.json"])
    change(settings)
    return {**parts, "project.json": json.dumps(settings).encode()}
