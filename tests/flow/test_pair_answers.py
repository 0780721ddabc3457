"""Wishes for pairs: parts as they are ready, the newest wish wins, failures are told."""

from __future__ import annotations

import queue
from dataclasses import replace

import numpy as np
import pytest
from patience import PATIENCE_S

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.project import Project, compared
from fmviz.flow.batch_pairs import POOL, batch_pairs
from fmviz.flow.pair_answers import PairAnswers


def finite(seed, n=60):
    rng = np.random.default_rng(seed)
    return compared(Project(*(Side(cloud=PointCloud(rng.normal(size=(n, 2)))) for _ in "01")), ("random", "ot"))


@pytest.fixture
def asked():
    """Answers, and the queue that they come in."""
    news: queue.Queue = queue.Queue()
    answers = PairAnswers(lambda *said: news.put(said), lambda *said: news.put(said))
    yield answers, news
    answers.close()


def until_complete(news, job, lanes=2):
    """Return what was said until each lane of a job has its optimum."""
    said, missing = [], set(range(lanes))
    while missing:
        said.append(news.get(timeout=PATIENCE_S))
        if said[-1][0] == job and said[-1][2].optimum is not None:
            missing.discard(said[-1][1])
    return said


def test_each_lane_is_told_at_once_and_again_with_the_optimum(asked):
    answers, news = asked
    project = finite(101, n=900)
    answers.ask(1, project, 16)
    said = until_complete(news, 1)
    assert said[0][2].optimum is None
    for lane, expected in enumerate(batch_pairs(project, 16)):
        *_, (_, _, last) = (entry for entry in said if entry[1] == lane)
        assert (last.cost, last.optimum, last.usual) == (expected.cost, expected.optimum, expected.usual)
        assert all(len(pairs.x0) == 16 for _, _, pairs in said)


def test_a_newer_wish_supersedes_the_older_ones(asked):
    answers, news = asked
    project = finite(102)
    for job, size in enumerate((512, 256, 128, 64, 32, 8), start=1):
        answers.ask(job, project, size)
    said = until_complete(news, 6)
    jobs = [job for job, _, _ in said]
    assert jobs == sorted(jobs)
    assert len(set(jobs)) < 6
    assert len(said[-1][2].x0) == 8


def test_a_small_batch_does_not_wait_for_a_large_one(asked):
    answers, news = asked
    project = compared(Project(Side(shape="square"), Side(shape="rings")), ("random", "ot"))
    answers.ask(1, project, POOL)
    first = news.get(timeout=PATIENCE_S)
    assert first[1] == 0  # independent pairs need no plan
    answers.ask(2, project, 4)
    second = [news.get(timeout=PATIENCE_S) for _ in range(2)]
    assert [(job, pairs.optimum) for job, _, pairs in second] == [(2, None), (2, None)]


def test_what_is_known_is_complete_at_once(asked):
    answers, news = asked
    project = finite(103)
    batch_pairs(project, 8)
    answers.ask(1, project, 8)
    assert all(pairs.optimum is not None for _, _, pairs in (news.get(timeout=PATIENCE_S) for _ in range(2)))


def test_a_failure_is_told_and_the_next_wish_works(asked):
    answers, news = asked
    project = finite(104)
    answers.ask(1, replace(project, source=None), 8)
    job, lanes, error = news.get(timeout=PATIENCE_S)
    assert (job, lanes) == (1, 2)
    assert isinstance(error, Exception)
    answers.ask(2, project, 8)
    assert len(until_complete(news, 2)) >= 2
