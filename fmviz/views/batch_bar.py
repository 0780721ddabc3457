"""The bar of the Pairs view: how many pairs the batch has, and that some are being solved."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fmviz.core.style import FEWEST_PAIRS, MOST_PAIRS
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views.controls import JumpSlider, SteadyLabel, describe, keys_of, spaced

# Each stop holds the batch of the one before, and as many points again.
STOPS = tuple(2**k for k in range(int(math.log2(FEWEST_PAIRS)), int(math.log2(MOST_PAIRS)) + 1))
_SPACING_PX = 10
_PATIENCE_MS = 500
_RESTING, _SOLVING = "Batch", "Solving…"


class BatchBar(QFrame):
    """A slider over `STOPS`, seen while the pairs are; another size that the document has stands between two."""

    def __init__(self, document: Document, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self.slider = JumpSlider(self)
        self.slider.setRange(0, len(STOPS) - 1)
        self.slider.setPageStep(1)  # also the most that a notch of the wheel moves
        describe(self.slider, "Batch size", "How many pairs one batch has; an OT batch knows no other points. Drag, "
                                            "or turn the wheel.",
                 f"{keys_of('back')}, {keys_of('forward')}")
        self.state = SteadyLabel(_SOLVING, "muted", Qt.AlignmentFlag.AlignLeft)
        self.count = SteadyLabel(f"{MOST_PAIRS:,} pairs", "", Qt.AlignmentFlag.AlignRight)
        row = spaced(QHBoxLayout(self), _SPACING_PX, 0)
        row.addWidget(self.state)
        row.addWidget(self.slider, 1)
        row.addWidget(self.count)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.state.setText(_SOLVING))
        self.slider.valueChanged.connect(self._choose)
        document.changed.connect(lambda *_: self._show())
        session.batches.waiting_changed.connect(self._show_waiting)
        self._show()
        self._show_waiting(session.batches.is_waiting)

    def _choose(self, place: int) -> None:
        self._document.set_style(replace(self._document.project.style, batch=STOPS[place]))

    def _show(self) -> None:
        style = self._document.project.style
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(math.log2(style.batch / STOPS[0])))
        self.count.setText(f"{style.batch:,} pairs")
        self.setVisible("pairs" in style.layers)

    def _show_waiting(self, is_waiting: bool) -> None:
        self.state.setText(_RESTING)
        if is_waiting:
            self._patience.start()
        else:
            self._patience.stop()
