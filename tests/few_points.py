"""The numbers at the end of a training, of few points: for tests of something else.

However small a training is, its numbers take three seconds of processor time for each lane, and most of its test; the
best pairs of a picture take as long.
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
    from fmviz.flow import batch_pairs, exact, quality, sample, strata

    # It has to divide LIVE_TOTAL and FINAL_TOTAL, which count the particles too.
    for name, value in {"POINTS": 64, "_TRANSPORT_POINTS": 64, "_TRANSPORT_DRAWS": 3, "_ENERGY_TARGETS": 256,
                        "_LIVE": quality._Counts(64, 64), "_FINAL": quality._Counts(256, 128)}.items():
        change(quality, name, value)
    for name, value in {"ERROR_TIMES": np.array([0.3, 0.7]), "_ERROR_PLACES": 50, "_FLOOR_TIMES": 3,
                        "_FLOOR_DRAWS": 200, "_FLOOR_PAIRS": 128}.items():
        change(exact, name, value)
    change(batch_pairs, "EVEN", 128)
    change(batch_pairs, "POOL", 512)
    change(sample, "held_out", partial(sample.held_out, count=64))
    change(strata, "_CELL_POINTS", 4_096)


def forget_measured() -> None:
    """Forget the numbers that are kept for equal problems."""
    from fmviz.flow import batch_pairs, exact, quality, strata

    for kept in (quality.floor, quality.transport_cost, exact._known, exact._field, batch_pairs._pool,
                 strata._many):
        kept.cache_clear()


def serve_few_points(connection: Connection) -> None:
    """Be the engine, and measure few points."""
    with suppress(ImportError):  # which the engine says itself
        measure_few(setattr)
    serve(connection)
