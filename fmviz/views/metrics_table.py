"""The table under the stage: one row of numbers per lane, the clearly better one of each column in bold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from fmviz.core.config import FIELD
from fmviz.core.frames import Metrics
from fmviz.core.project import MAX_LANES, Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.controls import label, tabular


@dataclass(frozen=True)
class Column:
    """One number.

    Args:
        title, tip: head of the column and one sentence about it.
        text: how a lane's metrics are written.
        value: what is compared between the lanes; None compares nothing.
        higher_is_better: which way "better" is.
        width_px: so that the table stands still while its numbers change.
    """

    title: str
    tip: str
    text: Callable[[Metrics | None], str]
    value: Callable[[Metrics], float | None] | None
    width_px: int
    higher_is_better: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("Steps/s", "Training steps in each second.",
           words.rate, lambda metrics: metrics.steps_per_second, 58, higher_is_better=True),
    Column("Loss", "Mean squared error of the velocity against the pairs' own; not comparable between couplings, "
           "because random pairs cross and cannot be met.",
           lambda metrics: words.decimal(metrics.loss if metrics else None), None, 62),
    Column("W2", "Distance of generated points from fresh target points; the floor is that of two samples of the "
           "target, so less is chance.",
           words.distance, lambda metrics: metrics.w2, 142),
    Column("Path / straight", "Mean length of the particles' paths against the straight way from their start to "
           "their end; 1.00 is straight.",
           words.straightness, words.path_ratio, 142),
    Column("NPE", "Normalised path energy: by which share the paths cost more than the best transport; 0 is optimal.",
           lambda metrics: words.decimal(metrics.npe if metrics else None), lambda metrics: metrics.npe, 56),
)

Entry = TypeVar("Entry")


def _entry(entries: Sequence[Entry | None], lane: int) -> Entry | None:
    """Return a lane's entry, or None where there is none yet."""
    return entries[lane] if lane < len(entries) else None


class MetricsTable(QFrame):
    """What each lane has reached; follows the session."""

    def __init__(self, document: Document, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("Numbers of the lanes")
        self._document, self._session, self._theme = document, session, theme
        self.names = [self._cell("Lane", "The lane and its coupling.") for _ in range(MAX_LANES)]
        self.steps = [self._cell("Step", "Training steps behind the numbers.") for _ in range(MAX_LANES)]
        self.cells = [[self._cell(column.title, column.tip) for column in COLUMNS] for _ in range(MAX_LANES)]
        self._lay_out()
        document.changed.connect(self._follow)
        session.progress_changed.connect(lambda _: self.refresh())
        session.snapshot_changed.connect(lambda _: self.refresh())
        session.state_changed.connect(lambda _: self.refresh())
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Write the lanes' names in the theme's colours."""
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Show the newest numbers."""
        lanes = self._document.project.lanes
        metrics = [self._metrics(lane) for lane in range(MAX_LANES)]
        best = [self._best(column, metrics[: len(lanes)]) for column in COLUMNS]
        colours = (self._theme.lane_a, self._theme.lane_b)
        for lane in range(MAX_LANES):
            is_shown = lane < len(lanes)
            for widget in (self.names[lane], self.steps[lane], *self.cells[lane]):
                widget.setVisible(is_shown)
            if not is_shown:
                continue
            coupling = FIELD["coupling"].choices[lanes[lane].coupling]  # type: ignore[index]
            name = words.lane_title(lane, coupling) if len(lanes) > 1 else coupling
            self.names[lane].setText(f'<span style="color:{colours[lane]}">●</span>&nbsp; {name}')
            self.steps[lane].setText(words.count(self._step(lane)))
            for cell, column, winner in zip(self.cells[lane], COLUMNS, best, strict=True):
                text = column.text(metrics[lane])
                cell.setText(f"<b>{text}</b>" if winner == lane else text)
                cell.setToolTip(f"{column.tip} The better of the two." if winner == lane else column.tip)

    def _best(self, column: Column, metrics: list[Metrics | None]) -> int | None:
        if column.value is None or len(metrics) < MAX_LANES or None in metrics:
            return None
        one, other = (column.value(entry) for entry in metrics if entry is not None)
        return words.better(one, other, column.higher_is_better)

    def _metrics(self, lane: int) -> Metrics | None:
        """Return the newest numbers: the progress', and for those it lacks the picture's of the same training."""
        progress, snapshot = _entry(self._session.progress, lane), _entry(self._session.snapshots, lane)
        if progress is None:
            return snapshot.metrics if snapshot is not None else None
        if snapshot is None or snapshot.step > progress.step:
            return progress.metrics
        values = {
            field.name: new if (new := getattr(progress.metrics, field.name)) is not None
            else getattr(snapshot.metrics, field.name)
            for field in fields(Metrics)
        }
        return Metrics(**values)

    def _step(self, lane: int) -> int | None:
        entry = _entry(self._session.progress, lane) or _entry(self._session.snapshots, lane)
        return entry.step if entry else None

    def _follow(self, new: Project, old: Project) -> None:
        if new.lanes != old.lanes:
            self.refresh()

    def _cell(self, name: str, tip: str) -> QLabel:
        cell = label("", "value")
        cell.setTextFormat(Qt.TextFormat.RichText)
        cell.setToolTip(tip)
        cell.setAccessibleName(name)
        tabular(cell)
        return cell

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 12, 6)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        heads = [("", "", 0), ("Step", self.steps[0].toolTip(), 62),
                 *((column.title, column.tip, column.width_px) for column in COLUMNS)]
        for index, (title, tip, width_px) in enumerate(heads):
            head = label(title, "muted")
            head.setToolTip(tip)
            grid.addWidget(head, 0, index, right if index else Qt.AlignmentFlag.AlignLeft)
            grid.setColumnMinimumWidth(index, width_px)
        for lane in range(MAX_LANES):
            grid.addWidget(self.names[lane], lane + 1, 0)
            for index, cell in enumerate((self.steps[lane], *self.cells[lane]), start=1):
                grid.addWidget(cell, lane + 1, index, right)
        grid.setColumnStretch(0, 1)
