"""Presentation mode: the stage alone in large type, with the captions of the talk, its keys, pointer and black screen.

It owns whether the stage is alone. The talk knows its scenes, the canvas sets the type; here they are put together.
While the mode is on its keys go before the window's own shortcuts. Where the parts of the window stand is here too, and
which of them are seen: all, without the panels, those of drawing, or the stage alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from fmviz.core.export_spec import Decor
from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk, is_other_project
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.actions import ROW
from fmviz.views.controls import take_key
from fmviz.views.draw_tool import DrawTool
from fmviz.views.focus import pressed_keys
from fmviz.views.layouts import column, row
from fmviz.views.over_stage import Badge, BlackScreen, LaserPointer, Pen, dot
from fmviz.views.stage import Stage

_GAP_PX = 4
# Titles are as large as that share of the height, legends four fifths of it: the last row reads from 2.5 % on.
TEXT_SHARE = 0.036
_HINT_MS, _PLACE_MS = 3000, 1500
_HINT = "Esc: back · {walk}P: pen · B: black{lanes}"
_PEN_HINT = "E: erase   ·   P or Esc: pointer"
# Of the pointer's size.
_PEN_SHARE = 0.5
_LANES = " · A: other panes"
_WALK = "Page Down: next scene · "


@dataclass(frozen=True)
class WindowParts:
    """What stands around the stage: `left`, `right` beside it, the rest above and below it, from top to bottom."""

    left: QWidget
    right: tuple[QWidget, ...]
    header: QWidget
    draw_bar: QWidget
    annotate_bar: QWidget
    stage: QWidget
    metrics: QWidget
    time_bars: QWidget


class WindowLayout:
    """Lays the parts out once, and shows those that the present work needs.

    Attributes:
        is_drawing: the drawing bar instead of what is about time.
        is_annotating: the annotating bar instead of the views.
        is_alone: nothing but the stage, from edge to edge.
        is_folded: without the panels beside the stage and the numbers below it.
        right: which of the panels on the right is seen.
        centre: what holds them all.
    """

    def __init__(self, window: QMainWindow, parts: WindowParts) -> None:
        self._window, self._parts = window, parts
        self.is_drawing = self.is_annotating = self.is_alone = self.is_folded = False
        self.right = parts.right[0]
        self._middle = column(parts.header, parts.draw_bar, parts.annotate_bar, (parts.stage, 1), parts.metrics,
                              parts.time_bars, spacing=_GAP_PX)
        self.centre = QWidget()
        row(parts.left, (self._middle, 1), *parts.right, spacing=0, margins=0, on=self.centre)
        window.setCentralWidget(self.centre)
        window.statusBar().setSizeGripEnabled(False)
        self.refresh()

    def refresh(self) -> None:
        parts, has_bars = self._parts, not self.is_alone
        has_panels = has_bars and not self.is_folded
        self._window.menuBar().setVisible(has_bars)
        self._window.statusBar().setVisible(has_bars)
        parts.left.setVisible(has_panels)
        for part in parts.right:
            part.setVisible(has_panels and part is self.right)
        parts.header.setVisible(has_bars and not (self.is_drawing or self.is_annotating))
        parts.time_bars.setVisible(has_bars and not self.is_drawing)
        parts.metrics.setVisible(has_panels and not self.is_drawing)
        parts.draw_bar.setVisible(has_bars and self.is_drawing)
        parts.annotate_bar.setVisible(has_bars and self.is_annotating)
        gap = _GAP_PX if has_bars else 0
        self._middle.setContentsMargins(gap, gap, gap, gap)


class Presenting(QObject):
    """The mode's switch.

    Signals:
        changed(bool): it began or ended.
    """

    changed = Signal(bool)

    def __init__(self, window: QMainWindow, layout: WindowLayout, stage: Stage, talk: Talk, tool: DrawTool,
                 document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
        super().__init__(window)
        self._window, self._layout, self._stage, self._canvas = window, layout, stage, stage.canvas
        self._talk, self._tool, self._document, self._session = talk, tool, document, session
        self._state_before = window.windowState()
        # The style's lanes before the key for lanes was pressed, and as it left them.
        self._lanes_before: tuple[int, ...] | None = None
        self._lanes_made: tuple[int, ...] = ()
        self._decor = Decor()
        self.place = Badge(theme, False, stage.canvas)
        self.hint = Badge(theme, True, stage.canvas)
        self.pointer = LaserPointer(theme, stage.canvas)
        self.black_screen = BlackScreen(playhead, session.steps, stage)
        self.pen = Pen(stage.canvas, document, talk, self)
        self._keys = PresentKeys({"lanes": self.show_next_lanes, "black": self.black_screen.begin,
                                  "pen": self.pen.toggle, "erase": self.pen.erase}, self.black_screen, tool,
                                 (window, stage.canvas))
        self._theme = theme
        self.pen.changed.connect(self._follow_pen)
        self.pen.message.connect(lambda text: self.hint.say(text, _HINT_MS))
        talk.shown.connect(self._keep_lanes)
        talk.walked.connect(self._follow_walk)
        talk.place_changed.connect(self._dress)
        document.changed.connect(self._follow_document)
        tool.active_changed.connect(self._follow_drawing)

    @property
    def is_on(self) -> bool:
        return self._layout.is_alone

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.place, self.hint, self.pointer):
            part.set_theme(theme)

    def toggle(self) -> None:
        if self.is_on:
            self.leave()
        else:
            self.enter()

    def present(self) -> None:
        """Begin with the first scene of the talk, if there is one. A clicker's start key changes nothing later."""
        if not self.is_on:
            self.enter()
            if self._talk.scenes:
                self._talk.show(0)

    def enter(self) -> None:
        """Show the stage alone; what the talk will show is made ready meanwhile."""
        self._session.batches.prepare()
        self._state_before, self._lanes_before = self._window.windowState(), None
        self._show_alone(True)
        self._window.setWindowState(self._state_before | Qt.WindowState.WindowFullScreen)
        self._canvas.setFocus()
        has_two = len(self._document.project.lanes) > 1
        self.hint.say(_HINT.format(walk=_WALK if self._talk.scenes else "", lanes=_LANES if has_two else ""), _HINT_MS)

    def leave(self) -> None:
        self.black_screen.end()
        self.pen.leave()
        self.place.clear()
        self.hint.clear()
        self._show_alone(False)
        self._window.setWindowState(self._state_before)
        if (lanes := self._lanes_before) is not None:  # one pane was looked at for a moment
            self._lanes_before = None
            self._document.set_style(replace(self._document.project.style, lanes=lanes))

    def step_back(self) -> None:
        """Put the pen away, else end the mode."""
        if self.pen.is_on:
            self.pen.set_on(False)
        else:
            self.leave()

    def show_next_lanes(self) -> None:
        """Show the next pane alone, behind the last one all; with one lane nothing."""
        project = self._document.project
        style = project.style.with_next_lanes(len(project.lanes))
        if self._lanes_before is None and style != project.style:
            self._lanes_before = project.style.lanes
        self._lanes_made = style.lanes
        self._document.set_style(style)

    def _show_alone(self, is_alone: bool) -> None:
        self._layout.is_alone = is_alone
        self._layout.refresh()
        self._keys.set_on(is_alone)
        self._stage.set_large(is_alone)
        self.pen.may_draw = is_alone
        self._point()
        self._dress()
        self.changed.emit(is_alone)

    def _dress(self) -> None:
        """Give the canvas the caption of the present scene and large type, or take them away."""
        scene = self._talk.scene
        decor = Decor(caption="" if scene is None else scene.caption, text_share=TEXT_SHARE) if self.is_on else Decor()
        if decor != self._decor:
            self._decor = decor
            self._canvas.set_decor(decor)
        for badge in (self.place, self.hint):
            badge.place()

    def _point(self) -> None:
        self.pointer.set_on(self.is_on and not (self._tool.is_active or self.pen.is_on))

    def _follow_pen(self, is_on: bool) -> None:
        if not is_on:
            self._canvas.unsetCursor()
        self._point()
        if is_on:
            self._canvas.setCursor(dot(self._theme, round(_PEN_SHARE * self._canvas.height()),
                                       self._canvas.devicePixelRatioF()))
            self.hint.say(_PEN_HINT, _HINT_MS)

    def _follow_drawing(self, *_: object) -> None:
        self.pen.set_on(False)
        self.hint.clear()  # its keys are the drawing's now
        self._point()

    def _follow_document(self, new: Project, old: Project) -> None:
        """Dress the canvas; lanes that somebody else has chosen, or another project brought, stay."""
        is_brought = new.style is not old.style and is_other_project(new, old)
        if new.style.lanes != self._lanes_made or is_brought:
            self._keep_lanes()
        self._dress()

    def _keep_lanes(self) -> None:
        """Leave the lanes as they are later: a scene was shown, whose panes are its own."""
        self._lanes_before = None

    def _follow_walk(self) -> None:
        if self.is_on and self._talk.index is not None:
            self.place.say(words.place_in_talk(self._talk.index, self._talk.scenes), _PLACE_MS)


# Commands of the mode: their keys, and a sentence for the page of shortcuts. A clicker sends a dot to black it out.
PRESENT_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "lanes": (("A",), "Of several panes: each alone, then all."),
    "pen": (("P",), "Take the pen, or the pointer again; the right mouse button draws without it."),
    "erase": (("E",), "Wipe away what the pen has drawn; the next scene does it too, K keeps it as a scene."),
    "black": (("B", "."), "A black screen, time stands still; any key or a click goes on."),
}
# What would change the talk, or end or replace what it shows, by a stray key before an audience.
RESTING = ("undo", "redo", "swap", "train", "stop", "longer", "reset", "compare", "add_lane", "reflow", "new",
           "update_scene", "paste", "word", "import_source", "import_target", "annotate")
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)
Act = Callable[[], object]


class PresentKeys(QObject):
    """Event filter for the canvas and for its window. While the screen is black every key ends that, nothing else.

    While a cloud is drawn, all keys are the drawing's. Else those of `RESTING` do nothing.

    Args:
        acts: what the rows of `PRESENT_KEYS` do.
    """

    def __init__(self, acts: Mapping[str, Act], black_screen: BlackScreen, tool: DrawTool,
                 watched: tuple[QWidget, ...]) -> None:
        super().__init__(black_screen)
        self._black_screen, self._tool, self._watched = black_screen, tool, watched
        self._acts = {QKeySequence(key): acts[name] for name, (keys, _) in PRESENT_KEYS.items() for key in keys}
        self._acts |= {QKeySequence(key): _rest for name in RESTING for key in ROW[name].keys}

    def set_on(self, is_on: bool) -> None:
        for widget in self._watched:
            if is_on:
                widget.installEventFilter(self)
            else:
                widget.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        act = self._act_of(event)
        return take_key(event, _rest if act is not None and event.isAutoRepeat() else act)

    def _act_of(self, event: QKeyEvent) -> Act | None:
        if self._black_screen.is_black:
            return None if event.key() in _MODIFIERS else self._black_screen.end
        return None if self._tool.is_active else self._acts.get(pressed_keys(event))


def _rest() -> None:
    """For keys that do nothing."""
