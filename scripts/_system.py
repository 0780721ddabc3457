"""What Qt and Python need from the operating system on Linux: which is missing, and how to get it.

Run as a program by the environment's Python it prints the libraries that do not load, one a line; that happens in
a process of its own because a library that loads badly ends the process.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from _setup import Stop, say

# Library -> Debian package. Measured on fresh Debian 12 and Ubuntu 24.04 images.
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
# Debian 13 and Ubuntu 24.04 renamed this one for 64-bit times.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64"}
PACKAGES = {**ALWAYS, **X11}


def require_venv() -> None:
    """Make sure that this Python can make virtual environments.

    Raises:
        Stop: it cannot and this is not root on Debian or Ubuntu; the message is the line to type.
    """
    if _has_ensurepip():
        return
    package = f"python3.{sys.version_info.minor}-venv"
    get_packages([package], f"This Python cannot make virtual environments: the package {package} is missing.")
    if not _has_ensurepip():
        raise Stop(f"{sys.executable} lacks the module ensurepip even with {package}; use another Python.")


def _has_ensurepip() -> bool:
    # Asked of a fresh interpreter: this one remembers which modules were missing.
    command = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def require_qt_libraries(python: Path, with_screen: bool) -> None:
    """Make sure that Qt's system libraries load in `python`.

    Raises:
        Stop: some do not and this is not root on Debian or Ubuntu; the message is the line to type.
    """
    missing = missing_libraries(python, with_screen)
    if not missing:
        return
    known = [PACKAGES[library] for library in missing if library in PACKAGES]
    names = ", ".join(missing)
    if not sys.platform.startswith("linux") or len(known) < len(missing):
        raise Stop(f"Qt does not load on this system: {names}.")
    get_packages(known, f"Qt needs system libraries that are missing here ({names}).")
    missing = missing_libraries(python, with_screen)
    if missing:
        raise Stop(f"Qt still does not load: {', '.join(missing)}.")


def missing_libraries(python: Path, with_screen: bool) -> list[str]:
    """Return what does not load: names of libraries, or one sentence if the reason is another. Empty is well."""
    answer = subprocess.run([str(python), str(Path(__file__)), "screen" if with_screen else "offscreen"],
                            capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return (answer.stderr.strip().splitlines() or [f"its check ended with code {answer.returncode}"])[-1:]
    return answer.stdout.split("\n")[:-1]


def get_packages(packages: Sequence[str], reason: str) -> None:
    """Install Debian packages as root; anybody else is told the one line.

    Raises:
        Stop: not root, no apt-get, or apt-get failed.
    """
    if shutil.which("apt-get") is None:
        raise Stop(f"{reason} Install what your system calls {' '.join(packages)} (Debian's names) and start again.")
    if os.geteuid() != 0:
        raise Stop(f"{reason} Type this, then start again:\n  {apt_line(packages)}")
    say(f"{reason} Installing them with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh image has no package lists; a failed update may still leave usable ones.
    subprocess.run(["apt-get", "update", "-q"], capture_output=True, env=environment, check=False)
    answer = subprocess.run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *current_names(packages)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False)
    if answer.returncode != 0:
        tail = "\n".join(f"    {line}" for line in answer.stdout.splitlines()[-8:])
        raise Stop(f"{tail}\napt-get could not install them; type this, then start again:\n  {apt_line(packages)}")


def apt_line(packages: Sequence[str]) -> str:
    """Return the line that installs `packages`."""
    return " ".join(["sudo apt-get install", *current_names(packages)])


def current_names(packages: Sequence[str]) -> list[str]:
    """Return the packages' names in this release of Debian or Ubuntu."""
    return [RENAMED[name] if name in RENAMED and _is_known(RENAMED[name]) else name for name in packages]


def _is_known(package: str) -> bool:
    answer = subprocess.run(["apt-cache", "show", "--no-all-versions", package], capture_output=True, check=False)
    return answer.returncode == 0


def probe(with_screen: bool) -> list[str]:
    """Return the libraries that stop Qt in this process; [] if its widgets and a fitting platform plugin load."""
    reasons = []
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401 - whether it loads is the question
    except ImportError as error:
        reasons.append(str(error))
    if sys.platform.startswith("linux"):
        reasons += _plugin_reasons(with_screen)
    if not reasons:
        return []
    table = PACKAGES if with_screen else ALWAYS
    return [library for library in table if not _loads(library)] or reasons


def _plugin_reasons(with_screen: bool) -> list[str]:
    """Return why no platform plugin that fits loads: the first that does is enough."""
    from importlib.util import find_spec

    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return ["PySide6 is not installed"]
    folder = Path(spec.origin).parent / "Qt" / "plugins" / "platforms"
    names = ["libqoffscreen.so"]
    if with_screen:
        names = [name for name, variable in (("libqxcb.so", "DISPLAY"), ("libqwayland.so", "WAYLAND_DISPLAY"))
                 if os.environ.get(variable)]
    reasons = []
    for name in names:
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


if __name__ == "__main__":
    for line in probe(sys.argv[1:] == ["screen"]):
        print(line)
