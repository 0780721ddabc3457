"""Keeps one child process: starts it, knows whether it can work, and starts another when it was lost.

What it is asked and what it says is the business of `session` and `asker`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from fmviz.core.child import Target, scratch_folder
from fmviz.core.errors import ExportError
from fmviz.engine.host import serve
from fmviz.engine.link import Link
from fmviz.engine.messages import NO_JOB, Failed, Ready, Request, conflation_key

SHUTDOWN_S = 2.0

# One that has gone so often, and has said nothing in between, goes on going.
_MOST_LOSSES = 3
_GIVEN_UP = "{who} stopped {count} times in a row ({how}) and is not started again by itself; {remedy}."
_CANNOT_START = "{who} could not start ({how}); {remedy}, or run fmviz doctor."


@dataclass(frozen=True)
class Kind:
    """What a process is for.

    Args:
        who: what sentences call it, as their first words.
        remedy: what to do if it cannot be had, as their last.
        name: the process' own.
        target: what it runs, see `core.child.start_child`; it says `Ready` when it can work.
        args: what `target` is given besides.
        grace_s: how long it may take to end once it was told; this is for one that hangs.
        has_scratch: whether it makes temporary files and starts other processes: they go with it. `target` is then
            given the folder for the files, as its last.
    """

    who: str
    remedy: str
    name: str
    target: Target
    args: tuple[object, ...] = ()
    grace_s: float = 0.1
    has_scratch: bool = False


# It has nothing to tidy up and leaves as soon as the pipe closes, unless it hangs in a driver.
ENGINE = Kind("The engine", "press Train to try again", "fmviz-engine", serve, grace_s=1.0)


class ChildProcess(QObject):
    """A process as its owner sees it: one after the other, never two.

    Signals:
        ready(str): it can work; the text names its device, if it has one.
        said(object): news, apart from the two that concern its start.
        lost(str): it had been ready and ended without being asked, how in words; a new one is starting, or `missed`
            follows.
        missed(str): it could not start, or was lost too often, one sentence; none is coming before `start` is called.

    Attributes:
        device_label: what it works on, or None as long as it cannot.
        is_missed: whether there is none and none is coming, after one that could not start or was lost too often.
    """

    ready = Signal(str)
    said = Signal(object)
    lost = Signal(str)
    missed = Signal(str)

    def __init__(self, kind: Kind, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._link: Link | None = None
        self.device_label: str | None = None
        self._complaint = ""
        self._is_shut_down = self.is_missed = False
        self._losses = 0
        # The window shuts down when it closes; this is for every other way out. A thread alive at exit aborts.
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)

    @property
    def process_id(self) -> int | None:
        """The number of its process, or None if there is none."""
        return self._link.process_id if self._link is not None else None

    @Slot()
    def start(self) -> None:
        """Start the process if there is none; `ready` or `missed` follows."""
        if self._link is None and not self._is_shut_down:
            self._losses = 0
            self._launch()

    def send(self, request: Request) -> None:
        """Queue a request; without a process it is dropped."""
        if self._link is not None:
            self._link.send(request)

    @Slot()
    def rest(self) -> None:
        """End the process, which returns at once; `start` starts another."""
        link, self._link, self.device_label = self._link, None, None
        if link is not None:
            link.let_go()

    @Slot()
    def shutdown(self) -> None:
        """End the process for good, within two seconds."""
        self._is_shut_down = True
        self.rest()
        for link in self.findChildren(Link):  # with those that were to end and have not yet
            link.stop(SHUTDOWN_S)

    def _launch(self) -> None:
        kind = self.kind
        try:
            scratch = scratch_folder() if kind.has_scratch else None
        except ExportError as error:
            self._miss(str(error))
            return
        self._complaint = ""
        self.is_missed = False
        args = kind.args if scratch is None else (*kind.args, scratch)
        self._link = Link(kind.target, kind.name, conflation_key, kind.grace_s, self, kind.has_scratch, args)
        self._link.said.connect(self._hear)
        self._link.ended.connect(self._end)
        if scratch is not None:  # at once, in the link's thread: at the end of the program no other comes to it
            self._link.finished.connect(partial(shutil.rmtree, scratch, ignore_errors=True),
                                        Qt.ConnectionType.DirectConnection)
        self._link.start()

    @Slot(object)
    def _hear(self, news: object) -> None:
        match news:
            case Ready(device=device):
                self.device_label = device
                self.ready.emit(device)
            case Failed(job=job, message=message) if job == NO_JOB:
                self._complaint = message
            case _:
                self._losses = 0
                self.said.emit(news)

    @Slot()
    def _end(self) -> None:
        link, self._link = self._link, None
        assert link is not None
        was_ready, self.device_label = self.device_label is not None, None
        self._losses += was_ready
        if was_ready and self._losses < _MOST_LOSSES:
            self._launch()
            self.lost.emit(link.ending)
            return
        self.is_missed = True
        if was_ready:
            self.lost.emit(link.ending)
        if self.is_missed:  # nobody who heard of the loss has started another one
            sentence = _GIVEN_UP if was_ready else _CANNOT_START
            self._miss(self._complaint or sentence.format(
                who=self.kind.who, count=_MOST_LOSSES, how=link.ending, remedy=self.kind.remedy))

    def _miss(self, sentence: str) -> None:
        self.is_missed = True
        self.missed.emit(sentence)
