"""A project file gives back what was saved, or says in one sentence why it cannot; it never half-opens."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import ProjectError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.frames import Curves, FlowSnapshot, Metrics, Pairs
from fmviz.core.paths import PATHS
from fmviz.core.project import MOST_OTHERS, KeptStep, LearnedLane, Origin, Project, compared
from fmviz.core.scene import Scene
from fmviz.core.shapes import SHAPES
from fmviz.core.style import VIEWS, Style
from fmviz.files.project_file import ProjectFile, load_project, save_project


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"in.weight": rng.normal(size=(16, 10)).astype(np.float32), "in.bias": np.zeros(16, dtype=np.float32),
            "scale": np.array(3.5, dtype=np.float32)}


@pytest.fixture
def full(make_snapshot) -> ProjectFile:
    rng = np.random.default_rng(3)
    source = Side(cloud=PointCloud(rng.normal(size=(70, 2)), rng.random(70), "Wölkchen, 1.csv"), jitter=0.05)
    project = Project(source=source, target=Side(shape="heart"), lanes=compared(Project()).lanes,
                      style=Style(bandwidth=0.7).with_view("density"), export=ExportSpec(fps=20.0, lanes=(1, 0)))
    return ProjectFile(project, (LearnedLane(weights(), make_snapshot(k=9, n=40, g=7)), LearnedLane(weights(1), None)))


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
    assert np.abs(a.u - b.u).max() < 1e-3 * np.abs(a.u).max()
    for field in fields(Curves):
        assert np.array_equal(getattr(a.curves, field.name), getattr(b.curves, field.name))
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


def test_what_is_saved_is_loaded(tmp_path: Path, full: ProjectFile) -> None:
    save_project(tmp_path / "a.fmviz", full)
    same_file(full, load_project(tmp_path / "a.fmviz"))
    same_file(full, load_project(str(tmp_path / "a.fmviz")))


def test_random_projects_survive(tmp_path: Path, make_snapshot) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "a.fmviz"

    def side() -> Side:
        if rng.random() < 0.5:
            return Side(shape=str(rng.choice(list(SHAPES))), jitter=float(rng.random()))
        n = int(rng.integers(2, 300))
        masses = rng.random(n) if rng.random() < 0.5 else None
        return Side(cloud=PointCloud(rng.normal(size=(n, 2)) * 10.0 ** rng.integers(-5, 6), masses))

    for _ in range(25):
        source, target = side(), side()
        config = FlowConfig(steps=int(rng.integers(1, 1000)), lr=float(rng.uniform(1e-5, 1)))
        project = Project(source, target, (config,), Style().with_view(str(rng.choice(list(VIEWS)))))
        if rng.random() < 0.5:
            project = compared(project)
        learned = tuple(
            LearnedLane(weights(lane) if rng.random() < 0.5 else None,
                        make_snapshot(source, target, k=5, n=20, g=5, lane=lane) if rng.random() < 0.7 else None)
            for lane in range(len(project.lanes))
        )
        save_project(path, ProjectFile(project, learned))
        same_file(ProjectFile(project, learned), load_project(path))


def test_the_same_project_gives_the_same_bytes(tmp_path: Path, full: ProjectFile) -> None:
    first, second, third = (tmp_path / f"{name}.fmviz" for name in "abc")
    save_project(first, full)
    save_project(second, full)
    save_project(third, load_project(first))
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_far_from_the_origin_pictures_stay_exact(tmp_path: Path, make_snapshot) -> None:
    for shift in ((0.0, 0.0), (3e3, -1e3), (1e5, 2e5)):
        snapshot = make_snapshot(shift=shift)
        save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, snapshot),)))
        loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot
        assert np.abs(loaded.x - snapshot.x).max() < 1e-3 * snapshot.extent.half + np.spacing(np.float32(2e5))


def test_a_cloud_far_from_the_origin_keeps_its_points_and_labels(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    labels = Labels(rng.integers(-1, 2, 60), ("ring", "<b>dots</b>"))
    side = Side(cloud=PointCloud(rng.normal(size=(60, 2)) + 1e9, name="far", labels=labels))
    path = tmp_path / "a.fmviz"
    save_project(path, ProjectFile(Project(source=side), (LearnedLane(),)))
    loaded = load_project(path).project.source
    assert same_side(side, loaded)
    assert loaded.cloud is not None
    assert loaded.cloud.labels is not None
    assert np.array_equal(loaded.cloud.labels.codes, labels.codes)
    assert loaded.cloud.labels.names == labels.names
    again = tmp_path / "b.fmviz"
    save_project(again, load_project(path))
    assert again.read_bytes() == path.read_bytes()


def test_points_of_single_precision_open_as_they_were(tmp_path: Path, full: ProjectFile) -> None:
    """So the first version wrote them."""
    path, points = tmp_path / "a.fmviz", np.random.default_rng(1).normal(size=(70, 2)).astype(np.float32)
    save_project(path, full)
    parts = parts_of(path)
    stream = io.BytesIO()
    np.save(stream, points)
    pack(path, {**parts, "source.npy": stream.getvalue()})
    assert np.array_equal(load_project(path).project.source.cloud.xy, points)


@pytest.mark.parametrize("key", PATHS)
def test_a_picture_keeps_its_path(tmp_path: Path, full: ProjectFile, make_snapshot, key: str) -> None:
    lanes = tuple(replace(lane, path=key) for lane in full.project.lanes)
    file = ProjectFile(replace(full.project, lanes=lanes), (LearnedLane(weights(), replace(make_snapshot(), path=key)),
                                                            LearnedLane()))
    save_project(tmp_path / "a.fmviz", file)
    loaded = load_project(tmp_path / "a.fmviz")
    assert [lane.path for lane in loaded.project.lanes] == [key, key]
    assert loaded.learned[0].snapshot.path == key


def test_the_lattice_is_kept_if_there_is_one(tmp_path: Path, make_snapshot) -> None:
    snapshot = make_snapshot(k=9, n=40, g=7)
    carried = np.random.default_rng(0).normal(0, 3, (9, 5, 5, 2)).astype(np.float32)
    for lattice in (None, carried):
        lane = LearnedLane(None, replace(snapshot, lattice=lattice))
        save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (lane,)))
        loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot.lattice
        if lattice is None:
            assert loaded is None
        else:
            np.testing.assert_allclose(loaded, lattice, atol=6e-4 * max(snapshot.extent.half, 12))


def test_the_course_of_learning_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kept = tuple(KeptStep(step, {"layers.0.weight": rng.normal(size=(4, 3)).astype(np.float32),
                                 "units.mean0": np.float32([123456.7, -2.5])}) for step in range(0, 300, 3))
    save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, None, kept),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].kept
    assert len(loaded) == 48
    assert (loaded[0].step, loaded[-1].step) == (0, 297)
    by_step = {entry.step: entry.weights for entry in kept}
    for entry in loaded:
        np.testing.assert_allclose(entry.weights["layers.0.weight"], by_step[entry.step]["layers.0.weight"], rtol=1e-3)
        np.testing.assert_array_equal(entry.weights["units.mean0"], by_step[entry.step]["units.mean0"])


def test_the_steps_that_scenes_name_are_kept(tmp_path: Path) -> None:
    kept = tuple(KeptStep(step, {"a": np.float32([[step]])}) for step in range(0, 600, 3))
    project = Project(scenes=(Scene("a", step=501), Scene("b", step=504), Scene("c"), Scene("d", step=508)))
    save_project(tmp_path / "a.fmviz", ProjectFile(project, (LearnedLane(None, None, kept),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].kept
    assert len(loaded) == 48
    assert {0, 501, 504, 507, 597} <= {entry.step for entry in loaded}


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


def test_what_belongs_to_other_clouds_and_settings_is_kept_with_them(tmp_path: Path, stale: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, stale)
    loaded = load_project(path)
    for entry in loaded.others:
        for step in entry.kept:
            for array in step.weights.values():
                assert array.dtype == np.float32
    same_file(stale, loaded)
    # A cloud that several share is one cloud, so that what was learned from the project's own is known as that.
    first, second, third = (entry.origin for entry in loaded.others)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.source == third.source == loaded.project.source
    assert first.target == second.target
    assert sum(name.endswith(".npy") for name in parts_of(path)) == 3
    again = tmp_path / "b.fmviz"
    save_project(again, loaded)
    assert again.read_bytes() == path.read_bytes()


def test_the_batches_of_scenes_are_kept(tmp_path: Path, full: ProjectFile) -> None:
    rng = np.random.default_rng(0)
    batches = tuple(Pairs(rng.normal(size=(n, 2)) + 1e9, rng.normal(size=(n, 2)).astype(np.float32), 2.5, usual, 1.5)
                    for n, usual in ((2, None), (64, 3.5)))
    path = tmp_path / "a.fmviz"
    save_project(path, ProjectFile(full.project, (replace(full.learned[0], batches=batches), full.learned[1])))
    first, second = load_project(path).lanes
    assert second.batches == ()
    for before, after in zip(batches, first.batches, strict=True):
        assert np.array_equal(before.x0, after.x0)
        assert np.array_equal(before.x1, after.x1)
        assert (before.cost, before.optimum, before.usual) == (after.cost, after.optimum, after.usual)
    for change, words in ((lambda s: s["learned"][0]["batches"].extend([{}] * 20), "22 batches"),
                          (lambda s: s["learned"][0]["batches"][0].update(luck=1), "luck"),
                          (lambda s: s["learned"][0].pop("batches"), "do not mention")):
        pack(tmp_path / "b.fmviz", changed(parts_of(path), change))
        with pytest.raises(ProjectError, match=words):
            load_project(tmp_path / "b.fmviz")


@pytest.mark.parametrize(("change", "words"), [
    (lambda s: s.update(others=5), "what others have learned"),
    (lambda s: s.update(others=s["others"] * 3), "9 others"),
    (lambda s: s.update(others=s["others"][:2]), "does not mention the part other2|do not mention the part other2"),
    (lambda s: s["others"][0].pop("origin"), "origin"),
    (lambda s: s["others"][0].update(luck=1), "luck"),
    (lambda s: s["others"][0]["origin"].update(luck=1), "luck"),
    (lambda s: s["others"][0]["origin"].update(lane=4), "number 4"),
    (lambda s: s["others"][0]["origin"].update(lane=-1), "whole number"),
    (lambda s: s["others"][0]["origin"]["config"].update(width=3), "width"),
    (lambda s: s["others"][0]["origin"]["points"].pop("target"), "a shape or a cloud"),
    (lambda s: s["others"][0]["origin"]["points"].update(target="other1.target"), "other1.target"),
    (lambda s: s["others"][0]["origin"]["points"].update(middle="source"), "middle"),
    (lambda s: s["others"][1]["origin"]["points"].update(source="source"), "a shape or a cloud"),
])
def test_others_that_make_no_sense_are_refused(tmp_path: Path, stale: ProjectFile,
                                               change: Callable[[dict[str, Any]], object], words: str) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, stale)
    pack(path, changed(parts_of(path), change))
    with pytest.raises(ProjectError, match=words):
        load_project(path)


def test_others_are_few_and_say_where_they_come_from(full: ProjectFile) -> None:
    other = LearnedLane(weights(), origin=Origin(0, Side(shape="rings"), Side(shape="moons"), FlowConfig()))
    ProjectFile(full.project, (*full.learned, *[other] * MOST_OTHERS))
    for wrong in ([other] * (MOST_OTHERS + 1), [LearnedLane(weights())]):
        with pytest.raises(ProjectError, match="others"):
            ProjectFile(full.project, (*full.learned, *wrong))
    with pytest.raises(ProjectError, match="2 panes"):
        ProjectFile(full.project, (other, other))


@pytest.mark.parametrize("schema", [1, 2, 3])
@pytest.mark.parametrize("couplings", [("random",), ("ot",), ("random", "ot")])
def test_a_file_of_an_earlier_schema_opens_the_same(tmp_path: Path, full: ProjectFile, schema: int,
                                                    couplings: tuple[str, ...]) -> None:
    """Random and OT coupling had one colour each, alone and beside each other."""
    path, project = tmp_path / "a.fmviz", compared(full.project, couplings)
    whole = ProjectFile(project, full.learned[:len(couplings)])
    save_project(path, whole)

    def older(settings: dict[str, Any]) -> None:
        settings["schema"] = schema
        del settings["project"]["names"], settings["project"]["hues"]
        for lane in settings["learned"]:
            if lane["picture"] is not None:
                del lane["picture"]["path"]
        if schema < 3:
            del settings["others"]
        if schema < 2:
            del settings["project"]["scenes"]
            for lane in settings["learned"]:
                del lane["has_kept"]

    pack(path, changed(parts_of(path), older))
    same_file(whole, load_project(path))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_lanes_as_there_can_be_are_kept(tmp_path: Path, make_snapshot, count: int) -> None:
    project = Project()
    for lane in range(1, count):
        project = project.with_lane_added(width=32 * lane, steps=1000 + lane)
    project = replace(project.with_lane_named(count - 1, "Wölkchen <b>"), hues=(3, 0, 2, 1)[:count])
    whole = ProjectFile(project, tuple(LearnedLane(weights(lane), make_snapshot(k=5, n=20, g=5, lane=lane))
                                       for lane in range(count)))
    save_project(tmp_path / "a.fmviz", whole)
    same_file(whole, load_project(tmp_path / "a.fmviz"))


def test_particles_thrown_far_do_not_become_infinite(tmp_path: Path, make_snapshot) -> None:
    snapshot = make_snapshot()
    x = snapshot.x.copy()
    x[-1, 0] = 1e9
    far = replace(snapshot, x=x, u=snapshot.u * np.float32(1e8))
    save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, far),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot
    assert loaded.x[-1, 0] == pytest.approx([1e9, 1e9], rel=1e-3)
    assert loaded.u == pytest.approx(far.u, rel=2e-3, abs=float(1e-6 * np.abs(far.u).max()))


def test_what_is_not_known_stays_unknown(tmp_path: Path, make_snapshot) -> None:
    snapshot = replace(make_snapshot(), metrics=Metrics(loss=float("nan"), w2=float("inf")), pairs=None)
    save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, snapshot),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot
    assert loaded.metrics == Metrics() or (loaded.metrics.loss, loaded.metrics.w2) == (None, None)
    assert loaded.pairs is None


def test_loaded_arrays_cannot_be_changed(tmp_path: Path, full: ProjectFile) -> None:
    save_project(tmp_path / "a.fmviz", full)
    lane = load_project(tmp_path / "a.fmviz").learned[0]
    for array in (lane.snapshot.x, lane.snapshot.u, lane.snapshot.t, lane.snapshot.source, lane.weights["scale"]):
        assert not array.flags.writeable


def test_a_lane_is_learned_or_empty_but_always_there(make_snapshot) -> None:
    with pytest.raises(ProjectError, match="1 panes, but 0"):
        ProjectFile(Project(), ())


def test_a_failing_save_leaves_the_old_file(tmp_path: Path, full: ProjectFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    before = path.read_bytes()

    class FullDisk(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() > 5000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode="r", **rest: FullDisk(self, "w") if mode == "wb"
                        else real(self, mode, **rest))
    with pytest.raises(ProjectError, match=r"could not be saved: the disk is full; free some space"):
        save_project(path, full)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path: Path, full: ProjectFile) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for path, words in ((tmp_path, "folder"), (tmp_path / "none" / "a.fmviz", "no such file or folder"),
                        (tmp_path / "file" / "a.fmviz", "")):
        with pytest.raises(ProjectError, match=rf"could not be saved: .*{words}"):
            save_project(path, full)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_places_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "words.fmviz").write_text("hello")
    (tmp_path / "empty.fmviz").write_bytes(b"")
    for name, words in (("", "folder"), ("none.fmviz", "no such file"), ("words.fmviz", "damaged or no .fmviz file"),
                        ("empty.fmviz", "damaged or no .fmviz file")):
        with pytest.raises(ProjectError, match=words):
            load_project(tmp_path / name)


def test_a_cut_file_never_opens(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    data = path.read_bytes()
    for cut in [*range(0, len(data), max(1, len(data) // 300)), *range(len(data) - 40, len(data))]:
        path.write_bytes(data[:cut])
        with pytest.raises(ProjectError):
            load_project(path)


def test_a_damaged_file_opens_equal_or_not_at_all(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    said = []
    headers = [place for place in range(len(data)) if data[place : place + 2] == b"PK"]
    places = [*rng.integers(0, len(data), 500), *(place + offset for place in headers for offset in range(46))]
    for place in places:
        if place >= len(data):
            continue
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        try:
            same_file(full, load_project(path))
        except ProjectError as error:
            said.append(str(error))
    assert len(said) > len(places) / 2
    assert not any("\n" in sentence for sentence in said)


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


def test_a_file_packed_by_another_program_opens(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, parts_of(path))
    same_file(full, load_project(path))


def test_settings_that_are_missing_get_their_defaults(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)

    def forget(settings: dict[str, Any]) -> None:
        settings["project"].pop("style")
        settings["project"]["export"] = {"fps": 10}
        for lane in settings["project"]["lanes"]:
            lane.pop("solver")

    pack(path, changed(parts_of(path), forget))
    project = load_project(path).project
    assert (project.style, project.export, project.lanes) == (Style(), ExportSpec(fps=10.0), full.project.lanes)


@pytest.mark.parametrize(("change", "words"), [
    (lambda s: s.update(schema=99), r"newer fmviz \(file format 99; this one reads up to 4\); update"),
    (lambda s: s.update(schema="1"), "no schema number"),
    (lambda s: s.pop("schema"), "no schema number"),
    (lambda s: s.update(format="zip"), "format"),
    (lambda s: s.update(more=1), "'?\"more\""),
    (lambda s: s["project"].update(lanes=s["project"]["lanes"][:1] * 5, names=[""] * 5, hues=[0] * 5),
     "has 5 panes; give 1 to 4"),
    (lambda s: s["project"]["lanes"][0].update(seed=7), "differ in the seed, which they must share"),
    (lambda s: s["project"]["lanes"][1].update(device="cpu"), "differ in the device, which they must share"),
    (lambda s: s["project"]["lanes"][1].update(coupling="magic"), "Coupling is 'magic'"),
    (lambda s: s["project"]["lanes"][1].update(path="crooked"), "Path is 'crooked'"),
    (lambda s: s["project"].update(names=["A"]), "2 panes and 1 names"),
    (lambda s: s["project"].update(names=["A", "B\n"]), "name of a pane"),
    (lambda s: s["project"].update(names=["A", 3]), "name of a pane"),
    (lambda s: s["project"].update(hues=[0, 0]), "colours of the panes"),
    (lambda s: s["project"].update(hues=[0, 4]), "colours of the panes"),
    (lambda s: s["project"].update(hues=[0]), "2 panes and 1 hues"),
    (lambda s: s["project"]["lanes"][0].update(steps=-3), "Training steps is -3"),
    (lambda s: s["project"]["lanes"][0].update(steps="many"), "Training steps is 'many'"),
    (lambda s: s["project"]["lanes"][0].update(turbo=True), "turbo"),
    (lambda s: s["project"].update(lanes=[]), "0 panes"),
    (lambda s: s["project"].update(lanes={}), "should be a list"),
    (lambda s: s["project"].update(lanes=[3], names=[""], hues=[0]), "should be an object"),
    (lambda s: s["project"].pop("target"), "target"),
    (lambda s: s["project"].update(target={"shape": "mooons"}), "mooons"),
    (lambda s: s["project"].update(target={"shape": "moons", "jitter": "a lot"}), "jitter"),
    (lambda s: s["project"].update(target={"shape": "moons", "jitter": -1}), "jitter"),
    (lambda s: s["project"].update(target={"cloud": "lost"}), r"target\.npy is missing"),
    (lambda s: s["project"].update(target={"shape": "moons", "colour": 3}), "colour"),
    (lambda s: s["project"]["style"].update(bandwidth="wide"), "bandwidth"),
    (lambda s: s["project"]["style"].update(particles=2.5), "particles"),
    (lambda s: s["project"]["style"].update(layers="particles"), "layers"),
    (lambda s: s["project"]["style"].update(layers=[["particles"]]), "layers"),
    (lambda s: s["project"]["export"].update(fps=7), "7 frames per second"),
    (lambda s: s["project"]["export"].update(bounce=1), "bounce"),
    (lambda s: s["project"]["export"].update(lanes=[7]), "panes are"),
    (lambda s: s.update(learned=[]), "has learned 0"),
    (lambda s: s["learned"][0].update(picture=5), "should be an object"),
    (lambda s: s["learned"][0]["picture"].update(coupling="magic"), "magic"),
    (lambda s: s["learned"][0]["picture"].update(path="cubic"), "no path 'cubic'"),
    (lambda s: s["project"]["lanes"][0].update(path="cubic"), "Path is 'cubic'; choose one of straight, trigonometric"),
    (lambda s: s["learned"][0]["picture"].update(step=-1), "step"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, -1]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, 1e-300]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, 5e-324]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[1e308, 0, 1]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[10**400, 0, 1]), "too large"),
    (lambda s: s["learned"][0]["picture"].update(step=2**63), "too large"),
    (lambda s: s["project"]["source"].update(jitter=1e308), "jitter"),
    (lambda s: s["project"]["export"].update(theme="\ud800"), "theme"),
    (lambda s: s["learned"][0]["picture"].update(scale=0), "scale"),
    (lambda s: s["learned"][0]["picture"].pop("is_final"), "is_final"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(loss="low"), "loss"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(luck=1), "luck"),
])
def test_wrong_settings_are_named(tmp_path: Path, full: ProjectFile, change: Callable[[dict[str, Any]], object],
                                  words: str) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, changed(parts_of(path), change))
    with pytest.raises(ProjectError, match=words):
        load_project(path)


@pytest.mark.parametrize("text", [
    b"", b"[]", b"{", b"nothing", b'{"format": NaN}', b'{"format": 1e999}', b'{"a": 1, "a": 1}', b"\xff\xfe",
    b"[" * 100_000, b'{"schema": ' + b"9" * 5000 + b"}", b'{"format": "fmviz", "schema": 1, "learned": Infinity}',
])
def test_text_that_is_no_json_is_refused(tmp_path: Path, full: ProjectFile, text: bytes) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, {**parts_of(path), "project.json": text})
    with pytest.raises(ProjectError):
        load_project(path)


def retold(name: str, **tensors: np.ndarray | None) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Return a change of the arrays in one part; None removes one."""
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        arrays = {**load(parts[name]), **tensors}
        return {**parts, name: save({key: array for key, array in arrays.items() if array is not None})}

    return change


PICTURE, NETWORK = "lane0.picture.safetensors", "lane0.safetensors"


@pytest.mark.parametrize("change", [
    retold(NETWORK, scale=np.array([np.nan], dtype=np.float32)),
    retold(NETWORK, scale=np.array([np.inf], dtype=np.float32)),
    retold(NETWORK, scale=np.array([1])),
    retold(NETWORK, scale=np.zeros((1,) * 6, dtype=np.float32)),
    retold(NETWORK, **{"n" * 300: np.zeros(1, dtype=np.float32)}),
    retold(NETWORK, **{f"n{i}": np.zeros(1, dtype=np.float32) for i in range(2100)}),
    retold(PICTURE, t=None),
    retold(PICTURE, t=np.zeros(9, dtype=np.float32)),
    retold(PICTURE, t=np.linspace(0, 1, 8, dtype=np.float32)),
    retold(PICTURE, x=np.zeros((9, 40, 3), dtype=np.float16)),
    retold(PICTURE, x=np.zeros((9, 0, 2), dtype=np.float16)),
    retold(PICTURE, x=np.zeros((9, 40, 2), dtype=np.float32)),
    retold(PICTURE, x=np.zeros((9, 20_001, 2), dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 257, 257, 2), dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 1, 1, 2), dtype=np.float16)),
    retold(PICTURE, lattice=np.zeros((9, 500, 500, 2), dtype=np.float16)),
    retold(PICTURE, source=np.zeros((0, 2), dtype=np.float32)),
    retold(PICTURE, target=np.zeros((20_001, 2), dtype=np.float32)),
    retold(PICTURE, **{f"pairs.x{end}": np.zeros((8_193, 2), dtype=np.float32) for end in (0, 1)}),
    retold(PICTURE, **{f"curve.loss{end}": np.zeros(10_001, dtype=np.float32) for end in ("", "_step")}),
    retold(PICTURE, x=np.full((9, 40, 2), np.nan, dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 7, 6, 2), dtype=np.float16)),
    retold(PICTURE, source=np.zeros((4, 3), dtype=np.float32)),
    retold(PICTURE, **{"pairs.x0": np.zeros((3, 2), dtype=np.float32)}),
    retold(PICTURE, **{"curve.w2": np.zeros(99, dtype=np.float32)}),
    lambda parts: {**parts, NETWORK: b"junk"},
    lambda parts: {**parts, NETWORK: b""},
    lambda parts: {**parts, NETWORK: (2**40).to_bytes(8, "little") + b"{}"},
    lambda parts: {key: data for key, data in parts.items() if key != NETWORK},
    lambda parts: {key: data for key, data in parts.items() if key != "project.json"},
    lambda parts: {**parts, "source.npy": b"junk"},
    lambda parts: {**parts, "run_me.py": b"print()"},
    lambda parts: {**parts, "../../evil": b""},
])
def test_wrong_parts_are_refused(tmp_path: Path, full: ProjectFile,
                                 change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, change(parts_of(path)))
    with pytest.raises(ProjectError):
        load_project(path)


def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, {**parts_of(path), "project.json": b" " * 50_000_000})
    assert path.stat().st_size < 200_000
    with pytest.raises(ProjectError, match="50,000,000 bytes"):
        load_project(path)


def test_parts_that_are_too_much_together_are_refused(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    zeros = bytes(60 * 2**20)
    names = [f"{name}{kind}.safetensors" for name in ("lane0", "lane1", "lane2", "lane3", "other0", "other1")
             for kind in ("", ".kept")]
    pack(path, {**parts_of(path), **dict.fromkeys(names, zeros)})
    with pytest.raises(ProjectError, match="its parts would take 75"):
        load_project(path)


def test_a_small_file_cannot_ask_for_long_animations(tmp_path: Path, full: ProjectFile) -> None:
    path, k = tmp_path / "a.fmviz", 200_000
    save_project(path, full)
    many = retold(PICTURE, t=np.linspace(0, 1, k, dtype=np.float32), x=np.zeros((k, 1, 2), np.float16),
                  u=np.zeros((k, 2, 2, 2), np.float16), lattice=None)
    pack(path, many(parts_of(path)))
    with pytest.raises(ProjectError, match="200000"):
        load_project(path)


@pytest.mark.parametrize("entries", [2_000, 70_000])
def test_a_long_directory_is_refused_before_it_is_read(tmp_path: Path, entries: int) -> None:
    path = tmp_path / "a.fmviz"
    with zipfile.ZipFile(path, "w") as archive:  # above 65,535 entries it is a zip64
        for number in range(entries):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    with pytest.raises(ProjectError, match="the list of its parts"):
        load_project(path)


def test_other_ways_of_packing_are_refused(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        pack(path, parts_of(path), method)
        with pytest.raises(ProjectError, match="unknown way"):
            load_project(path)
        save_project(path, full)


def test_loading_needs_neither_torch_nor_qt(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    program = ("import sys; from fmviz.files.project_file import load_project; load_project(sys.argv[1]); "
               "print([name for name in ('torch', 'scipy', 'ot', 'PySide6') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"
