"""Which file an export writes: a field for the path, a button to browse, a name proposed from the project's."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from fmviz.engine.document import Document
from fmviz.views.controls import describe, label

SUFFIX = ".gif"
_SEPARATORS = tuple(mark for mark in (os.sep, os.altsep) if mark)


class ExportFile(QWidget):
    """The row with the file's path.

    Signals:
        edited(): the user has named another file.
        submitted(): Return was pressed in the field.
    """

    edited = Signal()
    submitted = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._proposed = ""
        self.field = QLineEdit(self)
        describe(self.field, "File", "Where the GIF is written.")
        self.browse = QPushButton("Browse…", self)
        self.browse.setAutoDefault(False)
        describe(self.browse, "Browse", "Choose the folder and the name.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("File", "muted"))
        row.addWidget(self.field, 1)
        row.addWidget(self.browse)
        self.field.textEdited.connect(lambda _: self.edited.emit())
        self.field.returnPressed.connect(self.submitted)
        self.browse.clicked.connect(self._browse)

    @property
    def path(self) -> Path | None:
        """The file to write, its ending added if it lacks one; None if no name is given, or only a folder."""
        text = self.field.text().strip()
        # Not Path's, which raises for ~somebody who does not exist.
        path = Path(os.path.expanduser(text))
        if path.name in ("", "..") or text.endswith(_SEPARATORS):
            return None
        return path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)

    def set_path(self, path: Path) -> None:
        """Name a file for the user."""
        self.field.setText(str(path))

    def propose(self) -> None:
        """Name a file after the project, beside it or among the pictures, unless the user has named one."""
        if self.field.text() != self._proposed:
            return
        if self._document.path is not None:
            folder = self._document.path.parent
        else:
            pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
            folder = Path(pictures) if Path(pictures).is_dir() else Path.home()
        self._proposed = str(folder / f"{self._document.title}{SUFFIX}")
        self.field.setText(self._proposed)

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Export animation", self.field.text(), f"GIF animation (*{SUFFIX})"
        )
        if name:
            self.field.setText(name)
            self.edited.emit()
