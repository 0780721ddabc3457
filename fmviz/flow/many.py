"""Many points carried along a learned field, for densities: more of them, and less of each, than of particles."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from fmviz.core.config import Sampling
from fmviz.core.many import ManyPoints, packed
from fmviz.core.project import LearnedFlow
from fmviz.core.streams import Stream, stream
from fmviz.flow.bake import given_by
from fmviz.flow.carry import LIVE, Drawn, Fineness, carry
from fmviz.flow.models import field_of


@dataclass(frozen=True)
class Amount:
    """How many points are carried, and how finely."""

    count: int
    fineness: Fineness


# 20,000 points take 2 MB and, with a usual network, 2 s of one thread; those beside a training .2 MB and .1 s.
MANY, LIVE_MANY = Amount(20_000, Fineness(nfe=100, times=26)), Amount(4_000, LIVE)


def carried_points(flow: LearnedFlow, sampling: Sampling, amount: Amount) -> Generator[None, None, ManyPoints]:
    """Carry fresh points of the source, yielding between evaluations.

    Raises:
        ConfigError: the weights do not fit the settings.
    """
    field, frame = field_of(flow)
    source, seed = flow.project.source, flow.project.lanes[0].seed
    x0, rows = source.sample_with_rows(amount.count, stream(seed, Stream.DENSITY_POINTS))
    motion = yield from carry(field, frame, x0, sampling, amount.fineness, drawn=Drawn.DENSITY)
    distinct = len(x0) if rows is None or source.jitter > 0 else len(np.unique(rows))
    return packed(motion.t, motion.x, given_by(flow.project).extent, distinct, motion.is_straight)
