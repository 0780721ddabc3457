"""How films go: exact ends, the length that was asked for, loops that close, moments on the file's own clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.export_spec import CLOSINGS, GIF_FPS, ExportSpec
from fmviz.core.film import FADE_S, Film, beats_of, duration_s, eased
from fmviz.core.formats import FORMATS
from fmviz.core.project import Project
from fmviz.core.style import Style
from fmviz.files.project_settings import decode_project, encode_project, from_json, to_json

KINDS = [key for key, kind in FORMATS.items() if kind.is_animation]
LENGTHS = [(4.0, 1.2), (4.0, 0.0), (0.7, 0.33), (0.1, 0.0), (3.21, 1.234)]


def rates(kind: str) -> list[float]:
    return [1000 / delay for delay in (20, 30, 80)] if kind == "gif" else [24.0, 30.0, 60.0, 23.976]


SPECS = [ExportSpec(format=kind, fps=fps, seconds=seconds, hold=hold, ease=is_eased)
         for kind in KINDS for fps in rates(kind) for seconds, hold in LENGTHS for is_eased in (True, False)]


@pytest.mark.parametrize("closing", CLOSINGS)
def test_the_frames_take_the_time_that_was_asked_for(closing: str) -> None:
    for spec in SPECS:
        spec = replace(spec, closing=closing)
        count = len(beats_of(spec))
        # With no standstill the end is one frame more; a film is at least a way of one frame.
        slack = spec.frame_s * (1.0 if closing != "bounce" and spec.hold > 0 else 2.0) + spec.kind.tick_s
        assert abs(spec.start_s(count) - duration_s(spec)) <= slack + 1e-9, spec


def test_usual_films_take_exactly_as_long() -> None:
    for closing, seconds in (("jump", 6.4), ("bounce", 10.4), ("fade", 6.4 + FADE_S)):
        for kind in KINDS:
            spec = ExportSpec(format=kind, closing=closing)
            assert spec.start_s(len(beats_of(spec))) == pytest.approx(seconds)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_both_ends_are_exact_and_stand_still(closing: str) -> None:
    for spec in SPECS:
        shares = np.array([beat.share for beat in beats_of(replace(spec, closing=closing))])
        held = round(spec.hold / spec.frame_s)
        assert shares[0] == 0.0
        assert (shares == 0.0).sum() >= max(1, held)
        assert (shares == 1.0).sum() >= max(1, held)
        assert shares.min() == 0.0
        assert shares.max() == 1.0


def test_a_way_there_is_the_way_back() -> None:
    for spec in SPECS:
        shares = np.array([beat.share for beat in beats_of(spec)])
        rising = shares[: np.argmax(shares == 1.0) + 1]
        rising = rising[np.flatnonzero(rising == 0.0)[-1]:]
        assert (np.diff(rising) > 0).all()
        # A clock's tick moves each moment by half of it, and easing goes a third faster in the middle at most.
        slack = 2.7 * spec.kind.tick_s / ((len(rising) - 1) * spec.frame_s) + 1e-9
        assert np.abs(rising + rising[::-1] - 1.0).max() <= slack, spec


def test_a_film_that_runs_back_ends_beside_its_beginning() -> None:
    for spec in SPECS:
        spec = replace(spec, closing="bounce")
        shares = np.array([beat.share for beat in beats_of(spec)])
        top = np.flatnonzero(shares == 1.0)
        there, back = shares[: top[0]], shares[top[-1] + 1:][::-1]
        step = 2.7 * spec.kind.tick_s / ((len(back) + 1) * spec.frame_s) + 1e-9
        assert np.abs(back - there[len(there) - len(back):]).max(initial=0.0) <= step
        first_steps = np.diff(shares).max()
        assert shares[-1] <= first_steps + step


def test_a_film_that_fades_over_ends_beside_its_beginning() -> None:
    for spec in SPECS:
        beats = beats_of(replace(spec, closing="fade"))
        fades = [beat.fade for beat in beats if beat.fade]
        steps = np.diff([0.0, *fades, 1.0])
        assert np.allclose(steps, steps[0])
        assert all(beat.share == 1.0 for beat in beats[-len(fades):])
        assert not any(beat.fade for beat in beats[:-len(fades)])


def test_a_frame_is_drawn_for_the_moment_at_which_it_is_shown() -> None:
    spec = ExportSpec(format="webp", fps=60.0, seconds=2.0, hold=0.0, ease=False)
    shares = [beat.share for beat in beats_of(spec)]
    for k, share in enumerate(shares):
        assert share == pytest.approx(round(1000 * k / 60) / 1000 / 2.0, abs=1e-9)
    gif = ExportSpec(format="gif", fps=float(1000 / 30), seconds=3.0, hold=0.0, ease=False)
    assert np.allclose([beat.share for beat in beats_of(gif)], np.arange(101) * 0.03 / 3.0)


def test_clocks_tick_as_their_formats_do() -> None:
    for fps in map(float, GIF_FPS):
        starts = [ExportSpec(format="gif", fps=fps).start_s(k) for k in range(50)]
        assert np.allclose(np.array(starts) * 100, np.round(np.array(starts) * 100))
    starts = np.array([ExportSpec(format="apng", fps=24.0).start_s(k) for k in range(50)])
    assert np.allclose(starts * 1000, np.round(starts * 1000))
    assert np.abs(starts - np.arange(50) / 24).max() <= 0.0005


@pytest.mark.parametrize("ramp", [0.05, 0.1, 0.25])
def test_easing_is_smooth_symmetric_and_even_in_the_middle(ramp: float) -> None:
    u = np.linspace(0, 1, 1001)
    s = eased(u, ramp)
    assert (s[0], s[-1]) == (0.0, 1.0)
    assert np.allclose(s + s[::-1], 1.0)
    speed = np.diff(s) * 1000
    assert (speed > 0).all()
    middle = speed[int(1000 * ramp) + 1:-int(1000 * ramp) - 1]
    assert np.allclose(middle, 1 / (1 - ramp))
    assert np.abs(np.diff(speed)).max() < 1.1 / (1000 * ramp * (1 - ramp))
    assert speed[0] < 0.01 / ramp
    assert np.array_equal(eased(u, 0.0), u)


@pytest.mark.parametrize(("stored", "closing"), [({"bounce": True}, "bounce"), ({"bounce": False}, "jump"),
                                                 ({}, "jump"), ({"closing": "fade"}, "fade")])
def test_a_stored_film_ends_as_it_did(stored: dict[str, object], closing: str) -> None:
    plain = from_json(to_json(encode_project(Project())))
    assert decode_project({**plain, "export": stored}, {}).export.closing == closing


def test_a_still_has_no_course() -> None:
    spec = ExportSpec(format="png", at=0.25)
    assert [shot.t for shot in Film(((),), Style(), spec, marks=()).shots] == [0.25]
