"""How large the file will be and how long it will take: asked a while after the last edit, worked out by a job.

Some of the frames are drawn and encoded for it, 1-3 s of work. In a thread of the window it took the frame interval
from 16 to 23 ms (median) and 45 ms (99 %), so it is a process that works while nobody else does.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from fmviz.core.errors import ExportError
from fmviz.core.film import Film
from fmviz.engine.export import ExportJob
from fmviz.film.render import render_estimate
from fmviz.views import words

_PATIENCE_MS = 700
_MEASURING = "measuring size and time…"


class FileEstimate(QObject):
    """The newest question's answer; older ones are given up.

    Signals:
        changed(): `text` says something else.
        refused(str): such a file cannot be made here, one sentence.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._film: Film | None = None
        self._job = ExportJob(self)
        self._job.finished.connect(lambda estimate: self._say(words.estimate(estimate.bytes, estimate.seconds)))
        self._job.failed.connect(self._fail)
        self._job.cancelled.connect(self._ask_again)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PATIENCE_MS)
        self._soon.timeout.connect(self._start)

    @property
    def text(self) -> str:
        """About how large the file and how long the work will be, or that this is being worked out; empty if unknown.
        """
        return self._text

    def ask(self, film: Film) -> None:
        """Work out another film's file; the same style, specification and length are not measured again."""
        old, self._film = self._film, film
        if old is not None and (old.style, old.spec, len(old.moments)) == (film.style, film.spec, len(film.moments)):
            return
        self._say(_MEASURING)
        self._job.cancel()
        self._soon.start()

    def forget(self) -> None:
        """Drop the question."""
        self._film = None
        self._soon.stop()
        self._job.cancel()
        self._say("")

    def shutdown(self) -> None:
        """End for good: no process is left."""
        self._film = None
        self._soon.stop()
        self._job.shutdown()

    def _start(self) -> None:
        # While an older question's process is ending, its `cancelled` asks again.
        if self._film is None or self._job.is_running:
            return
        try:
            self._job.ask(render_estimate, self._film)
        except ExportError as error:
            self._fail(str(error))

    def _ask_again(self) -> None:
        if self._film is not None and not self._soon.isActive():
            self._start()

    def _fail(self, sentence: str) -> None:
        self._say("")
        self.refused.emit(sentence)

    def _say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.changed.emit()
