"""Baking of kept steps in the engine, as a second piece of work beside the training: breath by breath. No Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from time import perf_counter

from fmviz.core.frames import FlowSnapshot
from fmviz.engine.messages import BakeStep, StepBaked

Bake = Generator[None, None, FlowSnapshot]

# Baking may take a quarter of the time: a fifth leaves room for what the two take from each other's processor cache.
_TRAINING_FOR_BAKING = 4.0
# A training that was alone for long has not saved up for a burst of baking.
_MOST_SAVED_S = 0.02


class StepBaker:
    """Bakes what is asked for, in order, and answers in any case: whoever asked waits.

    Args:
        begin: makes the generator that bakes what a request asks for.
    """

    def __init__(self, begin: Callable[[BakeStep], Bake]) -> None:
        self._begin = begin
        self._requests: deque[BakeStep] = deque()
        self._bake: Bake | None = None
        self._allowed_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether something is to be baked."""
        return bool(self._requests)

    @property
    def is_due(self) -> bool:
        """Whether baking may go on beside a training."""
        return self.is_busy and self._allowed_s > 0

    def ask(self, request: BakeStep) -> None:
        """Bake it after those that were asked before."""
        self._requests.append(request)

    def count_training(self, seconds: float) -> None:
        """Allow a share of the time that a training has just had."""
        self._allowed_s = min(self._allowed_s + seconds / _TRAINING_FOR_BAKING, _MOST_SAVED_S)

    def advance(self) -> StepBaked | None:
        """Bake until the next breath; return the answer once it is complete.

        Raises:
            ConfigError: the weights do not fit; the answer is then `give_up`'s.
        """
        began = perf_counter()
        if self._bake is None:
            self._bake = self._begin(self._requests[0])
        try:
            next(self._bake)
        except StopIteration as end:
            return self._answer(end.value)
        finally:
            # Where nothing trained nobody asked whether it is due: that leaves no debt for a later training.
            self._allowed_s = max(self._allowed_s, 0.0) - (perf_counter() - began)
        return None

    def give_up(self) -> StepBaked:
        """Return the answer to what cannot be baked."""
        return self._answer(None)

    def _answer(self, snapshot: FlowSnapshot | None) -> StepBaked:
        self._bake = None
        request = self._requests.popleft()
        return StepBaked(request.job, request.lane, request.kept.step, snapshot)
