"""The window's thread that owns one child process and its pipe: sends requests, tells the newest news and the end.

What the news means is the business of `child_process` and `export`.
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

from PySide6.QtCore import QObject, QThread, Signal, Slot

from fmviz.core.child import Target, end_process_group, start_child

# Of the time that `stop` may take, so much is left for the thread to end after the process was killed.
_KILL_MARGIN_S = 0.6
# A killed process still has to give its memory back. One of idle priority does that when it gets a processor: where
# seven others want each core, after many seconds. It does nothing else any more, so nobody waits longer for it.
_DEATH_S = 0.3
_KILLED = -9


class Link(QThread):
    """One child process, from `start()` to its end; then it deletes itself.

    Signals (received in the window's thread):
        said(object): news, in the order of arrival; a slow window gets the newest and is never flooded.
        ended(): the last one: the process has ended, asked or not; see `was_closed` and `exit_code`.

    Args:
        target: module-level function that the process runs with its end of the pipe.
        name: the process' name.
        key: news with the same key replaces its predecessor that was not told yet; None keeps all.
        grace_s: how long the process may take to end after `close()` before it is killed, once it has said something.
        parent: owner.
        leads_group: whether the process starts others, which end with it.
        args: what `target` is given behind its end of the pipe.

    Attributes:
        exit_code: how the process ended: 0, its own code, or minus the signal that killed it; None while it runs, and
            for ever if it could not be started.
        was_closed: whether the end was asked for.
    """

    said = Signal(object)
    ended = Signal()
    _arrived = Signal()

    def __init__(
        self,
        target: Target,
        name: str,
        key: Callable[[object], Hashable | None],
        grace_s: float,
        parent: QObject | None = None,
        leads_group: bool = False,
        args: tuple[object, ...] = (),
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._leads_group = leads_group
        self._target, self._args = target, args
        self._key = key
        self._grace_s = grace_s
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self.exit_code: int | None = None
        self._lock = Lock()
        # Guarded by the lock: what goes out, what came in, and whether each side has been told.
        self._outbox: deque[object] = deque()
        self._news: dict[Hashable, object] = {}
        self._serial = 0
        self._is_announced = False
        self.was_closed = self._is_cut = False
        self._is_woken = False
        self._has_told_all = False
        self._wake_in, self._wake_out = Pipe(duplex=False)
        self._arrived.connect(self._tell)
        self.finished.connect(self._tell_end)

    @property
    def process_id(self) -> int | None:
        """The process' number, or None before it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def ending(self) -> str:
        """How the process ended, in words for the end of a message."""
        if self.exit_code is None:
            return "it could not be started"
        return f"killed by signal {-self.exit_code}" if self.exit_code < 0 else f"exit code {self.exit_code}"

    def send(self, request: object) -> None:
        """Queue a request; never blocks. It is lost if the process has ended."""
        with self._lock:
            self._outbox.append(request)
        self._wake()

    def close(self) -> None:
        """Ask for the end of the process; returns at once, `ended` follows within `grace_s`."""
        with self._lock:
            self.was_closed = True
        self._wake()

    def let_go(self) -> None:
        """Ask for the end of the process; nothing is told any more."""
        self._has_told_all = True
        self.close()

    def stop(self, seconds: float = 2.0) -> None:
        """End the process and the thread within so many seconds, by force if need be; `ended` comes meanwhile."""
        deadline = time.monotonic() + seconds
        self.close()
        if not self._wait_until(deadline - _KILL_MARGIN_S):
            # The thread is stuck in a send to a process that does not read.
            if self._process is not None and self._connection is not None:
                self._is_cut = True
                self._kill(self._process)
                _cut(self._connection)
            self._wait_until(deadline)
        if self.isFinished():
            self._tell_end()

    def run(self) -> None:
        """Serve the pipe until the process ends or `close()` is called."""
        try:
            child = start_child(self._target, self.objectName(), *self._args, is_daemon=not self._leads_group)
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
            self.exit_code = _KILLED if child.process.exitcode is None else child.process.exitcode

    def _kill(self, process: BaseProcess) -> None:
        if self._leads_group and process.pid is not None:
            end_process_group(process.pid)
        if process.exitcode is None:
            process.kill()

    def _serve(self, connection: Connection, sentinel: int) -> None:
        while True:
            for request in self._requests():
                connection.send(request)
            if self.was_closed:
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
            self._arrived.emit()

    @Slot()
    def _tell(self) -> None:
        with self._lock:
            news = list(self._news.values())
            self._news.clear()
            self._is_announced = False
        for entry in news:
            if self._has_told_all:  # whoever heard of the news before has let go
                return
            self.said.emit(entry)

    @Slot()
    def _tell_end(self) -> None:
        self._tell()
        self.wait()
        if not self._has_told_all:
            self._has_told_all = True
            self.ended.emit()
        self.deleteLater()

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
