"""What happens in the measured process: one scene per call, its numbers as one JSON line on standard output.

    python _scenes.py SCENE [SECONDS]

The window is the program's own, made by `fmviz.app.application`; nothing in it is replaced.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

SIZE = (1280, 800)
_LIMIT_S = 120.0
# Every t once: texts and images that are drawn for the first time fill caches.
_WARM_FRAMES = 101


def main() -> int:
    scene, length_s = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    print(json.dumps(SCENES[scene](length_s)))
    sys.stdout.flush()
    return 0


def first_picture(_length_s: float) -> dict[str, float]:
    """Start as the command does and note when the stage has painted a flow; then train and wait for news."""
    with Window() as at:
        at.until(lambda: at.paints and any(at.session.snapshots) and at.window.isVisible())
        shown = time.time()
        at.until(lambda: at.session.device_label is not None)
        ready = time.time()
        at.spin(1.0)
        at.document.set_setting("seed", 1)
        begun, count = time.perf_counter(), [0]
        at.session.snapshot_changed.connect(lambda _lane: count.__setitem__(0, count[0] + 1))
        at.session.train()
        at.until(lambda: count[0] > 0)
        first = time.perf_counter() - begun
        return {"shown": shown, "ready": ready, "train_to_picture_s": first}


def training(length_s: float) -> dict[str, object]:
    """Play the trajectories at 60 Hz while both or one of the lanes train; every paint of the stage is timed."""
    from fmviz.engine import playhead

    lanes = int(os.environ.get("FMVIZ_BENCH_LANES", "1"))
    with Window() as at:
        at.prepare(lanes)
        at.until(lambda: at.session.device_label is not None)
        at.session.train()
        at.until(lambda: all(at.session.snapshots))
        # At the ends nothing moves, so nothing is painted: that is no missed frame.
        playhead.HOLD_S = 0.0
        at.playhead.play()
        at.spin(1.5)
        before, news = at.steps(), [0]
        at.session.snapshot_changed.connect(lambda _lane: news.__setitem__(0, news[0] + 1))
        at.paints.clear()
        start = time.perf_counter()
        at.spin(length_s)
        span = time.perf_counter() - start
        steps = at.steps() - before
        return {**_intervals(at.paints), "steps_per_second": steps / span, "pictures_per_second": news[0] / span}


def exporting(length_s: float) -> dict[str, object]:
    """Play the trajectories at 60 Hz while a 1080p MP4 of them is made in the background."""
    from fmviz.core.export_spec import changed
    from fmviz.core.film import film_of
    from fmviz.engine import playhead
    from fmviz.film.render import render_film

    with Window() as at, tempfile.TemporaryDirectory(prefix="fmviz-bench-") as folder:
        at.until(lambda: at.session.device_label is not None and any(at.session.snapshots))
        playhead.HOLD_S = 0.0
        at.playhead.play()
        project, queue = at.document.project, at.window.export_dialog.queue
        spec = changed(project.export, format="mp4", width=1920, height=1080, fps=60.0, seconds=120.0)
        queue.add(render_film, Path(folder) / "talk.mp4", film_of(at.session.snapshots, project.style, spec))
        at.until(lambda: queue.exports[0].done > 0 or not queue.unfinished)
        at.spin(2.0)
        at.paints.clear()
        start, before = time.perf_counter(), queue.exports[0].done
        at.spin(length_s)
        span, export = time.perf_counter() - start, queue.exports[0]
        queue.shutdown()
        return {**_intervals(at.paints), "export_fps": (export.done - before) / span, "message": export.message}


def alone(length_s: float) -> dict[str, float]:
    """Train the same recipe with no window: a process of its own that only counts steps."""
    import torch

    from fmviz.core.frames import LaneProgress
    from fmviz.core.project import Project
    from fmviz.flow.run import TrainingRun

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    project = Project().with_lane_setting("steps", 200_000)
    step, marks = 0, []
    start = time.perf_counter()
    for news in TrainingRun(project).train():
        if isinstance(news, LaneProgress):
            step = news.step
        now = time.perf_counter() - start
        if (not marks and now > 3.0) or (marks and now > 3.0 + length_s):
            marks.append((now, step))
        if len(marks) == 2:
            break
    (t0, s0), (t1, s1) = marks
    return {"steps_per_second": (s1 - s0) / (t1 - t0)}


def soak(_length_s: float) -> dict[str, float]:
    """Paint 20,000 frames of every view and watch memory and the reference count of None."""
    frames = int(os.environ.get("FMVIZ_BENCH_FRAMES", "20000"))
    with Window() as at:
        at.until(lambda: any(at.session.snapshots) and at.paints)  # before the first paint nothing is drawn
        views = ("trajectories", "field", "density", "magnitude", "pairs")
        none: dict[str, list[int]] = {view: [] for view in views}
        memory = []
        # Each view in one piece, and counted by itself: a change of view draws new images and sets widgets anew, and
        # PySide 6.11 keeps references for each, some 40 in all.
        for index in range(-2 * len(views) * _WARM_FRAMES, frames):
            turn = index // _WARM_FRAMES if index < 0 else index * len(views) // frames
            view = views[turn % len(views)]
            at.show(view, index % 101 / 100)
            if index % 100:
                continue
            at.application.processEvents()  # the buttons of the views paint themselves too
            if index >= 0:
                memory.append(_memory_mb())  # collects garbage, which may refer to None
                none[view].append(sys.getrefcount(None))
        # Later Pythons have an immortal None, whose count says nothing.
        change = max(max(counts) - min(counts) for counts in none.values()) if sys.version_info < (3, 12) else 0
        return {"frames": frames, "none_change": change, "memory_growth_mb": memory[-1] - memory[0]}


def panes(_length_s: float) -> dict[str, float]:
    """Measure which share of the window its panes take, in every state of the window, and of an export; and how long a
    closer look waits for its field.
    """
    from fmviz.canvas.geometry import stage_layout
    from fmviz.core.camera import Camera

    shares: dict[str, float] = {}
    with Window() as at:
        at.until(lambda: any(at.session.snapshots) and at.paints)

        def measure(name: str) -> None:
            at.spin(0.5)
            window, canvas = at.window, at.stage.canvas
            layout = canvas.layout_now()
            taken = sum(box.width * box.height for box in layout.panes)
            shares[name] = taken / (window.width() * window.height())

        for lanes in (2, 1):
            at.document.set_lanes(("random", "ot")[:lanes])
            measure(f"open_{lanes}")
            at.window.actions_by_name["panels"].trigger()
            measure(f"folded_{lanes}")
            at.window.actions_by_name["panels"].trigger()
            at.window.presenting.enter()
            measure(f"alone_{lanes}")
            at.window.presenting.leave()
            at.spin(0.5)
            layout = stage_layout(1920, 1080, lanes, shape=at.stage.canvas.fitted.shape)
            shares[f"film_{lanes}"] = sum(box.width * box.height for box in layout.panes) / (1920 * 1080)
        at.document.set_style(at.document.project.style.with_view("field"))
        at.until(lambda: at.session.device_label is not None)
        waits = []
        for k in range(7):
            camera = Camera(0.5 * k - 1.5, 0.3 * k - 1, 1.0)
            start = time.perf_counter()
            at.document.set_style(replace(at.document.project.style, camera=camera))
            at.until(lambda: all(frame.u_extent.holds(at.stage.canvas.seen()) and frame.u_extent.half < 3
                                 for frame in at.stage.frames()))
            waits.append(time.perf_counter() - start)
            at.spin(0.2)
        shares["zoom_s"] = float(np.median(waits))
    return shares


def table(_length_s: float) -> dict[str, float]:
    """Import the table of `FMVIZ_BENCH_TABLE` as a person would: open it, look at the dialog, use it as source."""
    from PySide6.QtCore import QTimer

    path, beats = Path(os.environ["FMVIZ_BENCH_TABLE"]), [0.0]
    with Window() as at:
        at.until(lambda: at.session.device_label is not None and at.paints)
        at.spin(1.0)
        beat = QTimer(interval=5)
        beat.timeout.connect(lambda: beats.append(time.perf_counter()))
        beats[0] = begun = time.perf_counter()
        beat.start()
        importing = at.window.importing
        importing.open_path(path, "source")
        at.until(lambda: importing.dialog is not None and importing.dialog.isVisible())
        looked = time.perf_counter()
        importing.dialog.use["source"].click()
        at.until(lambda: at.document.project.source.cloud is not None)
        loaded = time.perf_counter()
        at.spin(0.5)
        return {"look_s": looked - begun, "loaded_s": loaded - begun, "pause_s": float(np.diff(beats).max()),
                "points": len(at.document.project.source.cloud)}


def closing(_length_s: float) -> dict[str, float]:
    """Close the window while it trains and exports; the parent looks at the exit code and the time."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMessageBox

    from fmviz.core.film import film_of
    from fmviz.film.render import render_film

    at = Window().__enter__()
    at.prepare(2)
    at.until(lambda: at.session.device_label is not None)
    at.session.train()
    at.until(lambda: all(at.session.snapshots))
    project = at.document.project
    path = Path(tempfile.mkdtemp(prefix="fmviz-bench-")) / "closing.gif"
    at.window.export_dialog.queue.add(render_film, path, film_of(at.session.snapshots, project.style,
                                                                 replace(project.export, seconds=60.0)))
    at.spin(1.5)
    asked: list[float] = []
    answers = QTimer(interval=100)

    def answer() -> None:
        """Give the export up and the changes too: whatever is asked, the window shall close."""
        box = QApplication.activeModalWidget()
        for button in (QMessageBox.StandardButton.Close, QMessageBox.StandardButton.Discard):
            if isinstance(box, QMessageBox) and (asks := box.button(button)) is not None:
                asked.append(time.time())
                asks.click()
                return

    answers.timeout.connect(answer)
    QTimer.singleShot(0, at.window.close)
    answers.start()
    at.application.exec()
    print(json.dumps({"asked": asked[-1], "left_behind": len(list(path.parent.iterdir()))}))
    sys.stdout.flush()
    raise SystemExit(0)


class Window:
    """The program's window at 1280x800, run by hand so that a scene reads downwards."""

    def __enter__(self) -> Window:
        from PySide6.QtCore import QEvent, QObject
        from PySide6.QtWidgets import QApplication

        from fmviz.app import application
        from fmviz.app.settings import Settings

        self.application = application.make_application()
        self.folder = tempfile.TemporaryDirectory(prefix="fmviz-bench-")
        self.window = application.build_window(Settings(Path(self.folder.name) / "settings.ini"))
        self.window.resize(*SIZE)
        self.document, self.session, self.playhead = self.window.parts
        self.stage = self.window.stage
        self.paints: list[float] = []
        paints = self.paints

        class Watch(QObject):
            def eventFilter(self, _watched: object, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint:
                    paints.append(time.perf_counter())
                return False

        self.watch = Watch()
        self.stage.canvas.installEventFilter(self.watch)
        self.window.show()
        application.after_first_paint(self.window, None)
        assert QApplication.instance() is self.application
        return self

    def __exit__(self, *_: object) -> None:
        self.document.new()  # closing must not ask
        self.window.close()
        self.spin(0.05)
        self.folder.cleanup()

    def prepare(self, lanes: int) -> None:
        """Show the default clouds with so many lanes, far from the end of their training."""
        self.document.new()
        self.document.set_lanes(("random", "ot")[:lanes])
        for lane in range(2, lanes):
            self.document.add_lane(lane - 1, lr=1e-3 / lane)
        self.document.set_setting("steps", 400_000)

    def rest_in_story(self, seconds: float) -> None:
        """Show two panes of the learned example half-way, and wait until all is quiet."""
        self.until(lambda: any(self.session.snapshots) and self.paints)
        self.document.set_lanes(("random", "ot"))
        self.document.set_style(self.document.project.style.with_view("story"))
        self.until(lambda: self.session.device_label is not None)
        self.playhead.pause()
        self.playhead.set_t(0.5)
        self.spin(seconds)

    def show(self, view: str, t: float) -> None:
        """Paint one frame of a view, now."""
        style = self.document.project.style
        if style.view != view:
            self.document.set_style(style.with_view(view))
        self.playhead.set_t(t)
        self.stage.canvas.show_frames(self.stage.frames())
        self.stage.canvas.repaint()

    def steps(self) -> int:
        """Return the training steps of all lanes together."""
        return sum(progress.step for progress in self.session.progress if progress is not None)

    def spin(self, seconds: float) -> None:
        """Let the event loop run for a while."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def until(self, is_so: Callable[[], object]) -> None:
        """Let the event loop run until something holds."""
        start = time.perf_counter()
        while not is_so():
            self.spin(0.005)
            if time.perf_counter() - start > _LIMIT_S:
                raise TimeoutError("waited too long")


def _intervals(paints: list[float]) -> dict[str, float]:
    gaps = np.diff(paints) * 1000
    return {"frames": len(paints), "median_ms": float(np.median(gaps)), "p99_ms": float(np.percentile(gaps, 99)),
            "worst_ms": float(gaps.max()), "fps": 1000 / float(gaps.mean())}


def _memory_mb() -> float:
    gc.collect()
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


SCENES: dict[str, Callable[[float], dict[str, object]]] = {
    scene.__name__: scene for scene in (first_picture, training, exporting, alone, soak, panes, table, closing)  # type: ignore[misc]
}

if __name__ == "__main__":
    sys.exit(main())
