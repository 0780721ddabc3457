"""What the export studio exports: the document's specification, the view or scene, and the film that they make.

No widgets. The specification lives in the document; which view was chosen is remembered here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from fmviz.core.errors import ExportError
from fmviz.core.export_spec import UNCHOSEN_THEME, ExportSpec, changed
from fmviz.core.film import Film, film_of, has_batch, with_pairs
from fmviz.core.frames import FlowSnapshot
from fmviz.core.lanes import LaneMark
from fmviz.core.project import Project, Scene
from fmviz.core.style import VIEWS, Style
from fmviz.core.wanted import NOTHING_WANTED, Wanted
from fmviz.engine.document import Document
from fmviz.engine.moments import Moments
from fmviz.engine.scenes import is_other_project, place_of, step_of
from fmviz.engine.session import Session, State
from fmviz.film.painter import wanted_by
from fmviz.film.presets import resized
from fmviz.views import words

ON_STAGE = "stage"
VIEW, SCENE = "view:", "scene:"
_LOST = "The pictures of training step {step}, which this scene shows, cannot be made any more; update the scene."
USUAL_SIZES = {1: (800, 800), 2: (1200, 640), 3: (1280, 800), 4: (1280, 800)}


class ExportChoice(QObject):
    """The one owner of what the next export is.

    Attributes:
        scene: the chosen scene, if one is chosen; it is followed wherever it goes.

    Signals:
        changed(): the specification, the view, or the project's lanes, style or scenes.
    """

    changed = Signal()

    def __init__(self, document: Document, session: Session, moments: Moments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._session, self.moments = document, session, moments
        self._what = ON_STAGE
        self.scene: Scene | None = None  # not its number: scenes move
        self._given_up = NOTHING_WANTED
        self._window_theme = UNCHOSEN_THEME
        self._has_chosen_size = False
        self._panes = len(self.lanes())  # for which the size is
        document.changed.connect(self._follow)
        moments.changed.connect(self._follow_moments)
        self._could_show_training = self.can_show_training

    @property
    def what(self) -> str:
        """`ON_STAGE`, or `VIEW` and a name, or `SCENE` and an index."""
        place = next((k for k, scene in enumerate(self._document.project.scenes) if scene is self.scene), None)
        return self._what if place is None else f"{SCENE}{place}"

    @property
    def whats(self) -> dict[str, str]:
        """All that can be chosen: key to label."""
        scenes = self._document.project.scenes
        return {ON_STAGE: "As on the stage", **{VIEW + view.name: view.label for view in VIEWS.values()},
                **{f"{SCENE}{index}": f"Scene {index + 1}: {scene.name}" for index, scene in enumerate(scenes)}}

    @property
    def scene_count(self) -> int:
        return len(self._document.project.scenes)

    def memory(self) -> Callable[[], None]:
        what, export = self.what, self._document.project.export

        def choose() -> None:
            self.choose(what)
            self._document.set_export(export)

        return choose

    @property
    def name(self) -> str:
        """What the picture is called: the scene's name or the view's."""
        scene = self.scene
        return self.style().view if scene is None else scene.name

    @property
    def lane_count(self) -> int:
        return len(self._document.project.lanes)

    @property
    def marks(self) -> tuple[LaneMark, ...]:
        return self._session.marks_for(self.style())

    @property
    def can_show_training(self) -> bool:
        return self.moments.can_gather

    def choose(self, what: str) -> None:
        """Export another view or scene; a scene brings its time, its lanes and its caption."""
        is_scene = what.startswith(SCENE)
        self.scene = self._document.project.scenes[int(what.removeprefix(SCENE))] if is_scene else None
        self._what = ON_STAGE if is_scene else what
        if (scene := self.scene) is not None:
            self.change(at=scene.t, caption=scene.caption, lanes=scene.style.lanes)
        if self.style().needs("pairs"):
            self._session.batches.want()
        self.changed.emit()

    def change(self, **values: object) -> None:
        """Change some of the specification; the rest follows as far as it must."""
        if "width" in values or "height" in values:
            self._has_chosen_size = True
            self._panes = len(self.lanes())
        self._document.set_export(changed(self._document.project.export, **values))
        if "lanes" in values:
            self.fit_size()

    def set_window_theme(self, name: str) -> None:
        """Propose a theme, by its key: files have it until another one is chosen."""
        self._window_theme = name
        self.changed.emit()

    def fit_size(self) -> None:
        """Take the usual size or the preset's for so many panes, unless the user has chosen another size."""
        spec, before, panes = self._document.project.export, self._panes, len(self.lanes())
        self._panes = panes
        if not self._has_chosen_size and (spec.width, spec.height) in USUAL_SIZES.values():
            width, height = USUAL_SIZES[panes]
            self._document.set_export(replace(spec, width=width, height=height))
        elif panes != before:
            self._document.set_export(resized(spec, panes, before))

    def spec(self) -> ExportSpec:
        """Return what is asked for, as far as the project has it."""
        spec = self._document.project.export
        is_still = self.style().is_still
        over = spec.over if self.can_show_training and not is_still else "t"
        return replace(spec, lanes=self.lanes() if self.lane_count > 1 else (), over=over,
                       theme=spec.theme or self._window_theme,
                       is_strip=spec.is_strip and not is_still)

    def style(self) -> Style:
        """Return how the pictures are drawn: as on the stage, as a scene, or as a preset with the stage's looks."""
        style = self._document.project.style
        if (scene := self.scene) is not None:
            return scene.style
        return style.with_view(self._what.removeprefix(VIEW)) if self._what.startswith(VIEW) else style

    def lanes(self) -> tuple[int, ...]:
        """Return the lanes that the file shows: the chosen ones, else those that the stage or the scene shows."""
        chosen = tuple(lane for lane in self._document.project.export.lanes if lane < self.lane_count)
        return chosen or self.style().shown_lanes(self.lane_count)

    def missing(self) -> str:
        """Return why nothing can be exported, or ""."""
        snapshots, project = self._session.snapshots, self._document.project
        unlearned = [lane for lane in self.lanes() if lane >= len(snapshots) or snapshots[lane] is None]
        if not unlearned:
            return ""
        if len(project.lanes) == len(unlearned):
            return "Nothing has been learned yet: train first, then export."
        return f"{words.learned_nothing(project.marks[unlearned[0]])}: train first."

    def needs_moments(self) -> bool:
        """Whether earlier training steps have to be gathered first."""
        spec = self.spec()
        return spec.kind.is_animation and spec.over != "t"

    def try_again(self) -> None:
        """Have again what was given up."""
        self._given_up = NOTHING_WANTED

    def give_moments_up(self) -> None:
        """Do without what is prepared: first what is wanted beside pictures, then earlier steps."""
        if wanted := self._wanted():
            self._given_up = wanted
            self.changed.emit()
        elif self.needs_moments():
            self.change(over="t")
        else:
            self.choose(ON_STAGE)

    def film(self) -> Film | None:
        """Return the film as it would be exported now, or None while something of it is prepared, which it then is.

        Raises:
            ExportError: a lane has learned nothing, or the scene's training step cannot be shown any more.
        """
        if missing := self.missing():
            self.moments.cancel()
            raise ExportError(missing)
        moments = self._moments()
        if moments is None:
            return None
        *earlier, snapshots = map(self._with_pairs, moments)
        if not has_batch(snapshots, self.lanes(), self.style()):
            return None
        return film_of(snapshots, self.style(), self.spec(), earlier, self.marks)

    @property
    def can_be_prepared(self) -> bool:
        """Whether waiting for a film has an end: a batch of pairs is the stage's."""
        return not self.style().needs("pairs") or self.style().batch == self._document.project.style.batch

    def preparing(self) -> str:
        """Return what is prepared while there is no film."""
        style, batch = self.style(), self._document.project.style.batch
        if not style.needs("pairs"):
            if self.needs_moments():
                return "Preparing earlier steps of training…"
            if self._step() is not None:
                return "Preparing a step of training…"
            return "Preparing the followed paths…" if self._wanted().starts else "Preparing a finer picture…"
        if not self.can_be_prepared:
            return (f"The scene shows a batch of {style.batch:,} pairs and the stage one of {batch:,}: show the scene, "
                    "then export it.")
        return words.pairing(batch)

    def _step(self) -> int | None:
        """Return the earlier training step that the scene, or the stage, shows; None is the newest."""
        head = self.moments.head
        return head.step if self.scene is None else step_of(self.scene, head)

    def _wanted(self) -> Wanted:
        """Return what the film shows that pictures do not hold; beside a training, only what earlier steps are shown
        with is waited for.
        """
        if self.missing():
            return NOTHING_WANTED
        wanted = wanted_by(self._session.snapshots, self.style(), self.spec(), self.marks)
        if self._is_moving:
            wanted = Wanted(starts=wanted.starts, probe=wanted.probe) if self.needs_moments() else NOTHING_WANTED
        return NOTHING_WANTED if wanted == self._given_up else wanted

    @property
    def _is_moving(self) -> bool:
        """Whether the newest pictures are others in a moment."""
        return self._session.state in (State.TRAINING, State.STOPPING)

    def _moments(self) -> Sequence[Sequence[FlowSnapshot | None]] | None:
        """Return what each lane shows at the step of the stage or of the scene, or in a course of training.

        None is while it is prepared; the stage's own step stays.
        """
        step, wanted = self._step(), self._wanted()
        if self.needs_moments():
            self.moments.want(wanted)
            gathered = self.moments.gathered(wanted)
            return gathered if gathered is None or wanted else (*gathered, self._session.snapshots)
        if not wanted and (self.scene is None or step is None):
            self.moments.cancel()
            return (self._on_stage() if self.scene is None else self._session.snapshots,)
        self.moments.want_step(step, wanted)
        if self.moments.is_lost(step, wanted):
            raise ExportError(_LOST.format(step=words.count(step or 0)))
        moment = self.moments.at_step(step, wanted)
        return None if moment is None else (moment,)

    def _on_stage(self) -> Sequence[FlowSnapshot | None]:
        """Return the pictures that the stage shows; beside a training with what is known of chosen
        places.
        """
        shown = self.moments.head.snapshots
        return self._session.beside.drawn(shown) if self._is_moving else shown

    def _with_pairs(self, snapshots: Sequence[FlowSnapshot | None]) -> Sequence[FlowSnapshot | None]:
        style = self.style()
        return with_pairs(snapshots, self._session.pairs_for(style)) if style.needs("pairs") else snapshots

    def _follow(self, new: Project, old: Project) -> None:
        if self.scene is not None and new.scenes is not old.scenes:
            self._follow_scene(new, old)
        if (new.export, new.style, new.lanes, new.scenes) != (old.export, old.style, old.lanes, old.scenes):
            self.changed.emit()

    def _follow_moments(self) -> None:
        """Tell of another choice only if there is one: while a flow learns there are new steps many times a second."""
        if self.can_show_training != self._could_show_training:
            self._could_show_training = self.can_show_training
            self.changed.emit()

    def _follow_scene(self, new: Project, old: Project) -> None:
        """Find the scene again; once it is gone, the stage is exported, without the caption that was the scene's."""
        index = next(k for k, scene in enumerate(old.scenes) if scene is self.scene)
        place = None if is_other_project(new, old) else place_of(new.scenes, old.scenes, index)
        gone, self.scene = self.scene, None if place is None else new.scenes[place]
        if self.scene is None and gone is not None and new.export is old.export and new.export.caption == gone.caption:
            self.change(caption="")
