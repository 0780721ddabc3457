"""How long a test waits for what must come: only a hang takes so long, however busy the machine is.

Exports work at idle priority: on a machine with seven others at work for each core three of them took over two minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 300
PATIENCE_MS = 1000 * PATIENCE_S
# How long a thread or a process that a test has ended may take: what has ended has little left to do, even if idle.
ENDING_S = 90

_Value = TypeVar("_Value")


def wait_for(answer: Callable[[], _Value], is_alive: Callable[[], bool] = lambda: True) -> _Value:
    """Return the first answer that is true, of a process that is asked again and again and has to live meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := answer()):
        assert is_alive(), "it ended before"
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.005)
    return value
