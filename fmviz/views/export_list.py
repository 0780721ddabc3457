"""The exports that were begun: a row for each, with how far it is, what can be done about it and with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QScrollArea, QWidget

from fmviz.engine.export import Export, ExportQueue, ExportState
from fmviz.views import words
from fmviz.views.controls import ElidedLabel, ShareBar, label, plain_tip, push_button, scrolling, set_role, tabular
from fmviz.views.layouts import column, row

_ROW_PX, _MOST_ROWS, _EDGE_PX = 40, 3, 6
_NAME_PX, _BAR_PX = 230, 90


class ExportList(QScrollArea):
    """All rows of one queue; hidden while there are none.

    Signals:
        refused(str): why nothing could be opened, one sentence.
    """

    refused = Signal(str)

    def __init__(self, queue: ExportQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self.rows: dict[int, ExportRow] = {}
        inside = QWidget(self)
        inside.setProperty("role", "card")
        self._column = column(None, spacing=0, margins=(12, 2, 8, 2), on=inside)
        scrolling(self, inside)
        self.setAccessibleName("Exports")
        queue.changed.connect(self._show)
        queue.removed.connect(self._remove)
        self._fit()

    def sizeHint(self) -> QSize:
        """Three rows where there is room, one where there is not."""
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def _show(self, export: Export) -> None:
        row = self.rows.get(export.number)
        if row is None:
            row = self.rows[export.number] = ExportRow(export, self)
            acts = {"cancel": partial(self._queue.cancel, export.number),
                    "forget": partial(self._queue.forget, export.number),
                    "open": partial(self._open, export.path), "reveal": partial(self._open, export.path.parent)}
            row.asked.connect(lambda ask: acts[ask]())
            self._order()
            self._fit()
            self.verticalScrollBar().setValue(0)
        elif row.state is not export.state:
            self._order()
        row.show_export(export)

    def _order(self) -> None:
        """Put on top what is under way, then what waits in its turn, then what has ended, the newest first."""
        for place, export in enumerate(sorted(self._queue.exports, key=_urgency)):
            row = self.rows[export.number]
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)

    def _remove(self, number: int) -> None:
        row = self.rows.pop(number)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._fit()

    def _fit(self) -> None:
        rows = min(len(self.rows), _MOST_ROWS)
        self.setMinimumHeight(min(rows, 1) * _ROW_PX + _EDGE_PX)
        self.setMaximumHeight(rows * _ROW_PX + _EDGE_PX)
        self.updateGeometry()
        self.setVisible(bool(self.rows))

    def _open(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.refused.emit(f"No program here can show {path}.")


class ExportRow(QWidget):
    """One export.

    Signals:
        asked(str): "cancel", "open", "reveal" or "forget".
    """

    asked = Signal(str)

    def __init__(self, export: Export, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = export.path.name
        self.state: ExportState | None = None
        self.setFixedHeight(_ROW_PX)
        self.name = label("", parent=self)
        self.name.setFixedWidth(_NAME_PX)
        self.name.setText(self.name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_PX))
        self.name.setToolTip(plain_tip(str(export.path)))
        self.bar = ShareBar(self, f"Progress of {name}", "How many of the frames are done.", _BAR_PX)
        self.text = ElidedLabel("muted")
        tabular(self.text)
        self.cancel, self.open_file, self.reveal, self.forget = (
            push_button(self, text, tip, partial(self.asked.emit, ask), name=spoken, role="quiet")
            for ask, text, spoken, tip in (
                ("cancel", "Cancel", f"Cancel {name}", "Give this export up; an older file stays as it was."),
                ("open", "Open", f"Open {name}", "Open the file with the program that shows such files."),
                ("reveal", "Show in folder", f"Show {name} in its folder", "Open the folder of the file."),
                ("forget", "✕", f"Remove {name} from the list", "Leave it out of this list; the file stays."),
            ))
        row(self.name, self.bar, (self.text, 1), self.open_file, self.reveal, self.cancel, self.forget, spacing=8,
            margins=0, on=self)

    def show_export(self, export: Export) -> None:
        self.state = state = export.state
        is_running = state is ExportState.RUNNING
        self.bar.setVisible(is_running)
        if is_running:
            self.bar.show_share(export.done / export.total if export.done else None)
        self.text.show_text(words.export_state(export))
        set_role(self.text, "danger" if state is ExportState.FAILED else "muted")
        for button in (self.open_file, self.reveal):
            button.setVisible(state is ExportState.DONE)
        self.cancel.setVisible(not state.is_ended)
        self.forget.setVisible(state.is_ended)


def _urgency(export: Export) -> tuple[int, int]:
    """Return where an export stands among the others; less is higher."""
    if export.state.is_ended:
        return 2, -export.number
    return (0 if export.state is ExportState.RUNNING else 1), export.number
