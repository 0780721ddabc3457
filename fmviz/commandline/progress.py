"""Progress on standard error: a bar with the time left on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Protocol, TextIO

from fmviz.core.numbers import time_left, within

_BAR_CELLS = 28
_REDRAW_S = 0.1
# Without a terminal: one line for each quarter.
_PARTS = 4


class Listener(Protocol):
    """Who hears how far work is."""

    def update(self, fraction: float, detail: str = "") -> None:
        """Hear the share that is done, 0 to 1, and what is done now."""

    def note(self, sentence: str) -> None:
        """Hear a sentence for the user."""

    def count_frames(self, frames: tuple[int, int]) -> None:
        """Hear how many frames of how many are drawn."""
        done, total = frames
        self.update(done / total, f"frame {done} of {total}")


class ProgressLine(Listener):
    """One piece of work from 0 to 1; a context manager that ends its line.

    Args:
        label: what is done, for example "training".
        stream: where to write; None is standard error.
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._full, self._empty = _cells(self._stream)
        self._begun = self._drawn = time.monotonic()
        self._part = 0

    def __enter__(self) -> ProgressLine:
        if self._is_terminal:
            self._draw(0.0, "")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        seconds = time.monotonic() - self._begun
        if self._is_terminal:
            self._write(_without_bar() + (f"{self._label}: {seconds:.1f} s\n" if kind is None else ""))
        elif kind is None:
            self._write(f"{self._label}: done in {seconds:.1f} s\n")

    def update(self, fraction: float, detail: str = "") -> None:
        """Show that `fraction` of the work is done; cheap when called often."""
        if self._is_terminal:
            now = time.monotonic()
            if now - self._drawn >= _REDRAW_S:
                self._drawn = now
                self._draw(fraction, detail)
        elif self._part < int(fraction * _PARTS) < _PARTS:
            self._part = int(fraction * _PARTS)
            words = [f"{self._label}: {100 * self._part // _PARTS} %", detail, self._time_left(fraction)]
            self._write(", ".join(word for word in words if word) + "\n")

    def note(self, sentence: str) -> None:
        """Write one line that stays."""
        self._write((_without_bar() if self._is_terminal else "") + sentence + "\n")

    def _draw(self, fraction: float, detail: str) -> None:
        filled = round(within(fraction, 0.0, 1.0) * _BAR_CELLS)
        bar = self._full * filled + self._empty * (_BAR_CELLS - filled)
        words = [f"{self._label} {bar} {100 * fraction:3.0f} %", detail, self._time_left(fraction)]
        line = "  ".join(word for word in words if word)
        self._write("\r" + line[:_columns()].ljust(_columns()))

    def _time_left(self, fraction: float) -> str:
        if not 0.02 < fraction < 1.0:
            return ""
        left = (time.monotonic() - self._begun) * (1 - fraction) / fraction
        return time_left(left)

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody can read it, or its disk is full: no reason to give up the work
            self._stream.write(text)
            self._stream.flush()


class ProgressPart(Listener):
    """A stretch of a larger `ProgressLine`, itself from 0 to 1.

    Args:
        whole: what it is a part of.
        start, length: where it begins and how much it is, both as shares of the whole.
        label: what is done in it, said before each detail.
    """

    def __init__(self, whole: ProgressLine, start: float, length: float, label: str) -> None:
        self._whole, self._start, self._length, self._label = whole, start, length, label

    def update(self, fraction: float, detail: str = "") -> None:
        """Show that `fraction` of this part is done."""
        words = ", ".join(word for word in (self._label, detail) if word)
        self._whole.update(self._start + within(fraction, 0.0, 1.0) * self._length, words)

    def note(self, sentence: str) -> None:
        """Write one line that stays."""
        self._whole.note(sentence)

    def parts(self, count: int) -> list[ProgressPart]:
        """Return so many equal stretches of this part, one after the other."""
        length = self._length / count
        return [ProgressPart(self._whole, self._start + k * length, length, self._label) for k in range(count)]


def _without_bar() -> str:
    """Return what wipes the line: spaces, because not every Windows console knows escape codes."""
    return "\r" + " " * _columns() + "\r"


def _columns() -> int:
    return shutil.get_terminal_size().columns - 1


def _cells(stream: TextIO) -> tuple[str, str]:
    try:
        "█░".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "#", "-"
    return "█", "░"
