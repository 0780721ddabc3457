"""The questions that the window asks: which file, save first, forget; and the sentences it shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from fmviz.core.errors import FmvizError
from fmviz.core.project_file import PROJECT_SUFFIX
from fmviz.views.help import about_text
from fmviz.views.keys_dialog import KeysDialog

_FILTER = f"fmviz projects (*{PROJECT_SUFFIX})"


class Answer(Enum):
    """What the user wants to happen to unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Dialogs:
    """Dialogs over one window; `folder` is where the last file was chosen."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self.folder = ""

    def project_to_open(self) -> Path | None:
        """Ask for a project file."""
        return self._chosen(QFileDialog.getOpenFileName(self._parent, "Open a project", self.folder, _FILTER)[0])

    def project_to_save(self, title: str) -> Path | None:
        """Ask where to save; the ending is added where it is missing, and the user asked if that names an old file."""
        name = title if title.endswith(PROJECT_SUFFIX) else title + PROJECT_SUFFIX
        start = str(Path(self.folder) / name) if self.folder else name
        path = self._chosen(QFileDialog.getSaveFileName(self._parent, "Save the project", start, _FILTER)[0])
        if path is None or path.suffix == PROJECT_SUFFIX:
            return path
        path = path.with_name(path.name + PROJECT_SUFFIX)
        # The file dialog knew only the name as it was typed.
        return path if not os.path.exists(path) or self.replace(path.name) else None

    def save_first(self, title: str) -> Answer:
        """Ask what to do with unsaved changes."""
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, "fmviz", f"Save the changes to {title}?",
            QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            self._parent,
        )
        box.setDefaultButton(QMessageBox.StandardButton.Save)
        answers = {QMessageBox.StandardButton.Save: Answer.SAVE, QMessageBox.StandardButton.Discard: Answer.DISCARD}
        return answers.get(QMessageBox.StandardButton(box.exec()), Answer.CANCEL)

    def replace(self, name: str) -> bool:
        """Ask before an old file is replaced."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "fmviz", f"{name} exists. Replace it?",
                          QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel, self._parent)
        return bool(box.exec() == QMessageBox.StandardButton.Yes)

    def forget(self) -> bool:
        """Ask before what was learned is thrown away."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "fmviz", "Forget what was learned? The clouds stay.",
                          QMessageBox.StandardButton.Reset | QMessageBox.StandardButton.Cancel, self._parent)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        return bool(box.exec() == QMessageBox.StandardButton.Reset)

    def error(self, sentence: str) -> None:
        """Show a sentence; the program goes on meanwhile."""
        self._show(QMessageBox.Icon.Warning, "fmviz", sentence)

    def guarded(self, act: Callable[[], object]) -> bool:
        """Do something that can fail because of a file or a value; show why it did.

        Returns:
            Whether it worked.
        """
        try:
            act()
        except FmvizError as error:
            self.error(str(error))
            return False
        return True

    def keys(self) -> None:
        """Show all keyboard shortcuts."""
        KeysDialog(self._parent).open()

    def about(self, device: str | None) -> None:
        """Show what this is."""
        self._show(QMessageBox.Icon.NoIcon, "About fmviz", about_text(device))

    def _show(self, kind: QMessageBox.Icon, title: str, text: str) -> None:
        box = QMessageBox(kind, title, text, QMessageBox.StandardButton.Ok, self._parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _chosen(self, name: str) -> Path | None:
        if not name:
            return None
        path = Path(name)
        self.folder = str(path.parent)
        return path
