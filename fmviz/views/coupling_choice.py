"""Which coupling the chosen lanes learn with: a button each for those that are compared most, and a menu."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from fmviz.core.couplings import COMPARED, COUPLINGS
from fmviz.core.models import NO_PAIRS
from fmviz.engine.document import Document
from fmviz.views.controls import Segmented, describe, entry
from fmviz.views.lane_bar import LaneBar

_OTHER, _OPENS = "", "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"
_MORE, _MORE_TIP = f"More {_OPENS}", "Pair source and target points in another way."


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
        self.chosen.connect(self._choose)
        document.changed.connect(lambda new, old: self._show())
        lanes.chosen_changed.connect(self._show)
        self._show()

    def current(self) -> str | None:
        return self._other if self._more.isChecked() else super().current()

    def show_choice(self, key: str | None) -> None:
        self._other = key if key in self.others else None
        row = None if self._other is None else COUPLINGS[self._other]
        self._more.setText(_MORE if row is None else f"{row.label} {_OPENS}")
        describe(self._more, "Coupling: more" if row is None else f"Coupling: {row.label}",
                 _MORE_TIP if row is None else row.help)
        super().show_choice(key if row is None else _OTHER)

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
            self.show_choice(lanes[chosen].coupling)
        else:
            self.show_choice(lanes[0].coupling if len(self._couplings()) == 1 else None)
        meant = lanes[chosen:chosen + 1] if chosen is not None else lanes
        has_pairs = any(config.uses("coupling") for config in meant)
        self.setEnabled(has_pairs)
        self.setToolTip("" if has_pairs else NO_PAIRS)
