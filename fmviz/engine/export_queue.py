"""Exports in a row: one runs, the others wait; each can be cancelled, and what became of each is remembered.

The values tell views all that they show; the process is `export.ExportJob`'s.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from fmviz.core.errors import ExportError
from fmviz.engine.export import ExportJob
from fmviz.engine.export_state import Export, ExportState
from fmviz.engine.job_child import Entry


class ExportQueue(QObject):
    """Owner of all exports that the window has begun.

    Signals:
        changed(Export): one is new, or has gone on.
        removed(int): the number of one that is no longer remembered.
    """

    changed = Signal(object)
    removed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._exports: dict[int, Export] = {}
        self._tasks: dict[int, tuple[Entry, tuple[object, ...]]] = {}
        self._running: int | None = None
        self._last = 0
        self._is_shut_down = False
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shutdown)  # before the job hears of it: its end would start the next one
        self.job = ExportJob(self)
        self.job.progressed.connect(self._go_on)
        self.job.finished.connect(self._finish)
        self.job.failed.connect(lambda message: self._end(ExportState.FAILED, message=message))
        self.job.cancelled.connect(lambda: self._end(ExportState.CANCELLED))

    @property
    def exports(self) -> tuple[Export, ...]:
        """All that are remembered, oldest first."""
        return tuple(self._exports.values())

    @property
    def unfinished(self) -> tuple[Export, ...]:
        """Those that run or wait."""
        return tuple(export for export in self._exports.values() if not export.state.is_ended)

    def is_making(self, path: Path) -> bool:
        """Whether that very file runs or waits."""
        return any(os.path.realpath(export.path) == os.path.realpath(path) for export in self.unfinished)

    def add(self, entry: Entry, path: Path, *args: object) -> int:
        """Put `entry(path, *args)` at the end of the row; return its number.

        Raises:
            ExportError: the same file is in the row already.
        """
        path = Path(path)
        if self.is_making(path):
            raise ExportError(f"{path.name} is being exported already; wait for it, cancel it or choose another name.")
        self._forget_endings_of(path)
        self._last += 1
        number = self._last
        self._tasks[number] = entry, args
        self._set(Export(number, path))
        self._start_next()
        return number

    def cancel(self, number: int) -> None:
        """Give one up; one that has ended stays as it is."""
        if number == self._running:
            self.job.cancel()
        elif number in self._tasks:
            del self._tasks[number]
            self._change(number, state=ExportState.CANCELLED)

    def forget(self, number: int) -> None:
        """Remember no longer what became of one."""
        export = self._exports.get(number)
        if export is not None and export.state.is_ended:
            del self._exports[number]
            self.removed.emit(number)

    @Slot()
    def shutdown(self) -> None:
        """Give up all of them, within two seconds; nothing starts any more."""
        self._is_shut_down = True
        for number in list(self._tasks):
            self.cancel(number)
        self.job.shutdown()

    def _start_next(self) -> None:
        while self._running is None and self._tasks and not self._is_shut_down:
            number = next(iter(self._tasks))
            entry, args = self._tasks.pop(number)
            self._running = number
            self._change(number, state=ExportState.RUNNING)
            try:
                self.job.start(entry, self._exports[number].path, *args)
            except ExportError as error:
                self._running = None
                self._change(number, state=ExportState.FAILED, message=str(error))

    def _go_on(self, done: int, total: int, seconds_left: float) -> None:
        if self._running is not None:
            self._change(self._running, done=done, total=total, seconds_left=seconds_left)

    def _finish(self, path: Path) -> None:
        self._end(ExportState.DONE, n_bytes=sum(_sizes(path)))

    def _end(self, state: ExportState, **values: object) -> None:
        number, self._running = self._running, None
        if number is not None:
            self._change(number, state=state, seconds_left=0.0, **values)
        self._start_next()

    def _forget_endings_of(self, path: Path) -> None:
        for export in self.exports:
            if export.path == path:
                self.forget(export.number)

    def _change(self, number: int, **values: object) -> None:
        self._set(replace(self._exports[number], **values))  # type: ignore[arg-type]

    def _set(self, export: Export) -> None:
        self._exports[export.number] = export
        self.changed.emit(export)


def _sizes(path: Path) -> Iterator[int]:
    """Yield the size of a file, or of every file in a folder; one that has gone meanwhile has none."""
    try:
        if not path.is_dir():
            yield path.stat().st_size
            return
        with os.scandir(path) as entries:
            for entry in entries:
                yield entry.stat().st_size
    except OSError:
        return
