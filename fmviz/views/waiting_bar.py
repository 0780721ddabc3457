"""What the window waits for, in its status bar: a line, how far it is and a button, once it takes half a second."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from fmviz.engine.background import Task, Tasks
from fmviz.views.controls import ElidedLabel, ShareBar, describe, push_button, single_shot
from fmviz.views.layouts import row

# Shorter waits need no words; they would only flash.
_PATIENCE_MS = 500
_TEXT_PX, _BAR_PX = 280, 90


class WaitingBar(QWidget):
    """Shows the oldest work of `tasks` that is still under way."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._shown: Task | None = None
        self.text = ElidedLabel("muted")
        self.text.setFixedWidth(_TEXT_PX)
        self.text.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)  # it asks for its room
        self.bar = ShareBar(self, width_px=_BAR_PX)
        self.cancel = push_button(self, "Cancel", "", self._cancel, role="quiet")
        self.cancel.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row(None, self.text, self.bar, self.cancel, spacing=8, margins=(0, 0, 8, 0), on=self)
        self._patience = single_shot(self, _PATIENCE_MS, self._show_oldest)
        tasks.begun.connect(self._wait_for)
        self.hide()

    def _wait_for(self, task: Task) -> None:
        task.ended.connect(self._follow_end)
        if not self._patience.isActive():
            self._patience.start(_PATIENCE_MS)

    def _follow_end(self) -> None:
        if self._shown is None or not self._shown.is_running:
            self._show_oldest()

    def _show_oldest(self) -> None:
        """Show what has been waited for long enough, or come back when something has."""
        task = next((task for task in self._tasks.running if task.is_running), None)
        self._patience.stop()
        if task is not None and (left_ms := _PATIENCE_MS - round(task.seconds * 1000)) > 0:
            self._patience.start(left_ms)
            task = None
        if task is not self._shown:
            self._shown = task
            if task is not None:
                self._begin(task)
        self.setVisible(task is not None)

    def _begin(self, task: Task) -> None:
        self.text.show_text(f"{task.title}…")
        self.bar.show_share(None)
        describe(self.bar, task.title, "How far it is.")
        describe(self.cancel, f"Cancel: {task.title}", "Wait no longer; what is here stays as it is.")
        self.cancel.setEnabled(True)
        task.progressed.connect(self._show_progress)

    def _show_progress(self, how_far: float) -> None:
        if self.sender() is self._shown:
            self.bar.show_share(how_far)

    def _cancel(self) -> None:
        task = self._shown
        if task is not None:
            task.cancel()
            if task.is_running:  # a file that is being written is not given up in the middle of a word
                self.text.show_text(f"Cancelling: {task.title}…")
                self.cancel.setEnabled(False)
