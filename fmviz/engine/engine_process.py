"""Keeps one engine process: starts it, knows whether it can work, and starts another when it was lost.

What it is asked and what it says is the business of `session`.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.engine.host import serve
from fmviz.engine.link import Link
from fmviz.engine.messages import NO_JOB, Failed, Ready, Request, conflation_key

SHUTDOWN_S = 2.0

# The engine has nothing to tidy up and leaves as soon as the pipe closes; this is for one that hangs in a driver.
_GRACE_S = 1.0
# One that has gone so often, and has said nothing in between, goes on going.
_MOST_LOSSES = 3
_GIVEN_UP = ("The engine stopped {count} times in a row ({how}) and is not started again by itself; press Train to "
             "try it again.")
_CANNOT_START = "The engine could not start ({how}); press Train to try again, or run fmviz doctor."


class EngineProcess(QObject):
    """The engine as the session sees it: one process after the other, never two.

    Signals:
        ready(str): it can work; the text names its device.
        said(object): news, apart from the two that concern its start.
        lost(str): it had been ready and ended without being asked, how in words; a new one is starting, or `missed`
            follows.
        missed(str): it could not start, or was lost too often, one sentence; none is coming before `start` is called.
    """

    ready = Signal(str)
    said = Signal(object)
    lost = Signal(str)
    missed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link: Link | None = None
        self._device_label: str | None = None
        self._complaint = ""
        self._is_shut_down = self._is_missed = False
        self._losses = 0
        # The window shuts down when it closes; this is for every other way out. A thread alive at exit aborts.
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)

    @property
    def device_label(self) -> str | None:
        """What the engine works on, or None as long as it cannot."""
        return self._device_label

    @property
    def process_id(self) -> int | None:
        """The number of its process, or None if there is none."""
        return self._link.process_id if self._link is not None else None

    @property
    def is_missed(self) -> bool:
        """Whether there is no engine and none is coming, after one that could not start or was lost too often."""
        return self._is_missed

    @Slot()
    def start(self) -> None:
        """Start the process if there is none; `ready` or `missed` follows."""
        if self._link is None and not self._is_shut_down:
            self._losses = 0
            self._launch()

    def _launch(self) -> None:
        self._complaint = ""
        self._is_missed = False
        self._link = Link(serve, "fmviz-engine", conflation_key, _GRACE_S, self)
        self._link.arrived.connect(self._receive)
        self._link.finished.connect(self._ended)
        self._link.start()

    def send(self, request: Request) -> None:
        """Queue a request; without an engine it is dropped."""
        if self._link is not None:
            self._link.send(request)

    @Slot()
    def shutdown(self) -> None:
        """End the engine for good, within two seconds."""
        self._is_shut_down = True
        link, self._link = self._link, None
        if link is not None:
            link.arrived.disconnect(self._receive)
            link.finished.disconnect(self._ended)
            link.stop(SHUTDOWN_S)
            link.deleteLater()

    @Slot()
    def _receive(self) -> None:
        if self._link is None:
            return
        for news in self._link.take():
            match news:
                case Ready(device=device):
                    self._device_label = device
                    self.ready.emit(device)
                case Failed(job=job, message=message) if job == NO_JOB:
                    self._complaint = message
                case _:
                    self._losses = 0
                    self.said.emit(news)

    @Slot()
    def _ended(self) -> None:
        self._receive()
        link = self._link
        if link is None:
            return
        link.wait()
        link.deleteLater()
        self._link = None
        was_ready, self._device_label = self._device_label is not None, None
        self._losses += was_ready
        if was_ready and self._losses < _MOST_LOSSES:
            self._launch()
            self.lost.emit(link.ending)
            return
        self._is_missed = True
        if was_ready:
            self.lost.emit(link.ending)
        if self._is_missed:  # nobody who heard of the loss has started another one
            self.missed.emit(_GIVEN_UP.format(count=_MOST_LOSSES, how=link.ending) if was_ready
                             else self._complaint or _CANNOT_START.format(how=link.ending))
