"""Whether the packages have builds for this machine: asked before a long download, and when pip has found none.

The oldest systems are what the wheels of PySide6 and PyTorch say that the constraints name.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from dataclasses import dataclass

# The oldest C library (glibc) for Qt's wheel, by machine.
OLDEST_GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}
OLDEST_MACOS = (14, 0)
SYSTEMS = ("fmviz runs on Linux x86-64 (glibc 2.34: Debian 12, Ubuntu 22.04), Linux ARM (glibc 2.39: Debian 13, Ubuntu "
           "24.04), Apple silicon (macOS 14) and 64-bit x86 Windows, and on what is newer")

_NO_NETWORK = re.compile(r"name resolution|ConnectionError|ConnectTimeout|NewConnectionError|ReadTimeout"
                         r"|Network is unreachable|ProxyError|SSLError|Retrying \(")


@dataclass(frozen=True)
class Machine:
    """What decides whether there is a build.

    Args:
        system: as `sys.platform` says it.
        machine: the processor that this Python was built for, as `platform.machine` says it.
        version: of glibc on Linux, () where it is another library; of macOS on a Mac.
        is_64_bit: whether this Python is.
        is_usual: whether it is the usual CPython, with its lock.
    """

    system: str
    machine: str
    version: tuple[int, ...]
    is_64_bit: bool = True
    is_usual: bool = True


def this_machine() -> Machine:
    """Return the machine that runs this Python."""
    if sys.platform == "darwin":
        version = _numbers(platform.mac_ver()[0])
    else:
        library, text = platform.libc_ver()
        version = _numbers(text) if library == "glibc" else ()
    is_usual = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
    # On Windows `platform.machine` is the processor's, also for a Python of another kind.
    machine = platform.machine() if os.name != "nt" else sysconfig.get_platform().removeprefix("win-")
    return Machine(sys.platform, machine, version, sys.maxsize > 2**32, is_usual)


def complaint(machine: Machine) -> str | None:
    """Return the sentence for a machine, or a Python on it, that the packages have no builds for; None if they have."""
    if not machine.is_usual:
        return ("This Python is not the usual CPython (it is another implementation, or the free-threaded build), and "
                "PyTorch and Qt have no builds for it; install the usual one (python.org/downloads).")
    if not machine.is_64_bit:
        return "This Python is a 32-bit one and PyTorch has no 32-bit build; install the 64-bit Python."
    if machine.system == "darwin":
        return _complaint_on_macos(machine)
    if machine.system == "win32":
        if machine.machine.lower() in ("amd64", "x86_64"):
            return None
        return ("This is a Python for Windows on ARM, and PyTorch has no build for that; install the 64-bit x86 Python "
                "(\"Windows installer (64-bit)\"), which runs on ARM too.")
    if machine.system.startswith("linux"):
        return _complaint_on_linux(machine)
    return f"PyTorch and Qt have no builds for {machine.system}; {SYSTEMS}."


def _complaint_on_macos(machine: Machine) -> str | None:
    if machine.machine != "arm64":
        return ("PyTorch has no build for Intel Macs (nor for an Intel Python on Apple silicon); use an arm64 Python "
                "on an Apple-silicon Mac, Linux or Windows.")
    if machine.version < OLDEST_MACOS:
        return (f"This is macOS {_dotted(machine.version)}, and the builds of PyTorch and Qt need macOS "
                f"{OLDEST_MACOS[0]}; update the system.")
    return None


def _complaint_on_linux(machine: Machine) -> str | None:
    oldest = OLDEST_GLIBC.get(machine.machine)
    if oldest is None:
        return f"PyTorch and Qt have no builds for a Linux machine of the kind {machine.machine}; {SYSTEMS}."
    if not machine.version:
        return ("The C library of this Linux is not glibc (Alpine has musl), and PyTorch and Qt have no builds for it; "
                f"{SYSTEMS}.")
    if machine.version < oldest:
        return (f"This Linux has glibc {_dotted(machine.version)}, and Qt's build for {machine.machine} needs "
                f"{_dotted(oldest)}; use a newer release: {SYSTEMS}.")
    return None


def has_no_network(log: str) -> bool:
    """Return whether pip's log tells of a network that is down; it ends with "No matching distribution" too."""
    return _NO_NETWORK.search(log) is not None


def missing_build(log: str) -> str | None:
    """Return what pip found no build of, such as "torch==2.13.*"; None if it has not looked in vain."""
    found = re.search(r"No matching distribution found for (\S+)", log)
    return found[1] if found else None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) or "of an unknown version"
