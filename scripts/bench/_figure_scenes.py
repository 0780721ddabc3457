"""Scenes about kept training steps and exported stills; each is called as those of `_scenes` are."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _scenes import Window


def main() -> int:
    print(json.dumps({"stepping": stepping, "sampling": sampling, "stills": stills}[sys.argv[1]]()))
    sys.stdout.flush()
    return 0


def stepping() -> dict[str, float]:
    """Move the slider of training steps to each kept step of both lanes, in no order, and wait for its picture."""
    with Window() as at:
        at.until(lambda: at.session.device_label is not None and all(at.session.snapshots))
        at.playhead.pause()
        head, waits = at.session.steps, []
        for step in np.random.default_rng(0).permutation(head.steps[:-1]).tolist():
            at.spin(0.3)
            begun = time.perf_counter()
            head.set_step(step)
            at.until(lambda step=step: all(one.step == step for one in head.snapshots))
            at.until(lambda begun=begun: at.paints and at.paints[-1] > begun)
            waits.append(time.perf_counter() - begun)
        return {"median_s": float(np.median(waits)), "worst_s": max(waits), "moves": len(waits)}


def sampling() -> dict[str, float]:
    """Move the slider of solver steps to each of its stops, in no order, and wait for the picture of both lanes."""
    from fmviz.views.time_bars import STEP_STOPS

    with Window() as at:
        at.until(lambda: at.session.device_label is not None and all(at.session.snapshots))
        at.playhead.pause()
        now, waits = at.document.project.lanes[0].sampling.n_steps, []
        for steps in np.random.default_rng(0).permutation([stop for stop in STEP_STOPS if stop != now]).tolist():
            at.spin(0.3)
            begun = time.perf_counter()
            at.document.set_solver_steps(steps)
            at.until(lambda steps=steps: all(one.sampling.n_steps == steps for one in at.session.snapshots))
            at.until(lambda begun=begun: at.paints and at.paints[-1] > begun)
            waits.append(time.perf_counter() - begun)
        return {"median_s": float(np.median(waits)), "worst_s": max(waits), "moves": len(waits)}


def stills() -> dict[str, float]:
    """Count the pixels in which exported stills of every view differ from the stage at the same size."""
    from PIL import Image
    from PySide6.QtGui import QImage

    from fmviz.core.export_spec import changed
    from fmviz.core.film import film_of
    from fmviz.core.style import VIEWS
    from fmviz.film.render import render_film

    differing = seen = 0
    with Window() as at, tempfile.TemporaryDirectory(prefix="fmviz-bench-") as folder:
        at.until(lambda: all(at.session.snapshots) and at.paints)
        at.playhead.pause()
        for view in (name for name in VIEWS if name != "pairs"):  # whose batch the window solves by itself
            at.show(view, 0.4)
            at.spin(0.2)
            shown = at.stage.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
            spec = changed(at.document.project.export, format="png", width=shown.width(), height=shown.height(), at=0.4,
                           layout="full")
            path = Path(folder) / "still.png"
            for _ in render_film(path, film_of(at.session.snapshots, at.document.project.style, spec)):
                pass
            window = np.frombuffer(shown.constBits(), dtype=np.uint8).reshape(shown.height(), -1)
            with Image.open(path) as still:
                export = np.asarray(still.convert("RGB")).reshape(shown.height(), -1)
            differing += int((window[:, : export.shape[1]] != export).sum())
            seen += export.size // 3
    return {"differing": differing, "pixels": seen}


if __name__ == "__main__":
    sys.exit(main())
