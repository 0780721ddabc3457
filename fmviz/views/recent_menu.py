"""File > Open recent: the last projects by name; those that are missing are grey."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from fmviz.engine.background import Task, Tasks, at_once
from fmviz.engine.stored import Recent
from fmviz.views.controls import plain_tip

# Those with a digit to press.
_WITH_KEY = 9


class RecentMenu(QMenu):
    """Made anew each time it is shown; whether the files are there is found out beside the window."""

    def __init__(self, recent: Recent, tasks: Tasks, open_one: Callable[[Path], object],
                 parent: QWidget | None = None) -> None:
        super().__init__("Open &recent", parent)
        self._recent, self._tasks, self._open_one = recent, tasks, open_one
        self._looking: Task | None = None
        self.setToolTipsVisible(True)
        self.setAccessibleName("Open recent")
        self.aboutToShow.connect(self.fill)
        recent.changed.connect(self._follow)
        self._follow()

    def fill(self) -> None:
        """Show the list as it is now."""
        self.clear()
        paths = self._recent.paths
        for number, path in enumerate(paths, start=1):
            key = f"&{number} " if number <= _WITH_KEY else ""
            action = self.addAction(key + plain(path.name))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(partial(self._open, path))
        self.addSeparator()
        clear = self.addAction("&Clear the list")
        clear.setToolTip("Forget these names; the files stay.")
        clear.triggered.connect(lambda: self._recent.set_paths(()))
        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._tasks.run("Looking for recent projects", at_once(partial(_missing, paths)),
                                        self._grey, lambda _: None)

    def _grey(self, missing: frozenset[Path]) -> None:
        for action, path in zip(self.actions(), self._recent.paths, strict=False):
            if path in missing:
                action.setEnabled(False)
                action.setText(f"{action.text()} (not there)")

    def _open(self, path: Path, _checked: bool = False) -> None:
        self._open_one(path)

    def _follow(self) -> None:
        self.menuAction().setEnabled(bool(self._recent.paths))


def plain(name: str) -> str:
    """Return a name as a menu shows it: an ampersand is no mnemonic, a tab no column."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return shown.replace("&", "&&")


def _missing(paths: tuple[Path, ...]) -> frozenset[Path]:
    return frozenset(path for path in paths if not os.path.exists(path))
