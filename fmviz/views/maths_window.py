"""The window Mathematics: one panel at a time, beside the stage or before an audience.

It stays open while the stage goes on, follows the lane, the step and t that the stage shows, and fills while one
looks. Its picture and its numbers can be taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QMenu, QSizePolicy, QWidget

from fmviz.canvas.layer import look_of
from fmviz.canvas.panel import PanelPicture, paint_panel, panel_drawing
from fmviz.core.formats import THEME
from fmviz.core.lanes import LETTERS
from fmviz.core.panels import PANELS, panel_table
from fmviz.core.project import Project
from fmviz.core.tabular import TEXTS, as_csv
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.film.places import export_file
from fmviz.film.stills import svg_bytes, write_drawing
from fmviz.views.controls import (
    Segmented,
    ShareBar,
    entry,
    label,
    push_button,
    room_on_screen,
    single_shot,
    tabular,
    tool_button,
)
from fmviz.views.dialogs import Dialogs
from fmviz.views.focus import soft_action, tab_as_seen, tab_focus_only
from fmviz.views.layouts import column, row
from fmviz.views.picture_out import PictureData, PictureOut, scale_for

_FIRST_SIZE_PX = QSize(960, 680)
_MARGIN_PX, _SPACING_PX, _BAR_PX = 12, 8, 120
# Two drawings at least so far apart: while t runs a panel is drawn with the stage, not before it.
_DRAW_MS = 30
_NUMBERS = ".csv"
_LEAST_PX = (480, 360)
# Beside those of the stage's time.
MATHS_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "alone": (("F11",), "The panel alone on the whole screen, or back."),
    "close": (("Escape",), "Back from the whole screen; again: close Mathematics."),
}


class PanelView(QWidget):
    """Paints a panel as large as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: PanelPicture | None = None
        self.setMinimumSize(*_LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: PanelPicture) -> None:
        self.picture = picture
        self.setAccessibleName(picture.row.label)
        self.setAccessibleDescription(picture.row.help)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.picture is not None:
            painter = QPainter(self)
            paint_panel(painter, self.width(), self.height(), self.picture)
            painter.end()


class MathsWindow(QDialog):
    """The panels, one after the other.

    Args:
        actions: of the window, whose soft keys hold here too.
        out: puts pictures on the clipboard.
        say: shows a sentence.
    """

    def __init__(self, document: Document, session: Session, playhead: Playhead, theme: Theme, dialogs: Dialogs,
                 actions: Mapping[str, QAction], out: PictureOut, say: Callable[[str], object],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Mathematics")
        self.setModal(False)
        self._document, self._session, self._playhead, self._theme = document, session, playhead, theme
        self._dialogs, self._actions, self._out, self._say = dialogs, actions, out, say
        self._panels = session.panels
        self.key = next(iter(PANELS))
        self.choice = Segmented("Panel", {key: panel.label for key, panel in PANELS.items()},
                                {key: panel.help for key, panel in PANELS.items()}, fills_width=False, parent=self)
        letters = {str(place): letter for place, letter in enumerate(LETTERS)}
        self.lane = Segmented("Pane", letters, dict.fromkeys(letters, "The flow of which pane."), fills_width=False,
                              parent=self)
        self.view = PanelView(self)
        self.text = label("", "muted")
        tabular(self.text)
        self.bar = ShareBar(self, "Progress", "How much of the panel is worked out.", _BAR_PX)
        self.cancel = push_button(self, "Cancel", "Work no further at this panel; what is there stays.",
                                  self._panels.cancel)
        self.go_on = push_button(self, "Go on", "Work at what was cancelled.", self._panels.go_on)
        menu = QMenu(self)
        for kind in TEXTS:
            entry(menu, f"Copy as {kind}", f"As {kind}.", partial(self.copy_as, kind))
        self.numbers = tool_button(self, "", None, "Copy numbers", "Copy what the panel shows as a table.",
                                   text="Copy numbers", menu=menu)
        self.copy = push_button(self, "Copy picture", "Put the picture on the clipboard, as pixels and as shapes.",
                                self._copy_picture)
        self.save = push_button(self, "Save…", "Write the picture as PNG, SVG or PDF, or the numbers as CSV.",
                                self._save)
        self.alone = push_button(self, "Full screen", MATHS_KEYS["alone"][1], self.toggle_alone,
                                 MATHS_KEYS["alone"][0][0])
        self._bars = QWidget(self), QWidget(self)
        row(self.choice, None, self.lane, spacing=_SPACING_PX, margins=(_MARGIN_PX, _SPACING_PX, _MARGIN_PX, 0),
            on=self._bars[0])
        row(self.bar, self.text, self.cancel, self.go_on, None, self.numbers, self.copy, self.save, self.alone,
            spacing=_SPACING_PX, margins=(_MARGIN_PX, 0, _MARGIN_PX, _SPACING_PX), on=self._bars[1])
        column(self._bars[0], (self.view, 1), self._bars[1], spacing=_SPACING_PX, margins=0, on=self)
        self._soon = single_shot(self, _DRAW_MS, self.refresh)
        self._connect()
        tab_as_seen(self)
        tab_focus_only(self)
        self.resize(_FIRST_SIZE_PX.boundedTo(room_on_screen(self)))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def appear(self) -> None:
        """Show it, or bring it to the front."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.view.setFocus()  # or Qt frames the first button, as if somebody had gone there by Tab

    def show_panel(self, key: str) -> None:
        self.key = key
        self._look()

    def toggle_alone(self) -> None:
        """Give the whole screen to the panel, or take it back."""
        is_alone = not self.isFullScreen()
        for bar in self._bars:
            bar.setVisible(not is_alone)
        if is_alone:
            self.showFullScreen()
        else:
            self.showNormal()

    def picture(self) -> PanelPicture:
        return PanelPicture(PANELS[self.key], self._panels.lanes(), self._playhead.t,
                            look_of(self._theme, THEME))

    def copy_as(self, kind: str) -> None:
        QGuiApplication.clipboard().setText(TEXTS[kind](panel_table(self._panels.lanes())))
        self._say(f"The numbers were copied as {kind}.")

    def refresh(self) -> None:
        if not self.isVisible():
            return
        picture, project = self.picture(), self._document.project
        self.view.show_picture(picture)
        self.choice.show_value(self.key)
        self.lane.setVisible(len(project.lanes) > 1 and not picture.row.shows_all)
        for place in range(len(LETTERS)):
            self.lane.button(str(place)).setVisible(place < len(project.lanes))
        is_waiting = self._panels.is_waiting
        self.bar.setVisible(is_waiting)
        self.bar.show_share(self._panels.done)
        self.text.setText("Working it out" if is_waiting else "Cancelled" if self._panels.is_cancelled else "")
        self.cancel.setVisible(is_waiting)
        self.go_on.setVisible(self._panels.can_go_on)
        for button in (self.numbers, self.copy, self.save):
            button.setEnabled(not picture.is_empty)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # the window was minimised
            self._panels.look(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F11 or (event.key() == Qt.Key.Key_Escape and self.isFullScreen()):
            self.toggle_alone()
        elif (action := soft_action(event, self._actions)) is not None:
            action.trigger()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        self.choice.edited.connect(self.show_panel)
        self.lane.edited.connect(lambda _: self._look())
        self._panels.changed.connect(self._refresh_soon)
        self._playhead.t_changed.connect(self._follow_t)
        self._document.changed.connect(self._follow_document)

    def _look(self) -> None:
        if not self.isVisible():
            return
        project = self._document.project
        chosen = int(self.lane.current() or -1)
        if not 0 <= chosen < len(project.lanes):
            chosen = project.style.shown_lanes(len(project.lanes))[0]
            self.lane.show_value(str(chosen))
        self._panels.look(self.key, chosen)
        self.refresh()

    def _follow_t(self, *_: object) -> None:
        if PANELS[self.key].follows_t:
            self._refresh_soon()

    def _follow_document(self, new: Project, old: Project) -> None:
        if len(new.lanes) != len(old.lanes) or new.style.lanes != old.style.lanes:
            self._look()

    def _refresh_soon(self, *_: object) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _copy_picture(self) -> None:
        self._out.copy(self._taken(), self._say)

    def _taken(self) -> PictureData:
        picture, width, height = self.picture(), self.view.width(), self.view.height()
        name = f"{self._document.title} {picture.row.label}"
        drawing = panel_drawing(width, height, picture)
        return PictureData(drawing.image(scale_for(width, height)),
                           svg_bytes(drawing.paint, width, height, 0.0, name), name)

    def _save(self) -> None:
        path = self._dialogs.panel_to_save(f"{self._document.title}-{self.key}")
        if path is not None and self._dialogs.guarded(lambda: self._write(path)):
            self._say(f"Saved {path.name}.")

    def _write(self, path: Path) -> None:
        picture, width, height = self.picture(), self.view.width(), self.view.height()
        if path.suffix.lower() == _NUMBERS:
            with export_file(path) as file:
                file.write(as_csv(panel_table(picture.lanes)).encode())
            return
        write_drawing(path, panel_drawing(width, height, picture), scale_for(width, height), picture.row.label)
