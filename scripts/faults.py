"""What faults do to people's files: `python scripts/faults.py [--quick] [--seed N]` prints a Markdown table.

Real processes of fmviz are killed at random moments while they write, two windows are put on one file, a disk is
filled. Counted are files that are neither the old nor the new version, hidden files that are left after the next
start, and the seconds of work that are lost. The exit code is 1 if any of these is not as it should be. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EXAMPLE = ROOT / "resources" / "examples" / "first.fmviz"
MOST_LOST_S = 30.0
# A person who changes something all the time, and a disk that is written to as often.
_CHANGE_MS, _SAVE_MS = 100, 40
_START_S = 60.0
_FLOW = ["--source", "8gaussians", "--target", "moons", "--steps", "40", "--width", "16", "--depth", "1"]


@dataclass(frozen=True)
class Row:
    """What a kind of fault did: how often it was tried, what was damaged or left, the most work lost, seconds."""

    what: str
    tries: int
    damaged: int = 0
    hidden: int = 0
    lost_s: float | None = None
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether nothing was damaged or left, and no more lost than promised."""
        return not self.damaged and not self.hidden and (self.lost_s is None or self.lost_s <= MOST_LOST_S)


class Place:
    """A folder for files, and a home for the settings and data of the processes that write them."""

    def __init__(self, folder: Path) -> None:
        self.files, self.home = folder / "files", folder / "home"
        for each in (self.files, self.home):
            each.mkdir(parents=True)
        names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
        self.environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT),
                            "OMP_NUM_THREADS": "1", **{name: str(self.home / name.lower()) for name in names}}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a process of fmviz's that may be killed with all that it has started."""
        return subprocess.Popen([sys.executable, *arguments], env=self.environment, cwd=self.files, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                start_new_session=True)

    def window(self, act: str, *arguments: str) -> Window:
        """Start a window in which somebody does something; return it when that has begun."""
        window = Window(self.start(str(Path(__file__).resolve()), "--act", act, *arguments))
        window.read_until("ready")
        return window

    def hidden(self) -> list[str]:
        """Return the hidden files that lie beside somebody's, or where fmviz keeps its own."""
        return [entry.name for folder in (self.files, self.home) for entry in folder.rglob(".*")]

    def recovered(self) -> int | None:
        """Return the number in the newest unsaved work that the next start offers, and throw it away."""
        from fmviz.engine.recovery import discard, found_recoveries, taken

        seed = None
        for found in found_recoveries(self.home / "xdg_data_home" / "fmviz" / "fmviz" / "recovery"):
            both = taken(found)
            if both is not None and seed is None:
                seed = both[1].project.lanes[0].seed
            if both is not None:
                both[0].leave()
            discard(found)
        return seed


class Window:
    """A window's process and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def read_until(self, word: str) -> str:
        """Return the next line that begins with a word."""
        assert self.process.stdout is not None
        patience = threading.Timer(_START_S, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                self.said.append(line.strip())
                if line.startswith(word):
                    return line.strip()
        finally:
            patience.cancel()
        raise RuntimeError(f"The window ended before it said {word!r}: {self.said[-3:]}")

    def end(self, number: int) -> tuple[int, float]:
        """Send it a signal and wait; return its exit code and how long it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=_START_S)
        self.said += rest.splitlines()
        return self.process.returncode, time.monotonic() - begun


# The processes that are killed.


def act(name: str, path: str) -> int:
    """Open a window on a file (or none) and be somebody who does one thing again and again."""
    from PySide6.QtCore import QTimer

    from fmviz.app import application
    from fmviz.engine.session import Session
    from fmviz.views.dialogs import Answer, Dialogs

    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, by every process to come

    def say(*words: object) -> None:
        print(*words, flush=True)

    def differs(_dialogs: Dialogs, question: str, _can_reload: bool) -> Answer:
        say("asked", question)
        return Answer.CANCEL

    Session.start_engine = lambda _: None  # type: ignore[method-assign]  # nothing is learned here
    Dialogs.error = lambda _, sentence: say("told", sentence)  # type: ignore[method-assign]
    Dialogs.file_differs = differs  # type: ignore[method-assign]
    begin, parent = application.after_first_paint, os.getppid()

    def begin_acting(window: application.MainWindow, *arguments: object) -> None:
        begin(window, *arguments)  # type: ignore[arg-type]
        document = window.parts[0]
        timer, number = QTimer(window), document.project.lanes[0].seed

        def export() -> None:
            window.export_dialog.appear()
            window.export_dialog.file.set_path(Path(os.environ["FMVIZ_FAULTS_OUT"]))
            changed = window.export_dialog.queue.changed
            changed.connect(lambda export: say("exporting", export.done) if export.done else None)
            window.export_dialog.start()

        def do() -> None:
            nonlocal number
            number += 1
            document.set_setting("seed", number)
            if name == "save":
                window.files.save()
            say("did", number, time.monotonic())
            if name in ("once", "hold"):
                timer.stop()
                if name == "once":
                    window.files.save()

        def ready() -> None:
            if not window.tasks.running:
                waiting.stop()
                say("ready")
                if name == "end":
                    window.close()
                elif name == "export":
                    export()
                else:
                    timer.start(_SAVE_MS if name == "save" else _CHANGE_MS)

        watch = QTimer(window)
        watch.timeout.connect(lambda: os._exit(1) if os.getppid() != parent else None)  # nobody counts any more
        watch.start(1000)
        timer.timeout.connect(do)
        waiting = QTimer(window)
        waiting.timeout.connect(ready)
        waiting.start(20)

    application.after_first_paint = begin_acting  # type: ignore[assignment]
    return application.run_window(path or None)


def stored(path: Path, seed: int = 1) -> Path:
    """Write a project with a number that can be recognised."""
    from fmviz.core.project import LearnedLane, Project
    from fmviz.files.project_file import ProjectFile, save_project

    project = Project()
    project = replace(project, lanes=(replace(project.lanes[0], seed=seed),))
    save_project(path, ProjectFile(project, (LearnedLane(),)))
    return path


def is_damaged(path: Path) -> bool:
    """Return whether a project cannot be read."""
    from fmviz.core.errors import FmvizError
    from fmviz.files.project_file import load_project

    try:
        load_project(path)
    except FmvizError:
        return True
    return False


# The faults.


def saving_killed(place: Place, rng: random.Random, n: int) -> Row:
    """Kill a window while it saves all the time."""
    path, damaged, left = stored(place.files / "talk.fmviz"), 0, 0
    for _ in range(n):
        window = place.window("save", str(path))
        time.sleep(rng.uniform(0, 0.6))
        window.end(signal.SIGKILL)
        damaged += is_damaged(path)
        left += bool(place.hidden())
    place.window("end", str(path)).process.communicate()
    return Row("window, kill -9 while it saves", n, damaged, len(place.hidden()), note=_swept(left))


def work_lost(place: Place, rng: random.Random, number: int, n: int, longest_s: float) -> Row:
    """End a window with unsaved work after up to so many seconds; see what the next start offers."""
    lost, ended_badly, slowest = 0.0, 0, 0.0
    for _ in range(n):
        window = place.window("change", "")
        window.read_until("did")
        time.sleep(rng.uniform(0.3, longest_s))
        killed = time.monotonic()
        code, seconds = window.end(number)
        slowest = max(slowest, seconds)
        ended_badly += code != (-number if number == signal.SIGKILL else 128 + number)
        done = {int(line.split()[1]): float(line.split()[2]) for line in window.said if line.startswith("did")}
        kept = place.recovered()
        first_lost = min((when for seed, when in done.items() if kept is None or seed > kept), default=killed)
        lost = max(lost, killed - first_lost)
    return Row(f"window, {signal.Signals(number).name} with unsaved work", n, ended_badly, len(place.hidden()), lost,
               f"ended within {slowest:.1f} s")


def command_killed(place: Place, rng: random.Random, n: int, name: str, arguments: list[str], out: str,
                   is_whole: Callable[[Path], bool]) -> Row:
    """Kill a command at random moments of its run; its file is the old one or the new one."""
    path = place.files / out
    command = ["-m", "fmviz", *arguments]
    begun = time.monotonic()
    place.start(*command).communicate()  # the old file, and how long it takes
    took, damaged, left = time.monotonic() - begun, 0 if is_whole(path) else 1, 0
    for index in range(n):
        number = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[index % 3]
        process = place.start(*command)
        time.sleep(took * rng.uniform(0.2, 1.05))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.communicate()
        damaged += not is_whole(path)
        left += bool(place.hidden())
    place.start(*command).communicate()  # the next start
    return Row(f"`fmviz {name}`: kill -9, TERM, HUP", n, damaged, len(place.hidden()), note=_swept(left))


def export_killed(place: Place, rng: random.Random, n: int) -> Row:
    """End a window while it exports over an older file; its drawing processes end with it."""
    out, damaged, left = place.files / "flow.gif", 0, 0
    place.environment["FMVIZ_FAULTS_OUT"] = str(out)
    place.start("-m", "fmviz", "render", str(out), str(EXAMPLE)).communicate()
    for index in range(n):
        window = place.window("export", "")
        window.read_until("exporting")
        time.sleep(rng.uniform(0.0, 2.0))
        window.end((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[index % 3])
        damaged += not is_picture(out) or is_running(window.process.pid)
        left += bool(place.hidden())
    place.window("end", "").process.communicate()
    return Row("window, killed, TERM, HUP while it exports", n, damaged, len(place.hidden()), note=_swept(left))


def is_running(session: int) -> bool:
    """Return whether any process of a session still lives, after a moment in which it may end."""
    for _ in range(50):
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


def writing_killed(place: Place, rng: random.Random, n: int) -> Row:
    """Kill a process that does nothing but save, where every moment is one of writing."""
    path, damaged, left = stored(place.files / "talk.fmviz"), 0, 0
    for _ in range(n):
        child = os.fork()
        if child == 0:
            for seed in range(10**6):
                stored(path, seed)
            os._exit(0)
        time.sleep(rng.uniform(0.001, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        damaged += is_damaged(path)
        left += bool(place.hidden())
    stored(path)
    return Row("project, kill -9 in the middle of writing", n, damaged, len(place.hidden()), note=_swept(left))


def _swept(left: int) -> str:
    return f"{left} left a part behind, swept"


def two_windows(place: Place) -> Row:
    """Put two windows on one file: the second is told, and asked before it saves."""
    path = stored(place.files / "talk.fmviz", 1)
    first = place.window("hold", str(path))
    second = place.window("once", str(path))
    asked = second.read_until("asked")
    if not any(line.startswith("told") for line in second.said):  # it is told a moment after it is shown
        second.read_until("told")
    before = path.read_bytes()
    for window in (second, first):
        window.end(signal.SIGKILL)
    place.recovered()
    is_kept = path.read_bytes() == before
    place.window("end", "").process.communicate()
    left = list((place.home / "xdg_data_home" / "fmviz" / "fmviz" / "open").iterdir())
    return Row("two windows on one file", 1, int(not is_kept), len(place.hidden()) + len(left), None,
               asked.removeprefix("asked ")[:60] + "…")


def changed_outside(place: Place) -> Row:
    """Change the file of an open window, and delete it: it is asked before it saves."""
    damaged = 0
    for number, does_delete in enumerate((False, True)):
        path = stored(place.files / f"talk{number}.fmviz", 1)
        window = place.window("change", str(path))
        window.end(signal.SIGKILL)
        place.recovered()
        window = Window(place.start(str(Path(__file__).resolve()), "--act", "once", str(path)))
        window.read_until("ready")
        if does_delete:
            path.unlink()
        else:
            stored(path, 99)
        before = None if does_delete else path.read_bytes()
        window.read_until("asked")
        window.end(signal.SIGKILL)
        place.recovered()
        damaged += (path.read_bytes() if path.exists() else None) != before
    return Row("file changed or deleted outside", 2, damaged, len(place.hidden()))


def full_disk(place: Place) -> Row:
    """Save on a disk that is full: refused in a sentence, the old file untouched, nothing left."""
    from fmviz.core.errors import ProjectError

    with small_disk(place.files.parent / "disk") as disk:
        if disk is None:
            return Row("full disk", 0, note="needs root, for a small disk")
        path = stored(disk / "talk.fmviz", 1)
        before, damaged = path.read_bytes(), 0
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "rest").write_bytes(b"\0" * free)
        for seed in range(10):
            try:
                stored(path, seed)
                damaged += 1
            except ProjectError as error:
                damaged += "full" not in str(error) or path.read_bytes() != before
        hidden = sum(entry.name.startswith(".") for entry in disk.iterdir())
    return Row("full disk", 10, damaged, hidden)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a disk of one megabyte, where that is allowed."""
    folder.mkdir()
    mount = shutil.which("mount")
    is_mounted = mount is not None and os.geteuid() == 0 and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True).returncode == 0
    try:
        yield folder if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


def faults(rng: random.Random, is_quick: bool) -> Iterator[Callable[[Place], Row]]:
    """Yield what is to be tried."""
    few, some, many = (1, 2, 30) if is_quick else (20, 30, 100)
    yield lambda place: writing_killed(place, rng, many)
    yield lambda place: full_disk(place)
    yield lambda place: saving_killed(place, rng, some)
    for number in (signal.SIGTERM, signal.SIGHUP):
        yield lambda place, number=number: work_lost(place, rng, number, few, 1.0)
    yield two_windows
    if is_quick:
        return
    yield lambda place: work_lost(place, rng, signal.SIGKILL, 6, 40.0)
    yield lambda place: export_killed(place, rng, 9)
    yield changed_outside
    yield lambda place: command_killed(place, rng, 12, "train", ["train", *_FLOW, "--out", "flow.fmviz"], "flow.fmviz",
                                       lambda path: not is_damaged(path))
    for out in ("flow.gif", "flow.mp4", "flow.png"):
        yield lambda place, out=out: command_killed(
            place, rng, 9, f"render {out}",
            ["render", out, str(EXAMPLE)], out, is_picture)
    yield lambda place: command_killed(place, rng, 3, "gallery", ["gallery", "out", *_FLOW], "out/index.html",
                                       lambda path: path.read_text(encoding="utf-8").rstrip().endswith("</html>"))


def is_picture(path: Path) -> bool:
    """Return whether a picture or a video can be read to its end."""
    import imageio.v3 as iio

    try:
        return sum(1 for _ in iio.imiter(path)) > 0
    except Exception:  # whatever a decoder raises: it is damaged
        return False


def table(rows: list[Row]) -> str:
    """Return the rows in Markdown."""
    lines = ["| fault | tried | damaged | hidden files at the next start | work lost | |",
             "| --- | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        lost = "" if row.lost_s is None else f"{row.lost_s:.1f} s"
        damaged = f"{row.damaged} of {row.tries}"
        lines.append(f"| {row.what} | {row.tries} | {damaged} | {row.hidden} | {lost} | {row.note} |")
    return "\n".join(lines)


def main() -> int:
    """Try all faults; return 0 if every row is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of each, in under 40 s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--act", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.act:
        return act(*arguments.act)
    rows, rng = [], random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="fmviz-faults-") as folder:
        for number, fault in enumerate(faults(rng, arguments.quick)):
            begun = time.monotonic()
            rows.append(fault(Place(Path(folder) / str(number))))
            print(f"{time.monotonic() - begun:5.1f} s {rows[-1]}", file=sys.stderr, flush=True)
    print(json.dumps([vars(row) for row in rows]) if arguments.json else table(rows))
    return 0 if all(row.is_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
