"""`fmviz doctor`: what is installed, where it would run, what is missing and how to get it.

It has to work where something is broken, so every question that could end a process is asked of another one, and
this module imports nothing that could be missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from fmviz import __version__
from fmviz.app.screen import has_screen
from fmviz.app.system_libraries import apt_line, missing_libraries, packages_for

# Distribution -> what it is for.
PACKAGES = {
    "PySide6-Essentials": "the window and all drawing",
    "pyqtgraph": "the stage",
    "numpy": "all arithmetic",
    "scipy": "assignments",
    "torch": "learning",
    "POT": "optimal transport",
    "pillow": "GIF files",
    "imageio": "pictures",
    "imageio-ffmpeg": "films",
    "safetensors": "project files",
}
# These crash or lose docks, with every Python.
BAD_PYSIDE = ("6.8.0", "6.9.1", "6.11.0", "6.11.1")
FIRST_UNKNOWN_PYSIDE = (6, 13)
# From this release on Pythons before 3.12 abort after some thousand Qt calls (none_dealloc).
FIRST_PYSIDE_FOR_NEW_PYTHONS, FIRST_NEW_PYTHON = (6, 12), (3, 12)

_ROOT = Path(__file__).resolve().parent.parent.parent
_TORCH = (f"import sys; sys.path.append({str(_ROOT)!r}); from fmviz.flow.device import choose_device, describe_device; "
          "print(describe_device(choose_device('auto')))")
_RESOURCES = ("theme.json", "fonts/Inter-Regular.otf", "examples/first.fmviz", "icons/play.svg")


@dataclass(frozen=True)
class Finding:
    """One line of the report: `remedy` is None where all is well."""

    subject: str
    found: str
    remedy: str | None = None


def run(arguments: argparse.Namespace) -> int:
    """Print the report; returns 0 if nothing is missing, else 2."""
    findings = examine()
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print(f"{finding.subject:<{width}}  {finding.found}")
    remedies = list(dict.fromkeys(finding.remedy for finding in findings if finding.remedy is not None))
    print()
    for remedy in remedies:
        print(f"To do: {remedy}")
    if not remedies:
        print("Everything is there.")
    return 2 if remedies else 0


def examine() -> list[Finding]:
    """Return every finding, in the order of the report."""
    findings = [
        Finding("fmviz", f"{__version__} in {Path(__file__).resolve().parent.parent}"),
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        Finding("system", f"{platform.platform()}, {os.cpu_count()} cores"),
    ]
    findings += [_package(name, use) for name, use in PACKAGES.items()]
    findings += [_device(), _qt(), _resources()]
    return findings


def _package(name: str, use: str) -> Finding:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, f"missing ({use})", install_line(name))
    if name == "PySide6-Essentials" and is_bad_pyside(version, sys.version_info[:2]):
        return Finding(name, f"{version}, which crashes or has faults", install_line(name))
    return Finding(name, version)


def is_bad_pyside(version: str, python: tuple[int, int]) -> bool:
    """Return whether this release of PySide6 is one that fmviz must not run on with this Python."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    limit = FIRST_PYSIDE_FOR_NEW_PYTHONS if python < FIRST_NEW_PYTHON else FIRST_UNKNOWN_PYSIDE
    return version in BAD_PYSIDE or numbers >= limit


def install_line(name: str | None = None) -> str:
    """Return how a missing package, or everything, is got here: by the set-up script in a checkout, else by pip."""
    script = _ROOT / "scripts" / "run.py"
    if script.exists():
        return f"python3 {script}"
    if name is None:
        return "install fmviz again from where you have it, with pip's option --force-reinstall"
    return f"{sys.executable} -m pip install '{_requirement(name)}'"


def _requirement(name: str) -> str:
    """Return what fmviz's own package says about one it needs, such as numpy>=2.0."""
    try:
        lines = metadata.requires("fmviz") or []
    except metadata.PackageNotFoundError:
        lines = []
    return next((line for line in lines if line.lower().startswith(name.lower())), name)


def _device() -> Finding:
    answer = subprocess.run([sys.executable, "-P", "-c", _TORCH], capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        return Finding("device", answer.stdout.strip())
    return Finding("device", f"torch does not load: {_last_line(answer)}", install_line("torch"))


def _qt() -> Finding:
    with_screen = has_screen()
    where = "a window can open" if with_screen else "no screen: no window, but `fmviz render` works"
    missing = missing_libraries(sys.executable, with_screen)
    if not missing:
        return Finding("Qt", f"loads on the platform {_qt_platform(with_screen)}; {where}")
    packages = packages_for(missing)
    remedy = install_line() if packages is None else apt_line(packages)
    return Finding("Qt", f"does not load: {'; '.join(missing)}", remedy)


def _qt_platform(with_screen: bool) -> str:
    environment = dict(os.environ) if with_screen else {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    code = "from PySide6.QtGui import QGuiApplication as A; a = A([]); print(a.platformName())"
    answer = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False,
                            env=environment)
    return answer.stdout.strip() if answer.returncode == 0 else f"none ({_last_line(answer)})"


def _resources() -> Finding:
    from fmviz.core.resources import resource_path

    try:
        folder, *_ = [resource_path(name).parent for name in _RESOURCES]
    except FileNotFoundError as error:
        return Finding("resources", str(error), install_line())
    return Finding("resources", f"complete, in {folder}")


def _last_line(answer: subprocess.CompletedProcess[str]) -> str:
    return (answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"])[-1]
