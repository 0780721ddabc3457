"""The numbers at the end of a training, of few points: for tests of something else.

However small a training is, its numbers take three seconds of processor time for each lane, and most of its test.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

from fmviz.engine.host import serve


def measure_few(change: Callable[[object, str, object], object]) -> None:
    """Have all numbers measured of few points.

    Args:
        change: sets an attribute, as `setattr` does.
    """
    from fmviz.flow import batch_pairs, exact, quality, sample

    # It has to divide LIVE_TOTAL and FINAL_TOTAL, which count the particles too.
    change(quality, "POINTS", 64)
    change(quality, "_TRANSPORT_POINTS", 100)
    for name, value in {"ERROR_TIMES": np.array([0.3, 0.7]), "_ERROR_PLACES": 50, "_FLOOR_TIMES": 3,
                        "_FLOOR_DRAWS": 200, "_FLOOR_PAIRS": 128}.items():
        change(exact, name, value)
    change(batch_pairs, "EVEN", 128)
    change(sample, "held_out", partial(sample.held_out, count=64))


def forget_measured() -> None:
    """Forget the numbers that are kept for equal problems."""
    from fmviz.flow import exact, quality

    for kept in (quality.floor, quality.transport_cost, exact._known, exact._field):
        kept.cache_clear()


def serve_few_points(connection: Connection) -> None:
    """Be the engine, and measure few points."""
    with suppress(ImportError):  # which the engine says itself
        measure_few(setattr)
    serve(connection)
