"""How long the rest of some work takes, from how fast it went lately. Plain arithmetic; the caller brings the clock."""

from __future__ import annotations

from collections import deque

# The first steps fill caches and start processes: nothing is said before, and they are forgotten soon.
_QUIET_S = 0.4
_MEMORY_S = 6.0


class Pace:
    """Steps done over time."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._began = 0.0

    def seconds_left(self, now: float, done: int, total: int) -> float:
        """Return how long the rest will take; 0 until that can be said, and when nothing is left.

        Args:
            now: of a clock that only goes forward, seconds.
            done, total: steps; what came before the first one says nothing about the others.
        """
        if done <= 0:
            return 0.0
        if not self._marks:
            self._began = now
        if not self._marks or done > self._marks[-1][1]:
            self._marks.append((now, done))
        while len(self._marks) > 2 and self._marks[1][0] <= now - _MEMORY_S:
            self._marks.popleft()
        since, first = self._marks[0]
        if done == first or now - self._began < _QUIET_S:
            return 0.0
        return (now - since) / (done - first) * (total - done)
