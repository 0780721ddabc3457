"""Laws of what is shown: a picture is stale exactly when it does not belong to the document."""

from dataclasses import replace

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.config import SAMPLING, FlowConfig, Sampling
from fmviz.core.extent import Extent
from fmviz.core.frames import Curves, FlowSnapshot, Grid, LaneProgress
from fmviz.core.lanes import MAX_LANES
from fmviz.core.project import MOST_OTHERS, KeptStep, LaneKept, LearnedLane, Origin, Project, compared
from fmviz.core.quantities import Metrics
from fmviz.core.style import Style
from fmviz.engine.asker import freeze
from fmviz.engine.messages import LaneWeights
from fmviz.engine.results import ACTIONS, NOTHING, TRANSITIONS, Results, Stale, State, joined
from fmviz.files.project_file import ProjectFile

RANDOM = Project()
OT = compared(RANDOM, ("ot",))
BOTH = compared(RANDOM)
# Four panes and as many others as the command line leaves in a file of four, or one pane and more others.
HELD = 3 * MAX_LANES


def curves(*steps):
    array = np.array(steps, dtype=np.float32)
    return Curves(array, 1 / (1 + array), array, 2 / (1 + array), 0.25)


def snapshot(lane, step=1, history=None):
    points = np.zeros((2, 3, 2), dtype=np.float32)
    extent, t = Extent(0, 0, 1), np.array([0.0, 1.0])
    return FlowSnapshot(lane, "random", step, t, points, extent, Grid(extent, t, np.zeros((2, 4, 4, 2))), points[0],
                        points[0], None, history or curves(step), Metrics())


def learned(project):
    """Return results of a finished run of `project`."""
    results = Results()
    results.begin(project)
    for lane in range(len(project.lanes)):
        results.put(snapshot(lane))
    return results


def shown(results, project):
    """Return which lane of its run each lane of `project` shows."""
    return [result.index if result is not None else None for result in results.pictures(project)]


def test_nothing_learned_is_not_stale():
    assert Results().stale(BOTH) is Stale.NONE
    results = Results()
    results.begin(RANDOM)
    assert results.stale(OT) is Stale.NONE
    assert not results.has_any


@pytest.mark.parametrize("field", SAMPLING, ids=lambda field: field.name)
@pytest.mark.parametrize("trained", [RANDOM, BOTH])
def test_no_setting_of_sampling_makes_anything_stale(trained, field):
    value = (next(key for key in field.choices if key != field.default) if field.choices is not None
             else field.low if field.low != field.default else field.high)
    results, asked = learned(trained), trained.with_lane_setting(field.name, value)
    assert asked != trained
    assert results.stale(asked) is Stale.NONE
    assert shown(results, asked) == list(range(len(trained.lanes)))


@pytest.mark.parametrize(
    ("trained", "asked", "stale", "lanes"),
    [
        (RANDOM, RANDOM, Stale.NONE, [0]),
        (RANDOM, replace(RANDOM, style=Style().with_view("density")), Stale.NONE, [0]),
        (RANDOM, RANDOM.with_lane_setting("batch", 64), Stale.SETTINGS, [0]),
        (RANDOM, OT, Stale.SETTINGS, [0]),
        (RANDOM, replace(RANDOM, source=Side(shape="rings")), Stale.CLOUDS, [0]),
        (RANDOM, replace(OT, source=Side(shape="rings")), Stale.CLOUDS, [0]),
        (RANDOM, replace(RANDOM, source=RANDOM.target, target=RANDOM.source), Stale.CLOUDS, [0]),
        (RANDOM, BOTH, Stale.SETTINGS, [0, None]),
        (OT, BOTH, Stale.SETTINGS, [None, 0]),
        (BOTH, RANDOM, Stale.NONE, [0]),
        (BOTH, OT, Stale.NONE, [1]),
        (BOTH, compared(RANDOM, ("ot", "random")), Stale.NONE, [1, 0]),
        (BOTH, BOTH.with_lane_setting("width", 64), Stale.SETTINGS, [0, 1]),
        (BOTH, compared(BOTH.with_lane_setting("width", 64), ("ot",)), Stale.SETTINGS, [1]),
        (OT, BOTH.with_lane_setting("width", 64), Stale.SETTINGS, [None, 0]),
        (RANDOM, compared(RANDOM.with_lane_setting("width", 64), ("ot", "random")), Stale.SETTINGS, [None, 0]),
    ],
)
def test_stale_and_which_picture_is_shown(trained, asked, stale, lanes):
    results = learned(trained)
    assert results.stale(asked) is stale
    assert shown(results, asked) == lanes


def test_a_drawn_cloud_is_itself_only():
    points = np.random.default_rng(0).normal(size=(5, 2))
    drawn = replace(RANDOM, source=Side(cloud=PointCloud(points)))
    results = learned(drawn)
    assert results.stale(replace(drawn, style=Style().with_view("field"))) is Stale.NONE
    assert results.stale(replace(drawn, source=Side(cloud=PointCloud(points + 1)))) is Stale.CLOUDS


def test_the_old_picture_stays_until_the_new_one_comes():
    results = learned(RANDOM)
    (old,) = results.pictures(RANDOM)
    rings = replace(RANDOM, target=Side(shape="rings"))
    results.begin(rings)
    assert results.pictures(rings) == (old,)
    assert results.stale(rings) is Stale.CLOUDS
    results.put(LaneProgress(0, 5, 10, 0.5, curves(5), Metrics()))
    assert results.pictures(rings) == (old,)
    results.put(snapshot(0, 6))
    assert results.pictures(rings)[0].snapshot.step == 6
    assert results.stale(rings) is Stale.NONE
    assert results.stale(RANDOM) is Stale.CLOUDS


def test_a_lane_that_is_just_being_learned_is_not_called_stale():
    results = Results()
    results.begin(BOTH)
    results.put(snapshot(0))
    assert shown(results, BOTH) == [0, None]
    assert results.stale(BOTH) is Stale.NONE


def test_progress_comes_before_the_first_picture():
    results = Results()
    results.begin(BOTH)
    results.put(LaneProgress(1, 5, 10, 0.5, curves(5), Metrics()))
    assert [entry.step if entry else None for entry in results.progress(BOTH)] == [None, 5]
    assert [entry.step if entry else None for entry in results.progress(OT)] == [5]


def test_a_shown_snapshot_carries_the_number_of_its_pane_and_stays_the_same_object():
    results = learned(BOTH)
    (only,) = results.pictures(OT)
    assert only.snapshot_as(0).lane == 0
    assert only.snapshot_as(0) is only.snapshot_as(0)
    assert only.snapshot_as(1) is only.snapshot


def test_adopted_results_belong_to_the_project_they_came_with():
    results = Results()
    results.adopt(BOTH, (LearnedLane(snapshot=snapshot(0)), LearnedLane(weights={"w": np.zeros(2)})))
    assert results.stale(BOTH) is Stale.NONE
    assert shown(results, BOTH) == [0, 1]
    assert results.pictures(BOTH)[1].snapshot is None


RINGS = replace(BOTH, target=Side(shape="rings"))
SEEDED = BOTH.with_lane_setting("seed", 5)


@pytest.mark.parametrize("asked", [BOTH, RANDOM, OT, RINGS, SEEDED, replace(RANDOM, source=Side(shape="rings")),
                                   compared(SEEDED, ("ot",))])
def test_what_is_saved_and_opened_is_shown_as_before(asked):
    results = learned(BOTH)
    kept = results.learned(asked)
    opened = Results()
    opened.adopt(asked, kept)
    for wanted in (asked, BOTH, RANDOM, OT, RINGS):
        assert opened.stale(wanted) is results.stale(wanted)
        before, after = ([entry and (id(entry.snapshot.x), entry.config) for entry in each.pictures(wanted)]
                         for each in (results, opened))
        assert before == after
    assert [entry.origin for entry in opened.learned(asked)] == [entry.origin for entry in kept]


def test_nothing_that_was_learned_is_left_out():
    results = learned(BOTH)
    everything = {id(result.snapshot.x) for result in results.pictures(BOTH)}
    for asked in (BOTH, RANDOM, OT, RINGS, SEEDED, compared(RINGS, ("random",))):
        kept = results.learned(asked)
        assert {id(entry.snapshot.x) for entry in kept if entry.snapshot is not None} == everything
        own, others = kept[: len(asked.lanes)], kept[len(asked.lanes):]
        assert all(entry.origin is None for entry in own)
        assert all(entry.origin is not None for entry in others)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_what_a_removed_lane_learned_is_kept_and_shown_when_it_is_back(count):
    """Whichever of them goes, of all that there are and of those that are left."""
    project = RANDOM
    for lane in range(1, count):
        project = project.with_lane_added(width=16 * lane)
    results = learned(project)
    for gone in range(count if count > 1 else 0):
        left = project.without_lane(gone)
        assert shown(results, left) == [lane for lane in range(count) if lane != gone]
        assert results.stale(left) is Stale.NONE
        saved = results.learned(left)
        assert len(saved) == count
        assert [lane.origin is None for lane in saved] == [True] * (count - 1) + [False]
        assert saved[-1].origin.config == project.lanes[gone]
        opened = Results()
        opened.adopt(left, saved)
        assert shown(opened, project).count(None) == 0
        assert opened.stale(project) is Stale.NONE
    assert shown(results, project) == list(range(count))


def test_lanes_that_learn_the_same_show_the_same_flow_as_objects_of_their_own():
    project = RANDOM
    for nfe in (2, 4, 8):
        project = project.with_lane_added(nfe=nfe)
    results = learned(RANDOM)
    for _ in range(2):
        pictures = results.pictures(project)
        shots = [result.snapshot_as(lane) for lane, result in enumerate(pictures)]
        assert [shot.lane for shot in shots] == [0, 1, 2, 3]
        again = [result.snapshot_as(lane) for lane, result in enumerate(results.pictures(project))]
        assert all(one is other for one, other in zip(shots, again, strict=True))


WIDE_BESIDE_OT = BOTH.with_lane_setting("width", 64, 0)


@pytest.mark.parametrize(("asked", "sampled"), [
    (BOTH.with_lane_setting("nfe", 4), (4, 4)),
    (BOTH.with_lane_added(0, nfe=4).with_lane_setting("nfe", 8, 1), (100, 8)),  # a lane that shares what A learns
    (BOTH.without_lane(0).with_lane_setting("nfe", 4), (100, 4)),
    (WIDE_BESIDE_OT.with_lane_setting("nfe", 4), (4, 4)),  # what A learned stands in for what it asks for
    (OT.with_lane_added(0, coupling="random").with_lane_setting("nfe", 4, 1), (4, 100)),
], ids=["all", "one more", "one less", "another width", "the other way round"])
@pytest.mark.parametrize("has_pictures", [False, True])
def test_each_lane_of_a_run_is_sampled_as_the_lane_that_shows_it_asks_for(asked, sampled, has_pictures):
    results = learned(BOTH) if has_pictures else Results()
    if not has_pictures:
        results.begin(BOTH)
    assert results.sample(BOTH) is None
    assert [sampling.nfe for sampling in results.sample(asked)] == list(sampled)
    assert results.sample(asked) is None
    shown_lanes = [result for result in results.pictures(asked) if result is not None]
    assert all(results.draws(result, Sampling(nfe=sampled[result.index])) for result in shown_lanes)
    assert not any(results.draws(result, Sampling(nfe=77)) for result in shown_lanes)
    assert results.sample(BOTH) == BOTH.samplings


def test_a_lane_that_is_not_shown_outlives_a_training_of_the_other():
    results = learned(BOTH)
    _, ot = results.pictures(BOTH)
    assert results.begin(RANDOM)
    results.put(snapshot(0, 9))
    assert results.pictures(BOTH)[1] is ot
    assert results.stale(BOTH) is Stale.NONE
    assert len(results.learned(RANDOM)) == 2


def test_other_clouds_do_not_stand_in_beside_the_present_ones():
    results = learned(BOTH)
    alone = compared(RINGS, ("random",))
    results.begin(alone)
    results.put(snapshot(0, 9))
    assert shown(results, RINGS) == [0, None]
    assert results.stale(RINGS) is Stale.SETTINGS
    assert shown(results, BOTH)[1] == 1


def test_endless_trainings_of_ever_other_lanes_keep_a_few():
    results = Results()
    for seed in range(9):
        for project in (BOTH, RANDOM, OT, compared(RANDOM, ("ot", "random"))):
            results.begin(project.with_lane_setting("seed", seed))
            for lane in range(len(project.lanes)):
                results.put(snapshot(lane))
    assert len(results.learned(BOTH)) <= len(BOTH.lanes) + MOST_OTHERS


@pytest.mark.parametrize("count", [1, 2, 4])
def test_whatever_a_file_holds_can_be_saved_again_whatever_the_document_becomes(count):
    results, project = Results(), Project(lanes=tuple(FlowConfig(seed=9, width=8 + lane) for lane in range(count)))
    held = [LearnedLane({"a": np.full(3, number)}, None, (), Origin(0, project.source, project.target,
                                                                    FlowConfig(seed=number)))
            for number in range(HELD)]
    results.adopt(project, [*(replace(lane, origin=None) for lane in held[:count]), *held[count:]])
    weights = {id(lane.weights) for lane in held}
    alike = tuple(replace(project.lanes[0], nfe=nfe) for nfe in (1, 2, 3, 4))
    for changed in (project, replace(project, target=Side(shape="rings")), replace(project, lanes=alike),
                    replace(project, lanes=(FlowConfig(seed=5),) * 3), replace(project, lanes=project.lanes[:1])):
        file = ProjectFile(changed, results.learned(changed))
        assert {id(lane.weights) for lane in file.learned if not lane.is_empty} == weights


def test_what_panes_learn_in_common_takes_the_room_of_nothing_else():
    """Each reading makes results of their own of what panes share: those may go, what is learned once may not."""
    project, results = Project(), Results()
    alike = replace(project, lanes=tuple(FlowConfig(nfe=nfe) for nfe in (1, 2, 3, 4)))
    others = [LearnedLane({"a": np.full(3, number)}, None, (), Origin(0, project.source, project.target,
                                                                      FlowConfig(seed=number)))
              for number in range(1, HELD)]
    results.adopt(project, [LearnedLane({"a": np.zeros(3)}), *others])
    for shape in ("rings", "heart", "rings"):
        for changed in (alike, replace(alike, target=Side(shape=shape)), project):
            learned = ProjectFile(changed, results.learned(changed)).learned
            assert {lane.weights["a"][0] for lane in learned if not lane.is_empty} == set(range(HELD))
            copied = [replace(lane, weights=lane.weights and {"a": lane.weights["a"].copy()}) for lane in learned]
            results = Results()
            results.adopt(changed, copied)


def run(results, project):
    """Learn a project whole; return what a file would hold then."""
    results.begin(project)
    for lane in range(len(project.lanes)):
        results.put(LaneWeights(lane, 1, {"a": np.full(3, project.lanes[lane].seed)}))
        results.put(snapshot(lane))
    return seeds(results.learned(project), project)


def seeds(held, project):
    """Return of each that a file holds with weights the seed that it was learned with, sorted."""
    configs = [lane.origin.config if lane.origin is not None else project.lanes[index]
               for index, lane in enumerate(held) if not lane.is_empty]
    return sorted(config.seed for config in configs)


def test_what_a_file_holds_stays_in_it_whatever_is_learned_later():
    results, held = Results(), []
    for seed in range(MOST_OTHERS + 1):
        project = RANDOM.with_lane_setting("seed", seed)
        held.append(seed)
        assert run(results, project) == held
        assert run(results, project) == held  # again: the newer one in its place
        assert results.n_lost(project) == 0
        results.mark_saved(project)
    project = RANDOM.with_lane_setting("seed", 99)
    assert run(results, project) == [*held[1:], 99]
    assert results.n_lost(project) == 1
    results.mark_saved(project)
    assert results.n_lost(project) == 0  # it was asked about once


def test_what_was_never_saved_gives_way_to_what_is_learned_in_its_place():
    results = Results()
    held = [run(results, RANDOM.with_lane_setting("seed", seed)) for seed in range(3)]
    assert held == [[0], [1], [2]]


def test_what_was_never_saved_makes_room_for_what_the_file_holds():
    results = Results()
    for seed in range(MOST_OTHERS):
        project = RANDOM.with_lane_setting("seed", seed)
        run(results, project)
        results.mark_saved(project)
    for seed in (90, 91):
        both = BOTH.with_lane_setting("seed", seed)
        run(results, both)
        results.begin(RANDOM)  # its second lane is not shown, and stays beside the run
    assert results.n_lost(both) == 0
    assert set(range(MOST_OTHERS)) <= set(seeds(results.learned(both), both))


def test_a_state_is_restored_whatever_came_after():
    results = learned(BOTH)
    state, before = results.state, results.pictures(BOTH)
    results.begin(RINGS)
    results.put(snapshot(0, 9))
    later = results.state
    results.restore(state)
    assert results.pictures(BOTH) == before
    results.restore(later)
    assert results.pictures(RINGS)[0].snapshot.step == 9
    results.restore(NOTHING)
    assert not results.has_any


def test_a_continued_run_keeps_picture_weights_and_history():
    results = learned(BOTH)
    results.put(LaneWeights(1, 30, {"w": np.zeros(2)}))
    results.put(snapshot(1, 30, curves(10, 20, 30)))
    results.go_on(OT)
    (result,) = results.pictures(OT)
    assert (result.snapshot_as(0).step, result.weights_step) == (30, 30)
    results.put(LaneProgress(0, 40, 60, 0.5, curves(25, 35), Metrics()))
    assert results.progress(OT)[0].curves.loss_step.tolist() == [10, 20, 25, 35]


def test_a_run_that_ends_unfinished_leaves_everything_of_one_step():
    results = Results()
    results.begin(RANDOM)
    weights = [{"w": np.full(2, step)} for step in (30, 40)]
    results.put(LaneWeights(0, 30, weights[0]))
    for step in (20, 35):
        results.put(LaneKept(0, KeptStep(step, weights[0])))
    results.put(snapshot(0, 30, curves(10, 20, 30)))
    results.put(LaneProgress(0, 45, 60, 0.7, curves(10, 20, 30, 40), Metrics()))
    results.put(LaneWeights(0, 40, weights[1]))  # whose picture never comes
    results.end_run()
    (result,) = results.pictures(RANDOM)
    assert (result.snapshot.step, result.weights_step, result.weights) == (30, 30, weights[0])
    assert result.curves.loss_step.tolist() == [10, 20, 30]
    assert [entry.step for entry in result.kept] == [20]
    assert results.progress(RANDOM) == (None,)


def test_a_run_that_goes_on_measures_nothing_that_the_lost_one_measured():
    results = Results()
    results.begin(RANDOM)
    results.put(LaneWeights(0, 30, {"w": np.zeros(2)}))
    results.put(snapshot(0, 30, curves(10, 20, 30)))
    results.put(LaneProgress(0, 30, 30, 1.0, curves(10, 20, 30), Metrics(), is_measuring=True))
    results.end_run()
    results.go_on(RANDOM, 1)
    assert not any(known is not None and known.is_measuring for known in results.progress(RANDOM))
    assert results.pictures(RANDOM)[0].curves.loss_step.tolist() == [10, 20, 30]


def test_what_a_file_holds_without_a_picture_stays_when_the_next_run_begins():
    results = Results()
    held = KeptStep(20, {"w": np.zeros(2)})
    results.adopt(RANDOM, (LearnedLane(weights=held.weights, kept=(held,)),))
    results.end_run()
    assert [entry.weights for entry in results.pictures(RANDOM)[0].kept] == [held.weights]


def test_joined_history_has_every_step_once():
    old, new = curves(1, 2, 3, 4), curves(3, 4, 5)
    both = joined(old, new)
    assert both.loss_step.tolist() == [1, 2, 3, 4, 5]
    assert both.loss.tolist() == [*old.loss[:2].tolist(), *new.loss.tolist()]
    assert both.w2_step.tolist() == both.loss_step.tolist()
    assert joined(old, Curves()).loss.tolist() == old.loss.tolist()
    assert joined(old, Curves()).w2_floor == old.w2_floor
    assert joined(Curves(), new).w2.tolist() == new.w2.tolist()


def test_a_whole_history_replaces_its_own_beginning():
    """A run that the engine still holds sends its history from the first step on."""
    assert joined(curves(1, 2, 3), curves(1, 2, 3, 4)).loss_step.tolist() == [1, 2, 3, 4]


def test_frozen_values_are_read_only_all_the_way_down():
    value = snapshot(0)
    freeze(value)
    for array in (value.x, value.velocity.values, value.curves.loss):
        assert not array.flags.writeable


def test_every_state_has_a_way_in_and_a_way_back():
    assert set(TRANSITIONS) == set(State)
    reached = set().union(*TRANSITIONS.values())
    assert reached == set(State)
    for state in set(State) - {State.IDLE}:
        assert State.IDLE in TRANSITIONS[state]
    assert all(states for states in ACTIONS.values())
