"""The training panel: lanes, coupling, one button that starts and pauses, how far it is, settings, curves.

`Session.can` says which buttons can be pressed, `PRIMARY` what the large one is in each state. The panel trains
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from fmviz.core.config import FIELDS
from fmviz.core.frames import UNLEARNED, LaneProgress
from fmviz.core.lanes import LaneMark
from fmviz.core.models import MODELS
from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.results import learns_all_of
from fmviz.engine.session import Session, Stale, State
from fmviz.views import words
from fmviz.views.controls import ShareBar, describe, keys_of, label, push_button, scrolling, set_role, tabular
from fmviz.views.curves import CurvesPanel
from fmviz.views.forms import ConfigForm
from fmviz.views.lane_bar import CouplingChoice, LaneBar
from fmviz.views.layouts import column, row
from fmviz.views.repaints import Repaints
from fmviz.views.style_sheet import icon

_WIDTH_PX = 288
_MARGIN_PX, _SPACING_PX, _STATUS_HEIGHT_PX = 12, 8, 34
_LEAST_SETTINGS_PX = 104  # three rows


@dataclass(frozen=True)
class Primary:
    """The one filled button in one state: its text, icon, tooltip and the session's slot that it calls; and its text
    where somebody could think that it is about one flow of several.
    """

    text: str
    icon: str
    tip: str
    slot: str
    text_of_all: str = ""


_TRAIN = Primary("Train", "play", "Learn the flow from source to target from the beginning.", "train", "Train all")
_AGAIN = Primary("Train again", "play", "Learn the flow anew, with the clouds and settings as they are now.", "train",
                 "Train all again")
_PAUSE = Primary("Pause", "pause", "Hold training where it is.", "pause")
_RESUME = Primary("Resume", "play", "Go on with training.", "resume")

PRIMARY: Mapping[State, Primary] = {
    State.IDLE: _TRAIN,
    State.STARTING: _TRAIN,
    State.TRAINING: _PAUSE,
    State.PAUSED: _RESUME,
    State.STOPPING: _PAUSE,
    State.DONE: _AGAIN,
    State.FAILED: _AGAIN,
}

_STOP = "Stop", "End training here and keep what was learned."
_SKIP = "Skip", "Measure nothing more; the pictures and what was learned are kept."
_LONGER_TIP = "Train as many steps again as the settings say."
_ALL_TIP = "All flows learn, whichever is chosen for its settings."

STALE_TEXT: Mapping[Stale, str] = {
    Stale.CLOUDS: "Clouds changed since training. Train again to see them learned.",
    Stale.SETTINGS: "Settings changed since training. Train again to see what they do.",
}
LATER_TEXT: Mapping[Stale, str] = {
    Stale.CLOUDS: "Clouds changed; they count from the next training: Stop, then Train again.",
    Stale.SETTINGS: "Settings changed; they count from the next training: Stop, then Train again.",
}


def is_wanted(session: Session, wanted: Project) -> bool:
    """Whether there is something to train: only then the large button has the accent colour."""
    if session.state in (State.TRAINING, State.STOPPING):
        return False
    return session.state is not State.DONE or bool(stale_text(session, wanted))


def stale_text(session: Session, wanted: Project) -> str:
    """Return how the pictures, or the run under way, differ from what is asked for; "" if they do not."""
    if session.state in (State.TRAINING, State.PAUSED):
        return LATER_TEXT.get(_differs_from_run(session.run_project, wanted), "")
    if session.state not in (State.IDLE, State.DONE, State.FAILED):
        return ""
    missing = _missing_lane(session, wanted) if session.stale is not Stale.CLOUDS else ""
    return missing or STALE_TEXT.get(session.stale, "")


def _differs_from_run(run: Project | None, wanted: Project) -> Stale:
    if run is None:
        return Stale.NONE
    if (run.source, run.target) != (wanted.source, wanted.target):
        return Stale.CLOUDS
    return Stale.NONE if learns_all_of(run, wanted) else Stale.SETTINGS


def _missing_lane(session: Session, wanted: Project) -> str:
    """Return which lane has no picture while another has one, or ""."""
    if all(snapshot is None for snapshot in session.snapshots):
        return ""
    for lane, snapshot in enumerate(session.snapshots):
        if snapshot is None:
            return f"{words.learned_nothing(wanted.marks[lane])}. Train again to compare."
    return ""


class SettingsScroller(QScrollArea):
    """As high as the form where there is room; what stands below it takes the rest."""

    def __init__(self, form: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self.setMinimumHeight(_LEAST_SETTINGS_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the focus of its fields
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        scrolling(self, form)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._form.sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._form and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class TrainPanel(QFrame):
    """Lanes and coupling, buttons, progress, settings and curves, from top to bottom.

    Args:
        reset: what Reset does, if someone wants to ask the user first; else `Session.reset`.
        repaints: the window's clock for numbers and curves.
    """

    def __init__(self, document: Document, session: Session, theme: Theme,
                 reset: Callable[[], object] | None = None, repaints: Repaints | None = None) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setFixedWidth(_WIDTH_PX)
        self._document, self._session = document, session
        self.lanes = LaneBar(document, theme, self)
        self.coupling = CouplingChoice(document, self.lanes, self)
        self._repaints = repaints or Repaints(parent=self)
        self.curves = CurvesPanel(document, session, theme, self, self._repaints)
        self.device_note = label("", "muted", wraps=True)
        keeps_room = self.device_note.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # it comes when the engine is ready, and moves nothing
        self.device_note.setSizePolicy(keeps_room)
        self.form = ConfigForm(document, theme, [field for field in FIELDS if field.name != "coupling"],
                               {"device": self.device_note})
        self.form.setProperty("role", "panel")
        self.scroller = SettingsScroller(self.form, self)
        self.status = label("", wraps=True)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Two lines always, so that nothing below moves when training starts.
        self.status.setMinimumHeight(_STATUS_HEIGHT_PX)
        tabular(self.status)
        self.bar = ShareBar(self, "Training progress", "How much of the training is done.")
        self.primary = push_button(self, "Train", "", self._press, role="primary")
        self.stop = push_button(self, *_STOP, session.stop, keys_of("stop"), icon_name="stop")
        self.longer = push_button(self, "Train longer", _LONGER_TIP,
                                  session.train_longer, keys_of("longer"))
        self.reset = push_button(self, "Reset", "Forget what was learned; clouds and settings stay.",
                                 reset or session.reset, keys_of("reset"), icon_name="reset")
        self.banner = QFrame(self)
        self.banner.setProperty("role", "warning")
        self.banner_text = label("", wraps=True)
        self._lay_out()
        self.form.fold.toggled.connect(self._follow_advanced)
        self.form.comparison_wanted.connect(self._compare)
        self.lanes.chosen_changed.connect(self._follow_lane)
        self.lanes.refused.connect(self._show_failure)
        for signal in (session.state_changed, session.stale_changed, session.ready):
            signal.connect(self.refresh)
        session.snapshot_changed.connect(lambda _: self._soon(self.refresh))
        session.progress_changed.connect(lambda _: self._soon(self._show_progress))
        session.failed.connect(self._show_failure)
        document.changed.connect(lambda new, old: self._show_banner())
        self._failure = ""
        self._follow_lane()

    def set_theme(self, theme: Theme) -> None:
        for part in (self.lanes, self.form, self.curves):
            part.set_theme(theme)

    def refresh(self, *_: object) -> None:
        session, primary = self._session, PRIMARY[self._session.state]
        if session.state is not State.FAILED:
            self._failure = ""
        is_one_of_several = self.lanes.chosen is not None and len(self._document.project.lanes) > 1
        text = primary.text_of_all if is_one_of_several and primary.text_of_all else primary.text
        self.primary.setText(text)
        self.primary.setEnabled(session.can(primary.slot))
        more = f" {_ALL_TIP}" if is_one_of_several else ""
        describe(self.primary, text, primary.tip + more, keys_of("train"))
        describe(self.longer, "Train longer", _LONGER_TIP + more, keys_of("longer"))
        self.stop.setEnabled(session.can("stop"))
        can_learn = any(MODELS[config.model].learns for config in self._document.project.lanes)
        self.longer.setEnabled(can_learn and session.can("train_longer") and session.stale is Stale.NONE)
        self.reset.setEnabled(session.can("reset"))
        self.device_note.setText(f"In use: {session.device_label}" if session.device_label else "")
        self.device_note.setVisible(bool(session.device_label))
        self._show_progress()
        self._show_banner()

    def _soon(self, refresh: Callable[[], None]) -> None:
        """Refresh soon while it learns, and at once what others have put there."""
        if self._session.state is State.TRAINING:
            self._repaints.soon(refresh)
        else:
            refresh()

    def status_text(self) -> str:
        state = self._session.state
        if state is not State.PAUSED and (measuring := self._measuring()):
            return words.measuring(measuring)
        progress = self._slowest()
        budget_s = words.budget(self._document.project.lanes, progress)
        if state is State.TRAINING:
            known = [entry for entry in self._session.progress if entry is not None]
            left_s = words.seconds_left(known, self._document.project.lanes)
            return f"Training: {words.training(progress, left_s, budget_s)}"
        if state is State.PAUSED:
            return f"Paused: {words.training(progress, None, budget_s)}"
        if state is State.DONE:
            when = "Before the change" if self._session.stale is Stale.CLOUDS else "Done"
            known_steps = [snapshot.step for snapshot in self._session.snapshots if snapshot is not None]
            trained = [step for step in known_steps if step != UNLEARNED] or known_steps
            return f"{when}: {words.steps_done(min(trained, default=None))}."
        if state is State.FAILED:
            return "Training failed."
        return {
            State.IDLE: f"Ready. {self._session.device_label or ''}".strip(),
            State.STARTING: "Starting the engine…",
            State.STOPPING: "Stopping: drawing the last picture…",
        }[state]

    def _measuring(self) -> list[LaneMark]:
        """Return the lanes whose final numbers are being measured."""
        is_ending = self._session.state in (State.TRAINING, State.PAUSED, State.STOPPING)
        return [mark for mark, progress in zip(self._document.project.marks, self._session.progress, strict=False)
                if is_ending and progress is not None and progress.is_measuring]

    def _show_stop(self) -> None:
        name, tip = _SKIP if self._session.state is State.STOPPING or self._measuring() else _STOP
        self.stop.setText(name)
        describe(self.stop, name, tip, keys_of("stop"))

    def _slowest(self) -> LaneProgress | None:
        known = [progress for progress in self._session.progress
                 if progress is not None and progress.step != UNLEARNED]
        return min(known, key=lambda progress: progress.fraction, default=None)

    def _show_progress(self) -> None:
        self.status.setText(self.status_text())
        self._show_stop()
        progress = self._slowest()
        is_running = self._session.state in (State.TRAINING, State.PAUSED, State.STOPPING)
        self.bar.show_share(progress.fraction if progress and is_running else 0.0)
        self.bar.setEnabled(is_running)

    def _show_banner(self) -> None:
        self._show_weight()
        text = self._failure or stale_text(self._session, self._document.project)
        self.banner_text.setText(text)
        self.banner.setVisible(bool(text))

    def _show_weight(self) -> None:
        """Give the large button the accent colour while there is something to train."""
        primary, is_loud = PRIMARY[self._session.state], is_wanted(self._session, self._document.project)
        set_role(self.primary, "primary" if is_loud else "calm")
        ink = "on_accent" if is_loud else "text"
        self.primary.setIcon(icon(primary.icon, ink if self._session.can(primary.slot) else "muted"))

    def _show_failure(self, message: str) -> None:
        self._failure = message
        self._show_banner()

    def _follow_lane(self) -> None:
        self.form.set_lane(self.lanes.chosen)
        self.refresh()

    def _press(self) -> None:
        getattr(self._session, PRIMARY[self._session.state].slot)()

    def _compare(self, name: str, value: object) -> None:
        """Show one more lane that differs in a setting, or whose setting is to be changed next."""
        self.lanes.add_lane(self.lanes.chosen or 0, **({} if value is None else {name: value}))
        if value is None:
            self.form.rows[name].editor.setFocus()

    def _follow_advanced(self, is_open: bool) -> None:
        """Bring the first of the open settings into view once they have places."""
        if is_open:
            QTimer.singleShot(0, self, lambda: self.scroller.verticalScrollBar().setValue(self.form.fold.y()))

    def _lay_out(self) -> None:
        row(self.banner_text, margins=(10, 6, 10, 6), on=self.banner)
        # The banner is below what the mouse may be at: when it comes, none of that moves. Taller windows have taller
        # curves.
        column(row(label("COUPLING", "heading"), (self.lanes, 1)), self.coupling, self.primary,
               row((self.stop, 1), (self.longer, 1), (self.reset, 1), spacing=6), self.status, self.bar,
               label("SETTINGS", "heading"), self.scroller, self.banner, (self.curves, 1),
               spacing=_SPACING_PX, margins=_MARGIN_PX, on=self)
