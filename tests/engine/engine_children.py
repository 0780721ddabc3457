"""What the test's child processes run: a module of its own, because a spawned child imports it by name."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QImage

from fmviz.core.child import Inbox
from fmviz.core.errors import ExportError
from fmviz.core.frames import Curves, LaneProgress, Metrics
from fmviz.engine import host
from fmviz.engine.messages import Ready, RunNews
from fmviz.files.atomic import whole_file


def _inbox(connection):
    return Inbox(connection, on_closed=lambda: os._exit(0))


def echo(connection):
    """Send every request back."""
    inbox = _inbox(connection)
    while True:
        connection.send(inbox.wait())


def report_priority_then_interrupt(connection):
    """Interrupt itself as Ctrl-C would, and live on."""
    inbox = _inbox(connection)
    os.kill(os.getpid(), signal.SIGINT)
    connection.send("alive")
    inbox.wait()


def chatter(connection):
    """Speak faster than a window listens: 300 rounds of growing history for two lanes, then one last word."""
    for count in range(1, 301):
        steps = np.arange(count, dtype=np.float32)
        for lane in (0, 1):
            progress = LaneProgress(lane, count, 300, count / 300, Curves(steps, steps), Metrics())
            connection.send(RunNews(1, progress))
        if count % 100 == 0:
            connection.send(f"mark {count}")
    connection.send("end")


def fail(connection):
    """Die without a word."""
    os._exit(7)


def hang(connection):
    """Never read, never look up."""
    connection.send("hanging")
    while True:
        time.sleep(60)


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


def count_to(number):
    """Answer a question."""
    for done in range(number):
        yield done + 1, number
    return {"number": number, "idle": hasattr(os, "SCHED_IDLE") and os.sched_getscheduler(0) == os.SCHED_IDLE}


def write_folder(path, count):
    """Write a folder of files."""
    path.mkdir()
    for done in range(count):
        (path / f"{done:04}.png").write_bytes(b"0123456789")
        yield done + 1, count


class Marker:
    """Draws pictures that say which one they are, and of how many moments; 255 breaks down."""

    kind = QImage.Format.Format_RGB32
    ground = QColor(1, 2, 3)

    def __init__(self, film):
        self._film = film

    def image(self, index):
        if index == 255:
            raise ZeroDivisionError("division by zero")
        image = QImage(self._film.spec.width, self._film.spec.height, self.kind)
        image.fill(self.ground)
        for x in range(8):
            for y in range(8):
                image.setPixelColor(x, y, QColor(index, len(self._film.moments), 0))
        return image


class ClearMarker(Marker):
    """The same on nothing."""

    kind = QImage.Format.Format_ARGB32_Premultiplied
    ground = QColor(0, 0, 0, 0)


DEADLY = "FMVIZ_TEST_DEADLY_STEP"


def serve_and_die(connection):
    """Be an engine that is killed by the picture of one step, as long as a file says of which."""
    usual, said = host._Engine._answer, Path(os.environ[DEADLY])

    def answer(engine, question):
        if str(question.flow.step) == said.read_text():
            yield None  # so that it has been said that it is at work on it
            os.kill(os.getpid(), signal.SIGKILL)
        return (yield from usual(engine, question))

    host._Engine._answer = answer
    host.serve(connection)


def be_ready_and_die(connection):
    """Be an engine that is killed as soon as it can work."""
    connection.send(Ready("a child"))
    os._exit(3)
