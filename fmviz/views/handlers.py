"""What the rows of the action table do, gathered from the parts of the window by topic.

About learning the window does more than the session's own slots: it ends a drawing first, asks, and plays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject

from fmviz.core.project import SIDES
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session, State
from fmviz.views.dialogs import Dialogs
from fmviz.views.draw_tool import DrawTool
from fmviz.views.importing import Importing
from fmviz.views.project_files import ProjectFiles
from fmviz.views.step_bar import TimeBars

Handlers = Mapping[str, Callable[[], object]]


class TrainCommands(QObject):
    """Handlers of the Train menu, and the play head's start with the first picture of a run."""

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
        """Train, hold, or go on."""
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


def file_handlers(files: ProjectFiles) -> Handlers:
    """Projects."""
    return {"new": files.new, "example": files.show_example, "open": files.open, "save": files.save,
            "save_as": files.save_as}


def cloud_handlers(document: Document, importing: Importing, toggle_drawing: Callable[[str], None]) -> Handlers:
    """Clouds, and taking back."""
    return {
        "undo": document.undo, "redo": document.redo, "swap": document.swap_sides,
        **{f"draw_{which}": partial(toggle_drawing, which) for which in SIDES},
        **{f"import_{which}": partial(importing.choose_file, which) for which in SIDES},
        "paste": importing.paste, "word": importing.write_word,
    }


def train_handlers(session: Session, time_bars: TimeBars) -> Handlers:
    """Learning, as far as the window has nothing to say about it, and looking at earlier training steps."""
    head = session.steps
    return {"stop": session.stop, "longer": session.train_longer, "step_back": partial(head.move, -1),
            "step_forward": partial(head.move, 1), "newest": partial(head.set_step, None),
            "watch": time_bars.steps.toggle}


def play_handlers(playhead: Playhead, time_bars: TimeBars) -> Handlers:
    """Time."""
    transport = time_bars.transport
    return {
        "play": playhead.toggle,
        "back": partial(time_bars.step, -1), "forward": partial(time_bars.step, 1),
        "to_start": lambda: playhead.set_t(0.0), "to_end": lambda: playhead.set_t(1.0),
        "mode": transport.next_mode, "faster": transport.faster, "slower": transport.slower,
    }


def scene_handlers(talk: Talk) -> Handlers:
    """The talk, as far as the window has nothing to say about it."""

    def update() -> None:
        if talk.index is not None:
            talk.update(talk.index)

    return {"next_scene": talk.next, "previous_scene": talk.previous, "update_scene": update}


def help_handlers(dialogs: Dialogs, session: Session) -> Handlers:
    """Keys, versions."""
    return {"keys": dialogs.keys, "about": lambda: dialogs.about(session.device_label)}
