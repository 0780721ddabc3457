"""What the export studio exports: the document's specification, the view or scene, and the film that they make.

No widgets. The specification lives in the document; which view was chosen is remembered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from fmviz.core.batch import with_pairs
from fmviz.core.config import FIELD
from fmviz.core.export_change import changed
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.frames import FlowSnapshot
from fmviz.core.presets import resized
from fmviz.core.project import Project
from fmviz.core.scene import Scene
from fmviz.core.style import VIEWS, Style
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.export_moments import Moments

ON_STAGE = "stage"
VIEW, SCENE = "view:", "scene:"
USUAL_SIZES = {1: (800, 800), 2: (1200, 640)}


class ExportChoice(QObject):
    """The one owner of what the next export is.

    Signals:
        changed(): the specification, the view, or the project's lanes, style or scenes.
    """

    changed = Signal()

    def __init__(self, document: Document, session: Session, moments: Moments, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._session, self.moments = document, session, moments
        self._what = ON_STAGE
        self._has_chosen_size = False
        self._panes = len(self.lanes())  # for which the size is
        document.changed.connect(self._follow)
        moments.changed.connect(self.changed)

    @property
    def what(self) -> str:
        """`ON_STAGE`, or `VIEW` and a name, or `SCENE` and an index."""
        return self._what if self.scene is not None or not self._what.startswith(SCENE) else ON_STAGE

    @property
    def scene(self) -> Scene | None:
        """The chosen scene, if one is chosen and still there."""
        scenes = self._document.project.scenes
        if not self._what.startswith(SCENE):
            return None
        index = int(self._what.removeprefix(SCENE))
        return scenes[index] if index < len(scenes) else None

    @property
    def whats(self) -> dict[str, str]:
        """All that can be chosen: key to label."""
        scenes = self._document.project.scenes
        return {ON_STAGE: "As on the stage", **{VIEW + view.name: view.label for view in VIEWS.values()},
                **{f"{SCENE}{index}": f"Scene {index + 1}: {scene.name}" for index, scene in enumerate(scenes)}}

    @property
    def name(self) -> str:
        """What the picture is called: the scene's name or the view's."""
        scene = self.scene
        return self.style().view if scene is None else scene.name

    @property
    def lane_count(self) -> int:
        """How many lanes the project has."""
        return len(self._document.project.lanes)

    @property
    def can_show_training(self) -> bool:
        """Whether earlier training steps are kept."""
        return self.moments.can_gather

    def choose(self, what: str) -> None:
        """Export another view or scene; a scene brings its time, its lanes and its caption."""
        self._what = what
        if (scene := self.scene) is not None:
            if scene.step >= 0:  # which only the step head can show
                self.moments.head.set_step(scene.step)
            self.change(at=scene.t, caption=scene.caption, lanes=scene.style.lanes)
        if "pairs" in self.style().layers:
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

    def fit_size(self) -> None:
        """Take the usual size or the preset's for one pane or for two, unless the user has chosen another size."""
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
        snapshots, lanes = self._snapshots(), self._document.project.lanes
        unlearned = [lane for lane in self.lanes() if lane >= len(snapshots) or snapshots[lane] is None]
        if not unlearned:
            return ""
        if len(lanes) == len(unlearned):
            return "Nothing has been learned yet: train first, then export."
        coupling = FIELD["coupling"].choices[lanes[unlearned[0]].coupling]  # type: ignore[index]
        return f"{words.lane_title(unlearned[0], coupling)} has learned nothing yet: train first."

    def needs_moments(self) -> bool:
        """Whether earlier training steps have to be gathered first."""
        spec = self.spec()
        return spec.kind.is_animation and spec.over != "t"

    def film(self) -> Film | None:
        """Return the film as it would be exported now, or None while its moments are not gathered.

        Raises:
            ExportError: a lane has learned nothing.
        """
        earlier: Sequence[Sequence[FlowSnapshot | None]] = ()
        if self.needs_moments():
            gathered = self.moments.gathered
            if gathered is None:
                return None
            earlier = gathered
        return film_of(self._snapshots(), self.style(), self.spec(), earlier)

    def _snapshots(self) -> tuple[FlowSnapshot | None, ...]:
        """Return what each lane shows: the training step of the stage or the scene, the newest over training."""
        shows_newest = self.needs_moments() or (self.scene is not None and self.scene.step < 0)
        snapshots = self._session.snapshots if shows_newest else self.moments.head.snapshots
        return with_pairs(snapshots, self._session.pairs) if "pairs" in self.style().layers else snapshots

    def _follow(self, new: Project, old: Project) -> None:
        if (new.export, new.style, new.lanes, new.scenes) != (old.export, old.style, old.lanes, old.scenes):
            self.changed.emit()
