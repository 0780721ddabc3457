"""The window: panels around the stage, and what each action does. The parts do the work; this file joins them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QKeyCombination, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from fmviz.core.style import VIEWS
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, State
from fmviz.views.action_states import ActionStates
from fmviz.views.actions import SOFT_ROWS, build_actions, tint_actions
from fmviz.views.cloud_panel import CloudPanel
from fmviz.views.dialogs import Dialogs
from fmviz.views.draw_bar import DrawBar
from fmviz.views.draw_tool import DrawTool
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.focus import LeaveFields, tab_focus_only
from fmviz.views.handlers import (
    Handlers,
    cloud_handlers,
    file_handlers,
    help_handlers,
    play_handlers,
    train_handlers,
)
from fmviz.views.metrics_table import MetricsTable
from fmviz.views.picture_out import StagePictures
from fmviz.views.project_files import ProjectFiles
from fmviz.views.stage import Stage
from fmviz.views.stage_header import StageHeader
from fmviz.views.step_bar import TimeDeck
from fmviz.views.train_panel import TrainPanel

_GAP_PX = 10
_MESSAGE_MS = 8000
_SMALLEST_PX = (1040, 640)
_FIRST_PX = (1280, 800)


class MainWindow(QMainWindow):
    """Left the clouds, in the middle the stage, right the training.

    Signals:
        theme_chosen(str): system, dark or light.
        closing(): the window will close now; time to remember things.
    """

    theme_chosen = Signal(str)
    closing = Signal()

    def __init__(self, document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
        super().__init__()
        self._document, self._session, self._playhead, self._theme = document, session, playhead, theme
        self._dialogs = Dialogs(self)
        self._has_bars = True
        self._was_training = False
        self._waits_for_picture = False
        self.setMinimumSize(*_SMALLEST_PX)
        self.resize(*_FIRST_PX)

        self.stage = Stage(document, session, playhead, theme)
        self.clouds = CloudPanel(document, theme)
        self.training = TrainPanel(document, session, theme, self._reset)
        self.deck = TimeDeck(playhead, session, theme)
        self.transport = self.deck.transport
        self.metrics = MetricsTable(document, session, theme)
        self.draw_tool = DrawTool(self.stage.canvas, document)
        self.draw_bar = DrawBar(self.draw_tool, document, theme)
        self._files = ProjectFiles(document, session, playhead, self._dialogs, self.draw_tool.stop, self._say)
        self.export_dialog = ExportDialog(document, session, playhead, self)
        self._pictures = StagePictures(self.stage.canvas, self.export_dialog.out, self._may_drag_picture,
                                       lambda: document.title, self._say)
        self.actions_by_name = build_actions(self, self.menuBar(), theme, self._handlers())
        self.header = StageHeader(document, theme, self.actions_by_name)
        self._states = ActionStates(self.actions_by_name, document, session, self.draw_tool, self)
        self._lay_out()
        self._connect()
        tab_focus_only(self)
        LeaveFields(self, self.stage.canvas)
        self._follow_title()
        self._follow_drawing()
        self.stage.canvas.setFocus()

    # What the application asks.

    @property
    def parts(self) -> tuple[Document, Session, Playhead]:
        """The objects behind the window."""
        return self._document, self._session, self._playhead

    def start(self) -> None:
        """Start the engine and the playback, once the window is visible."""
        self._session.start_engine()
        if any(self._session.snapshots):
            self._playhead.play()

    def open_example(self) -> None:
        """Show the finished example as a new, untitled project."""
        self._files.open_example()

    def open_path(self, path: Path) -> None:
        """Open a project.

        Raises:
            ProjectError: it cannot be read; what was open stays.
        """
        self._files.open_path(path)

    def show_error(self, sentence: str) -> None:
        """Show what went wrong, without stopping anything."""
        self._dialogs.error(sentence)

    def set_theme(self, theme: Theme) -> None:
        """Dress every part that draws itself."""
        self._theme = theme
        for part in (self.stage, self.clouds, self.training, self.deck, self.metrics, self.draw_bar, self.header):
            part.set_theme(theme)
        tint_actions(self.actions_by_name, theme)

    def set_theme_choice(self, choice: str) -> None:
        """Tick the theme in the menu."""
        self.actions_by_name[f"theme_{choice}"].setChecked(True)

    @property
    def folder(self) -> str:
        """Where the last file was opened or saved."""
        return self._dialogs.folder

    def set_folder(self, folder: str) -> None:
        """Begin file dialogs there."""
        self._dialogs.folder = folder
        self.clouds.folder = folder

    # Building.

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setContentsMargins(_GAP_PX, _GAP_PX, _GAP_PX, _GAP_PX)
        middle.setSpacing(_GAP_PX)
        for part, stretch in ((self.header, 0), (self.draw_bar, 0), (self.stage, 1), (self.metrics, 0),
                              (self.deck, 0)):
            middle.addWidget(part, stretch)
        self._middle = middle
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.clouds)
        row.addLayout(middle, 1)
        row.addWidget(self.training)
        centre = QWidget()
        centre.setLayout(row)
        self.setCentralWidget(centre)
        self.statusBar().setSizeGripEnabled(False)

    def _connect(self) -> None:
        say = self._say
        self._document.modified_changed.connect(self._follow_title)
        self._document.path_changed.connect(self._follow_title)
        self._session.state_changed.connect(self._follow_state)
        self._session.ready.connect(lambda device: say(f"The engine is ready: {device}."))
        self._session.notice.connect(say)
        self._session.failed.connect(self.show_error)
        self._session.snapshot_changed.connect(self._play_first_picture)
        self._playhead.playing_changed.connect(self._follow_playing)
        self.clouds.follow(self.draw_tool)
        self.clouds.refused.connect(self.show_error)
        self.clouds.folder_changed.connect(self.set_folder)
        self.draw_tool.message.connect(say)
        self.draw_tool.active_changed.connect(self._follow_drawing)
        self.export_dialog.progress_text.connect(say)

    def _handlers(self) -> Handlers:
        return {
            **file_handlers(self._files),
            **cloud_handlers(self._document, self.clouds, self._toggle_drawing),
            **train_handlers(self._session, self.deck),
            **play_handlers(self._playhead, self.transport),
            **help_handlers(self._dialogs, self._session),
            **{f"view_{name}": partial(self._show_view, name) for name in VIEWS},
            **{f"theme_{name}": partial(self.theme_chosen.emit, name) for name in ("system", "dark", "light")},
            "export": self.export_dialog.appear, "copy": self._pictures.copy, "quit": self.close,
            "fullscreen": lambda: self._set_stage_only(self._has_bars),
            "train": self._train_or_pause, "reset": self._reset, "compare": self._toggle_compare,
        }

    # Drawing and exporting.

    def _may_drag_picture(self) -> bool:
        return self._has_bars and not self.draw_tool.is_active

    def _toggle_drawing(self, which: str) -> None:
        if self.draw_tool.which == which:
            self.draw_tool.stop()
        else:
            self.draw_tool.start(which)

    def _follow_drawing(self, *_: object) -> None:
        is_drawing = self.draw_tool.is_active
        if is_drawing:
            self._playhead.pause()
        self.stage.set_editing(is_drawing)
        self.draw_bar.setVisible(is_drawing)
        for part in (self.header, self.metrics, self.deck):
            part.setVisible(not is_drawing and self._has_bars)

    # Learning, looking.

    def _train_or_pause(self) -> None:
        self.draw_tool.stop()  # first: a stroke under way belongs to the clouds that are to be learned
        act = {State.TRAINING: self._session.pause, State.PAUSED: self._session.resume}
        act.get(self._session.state, self._session.train)()

    def _reset(self) -> None:
        if not any(self._session.snapshots) or self._dialogs.forget():
            self._session.reset()

    def _toggle_compare(self) -> None:
        couplings = tuple(config.coupling for config in self._document.project.lanes)
        self._document.set_lanes(("random", "ot") if len(couplings) == 1 else couplings[:1])

    def _show_view(self, name: str) -> None:
        self.draw_tool.stop()
        self._document.set_style(self._document.project.style.with_view(name))

    def _play_first_picture(self, _lane: int) -> None:
        if self._waits_for_picture and not self.draw_tool.is_active:
            self._waits_for_picture = False
            self._playhead.play()

    def _set_stage_only(self, is_only: bool) -> None:
        self._has_bars = not is_only
        for part in (self.menuBar(), self.statusBar(), self.clouds, self.training):
            part.setVisible(self._has_bars)
        gap = _GAP_PX if self._has_bars else 0
        self._middle.setContentsMargins(gap, gap, gap, gap)
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen
                            if is_only != self.isFullScreen() else self.windowState())
        self.actions_by_name["fullscreen"].setChecked(is_only)
        self._follow_drawing()

    # Following what changed elsewhere.

    def _follow_title(self, *_: object) -> None:
        self.setWindowTitle(f"{self._document.title}[*] - fmviz")
        self.setWindowModified(self._document.is_modified)

    def _follow_state(self, *_: object) -> None:
        is_training = self._session.state is State.TRAINING
        if is_training and not self._was_training:
            self.draw_tool.stop()
            self._waits_for_picture = True
        self._was_training = is_training

    def _follow_playing(self, is_playing: bool) -> None:
        if is_playing and self.draw_tool.is_active:
            self.draw_tool.stop()

    def _say(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, _MESSAGE_MS)

    # Events.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the keys that a focused control may need for itself, when it did not take them."""
        if event.key() == Qt.Key.Key_Escape:
            if not self._has_bars:
                self._set_stage_only(False)
            elif self.draw_tool.is_active:
                self.draw_tool.stop()
            return
        # On macOS the arrows count as keys of the number pad.
        pressed = QKeySequence(QKeyCombination(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier,
                                               Qt.Key(event.key())))
        for row in SOFT_ROWS:
            action = self.actions_by_name[row.name]
            if action.isEnabled() and any(QKeySequence(keys) == pressed for keys in row.keys):
                action.trigger()
                return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the playback, ask to save, end the engine and an export within two seconds."""
        self._playhead.pause()
        unfinished = len(self.export_dialog.queue.unfinished)
        if (unfinished and not self._dialogs.give_up_exports(unfinished)) or not self._files.may_drop_changes():
            event.ignore()
            return
        if not self._has_bars:
            self._set_stage_only(False)  # so that the next start has a window, not a full screen
        self.closing.emit()
        self.export_dialog.shutdown()
        self._session.shutdown()
        event.accept()
