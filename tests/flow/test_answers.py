"""Answers about a learned flow: pictures of kept steps are those of their weights, numbers those of the sampling."""

import math
from concurrent.futures import Future

import numpy as np
import pytest

from fmviz.core.carried import positions_at
from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.config import FlowConfig, Sampling
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Extent
from fmviz.core.frames import FlowSnapshot
from fmviz.core.kept import next_kept
from fmviz.core.project import LaneKept, LearnedFlow, Project, compared
from fmviz.core.questions import Animation, FieldGrid, FlowId, Lacking, OwnPaths, PairBatch
from fmviz.core.solvers import FEW_STEPS, SOLVERS
from fmviz.flow.answers import Facts
from fmviz.flow.batch_pairs import POOL, batch_pairs
from fmviz.flow.carry import LIVE
from fmviz.flow.device import finish
from fmviz.flow.run import TrainingRun

pytestmark = pytest.mark.usefixtures("few_points")

TINY = Project(Side(shape="gaussian"), Side(shape="moons"), (FlowConfig(width=16, depth=1, batch=32, steps=60, nfe=4),))


def asked(weights, step=60, sampling=TINY.lanes[0].sampling, is_fine=False):
    """Return a question about some weights, and what is known."""
    known, flow = Facts(), FlowId(1, 0, step)
    known.put(flow, LearnedFlow(TINY, weights))
    return Animation(flow, sampling, is_fine), known


def answer(question, known):
    return known.answer(question)


@pytest.fixture(scope="module")
def trained(few_points):
    """The final picture of a short run, and its weights."""
    run = TrainingRun(TINY)
    return [news for news in run.train() if isinstance(news, FlowSnapshot)][-1], run.weights(0)


def test_a_fine_answer_is_the_picture_that_training_ended_with(trained):
    final, weights = trained
    made = finish(answer(*asked(weights, is_fine=True)))
    np.testing.assert_allclose(made.x, final.x, atol=1e-5)
    np.testing.assert_allclose(made.velocity.values, final.velocity.values, atol=1e-4)
    for name in ("w2", "w2_floor", "npe", "path_length", "w2_error"):
        assert getattr(made.metrics, name) == pytest.approx(getattr(final.metrics, name), rel=1e-4)


def test_partial_answers_come_before_the_whole_and_pauses_between_them(trained):
    said = list(answer(*asked(trained[1], is_fine=True)))
    parts = [value for value in said if isinstance(value, FlowSnapshot)]
    assert [part.metrics.w2 for part in parts] == [None, None]
    assert len(parts[1].velocity.values) > len(parts[0].velocity.values)
    assert said.count(None) > 10
    assert any(isinstance(value, Future) for value in said)


def test_the_field_of_a_part_is_that_of_the_whole_there(trained):
    final, weights = trained
    question, known = asked(weights)
    extent = Extent(final.extent.cx, final.extent.cy, final.extent.half)
    near = finish(answer(FieldGrid(question.flow, extent, final.velocity.inside(final.extent).shape[1]), known))
    assert (near.extent, near.t[0], near.t[-1]) == (extent, 0, 1)
    np.testing.assert_allclose(near.values[[0, -1]], final.velocity.inside(final.extent)[[0, -1]], atol=1e-4)


@pytest.mark.parametrize(("solver", "nfe"), [("euler", 3), ("midpoint", 100), ("rk4", 40), ("heun", 31)])
@pytest.mark.parametrize("is_fine", [True, False])
def test_who_starts_where_a_particle_starts_goes_its_way(trained, solver, nfe, is_fine):
    """In the very states of the picture beside it, coarse or fine; and whoever else starts with it."""
    question, known = asked(trained[1], sampling=Sampling(solver, nfe), is_fine=is_fine)
    work = answer(question, known)
    parts = [value for value in work if isinstance(value, FlowSnapshot)] if is_fine else [finish(work)]
    picture, rows = parts[-1], [3, 700, 41]
    assert picture.is_fine or len(picture.t) <= LIVE.times
    starts = (*map(tuple, picture.x[0, rows].tolist()), (0.25, -0.5))
    own = finish(answer(OwnPaths(question.flow, question.sampling, starts, picture.is_fine), known))
    assert own.is_straight == picture.is_straight
    np.testing.assert_array_equal(own.t, picture.t)
    np.testing.assert_array_equal(own.x[0], starts)
    np.testing.assert_allclose(own.x[:, :3], picture.x[:, rows], atol=1e-5)
    alone = finish(answer(OwnPaths(question.flow, question.sampling, starts[3:], picture.is_fine), known))
    np.testing.assert_allclose(alone.x[:, 0], own.x[:, 3], atol=1e-5)


def test_chosen_starts_have_the_classes_of_the_points_beside_them():
    sides = [Side(cloud=PointCloud(np.array([[-2.0, y], [2.0, y]]) + shift, labels=Labels(np.array([0, 1]), names)))
             for y, shift, names in ((0.0, 0.0, ("left", "right")), (3.0, 0.1, ("west", "east")))]
    project = Project(*sides, (FlowConfig(width=16, depth=1, batch=32, steps=30, nfe=4),))
    run = TrainingRun(project)
    picture = [news for news in run.train() if isinstance(news, FlowSnapshot)][-1]
    known, flow = Facts(), FlowId(1, 0, 30)
    known.put(flow, LearnedFlow.of(project, 0, run.weights(0)))
    own = finish(answer(OwnPaths(flow, picture.sampling, ((-2.1, 0.0), (1.5, 0.2)), picture.is_fine), known))
    assert (own.classes.start.codes.tolist(), own.classes.start.names) == ([0, 1], ("left", "right"))
    ends = np.hypot(*np.moveaxis(own.x[-1][:, None] - sides[1].cloud.xy[None], 2, 0)).argmin(axis=1)
    assert (own.classes.end.codes.tolist(), own.classes.end.names) == (ends.tolist(), ("west", "east"))


@pytest.mark.parametrize("steps", [1, 2, 5, FEW_STEPS])
@pytest.mark.parametrize("is_fine", [True, False])
def test_a_few_euler_steps_are_as_many_straight_pieces(trained, steps, is_fine):
    work = answer(*asked(trained[1], sampling=Sampling("euler", steps), is_fine=is_fine))
    picture = next(value for value in work if isinstance(value, FlowSnapshot)) if is_fine else finish(work)
    assert len(picture.t) == steps + 1
    between = positions_at(picture, np.linspace(0, 1, 8 * steps + 1), 50).reshape(-1, 50, 2)
    for k in range(steps):
        piece = between[8 * k:8 * k + 9]
        np.testing.assert_allclose(piece, piece[0] + np.linspace(0, 1, 9)[:, None, None] * (piece[-1] - piece[0]),
                                   atol=1e-6)
    np.testing.assert_allclose(between[::8], picture.x[:, :50], atol=1e-6)


@pytest.mark.parametrize("solver", [key for key, row in SOLVERS.items() if not row.is_adaptive])
def test_w2_is_that_of_the_chosen_sampling(trained, solver):
    """Of an OT-like field one step would do; a field that bends is far off."""
    final, weights = trained
    coarse, fine = (finish(answer(*asked(weights, sampling=Sampling(solver, nfe), is_fine=True))).metrics.w2
                    for nfe in (SOLVERS[solver].stages, 100 * SOLVERS[solver].stages))
    assert coarse is not None
    assert fine is not None
    assert coarse != fine
    assert fine == pytest.approx(final.metrics.w2, abs=0.1)


def test_what_is_not_known_is_named(trained):
    question, _ = asked(trained[1])
    with pytest.raises(Lacking) as lack:
        next(answer(question, Facts()))
    assert lack.value.key == question.flow


def test_what_was_used_last_stays_within_the_bound():
    flows = {FlowId(1, 0, step): LearnedFlow(TINY, {"w": np.zeros(1000)}) for step in range(4)}
    known = Facts(most_bytes=3 * 8000)
    for key, flow in flows.items():
        known.put(key, flow)
        known.flow(FlowId(1, 0, 0))
    assert known.flow(FlowId(1, 0, 0)) is flows[FlowId(1, 0, 0)]
    with pytest.raises(Lacking):
        known.flow(FlowId(1, 0, 1))


def test_a_run_tells_the_kept_steps_and_they_can_be_baked():
    run, kept, final = TrainingRun(TINY), [], None
    for news in run.train():
        if isinstance(news, LaneKept):
            kept.append(news.kept)
        elif isinstance(news, FlowSnapshot):
            final = news
    expected = [0]
    while next_kept(expected[-1]) <= 60:
        expected.append(next_kept(expected[-1]))
    assert [entry.step for entry in kept] == expected
    assert final is not None
    early, late = (finish(answer(*asked(entry.weights, entry.step))) for entry in (kept[0], kept[-1]))
    assert (early.step, late.step) == (0, expected[-1])
    for snapshot in (early, late):
        assert np.array_equal(snapshot.x[0], final.x[0])
        assert snapshot.extent == final.extent
        assert snapshot.lattice is not None
    distance = [np.hypot(*(snapshot.x[-1] - final.x[-1]).T).mean() for snapshot in (early, late)]
    assert distance[1] < 0.5 * distance[0]


def test_training_longer_goes_on_keeping():
    run = TrainingRun(TINY)
    first = [news.kept.step for news in run.train() if isinstance(news, LaneKept)]
    later = [news.kept.step for news in run.train((40,)) if isinstance(news, LaneKept)]
    assert later
    assert min(later) > max(first)
    assert max(later) <= 100


@pytest.fixture
def known():
    """What is known, whose threads end with the test."""
    made = Facts()
    yield made
    made.close()


def finite(seed, n=60):
    rng = np.random.default_rng(seed)
    return compared(Project(*(Side(cloud=PointCloud(rng.normal(size=(n, 2)))) for _ in "01")), ("random", "ot"))


def parts_of(work):
    """Return all answers, the partial ones too; wait for threads."""
    parts = []
    while True:
        try:
            value = next(work)
        except StopIteration as end:
            return [*parts, end.value]
        if isinstance(value, Future):
            value.exception()
        elif value is not None:
            parts.append(value)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_a_batch_comes_at_once_and_again_with_what_such_batches_cost(known, coupling):
    project = compared(finite(110 + list(COUPLINGS).index(coupling), n=900), (coupling,))
    known.put(1, project)
    question = PairBatch(1, coupling, 16, project.lanes[0].batch_settings)
    first, *_, last = parts_of(answer(question, known))
    (expected,) = batch_pairs(project, 16)
    assert first.optimum is None
    np.testing.assert_array_equal(first.x1, last.x1)
    assert (last.cost, last.optimum, last.usual) == (expected.cost, expected.optimum, expected.usual)
    assert last.size == 16
    assert parts_of(answer(question, known))[0].optimum == expected.optimum  # known by now


def test_a_small_batch_does_not_wait_for_a_large_one(known, monkeypatch):
    monkeypatch.setattr("fmviz.flow.batch_pairs.POOL", POOL)
    known.put(1, Project(Side(shape="square"), Side(shape="rings")))
    large = answer(PairBatch(1, "ot", POOL), known)
    thread = next(large)
    assert not thread.done()
    small = answer(PairBatch(1, "ot", 4), known)
    next(small).result()
    assert len(next(small).x0) == 4
    assert not thread.done()
    for work in (large, small):
        work.close()


def test_pairs_that_cannot_be_drawn_raise(known):
    known.put(1, finite(102))
    with pytest.raises(ConfigError):
        parts_of(answer(PairBatch(1, "nothing", 4), known))


@pytest.mark.parametrize(("coupling", "is_known"), [("random", True), ("ot", True), ("entropic", False)])
def test_the_exact_field_is_answered_on_a_grid(coupling: str, is_known: bool) -> None:
    config = FlowConfig(coupling=coupling, steps=20, width=16, depth=1, batch=32, pool=64)
    run = TrainingRun(Project(Side(shape="gaussian"), Side(shape="8gaussians"), (config,)), live_interval_s=math.inf)
    for _ in run.train():
        pass
    known, key = Facts(), FlowId(1, 0, 20)
    known.put(key, LearnedFlow.of(run.project, 0, run.weights(0)))
    extent = Extent(0, 0, 6)
    exact, error, learned = (finish(known.answer(FieldGrid(key, extent, 15, layer)))
                             for layer in ("exact", "field_error", ""))
    known.close()
    assert exact.values.shape == learned.values.shape == (11, 15, 15, 2)
    assert np.isfinite(exact.values).any() == is_known
    assert bool(exact.note) == (coupling == "ot")
    both = np.isfinite(exact.values)
    np.testing.assert_allclose(error.values[both], (learned.values - exact.values)[both], atol=1e-4)
    assert np.array_equal(both, np.isfinite(error.values))
