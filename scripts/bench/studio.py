"""Exports: how well they use the cores and how much memory, against imageio's GIF writer, and whether estimates hold.

Films show the shipped example (8 gaussians to moons). `export.py` compares with matplotlib, `window.py` measures the
window beside an export. Estimates are asked for first, then the file is made and looked at, each in the same process.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from _family import Cost, cost
from _table import Row, at_least, at_most, median, parse, report
from PIL import Image
from PySide6.QtCore import QEventLoop

from fmviz.canvas.fonts import offscreen_app
from fmviz.core.export_spec import ExportSpec, changed
from fmviz.core.film import Film, film_of
from fmviz.core.frames import FlowSnapshot
from fmviz.core.resources import resource_path
from fmviz.core.style import VIEWS, Style
from fmviz.engine.export import ExportQueue
from fmviz.files.project_file import load_project
from fmviz.film.estimate import Estimate, sample_indices
from fmviz.film.gif import GifWriter, build_palette
from fmviz.film.painter import FilmPainter
from fmviz.film.render import render_film
from fmviz.views.export_preview import FileEstimate

CORES, MEMORY_MB = 1.6, 800.0
TIME, BYTES = 0.3, 0.8
NEAR = 0.3
FILM, GIF = (1920, 1080), (800, 800)
FILM_FRAMES, GIF_FRAMES, QUICK_FRAMES = 240, 120, 48
# Each format, and sizes that presets have.
ESTIMATED = (("trajectories", "gif", (960, 540)), ("density", "gif", (720, 405)), ("field", "gif", (800, 800)),
             ("trajectories", "mp4", FILM), ("density", "mp4", FILM), ("field", "mp4", (960, 540)),
             ("streamlines", "mp4", (1080, 1080)), ("trajectories", "webm", (960, 540)), ("magnitude", "webm", FILM),
             ("warp", "frames", (960, 540)), ("trajectories", "frames", FILM), ("density", "png", FILM),
             ("trajectories", "png", (960, 540)), ("field", "svg", FILM), ("pairs", "svg", (960, 540)),
             ("trajectories", "pdf", FILM), ("density", "pdf", (960, 540)))
QUICK_ESTIMATED = ESTIMATED[:1] + ESTIMATED[5:6] + ESTIMATED[9:10] + ESTIMATED[12:15:2] + ESTIMATED[16:]


def main() -> int:
    args = parse(__doc__.split("\n", 1)[0])
    _app = offscreen_app()
    snapshot = example()
    with tempfile.TemporaryDirectory(prefix="fmviz-bench-") as name:
        folder = Path(name)
        rows = list(films(snapshot, folder, args.quick))
        try:
            import imageio  # noqa: F401
        except ImportError:
            print("The comparison with imageio is left out; install it with: python -m pip install imageio",
                  file=sys.stderr)
        else:
            rows.extend(gifs(snapshot, folder, args.quick))
        rows.extend(estimates(snapshot, folder, args.quick))
    return report("Export studio", rows, args, load=os.getloadavg())


def example() -> FlowSnapshot:
    """Return the learned flow that the program starts with."""
    for lane in load_project(resource_path("examples/first.fmviz")).learned:
        if lane.snapshot is not None:
            return lane.snapshot
    raise RuntimeError("the shipped example has no snapshot")


def film(snapshot: FlowSnapshot, view: str, kind: str, size: tuple[int, int], frames: int = 1) -> Film:
    """Return a film of so many frames without a hold."""
    spec = changed(ExportSpec(hold=0.0), format=kind, width=size[0], height=size[1])
    if spec.kind.is_animation:
        spec = replace(spec, fps=25.0, seconds=(frames - 1) / 25.0)
    return film_of((snapshot,), Style().with_view(view), spec)


def made(path: Path, of: Film) -> Cost:
    """Write a film as the window and the command line do."""
    return cost(lambda: [None for _progress in render_film(path, of)])


def films(snapshot: FlowSnapshot, folder: Path, is_quick: bool) -> Iterator[Row]:
    """Full HD videos: cores, memory, frames a second."""
    frames = QUICK_FRAMES if is_quick else FILM_FRAMES
    for view in ("trajectories",) if is_quick else ("trajectories", "field", "density"):
        costs = [made(folder / "film.mp4", film(snapshot, view, "mp4", FILM, frames))
                 for _ in range(1 if is_quick else 3)]
        cores = sorted(costs, key=lambda one: one.cores)[len(costs) // 2]
        name = f"{view}: {frames} frames of 1920x1080 to MP4"
        # A film of two seconds ends before the drawing processes have paid.
        judge = _told if is_quick else at_least
        yield judge(f"{name}: processor time / time", cores.cores, CORES, "x",
                    f"{cores.processor_s:.1f} s in {cores.seconds:.1f} s, load before {cores.load:.2f}")
        yield at_most(f"{name}: memory of all processes", max(one.peak_mb for one in costs), MEMORY_MB, "MB")
        yield Row(f"{name}: frames a second", frames / median([one.seconds for one in costs]), "1/s")


def gifs(snapshot: FlowSnapshot, folder: Path, is_quick: bool) -> Iterator[Row]:
    """GIFs of frames that are drawn already, by this program's writer and by imageio with its defaults."""
    import imageio.v3

    frames = QUICK_FRAMES if is_quick else GIF_FRAMES
    for view in ("trajectories",) if is_quick else VIEWS:
        of = film(snapshot, view, "gif", GIF, frames)
        painter = FilmPainter(of)
        packed = [painter.pixels(shot) for shot in of.shots]
        plain = np.stack([np.stack([(one >> shift) & 255 for shift in (16, 8, 0)], axis=2).astype(np.uint8)
                          for one in packed])
        start = time.perf_counter()
        with (folder / "ours.gif").open("wb") as file:
            writer = GifWriter(file, *GIF, build_palette([packed[k] for k in sample_indices(frames)]), of.spec.delay_ms)
            for one in packed:
                writer.add(one)
            writer.finish()
        ours = time.perf_counter() - start
        whole = made(folder / "whole.gif", of).seconds
        start = time.perf_counter()
        imageio.v3.imwrite(folder / "theirs.gif", plain, duration=of.spec.delay_ms)
        theirs = time.perf_counter() - start
        sizes = [(folder / f"{who}.gif").stat().st_size for who in ("ours", "theirs")]
        fidelity = [psnr(folder / f"{who}.gif", plain, of.spec.delay_ms) for who in ("ours", "theirs")]
        name = f"{view}: GIF of {frames} frames of 800x800 / imageio's"
        yield at_most(f"{name}: time to encode", ours / theirs, TIME, "x", f"{ours:.2f} s against {theirs:.2f} s")
        yield at_most(f"{name}: time, drawing included", whole / theirs, TIME, "x",
                      f"{whole:.2f} s against {theirs:.2f} s of encoding alone")
        yield at_most(f"{name}: bytes", sizes[0] / sizes[1], BYTES, "x",
                      f"{sizes[0] / 1e6:.2f} MB against {sizes[1] / 1e6:.2f} MB")
        yield at_least(f"{name}: PSNR", fidelity[0] - fidelity[1], 0.0, "dB more",
                       f"{fidelity[0]:.1f} dB against {fidelity[1]:.1f} dB")


def psnr(path: Path, true: np.ndarray, delay_ms: int) -> float:
    """Return the PSNR of all frames that a viewer shows against what was drawn (N, H, W, 3), dB."""
    errors = []
    with Image.open(path) as gif:
        for k in range(gif.n_frames):
            gif.seek(k)
            shown = np.asarray(gif.convert("RGB"), dtype=np.float32)
            for _ in range(round(gif.info["duration"] / delay_ms)):  # writers join equal frames
                errors.append(float(((shown - true[len(errors)]) ** 2).mean()))
    if len(errors) != len(true):
        raise RuntimeError(f"{path.name} shows {len(errors)} frames of {len(true)}")
    return float(10 * np.log10(255**2 / max(float(np.mean(errors)), 1e-9)))


def estimates(snapshot: FlowSnapshot, folder: Path, is_quick: bool) -> Iterator[Row]:
    """Estimates over the truth, both as the window gets them: from a process of its own at idle priority."""
    frames = QUICK_FRAMES if is_quick else GIF_FRAMES
    for view, kind, size in QUICK_ESTIMATED if is_quick else ESTIMATED:
        of = film(snapshot, view, kind, size, frames)
        told = estimated(of)
        path = folder / ("sequence" if kind == "frames" else f"estimated.{kind}")
        start = time.perf_counter()
        export(path, of)
        seconds = time.perf_counter() - start
        true = sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]))
        what = f"{view} {kind} {size[0]}x{size[1]}"
        yield near(f"{what}: estimated / true bytes", told.bytes / true,
                   f"{told.bytes / 1e6:.2f} of {true / 1e6:.2f} MB")
        yield near(f"{what}: estimated / true seconds", told.seconds / seconds,
                   f"{told.seconds:.2f} of {seconds:.2f} s")


def estimated(of: Film) -> Estimate:
    """Return what the window's studio says of a film."""
    asking, loop = FileEstimate(), QEventLoop()
    asking.changed.connect(lambda: loop.quit() if asking.estimate is not None else None)
    asking.refused.connect(sys.exit)
    asking.ask(of)
    loop.exec()
    estimate = asking.estimate
    asking.shutdown()
    return estimate


def export(path: Path, of: Film) -> None:
    """Write a film as the window's studio does."""
    queue, loop = ExportQueue(), QEventLoop()
    queue.changed.connect(lambda export: loop.quit() if export.state.is_ended else None)
    queue.add(render_film, path, of)
    loop.exec()
    if message := queue.exports[0].message:
        sys.exit(message)


def near(what: str, ratio: float, against: str) -> Row:
    """Return the row of a number that should be 1, within 30 %."""
    return Row(what, ratio, "x", f"{1 - NEAR:g} to {1 + NEAR:g}", abs(ratio - 1) <= NEAR, against)


def _told(what: str, value: float, _reach: float, unit: str, against: str) -> Row:
    return Row(what, value, unit, "", None, against)


if __name__ == "__main__":
    sys.exit(main())
