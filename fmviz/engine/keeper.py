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
_CANNOT_START = "The engine could not start ({how}); press Train to try again, or run fmviz doctor."


class EngineKeeper(QObject):
    """The engine as the session sees it: one process after the other, never two.

    Signals:
        ready(str): it can work; the text names its device.
        said(object): news, apart from the two that concern its start.
        lost(str): it had been ready and ended without being asked, how in words; a new one is starting.
        missed(str): it could not start, one sentence; it is not tried again before `start` is called.
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
        self._is_shut_down = False
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

    @Slot()
    def start(self) -> None:
        """Start the process if there is none; `ready` or `missed` follows."""
        if self._link is not None or self._is_shut_down:
            return
        self._complaint = ""
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
        if was_ready:
            self.start()
            self.lost.emit(link.ending)
        else:
            self.missed.emit(self._complaint or _CANNOT_START.format(how=link.ending))
