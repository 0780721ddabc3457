"""Bad input and bad luck: one sentence, the right exit code, nothing written, nothing overwritten.

Full disks, Ctrl-C and readers that go away are made as Linux and macOS know them.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S

import fmviz
from fmviz.cli import EXIT_NO_READER, main
from fmviz.core.config import FIELD, FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.models import MODELS

pytestmark = pytest.mark.usefixtures("few_points")

ROOT = Path(__file__).resolve().parent.parent
TINY = ("--steps", "40", "--width", "16", "--depth", "1", "--batch", "32", "--nfe", "4")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with every kind of bad file in it; whatever a test does, it must stay as it is."""
    monkeypatch.chdir(tmp_path)
    np.save("three.npy", np.zeros((5, 3, 2)))
    np.save("pickled.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    texts = {
        "text.csv": "1,2\n3,four\n5,6\n", "nan.csv": "1,2\nnan,4\n", "inf.csv": "1,2\ninf,4\n", "one.csv": "1,2\n",
        "three.csv": "1,2\n3,4,5\n6,7\n", "empty.csv": "", "cloud.txt": "a b\nc d\n", "broken.fmviz": "no zip",
        "broken.npy": "no array", "old.gif": "an old picture", "old.npy": "old points", "old.fmviz": "an old project",
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("folder.gif").mkdir()
    before = contents(tmp_path)
    yield tmp_path
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file's bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


BAD = (
    # Clouds.
    ("train --source missing.csv", "missing.csv"),
    ("train --source folder.gif", "folder.gif"),
    ("train --source text.csv", "four"),
    ("train --source nan.csv", "nan"),
    ("train --target inf.csv", "inf"),
    ("train --target one.csv", "1 point"),
    ("train --target three.csv", "--missing skip"),
    ("train --target three.npy", "(5, 3, 2)"),
    ("train --target pickled.npy", "pickled.npy"),
    ("train --target broken.npy", "broken.npy"),
    ("train --target empty.csv", "empty"),
    ("train --target cloud.txt", "cloud.txt"),
    ("train --target banana", "banana"),
    ("train --target ~nobody-here/cloud.csv", "~nobody-here"),
    (f"train --target {'x' * 300}", "xxx"),
    # Settings.
    ("train --steps many", "many"),
    ("train --steps 0", "0"),
    ("train --steps 1.5", "1.5"),
    ("train --seed -1", "-1"),
    ("train --lr nan", "nan"),
    ("train --lr 1e999", "1e999"),
    ("train --coupling best", "best"),
    ("train --solver rk5", "rk5"),
    ("train --device tpu", "tpu"),
    ("train --compare random", "random"),
    ("train --compare random,random", "random,random"),
    ("train --compare random,ot,ot", "random,ot,ot"),
    ("train --compare random,best", "best"),
    ("train --coupling ot --compare random,ot", "--coupling"),
    ("train --lane coupling=ot --compare random,ot", "--lane coupling=ot and --compare random,ot"),
    ("train --lane B", "--lane is 'B'"),
    ("train --lane width=3 --lane width=32", "Network width is '3'"),
    ("train --lane colour=red", "'colour'"),
    ("train --lane coupling=best", "'best'"),
    ("train --lane path=crooked", "'crooked'"),
    ("train --lane width=32,width=64", "width=32,width=64"),
    ("train --lane seed=3", "--seed"),
    ("train --lane name=" + "x" * 41, "name of a pane"),
    ("train" + " --lane coupling=ot" * 5, "5 panes"),
    ("train broken.fmviz --source moons", "--source"),
    ("train --epsilon .2", "coupling entropic"),
    ("train --mass .5 --coupling entropic", "coupling partial or unbalanced"),
    ("train --path vp --alpha t**2", "path own"),
    ("train --transform affine", "model nf"),
    ("train --solver dopri5 --nfe 4", "solver euler or midpoint"),
    ("train --lane coupling=ot --lane exponent=3", "exponent in --lane 'exponent=3'"),
    # Pictures.
    ("render old.gif --size 0x0", "0x0"),
    ("render old.gif --size big", "big"),
    (f"render old.gif --size {'9' * 5000}x100", "999"),
    ("render old.gif --size 99999x10", "99999x10"),
    ("render old.gif --size=-5x5", "-5x5"),
    ("render old.gif --fps 7", "7"),
    ("render old.gif --fps fast", "fast"),
    ("render old.gif --seconds 0", "0"),
    ("render old.gif --seconds nan", "nan"),
    ("render old.gif --hold -1", "-1"),
    ("render old.gif --theme pink", "pink"),
    ("render old.gif --view side", "side"),
    ("render old.gif --over 3", "'3'"),
    ("render old.png --view pairs --pairs 1", "batch of pairs is 1"),
    ("render old.png --view pairs --pairs 4097", "4097"),
    ("render old.png --view pairs --pairs many", "'many'"),
    ("render old.png --paths 0", "number of paths is 0"),
    ("render old.png --follow many", "'many'"),
    ("render old.gif --sweeps 0", "sweeps is 0"),
    ("render old.gif --loop -1", "-1"),
    ("render old.gif --strip", "old.gif"),
    ("render old.png --strip --view pairs", "pairs"),
    ("render old.gif --lanes C", "'C'"),
    ("render old.gif --preset nope", "'nope'"),
    ("render old.gif --scene 1", "'1'"),
    ("render old.png --at 2", "t is 2"),
    ("render old.png --scale 9", "9"),
    ("render old.png --background pink", "'pink'"),
    ("render old.mp4 --background transparent", "transparent"),
    ("render old.pdf --width-cm -3", "-3"),
    ("render old.pdf --font-pt huge", "huge"),
    (f"render old.svg --title {'x' * 301}", "301"),
    # Files.
    ("render old.gif missing.fmviz", "missing.fmviz"),
    ("render old.gif broken.fmviz", "broken.fmviz"),
    ("render picture.mov", "picture.mov"),
    ("render nowhere/picture.gif", "nowhere/picture.gif"),
    ("render old.gif/picture.gif", "not a folder"),
    ("render old.gif/further/picture.gif", "old.gif/further"),
    ("render folder.gif", "folder.gif"),
    ("train --out project.zip", "project.zip"),
    ("sample broken.fmviz old.npy", "broken.fmviz"),
    ("sample missing.fmviz old.npy", "missing.fmviz"),
    ("sample broken.fmviz points.txt", "points.txt"),
    ("sample broken.fmviz old.npy -n 0", "0"),
    ("sample broken.fmviz old.npy -n some", "some"),
    (f"sample broken.fmviz old.npy -n {'9' * 5000}", "999"),
    (f"render {'x' * 300}.gif", "too long"),
    (f"train --out {'x' * 300}.fmviz", "too long"),
    (f"sample broken.fmviz {'x' * 300}.csv", "too long"),
    # The line itself.
    ("render", "OUT"),
    ("sample broken.fmviz", "OUT"),
    ("train --steps", "--steps"),
    ("train --stepps 5", "--stepps"),
    ("shapes --all", "--all"),
    ("trian", "trian"),
    ("--verbose", "--verbose"),
    ("missing.fmviz", "missing.fmviz"),
    (f"{'x' * 300}.fmviz", "xxx"),
    ("broken.fmviz old.fmviz", "2"),
)


@pytest.mark.parametrize(("model", "name"), [
    (model, name) for model in MODELS for name in FIELD if name != "noise"  # which says itself why it cannot be
    and (missing := FlowConfig(model=model).missing_for(name)) and missing[0] == "model"])
def test_a_setting_that_the_model_does_not_use_is_refused_wherever_it_is_given(
        model: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    value, flag = FIELD[name].default or FIELD[name].high, f"--{name.replace('_', '-')}"
    lines = [(f"--model={model}", f"{flag}={value}")]
    if not FIELD[name].shared:
        lines.append((f"--lane=model={model},{name}={value}",))
    for line in lines:
        assert main(["train", *line]) == 2
        assert f"{flag if len(line) > 1 else name} " in (said := capsys.readouterr().err)
        assert " changes something with model " in said
    with pytest.raises(ConfigError, match=f"^{name} changes something with model "):
        fmviz.train(model=model, **{name: value})


@pytest.mark.parametrize(("line", "seen"), BAD, ids=[line[:60] for line, _ in BAD])
def test_bad_input_is_refused_in_one_sentence(line: str, seen: str, folder: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("fmviz: ")
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    assert seen in err


def test_an_untrained_project_cannot_be_sampled(folder: Path, tmp_path_factory: pytest.TempPathFactory,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    from fmviz.core.project import LearnedLane, Project
    from fmviz.files.project_file import ProjectFile, save_project

    path = tmp_path_factory.mktemp("project") / "new.fmviz"
    save_project(path, ProjectFile(Project(), (LearnedLane(),)))
    assert main(["sample", str(path), "old.npy"]) == 2
    assert "fmviz train" in capsys.readouterr().err


def test_a_folder_without_permission_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    # Root may write anywhere, so the system's answer is put in its place.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["render", str(tmp_path / "picture.gif")]) == 2
    assert "training" not in capsys.readouterr().err


def spawn(*arguments: object, code: str = "", **options: object) -> subprocess.Popen[str]:
    """Start the command line in a process of its own, after `code`."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}\nfrom fmviz.cli import main; sys.exit(main())"
    # Python ignores Ctrl-C in a process whose parent does.
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> Path:
    """A project that has learned a little."""
    path = tmp_path_factory.mktemp("learned") / "one.fmviz"
    assert main(["train", "--out", str(path), *TINY]) == 0
    return path


def test_a_full_disk_leaves_the_old_files(learned: Path, tmp_path: Path) -> None:
    """Of trainings and samples; pictures have a test of their own."""
    lines = {"old.fmviz": f"train --out {tmp_path}/old.fmviz {' '.join(TINY)}",
             **{f"old.{suffix}": f"sample {learned} {tmp_path}/old.{suffix} -n 5000" for suffix in ("npy", "csv")}}
    for name in lines:
        (tmp_path / name).write_text("what was there before")
    # No file can grow beyond that: a disk that is full.
    code = (f"import resource; sys.path.insert(0, {str(ROOT / 'tests')!r}); "
            "from few_points import measure_few; measure_few(setattr); from fmviz.cli import main; "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
            "print([main(line.split()) for line in sys.argv[1:]]); sys.exit()")
    process = spawn(*lines.values(), code=code)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert out.splitlines()[-1] == "[2, 2, 2]"
    complaints = [text for text in err.splitlines() if text.startswith("fmviz: ")]
    for name, complaint in zip(lines, complaints, strict=True):
        assert name in complaint
        assert "too large" in complaint or "larger than" in complaint
    assert "Traceback" not in err
    assert contents(tmp_path) == dict.fromkeys(lines, b"what was there before")


# Somebody presses Ctrl-C as soon as work is heard of, on a fast machine as on a slow one.
CTRL_C = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
write = sys.stderr.write
def hear(text):
    write(text)
    if {sign!r} in text:
        os.kill(os.getpid(), signal.SIGINT)
sys.stderr.write = hear
"""


@pytest.mark.parametrize(("name", "line", "sign"), [
    ("old.fmviz", "train --out {old} --steps 4000 --width 16 --depth 1 --batch 32", "training random: "),
    ("old.gif", "render {old} {learned} --size 128x128 --seconds 2 --fps 50", "drawing old.gif: "),
])
def test_ctrl_c_leaves_the_old_file(name: str, line: str, sign: str, learned: Path, tmp_path: Path) -> None:
    old = tmp_path / name
    old.write_text("what was there before")
    process = spawn(*line.format(old=old, learned=learned).split(), code=CTRL_C.format(sign=sign))
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert sign in err
    assert err.strip().splitlines()[-1] == "fmviz: interrupted; nothing is left half-written."
    assert "Traceback" not in err
    assert contents(tmp_path) == {name: b"what was there before"}


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from fmviz.cli import main; sys.exit(main(['shapes']))"
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (answer.returncode, answer.stderr) == (EXIT_NO_READER, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_answer_that_finds_no_room_is_said_in_one_sentence() -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from fmviz.cli import main; sys.exit(main(['shapes']))"
    with open("/dev/full", "w") as full:
        answer = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True,
                                check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("fmviz: The answer could not be written: No space left on device;")
    assert answer.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_progress_that_nobody_can_read_stops_no_work(monkeypatch: pytest.MonkeyPatch,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(full, write_through=True))
        assert main(["train", "--json", *TINY]) == 0
    assert capsys.readouterr().out.startswith("{")


def test_a_name_that_the_terminal_does_not_know_is_printed_all_the_same(tmp_path: Path,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    table, out = tmp_path / "Wölkchen.csv", io.BytesIO()
    table.write_text("1,2\n3,4\n")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="ascii"))
    assert main(["train", "--source", str(table), *TINY]) == 0
    assert b"W\\xf6lkchen.csv" in out.getvalue()


def test_a_program_without_streams_works() -> None:
    process = spawn("shapes", code="sys.stdout = sys.stderr = None")
    assert process.communicate(timeout=PATIENCE_S) == ("", "")
    assert process.returncode == 0


def test_no_screen_is_said_in_one_sentence() -> None:
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    process = spawn(env=environment, code="sys.platform = 'linux'")
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert err.count("\n") == 1
    assert "fmviz render" in err


def test_the_doctor_works_where_nothing_is_installed() -> None:
    # -S leaves the installed packages out.
    answer = subprocess.run([sys.executable, "-S", "-E", "-m", "fmviz", "doctor"], cwd=ROOT, capture_output=True,
                            text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr == ""
    assert "missing" in answer.stdout
    assert "To do: " in answer.stdout


def test_a_missing_package_is_named() -> None:
    answer = subprocess.run([sys.executable, "-S", "-E", "-m", "fmviz", "shapes"], cwd=ROOT, capture_output=True,
                            text=True, check=False)
    assert answer.returncode == 2
    assert "'numpy'" in answer.stderr
    assert "fmviz doctor" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_doctor_finds_everything_here(capsys: pytest.CaptureFixture[str]) -> None:
    from fmviz.core.resources import PACKAGES

    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in PACKAGES)
