"""fmviz in notebooks and scripts: learned flows as objects, NumPy in and out, world units, no window.

    import fmviz

    flow = fmviz.train("8gaussians", "moons", coupling="ot", steps=4_000)
    flow.velocity([[0.0, 0.0]], t=0.5)
    flow.sample(1_000)
    flow.render("density", t=0.5)          # shows itself in a notebook
    flow.save("flow.fmviz")                # opens in the window
    fmviz.load("flow.fmviz").at_step(512).trajectories(100)

What it is made of is `files` (projects, tables), `flow` (learning and sampling) and `film` (pictures).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from fmviz.commandline.learning import learn_under
from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import FlowConfig, config_from_mapping
from fmviz.core.errors import ConfigError, ProjectError, quoted
from fmviz.core.film import film_of
from fmviz.core.formats import FORMATS
from fmviz.core.frames import FlowSnapshot, Metrics
from fmviz.core.kept import kept_at
from fmviz.core.paths import path_of
from fmviz.core.project import LearnedLane, Project
from fmviz.core.style import VIEWS
from fmviz.files.atomic import whole_file
from fmviz.files.project_file import ProjectFile, load_project, save_project
from fmviz.files.tables import side_from_text
from fmviz.flow.bake import carry
from fmviz.flow.integrate import steps_for
from fmviz.flow.kept import bake_kept
from fmviz.flow.network import Layout, UnitField, read_weights
from fmviz.flow.sample import sample
from fmviz.flow.units import MovingFrame
from fmviz.flow.worker import finish

Cloud = str | Path | ArrayLike


class Trajectories(NamedTuple):
    """States of the solver: t (K,) from 0 to 1, and the positions x (K, n, 2) at those times, world units."""

    t: NDArray[np.float64]
    x: FloatArray


@dataclass(frozen=True)
class Picture:
    """A picture as the bytes of a PNG; a notebook shows it."""

    png: bytes

    def _repr_png_(self) -> bytes:
        return self.png

    def pixels(self) -> NDArray[np.uint8]:
        """Return its pixels (H, W, 3 or 4), red first."""
        import imageio.v3 as iio

        return np.asarray(iio.imread(self.png, extension=".png"), dtype=np.uint8)

    def save(self, path: str | Path) -> None:
        """Write it, replacing an older file once it is whole.

        Raises:
            OSError: the file cannot be written.
        """
        with whole_file(path) as file:
            file.write(self.png)


class Flow:
    """A velocity field that was learned, at one training step.

    Args:
        project: the clouds and the settings.
        lane: which of the project's lanes this is.
        learned: what that lane has learned.
    Raises:
        ProjectError: nothing was learned.
        ConfigError: the weights do not fit the settings.
    """

    def __init__(self, project: Project, lane: int, learned: LearnedLane) -> None:
        if learned.weights is None:
            raise ProjectError("Nothing was learned there; train it first.")
        self.project, self.lane = project, lane
        self._learned, self._weights = learned, learned.weights
        self.settings: FlowConfig = project.lanes[lane]
        layout = Layout(self.settings.width, self.settings.depth)
        flat, units = read_weights(layout, self._weights)
        self._field = UnitField(layout, flat)
        self._frame = MovingFrame(units, path_of(self.settings.path))

    def __repr__(self) -> str:
        return (f"<Flow {self.project.source.label} -> {self.project.target.label}, {self.settings.coupling} coupling, "
                f"step {self.step:,}>")

    @property
    def step(self) -> int:
        """Training steps that it has seen; 0 if that is not known."""
        return 0 if self._learned.snapshot is None else self._learned.snapshot.step

    @property
    def steps(self) -> tuple[int, ...]:
        """Earlier training steps that `at_step` can go back to, ascending."""
        return tuple(kept.step for kept in self._learned.kept)

    @property
    def metrics(self) -> Metrics:
        """Its numbers: W2 beside its floor, path lengths, NPE ...; None is "not known"."""
        return Metrics() if self._learned.snapshot is None else self._learned.snapshot.metrics

    def velocity(self, x: ArrayLike, t: float) -> FloatArray:
        """Return the velocity (..., 2) at points x (..., 2) and time t in [0, 1], world units per unit of t.

        Raises:
            ConfigError: x is not finite or has not two coordinates, or t is not within 0 and 1.
        """
        place = _points(x)
        if not 0 <= t <= 1:
            raise ConfigError(f"t is {t:g}; give a time from 0 to 1.")
        z = torch.from_numpy(self._frame.to_unit(place.reshape(-1, 2), t))
        with torch.no_grad():
            v = self._field(z, t).numpy()
        velocity: FloatArray = self._frame.velocity_to_world(v, t).reshape(place.shape)
        return velocity

    def sample(self, n: int, seed: int = 0) -> FloatArray:
        """Return n generated points (n, 2): fresh source points carried to t = 1 with the flow's solver."""
        ends: FloatArray = self._sampled(n, seed, False)[0]
        return ends

    def trajectories(self, n: int = 100, seed: int = 0) -> Trajectories:
        """Return every state of the solver for n fresh source points."""
        x = self._sampled(n, seed, True)
        return Trajectories(np.linspace(0.0, 1.0, len(x)), x)

    def carry(self, x0: ArrayLike) -> Trajectories:
        """Return every state of the solver for points x0 (n, 2) of your own at t = 0.

        Raises:
            ConfigError: x0 is not finite or has not two coordinates.
        """
        n_steps = steps_for(self.settings.solver, self.settings.nfe)
        work = carry(self._field, self._frame, _points(x0).reshape(-1, 2), n_steps, self.settings.solver,
                     np.arange(n_steps + 1))
        x = finish(work)
        return Trajectories(np.linspace(0.0, 1.0, len(x)), x)

    def _sampled(self, n: int, seed: int, trajectory: bool) -> FloatArray:
        return sample(self.project, self.lane, self._weights, n, trajectory, seed)

    def at_step(self, step: int) -> Flow:
        """Return what the flow was at the kept step at or before `step`; its numbers are not known.

        Raises:
            ConfigError: no step that early was kept.
        """
        if step >= self.step:
            return self
        kept = kept_at(self._learned.kept, step)
        if kept is None or kept.step > step:
            first = f"the first kept one is {self.steps[0]:,}" if self.steps else "none were kept"
            raise ConfigError(f"Step {step:,} was asked for and {first}.")
        snapshot = finish(bake_kept(self.project, self.lane, kept))
        return Flow(self.project, self.lane, LearnedLane(kept.weights, replace(snapshot, lane=self.lane)))

    def render(self, view: str = "trajectories", t: float = 0.5, width: int = 800, height: int = 800,
               theme: str = "light") -> Picture:
        """Return a picture of one view at time t, drawn as the window draws it.

        Args:
            view: "trajectories", "field", "density" ...; `fmviz render --help` names all.
            width, height: pixels.
            theme: "light" or "dark".
        Raises:
            ConfigError, ExportError: no such view or theme, or a value outside its range.
        """
        named = next((key for key, row in VIEWS.items() if view in (key, row.word)), None)
        if named is None:
            raise ConfigError(f"There is no view {quoted(view)}; choose one of "
                              f"{', '.join(row.word for row in VIEWS.values())}.")
        spec = replace(self.project.export, format=FORMATS["png"].key, width=width, height=height, at=t, theme=theme,
                       lanes=(), scale=1, is_strip=False)
        from fmviz.canvas.fonts import offscreen_app
        from fmviz.film.stills import still_bytes

        _app = offscreen_app()
        style = replace(self.project.style.with_view(named), lanes=())
        return Picture(still_bytes(film_of((replace(self._snapshot, lane=0),), style, spec)))

    def save(self, path: str | Path) -> None:
        """Write a project that the window and `load` open.

        Raises:
            ProjectError: it cannot be written.
        """
        project = replace(self.project, lanes=(self.settings,))
        snapshot = replace(self._snapshot, lane=0)
        save_project(Path(path), ProjectFile(project, (replace(self._learned, snapshot=snapshot),)))

    @cached_property
    def _snapshot(self) -> FlowSnapshot:
        if self._learned.snapshot is None:
            raise ProjectError("The file holds the weights of this flow and no picture of it; open it in the window "
                               "and save it again.")
        return self._learned.snapshot


def load(path: str | Path, lane: str = "A") -> Flow:
    """Return what one lane of a project has learned.

    Args:
        path: a `.fmviz` file.
        lane: its letter.
    Raises:
        ProjectError: the file cannot be read, or that lane has learned nothing.
        ConfigError: there is no such lane.
    """
    stored = load_project(path)
    letters = "ABCD"[: len(stored.project.lanes)]
    if lane not in letters or not lane:
        raise ConfigError(f"The lane is {quoted(lane)}; the project has {', '.join(letters)}.")
    index = letters.index(lane)
    return Flow(stored.project, index, stored.lanes[index])


def train(source: Cloud = "8gaussians", target: Cloud = "moons", *,
          on_progress: Callable[[float], object] | None = None, **settings: Any) -> Flow:
    """Learn a flow and return it.

    Args:
        source, target: a shape by name, a file of points, or points (N, 2).
        on_progress: called with the share that is done, 0 to 1.
        settings: settings of learning and sampling by name, `coupling="ot"`, `path="trigonometric"`, `steps=4_000`,
            `seed=1` ...; `fmviz train --help` names all.
    Raises:
        FmvizError: a cloud or a setting that cannot be used, or training cannot go on.
    """
    project = Project(_side(source, "source"), _side(target, "target"), lanes=(config_from_mapping(settings),))
    threads = torch.get_num_threads()
    try:
        learned = learn_under(_Listener(on_progress), project)
    finally:
        torch.set_num_threads(threads)
    return Flow(project, 0, learned.lanes[0])


class _Listener:
    """Hears how far a training is; what else it says concerns a terminal."""

    def __init__(self, tell: Callable[[float], object] | None) -> None:
        self._tell = tell

    def update(self, fraction: float, _detail: str = "") -> None:
        if self._tell is not None:
            self._tell(min(1.0, fraction))

    def note(self, _sentence: str) -> None:
        pass


def _side(cloud: Cloud, name: str) -> Side:
    if isinstance(cloud, str | Path):
        return side_from_text(str(cloud)).side
    return Side(cloud=PointCloud(_points(cloud), name=name))


def _points(x: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 2) as float64.

    Raises:
        ConfigError: no numbers, not finite, or not two coordinates.
    """
    try:
        points = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"The points are no numbers ({error}); give an array (N, 2).") from error
    if points.ndim == 0 or points.shape[-1] != 2:
        raise ConfigError(f"The points have the shape {points.shape}; give (N, 2).")
    if not math.isfinite(float(np.abs(points).sum())):
        raise ConfigError("Some points are not finite; leave them out.")
    return points
