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
    """One remembered value; its default's type is its type, and `choices`, if there are any, are all that it can be.

    A tuple holds texts.
    """

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()


KEYS: tuple[Key, ...] = (
    Key("theme", "system", "system, dark or light", ("system", *THEMES)),
    Key("geometry", b"", "size and place of the window"),
    Key("panels", "open", "whether the panels are open or folded away", ("open", "folded")),
    Key("folder", "", "where the last project was opened or saved"),
    Key("import_folder", "", "where the last cloud was imported from"),
    Key("export_folder", "", "where the last picture or video was exported to"),
    Key("recent", (), "the projects that were opened or saved last, the newest first"),
    Key("columns", (), "the columns of the table of numbers, by their keys; none is those of the start"),
    Key("curve", "w2", "the number that is drawn over training, by its key"),
    Key("speed", 1.0, "playback speed"),
    Key("mode", "loop", "what the playback does at t = 1", tuple(MODES)),
)
FOLDERS = ("folder", "import_folder", "export_folder")
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
        if isinstance(default, tuple):
            texts = [value] if isinstance(value, str) else value  # an ini file knows no list of one
            return tuple(filter(_is_text, texts)) if isinstance(texts, list) else default
        return value if _is_text(value) else default

    def set(self, name: str, value: Any) -> None:
        default = _KEY[name].default
        if isinstance(default, bytes):
            value = QByteArray(value)
        elif isinstance(default, tuple):
            value = list(value)
        self._store.setValue(name, value)

    @property
    def presets_path(self) -> Path:
        """Where the user's own presets of exports are kept: beside the settings, in a file of its own."""
        return Path(self._store.fileName()).with_name(PRESETS_FILE)

    @property
    def written_folders(self) -> list[Path]:
        """Where fmviz has written files: its own folder of settings, and the folders and projects it remembers."""
        folders = [self.presets_path.parent, *(Path(folder) for name in FOLDERS if (folder := self.get(name))),
                   *(Path(project).parent for project in self.get("recent"))]
        return list(dict.fromkeys(folders))

    def flush(self) -> None:
        """Write to disk now; Qt does so by itself at the end and every few seconds."""
        self._store.sync()


def _is_text(value: object) -> bool:
    """Whether it is what a person or a path can be called; a null character would make the system raise."""
    return isinstance(value, str) and "\0" not in value


def data_folder() -> Path:
    """Return the folder for logs and unsaved work; whoever writes there makes it."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
