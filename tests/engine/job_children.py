"""The exports that the test's child processes run: a module of its own, because a spawned child imports it by name."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fmviz.core.errors import ExportError
from fmviz.files.atomic import whole_file
from fmviz.film.pool import usable_cores


def write_file(path, count, delay_s):
    """Write the platform and some numbers, as an export does."""
    with whole_file(path) as file:
        file.write(os.environ["QT_QPA_PLATFORM"].encode())
        for done in range(count):
            file.write(f" {done}".encode())
            time.sleep(delay_s)
            yield done + 1, count


def write_deaf(path, count):
    """Hear no cancel: a frame that never ends."""
    with whole_file(path) as file:
        file.write(b"half")
        yield 0, count
        time.sleep(600)


def say_what_is_left(path, scratch):
    """Write, when it is closed, whether its temporary files are there still."""
    try:
        yield 0, 1
        yield 1, 1
    finally:
        path.write_text(str(scratch.is_dir()))


def refuse(path):
    """Fail with a sentence for the user."""
    yield 0, 1
    raise ExportError("The size is 0x0; give something larger.")


def break_down(path):
    """Fail with a defect."""
    yield 0, 1
    raise ZeroDivisionError("division by zero")


def run_out_of_disk(path):
    """Fail as a full disk does."""
    with whole_file(path):
        yield 0, 1
        raise OSError(28, "No space left on device")


def die(path):
    """Be killed half-way."""
    with whole_file(path) as file:
        file.write(b"half")
        yield 0, 1
        os.kill(os.getpid(), signal.SIGKILL)


def die_later(path, count):
    """Be killed half-way, when a file called "now" is there."""
    with whole_file(path) as file:
        file.write(b"half")
        yield 0, count
        while not path.with_name("now").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)


def move_then_hang(path, how):
    """Put the whole file into place and be unable to say so."""
    with whole_file(path) as file:
        file.write(b"whole")
        yield 0, 1
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)


def write_cores(path):
    """Write how many cores a film is made for."""
    with whole_file(path) as file:
        file.write(str(usable_cores()).encode())
    yield 1, 1


def start_others(path, how):
    """Start a process, make temporary files, tell both, and hang or die."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    scratch = tempfile.mkdtemp()
    with whole_file(path) as file:
        file.write(b"half")
        Path(f"{path}.told").write_text(f"{sleeper.pid} {scratch}")
        yield 0, 1
        if how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)


def write_folder(path, count):
    """Write a folder of files."""
    path.mkdir()
    for done in range(count):
        (path / f"{done:04}.png").write_bytes(b"0123456789")
        yield done + 1, count


def is_alive(pid):
    """Return whether a process runs still."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
