"""The table under the stage: one row of numbers per lane, the clearly better one of each column in bold.

A few columns are shown at first; a menu chooses others. In a narrow window those that compare least are left out, so
that the table never widens the window.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QMenu, QToolButton

from fmviz.core.couplings import Coupling, coupling_of
from fmviz.core.lanes import MAX_LANES
from fmviz.core.project import Project
from fmviz.core.quantities import QUANTITIES, QUANTITY, NumberRow, Quantity, best, is_alike, number_table
from fmviz.core.tabular import TEXTS
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.results import Reached
from fmviz.engine.session import Session, State
from fmviz.views import words
from fmviz.views.controls import entry, label, tabular, tool_button
from fmviz.views.lane_swatch import lane_swatch
from fmviz.views.layouts import row as row_of
from fmviz.views.repaints import Repaints

_MARGIN_PX, _GAP_PX, _NAME_WIDTH_PX = 12, 10, 138
# So wide that the table stands still while its numbers change: a number, its error, its floor.
_WIDTH_PX, _ERROR_PX, _FLOOR_PX = 60, 52, 90
# Of the table's width at most, however long a name is.
_LONGEST_NAME = 3
_ICON_PX = 14
_PART = (" With {} not all of the clouds is paired, so the whole target is not reached, however well the field is "
         "learned.")
_BEST = ("The better of the two.", "The best of them.")
# Beside those of all numbers. A floor is said beside the number that it is of.
STEP = Quantity("step", "Step", "Training steps behind the numbers.", 0, is_count=True)
_FLOORS = frozenset(quantity.floor for quantity in QUANTITIES)
COLUMNS = (STEP, *(quantity for quantity in QUANTITIES if quantity.key not in _FLOORS))
MAIN = tuple(column.key for column in COLUMNS if column.is_main)


def width_of(column: Quantity) -> int:
    """Return how wide a column is, in pixels."""
    return _WIDTH_PX + bool(column.error) * _ERROR_PX + bool(column.floor) * _FLOOR_PX


def columns_within(width_px: int, chosen: Collection[str] = MAIN, name_width_px: int = 0) -> frozenset[str]:
    """Return the keys of those of the chosen columns that fit beside the lanes' names; what is compared fits first."""
    room = width_px - 2 * _MARGIN_PX - max(name_width_px, _NAME_WIDTH_PX)
    kept: set[str] = set()
    for column in sorted((column for column in COLUMNS if column.key in chosen),
                         key=lambda column: (column.key != "w2", not column.is_compared)):
        room -= width_of(column) + _GAP_PX
        if room < 0:
            break
        kept.add(column.key)
    return frozenset(kept)


class MetricsTable(QFrame):
    """What each lane has reached; follows the session. Menus choose the columns and copy the numbers as text.

    Signals:
        copied(str): the numbers are in the clipboard, in one sentence.
    """

    copied = Signal(str)

    def __init__(self, document: Document, session: Session, theme: Theme, repaints: Repaints | None = None) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("Numbers of the panes")
        self._document, self._session, self._theme = document, session, theme
        self.columns: tuple[str, ...] = MAIN
        self.names = [_cell("Pane", "The pane, and what it is called after.", _NAME_WIDTH_PX) for _ in range(MAX_LANES)]
        self.heads = {column.key: label(column.title, "muted") for column in COLUMNS}
        self.cells = [
            {column.key: _cell(column.title, column.tip, width_of(column)) for column in COLUMNS}
            for _ in range(MAX_LANES)
        ]
        self._menu = QMenu(self)
        copies = [entry(self._menu, f"Copy as {kind}", f"As {kind}.", partial(self.copy_as, kind)) for kind in TEXTS]
        columns = self._menu.addMenu("Columns")
        self.choices = {column.key: _choice(column, columns) for column in COLUMNS}
        for choice in self.choices.values():
            choice.triggered.connect(self._choose)
        self.copy = self._menu_button("copy", "Copy the numbers",
                                      "Copy the table, also what has no room here, as text.", copies)
        self.more = self._menu_button("more", "Columns", "Choose which numbers the table shows.",
                                      self.choices.values())
        self._lay_out()
        document.changed.connect(self._follow)
        for signal in (session.state_changed, session.stale_changed):
            signal.connect(self.refresh)
        self._repaints = repaints or Repaints(parent=self)
        for signal in (session.progress_changed, session.snapshot_changed):
            signal.connect(self._follow_learning)
        self.set_theme(theme)
        self.show_columns(MAIN)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def show_columns(self, keys: Iterable[str]) -> None:
        """Show these columns, in the order of the table; unknown ones are left out, and none is those of the start."""
        known = set(keys) & set(self.choices) or set(MAIN)
        self.columns = tuple(column.key for column in COLUMNS if column.key in known)
        for key, choice in self.choices.items():
            choice.setChecked(key in known)
        self._show_parts()

    def copy_as(self, kind: str) -> None:
        QGuiApplication.clipboard().setText(TEXTS[kind](number_table(self._rows())))
        self.copied.emit(f"The numbers were copied as {kind}.")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def refresh(self, *_: object) -> None:
        rows = self._rows()
        for lane, row in enumerate(rows):
            swatch = lane_swatch(self._session.marks[lane], self._theme)
            self.names[lane].setText(f"{swatch}&nbsp; {escape(row.name)}")
        for column in COLUMNS:
            better = best(column, rows)
            for lane, row in enumerate(rows):
                cell = self.cells[lane][column.key]
                _fill(cell, column, row, _BEST[len(rows) > 2] if lane == better else "")
                if column.is_of_all and not (coupling := self._coupling(lane)).is_balanced:
                    cell.setToolTip(cell.toolTip() + _PART.format(coupling.phrase))
        self._show_parts()

    def _follow_learning(self, *_: object) -> None:
        if self._session.state is State.TRAINING:
            self._repaints.soon(self.refresh)
        else:
            self.refresh()  # with the picture, which others have put there

    def _rows(self) -> list[NumberRow]:
        lanes = ((lane, self._session.reached(lane)) for lane in range(len(self._document.project.lanes)))
        return [NumberRow(self._name(lane), reached.step, reached.metrics, _sampled_step(reached))
                for lane, reached in lanes]

    def _coupling(self, lane: int) -> Coupling:
        """Return what the numbers were learned with, or will be."""
        snapshot = self._session.snapshots[lane]
        return coupling_of(self._document.project.lanes[lane].coupling if snapshot is None else snapshot.coupling)

    def _choose(self) -> None:
        self.show_columns(key for key, choice in self.choices.items() if choice.isChecked())

    def _menu_button(self, icon: str, name: str, tip: str, actions: Iterable[QAction]) -> QToolButton:
        menu = QMenu(self)
        menu.addActions(list(actions))
        return tool_button(self, icon, None, name, tip, menu=menu, role="small", ink="muted", size_px=_ICON_PX)

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
        shown = columns_within(self.width(), self.columns, min(widest, self.width() // _LONGEST_NAME))
        for key, head in self.heads.items():
            head.setVisible(key in shown)
        for lane in range(MAX_LANES):
            is_shown = lane < len(self._document.project.lanes)
            self.names[lane].setVisible(is_shown)
            for key, cell in self.cells[lane].items():
                cell.setVisible(is_shown and key in shown)

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
        grid.addLayout(row_of(self.copy, self.more, None, spacing=2, margins=0), 0, 0)
        for index, column in enumerate(COLUMNS, start=1):
            self.heads[column.key].setToolTip(column.tip)
            grid.addWidget(self.heads[column.key], 0, index, right)
        for lane in range(MAX_LANES):
            grid.addWidget(self.names[lane], lane + 1, 0)
            self.names[lane].setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            for index, cell in enumerate(self.cells[lane].values(), start=1):
                grid.addWidget(cell, lane + 1, index)


def _fill(cell: QLabel, column: Quantity, row: NumberRow, praise: str) -> None:
    """Write a number into its cell, in bold where it is praised."""
    metrics = row.metrics
    if column is STEP:
        cell.setText(words.count(row.step))
        return
    text, floor, said = column.text(metrics), "", ""
    if column.floor and column.value(metrics) is not None:
        least = QUANTITY[column.floor]
        if (value := least.value(metrics)) is not None:
            floor, said = f" (floor {least.said(value, None)})", f" The floor is {least.text(metrics)}."
    cell.setText(f"<b>{text}</b>{floor}" if praise else f"{text}{floor}")
    step = row.step_of(column)
    when = "" if row.step is None or is_alike(step, row.step) else f" Measured after step {step:,}."
    cell.setToolTip(f"{column.tip}{said}{when}{f' {praise}' if praise else ''}")


def _sampled_step(lane: Reached) -> int | None:
    """While a lane learns its W2 is that of the last sample, seconds ago."""
    curves = lane.curves
    return int(curves.w2_step[-1]) if curves is not None and len(curves.w2_step) else None


def _choice(column: Quantity, menu: QMenu) -> QAction:
    action = menu.addAction(column.title)
    action.setCheckable(True)
    action.setToolTip(column.tip)
    return action


def _cell(name: str, tip: str, width_px: int) -> QLabel:
    cell = label("", "value")
    cell.setTextFormat(Qt.TextFormat.RichText)
    cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    cell.setMinimumWidth(width_px)
    cell.setToolTip(tip)
    cell.setAccessibleName(name)
    tabular(cell)
    return cell
