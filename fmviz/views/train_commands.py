"""What the Train menu does beyond the session's own slots; the play head starts with the first picture of a run."""

from __future__ import annotations

from PySide6.QtCore import QObject

from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, State
from fmviz.views.dialogs import Dialogs
from fmviz.views.draw_tool import DrawTool


class TrainCommands(QObject):
    """Handlers of the Train menu."""

    def __init__(self, document: Document, session: Session, playhead: Playhead, tool: DrawTool,
                 dialogs: Dialogs) -> None:
        super().__init__(session)
        self._document, self._session, self._playhead = document, session, playhead
        self._tool, self._dialogs = tool, dialogs
        self._was_training = False
        self._waits_for_picture = False
        session.state_changed.connect(self._follow_state)
        session.snapshot_changed.connect(self._play_first_picture)

    def train_or_pause(self) -> None:
        self._tool.stop()  # first: a stroke under way belongs to the clouds that are to be learned
        act = {State.TRAINING: self._session.pause, State.PAUSED: self._session.resume}
        act.get(self._session.state, self._session.train)()

    def reset(self) -> None:
        """Forget what was learned, after asking."""
        if not any(self._session.snapshots) or self._dialogs.forget():
            self._session.reset()

    def toggle_compare(self) -> None:
        """Show the first lane alone, or the others again beside it: at first random and OT coupling."""
        if len(self._document.project.lanes) == 1:
            self._document.compare()
        else:
            self._document.show_alone(0)

    def _follow_state(self, state: State) -> None:
        is_training = state is State.TRAINING
        if is_training and not self._was_training:
            self._tool.stop()
            self._waits_for_picture = True
        self._was_training = is_training

    def _play_first_picture(self, _lane: int) -> None:
        if self._waits_for_picture and not self._tool.is_active:
            self._waits_for_picture = False
            self._playhead.play()
