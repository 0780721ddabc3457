"""The batch of pairs that the Pairs view shows: as one batch of n points would be paired, beside the best there is.

Of each side `POOL` points are drawn once, in the seed's order. The batch of n is made of the first n of them, the same
source points for every lane, so that a batch holds all smaller ones; `couplings` pairs them. After them come `EVEN`
more of each side that lie evenly, for what is asked about a coupling and not about chance.

The optimum is that of the whole clouds: exact, weights included, if both sides are finite, unmoved by jitter and have
at most `POOL` points; else that of all the `POOL` drawn points of each side. What was
solved is found by the content of clouds: pickling makes new ones of the same points.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.config import BatchSettings
from fmviz.core.couplings import coupling_of
from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.core.style import MOST_PAIRS
from fmviz.flow.couplings import Batches, Drawn, Partners, pairing_of
from fmviz.flow.strata import even_sample
from fmviz.flow.transport import solve_plan, table_of
from fmviz.flow.units import units_of

# Solving a plan of so many takes 640 MB of the engine's memory as long as it lasts; all of it is given back.
POOL = MOST_PAIRS
# A power of two; an optimal plan of them takes 0.8 s.
EVEN = 2_048

# Who begins to learn waits so long for pairs to show.
_QUICK_S = 1.0

# The coupling whose largest batch is the optimum.
_BEST = "ot"

# A coupling, and the settings that it pairs a batch by.
_Way = tuple[str, BatchSettings]


class PairPool:
    """The drawn points of one problem, and what has been solved of them; answers are kept.

    Threads may share it: each answer depends on the problem alone, so that making one twice only costs time.
    """

    def __init__(self, source: Side, target: Side, seed: int) -> None:
        # Shuffled: some shapes draw their points in the order of their parts.
        x0, x1 = (np.concatenate([rng.permutation(side.sample(POOL, rng)), even_sample(side, EVEN, rng)])
                  for side, rng in ((side, stream(seed, Stream.SHOWN_PAIRS, number))
                                    for number, side in enumerate((source, target), 1)))
        units = units_of(source, target)
        self.drawn = Drawn(source, target, units, x0, x1, units.source_to_unit(x0), units.target_to_unit(x1), seed)
        clouds = [side.cloud for side in (source, target) if side.cloud is not None and side.jitter == 0]
        self._whole = (clouds[0], clouds[1]) if len(clouds) == 2 and max(map(len, clouds)) <= POOL else None
        self._batches: dict[_Way, Batches] = {}
        self._partners: dict[tuple[_Way, int], Partners] = {}
        self._usual: dict[tuple[_Way, int], float] = {}
        self.optimum: float | None = None

    def batch(self, coupling: str, size: int, settings: BatchSettings = ()) -> Pairs:
        """Return the batch of `size` pairs, with what is known of `usual` and `optimum` so far.

        Args:
            settings: what else decides how it is paired; see `Learning.batch_settings`.
        Raises:
            ConfigError: an unknown coupling.
        """
        found, x0 = self._partners_of(coupling, size, settings), self.drawn.x0[:size]
        paired = x0[found.rows]
        # What a plan of a part of the mass costs is not to be held against one of all.
        optimum = self.optimum if coupling_of(coupling).is_balanced else None
        return Pairs(paired, found.x1, _cost(paired, found.x1), optimum, self._usual.get(((coupling, settings), size)),
                     self._batches_of(coupling, settings).cells(), np.delete(x0, found.rows, axis=0), found.alone,
                     found.column_error)

    def quick_batch(self, coupling: str, size: int, settings: BatchSettings = ()) -> Pairs | None:
        """Return the same if it takes less than a second, else None."""
        return self.batch(coupling, size, settings) if self.seconds(coupling, size, settings) < _QUICK_S else None

    def seconds(self, coupling: str, size: int, settings: BatchSettings = ()) -> float:
        """Return about how long `batch` takes; 0 if it is known."""
        is_known = ((coupling, settings), size) in self._partners
        return 0.0 if is_known else self._batches_of(coupling, settings).seconds(size)

    def has_usual(self, coupling: str, size: int, settings: BatchSettings = ()) -> bool:
        """Whether there is nothing for `solve_usual` to find."""
        return POOL // size < 2 or ((coupling, settings), size) in self._usual

    def solve_usual(self, coupling: str, size: int, settings: BatchSettings = (),
                    goes_on: Callable[[], bool] = lambda: True) -> None:
        """Find what such batches cost on average: all that the pool can be split into, if they are two at least, or as
        many as there is time for.

        It asks `goes_on` between two batches, and gives up if not.
        """
        if self.has_usual(coupling, size, settings):
            return
        paired = self.pairs(coupling, size, settings, POOL, goes_on)
        if paired is not None:
            self._usual[(coupling, settings), size] = _cost(*paired)

    def pairs(self, coupling: str, size: int, settings: BatchSettings, total: int,
              goes_on: Callable[[], bool] = lambda: True) -> tuple[FloatArray, FloatArray] | None:
        """Return the pairs of as many batches as `total` points hold and there is time for: (P, 2) each.

        It asks `goes_on` between two batches; None if not.
        """
        batches, first = self._batches_of(coupling, settings), self._partners_of(coupling, size, settings)
        x0, x1 = [self.drawn.x0[first.rows]], [first.x1]
        for start in range(size, batches.count(total // size) * size, size):
            if not goes_on():
                return None
            found = batches.partners(start, start + size)
            x0.append(self.drawn.x0[start + found.rows])
            x1.append(found.x1)
        return np.concatenate(x0), np.concatenate(x1)

    def solve_optimum(self) -> None:
        """Find the cost of the best pairing of the whole clouds; takes seconds."""
        if self.optimum is not None:
            return
        if self._whole is None:
            self.optimum = self.batch(_BEST, POOL).cost
            return
        (source, target), units = self._whole, self.drawn.units
        plan = solve_plan(units.source_to_unit(source.xy), units.target_to_unit(target.xy), source.weights,
                          target.weights)
        table = table_of(plan, source.xy, target.xy)
        self.optimum = _cost(table.x0, table.x1, table.mass)

    @property
    def has_whole_clouds(self) -> bool:
        """Whether the optimum is that of the whole clouds; else it is that of `POOL` drawn points of each."""
        return self._whole is not None

    def even_pairs(self, coupling: str, settings: BatchSettings) -> tuple[FloatArray, FloatArray]:
        """Return the pairs (P, 2) of `EVEN` points that lie evenly on each side, paired as one batch.

        Of independent points, two moons have one in 2,000 more or less for every hundred, and far to go.
        """
        found = self._batches_of(coupling, settings).partners(POOL, POOL + EVEN)
        return self.drawn.x0[POOL + found.rows], found.x1

    def _batches_of(self, coupling: str, settings: BatchSettings) -> Batches:
        way = coupling, settings
        if way not in self._batches:
            self._batches[way] = pairing_of(coupling).batches(self.drawn, dict(settings))
        return self._batches[way]

    def _partners_of(self, coupling: str, size: int, settings: BatchSettings) -> Partners:
        way = coupling, settings
        if (way, size) not in self._partners:
            self._partners[way, size] = self._batches_of(coupling, settings).partners(0, size)
        return self._partners[way, size]


def batch_pairs(project: Project, size: int) -> tuple[Pairs, ...]:
    """Return the batch of `size` pairs of each lane, `usual` and `optimum` included; takes seconds the first time."""
    pool = pool_of(project)
    pool.solve_optimum()
    for lane in project.lanes:
        pool.solve_usual(lane.coupling, size, lane.batch_settings)
    return tuple(pool.batch(lane.coupling, size, lane.batch_settings) for lane in project.lanes)


def pool_of(project: Project) -> PairPool:
    """Return the pool of a project's clouds; equal clouds and seeds get the same one as long as it is kept."""
    return _pool(content_of(project))


# A few: one goes back and forth between two problems.
@lru_cache(maxsize=4)
def _pool(key: Content) -> PairPool:
    return PairPool(key.project.source, key.project.target, key.project.lanes[0].seed)


def _cost(x0: FloatArray, x1: FloatArray, mass: np.ndarray | None = None) -> float:
    """Return the mean squared distance of pairs, squared world units; 0 of none."""
    return 0.0 if not len(x0) else float(np.average(((x1.astype(np.float64) - x0) ** 2).sum(axis=1), weights=mass))


class Content:
    """A project, equal to another if its clouds, its seed and some further values are."""

    def __init__(self, content: Hashable, project: Project) -> None:
        self.content, self.project = content, project

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)


def content_of(project: Project, *more: Hashable) -> Content:
    """Return what a project is found by: clouds, seed and `more`."""
    return Content((_content(project.source), _content(project.target), project.lanes[0].seed, more), project)


def _content(side: Side) -> Hashable:
    cloud = side.cloud
    if cloud is None:
        return side.shape, side.jitter
    return cloud.xy.tobytes(), None if cloud.weights is None else cloud.weights.tobytes(), side.jitter
