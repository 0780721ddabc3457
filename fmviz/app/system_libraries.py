"""Whether a window can be shown here, and the libraries that Qt takes from a Linux system: which do not load, and which
Debian packages hold them.

Standard library only: the set-up scripts import it before anything is installed. Qt is tried in a process of its
own, because a library that loads badly ends the process.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

# Library -> Debian package, as fresh Debian 12 and Ubuntu 24.04 systems lack them.
ALWAYS = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
}
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
PACKAGES = {**ALWAYS, **X11}
# Ubuntu 24.04 and Debian 13 renamed this one when times became 64 bits wide.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}

# Where the package fmviz lies: in a checkout it may not be installed yet.
_ROOT = Path(__file__).resolve().parent.parent.parent
# The variables by which a Linux desktop says where it is, and the Qt plugin that uses each.
PLUGINS = {"DISPLAY": "libqxcb.so", "WAYLAND_DISPLAY": "libqwayland.so"}
_SHOWS_NOTHING = ("offscreen", "minimal")


def missing_libraries(python: str, with_screen: bool) -> list[str]:
    """Ask a fresh `python` what stops Qt: names of libraries, or one sentence if the reason is another; [] is well."""
    code = f"import sys; sys.path.append({str(_ROOT)!r}); from fmviz.app.system_libraries import probe; "
    code += f"print(*probe({with_screen}), sep='\\n', end='')"
    answer = subprocess.run([python, "-P", "-c", code], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return (answer.stderr.strip().splitlines() or [f"its check ended with code {answer.returncode}"])[-1:]
    return answer.stdout.splitlines()


def packages_for(libraries: Sequence[str]) -> list[str] | None:
    """Return the Debian packages that hold the libraries, by today's names, or None if one is not in the table."""
    if any(library not in PACKAGES for library in libraries):
        return None
    return current_names([PACKAGES[library] for library in libraries])


def current_names(packages: Sequence[str]) -> list[str]:
    """Return the packages' names in this release of Debian or Ubuntu."""
    return [RENAMED[name] if name in RENAMED and _is_known(RENAMED[name]) else name for name in packages]


def apt_line(packages: Sequence[str]) -> str:
    """Return the line that installs `packages`."""
    return " ".join(["sudo apt-get install", *packages])


def probe(with_screen: bool) -> list[str]:
    """Return what stops Qt in this process; [] if its widgets and a fitting platform plugin load."""
    reasons = _import_reasons()
    if sys.platform.startswith("linux"):
        reasons += _plugin_reasons(with_screen)
    if not reasons:
        return []
    if not sys.platform.startswith("linux"):
        return reasons
    return [library for library in (PACKAGES if with_screen else ALWAYS) if not _loads(library)] or reasons


def _import_reasons() -> list[str]:
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401 - whether it loads is the question
    except ImportError as error:
        return [str(error)]
    return []


def _plugin_reasons(with_screen: bool) -> list[str]:
    """Return why no platform plugin that fits loads: the first that does is enough."""
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "Qt" / "plugins" / "platforms"
    names = [plugin for variable, plugin in PLUGINS.items() if with_screen and os.environ.get(variable)]
    reasons = []
    for name in names or ["libqoffscreen.so"]:
        try:
            ctypes.CDLL(str(folder / name))
            return []
        except OSError as error:
            reasons.append(str(error))
    return reasons


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
        return True
    except OSError:
        return False


def _is_known(package: str) -> bool:
    try:
        answer = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def has_screen(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> bool:
    """Return whether a window can be shown: always on macOS and Windows, with a display elsewhere.

    A Qt platform that was named by hand decides: "offscreen" and "minimal" show nothing, others do.
    """
    named = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if named:
        return named not in _SHOWS_NOTHING
    return system in ("darwin", "win32") or any(environment.get(name) for name in PLUGINS)
