"""Kept steps: few, spaced by ratio, first and last always there, in bounded memory."""

import numpy as np
import pytest

from fmviz.core.kept import kept_at, next_kept, thinned_steps
from fmviz.core.project import KeptStep


def kept(steps: list[int], size: int = 4) -> tuple[KeptStep, ...]:
    return tuple(KeptStep(step, {"w": np.zeros(size, dtype=np.float32)}) for step in steps)


def steps_up_to(last: int) -> list[int]:
    steps = [0]
    while steps[-1] < last:
        steps.append(next_kept(steps[-1]))
    return steps


def test_steps_are_close_at_first_and_spaced_by_ratio_later() -> None:
    steps = steps_up_to(16_000)
    assert steps[:15] == list(range(15))
    late = np.array([step for step in steps if step > 100])
    assert (late[1:] / late[:-1]).max() < 1.07
    assert len(steps) <= 200


def test_however_many_come_at_most_so_many_stay() -> None:
    left: tuple[KeptStep, ...] = ()
    for entry in kept(steps_up_to(1_000_000)):
        left = thinned_steps((*left, entry), most=50)
        assert len(left) <= 50
    steps = [entry.step for entry in left]
    assert steps[0] == 0
    assert steps[-1] >= 1_000_000
    assert steps == sorted(set(steps))
    gaps = np.diff(np.log1p(steps))
    assert gaps.max() <= 4 * np.median(gaps)


def test_large_networks_keep_fewer() -> None:
    assert len(thinned_steps(kept(list(range(100)), size=1000), most_bytes=40_000)) == 10
    assert len(thinned_steps(kept([1, 2, 3], size=1000), most_bytes=1)) == 2
    assert thinned_steps(()) == ()


@pytest.mark.parametrize(("asked", "got"), [(0, 1), (1, 1), (7, 5), (10, 10), (99, 10)])
def test_the_one_at_or_before_is_found(asked: int, got: int) -> None:
    found = kept_at(kept([1, 5, 10]), asked)
    assert found is not None
    assert found.step == got
    assert kept_at((), asked) is None
