"""The child's side of a job: one generator at idle priority, then the end. Imports nothing that it may not need.

What it says: `JobProgress`, and `JobFailure` if it fails. When the pipe closes, the generator is closed; one that does
not hear is ended with all processes that it has started.
"""

from __future__ import annotations

import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fmviz.core.child import Inbox, end_process_group, lead_idle_group, sentence
from fmviz.files.atomic import own_mark, placing, sweep

Entry = Callable[..., Generator[tuple[int, int], None, None]]

CANCELLED, FAILED = 10, 11
FAILURE = "The export failed"

# How long the generator may take to end by itself when nobody is left who would kill it.
_PATIENCE_S = 1.0
# Each progress that is told repaints some of the window: no more often than an eye follows.
_TELL_S = 0.1
# Files among the temporary ones: the identities of what is moved to the task's path, and the mark of unfinished files.
_WORD, _MARK = "placed", "mark"


@dataclass(frozen=True)
class JobTask:
    """What the child is to do.

    Args:
        path: the file that the job writes.
        scratch: folder for temporary files; it is removed with everything in it.
        pickled: the entry and its arguments, bytes when they arrive: loading them can fail, which is a failure too.
    """

    path: Path
    scratch: Path
    pickled: Any


@dataclass(frozen=True)
class JobProgress:
    done: int
    total: int


@dataclass(frozen=True)
class JobFailure:
    message: str


def run_job(connection: Connection) -> None:
    """Be the process of one job."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything loads Qt
    closed = threading.Event()
    tasks: list[JobTask] = []
    inbox = Inbox(connection, on_closed=partial(_give_up, closed, tasks))
    task = inbox.wait()
    assert isinstance(task, JobTask)
    tasks.append(task)
    lead_idle_group(task.scratch)
    placing.set(partial(_leave_word, task))
    with suppress(OSError):  # without it, what is unfinished goes when this process has gone
        (task.scratch / _MARK).write_text(own_mark())
    # Qt's orderly end takes time and could still crash after the file is in place: nothing here needs it.
    os._exit(_run(connection, task, closed))


def was_placed(task: JobTask) -> bool:
    """Whether what is at the task's path is what its process moved there; for one that was killed: its last word."""
    with suppress(OSError):
        return _identity(task.path) in (task.scratch / _WORD).read_text().splitlines()
    return False


def clear_after(task: JobTask) -> None:
    """Remove what a job's process left unfinished, and its temporary files; the process is dead or as good as dead."""
    folder = os.path.dirname(os.path.realpath(task.path))
    with suppress(OSError):
        sweep(folder, (task.scratch / _MARK).read_text())
    sweep(folder)
    shutil.rmtree(task.scratch, ignore_errors=True)


def _leave_word(task: JobTask, part: Path, _place: Path) -> None:
    with suppress(OSError), (task.scratch / _WORD).open("a") as file:
        file.write(f"{_identity(part)}\n")


def _identity(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev} {status.st_ino}"


def _give_up(closed: threading.Event, tasks: list[JobTask]) -> None:
    """Ask the generator to end; if it is deep in a frame, end for it. Runs in the inbox's thread."""
    closed.set()
    time.sleep(_PATIENCE_S)
    for task in tasks:
        clear_after(task)
    end_process_group(os.getpid())
    os._exit(CANCELLED)


def _run(connection: Connection, task: JobTask, closed: threading.Event) -> int:
    """Drive the entry; return the process' exit code."""
    try:
        entry, *args = pickle.loads(task.pickled)
        # Closed whatever happens, also when nobody listens any more: it takes its unfinished file with it.
        with closing(entry(*args)) as work:
            return _driven(connection, work, closed)
    except ConnectionError:
        return CANCELLED
    except Exception as error:  # the one place that drives the generator; the window shows the sentence
        if not closed.is_set():
            connection.send(JobFailure(sentence(error, FAILURE)))
        return FAILED
    finally:
        shutil.rmtree(task.scratch, ignore_errors=True)


def _driven(connection: Connection, work: Generator[tuple[int, int], None, None], closed: threading.Event) -> int:
    """Drive the generator to its end, or until nobody wants it any more."""
    told = -_TELL_S
    while not closed.is_set():
        try:
            done, total = next(work)
        except StopIteration:
            return 0
        if (now := time.monotonic()) >= told + _TELL_S or done == total:
            told = now
            connection.send(JobProgress(done, total))
    return CANCELLED
