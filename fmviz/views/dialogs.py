"""The questions that the window asks: which file, save first, forget; and the sentences it shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from fmviz.core.errors import FmvizError, quoted
from fmviz.files.project_file import PROJECT_SUFFIX
from fmviz.views import words

_Button = QMessageBox.StandardButton
_Choice = TypeVar("_Choice")
_FILTER = f"fmviz projects (*{PROJECT_SUFFIX})"
_POINTS = ("Points and pictures (*.csv *.tsv *.txt *.dat *.xlsx *.ods *.npy *.npz *.gz *.png *.jpg *.jpeg *.webp *.gif "
           "*.bmp *.svg);;All files (*)")
# So that a small dialog's title has room beside its buttons.
_NAME_PX = 320
# Ending -> what the file dialog calls it.
_DATA = {".csv": "Table", ".npy": "NumPy array"}
_PANEL = {".png": "PNG picture", ".svg": "SVG drawing", ".pdf": "PDF figure", ".csv": "Table of its numbers"}


def ask_name(parent: QWidget, title: str, prompt: str, name: str, longest: int, take: Callable[[str], object]) -> None:
    """Ask for a name, `name` at first, and hand it over."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(prompt)
    dialog.setTextValue(name)  # which makes the field
    dialog.textValueSelected.connect(take)
    if (field := dialog.findChild(QLineEdit)) is not None:
        field.setMinimumWidth(_NAME_PX)
        field.setMaxLength(longest)
    dialog.open()


class Answer(Enum):
    """What the user wants to happen to unsaved changes."""

    SAVE = "save"
    SAVE_AS = "save as"
    RELOAD = "reload"
    DISCARD = "discard"
    CANCEL = "cancel"


class Dialogs:
    """Dialogs over one window; `folder` and `import_folder` are where the last project and cloud were chosen.

    Before that they begin in the folder of documents, not where the program was started.
    """

    def __init__(self, parent: QWidget) -> None:
        self.parent = parent
        self.folder = self.import_folder = ""

    @property
    def _start(self) -> str:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return self.folder or (documents if os.path.isdir(documents) else str(Path.home()))

    def project_to_open(self) -> Path | None:
        return self._chosen(QFileDialog.getOpenFileName(self.parent, "Open a project", self._start, _FILTER)[0])

    def project_to_save(self, title: str) -> Path | None:
        """Ask where to save; the ending is added where it is missing, and the user asked if that names an old file."""
        return self._to_save("Save the project", title.removesuffix(PROJECT_SUFFIX), {PROJECT_SUFFIX: "fmviz projects"})

    def data_to_save(self, title: str) -> Path | None:
        """Ask where points are written, likewise."""
        return self._to_save("Export data", title, _DATA)

    def panel_to_save(self, title: str) -> Path | None:
        """Ask where the picture of a panel, or its numbers, are written, likewise."""
        return self._to_save("Save the panel", title, _PANEL)

    def _to_save(self, caption: str, title: str, kinds: Mapping[str, str]) -> Path | None:
        """Ask for a name with one of the endings; without any it gets that of the chosen kind."""
        name = title + next(iter(kinds))
        start = str(Path(self._start) / name)
        filters = {f"{label} (*{suffix})": suffix for suffix, label in kinds.items()}
        given, kind = QFileDialog.getSaveFileName(self.parent, caption, start, ";;".join(filters))
        path = self._chosen(given)
        if path is None or path.suffix.lower() in kinds:
            return path
        path = path.with_name(path.name + filters.get(kind, next(iter(kinds))))
        # The file dialog knew only the name as it was typed.
        return path if not os.path.exists(path) or self.replace(path.name) else None

    def points_to_open(self, which: str) -> Path | None:
        """Ask for a file of points, or a picture."""
        start = self.import_folder or self._start
        name, _ = QFileDialog.getOpenFileName(self.parent, f"Import the {which}", start, _POINTS)
        if not name:
            return None
        self.import_folder = str(Path(name).parent)
        return Path(name)

    def which_is_source(self, *names: str) -> int | None:
        """Ask which of two files is the source, the other one being the target; None is neither."""
        buttons = [(quoted(name).replace("&", "&&"), QMessageBox.ButtonRole.AcceptRole, place)
                   for place, name in enumerate(names)]
        return self._choice("Which file is the source? The other one becomes the target.", buttons, None)

    def save_first(self, title: str) -> Answer:
        answer = self._answer(f"Save the changes to {title}?",
                              _Button.Save | _Button.Discard | _Button.Cancel, _Button.Save)
        return {_Button.Save: Answer.SAVE, _Button.Discard: Answer.DISCARD}.get(answer, Answer.CANCEL)

    def file_differs(self, question: str, can_reload: bool) -> Answer:
        """Ask what to do with a file that is not as it was, or that another window has; Escape does nothing."""
        role = QMessageBox.ButtonRole
        buttons = [("Save as…", role.AcceptRole, Answer.SAVE_AS),
                   ("Overwrite" if can_reload else "Save here", role.DestructiveRole, Answer.SAVE),
                   *([("Reload", role.ResetRole, Answer.RELOAD)] if can_reload else [])]
        return self._choice(question, buttons, Answer.CANCEL)

    def replace(self, name: str) -> bool:
        return self._may(f"{name} exists. Replace it?", _Button.Yes, "Replace")

    def discard_recovery(self, title: str) -> bool:
        return self._may(f"Throw away the unsaved work of {title}? It cannot be brought back.", _Button.Discard)

    def give_up_exports(self, count: int) -> bool:
        what = "An export is" if count == 1 else f"{count} exports are"
        return self._may(f"{what} not finished. Close and give up? Older files stay as they were.", _Button.Close)

    def forget(self) -> bool:
        return self._may("Forget what was learned? The clouds stay, and Undo brings it back.", _Button.Yes, "Reset")

    def error(self, what: str | FmvizError) -> None:
        """Show a sentence; the program goes on meanwhile."""
        box = self._box(str(what), _Button.Ok)
        box.setIcon(QMessageBox.Icon.Warning)
        self._open(box)

    def guarded(self, act: Callable[[], object]) -> bool:
        """Do something that can fail because of a file or a value; show why it did.

        Returns:
            Whether it worked.
        """
        try:
            act()
        except FmvizError as error:
            self.error(error)
            return False
        return True

    def about(self, text: str) -> None:
        box = self._box("", _Button.Ok)
        box.setWindowTitle("About fmviz")
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(text)
        self._open(box)

    def _may(self, question: str, yes: QMessageBox.StandardButton, word: str = "") -> bool:
        """Ask before something is lost; Cancel is the usual answer.

        Args:
            word: what the other button says, "" for its usual word. Qt would put a button to reset by itself at the
                other end of the box.
        """
        return self._answer(question, yes | _Button.Cancel, _Button.Cancel, {yes: word} if word else {}) == yes

    def _answer(self, question: str, buttons: QMessageBox.StandardButton, default: QMessageBox.StandardButton,
                texts: Mapping[QMessageBox.StandardButton, str] | None = None) -> QMessageBox.StandardButton:
        box = self._box(question, buttons)
        for button, text in (texts or {}).items():
            box.button(button).setText(text)
        box.setDefaultButton(default)
        answer = QMessageBox.StandardButton(box.exec())
        box.deleteLater()
        return answer

    def _choice(self, question: str, answers: Sequence[tuple[str, QMessageBox.ButtonRole, _Choice]],
                otherwise: _Choice) -> _Choice:
        """Ask with buttons of our own words, the first of them the usual one; Cancel and Escape are `otherwise`."""
        box = self._box(question, _Button.Cancel)
        buttons = [box.addButton(text, role) for text, role, _ in answers]
        box.setDefaultButton(buttons[0])
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()  # not on closing: then it would be gone before it could be asked
        return answers[buttons.index(clicked)][2] if clicked in buttons else otherwise  # type: ignore[arg-type]

    def _box(self, question: str, buttons: QMessageBox.StandardButton) -> QMessageBox:
        parent = QApplication.activeModalWidget() or self.parent
        box = QMessageBox(QMessageBox.Icon.NoIcon, "fmviz", "", buttons, parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(words.breakable(question))
        return box

    def _open(self, box: QMessageBox) -> None:
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _chosen(self, name: str) -> Path | None:
        if not name:
            return None
        path = Path(name)
        self.folder = str(path.parent)
        return path
