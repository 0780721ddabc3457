"""`fmviz desktop`: the entry in a Linux desktop's menu, the icon, and the file type .fmviz, for one user.

They are the freedesktop.org specifications' files, below XDG_DATA_HOME; a desktop reads them by itself, its two caches
are brought up to date where their programs are installed. macOS and Windows have other ways, which are said.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from fmviz.core.errors import DesktopError, why_refused
from fmviz.core.resources import resource_path
from fmviz.files.atomic import whole_file

MIME = "application/x-fmviz"
# The window's desktop file name in `application` is the same word: so a desktop knows whose window it is.
_NAME = "fmviz"

_ENTRY = """[Desktop Entry]
Type=Application
Version=1.1
Name=fmviz
GenericName=Flow matching
Comment=Draw two clouds and watch flow matching learn to carry one into the other
Exec={command} %f
TryExec={program}
Icon={name}
Terminal=false
Categories=Science;Math;DataVisualization;
Keywords=flow matching;optimal transport;generative model;diffusion;
MimeType={mime};
StartupNotify=true
StartupWMClass={name}
"""
_TYPE = """<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{mime}">
    <comment>fmviz project</comment>
    <sub-class-of type="application/zip"/>
    <icon name="{icon}"/>
    <glob pattern="*.fmviz"/>
  </mime-type>
</mime-info>
"""
_ELSEWHERE = {
    "darwin": "macOS has no such menu: keep the terminal's line in a script, or drop a .fmviz file on the window",
    "win32": "Windows has no such menu: make a shortcut to fmviz-window.exe, and choose it once for a .fmviz file "
             "under \"Open with\"",
}


def run(arguments: argparse.Namespace) -> int:
    """Install or remove; the files touched are the answer."""
    if sys.platform in _ELSEWHERE:
        raise DesktopError(f"`fmviz desktop` is for Linux; {_ELSEWHERE[sys.platform]}.")
    folder = data_home(os.environ)
    changed = install(folder, start_command()) if arguments.install else remove(folder)
    for path in changed:
        print(path)
    said = f"fmviz is {'in' if arguments.install else 'no longer in'} the desktop's menu."
    print(said if changed else "There was nothing to remove.", file=sys.stderr)
    return 0


def data_home(environment: Mapping[str, str]) -> Path:
    """Return where a user's desktop files lie."""
    given = environment.get("XDG_DATA_HOME", "")
    return Path(given) if os.path.isabs(given) else Path.home() / ".local" / "share"


def start_command() -> list[str]:
    """Return how this fmviz is started from anywhere."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-P", "-m", "fmviz"]


def install(folder: Path, command: Sequence[str]) -> list[Path]:
    """Write all files and return their paths.

    Raises:
        DesktopError: the folder cannot be written.
    """
    files = _files(command)
    for name, data in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(data)
        except OSError as error:
            raise DesktopError(f"{str(path)!r} could not be written: {why_refused(error)}.") from error
    _update(folder)
    return [folder / name for name in files]


def remove(folder: Path) -> list[Path]:
    """Remove the files that are there and return their paths.

    Raises:
        DesktopError: one cannot be removed.
    """
    paths = [folder / name for name in _files(["fmviz"]) if os.path.lexists(folder / name)]
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise DesktopError(f"{str(path)!r} could not be removed: {why_refused(error)}.") from error
    if paths:
        _update(folder)
    return paths


def exec_line(command: Sequence[str]) -> str:
    """Return a command as the key Exec takes it: each argument quoted where it needs it, backslashes and % doubled."""
    return " ".join(map(_quoted, command)).replace("\\", "\\\\").replace("%", "%%")


def _quoted(argument: str) -> str:
    if re.fullmatch(r"[\w@+=:,./%-]+", argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'


def _files(command: Sequence[str]) -> dict[str, bytes]:
    """Return the path below the data folder and the bytes of each file."""
    icon, picture = MIME.replace("/", "-"), resource_path("icons/fmviz.svg").read_bytes()
    program = command[0].replace("\\", "\\\\")
    entry = _ENTRY.format(command=exec_line(command), program=program, name=_NAME, mime=MIME)
    return {
        f"applications/{_NAME}.desktop": entry.encode(),
        f"mime/packages/{_NAME}.xml": _TYPE.format(mime=MIME, icon=icon).encode(),
        f"icons/hicolor/scalable/apps/{_NAME}.svg": picture,
        f"icons/hicolor/scalable/mimetypes/{icon}.svg": picture,
    }


def _update(folder: Path) -> None:
    """Bring the desktop's caches up to date; without these programs it does so at the next login."""
    for program, name in (("update-mime-database", "mime"), ("update-desktop-database", "applications")):
        if shutil.which(program) is not None and (folder / name).is_dir():
            subprocess.run([program, str(folder / name)], capture_output=True, check=False)
