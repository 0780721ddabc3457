"""The dialog before a cloud is made of a table, a picture or a word: what is chosen, its points, and for which side.

What can be chosen is the page's, which gives the work that makes the cloud of it and reads nothing itself; the dialog
does that work beside the window, shows the cloud, and hands it over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QPixmap
from PySide6.QtWidgets import QCheckBox, QDialog, QFontComboBox, QLabel, QLineEdit, QWidget

from fmviz.canvas.fonts import FAMILY
from fmviz.canvas.painted import LONGEST_TEXT, image_of, picture_of_words
from fmviz.core.cloud import MAX_POINTS, PointCloud, Side, side_dots
from fmviz.core.errors import FmvizError
from fmviz.core.picture_points import MODES, GreyPicture, PictureChoice, cloud_of, suitable_mode
from fmviz.core.project import SIDES
from fmviz.core.table import CloudRead
from fmviz.core.theme import Theme
from fmviz.engine.background import Task, Tasks, Work
from fmviz.views import words
from fmviz.views.controls import (
    FIELD_HEIGHT_PX,
    ElidedLabel,
    Segmented,
    WheelNeedsFocus,
    describe,
    label,
    push_button,
    set_role,
    single_shot,
)
from fmviz.views.focus import tab_as_seen
from fmviz.views.layouts import column, grid, row
from fmviz.views.number_edit import NumberEdit
from fmviz.views.thumbnail import CloudThumbnail

POINT_STOPS = (100, 200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000, 8000, 10_000, 20_000, 50_000, 100_000, 200_000)
_FEWEST_POINTS = 10
_SHOWN_PX = QSize(320, 110)
_MOST_THRESHOLD = 95
_THRESHOLD_STOPS = tuple(range(0, _MOST_THRESHOLD + 1, 5))
LABEL_WIDTH_PX = 76
_FIRST_SIZE_PX = QSize(820, 470)
_PREVIEW_PX = 340
_MARGIN_PX, _SPACING_PX = 16, 12
# Longer than between two keys of a fast typist, shorter than a person waits.
_CALM_MS = 60


class Page(QWidget):
    """What all pages have.

    Attributes:
        side: for which side the cloud is made.
        work: returns the work that makes the cloud of what is chosen now.
        again: returns what makes a page that says the same.

    Signals:
        changed(): the cloud would be another one now.
    """

    changed = Signal()
    work: Callable[[], Work[CloudRead]]
    again: Callable[[], Callable[[], Page]]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.side = "target"
        self._grid = grid(8, 8, LABEL_WIDTH_PX)
        self._grid.setColumnStretch(3, 1)
        self.column = column(self._grid, spacing=12, margins=0, on=self)

    @property
    def is_ready(self) -> bool:
        """Whether enough is known to make a cloud; if not, `changed` will come."""
        return True

    @property
    def depends_on_side(self) -> bool:
        """Whether the other side would get another cloud."""
        return False

    def stop(self) -> None:
        """Give up what is on its way; the page goes."""

    def meet(self, error: FmvizError) -> bool:
        """Take an error that a choice can mend: ask, and say `changed`; return whether it was one."""
        return False

    def replace_row(self, old: QWidget, new: QWidget) -> None:
        """Put a control where another one stands."""
        self._grid.replaceWidget(old, new)
        old.deleteLater()

    def add_row(self, text: str, editor: QWidget, beside: QWidget | None = None) -> QLabel:
        """Put a control and its title under the others, or to the right of one of them."""
        title = label(text, "muted")
        title.setToolTip(editor.toolTip())
        title.setBuddy(editor)
        if beside is None:
            line, place, span = self._grid.rowCount(), 0, 3
        else:
            line, place, span = self._grid.getItemPosition(self._grid.indexOf(beside))[0], 2, 1  # type: ignore[index]
            self._grid.addWidget(beside, line, 1)
            title.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(title, line, place, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(editor, line, place + 1, 1, span)
        return title

    def _points_edit(self, points: int) -> NumberEdit:
        edit = NumberEdit("Points", "How many points the cloud gets.", PictureChoice().points, _FEWEST_POINTS,
                          MAX_POINTS, POINT_STOPS, is_live=True)
        edit.show_value(points)
        edit.edited.connect(lambda _: self.changed.emit())
        return edit


class PicturePage(Page):
    """Which pixels of a picture count, and how many points they become."""

    def __init__(self, picture: GreyPicture, choice: PictureChoice | None = None) -> None:
        super().__init__(picture.name)
        self._picture = picture
        choice = choice or PictureChoice()
        self.mode = Segmented("Pixels", {key: mode.label for key, mode in MODES.items()},
                              {key: mode.help for key, mode in MODES.items()}, parent=self)
        self.mode.show_value(choice.mode or suitable_mode(picture))
        self.mode.edited.connect(lambda _: self.changed.emit())
        self.points = self._points_edit(choice.points)
        self.threshold = NumberEdit("Threshold", "Pixels with less than this count nothing, percent: paper is never "
                                    "quite white.", round(100 * PictureChoice().threshold), 0, _MOST_THRESHOLD,
                                    _THRESHOLD_STOPS, is_live=True)
        self.threshold.spin.setSuffix(" %")
        self.threshold.show_value(round(100 * choice.threshold))
        self.threshold.edited.connect(lambda _: self.changed.emit())
        self.help = label("", "muted", wraps=True)
        self.shown = label("", parent=self)
        image = QPixmap.fromImage(image_of(picture)).scaled(_SHOWN_PX, Qt.AspectRatioMode.KeepAspectRatio,
                                                            Qt.TransformationMode.SmoothTransformation)
        self.shown.setPixmap(image)
        describe(self.shown, "The picture", "The picture as it was given, in shades of grey.")
        for text, editor in (("Picture", self.shown), ("Pixels", self.mode), ("", self.help), ("Points", self.points),
                             ("Threshold", self.threshold)):
            self.add_row(text, editor)
        self.column.addStretch(1)

    def work(self) -> Work[CloudRead]:
        choice = self._choice()
        self.help.setText(MODES[choice.mode or ""].help)
        return _made(self._picture, choice)

    def again(self) -> Callable[[], Page]:
        return partial(PicturePage, self._picture, self._choice())

    def _choice(self) -> PictureChoice:
        return PictureChoice(self.mode.current(), round(self.points.value()), self.threshold.value() / 100)


@dataclass(frozen=True)
class Word:
    """A word, how it is written, and how many points it becomes."""

    text: str = "flow"
    family: str = FAMILY
    is_bold: bool = True
    points: int = PictureChoice().points


class WordPage(Page):
    """Which word, in which font."""

    def __init__(self, word: Word | None = None) -> None:
        super().__init__("A word")
        word = word or Word()
        self.text = QLineEdit(word.text, self)
        self.text.setMaxLength(LONGEST_TEXT)
        self.text.setPlaceholderText("Type a word")
        describe(self.text, "Word", "The letters that become points.")
        self.font_box = QFontComboBox(self)
        self.font_box.setFontFilters(QFontComboBox.FontFilter.ScalableFonts)
        self.font_box.setCurrentFont(QFont(word.family))
        self.font_box.setFixedHeight(FIELD_HEIGHT_PX)
        describe(self.font_box, "Font", "The letters' shapes; letters that it lacks come from another one.")
        WheelNeedsFocus(self.font_box)
        self.bold = QCheckBox("Bold", self)
        self.bold.setChecked(word.is_bold)
        describe(self.bold, "Bold", "Strong letters hold more points.")
        self.points = self._points_edit(word.points)
        self.text.textChanged.connect(lambda _: self.changed.emit())
        self.font_box.currentFontChanged.connect(lambda _: self.changed.emit())
        self.bold.toggled.connect(lambda _: self.changed.emit())
        for name, editor in (("Word", self.text), ("Font", self.font_box), ("", self.bold), ("Points", self.points)):
            self.add_row(name, editor)
        self.column.addStretch(1)
        self.text.selectAll()
        self.setFocusProxy(self.text)

    def work(self) -> Work[CloudRead]:
        return _written(self._word())

    def again(self) -> Callable[[], Page]:
        return partial(WordPage, self._word())

    def _word(self) -> Word:
        return Word(self.text.text(), self.font_box.currentFont().family(), self.bold.isChecked(),
                    round(self.points.value()))


def _made(picture: GreyPicture, choice: PictureChoice) -> Work[CloudRead]:
    yield None
    return CloudRead(cloud_of(picture, choice))


def _written(word: Word) -> Work[CloudRead]:
    yield None
    picture = picture_of_words(word.text, word.family, word.is_bold)
    yield 0.5
    return CloudRead(cloud_of(picture, PictureChoice("alpha", word.points)))


class ImportDialog(QDialog):
    """One page, the picture of its points, and a button for each side.

    Args:
        which: the side that is meant; None asks.

    Signals:
        chosen(str, CloudRead): this cloud is to be that side; the dialog closes.
    """

    chosen = Signal(str, object)

    def __init__(self, page: Page, which: str | None, tasks: Tasks, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page, self._tasks = page, tasks
        page.side = which or page.side
        self._task: Task | None = None
        self._read: CloudRead | None = None
        self._accepts: str | None = None
        self.preview = CloudThumbnail(which or "target", theme, self)
        self.preview.setMinimumSize(_PREVIEW_PX, _PREVIEW_PX)
        self.preview.show_points(None)
        self.count = label("", "muted")
        self.message = label("", "muted", wraps=True)
        self.cancel = push_button(self, "Cancel", "Change nothing.", self.reject, "Escape")
        self.use = {side: push_button(self, f"Use as {side}", f"Make these points the {side}.",
                                      partial(self._accept, side)) for side in SIDES}
        meant = self.use[which or "target"]
        meant.setProperty("role", "primary")
        meant.setDefault(True)
        self._calm = single_shot(self, _CALM_MS, self._make)
        page.changed.connect(self._follow_change)
        self._lay_out()
        tab_as_seen(self)
        self._follow_change()
        page.setFocus()

    def done(self, result: int) -> None:
        """Close; what is on its way is dropped."""
        self._calm.stop()
        self._stop()
        self.page.stop()
        super().done(result)

    def _lay_out(self) -> None:
        title = ElidedLabel("title")
        title.show_text(self.page.title)
        seen = column((self.preview, 1), self.count, spacing=6)
        work = column(title, (self.page, 1), self.message, spacing=_SPACING_PX)
        column((row((seen, 4), (work, 5), spacing=_MARGIN_PX), 1), row(None, self.cancel, *self.use.values()),
               spacing=_MARGIN_PX, margins=_MARGIN_PX, on=self)
        self.resize(_FIRST_SIZE_PX.expandedTo(self.sizeHint()).boundedTo(self.screen().availableSize()))

    def _follow_change(self) -> None:
        self._read = None
        self._calm.start(_CALM_MS)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _make(self) -> None:
        """Make the cloud of what is chosen now; an older one on its way is dropped."""
        self._stop()
        if self.count.text() == "":
            self._say("Reading…", "muted")
        if not self.page.is_ready:
            return
        try:
            work = self.page.work()
        except FmvizError as error:
            self._refuse(error)
            return
        self._task = self._tasks.run(f"Reading {self.page.title}", work, self._show, self._refuse)

    def _show(self, read: CloudRead) -> None:
        self._task, self._read = None, read
        side = Side(cloud=read.cloud)
        self.preview.show_points(*side_dots(side))
        self.count.setText(f"{words.count(len(read.cloud))} points{_shape_in_words(read.cloud)}")
        self._say(" ".join(read.notes), "muted")
        for button in self.use.values():
            button.setEnabled(True)
        if self._accepts is not None:
            self._accept(self._accepts)

    def _refuse(self, error: FmvizError) -> None:
        self._task = None
        if self.page.meet(error):
            return
        self._accepts = None
        self.preview.show_points(None)
        self.count.setText("")
        self._say(str(error), "danger")
        for button in self.use.values():
            button.setEnabled(False)

    def _say(self, sentence: str, role: str) -> None:
        self.message.setText(words.breakable(sentence))
        QTimer.singleShot(0, self, self._grow)
        set_role(self.message, role)

    def _grow(self) -> None:
        """Take the room that a longer sentence or another question needs."""
        needed = self.sizeHint().boundedTo(self.screen().availableSize())
        self.resize(self.size().expandedTo(needed))

    def _accept(self, side: str) -> None:
        """Hand the cloud over; if it is still on its way, as soon as it is there."""
        if side != self.page.side and self.page.depends_on_side:
            self._read = None
            self.page.side = side
            self._calm.start(0)
        if self._read is None:
            self._accepts = side
            return
        self.chosen.emit(side, self._read)
        self.accept()


def _shape_in_words(cloud: PointCloud) -> str:
    """Return how wide and high a cloud is: ", 12 x 4.2 units"."""
    width, height = cloud.xy.max(axis=0) - cloud.xy.min(axis=0)
    return f", {width:.4g} × {height:.4g} units"
