"""Points from outside: files, pixels, words and text on their way to a side of the problem, chosen, copied or dropped.

Whatever a person gives is looked at beside the window. What can be read in one way becomes the side at once, and a
notice says how; for the rest, and for pictures and words, the dialog asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QPushButton, QStatusBar, QWidget

from fmviz.canvas.painted import picture_of_drawing, picture_of_image
from fmviz.core.cloud import PointCloud, Side
from fmviz.core.picture_points import GreyPicture, SvgDrawing
from fmviz.core.placing import is_of_another_scale
from fmviz.core.table import CloudRead
from fmviz.core.theme import Theme
from fmviz.engine.background import Task, Tasks, Work
from fmviz.engine.cloud_files import Found, TableSource, found_in, found_in_text
from fmviz.engine.document import Document
from fmviz.files.project_file import PROJECT_SUFFIX
from fmviz.views import words
from fmviz.views.controls import describe
from fmviz.views.dialogs import Dialogs
from fmviz.views.import_dialog import ImportDialog, Page, PicturePage, WordPage
from fmviz.views.import_table import TablePage

# Long enough to read how a table was read, and to disagree.
_NOTICE_MS = 20_000
_MOST_ORIGINS = 8
_FAR = "Its size or place is far from that of the other cloud; Options… fits it to that."
_NOTHING = "There are no points, no picture and no file in it; copy a table, a picture or a file first."

# Two numbers on a line, in whatever way they are written.
_TWO_NUMBERS = re.compile(r"\d\D*[\t,; ]\D*\d")
_LOOKED_AT = 4_000


@dataclass(frozen=True, eq=False)
class Dropped:
    """One of them is there, or none.

    Args:
        paths: files on this computer.
        picture: pixels.
        text: what may be a table.
    """

    paths: tuple[Path, ...] = ()
    picture: GreyPicture | None = None
    text: str = ""


def dropped(data: QMimeData) -> Dropped:
    """Return what it holds. A picture of a web page comes as its pixels, a file of this computer as its path.

    Spreadsheets give their cells as text and as a picture of them: the numbers are meant.
    """
    paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.toLocalFile())
    if paths:
        return Dropped(paths)
    if data.hasImage() and not _is_table(data.text()):
        image = QImage(data.imageData())
        if not image.isNull():
            return Dropped(picture=picture_of_image(image, "Picture"))
    return Dropped(text="" if data.hasUrls() else data.text())


def _is_table(text: str) -> bool:
    """Whether text has at least two lines of two numbers."""
    return sum(_TWO_NUMBERS.search(line) is not None for line in text[:_LOOKED_AT].splitlines()) >= 2


class Drops(QObject):
    """Event filter of a window, or of a part of it.

    Args:
        is_free: whether it takes anything now.
        take: gets what was dropped.
        show: is told whether something is being dragged over it.
    """

    def __init__(self, part: QWidget, is_free: Callable[[], bool],
                 take: Callable[[QMimeData], object], show: Callable[[bool], object]) -> None:
        super().__init__(part)
        self._is_free, self._take, self._show = is_free, take, show
        part.setAcceptDrops(True)
        part.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is dropped; the drag of the own picture goes elsewhere."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            data = event.mimeData()  # the drop itself says in words what is wrong with it
            may_hold_points = data.hasUrls() or data.hasImage() or data.hasText()
            if event.source() is None and self._is_free() and may_hold_points:
                event.acceptProposedAction()
                self._show(True)
                return True
        elif event.type() == QEvent.Type.DragLeave:
            self._show(False)
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._show(False)
            event.acceptProposedAction()
            self._take(event.mimeData())
            return True
        return False


class OptionsButton(QPushButton):
    """Stands beside a sentence of the status bar as long as that is there, and changes what it says."""

    def __init__(self, bar: QStatusBar) -> None:
        super().__init__("Options…", bar)
        self._bar = bar
        self._act: Callable[[], object] = lambda: None
        self.setProperty("role", "quiet")
        describe(self, "Options", "How this was read; change it.")
        self.clicked.connect(lambda: self._act())
        bar.messageChanged.connect(self.hide)
        self.hide()

    def say(self, sentence: str, act: Callable[[], object]) -> None:
        """Show a sentence, and this button beside it."""
        self._bar.showMessage(sentence, _NOTICE_MS)
        self._act = act
        self.show()


class Importing(QObject):
    """Brings clouds into a document.

    Args:
        open_project: opens a project file.
        say: shows a sentence and offers an act that changes what it says.
    """

    def __init__(self, document: Document, tasks: Tasks, dialogs: Dialogs, theme: Theme,
                 open_project: Callable[[Path], object], say: Callable[[str, Callable[[], object]], object],
                 window: QWidget) -> None:
        super().__init__(window)
        self._document, self._tasks, self._dialogs, self._theme = document, tasks, dialogs, theme
        self._open_project, self._say, self._window = open_project, say, window
        self._task: Task | None = None
        self.dialog: ImportDialog | None = None
        # The clouds that came last and what each was made of: swapped or brought back by undo they are the same.
        self._origins: list[tuple[PointCloud, Callable[[], Page]]] = []

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def choose_file(self, which: str) -> None:
        if (path := self._dialogs.points_to_open(which)) is not None:
            self.open_path(path, which)

    def write_word(self, which: str | None = None) -> None:
        self._ask(WordPage, which)

    def paste(self, which: str | None = None) -> None:
        self.take(QGuiApplication.clipboard().mimeData(), which)

    def take(self, data: QMimeData, which: str | None = None) -> None:
        """Import what was dropped or copied; on no side, ask for one."""
        # Later: a question now would hold up the program that it was dragged from.
        QTimer.singleShot(0, self, partial(self._take_dropped, dropped(data), which))

    def _take_dropped(self, found: Dropped, which: str | None) -> None:
        if found.paths:
            self.open_paths(found.paths, which)
        elif found.picture is not None:
            self._ask(partial(PicturePage, found.picture), which)
        elif found.text.strip():
            self._look("Reading the clipboard", found_in_text(found.text), which)
        else:
            self._dialogs.error(_NOTHING)

    def open_paths(self, paths: Sequence[Path], which: str | None = None) -> None:
        """Open a project, import a file, or import two as source and target."""
        projects = [path for path in paths if path.suffix.lower() == PROJECT_SUFFIX]
        if len(projects) == len(paths) == 1:
            self._open_project(paths[0])
        elif projects:
            self._dialogs.error(f"{len(paths)} files were given, a project among them; open the project alone.")
        elif len(paths) == 1:
            self.open_path(paths[0], which)
        elif len(paths) == 2:
            if (order := self._dialogs.which_is_source(paths[0].name, paths[1].name)) is not None:
                self.open_path(paths[order], "source")
                self.open_path(paths[1 - order], "target", is_second=True)
        else:
            self._dialogs.error(f"{len(paths)} files were given; one becomes the source or the target, two become "
                                "both.")

    def open_path(self, path: Path, which: str | None = None, is_second: bool = False) -> None:
        """Look into a file of points or a picture, and import it; a newer one replaces an older one on its way."""
        self._look(f"Reading {path.name}", found_in(path), which, is_second)

    def has_options(self, which: str) -> bool:
        """Whether a side came from outside in a way that can still be changed."""
        return self._origin_of(which) is not None

    def show_options(self, which: str) -> None:
        if (make := self._origin_of(which)) is not None:
            self._ask(make, which)

    def _origin_of(self, which: str) -> Callable[[], Page] | None:
        cloud = self._document.project.side(which).cloud
        return next((make for came, make in self._origins if came is cloud), None)

    def _look(self, title: str, work: Work[Found], which: str | None, is_second: bool = False) -> None:
        if self._task is not None and not is_second:
            self._task.cancel()
        self._task = self._tasks.run(title, _painted(work), lambda found: self._take_found(found, which),
                                     self._dialogs.error)

    def _take_found(self, found: TableSource | GreyPicture, which: str | None) -> None:
        """Import what was found: at once if there is one way, else after asking."""
        if isinstance(found, GreyPicture):
            self._ask(partial(PicturePage, found), which)
        elif found.read is not None and which is not None:
            self._set(which, found.read, partial(TablePage, found, self._tasks, self._beside))
        else:
            self._ask(partial(TablePage, found, self._tasks, self._beside), which)

    def _beside(self, which: str) -> Side:
        return self._document.project.side_beside(which)

    def _ask(self, make: Callable[[], Page], which: str | None) -> None:
        """Show the dialog; one that is open already makes room."""
        if self.dialog is not None:
            self.dialog.reject()
        page = make()
        self.dialog = ImportDialog(page, which, self._tasks, self._theme, self._window)
        self.dialog.chosen.connect(lambda side, read: self._set(side, read, page.again()))
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _set(self, which: str, read: CloudRead, make: Callable[[], Page]) -> None:
        side = self._document.project.side(which)
        cloud, name = read.cloud, words.shortened(read.cloud.name)
        scaled = self._document.bring_side(which, Side(cloud=cloud, jitter=side.jitter),
                                           f"Import {name} as {which}")
        self._origins = [*self._origins[1 - _MOST_ORIGINS:], (cloud, make)]
        style = self._document.project.style
        if cloud.labels is not None and style.colour_by == "origin":
            self._document.set_style(replace(style, colour_by="class"))  # who brings labels wants to see them
        is_far = is_of_another_scale(cloud, self._document.project.side_beside(which))
        notes = " ".join((f"{name}: {words.count(len(cloud))} points as {which}.", *((_FAR,) if is_far else ()),
                          *read.notes, *scaled))
        self._say(notes, partial(self.show_options, which))


def _painted(work: Work[Found]) -> Work[TableSource | GreyPicture]:
    """Return the same work; of a drawing it returns the picture."""
    found = yield from work
    yield None
    return picture_of_drawing(found) if isinstance(found, SvgDrawing) else found
