"""The table under the stage: one row of numbers per lane, the clearly better one of each column in bold.

In a narrow window the least important columns are left out, so that the table never widens the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QMenu, QToolButton

from fmviz.core.couplings import Coupling, coupling_of
from fmviz.core.frames import Metrics
from fmviz.core.lanes import MAX_LANES
from fmviz.core.number_table import NumberRow, number_table
from fmviz.core.project import Project
from fmviz.core.tabular import TEXTS
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.results import Reached
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.controls import describe, label, tabular, tool_button
from fmviz.views.lane_swatch import lane_swatch

_MARGIN_PX, _GAP_PX, _NAME_WIDTH_PX = 12, 10, 138
# Of the table's width at most, however long a name is.
_LONGEST_NAME = 3
_ICON_PX = 14
# Lanes learn in turns; one that begins again beside the other one's old numbers is not compared.
_ALIKE = 0.8
_PART = (" With {} not all of the clouds is paired, so the whole target is not reached, however well the field is "
         "learned.")
_BEST = ("The better of the two.", "The best of them.")


@dataclass(frozen=True)
class Quantity:
    """One number.

    Args:
        title, tip: head of the column and one sentence about it.
        text: how a lane's number is written.
        rank: the columns of the highest rank are left out first.
        width_px: so that the table stands still while its numbers change.
        value: what is compared between the lanes, less is better; None compares nothing.
        error: its standard error.
        step: after how many training steps the number was measured.
        is_of_all: whether it is against the whole target, which not every coupling pairs.
    """

    title: str
    tip: str
    text: Callable[[Reached], str]
    rank: int
    width_px: int
    value: Callable[[Metrics], float | None] | None = None
    error: Callable[[Metrics], float | None] = lambda _: None
    step: Callable[[Reached], int] = lambda lane: lane.step or 0
    is_of_all: bool = False


def _step_of_w2(lane: Reached) -> int:
    """While a lane learns its W2 is that of the last sample, seconds ago."""
    curves = lane.curves
    return int(curves.w2_step[-1]) if curves is not None and len(curves.w2_step) else lane.step or 0


COLUMNS: tuple[Quantity, ...] = (
    Quantity("Step", "Training steps behind the numbers.", lambda lane: words.count(lane.step), 6, 56),
    Quantity("Steps/s", "Training steps in each second.", lambda lane: words.rate(lane.metrics), 5, 50),
    Quantity("Loss", "Mean squared error of the velocity against the pairs' own; not comparable between couplings, "
           "because random pairs cross and cannot be met. The floor is the least that any field has; what is above it "
           "is the distance to the exact field.", lambda lane: words.loss(lane.metrics), 2, 150),
    Quantity("Exact", "By which share the learned field differs from the exact one, where that is known: relative L2 "
             "error over the places of the flow, for t from .05 to .95.",
             lambda lane: words.percent(lane.metrics.exact_error), 4, 46),
    Quantity("W2", "Distance of generated points from fresh target points; the floor is that of two samples of the "
           "target, so less is chance.", lambda lane: words.distance(lane.metrics), 0, 134, lambda metrics: metrics.w2,
           lambda metrics: metrics.w2_error, _step_of_w2, is_of_all=True),
    Quantity("Path / straight", "Mean length of the particles' paths against the straight way from their start to "
           "their end; 1.00 is straight.", lambda lane: words.straightness(lane.metrics), 1, 138,
           lambda metrics: metrics.path_ratio, lambda metrics: metrics.ratio_error),
    Quantity("NPE", "Normalised path energy: by which share the paths cost more than the best transport; 0 is optimal.",
           lambda lane: words.decimal(lane.metrics.npe), 3, 46, lambda metrics: metrics.npe,
           lambda metrics: metrics.npe_error, is_of_all=True),
    Quantity("NLL", "Negative log-likelihood of held-out target points, nats; the floor is the entropy of the target, "
             "where that is known in closed form.", lambda lane: words.likelihood(lane.metrics), 7, 134,
             lambda metrics: metrics.nll, lambda metrics: metrics.nll_error, is_of_all=True),
    Quantity("Evals", "Evaluations of the network that carry each particle from t = 0 to 1; an adaptive solver takes "
             "as many as its tolerance needs.", lambda lane: words.count(lane.metrics.nfe), 7, 46),
)


def columns_within(width_px: int, name_width_px: int = 0) -> frozenset[str]:
    """Return the titles of the columns that fit beside the lanes' names."""
    room = width_px - 2 * _MARGIN_PX - max(name_width_px, _NAME_WIDTH_PX)
    kept: set[str] = set()
    for column in sorted(COLUMNS, key=lambda column: column.rank):
        room -= column.width_px + _GAP_PX
        if room < 0:
            break
        kept.add(column.title)
    return frozenset(kept)


class MetricsTable(QFrame):
    """What each lane has reached; follows the session. A menu copies the numbers as text.

    Signals:
        copied(str): the numbers are in the clipboard, in one sentence.
    """

    copied = Signal(str)

    def __init__(self, document: Document, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("Numbers of the panes")
        self._document, self._session, self._theme = document, session, theme
        self._shown: frozenset[str] = frozenset()
        self.names = [_cell("Pane", "The pane, and what it is called after.", _NAME_WIDTH_PX) for _ in range(MAX_LANES)]
        self.heads = {column.title: label(column.title, "muted") for column in COLUMNS}
        self.cells = [
            {column.title: _cell(column.title, column.tip, column.width_px) for column in COLUMNS}
            for _ in range(MAX_LANES)
        ]
        self.copy = tool_button(self, "copy", role="small", ink="muted", size_px=_ICON_PX)
        self.copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        describe(self.copy, "Copy the numbers", "Copy the table, also what has no room here, as text.")
        self._menu = QMenu(self)
        for kind in TEXTS:
            self._menu.addAction(f"Copy as {kind}").triggered.connect(lambda _=False, kind=kind: self.copy_as(kind))
        self.copy.setMenu(self._menu)
        self._lay_out()
        document.changed.connect(self._follow)
        for signal in (session.progress_changed, session.snapshot_changed, session.state_changed,
                       session.stale_changed):
            signal.connect(self.refresh)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def copy_as(self, kind: str) -> None:
        """Put the numbers into the clipboard as one of `TEXTS`."""
        lanes = ((lane, self._session.reached(lane)) for lane in range(len(self._document.project.lanes)))
        rows = [NumberRow(self._name(lane), reached.step, reached.metrics) for lane, reached in lanes]
        QGuiApplication.clipboard().setText(TEXTS[kind](number_table(rows)))
        self.copied.emit(f"The numbers were copied as {kind}.")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def refresh(self, *_: object) -> None:
        lanes = self._document.project.lanes
        reached = [self._session.reached(lane) for lane in range(len(lanes))]
        for lane in range(len(lanes)):
            swatch = lane_swatch(self._session.marks[lane], self._theme)
            self.names[lane].setText(f"{swatch}&nbsp; {escape(self._name(lane))}")
            for column in COLUMNS:
                self._fill(self.cells[lane][column.title], column, reached, lane)
        self._show_parts()

    def _name(self, lane: int) -> str:
        """Return what the numbers were learned with, also when the settings already ask for something else."""
        mark = self._session.marks[lane]
        return mark.name if len(self._session.marks) > 1 else mark.title

    def minimumSizeHint(self) -> QSize:
        """Leave the width to the window."""
        return QSize(2 * _MARGIN_PX + _NAME_WIDTH_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_parts()

    def _show_parts(self) -> None:
        names = self.names[:len(self._document.project.lanes)]
        widest = max(name.sizeHint().width() for name in names)
        self._shown = columns_within(self.width(), min(widest, self.width() // _LONGEST_NAME))
        for title, head in self.heads.items():
            head.setVisible(title in self._shown)
        for lane in range(MAX_LANES):
            is_shown = lane < len(self._document.project.lanes)
            self.names[lane].setVisible(is_shown)
            for title, cell in self.cells[lane].items():
                cell.setVisible(is_shown and title in self._shown)

    def _fill(self, cell: QLabel, column: Quantity, reached: Sequence[Reached], lane: int) -> None:
        text = column.text(reached[lane])
        is_better = _better(column, reached) == lane
        cell.setText(f"<b>{text}</b>" if is_better else text)
        step = column.step(reached[lane])
        when = f" Measured after step {step:,}." if step < _ALIKE * (reached[lane].step or 0) else ""
        part = _PART.format(self._coupling(lane).phrase) if (
            column.is_of_all and not self._coupling(lane).is_balanced) else ""
        cell.setToolTip(f"{column.tip}{part}{when}{f' {_BEST[len(reached) > 2]}' if is_better else ''}")

    def _coupling(self, lane: int) -> Coupling:
        """Return what the numbers were learned with, or will be."""
        snapshot = self._session.snapshots[lane]
        return coupling_of(self._document.project.lanes[lane].coupling if snapshot is None else snapshot.coupling)

    def _follow(self, new: Project, old: Project) -> None:
        if (new.lanes, new.names, new.hues) != (old.lanes, old.names, old.hues):
            self.refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(_MARGIN_PX, 6, _MARGIN_PX, 6)
        grid.setHorizontalSpacing(_GAP_PX)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.copy, 0, 0, Qt.AlignmentFlag.AlignLeft)
        for index, column in enumerate(COLUMNS, start=1):
            self.heads[column.title].setToolTip(column.tip)
            grid.addWidget(self.heads[column.title], 0, index, right)
        for lane in range(MAX_LANES):
            grid.addWidget(self.names[lane], lane + 1, 0)
            self.names[lane].setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            for index, cell in enumerate(self.cells[lane].values(), start=1):
                grid.addWidget(cell, lane + 1, index)


def _better(column: Quantity, reached: Sequence[Reached]) -> int | None:
    """Return the lane whose number is clearly better after about as many steps, or None.

    A number of much earlier than the steps beside it is not compared; what needs no steps is compared with all.
    """
    if column.value is None or len(reached) < 2:
        return None
    steps = [step for lane in reached if lane.step is not None for step in (lane.step, column.step(lane))]
    if steps and min(steps) < _ALIKE * max(steps):
        return None
    metrics = [lane.metrics for lane in reached]
    return words.best([column.value(numbers) for numbers in metrics], [column.error(numbers) for numbers in metrics])


def _cell(name: str, tip: str, width_px: int) -> QLabel:
    cell = label("", "value")
    cell.setTextFormat(Qt.TextFormat.RichText)
    cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    cell.setMinimumWidth(width_px)
    cell.setToolTip(tip)
    cell.setAccessibleName(name)
    tabular(cell)
    return cell
