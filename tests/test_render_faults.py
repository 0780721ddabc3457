"""`fmviz render` when something goes wrong: one sentence, the old file as it was, no temporary file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from patience import PATIENCE_S, wait_for

from fmviz.cli import main
from fmviz.film.pool import usable_cores

pytestmark = pytest.mark.usefixtures("few_points")

ROOT = Path(__file__).resolve().parent.parent
TINY = ("--steps", "50", "--width", "16", "--depth", "1", "--batch", "32", "--pool", "64", "--nfe", "8")
OLD = b"what was there before"
NAMES = ("a.gif", "a.mp4", "a.webm", "a.png", "a.svg", "a.pdf", "frames/")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> Path:
    """A project that has learned a little."""
    path = tmp_path_factory.mktemp("learned") / "one.fmviz"
    assert main(["train", "--out", str(path), *TINY]) == 0
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an old file of every format."""
    for name in NAMES:
        if name.endswith("/"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "frame-00001.png").write_bytes(OLD)
        else:
            (tmp_path / name).write_bytes(OLD)
    return tmp_path


def assert_untouched(folder: Path) -> None:
    """Everything is as it was, and nothing is beside it."""
    assert sorted(path.name for path in folder.iterdir()) == sorted(name.rstrip("/") for name in NAMES)
    assert all((folder / name).read_bytes() == OLD for name in NAMES if not name.endswith("/"))
    assert [path.name for path in (folder / "frames").iterdir()] == ["frame-00001.png"]
    assert (folder / "frames" / "frame-00001.png").read_bytes() == OLD


def spawn(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}",
                             *map(str, arguments)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def family(process_id: int, name: str) -> list[int]:
    """Return the children of a process whose command has that in it."""
    found = []
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        children: list[str] = []
        with suppress(OSError):  # it has ended already
            children = (thread / "children").read_text().split()
        for child in children:
            with suppress(OSError):
                if name.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def has_loaded(process_id: int, library: str) -> bool:
    """Whether a process has loaded a library; every one has loaded ""."""
    with suppress(OSError):  # it has ended already
        return library in Path(f"/proc/{process_id}/maps").read_text()
    return False


# A drawing process that dies before the film has come is one that could not be started: then the others draw.
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize(("name", "part", "library"), [
    pytest.param("frames/", "spawn_main", "QtGui",
                 marks=pytest.mark.skipif(usable_cores() < 2, reason="one core draws alone")),
    ("a.webm", "rawvideo", ""),  # ffmpeg at work, not the one that is asked for its version
])
def test_a_part_that_is_killed_is_one_sentence(learned: Path, folder: Path, name: str, part: str,
                                               library: str) -> None:
    process = spawn("from fmviz.cli import main; sys.exit(main())", "render", f"{folder}/{name}", learned, "--size",
                    "640x360", "--seconds", "120", "--fps", "60")
    assert process.stderr is not None
    parts = wait_for(lambda: [child for child in family(process.pid, part) if has_loaded(child, library)],
                     lambda: process.poll() is None)
    os.kill(parts[0], signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    (sentence,) = [line for line in err.splitlines() if line.startswith("fmviz: ")]
    assert "signal 9" in sentence
    assert "Traceback" not in err
    assert_untouched(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of that kind")
def test_a_full_disk_in_the_middle_leaves_every_old_file(learned: Path, folder: Path) -> None:
    program = ("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); from fmviz.cli import main; "
               "print([main(['render', name, *sys.argv[1:2], '--size', '320x240', '--seconds', '0.5']) "
               "for name in sys.argv[2:]])")
    process = spawn(program, learned, *(f"{folder}/{name}" for name in NAMES))
    out, err = process.communicate(timeout=PATIENCE_S)
    assert out.strip() == str([2] * len(NAMES)), err
    complaints = [line for line in err.splitlines() if line.startswith("fmviz: ") and "no effect" not in line]
    assert len(complaints) == len(NAMES)
    for name, complaint in zip(NAMES, complaints, strict=True):
        assert name.rstrip("/") in complaint or "frame-" in complaint
        assert "too large" in complaint or "larger than" in complaint
    assert "Traceback" not in err
    assert_untouched(folder)


def test_without_ffmpeg_it_says_what_to_do(learned: Path, folder: Path, monkeypatch: pytest.MonkeyPatch,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(folder / "nothing"))
    for name in ("a.mp4", "a.webm"):
        assert main(["render", str(folder / name), str(learned)]) == 2
        assert "IMAGEIO_FFMPEG_EXE" in capsys.readouterr().err
    assert_untouched(folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(name: str, learned: Path, tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(OLD)
    for place in (tmp_path / "missing" / name, tmp_path / "file" / name):
        assert main(["render", str(place) + ("/" if name.endswith("/") else ""), str(learned)]) == 2
        err = capsys.readouterr().err
        assert err.startswith("fmviz: ")
        assert err.count("\n") == 1
        assert "drawing" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no folder that refuses everyone")
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_refuses_is_said_in_one_sentence(name: str, learned: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", f"/proc/{name}", str(learned), "--size", "100x100"]) == 2
    err = capsys.readouterr().err
    assert "/proc/" in err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith("fmviz: ")]) == 1


def test_a_folder_with_other_files_is_not_replaced(learned: Path, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_bytes(OLD)
    assert main(["render", f"{tmp_path}/thesis/", str(learned)]) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("name", ["frames/", "a.webm", "a.gif"])
def test_after_a_kill_the_next_export_leaves_no_hidden_file(learned: Path, folder: Path, name: str) -> None:
    process = spawn("from fmviz.cli import main; sys.exit(main())", "render", f"{folder}/{name}", learned, "--size",
                    "640x360", "--seconds", "120", "--fps", "50")
    wait_for(lambda: list(folder.glob(".*")), lambda: process.poll() is None)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    assert list(folder.glob(".*"))
    assert main(["render", str(folder / "a.png"), str(learned), "--size", "64x64"]) == 0
    (folder / "a.png").write_bytes(OLD)
    assert_untouched(folder)
