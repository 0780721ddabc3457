"""Contracts of the link and the child's inbox, with real processes."""

import os
import signal
import subprocess

import engine_children as children
import numpy as np
import pytest
from patience import PATIENCE_MS, PATIENCE_S
from shiboken6 import isValid
from undying import Undying

from fmviz.core.frames import LaneProgress
from fmviz.engine.link import Link
from fmviz.engine.messages import RunNews, conflation_key


@pytest.fixture
def make_link(qapp):
    links = []

    def make(target, grace_s=1.0, key=lambda news: None):
        links.append(listened(Link(target, "fmviz-test", key, grace_s)))
        links[-1].start()
        return links[-1]

    yield make
    for link in links:
        if isValid(link):
            link.stop()


def listened(link):
    """Return the link; its `heard` is what it has told."""
    link.heard, link.endings = [], []
    link.said.connect(link.heard.append)
    link.ended.connect(lambda: link.endings.append(link.exit_code))
    return link


def taken(qtbot, link, count):
    """Return the next `count` news."""
    qtbot.waitUntil(lambda: len(link.heard) >= count)
    news, link.heard[:] = link.heard[:count], link.heard[count:]
    return news


def test_requests_arrive_in_order_and_are_values(qtbot, make_link):
    link = make_link(children.echo)
    sent = [np.arange(3), "two", ("three", 4.0)]
    for request in sent:
        link.send(request)
    sent[0][:] = -1
    first, *others = taken(qtbot, link, 3)
    assert others == sent[1:]
    assert first.shape == (3,)


def test_large_values_both_ways_do_not_block_each_other(qtbot, make_link):
    """Far more than a pipe holds, sent while as much comes back: neither end may wait for the other to read."""
    link = make_link(children.echo)
    blocks = [np.full(1_000_000, index, dtype=np.float32) for index in range(6)]
    for block in blocks:
        link.send(block)
    for block, back in zip(blocks, taken(qtbot, link, len(blocks)), strict=True):
        assert np.array_equal(back, block)


def test_a_slow_window_gets_the_newest_news_and_the_whole_history(qtbot, make_link):
    link = make_link(children.chatter, key=conflation_key)
    assert link.wait(PATIENCE_MS)  # the window is busy: no event is handled until the child has said everything
    assert link.heard == []
    qtbot.waitUntil(lambda: link.endings != [])
    news = link.heard
    assert [item if isinstance(item, str) else item.value.lane for item in news] == [
        "mark 100", "mark 200", 0, 1, "mark 300", "end",
    ]
    for item in news:
        if isinstance(item, RunNews):
            assert isinstance(item.value, LaneProgress)
            assert item.value.step == 300
            assert np.array_equal(item.value.curves.loss_step, np.arange(300))


def test_a_child_that_dies_ends_the_link(qtbot, make_link):
    link = make_link(children.fail)
    qtbot.waitUntil(lambda: link.endings == [7])
    assert not link.was_closed


def test_close_ends_a_child_by_its_own_will(qtbot, make_link):
    link = make_link(children.echo)
    link.send("up")
    taken(qtbot, link, 1)
    link.close()
    qtbot.waitUntil(lambda: link.endings == [0])


def test_of_one_that_was_let_go_nothing_is_told(qtbot, make_link):
    link = make_link(children.echo)
    link.send("up")
    taken(qtbot, link, 1)
    link.send("again")
    with qtbot.waitSignal(link.destroyed):
        link.let_go()
    assert (link.heard, link.endings) == ([], [])


def test_stop_kills_a_child_that_hangs(qtbot, make_link):
    link = make_link(children.hang, grace_s=0.2)
    taken(qtbot, link, 1)
    link.stop(2.0)
    assert link.wait(PATIENCE_MS)
    qtbot.waitUntil(lambda: link.endings == [-signal.SIGKILL])


def test_stop_frees_a_link_that_is_stuck_in_sending(qtbot, make_link):
    """The child is frozen and does not read, so the thread waits inside a send: only the child's death frees it."""
    link = make_link(children.hang)
    taken(qtbot, link, 1)
    for _ in range(4):
        link.send(np.zeros(4_000_000))
    link.stop(1.0)
    assert link.wait(PATIENCE_MS)


@pytest.mark.parametrize("waiting", [0, 4], ids=["idle", "stuck in sending"])
def test_stop_does_not_wait_for_the_death_of_what_it_killed(qapp, qtbot, waiting):
    link = listened(Undying(children.hang, "fmviz-test", lambda news: None, 0.1))
    link.start()
    taken(qtbot, link, 1)
    for _ in range(waiting):
        link.send(np.zeros(4_000_000))
    link.stop(2.0)
    is_finished, code = link.wait(PATIENCE_MS), link.exit_code
    assert Undying.end_survivors() == 1
    assert is_finished
    assert code == -signal.SIGKILL


def test_stop_right_after_start_leaves_nothing(make_link):
    link = make_link(children.echo)
    link.stop()
    assert link.wait(PATIENCE_MS)


def test_an_interrupt_from_the_terminal_does_not_reach_the_child(qtbot, make_link):
    link = make_link(children.report_priority_then_interrupt)
    assert taken(qtbot, link, 1) == ["alive"]
    link.send("end")
    qtbot.waitUntil(lambda: link.endings == [0])


ORPHAN = """
import os, signal, sys
sys.path[:0] = {path!r}
import engine_children as children
from PySide6.QtCore import QCoreApplication
from fmviz.engine.link import Link
if __name__ == "__main__":
    app = QCoreApplication([])
    link = Link(children.echo, "fmviz-test", lambda news: None, 1.0)
    link.said.connect(lambda _: os.kill(os.getpid(), signal.SIGKILL))
    link.start()
    link.send("up")
    app.exec()
"""


def test_no_orphan_outlives_a_window_that_was_killed(python, root, tmp_path):
    """The child inherits standard output, so its end is reached only when both processes have gone."""
    script = tmp_path / "window.py"
    script.write_text(ORPHAN.format(path=[str(root), os.path.dirname(__file__)]))
    done = subprocess.run([python, str(script)], capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == b""
