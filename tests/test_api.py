"""Laws of fmviz in notebooks and scripts: the same flow as in the window and on the command line, in world units."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fmviz
from fmviz.cli import main
from fmviz.core.errors import ConfigError, FmvizError, ProjectError
from fmviz.core.project import LearnedLane, Project
from fmviz.files.project_file import ProjectFile, load_project, save_project

pytestmark = pytest.mark.usefixtures("few_points")

SHIFT = np.array([1e6, -3e5])


@pytest.fixture(scope="module")
def flow(few_points: None) -> fmviz.Flow:
    """A small flow that has learned a shift, far from the origin."""
    points = np.random.default_rng(0).normal(size=(400, 2))
    return fmviz.train(points, points + SHIFT, coupling="ot", steps=600, width=32, depth=2, nfe=20)


def test_a_flow_carries_the_source_into_the_target(flow: fmviz.Flow) -> None:
    ends = flow.sample(300)
    assert ends.shape == (300, 2)
    assert np.allclose(ends.mean(axis=0), SHIFT, atol=0.3)
    assert np.allclose(flow.velocity(np.zeros((3, 2)), 0.0), SHIFT, rtol=1e-5)


def test_its_trajectories_follow_its_velocity(flow: fmviz.Flow) -> None:
    t, x = flow.carry([[0.0, 0.0], [1.0, -1.0]])
    assert x.shape == (len(t), 2, 2)
    assert np.array_equal(x[0], [[0.0, 0.0], [1.0, -1.0]])
    middle = (len(t) - 1) // 2
    slope = (x[middle + 1] - x[middle]) / (t[middle + 1] - t[middle])
    expected = flow.velocity((x[middle] + x[middle + 1]) / 2, float(t[middle] + t[middle + 1]) / 2)
    assert np.allclose(slope, expected, rtol=1e-4)
    assert np.array_equal(flow.trajectories(50, seed=3).x[-1], flow.sample(50, seed=3))


def test_points_go_back_to_where_they_came_from(flow: fmviz.Flow) -> None:
    fine = flow.with_sampling(solver="rk4", nfe=400)
    there = fine.carry([[0.0, 0.0], [1.0, -1.0]])
    t, x = fine.carry(there.x[-1], backward=True)
    assert (t[0], t[-1]) == (1, 0)
    assert np.allclose(x[-1], there.x[0], atol=1e-2)  # of a shift by thousands, in float32


def test_what_is_saved_loads_as_the_same_flow(flow: fmviz.Flow, tmp_path: Path) -> None:
    flow.save(tmp_path / "flow.fmviz")
    again = fmviz.load(tmp_path / "flow.fmviz")
    assert np.array_equal(again.sample(50), flow.sample(50))
    assert again.metrics.w2 == flow.metrics.w2
    assert (again.step, again.settings) == (600, flow.settings)
    assert set(again.steps) <= set(flow.steps)  # a file keeps fewer
    assert load_project(tmp_path / "flow.fmviz").project.lanes == (flow.settings,)


def test_a_panel_is_the_picture_and_the_numbers_of_the_command(tmp_path: Path) -> None:
    flow = fmviz.train("gaussian", "8gaussians", steps=20, width=16, depth=1)
    done: list[float] = []
    panel = flow.panel("continuity", t=0.3, on_progress=done.append)
    assert panel.pixels().shape[:2] == (800, 1280)
    assert (done[-1], done) == (1, sorted(done))
    assert np.array_equal(flow.panel("continuity", t=0.3).pixels(), panel.pixels()), "worked out once"
    assert not np.array_equal(flow.panel("continuity", t=0.7).pixels(), panel.pixels())
    flow.save(tmp_path / "flow.fmviz")
    assert main(["render", str(tmp_path / "numbers.csv"), str(tmp_path / "flow.fmviz"), "--panel", "continuity"]) == 0
    lines = list(csv.reader((tmp_path / "numbers.csv").read_text(encoding="utf-8").splitlines()))
    assert lines[0] == list(panel.numbers)
    assert np.allclose([float(line[2]) for line in lines[1:]], panel.numbers[lines[0][2]], atol=1e-8)
    with pytest.raises(ConfigError, match="There is no panel 'loss'"):
        flow.panel("loss")
    with pytest.raises(ConfigError, match="nothing to show of this flow"):
        fmviz.train(coupling="ot", steps=1, width=16, depth=1).panel("continuity")


def test_an_earlier_step_is_an_earlier_flow(flow: fmviz.Flow) -> None:
    assert flow.at_step(599).step == flow.steps[-1]
    early = flow.at_step(5)
    assert early.step == 5
    assert not np.array_equal(early.sample(50), flow.sample(50))
    assert flow.at_step(10**9) is flow


def test_another_sampling_is_the_same_field_with_its_own_numbers(flow: fmviz.Flow) -> None:
    coarse = flow.with_sampling(solver="euler", nfe=1)
    assert np.array_equal(coarse.velocity([[1.0, 1.0]], 0.3), flow.velocity([[1.0, 1.0]], 0.3))
    t, x = coarse.trajectories(20)
    assert t.tolist() == [0.0, 1.0]
    assert np.allclose(x[1], x[0] + coarse.velocity(x[0], 0.0), rtol=1e-5)
    assert coarse.metrics.w2 is not None
    assert coarse.metrics.w2 != flow.metrics.w2
    assert coarse.metrics.loss == flow.metrics.loss  # learning is the same


def test_a_picture_shows_the_flow(qapp: object, flow: fmviz.Flow, tmp_path: Path) -> None:
    picture = flow.render("density", t=0.25, width=320, height=240)
    assert picture.pixels().shape[:2] == (240, 320)
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert not np.array_equal(picture.pixels(), flow.render("field", t=0.25, width=320, height=240).pixels())
    pairs = flow.at_step(5).render("pairs", width=320, height=240)
    assert not np.array_equal(pairs.pixels(), flow.at_step(5).render("trajectories", width=320, height=240).pixels())
    picture.save(tmp_path / "density.png")
    assert (tmp_path / "density.png").read_bytes() == picture.png


def test_progress_ends_at_the_whole() -> None:
    told: list[float] = []
    fmviz.train(steps=60, width=16, depth=1, nfe=4, on_progress=told.append)
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)


@pytest.mark.parametrize(("act", "says"), [
    (lambda flow: flow.velocity([1.0, 2.0, 3.0], 0.5), "shape"),
    (lambda flow: flow.velocity([["a", "b"]], 0.5), "no numbers"),
    (lambda flow: flow.velocity([[np.nan, 0.0]], 0.5), "not finite"),
    (lambda flow: flow.velocity([[0.0, 0.0]], 1.5), "1.5"),
    (lambda flow: flow.render("nothing"), "nothing"),
    (lambda flow: flow.render(theme="pink"), "pink"),
    (lambda flow: flow.at_step(-1), "-1"),
    (lambda flow: flow.with_sampling(coupling="ot"), "coupling"),
    (lambda flow: flow.with_sampling(nfe=0), "Evaluations"),
    (lambda flow: fmviz.train(coupling="magic", steps=1), "magic"),
    (lambda flow: fmviz.train(speed=1), "speed"),
    (lambda flow: fmviz.train(np.zeros((5, 3))), "shape"),
    (lambda flow: fmviz.train("no such shape"), "no such shape"),
])
def test_what_cannot_be_is_said_in_a_sentence(flow, act, says) -> None:
    with pytest.raises(FmvizError, match=says):
        act(flow)


def test_a_project_without_what_is_asked_for_says_so(tmp_path: Path) -> None:
    save_project(tmp_path / "empty.fmviz", ProjectFile(Project(), (LearnedLane(),)))
    with pytest.raises(ProjectError, match="train"):
        fmviz.load(tmp_path / "empty.fmviz")
    with pytest.raises(ConfigError, match="B"):
        fmviz.load(tmp_path / "empty.fmviz", lane="B")
    with pytest.raises(AttributeError, match="nothing"):
        _ = fmviz.nothing


def test_importing_it_loads_nothing_heavy(python: str, root: Path) -> None:
    code = "import fmviz, sys; assert not {'torch', 'numpy', 'PySide6'} & set(sys.modules)"
    subprocess.run([python, "-c", code], check=True, cwd=root)


@pytest.mark.parametrize("call", [
    lambda flow: flow.sample(0), lambda flow: flow.sample(2.5), lambda flow: flow.sample(True),
    lambda flow: flow.sample(10**12), lambda flow: flow.trajectories(-1), lambda flow: flow.trajectories("x"),
    lambda flow: flow.velocity([0.0, 0.0], "x"), lambda flow: flow.velocity([0.0, 0.0], [0.1, 0.2]),
    lambda flow: flow.velocity([0.0, 0.0], float("nan")), lambda flow: flow.velocity([0j, 1j], 0.5),
    lambda flow: flow.carry(np.ma.array(np.ones((2, 2)), mask=[[1, 0], [0, 0]])),
    lambda flow: flow.at_step(float("nan")), lambda flow: flow.at_step(None),
    lambda flow: flow.render(t=None), lambda flow: flow.save("flow.png"),
    lambda flow: fmviz.train(np.zeros((3, 2), dtype=complex), "moons", steps=1),
])
def test_what_makes_no_sense_is_told_in_a_sentence(flow: fmviz.Flow, call: Callable[[fmviz.Flow], object]) -> None:
    with pytest.raises(fmviz.FmvizError, match=r"^[A-Zt].*(give|leave|choose)"):
        call(flow)


def test_what_is_known_without_learning_has_no_step_and_noise_has_no_way_back() -> None:
    known = fmviz.train("gaussian", "8gaussians", model="exact", nfe=4, noise=0.5)
    assert known.step is None
    assert known.at_step(5) is known
    with pytest.raises(ConfigError, match="noise has no way back"):
        known.carry([[0.0, 0.0]], backward=True)
    back = known.with_sampling(noise=0.0).carry([[0.0, 0.0]], backward=True)
    assert (back.t[0], back.t[-1]) == (1, 0)


def test_noise_that_a_lane_cannot_have_can_be_taken_away_wherever_it_is_refused(
        flow: fmviz.Flow, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "noisy.fmviz")
    flow.save(file)
    stored = load_project(file)
    noisy = replace(stored.project, lanes=(replace(stored.project.lanes[0], noise=0.5),))  # as another coupling left it
    save_project(Path(file), replace(stored, project=noisy))
    again = fmviz.load(file)
    assert again.with_sampling(nfe=10).with_sampling(noise=0.0).settings.noise == 0.0
    with pytest.raises(ConfigError, match="or noise 0"):
        again.with_sampling(noise=0.5)
    lane = ["train", file, "--out", str(tmp_path / "out.fmviz"), "--steps", "5", "--lane"]
    assert main([*lane, "width=16"]) == 2
    assert "or noise 0" in capsys.readouterr().err
    assert main([*lane, "width=16,noise=0"]) == 0
    assert main([*lane, "width=16", "--noise", "0"]) == 0
