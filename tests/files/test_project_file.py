"""A project file gives back what was saved, of any schema, or says what it does not know."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import changed, pack, parts_of, same_file, same_side, weights
from snapshots import with_field

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.config import FlowConfig
from fmviz.core.errors import FmvizError, ProjectError
from fmviz.core.frames import Pairs
from fmviz.core.paths import PATHS
from fmviz.core.project import MOST_OTHERS, KeptStep, LearnedLane, Origin, Project, Scene, compared
from fmviz.core.quantities import Metrics
from fmviz.core.shapes import SHAPES
from fmviz.core.style import VIEWS, Style
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.files.snapshot_codec import decode_snapshot, encode_snapshot


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


def test_a_picture_keeps_the_settings_of_its_path(tmp_path: Path, full: ProjectFile, make_snapshot) -> None:
    settings = ("alpha", "3*t^2 - 2*t^3"), ("beta", "cos(pi*t/2)")
    lanes = tuple(replace(lane, path="own", **dict(settings)) for lane in full.project.lanes)
    picture = replace(make_snapshot(), path="own", path_settings=settings, sigma=0.25)
    save_project(tmp_path / "a.fmviz", ProjectFile(replace(full.project, lanes=lanes), (LearnedLane(weights(), picture),
                                                                                       LearnedLane())))
    loaded = load_project(tmp_path / "a.fmviz")
    assert [(lane.alpha, lane.beta) for lane in loaded.project.lanes] == [("3*t^2 - 2*t^3", "cos(pi*t/2)")] * 2
    assert loaded.learned[0].snapshot.full_path is picture.full_path
    assert loaded.learned[0].snapshot.sigma == 0.25


@pytest.mark.parametrize(("given", "said"), [
    ({"alpha": "t"}, "other settings than 'alpha'"), ({"alpha": "t.real", "beta": "1 - t"}, "no meaning for '.'"),
    ({"alpha": 3, "beta": "1 - t"}, "give a text"), ("t", "should be an object"),
])
def test_a_picture_of_another_path_is_refused(make_snapshot, given: object, said: str) -> None:
    plain, data = encode_snapshot(replace(make_snapshot(), path="own"))
    with pytest.raises(FmvizError, match=said):
        decode_snapshot({**plain, "path_settings": given}, data, 0)


def test_points_without_a_partner_are_kept(tmp_path: Path, full: ProjectFile, make_snapshot) -> None:
    rng = np.random.default_rng(4)
    x0, x1, alone0, alone1 = (rng.normal(size=(n, 2)).astype(np.float32) for n in (5, 5, 3, 2))
    pairs = Pairs(x0, x1, 2.5, alone0=alone0, alone1=alone1, column_error=1e-4)
    lane = LearnedLane(weights(), replace(make_snapshot(), pairs=pairs), batches=(pairs,))
    save_project(tmp_path / "a.fmviz", ProjectFile(full.project, (lane, LearnedLane())))
    loaded = load_project(tmp_path / "a.fmviz").learned[0]
    for again in (loaded.snapshot.pairs, *loaded.batches):
        assert (again.size, again.column_error) == (8, 1e-4)
        for name in ("x0", "x1", "alone0", "alone1"):
            np.testing.assert_array_equal(getattr(again, name), getattr(pairs, name))


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
    (lambda s: s.update(others=s["others"] * 5), "15 others"),
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
    far = replace(with_field(snapshot, snapshot.velocity.values * np.float32(1e8)), x=x)
    save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, far),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot
    assert loaded.x[-1, 0] == pytest.approx([1e9, 1e9], rel=1e-3)
    u = far.velocity.values
    assert loaded.velocity.values == pytest.approx(u, rel=2e-3, abs=float(1e-6 * np.abs(u).max()))


def test_what_is_not_known_stays_unknown(tmp_path: Path, make_snapshot) -> None:
    snapshot = replace(make_snapshot(), metrics=Metrics(loss=float("nan"), w2=float("inf")), pairs=None)
    save_project(tmp_path / "a.fmviz", ProjectFile(Project(), (LearnedLane(None, snapshot),)))
    loaded = load_project(tmp_path / "a.fmviz").learned[0].snapshot
    assert loaded.metrics == Metrics() or (loaded.metrics.loss, loaded.metrics.w2) == (None, None)
    assert loaded.pairs is None


def test_loaded_arrays_cannot_be_changed(tmp_path: Path, full: ProjectFile) -> None:
    save_project(tmp_path / "a.fmviz", full)
    lane = load_project(tmp_path / "a.fmviz").learned[0]
    for array in (lane.snapshot.x, lane.snapshot.velocity.values, lane.snapshot.t, lane.snapshot.source,
                  lane.weights["scale"]):
        assert not array.flags.writeable


def test_a_lane_is_learned_or_empty_but_always_there(make_snapshot) -> None:
    with pytest.raises(ProjectError, match="1 panes, but 0"):
        ProjectFile(Project(), ())


@pytest.mark.parametrize("starts", [None, (), ((0.1, -2.5), (1e-7, 3e9))])
def test_what_is_followed_is_kept_with_every_scene(tmp_path: Path, full: ProjectFile, starts) -> None:
    style = replace(Style(), starts=starts)
    file = replace(full, project=replace(full.project, style=style, scenes=(Scene("a", style),)))
    save_project(tmp_path / "a.fmviz", file)
    loaded = load_project(tmp_path / "a.fmviz").project
    assert (loaded.style, loaded.scenes[0].style) == (style, style)


@pytest.mark.parametrize("starts", ["1,2", [1, 2], [[1]], [[1, 2, 3]], [["a", 2]], [[True, 2]], [[0, 1]] * 25, {}])
def test_starts_that_are_none_are_refused(tmp_path: Path, full: ProjectFile, starts) -> None:
    save_project(tmp_path / "a.fmviz", full)
    pack(tmp_path / "a.fmviz", changed(parts_of(tmp_path / "a.fmviz"),
                                       lambda plain: plain["project"]["style"].update(starts=starts)))
    with pytest.raises(ProjectError):
        load_project(tmp_path / "a.fmviz")


@pytest.mark.parametrize("probe", [None, (0.1, -2.5), (1e-7, 3e9)])
def test_a_probe_is_kept_with_every_scene(tmp_path: Path, full: ProjectFile, probe) -> None:
    style = replace(Style().with_probe(probe), probe_t=None if probe is None else 0.25, probe_name="$x$")
    file = replace(full, project=replace(full.project, style=style, scenes=(Scene("a", style),)))
    save_project(tmp_path / "a.fmviz", file)
    loaded = load_project(tmp_path / "a.fmviz").project
    assert (loaded.style, loaded.scenes[0].style) == (style, style)
    assert loaded.style.has_probe == (probe is not None)


@pytest.mark.parametrize("probe", ["1,2", [1], [1, 2, 3], ["a", 2], [True, 2], {}, [1e31, 0]])
def test_a_probe_that_is_no_place_is_refused(tmp_path: Path, full: ProjectFile, probe) -> None:
    save_project(tmp_path / "a.fmviz", full)
    pack(tmp_path / "a.fmviz", changed(parts_of(tmp_path / "a.fmviz"),
                                       lambda plain: plain["project"]["style"].update(probe=probe)))
    with pytest.raises(ProjectError):
        load_project(tmp_path / "a.fmviz")
