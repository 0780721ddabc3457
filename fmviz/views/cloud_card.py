"""The card of one side: its picture, what it is in words, and every way to change it but drawing; the left panel joins
both.

It changes the document through `set_side` and `swap_sides` only, and follows it when its own side has changed.
Drawing on the stage is `draw_tool`'s; the card only asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QScrollArea, QWidget

from fmviz.core.cloud import MAX_COORDINATE, PointCloud, Side, side_dots
from fmviz.core.extent import outliers_in_words, without_outliers
from fmviz.core.placing import KEEP, PLACES, placed
from fmviz.core.project import SIDES, Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views import words
from fmviz.views.controls import ICON_PX, describe, describe_action, entry, label, scrolling, set_role, tool_button
from fmviz.views.draw_tool import DrawTool
from fmviz.views.importing import Drops, Importing
from fmviz.views.layouts import column, row
from fmviz.views.number_edit import NumberEdit
from fmviz.views.style_sheet import icon
from fmviz.views.thumbnail import CloudThumbnail, ShapePicker

POINT_CHOICES = (200, 500, 1000, 2000, 5000, 10_000)

# What the menu offers about points from outside: key, text, tooltip.
POINTS_MENU = (
    ("import", "&Import a file...", "A table of points, or a picture whose pixels become points."),
    ("options", "Import &options...", "How the file was read; change it."),
    ("word", "&Write a word...", "Letters of any font become points."),
    ("paste", "Pas&te", "Points, a picture or a file from the clipboard."),
    ("export", "&Export the points...", "Write them as a .csv or .npy file."),
)
_DOT_PX = 10
WIDTH_PX = 184
_MARGIN_PX = 8


def size_in_words(side: Side) -> str:
    """Return how many points a side has: "endless" or "1,240 points"."""
    return "endless" if side.cloud is None else f"{words.count(len(side.cloud))} points"


class CloudCard(QFrame):
    """One side of the problem.

    Signals:
        draw_toggled(bool): the user wants to draw this side, or is done.
        clear_requested(): the user wants to draw this side from nothing.
        dropped(QMimeData): something was dropped here.
        asked(str): an entry of `POINTS_MENU` was chosen.
        menu_opening(): its entries can be brought up to date.
    """

    draw_toggled = Signal(bool)
    clear_requested = Signal()
    dropped = Signal(object)
    asked = Signal(str)
    menu_opening = Signal()

    def __init__(self, which: str, document: Document, theme: Theme) -> None:
        super().__init__()
        self.which = which
        self._document = document
        self._rng = np.random.default_rng()
        self.setProperty("role", "card")
        Drops(self, lambda: True, self.dropped.emit, lambda is_over: set_role(self, "drop" if is_over else "card"))
        self.setAccessibleName(f"{which.capitalize()} cloud")
        self.setToolTip(f"The {which} cloud; drop a table of points or a picture here.")
        self._build(theme)
        document.changed.connect(self._follow)
        self._show(self.side)

    @property
    def side(self) -> Side:
        return self._document.project.side(self.which)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.thumbnail, self.picker):
            part.set_theme(theme)

    def show_drawing(self, is_drawing: bool) -> None:
        self.draw_button.setChecked(is_drawing)

    def pick_shape(self, name: str) -> None:
        """Make the side a named shape; its jitter stays, but for a size that is quite another."""
        side = Side(shape=name, jitter=self.side.jitter)
        self._document.bring_side(self.which, side, f"Pick {side.label} as {self.which}")

    def turn_into_points(self, n: int) -> None:
        """Make n samples of the side its points, so that they can be edited."""
        side = self.side
        points, rows = side.sample_with_rows(n, self._rng)
        labels = None if side.cloud is None or side.cloud.labels is None else side.cloud.labels.of(rows)
        cloud = PointCloud(points, None, side.label, labels)  # drawn by the weights: equal ones now
        self._document.set_side(self.which, Side(cloud=cloud), f"Turn {self.which} into {words.count(n)} points")

    def leave_out_far_points(self) -> None:
        side = self.side
        if side.cloud is not None:
            cloud = without_outliers(side.cloud)
            self._document.set_side(self.which, replace(side, cloud=cloud),
                                    f"Leave out {words.count(len(side.cloud) - len(cloud))} far points of {self.which}")

    def place(self, how: str, flips_y: bool = False) -> None:
        """Put the side's cloud elsewhere: `how` is a key of `PLACES`."""
        side = self.side
        if side.cloud is not None:
            cloud = placed(side.cloud, how, self._document.project.side_beside(self.which), flips_y)
            what = f"Flip {self.which}" if flips_y else f"Place {self.which}"
            self._document.bring_side(self.which, replace(side, cloud=cloud), what)

    def set_jitter(self, jitter: float) -> None:
        """Set the noise on every draw from the side, world units."""
        self._document.set_side(self.which, replace(self.side, jitter=float(jitter)), f"Change jitter of {self.which}")

    def _build(self, theme: Theme) -> None:
        which = self.which
        dot = label("", f"{which}_dot")
        dot.setFixedSize(_DOT_PX, _DOT_PX)
        self.thumbnail = CloudThumbnail(which, theme, self)
        self.picker = ShapePicker(which, theme, self)
        self.picker.picked.connect(self.pick_shape)
        self.count_label = label("", "muted")
        self.more_button = tool_button(self, "more", None, f"More for the {which}",
                                       f"Files, words, points from the shape, swap, clear the {which}.",
                                       menu=self._menu(), ink="muted")
        self.draw_button = QPushButton("Draw", self)
        self.draw_button.setCheckable(True)
        describe_action(self.draw_button, f"draw_{which}")
        self.draw_button.clicked.connect(self.draw_toggled)
        self.import_button = QPushButton(self)
        describe_action(self.import_button, f"import_{which}")
        self.import_button.clicked.connect(lambda: self.asked.emit("import"))
        for button, name in ((self.draw_button, "draw"), (self.import_button, "import")):
            button.setIcon(icon(name, on_ink="accent"))
            button.setIconSize(QSize(ICON_PX, ICON_PX))
        self.jitter_edit = NumberEdit(f"Jitter of the {which}", f"Gaussian noise on every draw from the {which}, "
                                      "world units; 0 adds none.", 0.0, 0.0, MAX_COORDINATE)
        self.jitter_edit.edited.connect(self.set_jitter)

        column(row(dot, label(which.capitalize(), "title"), None, self.more_button, spacing=6),
               (self.thumbnail, 1), self.picker, self.count_label,
               row((self.draw_button, 1), self.import_button, spacing=6),
               row(label("Jitter", "muted"), None, self.jitter_edit, spacing=6),
               spacing=6, margins=(8, 6, 8, 8), on=self)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAccessibleName(f"More for the {self.which}")
        menu.aboutToShow.connect(self.menu_opening)
        self.entries: dict[str, QAction] = {}
        for key, text, tip in POINTS_MENU:
            self.entries[key] = entry(menu, text, tip, partial(self.asked.emit, key))
        menu.addSeparator()
        self.place_menu = menu.addMenu("Pl&ace")
        self.place_menu.setAccessibleName(f"Place of the {self.which}")
        self.points_menu = menu.addMenu("Turn into &points")
        self.points_menu.setAccessibleName(f"Turn the {self.which} into points")
        for inner in (self.place_menu, self.points_menu):
            inner.setToolTipsVisible(True)
        for how, text in PLACES.items():
            if how != KEEP:
                entry(self.place_menu, text, f"Move and scale the {self.which}; one step to undo.",
                      partial(self.place, how))
        entry(self.place_menu, "&Flip y", "Turn up and down round: pixels count their rows downwards.",
              lambda: self.place(KEEP, flips_y=True))
        for n in POINT_CHOICES:
            entry(self.points_menu, f"{words.count(n)} points",
                  f"Make {words.count(n)} samples of the {self.which} its points, ready to edit.",
                  partial(self.turn_into_points, n))
        self.far_action = entry(menu, "&Leave out far points", "", self.leave_out_far_points)
        entry(menu, "S&wap source and target", "Exchange the two clouds.", self._document.swap_sides)
        self.clear_action = entry(menu, "&Clear and draw",
                                  f"Draw the {self.which} from nothing; it stays until you draw.",
                                  self.clear_requested.emit)
        return menu

    def _follow(self, new: Project, old: Project) -> None:
        side = new.side(self.which)
        if side != old.side(self.which):
            self._show(side)

    def _show(self, side: Side) -> None:
        size = size_in_words(side)
        self.thumbnail.show_points(side_dots(side).xy)
        describe(self.thumbnail, f"Picture of the {self.which}", f"{side.label}, {size}")
        self.place_menu.setEnabled(side.cloud is not None)
        self.picker.show_side(side.shape, side.label)
        far = "" if side.cloud is None else outliers_in_words(side.cloud.xy)
        self.count_label.setText(_split_in_words(side.cloud) if side.cloud is not None and far else size)
        self.count_label.setToolTip(far)
        self.far_action.setEnabled(bool(far))
        self.far_action.setToolTip(far or "No point lies far from the others.")
        self.jitter_edit.show_value(side.jitter)


def _split_in_words(cloud: PointCloud) -> str:
    """Return how many points there are and how many more that lie far off, shortly: "300 + 1 far"."""
    near = len(without_outliers(cloud))
    return f"{words.count(near)} + {words.count(len(cloud) - near)} far"


class CloudPanel(QScrollArea):
    """Both cards, by side; it scrolls where the window is too low for them."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self.cards = {which: CloudCard(which, document, theme) for which in SIDES}
        content = QWidget()
        content.setProperty("role", "panel")
        self.swap_button = tool_button(content, "swap", document.swap_sides, role="quiet", ink="muted")
        describe_action(self.swap_button, "swap")
        column(row(label("CLOUDS", "heading"), None, self.swap_button), *((card, 1) for card in self.cards.values()),
               spacing=8, margins=(_MARGIN_PX, 6, _MARGIN_PX, _MARGIN_PX), on=content)
        scrolling(self, content)
        self.setFixedWidth(WIDTH_PX)
        self.setProperty("role", "panel")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        describe(self, "Clouds", "Source and target clouds")
        self.setToolTip("")

    def follow(self, tool: DrawTool) -> None:
        """Let the Draw and Clear buttons drive a drawing tool, and show what it draws."""
        for which, card in self.cards.items():
            card.draw_toggled.connect(lambda is_on, which=which: tool.start(which) if is_on else tool.stop())
            card.clear_requested.connect(lambda which=which: tool.start_empty(which))
        tool.active_changed.connect(self.show_drawing)

    def follow_points(self, importing: Importing, export: Callable[[str], object]) -> None:
        """Let the cards' menus and drops drive an import; `export` writes the points of a side."""
        acts: dict[str, Callable[[str], object]] = {
            "import": importing.choose_file, "word": importing.write_word, "paste": importing.paste,
            "options": importing.show_options, "export": export}
        for which, card in self.cards.items():
            card.asked.connect(lambda key, which=which: acts[key](which))
            card.dropped.connect(lambda data, which=which: importing.take(data, which))
            card.menu_opening.connect(lambda which=which, card=card: card.entries["options"].setEnabled(
                importing.has_options(which)))

    def show_drawing(self, which: str | None) -> None:
        """Say which side the stage draws; None is no side."""
        for name, card in self.cards.items():
            card.show_drawing(name == which)

    def set_theme(self, theme: Theme) -> None:
        for card in self.cards.values():
            card.set_theme(theme)
