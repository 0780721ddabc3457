"""What a piece of work costs: seconds, processor seconds and memory of this process and all that it starts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.2


@dataclass(frozen=True)
class Cost:
    """Of one piece of work.

    Args:
        seconds: of the clock.
        processor_s: of this process and of its children that have ended, user and system.
        peak_mb: most memory at once; what processes share counts once. 0 where there is no /proc.
        load: what others did: the machine's load of the last minute as the work began.
    """

    seconds: float
    processor_s: float
    peak_mb: float
    load: float

    @property
    def cores(self) -> float:
        """How many cores it kept busy."""
        return self.processor_s / self.seconds


def cost(work: Callable[[], object]) -> Cost:
    """Return what `work()` costs; the looking itself is not counted."""
    ended, peak, looking = threading.Event(), [0.0], [0.0]

    def watch() -> None:
        while not ended.wait(_EVERY_S):
            peak[0] = max(peak[0], family_mb())
        looking[0] = time.thread_time()

    watcher = threading.Thread(target=watch)
    load, before, start = os.getloadavg()[0], _used_s(), time.perf_counter()
    watcher.start()
    try:
        work()
        seconds = time.perf_counter() - start
    finally:
        ended.set()
        watcher.join()
    return Cost(seconds, _used_s() - before - looking[0], peak[0], load)


def family_mb() -> float:
    """Return the proportional memory of this process and all its descendants, MB."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        process_id = waiting.pop()
        place = Path(f"/proc/{process_id}")
        with suppress(OSError):  # it has just ended
            for line in (place / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
            for thread in (place / "task").iterdir():
                waiting.extend(int(child) for child in (thread / "children").read_text().split())
    return total / 1000


def _used_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
