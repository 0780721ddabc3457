"""How large the file will be: asked a while after the last edit, worked out in a low-priority process.

Some of the frames are drawn and encoded for it, 1-3 s of work. In a thread of the window it took the frame interval
from 16 to 23 ms (median) and 45 ms (99 %), so it is a small export of its own: the number is its file.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QObject, QTemporaryDir, QTimer, Signal

from fmviz.canvas.render import render_estimate
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.frames import FlowSnapshot
from fmviz.core.style import Style
from fmviz.engine.export import ExportJob
from fmviz.views import words

_PATIENCE_MS = 700
_MEASURING = "size: measuring…"


def write_estimate(
    path: Path, snapshots: tuple[FlowSnapshot | None, ...], style: Style, spec: ExportSpec
) -> Generator[tuple[int, int], None, None]:
    """Write the number of bytes that the animation will have, as text; runs in the export's process."""
    yield 0, 1
    path.write_text(str(render_estimate(film_of(snapshots, style, spec))), encoding="ascii")
    yield 1, 1


class SizeEstimate(QObject):
    """The newest question's answer; older ones are given up.

    Signals:
        changed(): `text` says something else.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._question: tuple[tuple[FlowSnapshot | None, ...], Style, ExportSpec] | None = None
        self._folder: QTemporaryDir | None = None
        self._job = ExportJob(self)
        self._job.finished.connect(self._take)
        self._job.failed.connect(lambda _: self._say(""))
        self._job.cancelled.connect(self._ask_again)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PATIENCE_MS)
        self._soon.timeout.connect(self._start)

    @property
    def text(self) -> str:
        """About how large the file will be, or that this is being worked out; empty if nothing was asked."""
        return self._text

    def ask(self, snapshots: tuple[FlowSnapshot | None, ...], style: Style, spec: ExportSpec) -> None:
        """Work out another animation's size; the same style and specification are not measured again."""
        if self._question is not None and self._question[1:] == (style, spec):
            return
        self._question = (snapshots, style, spec)
        self._say(_MEASURING)
        self._job.cancel()
        self._soon.start()

    def forget(self) -> None:
        """Drop the question."""
        self._question = None
        self._soon.stop()
        self._job.cancel()
        self._say("")

    def shutdown(self) -> None:
        """End for good: no process is left."""
        self._question = None
        self._soon.stop()
        self._job.shutdown()
        if self._folder is not None:
            self._folder.remove()  # not left to its destructor: at exit nobody may come to call it
            self._folder = None

    def _start(self) -> None:
        # While an older question's process is ending, its `cancelled` asks again.
        if self._question is not None and not self._job.is_running:
            self._folder = self._folder or QTemporaryDir()
            self._job.start(write_estimate, Path(self._folder.path()) / "bytes", *self._question)

    def _ask_again(self) -> None:
        if self._question is not None and not self._soon.isActive():
            self._start()

    def _take(self, path: Path) -> None:
        self._say(f"about {words.file_size(int(path.read_text(encoding='ascii')))}")

    def _say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.changed.emit()
