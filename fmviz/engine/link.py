"""The window's thread that owns one child process and its pipe: sends requests, keeps the newest news.

What the news means is the business of `session` and `export`.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Lock

from PySide6.QtCore import QObject, QThread, Signal

from fmviz.core.child import Target, end_process_group, start_child

# Of the time that `stop` may take, so much is left for the thread to end after the process was killed.
_KILL_MARGIN_S = 0.6
# A killed process still has to give its memory back. One of idle priority does that when it gets a processor: where
# seven others want each core, after many seconds. It does nothing else any more, so nobody waits longer for it.
_DEATH_S = 0.3
_KILLED = -9


class Link(QThread):
    """One child process, from `start()` to its end.

    Signals (all received in the window's thread):
        arrived: news waits in `take()`; emitted once until it is taken, so a slow window is never flooded.
        finished (of QThread): the process has ended, asked or not; see `was_closed` and `exit_code`.

    Args:
        target: module-level function that the process runs with its end of the pipe.
        name: the process' name.
        key: news with the same key replaces its predecessor that was not taken yet; None keeps all.
        grace_s: how long the process may take to end after `close()` before it is killed, once it has said something.
        parent: owner.
        leads_group: whether the process starts others, which end with it.
    """

    arrived = Signal()

    def __init__(
        self,
        target: Target,
        name: str,
        key: Callable[[object], Hashable | None],
        grace_s: float,
        parent: QObject | None = None,
        leads_group: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._leads_group = leads_group
        self._target = target
        self._key = key
        self._grace_s = grace_s
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._exit_code: int | None = None
        self._lock = Lock()
        # Guarded by the lock: what goes out, what came in, and whether each side has been told.
        self._outbox: deque[object] = deque()
        self._news: dict[Hashable, object] = {}
        self._serial = 0
        self._is_announced = False
        self._is_closing = self._is_cut = False
        self._is_woken = False
        self._wake_in, self._wake_out = Pipe(duplex=False)

    @property
    def process_id(self) -> int | None:
        """The process' number, or None before it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def exit_code(self) -> int | None:
        """How the process ended: 0, its own code, or minus the signal that killed it.

        None while it runs, and for ever if it could not be started.
        """
        return self._exit_code

    @property
    def ending(self) -> str:
        """How the process ended, in words for the end of a message."""
        if self._exit_code is None:
            return "it could not be started"
        return f"killed by signal {-self._exit_code}" if self._exit_code < 0 else f"exit code {self._exit_code}"

    @property
    def was_closed(self) -> bool:
        """Whether the end was asked for."""
        return self._is_closing

    def send(self, request: object) -> None:
        """Queue a request; never blocks. It is lost if the process has ended."""
        with self._lock:
            self._outbox.append(request)
        self._wake()

    def take(self) -> list[object]:
        """Return the news since the last call, in the order of arrival."""
        with self._lock:
            news = list(self._news.values())
            self._news.clear()
            self._is_announced = False
        return news

    def close(self) -> None:
        """Ask for the end of the process; returns at once, `finished` follows within `grace_s`."""
        with self._lock:
            self._is_closing = True
        self._wake()

    def stop(self, seconds: float = 2.0) -> None:
        """End the process and the thread within so many seconds, by force if need be."""
        deadline = time.monotonic() + seconds
        self.close()
        if not self._wait_until(deadline - _KILL_MARGIN_S):
            # The thread is stuck in a send to a process that does not read.
            if self._process is not None and self._connection is not None:
                self._is_cut = True
                self._kill(self._process)
                _cut(self._connection)
            self._wait_until(deadline)

    def run(self) -> None:
        """Serve the pipe until the process ends or `close()` is called."""
        try:
            child = start_child(self._target, self.objectName(), is_daemon=not self._leads_group)
        except OSError:
            return  # No memory or no process left: it ends before it began, without an exit code.
        self._process, self._connection = child.process, child.connection
        try:
            self._serve(child.connection, child.process.sentinel)
        except (EOFError, OSError):
            pass  # The process has gone; how, its exit code tells.
        finally:
            child.connection.close()
            # One that has said nothing yet is still importing: it would not hear, and has nothing to tidy up.
            child.process.join(self._grace_s if self._serial and not self._is_cut else 0)
            self._kill(child.process)  # its family too, which nobody told if it was killed
            child.process.join(_DEATH_S)
            self._exit_code = _KILLED if child.process.exitcode is None else child.process.exitcode

    def _kill(self, process: BaseProcess) -> None:
        if self._leads_group and process.pid is not None:
            end_process_group(process.pid)
        if process.exitcode is None:
            process.kill()

    def _serve(self, connection: Connection, sentinel: int) -> None:
        while True:
            for request in self._requests():
                connection.send(request)
            if self._is_closing:
                return
            ready = wait([connection, self._wake_in, sentinel])
            if self._wake_in in ready:
                self._wake_in.recv_bytes()
                with self._lock:
                    self._is_woken = False
            if connection in ready:
                self._keep(connection.recv())
            elif sentinel in ready:
                return

    def _requests(self) -> list[object]:
        with self._lock:
            requests = list(self._outbox)
            self._outbox.clear()
        return requests

    def _keep(self, news: object) -> None:
        with self._lock:
            self._serial += 1
            key = self._key(news)
            if key is None:
                key = self._serial
            else:
                self._news.pop(key, None)  # So that the newest stands where it arrived, not where the first one did.
            self._news[key] = news
            must_tell = not self._is_announced
            self._is_announced = True
        if must_tell:
            self.arrived.emit()

    def _wake(self) -> None:
        with self._lock:
            if self._is_woken:
                return
            self._is_woken = True
        self._wake_out.send_bytes(b"!")

    def _wait_until(self, deadline: float) -> bool:
        return self.wait(max(0, round((deadline - time.monotonic()) * 1000)))


def _cut(connection: Connection) -> None:
    """Let whoever is sending through it fail at once, not when the other end has gone."""
    if sys.platform != "win32":
        with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as pipe:
            pipe.shutdown(socket.SHUT_RDWR)
