"""Kept steps: few, spaced by ratio, first and last always there, in bounded memory."""

import numpy as np
import pytest

from fmviz.core.kept import MOST_KEPT, kept_at, next_kept, paced_step, paced_steps, place_at, thinned_steps
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


def test_named_steps_stay_and_the_others_are_thinned_as_usual() -> None:
    named = {33, 34, 35, 36, 500}
    left = [entry.step for entry in thinned_steps(kept(list(range(100))), most=12, named=named)]
    assert len(left) == 12
    assert set(left) > {0, 33, 34, 35, 36, 99}
    assert left == sorted(left)


def test_a_name_stands_for_the_step_that_is_shown_for_it() -> None:
    left = thinned_steps(kept(list(range(0, 1000, 10))), most=10, named={777, -5})
    assert {0, 770, 990} <= {entry.step for entry in left}


def test_many_named_steps_stay_until_their_bytes_do_not_suffice() -> None:
    named = set(range(20, 80))
    steps = kept(list(range(100)), size=1000)
    assert {entry.step for entry in thinned_steps(steps, most=10, named=named)} == {0, *named, 99}
    few = [entry.step for entry in thinned_steps(steps, most=10, most_bytes=40_000, named=named)]
    assert len(few) == 10
    assert (few[0], few[-1]) == (0, 99)


def test_the_most_kept_steps_reach_the_step_that_is_said() -> None:
    steps = [0]
    while len(steps) < MOST_KEPT:
        steps.append(next_kept(steps[-1]))
    assert steps[-1] == 185_628


@pytest.mark.parametrize(("asked", "got"), [(0, 1), (1, 1), (7, 5), (10, 10), (99, 10)])
def test_the_one_at_or_before_is_found(asked: int, got: int) -> None:
    found = kept_at(kept([1, 5, 10]), asked)
    assert found is not None
    assert found.step == got
    assert kept_at((), asked) is None


def test_a_course_begins_and_ends_where_training_does_and_never_goes_back() -> None:
    course = [paced_step(share, 12_000) for share in np.linspace(0, 1, 200)]
    assert (course[0], course[-1]) == (0, 12_000)
    assert course == sorted(course)
    assert course[100] == pytest.approx(12_000 / 9, rel=0.05)  # half of the time, a ninth of the steps


def test_a_course_shows_what_happens_and_not_what_was_kept() -> None:
    steps = steps_up_to(12_000)
    chosen = paced_steps(steps, 60)
    assert len(chosen) <= 60
    assert (chosen[0], chosen[-1]) == (steps[0], steps[-1])
    assert set(chosen) <= set(steps)
    assert sum(step < 40 for step in chosen) < 5  # of the kept steps a third is there
    assert np.diff(chosen).max() <= 12_000 / 10


def test_few_steps_are_all_shown() -> None:
    assert paced_steps([0, 100, 5_000, 12_000], 60) == (0, 100, 5_000, 12_000)
    assert paced_steps([7], 60) == (7,)
    assert paced_steps([], 60) == ()


@pytest.mark.parametrize(("step", "place"), [(-1, 0), (0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (99, 2)])
def test_a_place_is_at_or_before_a_step(step: int, place: int) -> None:
    assert place_at([0, 5, 10], step) == place
