"""The lanes as letters in their colours: which one the form shows, what becomes of it, which a file shows; and the
coupling of the chosen one, or of all.

With one lane there are two quiet buttons, to compare and to add; with more each has its letter, and "All" is all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QMenu, QSizePolicy, QToolButton, QWidget

from fmviz.core.couplings import COMPARED, COUPLINGS, coupling_of
from fmviz.core.errors import ConfigError
from fmviz.core.lanes import LETTERS, LONGEST_LANE_NAME, MAX_LANES, LaneMark
from fmviz.core.models import NO_PAIRS
from fmviz.core.possible import why_no_reflow
from fmviz.core.project import Project
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.views.controls import Segmented, describe, entry, keys_of, tool_button
from fmviz.views.dialogs import ask_name
from fmviz.views.layouts import row

_ICON_PX, _CHIP_PX, _HEIGHT_PX = 14, 24, 24
_ALL_TIP = "What is changed below is changed in all panes."
_FULL_TIP = f"There are {MAX_LANES} panes already; remove one first."
_OTHER, _OPENS = "", "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"
_MORE, _MORE_TIP = f"More {_OPENS}", "Pair source and target points in another way."
# Letters in the colour of the lane, the chosen one on it.
_CHIP = ("QToolButton {{ color: {ink}; font-weight: 600; padding: 1px 3px; }}"
         "QToolButton:checked {{ background: {ground}; color: {on}; }}")


class LaneBar(QWidget):
    """Owns which lane is chosen: its number, or None for all.

    Signals:
        chosen_changed(): another one is, or the lanes are others.
        refused(str): why a lane cannot be called so, one sentence.
    """

    chosen_changed = Signal()
    refused = Signal(str)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.chosen: int | None = None
        self.compare = self._button("Compare A|B", "compare")
        names = [f"{coupling_of(key).noun} ({letter})" for key, letter in zip(COMPARED, LETTERS, strict=False)]
        describe(self.compare, "Compare couplings",
                 f"Train {' and '.join(names)} beside each other, or the panes that were there before.",
                 keys_of("compare"))
        self.all = self._button("All")
        describe(self.all, "All panes", _ALL_TIP)
        self.chips = tuple(self._button(letter) for letter in LETTERS)
        self.add = self._button("", "plus")
        self.more = self._button("", "more")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self.duplicate = entry(self._menu, "", "", lambda: self.add_lane(self.chosen or 0))
        self.reflow = entry(self._menu, "", "", self.add_reflow)
        self.rename = entry(self._menu, "", "", self._ask_name)
        self.remove = entry(self._menu, "", "", lambda: document.remove_lane(self.chosen or 0))
        self._menu.addSeparator()
        self.keep = entry(self._menu, "", "", lambda: document.keep_lane(self.chosen or 0))
        self.more.setMenu(self._menu)
        group = QButtonGroup(self)
        row(None, self.compare, self.all, *self.chips, self.add, self.more, spacing=2, margins=0, on=self)
        for lane, chip in enumerate(self.chips):
            describe(chip, f"Pane {LETTERS[lane]}", f"Show and change pane {LETTERS[lane]}.")
            chip.setCheckable(True)
            chip.setFixedWidth(_CHIP_PX)
            group.addButton(chip)
            chip.clicked.connect(lambda _=False, lane=lane: self.choose(lane))
            chip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            chip.customContextMenuRequested.connect(lambda place, lane=lane: self._open_menu(lane, place))
        self.all.setCheckable(True)
        group.addButton(self.all)
        self.all.clicked.connect(lambda: self.choose(None))
        self.compare.clicked.connect(document.compare)
        self.add.clicked.connect(lambda: self.add_lane(self.chosen or 0))
        document.changed.connect(self._follow)
        self.setFixedHeight(_HEIGHT_PX)
        self.set_theme(theme)

    def choose(self, lane: int | None) -> None:
        self.chosen = lane
        self._show()
        self.chosen_changed.emit()

    def add_lane(self, like: int, **settings: object) -> None:
        """Show one more lane, as lane `like` but for some settings, and choose it."""
        self._document.add_lane(like, **settings)
        self.choose(len(self._document.project.lanes) - 1)

    def add_reflow(self) -> None:
        """Show one more lane, as the chosen one or A is, that goes on to learn from pairs of that flow's own."""
        like = self.chosen or 0
        if why := why_no_reflow(self._document.project, like):
            self.refused.emit(why)
        else:
            self.add_lane(like, reflow=self._document.project.lanes[like].rounds)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.all.setStyleSheet(_CHIP.format(ink=theme.muted, ground=theme.hover, on=theme.text))
        self._show()

    def _follow(self, new: Project, old: Project) -> None:
        if len(new.lanes) != len(old.lanes):
            self.choose(None)
        elif (new.lanes, new.names, new.hues) != (old.lanes, old.names, old.hues):
            self._show()

    def _show(self) -> None:
        marks, is_many = self._document.project.marks, len(self._document.project.lanes) > 1
        self.compare.setVisible(not is_many)
        self.all.setVisible(is_many)
        self.all.setChecked(is_many and self.chosen is None)
        self.more.setVisible(is_many)
        for lane, chip in enumerate(self.chips):
            chip.setVisible(is_many and lane < len(marks))
            if lane < len(marks):
                chip.setChecked(is_many and self.chosen == lane)
                describe(chip, f"Pane {marks[lane].name}", f"{marks[lane].title}: what is changed below is changed in "
                                                           f"pane {marks[lane].letter} alone.")
                colour = self._theme.lanes[marks[lane].hue]
                chip.setStyleSheet(_CHIP.format(ink=colour, ground=colour, on=self._theme.stage))
        is_full = len(marks) == MAX_LANES
        like = LETTERS[self.chosen or 0]
        self.add.setEnabled(not is_full)
        describe(self.add, "Add a pane", _FULL_TIP if is_full else
                 f"One more pane, as {like} is: then change what shall differ.", keys_of("add_lane"))
        describe(self.more, f"More about pane {like}", "Duplicate, rename or remove it.")
        self.duplicate.setText(f"&Duplicate {like}")
        self.duplicate.setEnabled(not is_full)
        self.reflow.setText(f"&Learn from own pairs of {like}")
        self.reflow.setEnabled(not why_no_reflow(self._document.project, self.chosen or 0))
        self.rename.setText(f"&Rename {like}…")
        self.remove.setText(f"Re&move {like}")
        self.keep.setText(f"Remove all &but {like}")

    def _open_menu(self, lane: int, place: QPoint) -> None:
        self.choose(lane)
        self._menu.popup(self.chips[lane].mapToGlobal(place))

    def _ask_name(self) -> None:
        lane = self.chosen or 0
        ask_name(self, f"Rename pane {LETTERS[lane]}", "Name of the pane; empty names it after what differs",
                 self._document.project.names[lane], LONGEST_LANE_NAME, lambda name: self._name(lane, name))

    def _name(self, lane: int, name: str) -> None:
        try:
            self._document.name_lane(lane, name)
        except ConfigError as error:
            self.refused.emit(str(error))

    def _button(self, text: str, icon_name: str = "") -> QToolButton:
        button = tool_button(self, icon_name, text=text, role="small", ink="muted", size_px=_ICON_PX)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFixedHeight(_HEIGHT_PX)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if icon_name and text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button


class CouplingChoice(Segmented):
    """The coupling of the chosen lane, or of all; of two that differ in nothing else, a click shows one alone.

    The two that are compared most have a button each; the others are in the menu of the last button, which says the one
    that is chosen.

    Attributes:
        others: the entries of the menu, by the couplings' keys.
    """

    def __init__(self, document: Document, lanes: LaneBar, parent: QWidget | None = None) -> None:
        first = {key: COUPLINGS[key] for key in COMPARED}
        super().__init__("Coupling", {key: row.label for key, row in first.items()} | {_OTHER: _MORE},
                         {key: row.help for key, row in first.items()} | {_OTHER: _MORE_TIP}, parent=parent)
        self._more, menu = self.button(_OTHER), QMenu(self)
        menu.setToolTipsVisible(True)
        self.others = {key: entry(menu, row.label, row.help, partial(self._choose, key))
                       for key, row in COUPLINGS.items() if key not in first}
        self._more.setMenu(menu)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("dense", True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._document, self._lanes = document, lanes
        self._other: str | None = None
        self.edited.connect(self._choose)
        document.changed.connect(lambda new, old: self._show())
        lanes.chosen_changed.connect(self._show)
        self._show()

    def current(self) -> str | None:
        return self._other if self._more.isChecked() else super().current()

    def show_value(self, key: str | None) -> None:
        self._other = key if key in self.others else None
        row = None if self._other is None else COUPLINGS[self._other]
        self._more.setText(_MORE if row is None else f"{row.label} {_OPENS}")
        describe(self._more, "Coupling: more" if row is None else f"Coupling: {row.label}",
                 _MORE_TIP if row is None else row.help)
        super().show_value(key if row is None else _OTHER)

    def _couplings(self) -> set[str]:
        return {config.coupling for config in self._document.project.lanes}

    def _compares_couplings(self) -> bool:
        """Whether there are two lanes, which differ in their coupling and in nothing else."""
        lanes = self._document.project.lanes
        return (len(lanes) == 2 and len(self._couplings()) == 2
                and lanes[1] == replace(lanes[0], coupling=lanes[1].coupling))

    def _choose(self, key: str) -> None:
        if self._lanes.chosen is None and self._compares_couplings():
            self._document.set_lanes((key,))
        else:
            self._document.set_setting("coupling", key, self._lanes.chosen)
        self._show()  # also if nothing has changed

    def _show(self) -> None:
        lanes, chosen = self._document.project.lanes, self._lanes.chosen
        if chosen is not None and chosen < len(lanes):
            self.show_value(lanes[chosen].coupling)
        else:
            self.show_value(lanes[0].coupling if len(self._couplings()) == 1 else None)
        meant = lanes[chosen:chosen + 1] if chosen is not None else lanes
        has_pairs = any(config.uses("coupling") for config in meant)
        self.setEnabled(has_pairs)
        self.setToolTip("" if has_pairs else NO_PAIRS)


class LaneChoice(Segmented):
    """A row of letters; each click takes a lane in or leaves it out.

    Signals:
        lanes_chosen(object): the numbers of the pressed lanes, by clicks only.
    """

    lanes_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pane", {letter: letter for letter in LETTERS},
                         {letter: f"Show pane {letter}." for letter in LETTERS}, parent=parent)
        self._group.setExclusive(False)
        self._shown: tuple[int, ...] = ()
        self.buttons = tuple(map(self.button, LETTERS))
        self.edited.connect(lambda letter: self._toggle(LETTERS.index(letter)))

    def show_lanes(self, marks: Sequence[LaneMark], shown: Sequence[int]) -> None:
        """Show which lanes there are and which of them are pressed, without telling anyone."""
        self._shown = tuple(shown)
        for lane, button in enumerate(self.buttons):
            button.setVisible(lane < len(marks))
            button.setChecked(lane in self._shown)
            if lane < len(marks):
                describe(button, f"Pane {marks[lane].name}", f"Show {marks[lane].title}.")

    def _toggle(self, lane: int) -> None:
        chosen = tuple(other for other in range(len(self.buttons)) if (other in self._shown) != (other == lane))
        if chosen:
            self.lanes_chosen.emit(chosen)
        else:
            self.buttons[lane].setChecked(True)
