"""Makes the files that fmviz ships as pictures of itself: the example of the first start, the README's pictures.

    python scripts/gallery.py example     train random and OT and save resources/examples/first.fmviz (about a minute)
    python scripts/gallery.py readme      render resources/readme/*.gif and the window's screenshots from that example
    python scripts/gallery.py figures     write the figures of resources/readme/figures with `fmviz gallery`
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from fmviz.core.project import Project

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
EXAMPLE = ROOT / "resources" / "examples" / "first.fmviz"
PICTURES = ROOT / "resources" / "readme"
WINDOW = (1280, 800)
MOMENT = 0.56
# Enough for the slider of training steps to tell its story; each takes 0.16 MB of the file.
KEPT_STEPS = 16
FIGURE_SIZE = "240x240"


def main() -> int:
    jobs = {"example": make_example, "readme": make_pictures, "figures": make_figures}
    chosen = sys.argv[1:] or list(jobs)
    if unknown := [name for name in chosen if name not in jobs]:
        print(f"There is no picture {unknown[0]!r}; choose from {', '.join(jobs)}.", file=sys.stderr)
        return 2
    for name in chosen:
        jobs[name]()
    return 0


def make_example() -> None:
    """Train both couplings on the default clouds and save them with their pictures."""
    from fmviz.core.project import Project, compared

    train_into(EXAMPLE, compared(Project().with_lane_setting("steps", 16_000)))
    print(f"\n{EXAMPLE.relative_to(ROOT)}: {EXAMPLE.stat().st_size / 1e6:.2f} MB")


def train_into(path: Path, project: Project) -> None:
    """Train all lanes and save them with their pictures and some of their earlier steps."""
    import torch

    from fmviz.core.frames import FlowSnapshot, LaneProgress
    from fmviz.core.kept import paced_steps
    from fmviz.core.project import KeptStep, LaneKept, LearnedLane
    from fmviz.files.project_file import ProjectFile, save_project
    from fmviz.flow.run import TrainingRun

    torch.set_num_threads(1)
    run = TrainingRun(project)
    newest: dict[int, FlowSnapshot] = {}
    kept: list[dict[int, KeptStep]] = [{} for _ in project.lanes]
    for news in run.train():
        if isinstance(news, FlowSnapshot):
            newest[news.lane] = news
        elif isinstance(news, LaneKept):
            kept[news.lane][news.kept.step] = news.kept
        elif isinstance(news, LaneProgress):
            print(f"\r{news.fraction:6.1%}", end="", file=sys.stderr, flush=True)
    shown = paced_steps(sorted(set.intersection(*map(set, kept))), KEPT_STEPS)
    learned = tuple(LearnedLane(run.weights(lane), newest[lane], tuple(kept[lane][step] for step in shown))
                    for lane in range(len(project.lanes)))
    path.parent.mkdir(exist_ok=True)
    save_project(path, ProjectFile(project, learned))


def make_pictures() -> None:
    """Render the animation, and take the screenshots of the window with one flow and with four."""
    import tempfile

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PIL import Image

    from fmviz.app import application
    from fmviz.core.export_spec import ExportSpec
    from fmviz.core.film import film_of
    from fmviz.core.project import Project
    from fmviz.core.style import Style
    from fmviz.files.project_file import load_project
    from fmviz.film.render import render_film

    PICTURES.mkdir(exist_ok=True)
    app = application.make_application()
    snapshots = tuple(lane.snapshot for lane in load_project(EXAMPLE).learned)
    spec = ExportSpec(width=760, height=430, fps=12.5, seconds=4.0, hold=0.8)
    path = PICTURES / "random-and-ot.gif"
    for _ in render_film(path, film_of(snapshots, Style(), spec)):
        pass
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB")
    project = Project().with_lane_setting("steps", 8_000)
    four = project.with_lane_added(coupling="ot").with_lane_added(coupling="semidiscrete").with_lane_added(
        path="trigonometric")
    with tempfile.TemporaryDirectory(prefix="fmviz-") as folder:
        for name, learning in (("window", project), ("window-four", four)):
            train_into(file := Path(folder) / f"{name}.fmviz", learning)
            for theme in ("dark", "light"):
                window = application.build_window(_fresh_settings(theme))
                window.resize(*WINDOW)
                window.show()
                window.files.open_path(file)
                _settle(app)
                window.parts[2].pause()
                window.parts[2].set_t(MOMENT)
                _settle(app)
                path = PICTURES / f"{name}-{theme}.png"
                window.grab().save(str(path))
                Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB")
                window.close()


def make_figures() -> None:
    """Write the gallery, small, and keep what the README shows of it."""
    import shutil
    import tempfile

    from fmviz.cli import main as fmviz

    folder = PICTURES / "figures"
    with tempfile.TemporaryDirectory(prefix="fmviz-") as made:
        if fmviz(["gallery", made, "--size", FIGURE_SIZE]) != 0:
            raise SystemExit(2)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in sorted(Path(made).iterdir()):
            if path.suffix in (".gif", ".png") and path.name != "contact-sheet.png":
                shutil.copyfile(path, folder / path.name)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder.relative_to(ROOT)}: {size / 1e6:.2f} MB")


def _settle(app: QApplication) -> None:
    """Let the event loop run until what is drawn later, the curves, is there."""
    end = time.perf_counter() + 1.0
    while time.perf_counter() < end:
        app.processEvents()
        time.sleep(0.01)


def _fresh_settings(theme: str) -> object:
    import tempfile

    from fmviz.app.settings import Settings

    settings = Settings(Path(tempfile.mkdtemp(prefix="fmviz-")) / "settings.ini")
    settings.set("theme", theme)
    return settings


if __name__ == "__main__":
    sys.exit(main())
