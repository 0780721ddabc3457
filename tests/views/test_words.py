"""Numbers as text: fixed decimals, thousands, times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fmviz.core.config import FlowConfig
from fmviz.core.frames import Curves, LaneProgress
from fmviz.core.numbers import time_left
from fmviz.core.project import Scene
from fmviz.core.quantities import Metrics
from fmviz.views import words


def test_unknown_numbers_are_a_dash() -> None:
    assert words.count(None) == words.UNKNOWN


def test_numbers_read_as_a_person_writes_them() -> None:
    assert words.count(12_000) == "12,000"
    assert [words.short_count(n) for n in (0, 800, 4000, 12_500, 2_000_000)] == ["0", "800", "4k", "12.5k", "2M"]
    assert [words.plain(x) for x in (0.002, 0.999999, 0.0, 12.0)] == ["0.002", "0.999999", "0", "12"]


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (12.4, "12 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"),
                                               (3840, "1 h 4 min")])
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(("n_bytes", "text"), [(60, "60 bytes"), (640_000, "640 kB"), (3_400_000, "3.4 MB"),
                                               (12_000_000, "12.0 MB")])
def test_file_sizes(n_bytes: int, text: str) -> None:
    assert words.file_size(n_bytes) == text


def test_time_left_follows_from_speed() -> None:
    progress = LaneProgress(0, 4_200, 12_000, 0.35, Curves(), Metrics(steps_per_second=620.0))
    left = words.seconds_left([progress])
    assert left == pytest.approx(7_800 / 620)
    assert words.seconds_left([progress, progress]) == pytest.approx(2 * left)
    assert words.training(progress, left) == "step 4,200 of 12,000\n620 steps/s, 13 s left"
    assert words.training(None) == "preparing"
    unknown = LaneProgress(0, 1, 2, 0.5, Curves(), Metrics())
    assert words.seconds_left([progress, unknown]) is None
    assert words.seconds_left([]) is None


@pytest.mark.parametrize("config", [FlowConfig(), FlowConfig(train_seconds=20.0)])
def test_lanes_that_share_a_training_take_its_time_once(config: FlowConfig) -> None:
    speed = Metrics(steps_per_second=1_000.0)
    progress = [LaneProgress(lane, 6_000, 12_000, 0.5, Curves(), speed) for lane in range(4)]
    alone = words.seconds_left(progress[:1], [config])
    shared = [config, replace(config, solver="euler"), replace(config, nfe=2)]
    assert words.seconds_left(progress[:3], shared) == alone
    assert alone is not None
    assert words.seconds_left(progress, [*shared, replace(config, width=8)]) == 2 * alone


def test_a_time_budget_is_told_in_its_own_words() -> None:
    progress = LaneProgress(0, 4_200, 12_000, 0.6, Curves(), Metrics(steps_per_second=620.0))
    config = FlowConfig(train_seconds=20.0)
    budget_s = words.budget([config], progress)
    assert budget_s == 20.0
    left = words.seconds_left([progress, replace(progress, lane=1)], [config, replace(config, seed=1)])
    assert left == pytest.approx(16.0)
    assert words.training(progress, left, budget_s) == "step 4,200, 60% of 20 s\n620 steps/s, 16 s left"
    longer = LaneProgress(0, 4_300, 16_200, 0.01, Curves(), Metrics(steps_per_second=620.0))
    assert words.budget([config], longer) == 0.0
    assert words.budget([FlowConfig()], progress) == words.budget([], progress) == 0.0


@pytest.mark.parametrize(("seconds", "said"), [(0.0, "almost done"), (0.7, "almost done"), (1.0, "1 s left"),
                                               (1.2, "2 s left"), (59.5, "1 min 0 s left"), (3700.0, "1 h 1 min left")])
def test_no_second_is_promised_that_is_not_there(seconds: float, said: str) -> None:
    assert time_left(seconds) == said


def test_an_export_whose_frames_are_all_drawn_is_being_finished() -> None:
    assert words.exporting(130, 130, 0.0) == "finishing the file"
    assert words.exporting(12, 130, 0.4) == "frame 12 of 130, almost done"


@pytest.mark.parametrize(("steps", "text"), [(None, "nothing learned yet"), (1, "1 step learned"),
                                             (12_000, "12,000 steps learned")])
def test_how_much_was_learned(steps: int | None, text: str) -> None:
    assert words.steps_done(steps) == text


def test_where_a_talk_is_reads_as_part_of_a_sentence() -> None:
    scenes = [Scene("Paths"), Scene("Field")]
    assert words.scene_of_talk(1, scenes) == "scene 2 of 2, Field"
    assert words.place_in_talk(1, scenes) == "2 / 2  Field"
