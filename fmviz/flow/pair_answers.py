"""Answers wishes for batches of pairs beside the training loop: what is ready first, the rest as it is solved.

One thread draws and pairs batches, a second one solves what takes seconds: the optimum of the whole clouds, which often
is the largest batch too. A newer wish supersedes the older one; of that only the plan under way goes on, since the
solver cannot be interrupted, and is kept if the clouds are still the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fmviz.core.frames import Pairs
from fmviz.core.project import Project
from fmviz.flow.batch_pairs import PairPool, pool_of
from fmviz.flow.worker import Worker

# What takes longer must not keep a newer wish waiting.
_SLOW_S = 2.0


@dataclass(frozen=True, eq=False)
class _Wish:
    job: int
    project: Project
    size: int


class PairAnswers:
    """Two threads and the newest wish.

    Args:
        tell: called from a thread with the job, a lane and its batch: first without what is not known yet, again when
            it is. The answer is complete once it has an optimum.
        fail: called from a thread with the job, the number of lanes and what went wrong.
    """

    def __init__(self, tell: Callable[[int, int, Pairs], None], fail: Callable[[int, int, Exception], None]) -> None:
        self._tell, self._fail = tell, fail
        self._newest: _Wish | None = None
        self._quick, self._slow = Worker("batches of pairs"), Worker("optimal pairs")

    def ask(self, job: int, project: Project, size: int) -> None:
        """Answer soon, from the threads; returns at once."""
        self._newest = wish = _Wish(job, project, size)
        self._quick.submit(partial(self._guarded, wish, self._answer))

    def close(self) -> None:
        """Say nothing more, and end the threads after what is under way."""
        self._newest = None
        self._quick.close()
        self._slow.close()

    def _guarded(self, wish: _Wish, work: Callable[[_Wish], None]) -> None:
        if wish is not self._newest:
            return
        try:
            work(wish)
        except ConnectionError:
            pass  # the window is gone; the engine's main loop hears of it too
        except Exception as error:  # said as a message: whatever breaks a plan must not break the engine
            self._fail(wish.job, len(wish.project.lanes), error)

    def _answer(self, wish: _Wish) -> None:
        pool, lanes = pool_of(wish.project), wish.project.lanes
        self._tell_ready(wish, pool)
        if pool.optimum is None or any(pool.seconds(lane.coupling, wish.size) >= _SLOW_S for lane in lanes):
            self._slow.submit(partial(self._guarded, wish, self._solve))
        if not all(pool.has_usual(lane.coupling, wish.size) for lane in lanes):
            for lane in lanes:
                pool.solve_usual(lane.coupling, wish.size, lambda: wish is self._newest)
            self._tell_ready(wish, pool)

    def _solve(self, wish: _Wish) -> None:
        """Solve what takes seconds, then tell whoever is the newest by then; the clouds may be the same."""
        pool = pool_of(wish.project)
        pool.solve_optimum()
        if wish is self._newest:
            for lane in wish.project.lanes:
                pool.batch(lane.coupling, wish.size)
        if (newest := self._newest) is not None and pool_of(newest.project) is pool:
            self._quick.submit(partial(self._guarded, newest, lambda latest: self._tell_ready(latest, pool)))

    def _tell_ready(self, wish: _Wish, pool: PairPool) -> None:
        """Tell all lanes that take no seconds, the quickest first."""
        waits = [(pool.seconds(config.coupling, wish.size), lane) for lane, config in enumerate(wish.project.lanes)]
        for seconds, lane in sorted(waits):
            if wish is self._newest and seconds < _SLOW_S:
                self._tell(wish.job, lane, pool.batch(wish.project.lanes[lane].coupling, wish.size))
