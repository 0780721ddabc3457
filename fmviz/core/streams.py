"""Named streams of random numbers: what is drawn for one purpose never depends on what was drawn for another.

A stream is numpy's default generator of [seed, number of its purpose, ...]. A number is never given twice, and never
changes: old results repeat by it. More numbers tell draws of one purpose apart, from 1 on, since [seed, purpose, 0]
is [seed, purpose].
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What random numbers are drawn for."""

    RANDOM_PAIRS = 1
    OT_PAIRS = 2
    OT_PLANS = 3
    PARTICLES = 4
    SOURCE_DOTS = 5
    TARGET_DOTS = 6
    LIVE_QUALITY = 7
    QUALITY_FLOOR = 8
    QUALITY_TARGETS = 9
    DISTANCE_OF_CLOUDS = 10
    SAMPLES = 11
    SHOWN_PAIRS = 12
    GALLERY_PILES = 13
    GALLERY_POINT = 14
    CELLS = 15
    DENSITY_POINTS = 16
    EXACT_FIELD = 17
    EXACT_NUMBERS = 18
    PROBED = 19
    GRADIENTS = 20
    SAMPLING_NOISE = 21
    LIKELIHOOD = 24
    TARGET_BATCHES = 30
    OWN_PAIRS = 31
    EVEN_SAMPLE = 40


def stream(seed: int, purpose: Stream, *more: int) -> np.random.Generator:
    """Return a fresh generator of one purpose; the same arguments give the same numbers."""
    return np.random.default_rng([seed, int(purpose), *more])
