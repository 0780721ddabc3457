"""Whether the environment is ready, and starting something in it. Standard library only, light: it runs at every start.

Ready means that two notes lie in `.venv`: `installed-EXTRA`, the text that the packages were installed from, and
`checked-SCREEN`, written once Qt and torch have been seen to load. Notes are compared as whole texts, so any edit
of the pins, another Python or a moved checkout sets up again. `_install` does the work, `_system` knows Qt's
system libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# fmviz may not be installed yet; the scripts use its modules that need the standard library only.
sys.path.append(str(ROOT))

CONSTRAINTS = ROOT / "scripts" / "constraints.txt"

EXTRAS = {"run": (), "test": ("test",)}
# The tests' packages include the application's: either note serves a start.
_SERVED_BY = {"run": ("run", "test"), "test": ("test",)}


class Stop(Exception):
    """The set-up cannot go on: `code` is the exit code, the message what the user should read."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """Write one line to standard error, which is where everything here reports."""
    print(text, file=sys.stderr, flush=True)


def venv_python(venv: Path = VENV) -> Path:
    """Return where the environment's interpreter lies on this system."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def recipe(extra: str, root: Path = ROOT, venv: Path = VENV) -> str:
    """Return the text that decides what is installed: pins, project table, extra, interpreter, place.

    Raises:
        OSError: there is no environment yet.
    """
    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return "\n".join((
        f"extra {extra}; {sys.platform} {machine}; {root}",
        (venv / "pyvenv.cfg").read_text(encoding="utf-8"),
        (root / "pyproject.toml").read_text(encoding="utf-8"),
        (root / "scripts" / "constraints.txt").read_text(encoding="utf-8"),
    ))


def note_path(name: str, venv: Path = VENV) -> Path:
    """Return where a note about the environment is kept: inside it, so that both go together."""
    return venv / f"fmviz-{name}.txt"


def is_installed(extra: str, root: Path = ROOT, venv: Path = VENV) -> bool:
    """Return whether the environment holds exactly what the checkout asks for."""
    for name in _SERVED_BY[extra]:
        try:
            if note_path(f"installed-{name}", venv).read_text(encoding="utf-8") == recipe(name, root, venv):
                return venv_python(venv).exists()
        except (OSError, UnicodeDecodeError):  # missing, or damaged
            continue
    return False


def is_checked(with_screen: bool, venv: Path = VENV) -> bool:
    """Return whether Qt and torch have been seen to load; a check for a screen covers one without."""
    return any(note_path(f"checked-{name}", venv).exists()
               for name in (("screen",) if with_screen else ("screen", "offscreen")))


def is_ready(extra: str, with_screen: bool) -> bool:
    """Return whether nothing has to be done before "run" or "test"; if not, `_install.install` does it."""
    return is_installed(extra) and is_checked(with_screen)


def start(arguments: Sequence[str]) -> int:
    """Run the environment's Python with `arguments`; on Linux and macOS it replaces this process."""
    # -P: a file like random.py in the user's folder must not replace a module.
    command = [str(venv_python()), "-P", *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Windows has told the child too; its exit code says what became of it.
            continue


def guarded(main: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Return main's exit code; a `Stop` becomes its message and code, a refusal of the system one line and 2, Ctrl-C
    one line and 130."""
    try:
        return main(arguments)
    except Stop as stop:
        say(str(stop))
        return stop.code
    except OSError as error:  # a full disk, or an interpreter that is damaged
        say(f"The set-up stopped at {error.filename or VENV}: {error.strerror or error}; mend that, or delete {VENV}, "
            "and start again.")
        return 2
    except KeyboardInterrupt:
        say("\nStopped; the next start mends what was cut off.")
        return 130
