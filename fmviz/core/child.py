"""A child process and its pipe, seen from both ends: engine, exports and their drawing processes. No Qt.

The rule of both ends: a child ends when the parent's end of the pipe is closed. The parent ends a child by closing it,
and a parent that dies closes it too, so that no child is left behind.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from fmviz.core.errors import ExportError, FmvizError, why_refused

Target = Callable[..., None]

_BELOW_NORMAL_PRIORITY_CLASS, _IDLE_PRIORITY_CLASS = 0x4000, 0x40
_LOWEST_NICENESS = 19


class Child(NamedTuple):
    """A started process and the parent's end of its pipe."""

    process: BaseProcess
    connection: Connection


def start_child(target: Target, name: str, *args: object, is_daemon: bool = True) -> Child:
    """Spawn a process that runs `target(connection, *args)`; `target` is a module-level function.

    Spawned, never forked: a forked child cannot use CUDA. Ctrl-C in the terminal goes to the whole group, so the
    child is born with SIGINT blocked; its parent alone decides what it means. `is_daemon` is false for a child that
    has children of its own: multiprocessing allows them to no other.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=target, args=(theirs, *args), name=name, daemon=is_daemon)
    if sys.platform != "win32":
        # The tracker unblocks SIGINT in this thread when it is first started, so it has to run before.
        from multiprocessing.resource_tracker import ensure_running

        ensure_running()
    with without_interrupts():
        process.start()
    theirs.close()
    if not is_daemon and process.pid is not None:
        _groups.add(process.pid)
    return Child(process, ours)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Processes that this thread starts in the block never hear Ctrl-C, which a terminal sends to the whole group."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def lower_priority(niceness: int, is_idle: bool = False) -> None:
    """Let this child ignore Ctrl-C, and come after the window when both want the processor.

    Args:
        is_idle: work only while nobody else wants it, the child's threads and children to come included.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(),
                                _IDLE_PRIORITY_CLASS if is_idle else _BELOW_NORMAL_PRIORITY_CLASS)
        return
    if is_idle and sys.platform == "linux":
        with suppress(OSError):  # where a sandbox forbids it, niceness has to do
            # A normal process takes the processor from an idle one at once, from a nice one only after a while.
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.nice(niceness)


def lead_idle_group(scratch: Path) -> None:
    """Make this child the head of a group: all processes that it starts belong to it and make their temporary files in
    `scratch`, and all work only while nobody else does.

    Not of a session: Linux shares the processor between sessions first, so one of its own would be a rival again.
    """
    if sys.platform != "win32":
        os.setpgid(0, 0)
    lower_priority(_LOWEST_NICENESS, is_idle=True)
    for name in ("TMPDIR", "TEMP", "TMP"):
        os.environ[name] = str(scratch)
    tempfile.tempdir = None  # found anew


class _Groups:
    """The groups that this process has started, by their leaders, and the cores that they use."""

    def __init__(self) -> None:
        self._leaders: set[int] = set()
        self._leave_a_core = False

    def add(self, leader: int) -> None:
        self._leaders.add(leader)
        if self._leave_a_core:
            self._bind(leader)

    def forget(self, leader: int) -> None:
        self._leaders.discard(leader)

    def leave_a_core(self, is_left: bool) -> None:
        self._leave_a_core = is_left
        for leader in tuple(self._leaders):
            self._bind(leader)

    def _bind(self, leader: int) -> None:
        """Bind all threads of a group; those to come take after them."""
        if sys.platform != "linux":
            return
        cores = os.sched_getaffinity(0)
        if self._leave_a_core and len(cores) > 1:
            cores = cores - {min(cores)}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                if int(process.name) == leader or os.getpgid(int(process.name)) == leader:
                    for thread in (process / "task").iterdir():
                        os.sched_setaffinity(int(thread.name), cores)


_groups = _Groups()


def leave_a_core(is_left: bool) -> None:
    """Let the groups that this process has started, and starts from now on, keep off one core; or use all again.

    For somebody who looks at moving pictures: also a process of idle priority gives its core away late, after up to
    4 ms on some kernels, and a frame that waits for it is seen. Linux alone.
    """
    _groups.leave_a_core(is_left)


def end_process_group(process_id: int) -> None:
    """Kill what is left of a child's process group, the child included; nothing happens if it never led one."""
    _groups.forget(process_id)
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(process_id, signal.SIGKILL)


def scratch_folder() -> Path:
    """Make a folder for the temporary files of a child, which the parent removes whatever becomes of the child.

    Raises:
        ExportError: there is no room.
    """
    try:
        return Path(tempfile.mkdtemp(prefix="fmviz-"))
    except OSError as error:
        raise ExportError("There is no room for temporary files; free some space.") from error


def sentence(error: BaseException, beginning: str) -> str:
    """Return one sentence for the user: an `FmvizError` speaks for itself, others follow `beginning`."""
    if isinstance(error, FmvizError):
        return str(error)
    if isinstance(error, OSError) and error.errno is not None:
        return f"{beginning}: {why_refused(error)}."
    lines = str(error).strip().splitlines()
    detail = lines[0].rstrip(".") if lines else type(error).__name__
    return f"{beginning}: {detail}."


class Inbox:
    """The child's requests, read by a thread of its own.

    So the parent's sends never wait for the child's work, and the end of the parent is seen at once. The values are
    unpickled in the thread that gets them: unpickling may import modules that must be imported in the main thread.

    Args:
        connection: the child's end; only this object reads from it.
        on_closed: called once, in the reading thread, when the parent closed the pipe or died.
    """

    def __init__(self, connection: Connection, on_closed: Callable[[], object]) -> None:
        self._connection = connection
        self._on_closed = on_closed
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def wait(self) -> object:
        """Return the next request; blocks until there is one."""
        return pickle.loads(self._queue.get())

    def waiting(self) -> list[object]:
        """Return the requests that have come, oldest first; never blocks."""
        requests: list[object] = []
        while True:
            try:
                requests.append(pickle.loads(self._queue.get_nowait()))
            except Empty:
                return requests

    def _read(self) -> None:
        try:
            while True:
                self._queue.put(self._connection.recv_bytes())
        except (EOFError, OSError):
            self._on_closed()
