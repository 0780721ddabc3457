"""The bar of training steps: back to what the field was, and "Watch it learn". The step head owns which is shown."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QWidget

from fmviz.core.project import Project
from fmviz.engine.document import Document
from fmviz.engine.playhead import STEP, Playhead
from fmviz.engine.session import Session, Stale
from fmviz.views.controls import (
    ICON_PX,
    JumpSlider,
    SteadyButton,
    SteadyLabel,
    describe,
    describe_action,
    keys_of,
    tool_button,
)
from fmviz.views.layouts import column, row
from fmviz.views.sampling_bar import BatchBar, SamplingBar
from fmviz.views.style_sheet import icon
from fmviz.views.transport_bar import TransportBar

_SPACING_PX, _GAP_PX = 4, 14
_WATCH, _HOLD = "Watch it learn", "Hold"
_LONGEST = "step 1,000,000…"
_SHORTEST_SLIDER_PX, _NARROW_BUTTON_PX = 110, 34
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
        self.watch = SteadyButton((_WATCH, _HOLD), self)
        self.watch.setAutoDefault(False)
        self.watch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.watch.setIconSize(QSize(ICON_PX, ICON_PX))
        describe(self.watch, _WATCH, "Play the training from the first step; t stays, or runs if it plays.",
                 keys_of("watch"))
        self.slider = JumpSlider(self)
        describe(self.slider, "Training step", "What the field was at an earlier training step. Drag.",
                 f"{keys_of('step_back')}, {keys_of('step_forward')}")
        self.step = SteadyLabel(_LONGEST, "muted", Qt.AlignmentFlag.AlignRight)
        self.newest = tool_button(self, act=lambda: self._head.set_step(None), text="Newest", role="quiet")
        describe_action(self.newest, "newest")
        parts = row(self.watch, (self.slider, 1), self.step, self.newest, spacing=_SPACING_PX, margins=0, on=self)
        parts.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self.watch.clicked.connect(self.toggle)
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
        self._is_narrow = self.width() < self.minimumSizeHint().width() - _NARROW_BUTTON_PX + sum(
            part.sizeHint().width() + _SPACING_PX for part in (self.watch, self.newest))
        self.newest.setVisible(not self._is_narrow)
        self.watch.setMaximumWidth(_NARROW_BUTTON_PX if self._is_narrow else self.watch.sizeHint().width())
        self.watch.setMinimumWidth(_NARROW_BUTTON_PX)
        self._show_watching()

    def toggle(self) -> None:
        """Watch, or hold."""
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
