"""The talk: which of the document's scenes is shown, walking through them, and changing their list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from fmviz.core.numbers import within
from fmviz.core.project import LONGEST_SCENE_NAME, Project, Scene
from fmviz.core.style import VIEWS
from fmviz.engine.document import NO_MERGE, UNDO_STEPS, Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.engine.step_head import StepHead


def step_of(scene: Scene, head: StepHead) -> int | None:
    """Return the training step that a scene shows: its own, or the one kept before that; None is the newest."""
    return None if scene.step < 0 else head.kept_step(scene.step)


def is_other_project(new: Project, old: Project) -> bool:
    """Whether a project has taken the place of another one: an edit replaces one cloud, or swaps both."""
    is_swapped = new.source is old.target and new.target is old.source
    return new.source is not old.source and new.target is not old.target and not is_swapped


def place_of(new: Sequence[Scene], old: Sequence[Scene], index: int) -> int | None:
    """Return where a scene is after an edit, as itself or changed in its place; None if it is gone."""
    # Not by equality: two scenes of a talk may be equal.
    moved = next((k for k, scene in enumerate(new) if scene is old[index]), None)
    return index if moved is None and len(new) == len(old) else moved


class Talk(QObject):
    """Shows scenes and edits them; the scenes themselves are the document's, each edit is one undo step.

    Walking stops at both ends: past the last scene nothing moves, so that a talk does not begin again by itself.

    Signals:
        shown(): a scene was shown.
        walked(): a scene was shown, or was to be shown at an end where there is none.
        place_changed(): `index` is another.

    Attributes:
        index: where the talk is: the scene that was last shown or kept, None before the first.
    """

    shown = Signal()
    walked = Signal()
    place_changed = Signal()

    def __init__(self, document: Document, session: Session, playhead: Playhead) -> None:
        super().__init__(document)
        self._document, self._session, self._playhead = document, session, playhead
        self.index: int | None = None
        # Where the talk was when these scenes became more or fewer: an undone "Keep scene" brings it back there.
        # As many as can be undone, the newest last.
        self._left: dict[tuple[Scene, ...], int | None] = {}
        document.changed.connect(self._follow)

    @property
    def scenes(self) -> tuple[Scene, ...]:
        return self._document.project.scenes

    @property
    def scene(self) -> Scene | None:
        return None if self.index is None else self.scenes[self.index]

    def show(self, index: int) -> None:
        """Show a scene: its look, its time, its training step, or the one kept before that."""
        scene, head = self.scenes[index], self._session.steps
        self._place(index)
        self._document.set_style(scene.style)
        head.set_step(step_of(scene, head))
        self._playhead.pause()
        self._playhead.set_t(scene.t)
        if scene.is_playing:
            self._playhead.play()
        self.shown.emit()
        self.walked.emit()

    def walk(self, by: int) -> None:
        """Show the scene so many places on; from before the first, the first."""
        if not self.scenes:
            return
        wanted = 0 if self.index is None else within(self.index + by, 0, len(self.scenes) - 1)
        if wanted != self.index:
            self.show(wanted)
        else:
            self.walked.emit()

    @Slot()
    def next(self) -> None:
        """Show the next scene; at the last one nothing moves."""
        self.walk(1)

    @Slot()
    def previous(self) -> None:
        """Show the scene before; at the first one nothing moves."""
        self.walk(-1)

    @Slot()
    def keep(self) -> None:
        """Keep what is shown as a scene behind the present one, named after its view.

        Raises:
            ConfigError: there are as many scenes as there can be.
        """
        place = len(self.scenes) if self.index is None else self.index + 1
        self._edit((*self.scenes[:place], self._present(self._free_name()), *self.scenes[place:]), "Keep scene")
        self._place(place)

    def update(self, index: int) -> None:
        """Make a scene what is shown now, where the talk then is; its name and caption stay."""
        old = self.scenes[index]
        self._change(index, replace(self._present(old.name), caption=old.caption), "Update scene")
        self._place(index)

    def rename(self, index: int, name: str) -> None:
        """Call a scene otherwise; an empty name changes nothing.

        Raises:
            ConfigError: the name is too long.
        """
        if name.strip():
            self._change(index, replace(self.scenes[index], name=name.strip()), "Rename scene")

    def set_caption(self, index: int, caption: str) -> None:
        """Write something under a scene; consecutive changes are one undo step.

        Raises:
            ConfigError: the caption is too long.
        """
        self._change(index, replace(self.scenes[index], caption=caption.strip()), "Change caption", index)

    def move(self, index: int, by: int) -> None:
        """Move a scene so many places later in the talk; at the ends it stays."""
        place = within(index + by, 0, len(self.scenes) - 1)
        others = [scene for k, scene in enumerate(self.scenes) if k != index]
        others.insert(place, self.scenes[index])
        self._edit(tuple(others), "Move scene")

    def remove(self, index: int) -> None:
        """Delete a scene; if the talk was there, it is at the one behind it, or else at the one before."""
        left, place = self.scenes[:index] + self.scenes[index + 1:], self.index
        self._edit(left, "Delete scene")
        if place is not None:
            self._place(min(place - 1 if index < place else place, len(left) - 1) if left else None)

    def _present(self, name: str) -> Scene:
        """Return what is shown now as a scene. While time runs, the t of this moment means nothing: it begins at 0."""
        step, is_playing = self._session.steps.step, self._playhead.is_playing
        return Scene(name, self._document.project.style, 0.0 if is_playing else self._playhead.t, is_playing,
                     -1 if step is None else step)

    def _free_name(self) -> str:
        """Return the view's label with a number if it is taken."""
        label = VIEWS[self._document.project.style.view].label[:LONGEST_SCENE_NAME]
        names = {scene.name for scene in self.scenes}
        count = 2
        name = label
        while name in names:
            name, count = f"{label} {count}", count + 1
        return name

    def _change(self, index: int, scene: Scene, text: str, merge_as: int = NO_MERGE) -> None:
        self._edit((*self.scenes[:index], scene, *self.scenes[index + 1:]), text, merge_as)

    def _edit(self, scenes: tuple[Scene, ...], text: str, merge_as: int = NO_MERGE) -> None:
        if len(scenes) != len(self.scenes):
            self._left.pop(self.scenes, None)
            self._left[self.scenes] = self.index
            if len(self._left) > UNDO_STEPS:
                del self._left[next(iter(self._left))]
        self._document.set_scenes(scenes, text, merge_as)

    def _place(self, index: int | None) -> None:
        if index != self.index:
            self.index = index
            self.place_changed.emit()

    def _follow(self, new: Project, old: Project) -> None:
        """Find the place again after an edit or an undo; another project's talk begins before its first scene."""
        if new.scenes is old.scenes:
            return
        if is_other_project(new, old):
            self._left.clear()
            self._place(None)
        elif self.index is not None:
            self._place(self._place_in(new.scenes, old.scenes, self.index))

    def _place_in(self, new: tuple[Scene, ...], old: tuple[Scene, ...], index: int) -> int | None:
        """Return where the present scene went; if it is not there any more, where the talk was with those scenes."""
        place = place_of(new, old, index)
        return place if place is not None else self._left.get(new, min(index, len(new) - 1) if new else None)
