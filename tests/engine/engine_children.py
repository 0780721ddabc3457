"""What stands where the engine does: a module of its own, because a spawned child imports it by name."""

import os
import signal
import time

import numpy as np

from fmviz.core.child import Inbox
from fmviz.core.frames import Curves, LaneProgress
from fmviz.core.quantities import Metrics
from fmviz.engine.messages import Ready, RunNews


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
