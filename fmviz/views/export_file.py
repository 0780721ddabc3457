"""Which file an export writes: a field for the path, a button to browse, a free name that is proposed.

All scenes of a talk are files too: each is chosen in the studio, waited for, and handed over to the queue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from fmviz.core.errors import ExportError
from fmviz.core.film import Film
from fmviz.core.formats import FOLDER, FORMATS, Format, plain_part
from fmviz.engine.document import Document
from fmviz.views.controls import describe, label, push_button
from fmviz.views.export_choice import SCENE, ExportChoice
from fmviz.views.layouts import row

_SEPARATORS = tuple(mark for mark in (os.sep, os.altsep) if mark)
_SUFFIXES = {entry.suffix: entry.key for entry in FORMATS.values() if entry.suffix != FOLDER}


class ExportFile(QWidget):
    """The row with the file's path; its ending is the format's.

    Signals:
        edited(): the user has named another file.
        submitted(): Return was pressed in the field.
        folder_used(): a file will be written in `last_folder`, or beside its project.
        format_named(str): the user has typed the ending of another format, whose key it is.
    """

    edited = Signal()
    submitted = Signal()
    folder_used = Signal()
    format_named = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._proposed: str | None = ""  # None when the user has named a file
        self.last_folder = ""  # where the last export went, if not beside its project
        self._parts: tuple[str, ...] = ()
        self._is_taken: Callable[[Path], bool] = os.path.lexists
        self._format = FORMATS["gif"]
        self.field = QLineEdit(self)
        describe(self.field, "File", "Where the file is written.")
        self.browse = push_button(self, "Browse…", "Choose the folder and the name.", self._browse)
        row(label("File", "muted"), (self.field, 1), self.browse, margins=0, on=self)
        self.field.textEdited.connect(lambda _: self.edited.emit())
        self.field.editingFinished.connect(self.follow_ending)
        self.field.returnPressed.connect(self._submit)

    @property
    def path(self) -> Path | None:
        """The file or folder to write, its ending added if it lacks one; None if no name is given, or only a folder.
        """
        text = self.field.text().strip()
        if self._is_folder:
            text = text.rstrip("".join(_SEPARATORS))
        # Not Path's, which raises for ~somebody who does not exist.
        path = Path(os.path.expanduser(text))
        if path.name in ("", "..") or text.endswith(_SEPARATORS):
            return None
        if self._is_folder or path.suffix.lower() == self._format.suffix:
            return path
        return path.with_name(path.name + self._format.suffix)

    def set_path(self, path: Path) -> None:
        self.field.setText(str(path) + (os.sep if self._is_folder else ""))

    def remember(self, path: Path) -> None:
        """Begin the next time where this file goes."""
        own = self._document.path
        self.last_folder = "" if own is not None and own.parent == path.parent else str(path.parent)
        self.folder_used.emit()

    def set_format(self, kind: Format) -> None:
        """Give the name the ending of a format, in place of another one's."""
        if kind == self._format:
            return
        self._format = kind
        text = self.field.text().strip()
        was_proposed = text == self._proposed
        stem = text.rstrip("".join(_SEPARATORS))
        bare, ending = os.path.splitext(stem)
        stem = bare if ending.lower() in _SUFFIXES else stem
        if Path(stem).name:
            self.field.setText(stem + (os.sep if self._is_folder else kind.suffix))
        if was_proposed:
            self._proposed = self.field.text()

    def propose(self, parts: tuple[str, ...], is_taken: Callable[[Path], bool]) -> None:
        """Name a file after the project and what it shows: where the last export went, beside the project, or among the
        pictures.

        The name is free: with a number if it has to be. A name that the user has given stays.

        Args:
            parts: what follows the project's name; empty ones are left out.
            is_taken: whether a name cannot be had, though there is no such file.
        """
        self._parts, self._is_taken = parts, is_taken
        if self.field.text() != self._proposed:
            self._proposed = None
            return
        self._proposed = str(self._free_in(self._folder(), self._parts)) + (os.sep if self._is_folder else "")
        if self._proposed != self.field.text():
            self.field.setText(self._proposed)

    def beside(self, part: str) -> Path:
        """Return a free path in the folder of the file, called after the project and `part`."""
        folder = self._folder() if self.path is None else self.path.parent
        return self._free_in(folder, (part,))

    def _free_in(self, folder: Path, parts: tuple[str, ...]) -> Path:
        """Return the first path in a folder, of those with this name and a number, that is nobody's."""
        ending = "" if self._is_folder else self._format.suffix
        stem = "-".join((self._document.title, *filter(None, map(plain_part, parts))))
        names: Iterator[str] = chain((stem,), (f"{stem}-{number}" for number in count(2)))
        paths = (folder / f"{name}{ending}" for name in names)
        return next(path for path in paths if not (os.path.lexists(path) or self._is_taken(path)))

    @property
    def _is_folder(self) -> bool:
        return self._format.suffix == FOLDER

    def _folder(self) -> Path:
        if self.last_folder and os.path.isdir(self.last_folder):
            return Path(self.last_folder)
        if self._document.path is not None:
            return self._document.path.parent
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        return Path(pictures) if Path(pictures).is_dir() else Path.home()

    def _submit(self) -> None:
        self.follow_ending()  # which Qt would tell only after this
        self.submitted.emit()

    def follow_ending(self) -> None:
        """Tell the format that the name's ending means."""
        key = _SUFFIXES.get(os.path.splitext(self.field.text().strip())[1].lower())
        if key is not None and key != self._format.key:
            self.format_named.emit(key)

    def _browse(self) -> None:
        if self._is_folder:
            here = QFileDialog.getExistingDirectory(self, "Where the folder of frames goes", str(self._folder()))
            name = str(self._free_in(Path(here), self._parts)) if here else ""
        else:
            kinds = f"{self._format.label} (*{self._format.suffix})"
            name, _ = QFileDialog.getSaveFileName(self, "Export", str(self.path or ""), kinds)
        if name:
            self.set_path(Path(name))
            self.edited.emit()


class SceneExports(QObject):
    """Goes through the scenes once it is started, and leaves the choice as it was.

    Args:
        add: queues a film, given the number of its scene; raises ExportError.

    Signals:
        told(str): which scene is being prepared, or at the end what was queued and what was not, and why.
    """

    told = Signal(str)

    def __init__(self, choice: ExportChoice, add: Callable[[int, Film], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice, self._add = choice, add
        self._left: list[int] = []
        self._refusals: list[str] = []
        self._count = 0
        self._before: Callable[[], object] | None = None  # puts back what was chosen
        self._is_looking = False

    @property
    def is_under_way(self) -> bool:
        return self._before is not None

    def start(self) -> None:
        if not self.is_under_way:
            self._left = list(range(self._choice.scene_count))
            self._refusals, self._count = [], len(self._left)
            self._before = self._choice.memory()
            self.go_on()

    def go_on(self) -> None:
        """Look whether the scene that is waited for is there; go on with the next one if so."""
        if self._is_looking or not self.is_under_way:
            return
        self._is_looking = True
        try:
            while self._left and self._has_settled(self._left[0]):
                self._left.pop(0)
        finally:
            self._is_looking = False
        if not self._left:
            self._end()

    def give_up(self) -> None:
        """Queue no more."""
        if self.is_under_way:
            self._refusals.append(f"{len(self._left)} were given up.")
            self._end()

    def _has_settled(self, index: int) -> bool:
        """Choose a scene; return whether it was queued or refused, not while it is prepared."""
        choice = self._choice
        if choice.what != f"{SCENE}{index}":
            choice.choose(f"{SCENE}{index}")
        try:
            if (film := choice.film()) is None:
                if not choice.can_be_prepared:
                    raise ExportError(choice.preparing())
                self.told.emit(f"Preparing scene {index + 1} of {self._count}…")
                return False
            self._add(index, film)
        except ExportError as error:
            self._refusals.append(f"Scene {index + 1}, {choice.name}: {error}")
        return True

    def _end(self) -> None:
        put_back, self._before = self._before, None
        queued = self._count - len(self._refusals) - max(0, len(self._left) - 1)
        self._left = []
        if put_back is not None:
            put_back()
        self.told.emit(" ".join([f"{queued} of {self._count} scenes are being exported.", *self._refusals]))
