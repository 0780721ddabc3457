"""A signal ends the program where it may be broken off, and waits for the end of what may not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator

import pytest
from patience import PATIENCE_S

from fmviz.commandline.output import Ended, calm, driven, heard_signals, patiently


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_heard_at_once(number: signal.Signals, code: int) -> None:
    with pytest.raises(Ended) as ended, heard_signals():
        signal.raise_signal(number)
    assert ended.value.code == code
    assert isinstance(ended.value, KeyboardInterrupt)


def test_the_handlers_of_before_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with heard_signals():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard_signals():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_a_calm_block_it_waits_for_the_end_of_the_outermost() -> None:
    reached = []

    def block() -> None:
        with calm():
            with calm():
                signal.raise_signal(signal.SIGINT)
                reached.append("inner")
            reached.append("outer")

    with pytest.raises(Ended), heard_signals():
        block()
    assert reached == ["inner", "outer"]
    with calm():  # it is told once
        pass


def test_work_is_left_between_two_values_and_closed() -> None:
    done: list[str] = []

    def work() -> Generator[int, None, None]:
        try:
            for k in range(5):
                if k == 2:
                    signal.raise_signal(signal.SIGINT)
                done.append(f"drawn {k}")
                yield k
        finally:
            signal.raise_signal(signal.SIGINT)  # again, in the middle of the cleanup
            done.append("closed")

    def draw() -> None:
        driven(work(), lambda k: done.append(f"shown {k}"))

    with pytest.raises(Ended), heard_signals():
        draw()
    assert done == ["drawn 0", "shown 0", "drawn 1", "shown 1", "drawn 2", "closed"]


def test_another_thread_changes_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def elsewhere() -> None:
        with heard_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


def test_long_work_hands_on_its_result_and_its_error() -> None:
    assert patiently(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        patiently(lambda: 1 // 0)


def test_a_signal_is_heard_while_long_work_goes_on() -> None:
    go_on = threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        go_on.wait(PATIENCE_S)

    try:
        with pytest.raises(Ended), heard_signals():
            patiently(work)
    finally:
        go_on.set()
