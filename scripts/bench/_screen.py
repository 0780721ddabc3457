"""A screen to measure a real window on: the one there is, or a virtual one with a window manager."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SCREEN = "1920x1080x24"
_START_S = 10


@contextlib.contextmanager
def screen(is_virtual: bool = True) -> Iterator[dict[str, str]]:
    """Yield the environment of a process that should open windows.

    A virtual screen is the default even on a desktop: a real one may hide the window or slow it to its own rate.
    The user's settings are not touched: configuration, cache and data go to a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="fmviz-bench-") as folder, contextlib.ExitStack() as ends:
        environment = dict(os.environ)
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            environment[name] = str(Path(folder) / name.lower())
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        if sys.platform.startswith("linux") and is_virtual:
            environment["DISPLAY"] = _virtual_display(ends)
            environment["QT_QPA_PLATFORM"] = "xcb"
            environment.pop("WAYLAND_DISPLAY", None)
            if manager := shutil.which("openbox"):
                _run([manager], environment, ends)
        yield environment


def _virtual_display(ends: contextlib.ExitStack) -> str:
    server = shutil.which("Xvfb")
    if server is None:
        sys.exit("Xvfb is missing, and the window is measured on a virtual screen; type: apt-get install xvfb openbox")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    ends.callback(_end, process)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    if not number:
        sys.exit("Xvfb did not start.")
    return f":{number}"


def _run(command: list[str], environment: dict[str, str], ends: contextlib.ExitStack) -> None:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ends.callback(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_START_S)
