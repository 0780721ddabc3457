"""Drawing a film on all cores: processes that draw, a ring of shared memory that brings their frames back in order.

Memory is the ring's, whatever the length. It has no name anywhere (multiprocessing's anonymous memory, not its
`shared_memory`), so that nothing of it is left, however this process ends. A process ends when the parent's end of its
pipe is closed. Until they are up, and where there are none, the frames are drawn here. For 240 frames of 1280x720 on
two cores, concurrent.futures takes 1.28 times as long with the same ring, 1.63 times with pixels as answers.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fmviz.core.child import Child, start_child
from fmviz.core.errors import ExportError
from fmviz.core.film import Film
from fmviz.core.formats import DRAWERS
from fmviz.film.drawing import READY, DrawShot, draw_shots, save_png, slot_bytes
from fmviz.film.gif import Pixels
from fmviz.film.painter import FilmPainter
from fmviz.film.places import frame_name

MOST_WORKERS = 8
_RING_BYTES = 96_000_000
# One is being encoded, the one before it is compared with it, and one is being drawn.
_FEWEST_SLOTS, _MOST_SLOTS = 3, 16
# So that a process never waits for its next frame.
_QUEUED = 2
_BREATH_S = 0.04


def usable_cores() -> int:
    """Return how many cores this process may use.

    The head of a group counts its window's: that it keeps off one of them now (`child.leave_a_core`) ends when pictures
    stand still, and neither a film's bytes nor how many draw it are to depend on that.
    """
    if hasattr(os, "sched_getaffinity"):
        is_head = os.getpgid(0) == os.getpid() and multiprocessing.parent_process() is not None
        return max(1, len(os.sched_getaffinity(os.getppid() if is_head else 0)))
    return max(1, os.cpu_count() or 1)


def fits_ring(film: Film) -> bool:
    """Whether its frames are small enough for several to be under way at once."""
    return slot_bytes(film) * _FEWEST_SLOTS <= 1.25 * _RING_BYTES


def may_have_children() -> bool:
    """Whether this process is allowed to start some."""
    return not multiprocessing.current_process().daemon


@dataclass(eq=False)
class _Worker:
    """A drawing process, and how many of its requests are not answered."""

    child: Child
    is_ready: bool = False
    waiting: int = 0


class _Turn(NamedTuple):
    """The place whose turn it is, and whether a process has drawn it."""

    place: int
    is_drawn: bool


class FramePool:
    """Draws the shots of a film, in order; a context manager that ends its processes.

    Args:
        film, painter: what to draw, and how it is drawn here.
        workers: processes to start; 0 draws everything here.
    """

    def __init__(self, film: Film, painter: FilmPainter, workers: int = 0) -> None:
        self._film, self._painter = film, painter
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._is_closing = False
        self._starter: threading.Thread | None = None
        self._slot = slot_bytes(film)
        if workers > 0:
            # PNG frames go from the processes to the disk; filling a ring for them would only take memory.
            has_ring = film.spec.kind.encoder != DRAWERS
            count = min(_MOST_SLOTS, max(_FEWEST_SLOTS, _RING_BYTES // self._slot)) if has_ring else 0
            self._free = list(range(count))
            self._ring = multiprocessing.get_context("spawn").RawArray(ctypes.c_ubyte, max(1, count * self._slot))
            self._memory = np.frombuffer(memoryview(self._ring), dtype=np.uint8)
            # A thread: each process has to come up before it can take its film. That is packed here: whoever draws
            # meanwhile puts what it works out into the film's values.
            packed = pickle.dumps(self._film, pickle.HIGHEST_PROTOCOL)
            self._starter = threading.Thread(target=self._start, args=(workers, packed), name="pool-start", daemon=True)
            self._starter.start()

    def __enter__(self) -> FramePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; returns when they have ended."""
        self._is_closing = True
        self._kill()  # frees the starter, if one of them does not take its film
        if self._starter is not None:
            self._starter.join()
        self._kill()
        for worker in self._workers:
            worker.child.process.join()
            worker.child.connection.close()
        self._workers.clear()

    def frames(self, indices: Sequence[int]) -> Generator[Pixels | None, None, None]:
        """Yield the pictures (H, W) of those shots; None is a breath.

        A picture stays as it is until two more were asked for.

        Raises:
            ExportError: a process has ended or failed.
        """
        slots: dict[int, int] = {}

        def ask(place: int) -> DrawShot | None:
            if not self._free:
                return None
            slots[place] = self._free.pop()
            return DrawShot(place, indices[place], slots[place])

        for turn in self._run(len(indices), ask):
            if turn is None:
                yield None
                continue
            if turn.is_drawn:
                start, spec = slots[turn.place] * self._slot, self._film.spec
                picture = self._memory[start:start + self._slot]
                yield picture.view(np.uint32).reshape(spec.height, spec.width)
            else:
                yield self._painter.pixels(self._film.shots[indices[turn.place]])
            if turn.place - 1 in slots:
                self._free.append(slots.pop(turn.place - 1))

    def files(self, indices: Sequence[int], folder: Path) -> Generator[int | None, None, None]:
        """Write those shots into a folder, each under its number; yield its place when it is there, None to breathe.

        Raises:
            ExportError: a process has ended or failed, the disk is full.
        """
        for turn in self._run(len(indices), lambda k: DrawShot(k, indices[k], 0, str(folder / frame_name(indices[k])))):
            if turn is not None and not turn.is_drawn:
                index = indices[turn.place]
                save_png(self._painter.image(self._film.shots[index]), folder / frame_name(index))
            yield None if turn is None else turn.place

    def _run(self, count: int, ask: Callable[[int], DrawShot | None]) -> Generator[_Turn | None, None, None]:
        """Yield all places in order: drawn, or to draw here while no process is up; None while waiting."""
        asked, done = 0, set[int]()
        for place in range(count):
            self._listen(done, 0.0)
            asked = self._dispatch(asked, count, ask)
            if place >= asked:
                asked = place + 1
                yield _Turn(place, False)
                continue
            while place not in done:
                self._listen(done, _BREATH_S)
                asked = self._dispatch(asked, count, ask)
                if place not in done:
                    yield None
            done.remove(place)
            yield _Turn(place, True)

    def _dispatch(self, asked: int, count: int, ask: Callable[[int], DrawShot | None]) -> int:
        """Give out requests from place `asked` on; return the first that was not given out."""
        ready = [worker for worker in self._known() if worker.is_ready]
        while asked < count and ready:
            worker = min(ready, key=lambda one: one.waiting)
            request = ask(asked) if worker.waiting < _QUEUED else None
            if request is None:
                break
            with suppress(OSError):  # it has ended: `_listen` finds out how
                worker.child.connection.send(request)
            worker.waiting += 1
            asked += 1
        return asked

    def _listen(self, done: set[int], seconds: float) -> None:
        """Take answers; wait so long for the first."""
        workers = {worker.child.connection: worker for worker in self._known()}
        for connection in wait(list(workers), seconds) if workers else ():
            assert isinstance(connection, Connection)
            worker = workers[connection]
            try:
                news = connection.recv()
            except (EOFError, OSError):
                raise self._ended(worker) from None
            if news.failure:
                raise ExportError(news.failure)
            if news.place == READY:
                worker.is_ready = True
            else:
                done.add(news.place)
                worker.waiting -= 1

    def _known(self) -> list[_Worker]:
        with self._lock:
            return list(self._workers)

    def _ended(self, worker: _Worker) -> ExportError:
        """Return what to say of a process that is gone."""
        worker.child.process.join()
        code = worker.child.process.exitcode or 0
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return ExportError(f"A drawing process ended before the film was complete ({how}); close other programs or "
                           "choose a smaller size, and try again.")

    def _start(self, count: int, film: bytes) -> None:
        """Start the processes, then send each the film; runs in a thread of its own."""
        with suppress(OSError):  # no process or no memory is left: those that are there draw, or this one
            for k in range(count):
                if self._is_closing:
                    return
                child = start_child(draw_shots, f"fmviz-draw-{k + 1}", self._ring)
                with self._lock:
                    self._workers.append(_Worker(child))
        for worker in self._known():
            with suppress(OSError):  # it has ended: `_listen` finds out how
                worker.child.connection.send_bytes(film)

    def _kill(self) -> None:
        for worker in self._known():
            worker.child.process.kill()
