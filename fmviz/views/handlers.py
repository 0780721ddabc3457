"""What the rows of the action table do, gathered from the parts of the window by topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fmviz.core.project import SIDES
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session
from fmviz.views.dialogs import Dialogs
from fmviz.views.importing import Importing
from fmviz.views.project_files import ProjectFiles
from fmviz.views.step_bar import TimeDeck

Handlers = Mapping[str, Callable[[], object]]


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


def train_handlers(session: Session, deck: TimeDeck) -> Handlers:
    """Learning, as far as the window has nothing to say about it, and looking at earlier training steps."""
    head = session.steps
    return {"stop": session.stop, "longer": session.train_longer, "step_back": partial(head.move, -1),
            "step_forward": partial(head.move, 1), "newest": partial(head.set_step, None), "watch": deck.steps.toggle}


def play_handlers(playhead: Playhead, deck: TimeDeck) -> Handlers:
    """Time."""
    transport = deck.transport
    return {
        "play": playhead.toggle,
        "back": partial(deck.step, -1), "forward": partial(deck.step, 1),
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
