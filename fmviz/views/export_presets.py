"""The row of presets: pick one, keep the present choice as one's own, delete one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from fmviz.core.errors import ExportError
from fmviz.film.presets import LONGEST_NAME, PRESETS, Preset, change_presets, load_presets, own_preset
from fmviz.views.controls import entry, tool_button
from fmviz.views.dialogs import ask_name
from fmviz.views.editors import ChoiceEdit
from fmviz.views.export_choice import ExportChoice
from fmviz.views.layouts import row


class PresetRow(QWidget):
    """A list of presets and a small menu; `complaint` is why one's own could not be read, or "".

    Signals:
        kept(): there are others of the user's own.
        refused(str): why a preset could not be kept or read, one sentence.
    """

    kept = Signal()
    refused = Signal(str)

    def __init__(self, choice: ExportChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._path: Path | None = None
        self._own: tuple[Preset, ...] = ()
        self.complaint = ""
        self.list = ChoiceEdit("Preset", {}, "What the file is for: sets format, size, rate and text at once, not the "
                                             "theme.", self)
        self.list.setPlaceholderText("Choose a preset")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.keep = entry(menu, "Save as a preset…", "Keep format, size, rate and looks under a name.", lambda: (
            ask_name(self, "Save as a preset", "Name of the preset", "", LONGEST_NAME, self.keep_as)))
        self.delete = entry(menu, "Delete this preset", "Only your own can be deleted.", self._delete)
        self.more = tool_button(self, "", None, "Your presets",
                                "Keep these choices as a preset, or delete one of your own.", text="…", menu=menu,
                                role="")
        row((self.list, 1), self.more, spacing=8, margins=0, on=self)
        self.list.edited.connect(self._apply)
        choice.changed.connect(self.refresh)
        self._fill()

    def read(self, path: Path) -> None:
        """Keep the user's own presets in that file; what it cannot give is said by `refused`."""
        self._path = path
        self.read_again()

    def read_again(self) -> None:
        """Show what the file holds now: another window may have changed it."""
        if self._path is None:
            return
        self.complaint = ""
        try:
            own = load_presets(self._path)
        except ExportError as error:
            own, self.complaint = (), str(error)
            self.refused.emit(self.complaint)
        if own != self._own:
            self._own = own
            self._fill()

    def keep_as(self, name: str) -> None:
        self._change(lambda own: own_preset(name, self._choice.spec(), own))

    def fitting(self) -> Preset | None:
        """Return which preset the present choice is, if any."""
        spec, panes = self._choice.spec(), len(self._choice.lanes())
        return next((preset for preset in self._presets() if preset.fits(spec, panes)), None)

    def refresh(self) -> None:
        """Show which preset the present choice is, if any."""
        fitting = self.fitting()
        self.list.show_value("" if fitting is None else fitting.key)
        self.delete.setEnabled(fitting is not None and fitting.is_own)

    def _presets(self) -> tuple[Preset, ...]:
        return (*self._own, *PRESETS.values())

    def _fill(self) -> None:
        self.list.clear()
        for presets in (PRESETS.values(), self._own):
            if presets and self.list.count():
                self.list.insertSeparator(self.list.count())
            for preset in presets:
                self.list.addItem(preset.label, preset.key)
        self.refresh()

    def _apply(self, key: str) -> None:
        preset = next(preset for preset in self._presets() if preset.key == key)
        self._choice.change(**preset.values_for(len(self._choice.lanes())))
        self.refresh()  # also if nothing has changed

    def _delete(self) -> None:
        key = self.list.currentData()
        self._change(lambda own: tuple(preset for preset in own if preset.key != key))

    def _change(self, change: Callable[[tuple[Preset, ...]], tuple[Preset, ...]]) -> None:
        """Change the presets in the file, and show what is in it then."""
        if self._path is None:
            return
        try:
            self._own = change_presets(self._path, change)
        except ExportError as error:
            self.refused.emit(str(error))
            return
        self.complaint = ""
        self._fill()
        self.kept.emit()
