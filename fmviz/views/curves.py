"""Loss and W2 over the training steps of all lanes, drawn at most five times a second."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.curve_plot import CurvePlot

# Progress comes ten times a second from each lane; an eye reads a curve well at half of that.
_INTERVAL_MS = 200
# Where the axis of steps ends at first; it doubles whenever the curves reach its end.
_FIRST_AXIS_END = 250.0


def _axis_end(step: float) -> float:
    """Return an end of the axis that changes seldom and leaves at most half of it empty."""
    end = _FIRST_AXIS_END
    while end < step:
        end *= 2
    return end


class Curves(QWidget):
    """Two plots below each other: loss, and W2 with its floor."""

    def __init__(self, document: Document, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self.loss = CurvePlot(
            "Loss",
            "Mean squared error of the velocity against the pairs' own; it cannot reach 0, because pairs cross.",
            "The loss appears here while training",
            theme,
            parent=self,
        )
        self.w2 = CurvePlot(
            "Distance W2",
            "How far generated points are from the target; the floor is the distance of two samples of the target.",
            "The distance to the target appears here",
            theme,
            has_dots=True,
            parent=self,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.loss)
        column.addWidget(self.w2)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_INTERVAL_MS)
        self._soon.timeout.connect(self.refresh)
        session.progress_changed.connect(self._refresh_soon)
        session.snapshot_changed.connect(self._refresh_soon)
        session.state_changed.connect(self._refresh_soon)
        session.stale_changed.connect(self._refresh_soon)
        document.changed.connect(self._follow)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colours."""
        self.loss.set_theme(theme)
        self.w2.set_theme(theme)

    def refresh(self) -> None:
        """Draw the newest curves."""
        lanes = [self._session.reached(lane).curves for lane in range(len(self._document.project.lanes))]
        known = [data for data in lanes if data is not None]
        ends = [steps[-1] for data in known for steps in (data.loss_step, data.w2_step) if len(steps)]
        last_step = _axis_end(max(ends, default=0.0))
        empty = (np.zeros(0), np.zeros(0))
        marks = self._session.marks
        self.loss.show_values([(data.loss_step, data.loss) if data else empty for data in lanes], last_step,
                              marks=marks)
        floors = [data.w2_floor for data in known if data.w2_floor is not None]
        self.w2.show_values(
            [(data.w2_step, data.w2) if data else empty for data in lanes], last_step,
            floors[0] if floors else None, marks
        )


    def _follow(self, new: Project, old: Project) -> None:
        if (new.lanes, new.names, new.hues) != (old.lanes, old.names, old.hues):
            self._refresh_soon()

    def _refresh_soon(self, *_: object) -> None:
        if not self._soon.isActive():
            self._soon.start()
