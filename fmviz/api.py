"""fmviz in notebooks and scripts: learned flows as objects, NumPy in and out, world units, no window.

    import fmviz

    flow = fmviz.train("8gaussians", "moons", coupling="ot", steps=4_000)
    flow.velocity([[0.0, 0.0]], t=0.5)
    flow.sample(1_000)
    flow.render("density", t=0.5)          # shows itself in a notebook
    flow.panel("continuity", t=0.5).numbers
    flow.save("flow.fmviz")                # opens in the window
    fmviz.load("flow.fmviz").with_sampling(solver="euler", nfe=2).metrics.w2

What it is made of is `files` (projects, tables), `flow` (learning and sampling) and `film` (pictures).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fmviz.commandline.learning import learn_under, sensible_threads, with_wanted
from fmviz.commandline.panel import panel_lane
from fmviz.commandline.picture import view_named
from fmviz.commandline.progress import Listener
from fmviz.commandline.sample import MAX_SAMPLES
from fmviz.core.cloud import FloatArray, PointCloud, Side
from fmviz.core.config import SAMPLING, check_used, config_from_mapping, with_own_path
from fmviz.core.errors import ConfigError, ProjectError, quoted
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.formats import FORMATS
from fmviz.core.frames import UNLEARNED, FlowSnapshot, of_same_training
from fmviz.core.kept import kept_at
from fmviz.core.lanes import lanes_of
from fmviz.core.models import MODELS, NO_VELOCITY
from fmviz.core.noise import check_noise, noise_of
from fmviz.core.panels import PanelLane, panel_of, panel_table, why_not
from fmviz.core.project import LearnedFlow, LearnedLane, Project
from fmviz.core.quantities import Metrics
from fmviz.core.tabular import Said
from fmviz.core.theme import load_theme
from fmviz.files.atomic import whole_file
from fmviz.files.project_file import PROJECT_SUFFIX, ProjectFile, load_project, save_project
from fmviz.files.tables import side_from_text
from fmviz.flow.bake import FieldVelocity
from fmviz.flow.batch_pairs import batch_pairs
from fmviz.flow.carry import Motion
from fmviz.flow.device import finish
from fmviz.flow.models import field_of
from fmviz.flow.sample import measured_picture, sample, states_of

Cloud = str | Path | ArrayLike


class Trajectories(NamedTuple):
    """States of the solver: t (K,) from 0 to 1, or back, and the positions x (K, n, 2) at those times, world units."""

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


@dataclass(frozen=True)
class Panel(Picture):
    """A panel of Mathematics: its picture, and its numbers by the heading of their column; None is not known."""

    numbers: dict[str, tuple[str | float | None, ...]]


class Flow:
    """A velocity field that was learned, at one training step.

    Args:
        project: the clouds, and the settings of this one lane.
        learned: what it has learned.
    Raises:
        ProjectError: nothing was learned.
        ConfigError: the weights do not fit the settings.
    """

    def __init__(self, project: Project, learned: LearnedLane) -> None:
        if learned.weights is None:
            raise ProjectError("Nothing was learned there; train it first.")
        self.project, self.settings = project, project.lanes[0]
        self._learned, self._weights = learned, learned.weights
        self._flow = LearnedFlow.of(project, 0, learned.weights)
        self._field, self._frame = field_of(self._flow)
        self._panels: dict[str, PanelLane] = {}

    def __repr__(self) -> str:
        how = MODELS[self.settings.model].label.lower() if self.step is None else f"step {self.step:,}"
        return (f"<Flow {self.project.source.label} -> {self.project.target.label}, {self.settings.coupling} coupling, "
                f"{how}>")

    @property
    def step(self) -> int | None:
        """Training steps that it has seen; 0 if that is not known, None if it is known without training."""
        if not MODELS[self.settings.model].learns:
            return None
        return 0 if self._learned.snapshot is None else self._learned.snapshot.step

    @property
    def steps(self) -> tuple[int, ...]:
        """Earlier training steps that `at_step` can go back to, ascending."""
        return tuple(kept.step for kept in self._learned.kept)

    @property
    def metrics(self) -> Metrics:
        """Its numbers: W2 beside its floor, path lengths, NPE ...; measured when they are first asked for."""
        return self._snapshot.metrics

    def velocity(self, x: ArrayLike, t: float) -> FloatArray:
        """Return the velocity (..., 2) at points x (..., 2) and time t in [0, 1], world units per unit of t.

        Raises:
            ConfigError: x is not finite or has not two coordinates, or t is not within 0 and 1.
        """
        place, t = _points(x), _time(t)
        if self._field.point_map is not None:
            raise ConfigError(NO_VELOCITY)
        return FieldVelocity(self._field, self._frame)(place.reshape(-1, 2), t).reshape(place.shape)

    def sample(self, n: int, seed: int = 0) -> FloatArray:
        """Return n generated points (n, 2): fresh source points carried to t = 1 with the flow's solver.

        Raises:
            ConfigError: n is no number from 1 to 1,000,000.
        """
        n = _whole(n, "The number of points", 1, MAX_SAMPLES)
        ends: FloatArray = sample(self.project, 0, self._weights, n, seed=seed).x[-1]
        return ends

    def trajectories(self, n: int = 100, seed: int = 0) -> Trajectories:
        """Return every state of the solver for n fresh source points, those of `sample`.

        Raises:
            ConfigError: n is no number from 1 to 1,000,000.
        """
        n = _whole(n, "The number of points", 1, MAX_SAMPLES)
        return _states(sample(self.project, 0, self._weights, n, trajectory=True, seed=seed))

    def carry(self, x: ArrayLike, backward: bool = False) -> Trajectories:
        """Return every state of the solver for points x (n, 2) of your own.

        Args:
            x: where they are at t = 0.
            backward: whether x is where they are at t = 1; they go back to t = 0, and t falls.
        Raises:
            ConfigError: x is not finite or has not two coordinates, or it is to go back with noise.
        """
        place = _points(x).reshape(-1, 2)
        if backward and (noise := noise_of(self.project.source, self.settings)) > 0:
            raise ConfigError(f"The sampling noise is {noise:g}, and noise has no way back; carry them back with "
                              "with_sampling(noise=0).")
        return _states(states_of(self.project, 0, self._weights, place, is_backward=backward), backward)

    def with_sampling(self, **settings: Any) -> Flow:
        """Return the same field with other settings of sampling, `solver="euler"`, `nfe=4`; nothing is learned anew.

        Raises:
            ConfigError: no setting of sampling, a value that it cannot have, or one of another solver.
        """
        for name in settings:
            if name not in {row.name for row in SAMPLING}:
                raise ConfigError(f"{quoted(name)} is no setting of sampling; those are "
                                  f"{', '.join(row.name for row in SAMPLING)}.")
        project = replace(self.project, lanes=(replace(self.settings, **settings),))
        check_noise(project, "noise" in settings)
        for name in settings:
            check_used(name, name, project.lanes)
        return Flow(project, self._learned)

    def at_step(self, step: int) -> Flow:
        """Return what the flow was at the kept step at or before `step`.

        Raises:
            ConfigError: no step that early was kept.
        """
        step = _whole(step, "The step", 0)
        if self.step is None or step >= self.step:
            return self
        kept = kept_at(self._learned.kept, step)
        if kept is None or kept.step > step:
            first = f"the first kept one is {self.steps[0]:,}" if self.steps else "none were kept"
            raise ConfigError(f"Step {step:,} was asked for and {first}.")
        earlier = LearnedFlow.of(self.project, 0, kept.weights)
        snapshot = finish(measured_picture(earlier, kept.step, self.settings.sampling))
        return Flow(self.project, LearnedLane(kept.weights, snapshot,
                                              tuple(entry for entry in self._learned.kept if entry.step < kept.step)))

    def render(self, view: str = "story", t: float = 0.5, width: int = 800, height: int = 800,
               theme: str = "light") -> Picture:
        """Return a picture of one view at time t, drawn as the window draws it.

        Args:
            view: "story", "trajectories", "field" ...; `fmviz render --help` names all.
            width, height: pixels.
            theme: "light" or "dark".
        Raises:
            ConfigError, ExportError: no such view or theme, or a value outside its range.
        """
        named = view_named(view)
        spec = self._spec(t, width, height, theme)
        from fmviz.canvas.fonts import offscreen_app
        from fmviz.film.painter import wanted_by
        from fmviz.film.stills import still_bytes

        _app = offscreen_app()
        style = replace(self.project.style.with_view(named), lanes=())
        pairs = batch_pairs(self.project, style.batch) if style.needs("pairs") else (self._snapshot.pairs,)
        shown = with_wanted(self._flow, self._snapshot, wanted_by((self._snapshot,), style, spec))
        return Picture(still_bytes(film_of((replace(shown, pairs=pairs[0]),), style, spec)))

    def panel(self, key: str, t: float = 0.5, width: int = 1280, height: int = 800, theme: str = "light",
              on_progress: Callable[[float], object] | None = None) -> Panel:
        """Return a panel of Mathematics, drawn as the window draws it, and its numbers; worked out once.

        Args:
            key: "gradients", "continuity" or "evaluations".
            t: the time of a picture that follows it.
            width, height: pixels.
            theme: "light" or "dark".
            on_progress: called with the share that is done, 0 to 1.
        Raises:
            ConfigError: there is no such panel, or it has nothing to show of this flow.
            ExportError: no such theme, or a value outside its range.
        """
        from fmviz.canvas.layer import look_of
        from fmviz.canvas.panel import PanelPicture, panel_drawing
        from fmviz.film.stills import drawing_bytes

        row = panel_of(key)
        if why := why_not(row, self.project, 0):
            raise ConfigError(f"The panel {row.key} has nothing to show of this flow. {why}")
        spec = self._spec(t, width, height, theme)
        if key not in self._panels:
            learned = replace(self._learned, snapshot=self._snapshot)
            self._panels[key] = panel_lane(row, self.project, 0, learned, None, listener := _Listener(on_progress))
            listener.update(1.0)
        shown = (self._panels[key],)
        picture = PanelPicture(row, shown, spec.at, look_of(load_theme(spec.theme_key), spec.background))
        png = drawing_bytes(spec.kind, panel_drawing(width, height, picture), 1, row.label)
        table = panel_table(shown)
        return Panel(png, {column.title: tuple(cell.value if isinstance(cell, Said) else cell for cell in cells)
                           for column, cells in zip(table.columns, zip(*table.rows, strict=True), strict=True)})

    def save(self, path: str | Path) -> None:
        """Write a project that the window and `load` open.

        Raises:
            ProjectError: it cannot be written, or the name does not end in .fmviz.
        """
        if Path(path).suffix.lower() != PROJECT_SUFFIX:
            raise ProjectError(f"The name {quoted(str(path))} does not end in {PROJECT_SUFFIX}; give one that does.")
        save_project(Path(path), ProjectFile(self.project, (replace(self._learned, snapshot=self._snapshot),)))

    def _spec(self, t: float, width: int, height: int, theme: str) -> ExportSpec:
        """Return that of a PNG of this flow alone."""
        return replace(self.project.export, format=FORMATS["png"].key, width=width, height=height, at=_time(t),
                       theme=theme, lanes=(), scale=1, is_strip=False)

    @property
    def _snapshot(self) -> FlowSnapshot:
        """The picture of just this sampling, with its numbers."""
        known = self._learned.snapshot
        if known is None or known.sampling != self.settings.sampling:
            step = UNLEARNED if self.step is None else self.step
            known = finish(measured_picture(self._flow, step, self.settings.sampling))
            if self._learned.snapshot is not None:
                known = of_same_training(known, self._learned.snapshot)
            self._learned = replace(self._learned, snapshot=known)
        return known


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
    index = lanes_of(lane, len(stored.project.lanes))[0]
    learned = stored.lanes[index]
    if learned.snapshot is not None:
        learned = replace(learned, snapshot=replace(learned.snapshot, lane=0))
    return Flow(_alone(stored.project, index), learned)


def train(source: Cloud = "8gaussians", target: Cloud = "moons", *,
          on_progress: Callable[[float], object] | None = None, **settings: Any) -> Flow:
    """Learn a flow and return it.

    Args:
        source, target: a shape by name, a file of points, or points (N, 2).
        on_progress: called with the share that is done, 0 to 1.
        settings: settings of learning and sampling by name, `coupling="ot"`, `path="trigonometric"`, `alpha="t**2"`,
            `steps=4_000`, `seed=1` ...; `fmviz train --help` names all.
    Raises:
        FmvizError: a cloud or a setting that cannot be used, or training cannot go on.
    """
    config = config_from_mapping(with_own_path(settings))
    project = Project(_side(source, "source"), _side(target, "target"), lanes=(config,))
    check_noise(project)
    for name in settings:
        check_used(name, name, project.lanes)
    with sensible_threads(project):
        learned = learn_under(_Listener(on_progress), project)
    return Flow(project, learned.lanes[0])


class _Listener(Listener):
    """Hears how far a training is; what else it says concerns a terminal."""

    def __init__(self, tell: Callable[[float], object] | None) -> None:
        self._tell = tell

    def update(self, fraction: float, detail: str = "") -> None:
        if self._tell is not None:
            self._tell(min(1.0, fraction))

    def note(self, sentence: str) -> None:
        pass


def _alone(project: Project, lane: int) -> Project:
    """Return a project of one lane, without what is said of the others."""
    return Project(project.source, project.target, (project.lanes[lane],), replace(project.style, lanes=()))


def _states(motion: Motion, is_backward: bool = False) -> Trajectories:
    return Trajectories(1.0 - motion.t if is_backward else motion.t, motion.x)


def _side(cloud: Cloud, name: str) -> Side:
    if isinstance(cloud, str | Path):
        return side_from_text(str(cloud)).side
    return Side(cloud=PointCloud(_points(cloud), name=name))


def _points(x: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 2) as float64.

    Raises:
        ConfigError: no numbers, not finite, or not two coordinates.
    """
    if np.ma.is_masked(x):
        raise ConfigError("Some points are masked; leave them out.")
    if np.iscomplexobj(x):
        raise ConfigError("The points are complex numbers; give x and y, an array (N, 2).")
    try:
        points = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"The points are no numbers ({error}); give an array (N, 2).") from error
    if points.ndim == 0 or points.shape[-1] != 2:
        raise ConfigError(f"The points have the shape {points.shape}; give (N, 2).")
    if not math.isfinite(float(np.abs(points).sum())):
        raise ConfigError("Some points are not finite; leave them out.")
    return points


def _time(t: object) -> float:
    """Return a time if it is a number from 0 to 1.

    Raises:
        ConfigError: it is not.
    """
    if isinstance(t, numbers.Real) and 0 <= float(t) <= 1:
        return float(t)
    raise ConfigError(f"t is {quoted(str(t))}; give a time from 0 to 1.")


def _whole(value: object, what: str, low: int, high: int | None = None) -> int:
    """Return a whole number if it lies between two, inclusive; None is no upper end.

    Raises:
        ConfigError: it is none, or does not.
    """
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and low <= int(value) <= (
            math.inf if high is None else high):
        return int(value)
    allowed = f"from {low:,} on" if high is None else f"from {low:,} to {high:,}"
    raise ConfigError(f"{what} is {quoted(str(value))}; give a whole number {allowed}.")
