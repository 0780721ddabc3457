"""Which actions can be used now and which are ticked: they follow the document, the talk, the session, the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from fmviz.core.lanes import MAX_LANES
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session, Stale
from fmviz.views import words
from fmviz.views.actions import PLAY_ACTIONS, ROW, tip_of
from fmviz.views.draw_tool import DrawTool

# Action to the key of the session's table of states.
_SESSION_ACTIONS = {"stop": "stop", "longer": "train_longer", "reset": "reset"}
# What shows earlier steps of what was learned; the stage shows nothing of that while other clouds are there.
_STEP_ACTIONS = ("watch", "step_back", "step_forward", "newest")


class ActionStates(QObject):
    """Keeps every action as usable and as ticked as what it acts on."""

    def __init__(self, actions: Mapping[str, QAction], document: Document, session: Session, talk: Talk,
                 tool: DrawTool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions, self._document, self._session, self._talk, self._tool = actions, document, session, talk, tool
        # The stack's own signals: `document.changed` comes before its index has moved.
        stack = document.undo_stack
        for name, is_possible, step_changed in (("undo", stack.canUndoChanged, stack.undoTextChanged),
                                                ("redo", stack.canRedoChanged, stack.redoTextChanged)):
            actions[name].setEnabled(False)
            is_possible.connect(actions[name].setEnabled)
            step_changed.connect(partial(self._name_step, name))
        document.changed.connect(self._follow_document)
        for signal in (session.state_changed, session.stale_changed, session.snapshot_changed):
            signal.connect(self._follow_session)
        talk.place_changed.connect(self._follow_talk)
        tool.active_changed.connect(self._follow_drawing)
        self._follow_document()
        self._follow_session()

    def _name_step(self, name: str, step: str) -> None:
        """Say in the menu and the tooltip what would be undone or done again."""
        row = ROW[name]
        text = words.step_named(row.text, step.replace("&", "&&"))
        tip = words.step_named(row.text.replace("&", ""), step) + "." if step else row.tip
        self._actions[name].setText(text)
        self._actions[name].setStatusTip(tip)
        self._actions[name].setToolTip(tip_of(replace(row, tip=tip)))

    def _follow_document(self, *_: object) -> None:
        project = self._document.project
        self._actions[f"view_{project.style.view}"].setChecked(True)
        self._actions["compare"].setChecked(len(project.lanes) > 1)
        self._actions["spread"].setEnabled(project.style.starts is not None and project.style.follows)
        self._actions["add_lane"].setEnabled(len(project.lanes) < MAX_LANES)
        self._follow_talk()

    def _follow_talk(self) -> None:
        for name in ("next_scene", "previous_scene"):
            self._actions[name].setEnabled(bool(self._talk.scenes))
        self._actions["update_scene"].setEnabled(self._talk.scene is not None)

    def _follow_session(self, *_: object) -> None:
        for name, key in _SESSION_ACTIONS.items():
            self._actions[name].setEnabled(self._session.can(key))
        if self._session.stale is not Stale.NONE:
            self._actions["longer"].setEnabled(False)
        has_picture = any(self._session.snapshots) and self._session.stale is not Stale.CLOUDS
        self._actions["export"].setEnabled(has_picture)
        self._follow_drawing()

    def _follow_drawing(self, *_: object) -> None:
        resting = _STEP_ACTIONS if self._session.stale is Stale.CLOUDS else ()
        for name in PLAY_ACTIONS:
            self._actions[name].setEnabled(not self._tool.is_active and name not in resting)
