"""`fmviz doctor`: what is installed, where it would run, what is missing and how to get it.

It has to work where something is broken, so every question that could end a process is asked of another one, and
this module imports nothing that could be missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from multiprocessing.connection import Connection
from pathlib import Path

from fmviz import __version__
from fmviz.app.system_libraries import apt_line, has_screen, packages_for, probe
from fmviz.core.resources import PACKAGES

# These crash or lose docks, with every Python.
BAD_PYSIDE = ("6.8.0", "6.9.1", "6.11.0", "6.11.1")
FIRST_UNKNOWN_PYSIDE = (6, 13)
# From this release on Pythons before 3.12 abort after some thousand Qt calls (none_dealloc).
FIRST_PYSIDE_FOR_NEW_PYTHONS, FIRST_NEW_PYTHON = (6, 12), (3, 12)

_ROOT = Path(__file__).resolve().parent.parent.parent
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
    findings += [_package(name, package.use) for name, package in PACKAGES.items()]
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
    if getattr(sys, "frozen", False):  # fmviz and its Python are one program, which cannot install anything
        return "get fmviz again from where you have it: this copy of it is incomplete"
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
    answer = _elsewhere(_name_device)
    if answer.has_worked:
        return Finding("device", answer.text)
    return Finding("device", f"torch does not load: {answer.text}", install_line("torch"))


def _name_device() -> str:
    from fmviz.flow.device import choose_device, describe_device

    return describe_device(choose_device("auto"))


def _qt() -> Finding:
    with_screen = has_screen()
    where = "a window can open" if with_screen else "no screen: no window, but `fmviz render` works"
    answer = _elsewhere(_name_missing, with_screen)
    missing = answer.text.splitlines()
    if answer.has_worked and not missing:
        answer = _elsewhere(_name_platform, with_screen)
        name = answer.text if answer.has_worked else f"none ({answer.text})"
        return Finding("Qt", f"loads on the platform {name}; {where}")
    packages = packages_for(missing)
    remedy = install_line() if packages is None else apt_line(packages)
    return Finding("Qt", f"does not load: {'; '.join(missing)}", remedy)


def _name_missing(with_screen: bool) -> str:
    return "\n".join(probe(with_screen))


def _name_platform(with_screen: bool) -> str:
    if not with_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    return application.platformName()


@dataclass(frozen=True)
class _Answer:
    has_worked: bool
    text: str


def _elsewhere(question: Callable[..., str], *args: object) -> _Answer:
    """Ask in a process of its own: what loads badly ends it. A frozen program has no other Python to start."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, question, *args))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = None
    process.join()
    return _Answer(*answer) if answer else _Answer(False, f"its check ended with code {process.exitcode}")


def _answer(connection: Connection, question: Callable[..., str], *args: object) -> None:
    """Say what the question's answer is, or the last line of what went wrong. Runs in the process of its own."""
    try:
        said = (True, question(*args))
    except Exception as error:  # whatever a broken package raises is the answer
        said = (False, (str(error).strip().splitlines() or [type(error).__name__])[-1])
    connection.send(said)
    connection.close()


def _resources() -> Finding:
    from fmviz.core.resources import resource_path

    try:
        folder, *_ = [resource_path(name).parent for name in _RESOURCES]
    except FileNotFoundError as error:
        return Finding("resources", str(error), install_line())
    return Finding("resources", f"complete, in {folder}")
