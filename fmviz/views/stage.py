"""The stage: shows the document's lanes at the play head's time, on one canvas.

It asks for a drawing at most once per turn of the event loop, and never shows an old field over new clouds:
while the session says that the clouds have changed, it draws the clouds alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QWidget

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.cloud import Classes, side_dots
from fmviz.core.extent import extent_of_sides
from fmviz.core.fit import box_of_flows
from fmviz.core.frames import FlowSnapshot, Frame, compared, followed_of, frame_at, many_together, still_frame
from fmviz.core.layers import LAYERS
from fmviz.core.limits import limits_of
from fmviz.core.possible import why_not_drawn
from fmviz.core.project import Project
from fmviz.core.style import Style
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session, Stale, State
from fmviz.views import words
from fmviz.views.controls import label, single_shot
from fmviz.views.layouts import column

# Between the hint and each side of the panes.
_HINT_MARGIN_PX = 8
# Of the canvas's height, where people sit far away.
_LARGE_HINT_SHARE = 0.026
# Longer than a tick: while t stands still at an end there is none.
_TICK_WAIT_MS = 25
_DROP_HINT = "Drop it: a project opens, points and pictures become the source or the target"
_TRAIN_HINT = "Press T or Train to learn the field from source to target"
_AGAIN_HINT = "Press T or Train again to learn the clouds as they are now"
_AUDIENCE_HINT = "Nothing is learned of these clouds yet"
_HINTS = {State.STARTING: "The engine is starting", State.TRAINING: "The first picture comes in a moment",
          State.PAUSED: "Training is paused before its first picture",
          State.STOPPING: "The last picture comes in a moment"}
_OTHER_HINT = "The training under way learns the clouds from before the change: Stop, then Train again"
_OTHER_PAIRS_HINT = "This was learned with another coupling: Train again, or show the pairs alone (view Pairs)"
_PROBE_HINT = "V, then click: a probe says which pairs cross there"
_CROSSING_HINT = "The pairs that cross at the probe are being computed"
_NO_PAIRS_HINT = "There are no pairs: the engine is not running, or cannot draw them"


class Stage(QWidget):
    """Canvas, hint and the wiring between document, session and play head."""

    def __init__(self, document: Document, session: Session, playhead: Playhead, theme: Theme) -> None:
        super().__init__()
        self._document, self._session, self._playhead = document, session, playhead
        self.canvas = FlowCanvas(theme, self)
        self.canvas.setAccessibleName("Stage")
        self._hint = label("", "chip", self.canvas)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.canvas.installEventFilter(self)
        column(self.canvas, margins=0, on=self)
        self._tried: Mapping[str, Any] = {}
        self._is_editing = self._has_large_hint = self._is_drag_over = False
        self._has_new_values = True
        self._pending = single_shot(self, 0, self._draw)

        playhead.t_changed.connect(self.refresh)
        playhead.playing_changed.connect(self._set_moving)
        document.changed.connect(self._follow_document)
        session.snapshot_changed.connect(self._follow_learning)
        session.steps.snapshots_changed.connect(self._refresh_with_tick)
        session.grids.changed.connect(self._follow_learning)
        session.beside.changed.connect(self._refresh_with_tick)
        session.pairs_changed.connect(self.refresh)
        session.batches.waiting_changed.connect(self.refresh)
        session.stale_changed.connect(self._follow_learning)
        session.state_changed.connect(self.refresh)
        self._follow_document(document.project, None)

    def set_theme(self, theme: Theme) -> None:
        self.canvas.set_theme(theme)
        self.refresh()

    def set_editing(self, is_editing: bool) -> None:
        """Leave the canvas to the drawing tool, or take it back."""
        self._is_editing = is_editing
        self.refresh()

    def try_look(self, **parts: Any) -> None:
        """Show other parts of the style for as long as somebody tries them out; none goes back to the style's."""
        if parts != self._tried:
            has_layers = "layers" in parts or "layers" in self._tried
            self._tried = parts
            if has_layers:
                self.canvas.set_style(self.shown_style)
            self._session.beside.look(self.shown_style, self._playhead.t)  # which says when there is something to draw
            if "starts" not in parts:  # the probe has a velocity at once
                self.refresh()

    @property
    def is_trying(self) -> bool:
        return bool(self._tried)

    def show_drag(self, is_over: bool) -> None:
        """Say that what is dragged over the window may be dropped."""
        self._is_drag_over = is_over
        self.refresh()

    def set_large(self, is_large: bool) -> None:
        """Write the hint in large type, for people far away, without tooltips; or as large as the window's words."""
        self._has_large_hint, self.canvas.tells_values = is_large, not is_large
        self._place_hint()

    def _set_moving(self, is_moving: bool) -> None:
        self.canvas.is_moving = is_moving
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Draw soon; several calls in one turn of the event loop draw once."""
        if not self._pending.isActive() or self._pending.interval() > 0:
            self._pending.start(0)

    def _refresh_with_tick(self) -> None:
        """Draw with the play head's next tick: a frame of its own between two ticks would make the motion uneven."""
        if not self._playhead.is_playing:
            self.refresh()
        elif not self._pending.isActive():
            self._pending.start(_TICK_WAIT_MS)

    def frames(self) -> list[Frame]:
        """Return what each pane shows now."""
        lanes, drawn = self._lanes(), self._session.drawn()
        shown = many_together([drawn[lane] if lane < len(drawn) else None for lane in lanes], self.shown_style)
        return compared([self._frame(lane, snapshot, shown[0]) for lane, snapshot in zip(lanes, shown, strict=True)],
                        self._document.project.style)

    def _lanes(self) -> tuple[int, ...]:
        project = self._document.project
        return project.style.shown_lanes(len(project.lanes))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keep the hint at the bottom of the canvas."""
        if watched is self.canvas and event.type() == QEvent.Type.Resize:
            self._place_hint()
        return False

    def _follow_document(self, project: Project, old: Project | None) -> None:
        if old is None or (old.lanes, old.style.lanes) != (project.lanes, project.style.lanes):
            lanes = project.style.shown_lanes(len(project.lanes))
            self.canvas.set_panes(len(lanes))
            self._place_hint()
        if old is None or old.style != project.style:
            self.canvas.set_style(project.style)
            self._has_new_values = True
        if old is None and project.style.needs("pairs"):
            self._session.request_pairs()  # later the session sees for itself what is needed
        self.refresh()

    def _follow_learning(self, *_: object) -> None:
        self._has_new_values = True
        self._refresh_with_tick()

    def _set_limits(self) -> None:
        self._has_new_values = False
        self.canvas.set_limits(limits_of(self._session.grids.newest(), self._document.project.style, self._lanes()))

    def _draw(self) -> None:
        if self._is_editing:
            self._show_hint(_DROP_HINT if self._is_drag_over else "")
            return
        if self._has_new_values:
            self._set_limits()
        newest = [snapshot for snapshot in self._session.snapshots if snapshot is not None]
        # Of the newest flows, whatever step and whichever lanes are shown.
        self.canvas.set_fit(box_of_flows(newest) if newest and self._session.stale is not Stale.CLOUDS else None)
        style = self.shown_style
        self._session.grids.look(style, self.canvas.seen(), self._playhead.t)
        self._session.beside.look(style, self._playhead.t)
        frames = self.frames()
        self.canvas.show_frames(frames)
        self._show_hint(self._hint_for(frames))

    def _hint_for(self, frames: list[Frame]) -> str:
        """Return why the panes lack something, or ""."""
        if self._is_drag_over:
            return _DROP_HINT
        style = self._document.project.style
        if style.needs("pairs") and any(frame.pairs is None for frame in frames):
            if not style.is_still and any(self._session.has_other_coupling(frame.mark.lane) for frame in frames
                                          if frame.pairs is None):
                return _OTHER_PAIRS_HINT
            return words.pairing(style.batch) if self._session.batches.is_waiting else _NO_PAIRS_HINT
        has_learned = any(self._session.snapshots)
        if style.is_still or (has_learned and self._session.stale is not Stale.CLOUDS):
            return self._crossing_hint(frames) if "conditionals" in style.layers else ""
        project, run, state = self._document.project, self._session.run_project, self._session.state
        if state in _HINTS and run is not None and (run.source, run.target) != (project.source, project.target):
            return _OTHER_HINT
        usual = _AUDIENCE_HINT if self._has_large_hint else _AGAIN_HINT if has_learned else _TRAIN_HINT
        return _HINTS.get(state, usual)

    def _crossing_hint(self, frames: list[Frame]) -> str:
        """Return why no pane says which pairs cross at the probe, or ""."""
        probes = [frame.probe for frame in frames if frame.probe is not None]
        if any(len(probe.conditional) for probe in probes):
            return ""
        if not probes:
            return why_not_drawn(LAYERS["conditionals"], self._document.project) or _PROBE_HINT
        return next((f"Pairs that cross here: {probe.unknown}" for probe in probes if probe.unknown), _CROSSING_HINT)

    @property
    def shown_style(self) -> Style:
        """The document's style, with what is tried out."""
        style = self._document.project.style
        return replace(style, **self._tried) if self._tried else style

    def _frame(self, lane: int, snapshot: FlowSnapshot | None, first: FlowSnapshot | None) -> Frame:
        project, style = self._document.project, self.shown_style
        mark = self._session.marks_for(style)[lane]
        pairs = self._session.pairs_for(style)[lane] if style.needs("pairs") else None
        if snapshot is not None and self._session.stale is not Stale.CLOUDS:
            newest = self._session.snapshots[lane] if lane < len(self._session.snapshots) else None
            frame = frame_at(snapshot, self._playhead.t, style, seen=self.canvas.seen(), mark=mark,
                             followed=followed_of(newest or snapshot, style), first=first)
            return replace(frame, pairs=pairs)
        source, target = side_dots(project.source), side_dots(project.target)
        return still_frame(extent_of_sides(project.source, project.target), source.xy, target.xy, mark, pairs, style,
                           Classes(source=source.labels, target=target.labels))

    def _show_hint(self, text: str) -> None:
        if text != self._hint.text():
            self._hint.setText(text)
            self._place_hint()
        self._hint.setVisible(bool(text))

    def _place_hint(self) -> None:
        size_px = round(_LARGE_HINT_SHARE * self.canvas.height())
        sheet = f"font-size: {size_px}px" if self._has_large_hint else ""
        if sheet != self._hint.styleSheet():
            self._hint.setStyleSheet(sheet)
        panes = self.canvas.panes_rect().toRect()
        room = max(0, panes.width() - 2 * _HINT_MARGIN_PX)
        self._hint.setWordWrap(False)
        self._hint.ensurePolished()
        size = self._hint.sizeHint()
        if size.width() > room:
            self._hint.setWordWrap(True)
            size = QSize(room, self._hint.heightForWidth(room))
        self._hint.setGeometry(panes.center().x() - size.width() // 2, self.canvas.note_top(size.height()),
                               size.width(), size.height())
