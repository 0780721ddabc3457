"""The bars under the stage: training steps, with "Watch it learn"; how many steps the solver takes, or which error it
may make; how many pairs the batch of the Pairs view has. The one of t is `transport_bar`.

The step head owns which training step is shown. Another number asks for another picture, never for a training.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QWidget

from fmviz.core.config import Sampling
from fmviz.core.lanes import LETTERS
from fmviz.core.numbers import counted
from fmviz.core.project import Project
from fmviz.core.solvers import LIVE_NFE, SOLVERS, stand_in, steps_for
from fmviz.core.style import FEWEST_PAIRS, MOST_PAIRS
from fmviz.engine.document import Document
from fmviz.engine.playhead import STEP, Playhead
from fmviz.engine.session import Session, Stale, State
from fmviz.views.controls import (
    JumpSlider,
    SteadyLabel,
    describe,
    describe_action,
    keys_of,
    label,
    push_button,
    single_shot,
    tool_button,
)
from fmviz.views.layouts import column, row
from fmviz.views.style_sheet import icon
from fmviz.views.transport_bar import TransportBar

# Each stop holds the batch of the one before, and as many points again.
PAIR_STOPS = tuple(2**k for k in range(int(math.log2(FEWEST_PAIRS)), int(math.log2(MOST_PAIRS)) + 1))
_SPACING_PX, _GAP_PX, _BATCH_GAP_PX, _SOLVER_GAP_PX = 4, 14, 10, 6
_WATCH, _HOLD = "Watch it learn", "Hold"
_LONGEST = "step 1,000,000…"
_SHORTEST_SLIDER_PX, _SOLVER_SLIDER_PX, _NARROW_BUTTON_PX = 110, 84, 34
_PATIENCE_MS = 500
_RESTING, _SOLVING = "Batch", "Solving…"
# Every number where each is seen, then as far apart as one tells pictures from each other.
STEP_STOPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 100, 200)
# Of an adaptive solver: each stop takes some more evaluations than the one before.
TOLERANCE_STOPS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
_LONGEST_SOLVING = "10 of 200 steps while training"
# From here on both bars stand in one row.
_WIDE_PX = 1100


class StepBar(QFrame):
    """A slider over the kept steps, which are spaced by ratio; hidden while there are none.

    Where it is narrow the slider keeps its length: the button has no text then, and what a key does is left out.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._head = session.steps
        self._is_narrow = False
        self.watch = push_button(self, _WATCH, "Play the training from the first step; t stays, or runs if it plays.",
                                 self.toggle, keys_of("watch"), icon_name="watch")
        self.watch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._watch_px = self.watch.sizeHint().width()  # its other text is shorter
        self.slider = JumpSlider(self)
        describe(self.slider, "Training step", "What the field was at an earlier training step. Drag.",
                 f"{keys_of('step_back')}, {keys_of('step_forward')}")
        self.step = SteadyLabel(_LONGEST, "muted", Qt.AlignmentFlag.AlignRight)
        self.newest = tool_button(self, act=lambda: self._head.set_step(None), text="Newest", role="quiet")
        describe_action(self.newest, "newest")
        parts = row(self.watch, (self.slider, 1), self.step, self.newest, spacing=_SPACING_PX, margins=0, on=self)
        parts.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.slider.valueChanged.connect(lambda place: self._head.set_step(self._head.steps[place]))
        for signal in (self._head.steps_changed, self._head.step_changed, self._head.snapshots_changed):
            signal.connect(self._show)
        self._head.watching_changed.connect(lambda _: self._show_watching())
        session.stale_changed.connect(self._follow_clouds)
        self._follow_clouds(session.stale)
        self._show_watching()
        self._show()

    def minimumSizeHint(self) -> QSize:
        """Return the room for what is never left out."""
        widths = _NARROW_BUTTON_PX, _SHORTEST_SLIDER_PX, self.step.sizeHint().width()
        return QSize(sum(widths) + 2 * _SPACING_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._is_narrow = self.width() < self.minimumSizeHint().width() - _NARROW_BUTTON_PX + (
            self._watch_px + self.newest.sizeHint().width() + 2 * _SPACING_PX)
        self.newest.setVisible(not self._is_narrow)
        self.watch.setFixedWidth(_NARROW_BUTTON_PX if self._is_narrow else self._watch_px)
        self._show_watching()

    def toggle(self) -> None:
        if self._head.is_watching:
            self._head.stop_watching()
        else:
            self._head.watch()

    def _follow_clouds(self, stale: Stale) -> None:
        """Rest while the stage shows clouds of which nothing is learned."""
        self.setEnabled(stale is not Stale.CLOUDS)
        if stale is Stale.CLOUDS:
            self._head.stop_watching()

    def _show(self) -> None:
        steps = self._head.steps
        self.setVisible(len(steps) > 1)
        if len(steps) < 2:
            return
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(steps) - 1)
            self.slider.setValue(self._head.place)
        self.step.setText(f"step {steps[self._head.place]:,}{'…' if self._head.is_waiting else ''}")
        self.newest.setEnabled(self._head.step is not None)

    def _show_watching(self) -> None:
        is_watching = self._head.is_watching
        self.watch.setText("" if self._is_narrow else _HOLD if is_watching else _WATCH)
        self.watch.setIcon(icon("pause" if is_watching else "watch"))


class BatchBar(QFrame):
    """A slider over `PAIR_STOPS`, seen while the pairs are; another size that the document has stands between two."""

    def __init__(self, document: Document, session: Session) -> None:
        super().__init__()
        self._document, self._session = document, session
        self.slider = JumpSlider(self)
        self.slider.setRange(0, len(PAIR_STOPS) - 1)
        self.slider.setPageStep(1)  # also the most that a notch of the wheel moves
        describe(self.slider, "Batch size", "How many pairs one batch has; an OT batch knows no other points. Drag, "
                                            "or turn the wheel.",
                 f"{keys_of('back')}, {keys_of('forward')}")
        self.state = SteadyLabel(_SOLVING, "muted", Qt.AlignmentFlag.AlignLeft)
        self.count = SteadyLabel(f"{MOST_PAIRS:,} pairs", "", Qt.AlignmentFlag.AlignRight)
        row(self.state, (self.slider, 1), self.count, spacing=_BATCH_GAP_PX, margins=0, on=self)
        self._patience = single_shot(self, _PATIENCE_MS, lambda: self.state.setText(_SOLVING))
        self.slider.valueChanged.connect(self._choose)
        document.changed.connect(self._show)
        session.batches.waiting_changed.connect(self._show_waiting)
        self._show()
        self._show_waiting(session.batches.is_waiting)

    def _choose(self, place: int) -> None:
        self._document.set_style(replace(self._document.project.style, batch=PAIR_STOPS[place]))

    def _show(self, *_: object) -> None:
        style = self._document.project.style
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(math.log2(style.batch / PAIR_STOPS[0])))
        self.count.setText(f"{style.batch:,} pairs")
        self.setVisible("pairs" in style.layers)

    def _show_waiting(self, is_waiting: bool) -> None:
        self.state.setText(_RESTING)
        if is_waiting:
            self._patience.start()
        else:
            self._patience.stop()


class SamplingBar(QFrame):
    """A slider over `STEP_STOPS`, seen once something is learned; another number of the document lies between two.

    It is of the lane that was chosen, or of all. Where the solver is adaptive it is one over `TOLERANCE_STOPS`, and
    beside it stands how many evaluations that took.
    """

    def __init__(self, document: Document, session: Session) -> None:
        super().__init__()
        self._document, self._session = document, session
        self._lane: int | None = None
        self.slider = JumpSlider(self)
        self.slider.setRange(0, len(STEP_STOPS) - 1)
        self.slider.setPageStep(1)
        self.slider.setFixedWidth(_SOLVER_SLIDER_PX)
        self.count = SteadyLabel(_LONGEST_SOLVING, "muted", Qt.AlignmentFlag.AlignLeft)
        self.title = label("", "muted")
        row(self.title, self.slider, self.count, spacing=_SOLVER_GAP_PX, margins=0, on=self)
        self.slider.valueChanged.connect(self._choose)
        for signal in (document.changed, session.snapshot_changed, session.state_changed, session.asker.answered):
            signal.connect(self._show)
        self._show()

    def set_lane(self, lane: int | None) -> None:
        """Show and change the steps of one lane; None changes those of all lanes, and shows A's."""
        self._lane = lane
        self._show()

    def _choose(self, place: int) -> None:
        if self._document.project.lanes[self._shown].is_adaptive:
            self._document.set_setting("tolerance", TOLERANCE_STOPS[place], self._lane)
        else:
            self._document.set_solver_steps(STEP_STOPS[place], self._lane)

    @property
    def _shown(self) -> int:
        count = len(self._document.project.lanes)
        return self._lane if self._lane is not None and self._lane < count else 0

    def _show(self, *_: object) -> None:
        lanes = self._document.project.lanes
        shown = self._shown
        sampling = lanes[shown].sampling
        self.setVisible(any(self._session.snapshots))
        self.title.setText("Solver" if len(lanes) == 1 else "Solver, all" if self._lane is None
                           else f"Solver {LETTERS[shown]}")
        stops = TOLERANCE_STOPS if sampling.is_adaptive else STEP_STOPS
        place = (bisect_left([-stop for stop in stops], -sampling.tolerance) if sampling.is_adaptive
                 else bisect_left(stops, sampling.n_steps))
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(stops) - 1)
            self.slider.setValue(min(place, len(stops) - 1))
        if sampling.is_adaptive:
            self._show_tolerance(sampling, shown)
        else:
            self._show_steps(sampling)

    def _show_steps(self, sampling: Sampling) -> None:
        live = steps_for(sampling.solver, min(sampling.nfe, LIVE_NFE))
        is_live = self._session.state is State.TRAINING and live < sampling.n_steps
        steps = counted(sampling.n_steps, "step")
        self.count.setText(f"{live} of {steps} while training" if is_live
                           else f"{steps}{'…' if self._session.is_sampling() else ''}")
        describe(self.slider, "Solver steps",
                 f"{SOLVERS[sampling.solver].name}: in how many steps particles go from t = 0 to 1, with "
                 f"{sampling.nfe:,} evaluations of the field; at most {LIVE_NFE} while training. Drag, or turn the "
                 "wheel.")

    def _show_tolerance(self, sampling: Sampling, lane: int) -> None:
        snapshot = self._session.snapshots[lane] if lane < len(self._session.snapshots) else None
        nfe = snapshot.metrics.nfe if snapshot is not None and snapshot.sampling == sampling else None
        is_live = self._session.state is State.TRAINING
        rest = ("while training" if is_live else "…" if nfe is None or self._session.is_sampling()
                else counted(nfe, "evaluation"))
        even = counted(steps_for(stand_in(), LIVE_NFE), "even step")
        self.count.setText(f"{even} {rest}" if is_live else f"within {sampling.tolerance:g}: {rest}")
        describe(self.slider, "Tolerance",
                 f"{SOLVERS[sampling.solver].name}: which error each step may have, as a share of the clouds' spread; "
                 f"it takes as many evaluations of the field as that needs, at most {LIVE_NFE} while training. Drag, "
                 "or turn the wheel.")


class TimeBars(QWidget):
    """The bars under the stage: flow time t, training steps and solver steps, and the batch's size where pairs are.

    Where nothing moves with t, the bars of time make room for that one.
    """

    def __init__(self, document: Document, playhead: Playhead, session: Session) -> None:
        super().__init__()
        self._document, self._playhead = document, playhead
        self.batch = BatchBar(document, session)
        self.transport = TransportBar(playhead)
        self.steps = StepBar(session)
        self.sampling = SamplingBar(document, session)
        self._bars = QWidget(self)
        steps = row((self.steps, 1), (self.sampling, 0, Qt.AlignmentFlag.AlignRight), spacing=_GAP_PX)
        self._times = column((self.transport, 1), (steps, 1), spacing=_SPACING_PX, margins=0, on=self._bars)
        column(self.batch, self._bars, spacing=_SPACING_PX, margins=0, on=self)
        self.batch.setMinimumHeight(self.transport.sizeHint().height())  # so that the stage keeps its size
        document.changed.connect(lambda new, _old: self._follow(new))
        self._follow(document.project)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand beside each other where there is room for both sliders: the picture has the height."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE_PX
        self._times.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)

    def step(self, direction: int) -> None:
        """Go a step back (-1) or forward (1): in time, or from one batch to the next where nothing moves with time."""
        if self._document.project.style.is_still:
            self.batch.slider.setValue(self.batch.slider.value() + direction)
        else:
            self._playhead.step(direction * STEP)

    def _follow(self, project: Project) -> None:
        self._bars.setVisible(not project.style.is_still)
