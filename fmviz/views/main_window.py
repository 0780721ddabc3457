"""The window: panels around the stage, and what each action does. The parts do the work; this file joins them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow

from fmviz.core.child import leave_a_core
from fmviz.core.project import SIDES
from fmviz.core.style import VIEWS
from fmviz.core.theme import Theme
from fmviz.engine.background import Tasks
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.session import Session
from fmviz.engine.stored import Recent
from fmviz.views import words
from fmviz.views.action_states import ActionStates
from fmviz.views.actions import build_actions, put_after
from fmviz.views.annotate_input import AnnotateBar, annotating_of
from fmviz.views.annotate_tool import HOW, AnnotateTool
from fmviz.views.camera_control import CameraControl
from fmviz.views.cloud_card import CloudPanel
from fmviz.views.controls import room_on_screen
from fmviz.views.data_dialog import DataDialog
from fmviz.views.dialogs import Dialogs
from fmviz.views.draw_bar import DrawBar
from fmviz.views.draw_tool import DrawTool
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.focus import LeaveFields, soft_action, tab_as_seen, tab_focus_only
from fmviz.views.follow_control import FollowControl
from fmviz.views.help import KeysDialog, about_text
from fmviz.views.importing import Drops, Importing, OptionsButton
from fmviz.views.maths_window import MathsWindow
from fmviz.views.metrics_table import MetricsTable
from fmviz.views.picture_out import DragStart, PictureData, stage_picture
from fmviz.views.presenting import Presenting, WindowLayout, WindowParts
from fmviz.views.probe_control import ProbeControl
from fmviz.views.project_files import ProjectFiles, RecentMenu
from fmviz.views.repaints import Repaints
from fmviz.views.scenes_panel import ScenesPanel
from fmviz.views.stage import Stage
from fmviz.views.stage_header import StageHeader
from fmviz.views.time_bars import TimeBars
from fmviz.views.train_commands import TrainCommands
from fmviz.views.train_panel import TrainPanel
from fmviz.views.waiting_bar import WaitingBar

_MESSAGE_MS = 8000
SMALLEST_PX = (960, 560)
_FIRST_PX = (1280, 800)


class MainWindow(QMainWindow):
    """Left the clouds, in the middle the stage, right the training or the scenes of a talk.

    Signals:
        theme_chosen(str): system, dark or light.
        folders_changed(): `folders` is another one; said before anything is written there.
        closing(): the window will close now; time to remember things.

    Attributes:
        ends_unasked: whether it closes without questions: what is unsaved was kept elsewhere.
    """

    theme_chosen = Signal(str)
    folders_changed = Signal()
    closing = Signal()

    def __init__(self, document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
        super().__init__()
        self._document, self._session, self._playhead, self.theme = document, session, playhead, theme
        self.talk = Talk(document, session, playhead)
        self.dialogs = Dialogs(self)
        self.tasks = Tasks(self)
        self.recent = Recent(self)
        self._is_shut_down = self.ends_unasked = False
        room = room_on_screen(self)
        self.setMinimumSize(QSize(*SMALLEST_PX).boundedTo(room))
        self.resize(QSize(*_FIRST_PX).boundedTo(room))

        self.stage = Stage(document, session, playhead, theme)
        self.clouds = CloudPanel(document, theme)
        self.time_bars = TimeBars(document, playhead, session)
        self.transport = self.time_bars.transport
        repaints = Repaints(self.stage.canvas, self)
        self.metrics = MetricsTable(document, session, theme, repaints)
        self.draw_tool = DrawTool(self.stage.canvas, document)
        self.draw_bar = DrawBar(self.draw_tool, document)
        self.annotating = AnnotateTool(self.stage.canvas, document, self)
        annotating_of(self.stage.canvas, self.annotating)
        self.annotate_bar = AnnotateBar(self.annotating, document, playhead)
        self._learning = TrainCommands(document, session, playhead, self.draw_tool, self.dialogs)
        self.training = TrainPanel(document, session, theme, self._learning.reset, repaints)
        self.files = ProjectFiles(document, session, playhead, self.dialogs, self.tasks, self.draw_tool.stop,
                                   self.say)
        self.export_dialog = ExportDialog(document, session, playhead, self)
        self.export_dialog.choice.set_window_theme(theme.name)
        self._options = OptionsButton(self.statusBar())
        self.importing = Importing(document, self.tasks, self.dialogs, theme, self.files.open_instead,
                                   self._options.say, self)
        self.camera = CameraControl(self, self.stage.canvas, document, self._uses_mouse, self._play)
        self.probe = ProbeControl(self.stage, document, self._uses_tool)
        self.follow = FollowControl(self.stage, document, self._uses_mouse)
        DragStart(self.stage.canvas, self._may_drag_picture,
                  lambda: self.export_dialog.out.drag(self._picture(), self.stage.canvas))
        self.actions_by_name = build_actions(self, self.menuBar(), {
            name: partial(self._act, act) for name, act in self._handlers().items()})
        self.recent_menu = RecentMenu(self.recent, self.tasks, self.files.open_instead, self)
        put_after(self.menuBar(), self.actions_by_name["open"], self.recent_menu)
        self.maths = MathsWindow(document, session, playhead, theme, self.dialogs, self.actions_by_name,
                                 self.export_dialog.out, self.say, self)
        self.header = StageHeader(document, self.actions_by_name)
        self.scenes = ScenesPanel(self.talk, document, session, theme, self.actions_by_name)
        self._states = ActionStates(self.actions_by_name, document, session, self.talk, self.draw_tool, self)
        self._layout = WindowLayout(self, WindowParts(self.clouds, (self.training, self.scenes), self.header,
                                                      self.draw_bar, self.annotate_bar, self.stage, self.metrics,
                                                      self.time_bars))
        self.presenting = Presenting(self, self._layout, self.stage, self.talk, self.draw_tool, document, session,
                                     playhead, theme)
        self.statusBar().addPermanentWidget(self._options)
        self.statusBar().addPermanentWidget(WaitingBar(self.tasks, self))
        Drops(self, lambda: not self.presenting.is_on, self.importing.take, self.stage.show_drag)
        self._connect()
        tab_focus_only(self)
        tab_as_seen(self._layout.centre)
        LeaveFields(self, self.stage.canvas)
        self._follow_title()
        self._follow_drawing()
        self.stage.canvas.setFocus()

    @property
    def parts(self) -> tuple[Document, Session, Playhead]:
        """The objects behind the window."""
        return self._document, self._session, self._playhead

    def start(self) -> None:
        self._session.start_engine()
        self.files.play_learned()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for part in (self.stage, self.clouds, self.training, self.metrics, self.scenes, self.presenting,
                     self.importing, self.maths):
            part.set_theme(theme)
        self.export_dialog.choice.set_window_theme(theme.name)

    def show_error(self, sentence: str) -> None:
        """Show what went wrong; a method of a widget, so that a signal of another thread is shown in the window's."""
        self.dialogs.error(sentence)

    @property
    def folders(self) -> dict[str, str]:
        """Where projects, clouds and exports were chosen last, by the names of the settings; "" if nowhere yet."""
        return {"folder": self.dialogs.folder, "import_folder": self.dialogs.import_folder,
                "export_folder": self.export_dialog.file.last_folder}

    @folders.setter
    def folders(self, folders: dict[str, str]) -> None:
        self.dialogs.folder = folders["folder"]
        self.dialogs.import_folder = folders["import_folder"]
        self.export_dialog.file.last_folder = folders["export_folder"]

    def _connect(self) -> None:
        say = self.say
        self._document.modified_changed.connect(self._follow_title)
        self._document.path_changed.connect(self._follow_title)
        self._session.ready.connect(lambda device: say(f"The engine is ready: {device}."))
        self._session.notice.connect(say)
        self._session.failed.connect(self.dialogs.error)
        self._playhead.playing_changed.connect(self._follow_playing)
        self._playhead.playing_changed.connect(leave_a_core)
        self.clouds.follow(self.draw_tool)
        self.clouds.follow_points(self.importing, self._export_data)
        self.files.used.connect(self._follow_used)
        self.files.writing.connect(self._follow_folder)
        self.export_dialog.file.folder_used.connect(self.folders_changed)
        self.draw_tool.message.connect(say)
        self.follow.message.connect(say)
        self.probe.message.connect(say)
        self.probe.changed.connect(self._follow_probe)
        self._document.changed.connect(self._follow_probe)
        self.draw_tool.active_changed.connect(self._follow_drawing)
        self.annotating.message.connect(say)
        self.annotating.active_changed.connect(self._follow_annotating)
        self.export_dialog.progress_text.connect(say)
        self.metrics.copied.connect(say)
        lanes = self.training.lanes
        lanes.chosen_changed.connect(lambda: self.time_bars.sampling.set_lane(lanes.chosen))
        self.talk.walked.connect(self._follow_walk)
        self.scenes.finished.connect(self.stage.canvas.setFocus)
        self.scenes.told.connect(self.say)
        self.presenting.changed.connect(self.actions_by_name["fullscreen"].setChecked)
        self.presenting.changed.connect(self.annotating.stop)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        """What the rows of the action table do."""
        document, files, importing, head = self._document, self.files, self.importing, self._session.steps
        playhead, transport, camera = self._playhead, self.transport, self.camera
        return {
            "new": files.new, "example": files.show_example, "open": files.open, "save": files.save,
            "save_as": files.save_as, "export": self.export_dialog.appear, "export_data": self._export_data,
            "quit": self.close, "copy": lambda: self.export_dialog.out.copy(self._picture(), self.say),
            "undo": document.undo, "redo": document.redo, "swap": document.swap_sides,
            **{f"draw_{which}": partial(self._toggle_drawing, which) for which in SIDES},
            **{f"import_{which}": partial(importing.choose_file, which) for which in SIDES},
            "paste": importing.paste, "word": importing.write_word, "annotate": self._toggle_annotating,
            **{f"view_{name}": partial(self._show_view, name) for name in VIEWS},
            **{f"theme_{name}": partial(self.theme_chosen.emit, name) for name in ("system", "dark", "light")},
            "spread": self.follow.spread, "probe": self._toggle_probe, "mathematics": lambda: self.maths.appear(),
            "fit": camera.fit, "zoom_in": camera.zoom_in, "zoom_out": camera.zoom_out,
            "panels": lambda: self.fold(not self._layout.is_folded), "fullscreen": lambda: self.presenting.toggle(),
            "train": self._learning.train_or_pause, "stop": self._session.stop, "longer": self._session.train_longer,
            "reset": self._learning.reset, "compare": self._learning.toggle_compare,
            "add_lane": lambda: self.training.lanes.add_lane(self.training.lanes.chosen or 0),
            "reflow": lambda: self.training.lanes.add_reflow(),
            "play": playhead.toggle, "back": partial(self.time_bars.step, -1),
            "forward": partial(self.time_bars.step, 1), "to_start": lambda: playhead.set_t(0.0),
            "to_end": lambda: playhead.set_t(1.0), "step_back": partial(head.move, -1),
            "step_forward": partial(head.move, 1), "newest": partial(head.set_step, None),
            "watch": self.time_bars.steps.toggle, "mode": transport.next_mode, "faster": transport.faster,
            "slower": transport.slower,
            "scenes": self._switch_panel, "keep_scene": self._keep_scene, "update_scene": self._update_scene,
            "next_scene": self.talk.next, "previous_scene": self.talk.previous,
            "present": lambda: self.presenting.present(),
            "keys": lambda: KeysDialog(self).open(),
            "about": lambda: self.dialogs.about(about_text(self._session.device_label)),
        }

    def _act(self, act: Callable[[], object]) -> None:
        """Do what an action does; it meets no half-written name, and ends none without keeping it."""
        self.scenes.list.finish_name()
        act()

    def _export_data(self, what: str = "source") -> None:
        DataDialog(self._document, self._session, self.tasks, self.dialogs, self.say, what, self).open()

    def _picture(self) -> PictureData:
        return stage_picture(self.stage.canvas, self._document.title)

    def _may_drag_picture(self) -> bool:
        return not (self.presenting.is_on or self._uses_mouse() or self.stage.canvas.is_hand or self.follow.is_dragging)

    def _uses_mouse(self) -> bool:
        """Whether clicks on the stage mean something else than what lies there."""
        return self._uses_tool() or self.probe.uses_mouse

    def _uses_tool(self) -> bool:
        return self.draw_tool.is_active or self.annotating.is_active or self.presenting.pen.is_on

    def _play(self) -> None:
        self.actions_by_name["play"].trigger()

    def _toggle_drawing(self, which: str) -> None:
        if self.draw_tool.which == which:
            self.draw_tool.stop()
        else:
            self.draw_tool.start(which)

    def _follow_drawing(self, *_: object) -> None:
        is_drawing = self.draw_tool.is_active
        if is_drawing:
            self.annotating.stop()
            self.probe.stop()
            self._playhead.pause()
        self.stage.set_editing(is_drawing)
        self._layout.is_drawing = is_drawing
        self._layout.refresh()

    def _toggle_annotating(self) -> None:
        self.draw_tool.stop()
        self.annotating.toggle()
        self.stage.canvas.setFocus()

    def _toggle_probe(self) -> None:
        self.draw_tool.stop()
        self.annotating.stop()
        self.probe.toggle()
        self._follow_probe()

    def _follow_probe(self, *_: object) -> None:
        self.actions_by_name["probe"].setChecked(self.probe.is_waiting or self._document.project.style.has_probe)

    def _follow_annotating(self, is_annotating: bool) -> None:
        self.actions_by_name["annotate"].setChecked(is_annotating)
        self._layout.is_annotating = is_annotating
        if not is_annotating and self.statusBar().currentMessage() == HOW:
            self.statusBar().clearMessage()
        self.probe.stop()
        self._layout.refresh()

    def _show_view(self, name: str) -> None:
        self.draw_tool.stop()
        self._document.set_style(self._document.project.style.with_view(name))

    @property
    def is_folded(self) -> bool:
        return self._layout.is_folded

    def fold(self, is_folded: bool) -> None:
        """Fold the panels away, or bring them back as they were."""
        self._layout.is_folded = is_folded
        self._layout.refresh()
        self.actions_by_name["panels"].setChecked(is_folded)

    def _switch_panel(self) -> None:
        shows_scenes = self._layout.is_folded or self._layout.right is not self.scenes
        self.fold(False)
        self._layout.right = self.scenes if shows_scenes else self.training
        self._layout.refresh()
        self.actions_by_name["scenes"].setChecked(shows_scenes)

    def _keep_scene(self) -> None:
        if self.dialogs.guarded(self.talk.keep) and self.talk.index is not None:
            self.say(f"Kept as {words.scene_of_talk(self.talk.index, self.talk.scenes)}.")

    def _update_scene(self) -> None:
        if self.talk.index is not None:
            self.talk.update(self.talk.index)

    def _follow_used(self, path: Path) -> None:
        self.recent.add(path)
        self._follow_folder(path)

    def _follow_folder(self, path: Path) -> None:
        self.dialogs.folder = str(path.parent)
        self.folders_changed.emit()

    def _follow_title(self, *_: object) -> None:
        title = self._document.title.replace("[*]", "[*][*]")  # which is how Qt writes [*] itself
        self.setWindowTitle(f"{title}[*] - fmviz")
        self.setWindowModified(self._document.is_modified)

    def _follow_playing(self, is_playing: bool) -> None:
        if is_playing and self.draw_tool.is_active:
            self.draw_tool.stop()

    def _follow_walk(self) -> None:
        self.draw_tool.stop()  # who walks on wants to see the scene
        if self.talk.index is not None:
            self.say(f"Now {words.scene_of_talk(self.talk.index, self.talk.scenes)}.")

    def say(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, _MESSAGE_MS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the keys that a focused control may need for itself, when it did not take them."""
        if event.key() == Qt.Key.Key_Escape:
            if self.presenting.is_on:
                self.presenting.step_back()
            elif self.draw_tool.is_active:
                self.draw_tool.stop()
            else:
                self.annotating.step_back()
            return
        if (action := soft_action(event, self.actions_by_name)) is not None:
            action.trigger()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the playback, ask to save, end the engine and an export within two seconds."""
        if self._is_shut_down or self.ends_unasked:
            self.shut_down()
            return
        self._playhead.pause()
        self.finish_edits()
        if self._may_close():
            self.shut_down()
        event.setAccepted(self._is_shut_down)

    def _may_close(self) -> bool:
        """Ask about exports that are not finished, and to save."""
        unfinished = len(self.export_dialog.queue.unfinished)
        # While a widget closes, Qt takes each further wish of the window system to close it as granted.
        handle = self.windowHandle()  # None of a window that was never shown
        if handle is not None:
            handle.installEventFilter(self)
        try:
            may_close = not unfinished or self.dialogs.give_up_exports(unfinished)
            return may_close and self.files.may_drop_changes(self.close)
        finally:
            if handle is not None:
                handle.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a question whether to close be answered before the window is closed."""
        if event.type() == QEvent.Type.Close and watched is self.windowHandle():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def finish_edits(self) -> None:
        """Let what is half drawn or half written be a change of the document."""
        self.draw_tool.stop()
        self.annotating.stop()
        self.scenes.list.finish_name()

    def shut_down(self) -> None:
        """Remember things and end all that runs, within a few seconds and unasked; once."""
        if self._is_shut_down:
            return
        self._is_shut_down = True
        self._playhead.pause()
        if self.presenting.is_on:
            self.presenting.leave()  # so that the next start has a window, not a full screen
            self._playhead.pause()  # behind a black screen it had waited to go on
        self.closing.emit()
        self.tasks.shutdown()
        self.export_dialog.shutdown()
        self.maths.hide()
        self._session.shutdown()
