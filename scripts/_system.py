"""Getting from the operating system what Python's venv and Qt need: by apt-get as root, else by one line to type.

Which libraries Qt needs and how they are found is in `fmviz.app.system_libraries`, which `fmviz doctor` reads too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from _setup import Stop, say
from fmviz.app.system_libraries import apt_line, current_names, missing_libraries, packages_for


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


def require_qt_libraries(python: Path, with_screen: bool) -> None:
    """Make sure that Qt's system libraries load in `python`.

    Raises:
        Stop: some do not and this is not root on Debian or Ubuntu; the message is the line to type.
    """
    missing = missing_libraries(str(python), with_screen)
    if not missing:
        return
    packages = packages_for(missing)
    if packages is None:
        raise Stop(f"Qt does not load on this system: {'; '.join(missing)}.")
    get_packages(packages, f"Qt needs system libraries that are missing here ({', '.join(missing)}).")
    missing = missing_libraries(str(python), with_screen)
    if missing:
        raise Stop(f"Qt still does not load: {'; '.join(missing)}.")


def get_packages(packages: Sequence[str], reason: str) -> None:
    """Install Debian packages as root; anybody else is told the one line.

    Raises:
        Stop: not root, no apt-get, or apt-get failed.
    """
    if shutil.which("apt-get") is None:
        raise Stop(f"{reason} Install what your system calls {' '.join(packages)} (Debian's names) and start again.")
    if os.geteuid() != 0:
        raise Stop(f"{reason} Type this, then start again:\n  {apt_line(packages)}")
    say(f"{reason} Installing {' '.join(packages)} with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh image has no package lists; where the update fails there may still be usable ones. Names can be told
    # apart only with lists.
    subprocess.run(["apt-get", "update", "-q"], capture_output=True, env=environment, check=False)
    names = current_names(packages)
    answer = subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *names],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False)
    if answer.returncode != 0:
        tail = "\n".join(f"    {line}" for line in answer.stdout.splitlines()[-8:])
        raise Stop(f"{tail}\napt-get could not install them; type this, then start again:\n  {apt_line(names)}")


def _has_ensurepip() -> bool:
    # Asked of a fresh interpreter: this one remembers which modules were missing.
    command = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
