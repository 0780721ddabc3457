"""What fmviz remembers between starts, declared once. Stored by Qt where the system keeps such things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from fmviz.core.export_spec import THEMES
from fmviz.core.numbers import read_number
from fmviz.engine.playhead import MODES

ORGANISATION = "fmviz"
APPLICATION = "fmviz"
PRESETS_FILE = "presets.json"


@dataclass(frozen=True)
class Key:
    """One remembered value; its default's type is its type, and `choices`, if there are any, are all that it can be."""

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()


KEYS: tuple[Key, ...] = (
    Key("theme", "system", "system, dark or light", ("system", *THEMES)),
    Key("geometry", b"", "size and place of the window"),
    Key("folder", "", "where the last file was opened or saved"),
    Key("speed", 1.0, "playback speed"),
    Key("mode", "loop", "what the playback does at t = 1", tuple(MODES)),
)
FOLDERS = ("folder",)
_KEY = {key.name: key for key in KEYS}


class Settings:
    """Typed access to the remembered values; an unreadable one is its default."""

    def __init__(self, path: Path | None = None) -> None:
        """Use the user's own settings, or one ini file (for tests and portable use)."""
        if path is None:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def get(self, name: str) -> Any:
        """Return a value, or its default."""
        key = _KEY[name]
        default = key.default
        value = self._store.value(name)
        if value is None or (key.choices and value not in key.choices):
            return default
        if isinstance(default, bytes):
            return bytes(value.data()) if isinstance(value, QByteArray) else default
        if isinstance(default, float):
            number = read_number(str(value))
            return default if number is None else number
        try:
            return type(default)(value)
        except (TypeError, ValueError):
            return default

    def set(self, name: str, value: Any) -> None:
        """Remember a value."""
        self._store.setValue(name, QByteArray(value) if isinstance(_KEY[name].default, bytes) else value)

    @property
    def presets_path(self) -> Path:
        """Where the user's own presets of exports are kept: beside the settings, in a file of its own."""
        return Path(self._store.fileName()).with_name(PRESETS_FILE)

    @property
    def written_folders(self) -> list[Path]:
        """Where fmviz has written files: its own folder of settings, and the folders that it remembers."""
        return [self.presets_path.parent, *(Path(folder) for name in FOLDERS if (folder := self.get(name)))]

    def flush(self) -> None:
        """Write to disk now; Qt does so by itself at the end and every few seconds."""
        self._store.sync()


def log_folder() -> Path:
    """Return the folder for the log file; made if missing."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
