"""Laws of the play head, on a clock that the test drives."""

import math

import numpy as np
import pytest

from fmviz.core.export_spec import HOLD_S, ExportSpec
from fmviz.core.film import beats_of, eased, ramp_of
from fmviz.engine.playhead import DURATION_S, MAX_SPEED, MIN_SPEED, MODES, Playhead

FRAME_S = 1 / 60
# How far it is after a quarter of its time.
QUARTER = float(eased(np.array(0.25), ramp_of(DURATION_S)))
HALF_AND_QUARTER = float(eased(np.array(0.75), ramp_of(DURATION_S)))


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def playhead(qapp, clock):
    head = Playhead(clock=clock)
    head.seen = []
    head.t_changed.connect(head.seen.append)
    yield head
    head.pause()


def run(playhead, clock, seconds, frame_s=FRAME_S):
    """Let so much time pass, a tick per frame; the sum is exact."""
    for _ in range(math.floor(seconds / frame_s)):
        clock.now += frame_s
        playhead.tick()
    clock.now += seconds - math.floor(seconds / frame_s) * frame_s
    playhead.tick()


def test_one_pass_takes_the_duration(playhead, clock):
    playhead.play()
    run(playhead, clock, DURATION_S / 2)
    assert playhead.t == pytest.approx(0.5)
    run(playhead, clock, DURATION_S / 2 + 0.01)
    assert playhead.t == 1.0


def test_speed_scales_the_pass(playhead, clock):
    playhead.set_speed(2.0)
    playhead.play()
    run(playhead, clock, DURATION_S / 4)
    assert playhead.t == pytest.approx(0.5)


@pytest.mark.parametrize(("asked", "kept"), [(0.0, 0.1), (100.0, 4.0), (1.5, 1.5)])
def test_speed_is_clamped_and_told_once(playhead, asked, kept):
    told = []
    playhead.speed_changed.connect(told.append)
    playhead.set_speed(asked)
    playhead.set_speed(asked)
    assert playhead.speed == kept
    assert told == [kept]


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("seconds", [1.0, 4.3, 5.0, 9.7, 23.0])
def test_dropped_frames_do_not_slow_it(qapp, mode, seconds):
    """The position depends on the time that passed, not on how many ticks it came in."""
    positions = []
    for frame_s in (FRAME_S, 0.25, 0.9):
        clock = Clock()
        playhead = Playhead(clock=clock)
        playhead.set_mode(mode)
        playhead.play()
        run(playhead, clock, seconds, frame_s)
        positions.append(playhead.t)
        playhead.pause()
    assert positions == pytest.approx([positions[0]] * len(positions), abs=1e-9)


@pytest.mark.parametrize("mode", ["loop", "bounce"])
@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_it_moves_as_films_do(playhead, clock, mode, speed):
    closing = {"loop": "jump", "bounce": "bounce"}[mode]
    spec = ExportSpec(format="mp4", fps=20.0, seconds=DURATION_S / speed, hold=HOLD_S, closing=closing)
    shares = [beat.share for beat in beats_of(spec)]
    playhead.set_mode(mode)
    playhead.set_speed(speed)
    playhead.play()
    # The film begins with the standstill, the play head at its end.
    for share in shares[round(HOLD_S * 20) + 1:]:
        run(playhead, clock, 0.05)
        if share != pytest.approx(playhead.t, abs=1e-9):
            assert {share, playhead.t} == {0.0, 1.0}, "at the very moment of a jump"


def test_from_the_middle_it_goes_on_at_full_speed(playhead, clock):
    playhead.set_t(0.5)
    playhead.play()
    run(playhead, clock, DURATION_S / 10)
    assert playhead.t - 0.5 == pytest.approx(0.1 / (1 - ramp_of(DURATION_S)))


def test_loop_holds_at_both_ends(playhead, clock):
    playhead.play()
    run(playhead, clock, DURATION_S + HOLD_S * 0.9)
    assert playhead.t == 1.0
    run(playhead, clock, HOLD_S * 0.2)
    assert playhead.t == 0.0
    run(playhead, clock, HOLD_S * 0.8)
    assert playhead.t == 0.0
    run(playhead, clock, HOLD_S * 0.1 + DURATION_S / 4)
    assert playhead.t == pytest.approx(QUARTER)


def test_bounce_turns_round_after_holding(playhead, clock):
    playhead.set_mode("bounce")
    playhead.play()
    run(playhead, clock, DURATION_S + HOLD_S + DURATION_S / 4)
    assert playhead.t == pytest.approx(1 - QUARTER)
    run(playhead, clock, DURATION_S * 0.75 + HOLD_S + DURATION_S / 4)
    assert playhead.t == pytest.approx(QUARTER)


def test_once_stops_at_the_end_and_plays_again_from_the_start(playhead, clock):
    playhead.set_mode("once")
    playhead.play()
    run(playhead, clock, DURATION_S + 0.1)
    assert playhead.t == 1.0
    assert not playhead.is_playing
    playhead.play()
    assert playhead.t == 0.0
    assert playhead.is_playing


def test_the_hold_is_not_scaled_by_the_speed(playhead, clock):
    playhead.set_speed(4.0)
    playhead.play()
    run(playhead, clock, DURATION_S / 4 + 0.9 * HOLD_S)
    assert playhead.t == 1.0
    run(playhead, clock, 0.2 * HOLD_S)
    assert playhead.t == 0.0


def test_a_huge_gap_does_not_jump(playhead, clock):
    playhead.play()
    clock.now += 3 * 3600
    playhead.tick()
    assert 0.0 < playhead.t < 0.01


def test_a_clock_that_goes_back_does_not_move_it(playhead, clock):
    playhead.set_t(0.5)
    playhead.play()
    clock.now -= 5
    playhead.tick()
    assert playhead.t == 0.5


@pytest.mark.parametrize(("asked", "kept"), [(-1.0, 0.0), (0.25, 0.25), (1.0000001, 1.0), (7.0, 1.0)])
def test_set_t_clamps_and_tells_only_changes(playhead, asked, kept):
    playhead.set_t(0.5)
    playhead.seen.clear()
    playhead.set_t(asked)
    playhead.set_t(asked)
    assert playhead.t == kept
    assert playhead.seen == [kept]


def test_nothing_is_told_while_it_holds(playhead, clock):
    playhead.play()
    run(playhead, clock, DURATION_S + 0.1)
    playhead.seen.clear()
    run(playhead, clock, HOLD_S / 2)
    assert playhead.seen == []


def test_steps_pause_and_land_on_both_ends(playhead):
    playhead.play()
    for _ in range(50):
        playhead.step(0.02)
    assert playhead.t == 1.0
    assert not playhead.is_playing
    for _ in range(50):
        playhead.step(-0.02)
    assert playhead.t == 0.0
    playhead.step(-0.02)
    assert playhead.t == 0.0


def test_scrubbing_while_playing_goes_on_from_there(playhead, clock):
    playhead.play()
    run(playhead, clock, DURATION_S + 0.1)
    playhead.set_t(0.5)
    run(playhead, clock, DURATION_S / 4)
    assert playhead.t == pytest.approx(HALF_AND_QUARTER)


def test_time_that_passes_in_a_pause_does_not_count(playhead, clock):
    playhead.play()
    run(playhead, clock, 1.0)
    playhead.pause()
    clock.now += 0.8
    playhead.tick()
    playhead.play()
    run(playhead, clock, 1.0)
    assert playhead.t == pytest.approx(0.5)


def test_playing_is_told_on_change_only(playhead):
    told = []
    playhead.playing_changed.connect(told.append)
    playhead.play()
    playhead.play()
    playhead.toggle()
    playhead.pause()
    playhead.toggle()
    assert told == [True, False, True]


def test_leaving_bounce_on_the_way_back_runs_forward(playhead, clock):
    playhead.set_mode("bounce")
    playhead.play()
    run(playhead, clock, DURATION_S + HOLD_S + DURATION_S / 2)
    playhead.set_mode("loop")
    run(playhead, clock, DURATION_S / 4)
    assert playhead.t == pytest.approx(HALF_AND_QUARTER)


def test_the_timer_drives_it_on_the_real_clock(qtbot):
    playhead = Playhead()
    playhead.play()
    qtbot.waitUntil(lambda: playhead.t > 0.01)
    playhead.pause()
    with qtbot.assertNotEmitted(playhead.t_changed, wait=50):
        pass


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nothing_stops_the_animation_for_good(playhead, clock, value):
    playhead.set_t(value)
    assert 0.0 <= playhead.t <= 1.0
    playhead.set_speed(value)
    assert MIN_SPEED <= playhead.speed <= MAX_SPEED
    playhead.set_t(0.5)
    playhead.play()
    run(playhead, clock, 1.0)
    assert playhead.t != 0.5
