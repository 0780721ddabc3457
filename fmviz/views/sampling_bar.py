"""How many steps the solver takes, under the picture: another number asks for another picture, never for a training."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fmviz.core.config import FIELD
from fmviz.core.lanes import LETTERS
from fmviz.core.solvers import LIVE_NFE, steps_for
from fmviz.engine.document import Document
from fmviz.engine.session import Session, State
from fmviz.views.controls import JumpSlider, SteadyLabel, describe, label, spaced

# Every number where each is seen, then as far apart as one tells pictures from each other.
STOPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 100, 200)
_SPACING_PX, _SLIDER_PX = 6, 84
_LONGEST = "10/200 steps…"


class SamplingBar(QFrame):
    """A slider over `STOPS`, seen once something is learned; another number that the document has lies between two.

    It is of the lane that was chosen, or of all.
    """

    def __init__(self, document: Document, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._lane: int | None = None
        self.slider = JumpSlider(self)
        self.slider.setRange(0, len(STOPS) - 1)
        self.slider.setPageStep(1)
        self.slider.setFixedWidth(_SLIDER_PX)
        self.count = SteadyLabel(_LONGEST, "muted", Qt.AlignmentFlag.AlignLeft)
        row = spaced(QHBoxLayout(self), _SPACING_PX, 0)
        self.title = label("", "muted")
        row.addWidget(self.title)
        row.addWidget(self.slider)
        row.addWidget(self.count)
        self.slider.valueChanged.connect(self._choose)
        document.changed.connect(lambda *_: self._show())
        session.snapshot_changed.connect(lambda _: self._show())
        session.state_changed.connect(lambda _: self._show())
        session.asker.answered.connect(lambda _: self._show())
        self._show()

    def set_lane(self, lane: int | None) -> None:
        """Show and change the steps of one lane; None is all of them, and shows A's."""
        self._lane = lane
        self._show()

    def _choose(self, place: int) -> None:
        self._document.set_solver_steps(STOPS[place], self._lane)

    def _show(self) -> None:
        lanes = self._document.project.lanes
        shown = self._lane if self._lane is not None and self._lane < len(lanes) else 0
        sampling = lanes[shown].sampling
        self.setVisible(any(self._session.snapshots))
        with QSignalBlocker(self.slider):
            self.slider.setValue(min(bisect_left(STOPS, sampling.n_steps), len(STOPS) - 1))
        live = steps_for(sampling.solver, min(sampling.nfe, LIVE_NFE))
        is_live = self._session.state is State.TRAINING and live < sampling.n_steps
        steps = "1 step" if sampling.n_steps == 1 else f"{sampling.n_steps:,} steps"
        self.count.setText(f"{live}/{steps}" if is_live else f"{steps}{'…' if self._session.is_sampling() else ''}")
        is_one_of = self._lane is not None or len({config.sampling for config in lanes}) > 1
        self.title.setText(f"Solver {LETTERS[shown]}" if is_one_of else "Solver")
        solver = (FIELD["solver"].choices or {})[sampling.solver]
        describe(self.slider, "Solver steps",
                 f"{solver}: in how many steps particles go from t = 0 to 1, with {sampling.nfe:,} evaluations of the "
                 f"network; at most {LIVE_NFE} while training. Drag, or turn the wheel.")
