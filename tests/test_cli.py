"""What each command does, on tiny trainings: files that come out, numbers that are printed, files that are equal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fmviz.cli import main
from fmviz.commandline import learning
from fmviz.commandline.arguments import declare_likelihood, declare_train
from fmviz.commandline.commands import COMMANDS, Parser, split_for_qt
from fmviz.commandline.progress import ProgressLine
from fmviz.core.config import FIELDS, FlowConfig
from fmviz.core.lanes import differing
from fmviz.core.project import MOST_OTHERS, LearnedLane, Origin, Project
from fmviz.core.quantities import Metrics, numbers_of
from fmviz.core.shapes import SHAPES
from fmviz.core.solvers import SOLVERS
from fmviz.core.style import VIEWS
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.files.tables import read_cloud

pytestmark = pytest.mark.usefixtures("few_points")

TINY = ("--steps", "40", "--width", "16", "--depth", "1", "--batch", "32", "--pool", "64", "--nfe", "8")
SMALL_PICTURE = ("--size", "200x120", "--seconds", "0.2", "--hold", "0", "--fps", "20")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process; gives exit code, standard output, standard error."""
    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()
    return run


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> Path:
    """A project that has learned both couplings, a little."""
    path = tmp_path_factory.mktemp("learned") / "both.fmviz"
    assert main(["train", "--compare", "random,ot", "--out", str(path), *TINY]) == 0
    return path


def test_shapes_are_listed_a_line_each(run: Run) -> None:
    code, out, err = run("shapes")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(SHAPES)


def test_every_command_has_help(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"fmviz {name}" in out
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0


def test_every_setting_is_a_flag() -> None:
    parser = Parser(prog="fmviz train", allow_abbrev=False)
    declare_train(parser)
    for field in FIELDS:
        parsed = parser.parse_args([f"--{field.name.replace('_', '-')}", str(field.default)])
        assert getattr(parsed, field.name) == str(field.default)


def test_json_is_one_object_with_the_promised_numbers(run: Run) -> None:
    code, out, err = run("train", "--json", "--coupling", "ot", "--seed", "7", *TINY)
    numbers = json.loads(out)
    assert code == 0
    assert out.count("\n") == 1
    assert set(numbers) == {"steps", "seconds", *numbers_of(Metrics()), "coupling", "path", "model", "device",
                            "seed", "pool"}
    assert {"npe", "npe_error", "straightness", "energy_distance", "crossings", "exact_error", "nll"} <= set(numbers)
    assert 0 <= numbers["crossings"] <= 1
    assert (numbers["steps"], numbers["coupling"], numbers["seed"]) == (40, "ot", 7)
    assert numbers["path_length"] >= numbers["straight_length"] > 0
    assert "training ot" in err


def test_several_seeds_give_the_mean_and_the_deviation_of_each_number(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seeds.fmviz"
    code, out, err = run("train", "--json", "--seeds", "2", "--seed", "3", "--out", file, *TINY)
    assert code == 0
    assert "seed 2 of 2" in err
    both = json.loads(out)
    single = [json.loads(run("train", "--json", "--seed", str(seed), *TINY)[1]) for seed in (3, 4)]
    assert both["seeds"] == [3, 4]
    for name in ("w2", "npe", "loss", "crossings"):
        values = [numbers[name] for numbers in single]
        assert both[name] == pytest.approx(np.mean(values))
        assert both["deviations"][name] == pytest.approx(np.std(values, ddof=1))
    kept = load_project(file)
    assert kept.project.lanes[0].seed == 3
    assert kept.learned[0].snapshot.metrics.w2 == pytest.approx(single[0]["w2"])
    assert run("train", "--seeds", "0", *TINY)[0] == 2
    assert run("train", "--seeds", "2", "--seed", str(2**31 - 1), *TINY)[0] == 2


def test_an_interruption_prints_the_seeds_that_are_there(run: Run, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    learn, trained = learning.learn, []

    def interrupted(project: Project, which: str = "") -> learning.Learned:
        trained.append(which)
        if len(trained) == 3:
            raise KeyboardInterrupt
        return learn(project, which)

    monkeypatch.setattr(learning, "learn", interrupted)
    file = tmp_path / "none.fmviz"
    code, out, err = run("train", "--seeds", "5", "--out", file, *TINY)
    assert (code, file.exists()) == (130, False)
    assert "2 of 5 seeds" in err
    assert "seeds 0 to 1: mean ± deviation" in out


def test_couplings_and_paths_take_their_own_settings_and_say_them(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.fmviz"
    lanes = ("coupling=entropic,epsilon=.5", "coupling=partial,mass=.4,path=polynomial,exponent=3",
             "alpha=t**2,beta=cos(pi*t/2)")
    code, out, _ = run("train", "--json", "--out", file, *TINY, *(part for lane in lanes for part in ("--lane", lane)))
    entropic, partial, own = json.loads(out)["lanes"]
    assert code == 0
    assert (entropic["coupling"], entropic["epsilon"], entropic["pool"]) == ("entropic", 0.5, 64)
    assert (partial["mass"], partial["path"], partial["exponent"]) == (0.4, "polynomial", 3.0)
    assert (own["path"], own["alpha"], own["beta"]) == ("own", "t**2", "cos(pi*t/2)")
    assert "mass" not in entropic
    stored = load_project(file)
    assert [(lane.epsilon, lane.mass, lane.alpha) for lane in stored.project.lanes] == [
        (0.5, 0.7, "t"), (0.1, 0.4, "t"), (0.1, 0.7, "t**2")]
    code, out, _ = run("train", "--json", "--coupling", "unbalanced", "--mass", "0.5", *TINY)
    assert (code, json.loads(out)["mass"]) == (0, 0.5)
    for letter in "ABC":
        picture = tmp_path / f"{letter}.png"
        assert run("render", picture, file, "--lanes", letter, "--view", "pairs", "--size", "200x200")[0] == 0


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_lanes_are_trained_printed_kept_sampled_and_drawn(run: Run, tmp_path: Path, count: int) -> None:
    """However many there are, each by its own settings, and each can be chosen."""
    file = tmp_path / "lanes.fmviz"
    given = ("coupling=ot", "name=Narrow, width=24", "nfe=2", "steps=50, depth=2")[:count]
    flags = [part for text in given for part in ("--lane", text)]
    code, out, _ = run("train", "--json", "--out", file, *TINY, *flags)
    said = json.loads(out)
    lanes = [said] if count == 1 else said["lanes"]
    assert (code, len(lanes)) == (0, count)
    assert [lane["steps"] for lane in lanes] == [40, 40, 40, 50][:count]
    project = load_project(file).project
    assert [config.coupling for config in project.lanes] == ["ot", "random", "random", "random"][:count]
    for lane, mark in zip(lanes, project.marks, strict=True):
        if count > 1:
            assert (lane["lane"], lane["title"]) == (mark.letter, mark.title)
            assert lane["settings"] == {name: getattr(project.lanes[mark.lane], name)
                                        for name in differing(project.lanes)}
        points, picture = tmp_path / f"{mark.letter}.npy", tmp_path / f"{mark.letter}.png"
        assert run("sample", file, points, "-n", "20", "--lane", mark.letter)[0] == 0
        assert np.load(points).shape == (20, 2)
        assert run("render", picture, file, "--lanes", mark.letter, "--size", "200x200")[0] == 0
    assert run("render", tmp_path / "all.png", file, "--strip", "--size", "600x400")[0] == 0
    if count < 4:
        missing = "ABCD"[count]
        for command in (("sample", file, "x.npy", "--lane"), ("render", "x.png", file, "--lanes")):
            code, _, err = run(*command, missing)
            assert (code, "The panes are" in err) == (2, True)


def test_the_same_seed_gives_the_same_project(run: Run, learned: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.fmviz"
    code, out, _ = run("train", learned, "--json", "--out", again)
    assert code == 0
    assert again.read_bytes() == learned.read_bytes()
    assert [lane["coupling"] for lane in json.loads(out)["lanes"]] == ["random", "ot"]


def test_a_saved_project_holds_what_was_learned(learned: Path) -> None:
    stored = load_project(learned)
    assert [config.coupling for config in stored.project.lanes] == ["random", "ot"]
    for lane in stored.learned:
        assert lane.weights is not None
        assert lane.snapshot is not None
        assert lane.snapshot.is_final
        assert lane.snapshot.step == 40


def test_training_into_the_same_file_keeps_what_others_have_learned(run: Run, learned: Path, tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "a.fmviz", tmp_path / "b.fmviz"
    path.write_bytes(learned.read_bytes())
    before = {lane.snapshot.step for lane in load_project(path).lanes if lane.snapshot is not None}
    for out in (elsewhere, path):
        assert run("train", path, "--coupling", "ot", "--seed", "5", "--out", out)[0] == 0
    assert load_project(elsewhere).others == ()
    stored = load_project(path)
    assert stored.lanes[0].snapshot is not None
    assert {other.snapshot.step for other in stored.others if other.snapshot is not None} == before
    assert all(other.origin is not None and other.origin.config.seed == 0 for other in stored.others)


def test_what_a_file_has_no_room_for_is_said(run: Run, tmp_path: Path) -> None:
    path, project = tmp_path / "a.fmviz", Project()
    held = [LearnedLane({"a": np.full(3, number, np.float32)}, origin=Origin(0, project.source, project.target,
                                                                             FlowConfig(seed=number)))
            for number in range(MOST_OTHERS)]
    save_project(path, ProjectFile(project, (replace(held[0], origin=None), *held[1:])))
    given = [part for text in ("coupling=random", "coupling=ot") for part in ("--lane", text)]
    code, _, said = run("train", path, *given, *TINY, "--out", path)
    assert code == 0, said
    assert "2 flows" in said
    others = load_project(path).others
    assert [other.origin.config.seed for other in others if other.origin] == list(range(MOST_OTHERS - 2))


@pytest.mark.parametrize("is_there", [False, True])
def test_what_others_write_during_a_training_stays(run: Run, learned: Path, tmp_path: Path, is_there: bool,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    out, real = tmp_path / "flow.fmviz", learning.learn
    if is_there:
        out.write_bytes(learned.read_bytes())

    def learn(project: Project, which: str = "") -> learning.Learned:
        out.write_bytes(b"theirs")
        return real(project)

    monkeypatch.setattr(learning, "learn", learn)
    code, _, said = run("train", str(learned), "--steps", "2", "--out", str(out))
    assert (code, out.read_bytes()) == (0, b"theirs")
    assert load_project(tmp_path / "flow-2.fmviz").lanes[0].snapshot is not None
    assert "during the training, so it stays" in said
    assert "flow-2.fmviz" in said


def test_a_stored_flow_is_drawn_without_training(run: Run, learned: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.gif", tmp_path / "second.gif"
    for out in (first, second):
        code, _, err = run("render", out, learned, *SMALL_PICTURE)
        assert code == 0
        assert "training" not in err
    assert first.read_bytes() == second.read_bytes()
    with Image.open(first) as gif:
        assert gif.size == (200, 120)
        assert gif.info["loop"] == 0
        assert duration_ms(gif) == 5 * 50  # t = 0, 1/4, 1/2, 3/4, 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.gif", "second.gif"]


def test_one_of_two_stored_flows_can_be_drawn(run: Run, learned: Path, tmp_path: Path) -> None:
    code, _, err = run("render", tmp_path / "ot.gif", learned, "--coupling", "ot", *SMALL_PICTURE)
    assert code == 0
    assert "training" not in err


def test_another_sampling_of_a_stored_flow_is_drawn_without_training(run: Run, learned: Path, tmp_path: Path) -> None:
    pictures = []
    for nfe in ("1", "2"):
        out = tmp_path / f"{nfe}.png"
        code, _, err = run("render", out, learned, "--solver", "euler", "--nfe", nfe, "--at", "0.9", "--size",
                           "160x160")
        assert code == 0
        assert "training" not in err
        pictures.append(out.read_bytes())
    assert pictures[0] != pictures[1]


def test_panes_that_differ_in_sampling_alone_are_drawn_of_one_stored_flow(run: Run, learned: Path,
                                                                          tmp_path: Path) -> None:
    lanes = ["coupling=random" + sampling for sampling in ("", ",solver=euler,nfe=2", ",nfe=4")]
    pictures = [tmp_path / f"{name}.png" for name in ("A", "B", "C")]
    for picture in pictures:
        code, _, err = run("render", picture, learned, *(part for lane in lanes for part in ("--lane", lane)),
                           "--lanes", picture.stem, "--size", "160x160", "--at", "0.9")
        assert code == 0
        assert "training" not in err
    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)


def test_what_is_not_stored_is_trained_first(run: Run, learned: Path, tmp_path: Path) -> None:
    code, _, err = run("render", tmp_path / "new.gif", learned, "--coupling", "ot", "--seed", "3",
                       *SMALL_PICTURE)
    assert code == 0
    assert "training ot" in err


def test_all_views_are_files_of_their_own(run: Run, learned: Path, tmp_path: Path) -> None:
    assert run("render", tmp_path / "talk.gif", learned, "--view", "all", *SMALL_PICTURE)[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"talk-{view}.gif" for view in VIEWS}
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == len(VIEWS)


def test_clouds_come_from_files(run: Run, tmp_path: Path) -> None:
    table, out = tmp_path / "cloud.csv", tmp_path / "cloud.fmviz"
    np.savetxt(table, np.random.default_rng(0).normal(size=(50, 2)), delimiter=",", header="x,y", comments="")
    assert run("train", "--source", "circle", "--target", table, "--out", out, *TINY)[0] == 0
    project = load_project(out).project
    assert project.source.shape == "circle"
    assert project.target.cloud is not None
    assert len(project.target.cloud) == 50


def test_samples_are_the_same_in_both_formats(run: Run, learned: Path, tmp_path: Path) -> None:
    table, array = tmp_path / "points.csv", tmp_path / "points.npy"
    for out in (table, array):
        code, printed, said = run("sample", learned, out, "-n", "30", "--lane", "B")
        assert (code, printed) == (0, "")
        assert said.startswith(f"{out}: 30 points")
    points = np.load(array)
    assert points.shape == (30, 2)
    assert points.dtype == np.float64
    np.testing.assert_array_equal(read_cloud(table).cloud.xy, points)


def test_a_trajectory_ends_at_the_samples(run: Run, learned: Path, tmp_path: Path) -> None:
    ends, way, table = tmp_path / "ends.npy", tmp_path / "way.npy", tmp_path / "way.csv"
    run("sample", learned, ends, "-n", "20")
    run("sample", learned, way, "-n", "20", "--trajectory")
    run("sample", learned, table, "-n", "20", "--trajectory")
    states = np.load(way)
    assert states.shape == (5, 20, 2)  # 8 evaluations of a midpoint solver are 4 steps
    np.testing.assert_allclose(states[-1], np.load(ends), atol=1e-5)
    rows = np.loadtxt(table, delimiter=",", skiprows=1)
    np.testing.assert_array_equal(rows[:, 2:], states.reshape(-1, 2))
    np.testing.assert_allclose(np.unique(rows[:, 0]), np.linspace(0, 1, 5), atol=1e-6)


def test_own_points_go_there_and_back_in_their_order(run: Run, learned: Path, tmp_path: Path) -> None:
    table, there, back = tmp_path / "own.csv", tmp_path / "there.npy", tmp_path / "back.csv"
    own = np.random.default_rng(2).normal(size=(25, 2))
    np.savetxt(table, own, delimiter=",", header="x,y", comments="")
    fine = ("--solver", "rk4", "--nfe", "400")
    code, _, said = run("sample", learned, there, "--from", table, *fine)
    assert (code, "there and back" in said) == (0, True)
    ends = np.load(there)
    assert np.abs(ends - own).max() > 0.1
    np.savetxt(table, ends, delimiter=",", header="x,y", comments="")
    assert run("sample", learned, back, "--from", table, "--reverse", "--trajectory", *fine)[0] == 0
    rows = np.loadtxt(back, delimiter=",", skiprows=1)
    assert (rows[0, 0], rows[-1, 0]) == (1, 0)
    np.testing.assert_allclose(rows[-25:, 2:], own, atol=1e-3)
    code, _, said = run("sample", learned, there, "--reverse", "-n", "20", *fine)
    assert np.load(there).shape == (20, 2)
    assert (code, float(said.split("by ")[1].split()[0]) < 1e-3) == (0, True)  # there and back again


def test_likelihood_is_printed_in_nats_and_as_json(run: Run, learned: Path, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    np.savetxt(table, np.random.default_rng(2).normal(size=(25, 2)), delimiter=",", header="x,y", comments="")
    code, printed, _ = run("likelihood", learned, table)
    assert (code, printed.startswith("NLL "), "25 points" in printed) == (0, True, True)
    code, printed, _ = run("likelihood", learned, "-n", "1", "--json")
    assert (code, json.loads(printed)["nll_error"]) == (0, 0)
    code, printed, _ = run("likelihood", learned, "-n", "40", "--lane", "B", "--json")
    told = json.loads(printed)
    assert (code, told["points"], len(told["log_likelihoods"]), told["integral"]) == (0, 40, 40, None)
    assert told["nll"] == pytest.approx(-np.mean(told["log_likelihoods"]))
    code, _, said = run("likelihood", learned, "moons")
    assert (code, "a shape" in said, said.count("\n")) == (2, True, 1)


def test_a_likelihood_offers_the_solvers_that_it_takes(run: Run, learned: Path) -> None:
    declare_likelihood(parser := Parser())
    said = " ".join(parser.format_help().split()).split("--solver SOLVER Integrator ")[1]
    offered = said.split("(")[1].split(")")[0].split(", ")
    taken = [solver for solver in SOLVERS if run("likelihood", learned, "-n", "5", "--solver", solver)[0] == 0]
    assert offered == taken


def test_points_to_carry_are_a_file(run: Run, learned: Path, tmp_path: Path) -> None:
    for wrong, named in (("moons", "a shape"), ("nothing.csv", "nothing.csv")):
        code, _, said = run("sample", learned, tmp_path / "no.npy", "--from", wrong)
        assert (code, named in said, said.count("\n")) == (2, True, 1)


def test_points_are_sampled_with_any_solver(run: Run, learned: Path, tmp_path: Path) -> None:
    for nfe in ("1", "3"):
        out = tmp_path / f"{nfe}.npy"
        assert run("sample", learned, out, "-n", "20", "--trajectory", "--solver", "euler", "--nfe", nfe)[0] == 0
        assert np.load(out).shape == (int(nfe) + 1, 20, 2)
    code, _, err = run("sample", learned, tmp_path / "no.npy", "--solver", "rk5")
    assert (code, "rk5" in err) == (2, True)


def test_another_seed_samples_other_points(run: Run, learned: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.npy", tmp_path / "second.npy"
    run("sample", learned, first, "-n", "20", "--seed", "1")
    run("sample", learned, second, "-n", "20", "--seed", "2")
    assert not np.array_equal(np.load(first), np.load(second))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal() -> None:
    stream = Terminal()
    with ProgressLine("training", stream) as progress:
        progress.update(0.5)
    text = stream.getvalue()
    assert "\r" in text
    assert "0 %" in text
    assert "\x1b" not in text
    assert text.endswith("s\n")


def test_progress_is_a_few_lines_elsewhere() -> None:
    stream = io.StringIO()
    with ProgressLine("training", stream) as progress:
        for i in range(1001):
            progress.update(i / 1000, f"step {i}")
    lines = stream.getvalue().splitlines()
    assert "\r" not in stream.getvalue()
    assert [line.split(",")[0] for line in lines[:3]] == ["training: 25 %", "training: 50 %", "training: 75 %"]
    assert len(lines) == 4


def duration_ms(gif: Image.Image) -> int:
    """Return how long all frames are shown together."""
    total = 0
    for index in range(getattr(gif, "n_frames", 1)):
        gif.seek(index)
        total += int(gif.info["duration"])
    return total


def test_the_size_of_a_small_file_is_said(run: Run, learned: Path, tmp_path: Path) -> None:
    assert "points.csv: 3 points, " in (said := run("sample", learned, tmp_path / "points.csv", "-n", "3")[2])
    assert said.rstrip().endswith(" bytes")


def test_render_with_output_and_project_swapped_says_which_comes_first(run: Run, tmp_path: Path) -> None:
    code, _, said = run("render", "talk.fmviz", tmp_path / "out.gif")
    assert code == 2
    assert "OUT comes first: fmviz render OUT FILE" in said


def test_options_of_qt_are_passed_on_and_the_rest_is_read_as_ever(run: Run) -> None:
    """A session manager starts again what was open with -session ID."""
    assert split_for_qt(["-session", "1a2b", "talk.fmviz"]) == (["talk.fmviz"], ["-session", "1a2b"])
    assert split_for_qt(["talk.fmviz", "--style", "Fusion"]) == (["talk.fmviz"], ["-style", "Fusion"])
    assert "There is no option '-sessions'" in run("-sessions", "1")[2]
    assert "The option -session has no value" in run("-session")[2]
