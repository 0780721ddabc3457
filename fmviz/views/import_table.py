"""What of a table becomes points: its first rows, which columns are taken, and an answer to whatever it leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from fmviz.core.cloud import Side
from fmviz.core.errors import FmvizError
from fmviz.core.placing import KEEP, MATCH, MATCH_AXES, PLACES, placed
from fmviz.core.table import ALL_ROWS, CloudRead, Column, Question, ReadChoice, TableView, UnclearTable
from fmviz.engine.background import Task, Tasks, Work
from fmviz.engine.cloud_files import TableSource
from fmviz.views import words
from fmviz.views.controls import FIELD_HEIGHT_PX, WheelNeedsFocus, describe, label
from fmviz.views.import_dialog import LABEL_WIDTH_PX, Page
from fmviz.views.layouts import column, row

_SHOWN_ROWS = 8
# So many columns, and those that are taken: 3,000 held the window up for a second.
_SHOWN_COLUMNS = 60
_TABLE_PX, _CELL_PX, _ROW_PX = 168, 150, 21
_LONGEST_ITEM = 40
# Fields of a choice that change what the table itself looks like, not only what is taken of it.
_LOOKS = ("part", "decimal", "has_heading")
_TITLES = {"part": "Part", "decimal": "Numbers", "has_heading": "First row", "rows": "Rows", "skips_missing": "Gaps"}
_TIPS = {"part": "Which sheet or array of the file holds the points.",
         "decimal": "What stands between the digits of a number.",
         "has_heading": "Whether the first row names the columns.",
         "rows": "Only the rows of one group become points.",
         "skips_missing": "What happens to rows that lack a number."}


class ValueBox(QComboBox):
    """A list of values with words for them; `activated` comes from the user only."""

    def __init__(self, name: str, tip: str, items: Sequence[tuple[object, str]], chosen: object,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = [value for value, _ in items]
        for _, text in items:
            self.addItem(text if len(text) <= _LONGEST_ITEM else text[:_LONGEST_ITEM - 1] + "…")
        self.setCurrentIndex(self._values.index(chosen) if chosen in self._values else 0)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self, name, tip)
        WheelNeedsFocus(self)

    @property
    def value(self) -> object:
        """What is chosen."""
        return self._values[self.currentIndex()] if self._values else None


class TablePage(Page):
    """The first rows, the columns of x, y, weight and label, and the open questions.

    Args:
        side_beside: gives the side that a cloud for "source" or "target" can match.
        choice: what was chosen before; None is the table's own guess.
        how, flips_y: where the cloud lies, see `core.placing`.
    """

    def __init__(self, source: TableSource, tasks: Tasks, side_beside: Callable[[str], Side],
                 choice: ReadChoice | None = None, how: str = KEEP, flips_y: bool = False) -> None:
        super().__init__(source.view.name)
        self._source, self._tasks, self._side_beside = source, tasks, side_beside
        self._task: Task | None = None
        self._answers: dict[str, ValueBox] = {}
        self._choice = choice or ReadChoice()
        self.rows = _rows_table(self)
        self.facts = label("", "muted", wraps=True)
        self._boxes: dict[str, ValueBox] = {}
        self.column.insertLayout(0, column(self.rows, self.facts, spacing=6))
        self.place = ValueBox("Place", "Where the points lie, and how large.", tuple(PLACES.items()), how, self)
        self.flip = QCheckBox("Flip y", self)
        self.flip.setChecked(flips_y)
        describe(self.flip, "Flip y", "Turn up and down round: pixels count their rows downwards.")
        self._show(source.view)
        title = label("Place", "muted")
        title.setMinimumWidth(LABEL_WIDTH_PX)
        self.column.addLayout(row(title, (self.place, 1), self.flip, spacing=8))
        self.column.addStretch(1)
        # Groups and classes may begin further down; numbers do not need a second reading of a large file.
        if not source.view.is_whole and any(column.values for column in source.view.columns):
            self._look(self._choice)
        self.place.activated.connect(lambda _: self.changed.emit())
        self.flip.toggled.connect(lambda _: self.changed.emit())

    def work(self) -> Work[CloudRead]:
        choice = self._wanted()
        self._mark(choice)
        how = str(self.place.value)
        return _placed(self._source.work(choice), how, self._side_beside(self.side), self.flip.isChecked())

    @property
    def is_ready(self) -> bool:
        return self._task is None

    @property
    def depends_on_side(self) -> bool:
        return self.place.value in (MATCH, MATCH_AXES)

    def again(self) -> Callable[[], Page]:
        return partial(TablePage, self._source.without_cells(), self._tasks, self._side_beside, self._wanted(),
                       str(self.place.value), self.flip.isChecked())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def meet(self, error: FmvizError) -> bool:
        """Ask what an error leaves open, the likelier answer chosen; return whether there was something to ask."""
        if not isinstance(error, UnclearTable) or error.question.field in self._answers:
            return False
        self._ask(error.question)
        self.changed.emit()
        return True

    def _show(self, view: TableView) -> None:
        """Show a table, and choose what was chosen before or what it seems to mean."""
        _fill(self.rows, view, {})
        more = "" if view.is_whole else "more than "
        self.facts.setText(f"{more}{words.count(view.count)} rows, {words.count(len(view.columns))} columns")
        guess = view.guess
        numbers = [column for column in view.columns if column.kind == "number"]
        classes = [column for column in view.columns if column.values]
        none = ((None, "none"),)
        x, y = self._choice.columns or guess.columns or (None, None)
        is_first = self._choice == ReadChoice()
        weights = guess.weights if is_first else self._choice.weights
        labels = guess.labels if is_first else self._choice.labels
        for key, title, tip, items, chosen, pair in (
            ("x", "x", "The column of the horizontal positions.", _items(numbers), x, ""),
            ("y", "y", "The column of the vertical positions.", _items(numbers), y, "x"),
            ("weights", "Weight", "The column of the points' masses: heavier points are drawn more often.",
             (*none, *_items(numbers)), weights, ""),
            ("labels", "Label", "The column of the points' classes, which can colour them.",
             (*none, *_items(classes)), labels, "weights"),
        ):
            self._put(self._boxes, key, title, ValueBox(title, tip, items, chosen, self), pair)
        for question in view.questions:
            self._ask(question)
        groups = _groups([column for column in classes if column.key not in (x, y)])
        if not any(question.field == "rows" for question in view.questions) and len(groups) > 1 and view.is_whole:
            self._put(self._answers, "rows", _TITLES["rows"],
                      ValueBox("Rows", _TIPS["rows"], groups, self._answer("rows") or ALL_ROWS, self))

    def _ask(self, question: Question) -> None:
        box = ValueBox(question.sentence, f"{question.sentence} {_TIPS.get(question.field, '')}", question.answers,
                       self._answer(question.field), self)
        self._put(self._answers, question.field, _TITLES.get(question.field, question.field), box)

    def _answer(self, field: str) -> object:
        """Return what is chosen for a field of the choice."""
        return self._answers[field].value if field in self._answers else getattr(self._choice, field)

    def _put(self, where: dict[str, ValueBox], key: str, title: str, box: ValueBox, pair: str = "") -> None:
        """Show a box in the place of an older one, else beside the one of `pair`, else in a row of its own."""
        box.activated.connect(partial(self._follow, key))
        if (old := where.get(key)) is not None:
            self.replace_row(old, box)
        else:
            self.add_row(title, box, beside=where.get(pair))
        where[key] = box

    def _follow(self, key: str, _index: int) -> None:
        if key in _LOOKS:
            self._look_again()
        else:
            self.changed.emit()

    def _look_again(self) -> None:
        """Look at the table as it is read now: its columns may be others."""
        looks = {key: box.value for key, box in self._answers.items() if key in _LOOKS}
        self._look(ReadChoice(**looks))  # type: ignore[arg-type]

    def _look(self, choice: ReadChoice) -> None:
        if self._task is not None:
            self._task.cancel()
        self._choice = choice
        self._task = self._tasks.run(f"Reading {self.title}", self._source.look(choice), self._show_new, self._go_on)

    def _go_on(self, _error: FmvizError) -> None:
        """Let whoever makes the cloud meet the same error, and say it."""
        self._task = None
        self.changed.emit()

    def _show_new(self, source: TableSource) -> None:
        self._source, self._task = source, None
        self._show(source.view)
        self.changed.emit()

    def _mark(self, choice: ReadChoice) -> None:
        """Say above the columns what each one is taken for."""
        x, y = choice.columns or ("", "")
        _fill(self.rows, self._source.view, {choice.labels: "label", choice.weights: "weight", y: "y", x: "x"})

    def _wanted(self) -> ReadChoice:
        values = {key: box.value for key, box in self._boxes.items()}
        answers = {key: box.value for key, box in self._answers.items()}
        return ReadChoice(columns=(str(values["x"]), str(values["y"])), weights=_name(values["weights"]),
                          labels=_name(values["labels"]), **answers)  # type: ignore[arg-type]


def _placed(work: Work[CloudRead], how: str, other: Side, flips_y: bool) -> Work[CloudRead]:
    """Return work whose cloud lies elsewhere."""
    read = yield from work
    yield None
    return replace(read, cloud=placed(read.cloud, how, other, flips_y))


def _name(value: object) -> str | None:
    return None if value is None else str(value)


def _items(columns: Sequence[Column]) -> tuple[tuple[object, str], ...]:
    return tuple((column.key, column.key) for column in columns)


def _groups(columns: Sequence[Column]) -> tuple[tuple[object, str], ...]:
    values = ((column.key, value, rows) for column in columns if 1 < len(column.values) <= 50
              for value, rows in column.values)
    return ((ALL_ROWS, "all"),
            *(((key, value), f"{key} = {value} ({words.count(rows)})") for key, value, rows in values))


def _rows_table(parent: QWidget) -> QTableWidget:
    table = QTableWidget(0, 0, parent)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    table.verticalHeader().hide()
    table.horizontalHeader().setMaximumSectionSize(_CELL_PX)
    table.setFixedHeight(_TABLE_PX)
    describe(table, "First rows", "The first rows of the table; the columns that are taken are x, y, weight and label.")
    return table


def _fill(table: QTableWidget, view: TableView, roles: Mapping[str | None, str]) -> None:
    """Show the first rows and columns of a table, and the columns that have a role with its name."""
    table.clear()
    shown = [k for k, column in enumerate(view.columns) if k < _SHOWN_COLUMNS or column.key in roles]
    table.setColumnCount(len(shown))
    table.setRowCount(min(_SHOWN_ROWS, len(view.rows)))
    for place, k in enumerate(shown):
        column = view.columns[k]
        role = roles.get(column.key)
        heading = f"{column.key} ({role})" if role and role != column.key.lower() else column.key
        table.setHorizontalHeaderItem(place, QTableWidgetItem(heading))
        for line, cells in enumerate(view.rows[:_SHOWN_ROWS]):
            item = QTableWidgetItem(cells[k])
            if column.kind == "number":
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(line, place, item)
    table.resizeColumnsToContents()
