"""The projects that were opened or saved last, the newest first; remembered from start to start by the application."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

MOST_RECENT = 10


class Recent(QObject):
    """A bounded list of absolute paths without doubles.

    Signals:
        changed(): it is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The newest first."""
        return self._paths

    def set_paths(self, paths: Iterable[Path]) -> None:
        """Replace all; what is too much or double is left out."""
        new = tuple(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))[:MOST_RECENT]
        if new != self._paths:
            self._paths = new
            self.changed.emit()

    def add(self, path: Path) -> None:
        """Put one first."""
        self.set_paths((path, *self._paths))
