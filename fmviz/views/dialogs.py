"""The questions that the window asks: which file, save first, forget; and the sentences it shows. Help has the versions
and all keys on one page that scrolls, made from the tables of actions, modes and tools.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from html import escape
from pathlib import Path
from typing import TypeVar

import numpy
import pyqtgraph
from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QScrollArea,
    QWidget,
)

from fmviz import __version__
from fmviz.core.errors import FmvizError, quoted
from fmviz.core.resources import licence_line, resource_path
from fmviz.files.project_file import PROJECT_SUFFIX
from fmviz.views import words
from fmviz.views.actions import MENUS, ROWS, key_name
from fmviz.views.annotate_input import ANNOTATE_KEYS
from fmviz.views.controls import label, push_button, scrolling
from fmviz.views.draw_tools import TOOLS
from fmviz.views.layouts import Part, column, grid, row
from fmviz.views.panel_view import MATHS_KEYS
from fmviz.views.presenting import PRESENT_KEYS
from fmviz.views.scene_list import LIST_KEYS

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
_FIRST_SIZE_PX = (640, 560)
# What a window's frame and a task bar may take of the screen.
_SCREEN_MARGIN_PX = 80
_MARGIN_PX, _SPACING_PX, _LINE_GAP_PX = 16, 12, 6
_KEYS_WIDTH_PX = 190
# Keys, any of which does it, and what they do.
KeyRow = tuple[tuple[str, ...], str]
_DRAWING_ROWS: list[KeyRow] = [
    (("[",), "Smaller brush."),
    (("]",), "Larger brush."),
    (("Delete",), "Delete the selected points."),
    (("Escape",), "Give up the stroke; again: leave drawing."),
]


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
        """Where a dialog begins."""
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
        """Ask before an old file is replaced."""
        return self._may(f"{name} exists. Replace it?", _Button.Yes, "Replace")

    def discard_recovery(self, title: str) -> bool:
        """Ask before unsaved work that was found is removed."""
        return self._may(f"Throw away the unsaved work of {title}? It cannot be brought back.", _Button.Discard)

    def give_up_exports(self, count: int) -> bool:
        """Ask before exports that are not finished are given up."""
        what = "An export is" if count == 1 else f"{count} exports are"
        return self._may(f"{what} not finished. Close and give up? Older files stay as they were.", _Button.Close)

    def forget(self) -> bool:
        """Ask before what was learned is put aside."""
        return self._may("Forget what was learned? The clouds stay, and Undo brings it back.", _Button.Yes, "Reset")

    def error(self, what: str | FmvizError) -> None:
        """Show a sentence; the program goes on meanwhile."""
        self._show(QMessageBox.Icon.Warning, "fmviz", words.breakable(str(what)))

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

    def keys(self) -> None:
        KeysDialog(self.parent).open()

    def about(self, device: str | None) -> None:
        self._show(QMessageBox.Icon.NoIcon, "About fmviz", about_text(device), Qt.TextFormat.RichText)

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

    def _show(self, kind: QMessageBox.Icon, title: str, text: str,
              written: Qt.TextFormat = Qt.TextFormat.PlainText) -> None:
        box = QMessageBox(kind, title, "", QMessageBox.StandardButton.Ok, self.parent)
        box.setTextFormat(written)
        box.setText(text)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _chosen(self, name: str) -> Path | None:
        if not name:
            return None
        path = Path(name)
        self.folder = str(path.parent)
        return path


class KeysDialog(QDialog):
    """Shows the shortcuts; Escape or Close ends it. It is made anew each time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QWidget()
        page.setProperty("role", "panel")
        _fill(page)
        self.scroller = QScrollArea(self)
        self.scroller.setAccessibleName("Keyboard shortcuts")
        scrolling(self.scroller, page)
        self.close_button = push_button(self, "Close", "Close this page.", self.accept, "Escape")
        self.close_button.setDefault(True)
        column((self.scroller, 1), row(None, self.close_button, margins=(_MARGIN_PX, 0, _MARGIN_PX, 0)),
               spacing=_SPACING_PX, margins=(0, 0, 0, _SPACING_PX), on=self)
        width, height = _FIRST_SIZE_PX
        room = self.screen().availableSize()
        self.resize(min(width, room.width()), min(height, room.height() - _SCREEN_MARGIN_PX))
        # Page and arrow keys scroll at once.
        self.scroller.setFocus()


def _fill(page: QWidget) -> None:
    """Lay out all sections in one grid, so that their columns stand below each other."""
    cells = grid(_SPACING_PX, _LINE_GAP_PX, _KEYS_WIDTH_PX, margins=_MARGIN_PX, on=page)
    line = 0
    for title, rows in key_sections():
        heading = label(title.upper(), "heading")
        if line:
            heading.setContentsMargins(0, _SPACING_PX, 0, 0)
        cells.addWidget(heading, line, 0, 1, 2)
        for keys, sentence in rows:
            line += 1
            cells.addLayout(_chips(keys), line, 0)
            cells.addWidget(label(sentence, wraps=True), line, 1)
        line += 1
    cells.setRowStretch(line, 1)


def _chips(keys: Sequence[str]) -> QHBoxLayout:
    parts: list[Part] = []
    for key in keys:
        parts += [label("or", "muted"), (label(key_name(key), "key"), 0, Qt.AlignmentFlag.AlignVCenter)]
    return row(*parts[1:], None, spacing=_LINE_GAP_PX)


def key_sections() -> list[tuple[str, list[KeyRow]]]:
    """Return all shortcuts, menu by menu, and last those of the list of scenes, of Mathematics and of the three
    modes."""
    sections: list[tuple[str, list[KeyRow]]] = [
        (menu.replace("&", ""), [(row.keys, row.tip) for row in ROWS if row.menu == menu and row.keys])
        for menu in MENUS
    ]
    drawing: list[KeyRow] = [((tool.key,), f"{tool.label}.") for tool in TOOLS.values()]
    return [*sections, ("In the list of scenes", list(LIST_KEYS.values())),
            ("In Mathematics", list(MATHS_KEYS.values())),
            ("While presenting", [*PRESENT_KEYS.values(), (("Escape",), "Back to the window, as it was.")]),
            ("While drawing", drawing + _DRAWING_ROWS), ("While annotating", list(ANNOTATE_KEYS.values()))]


def about_text(device: str | None) -> str:
    """Return what fmviz is, the versions it runs on and its licences."""
    return (
        f"<h3>fmviz {__version__}</h3>"
        "<p>Draw two clouds, watch flow matching learn to carry one into the other.</p>"
        f"<p>Learning on: {escape(device or 'the engine is starting')}<br>"
        f"Python {platform.python_version()}, PySide6 {pyside_version}, pyqtgraph {pyqtgraph.__version__}, "
        f"numpy {numpy.__version__}</p>"
        f"<p>MIT licence. What it is built on keeps its own: {escape(licence_line())} "
        f"Their texts are in {escape(str(resource_path('licences')))}.</p>"
    )
