"""What stands where the engine does: a module of its own, because a spawned child imports it by name."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from fmviz.core.child import Inbox
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, LaneProgress, Metrics
from fmviz.core.questions import Animation
from fmviz.engine.messages import Answered, Ask, Begun, Ready, RunNews

# The variable with the path of the file that says what an engine dies of.
DEADLY = "FMVIZ_TEST_DEADLY_PICTURE"


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


def be_ready_and_die(connection):
    """Be an engine that is killed as soon as it can work."""
    connection.send(Ready("a child"))
    os._exit(3)


def picture(step):
    """Return a picture as small as can be."""
    points = np.zeros((2, 3, 2), dtype=np.float32)
    return FlowSnapshot(0, "random", step, np.array([0.0, 1.0]), points, Extent(0, 0, 1), np.zeros((2, 4, 4, 2)),
                        points[0], points[0], None, Curves(), Metrics())


def serve_pictures(connection):
    """Be an engine that answers with made pictures, and is killed at work on that whose lane and step a file names."""
    inbox, deadly = _inbox(connection), Path(os.environ[DEADLY])
    connection.send(Ready("a child"))
    while True:
        request = inbox.wait()
        if isinstance(request, Ask) and isinstance(request.question, Animation):
            flow = request.question.flow
            connection.send(Begun(request.question))
            if deadly.read_text() == f"{flow.lane} {flow.step}":
                os.kill(os.getpid(), signal.SIGKILL)
            connection.send(Answered(request.question, picture(flow.step)))
