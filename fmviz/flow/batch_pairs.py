"""The batch of pairs that the Pairs view shows: as one batch of n points would be paired, beside the best there is.

Of each side `POOL` points are drawn once, in the seed's order. The batch of n is made of the first n of them, the same
source points for every lane, so that a batch holds all smaller ones; `couplings` pairs them.

The optimum is that of the whole clouds: exact, weights included, if both sides are finite, unmoved by jitter and have
at most `POOL` points; else that of all the `POOL` drawn points of each side.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

import numpy as np

from fmviz.core.cloud import FloatArray, Side
from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.core.streams import Stream, stream
from fmviz.core.style import FEWEST_PAIRS, MOST_PAIRS
from fmviz.flow.couplings import Batches, Drawn, pairing_of
from fmviz.flow.transport import solve_plan, table_of
from fmviz.flow.units import units_of

# Solving a plan of so many takes 640 MB of the engine's memory as long as it lasts; all of it is given back.
POOL = MOST_PAIRS

# Who begins to learn waits so long for pairs to show.
_QUICK_S = 1.0

# The coupling whose largest batch is the optimum.
_BEST = "ot"

# A coupling, and by how many points its cells know the target.
_Way = tuple[str, int]


class PairPool:
    """The drawn points of one problem, and what has been solved of them; answers are kept.

    Threads may share it: each answer depends on the problem alone, so that making one twice only costs time.
    """

    def __init__(self, source: Side, target: Side, seed: int) -> None:
        # Shuffled: some shapes draw their points in the order of their parts.
        x0, x1 = (rng.permutation(side.sample(POOL, rng)) for side, rng in
                  ((side, stream(seed, Stream.SHOWN_PAIRS, number)) for number, side in enumerate((source, target), 1)))
        units = units_of(source, target)
        self.drawn = Drawn(source, target, units, x0, x1, units.source_to_unit(x0), units.target_to_unit(x1), seed)
        clouds = [side.cloud for side in (source, target) if side.cloud is not None and side.jitter == 0]
        self._whole = (clouds[0], clouds[1]) if len(clouds) == 2 and max(map(len, clouds)) <= POOL else None
        self._batches: dict[_Way, Batches] = {}
        self._partners: dict[tuple[_Way, int], FloatArray] = {}
        self._usual: dict[tuple[_Way, int], float] = {}
        self.optimum: float | None = None

    def batch(self, coupling: str, size: int, points: int = 0) -> Pairs:
        """Return the batch of `size` pairs, with what is known of `usual` and `optimum` so far.

        Args:
            points: by how many points the coupling knows the target, if it pairs by cells; see `Learning.cell_points`.
        Raises:
            ConfigError: an unknown coupling.
        """
        x0, x1 = self.drawn.x0[:size], self._partners_of(coupling, size, points)
        return Pairs(x0, x1, _cost(x0, x1), self.optimum, self._usual.get(((coupling, points), size)),
                     self._batches_of(coupling, points).cells())

    def quick_batch(self, coupling: str, size: int, points: int = 0) -> Pairs | None:
        """Return the same if it takes less than a second, else None."""
        return self.batch(coupling, size, points) if self.seconds(coupling, size, points) < _QUICK_S else None

    def seconds(self, coupling: str, size: int, points: int = 0) -> float:
        """Return about how long `batch` takes; 0 if it is known."""
        is_known = ((coupling, points), size) in self._partners
        return 0.0 if is_known else self._batches_of(coupling, points).seconds(size)

    def has_usual(self, coupling: str, size: int, points: int = 0) -> bool:
        """Whether there is nothing for `solve_usual` to find."""
        return POOL // size < 2 or ((coupling, points), size) in self._usual

    def solve_usual(self, coupling: str, size: int, points: int = 0,
                    goes_on: Callable[[], bool] = lambda: True) -> None:
        """Find what such batches cost on average: all that the pool can be split into, if they are two at least.

        It asks `goes_on` between two batches, and gives up if not.
        """
        if self.has_usual(coupling, size, points):
            return
        count, batches = POOL // size, self._batches_of(coupling, points)
        partners = [self._partners_of(coupling, size, points)]
        for start in range(size, count * size, size):
            if not goes_on():
                return
            partners.append(batches.partners(start, start + size))
        self._usual[(coupling, points), size] = _cost(self.drawn.x0[: count * size], np.concatenate(partners))

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

    def _batches_of(self, coupling: str, points: int) -> Batches:
        way = coupling, points
        if way not in self._batches:
            self._batches[way] = pairing_of(coupling).batches(self.drawn, points)
        return self._batches[way]

    def _partners_of(self, coupling: str, size: int, points: int) -> FloatArray:
        way = coupling, points
        if (way, size) not in self._partners:
            self._partners[way, size] = self._batches_of(coupling, points).partners(0, size)
        return self._partners[way, size]


def batch_pairs(project: Project, size: int) -> tuple[Pairs, ...]:
    """Return the batch of `size` pairs of each lane, `usual` and `optimum` included; takes seconds the first time.

    Raises:
        ValueError: the size is not within 2 to 4,096; `Style` refuses it in the user's words.
    """
    if not FEWEST_PAIRS <= size <= MOST_PAIRS:
        raise ValueError(f"A batch of {size} pairs was asked for; {FEWEST_PAIRS} to {MOST_PAIRS} are possible.")
    pool = pool_of(project)
    pool.solve_optimum()
    for lane in project.lanes:
        pool.solve_usual(lane.coupling, size, lane.cell_points)
    return tuple(pool.batch(lane.coupling, size, lane.cell_points) for lane in project.lanes)


def pool_of(project: Project) -> PairPool:
    """Return the pool of a project's clouds; equal clouds and seeds get the same one as long as it is kept."""
    sides = project.source, project.target
    return _pool(_Key((*map(_content, sides), project.lanes[0].seed), sides))


class _Key:
    """Clouds by content: pickling makes new ones of the same points."""

    def __init__(self, content: tuple[Hashable, ...], sides: tuple[Side, Side]) -> None:
        self.content, self.sides = content, sides

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)


# A few: one goes back and forth between two problems.
@lru_cache(maxsize=4)
def _pool(key: _Key) -> PairPool:
    seed = key.content[-1]
    assert isinstance(seed, int)
    return PairPool(*key.sides, seed)


def _content(side: Side) -> Hashable:
    cloud = side.cloud
    if cloud is None:
        return side.shape, side.jitter
    return cloud.xy.tobytes(), None if cloud.weights is None else cloud.weights.tobytes(), side.jitter


def _cost(x0: FloatArray, x1: FloatArray, mass: np.ndarray | None = None) -> float:
    """Return the mean squared distance of pairs, squared world units."""
    return float(np.average(((x1.astype(np.float64) - x0) ** 2).sum(axis=1), weights=mass))
