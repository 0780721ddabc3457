"""What happens when the program itself is wrong: a log entry and one calm message; the window lives on."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

LOG_NAME = "fmviz.log"
CRASH_NAME = "fmviz-crash.log"
_LOG_BYTES = 1_000_000
_log = logging.getLogger("fmviz")


@dataclass(frozen=True, eq=False)
class Log:
    """The open log of this run."""

    path: Path
    handler: logging.Handler
    crash_file: TextIO

    def close(self) -> None:
        """Write no more; the files are closed."""
        _log.removeHandler(self.handler)
        self.handler.close()
        faulthandler.disable()
        self.crash_file.close()


def start_log(folder: Path) -> Log | None:
    """Write warnings and errors to a rotating file in `folder`, made if missing, and hard crashes beside it, below
    earlier ones.

    Returns:
        The log, or None where nothing can be written: fmviz works without it.
    """
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    try:
        crash_file = (folder / CRASH_NAME).open("a", encoding="utf-8")
    except OSError:
        handler.close()
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    faulthandler.enable(file=crash_file)
    return Log(path, handler, crash_file)


def install_hook(show: Callable[[str], None], log_path: Path | None) -> None:
    """Send every exception that nobody caught to the log, and its last line to `show`, once per kind; from any thread.

    A Qt slot that raises ends up here: the event loop goes on, so the user can still save.
    """
    seen: set[str] = set()

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("uncaught\n%s", text)
        if sys.stderr is not None:  # a program without a console has none
            sys.stderr.write(text)
        place = traceback.extract_tb(trace)[-1] if trace is not None else None
        key = f"{kind.__name__} {place.filename if place else ''} {place.lineno if place else 0}"
        if key not in seen:
            seen.add(key)
            where = f" The log is {log_path}." if log_path else ""
            show(f"Something in fmviz went wrong ({kind.__name__}: {error}). Your work is still here: save it.{where}")

    sys.excepthook = hook
