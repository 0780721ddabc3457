"""The document: the one project that the window shows, its undo history and its file.

An undo step changes some parts of the project and leaves the rest (style, export) as it is now. Learned weights and
pictures belong to the session; the document only knows whether there are others than the file holds. Reading and
writing the file is `stored`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from fmviz.core.annotations import Annotation
from fmviz.core.cloud import Side
from fmviz.core.config import FIELD, FIELDS, checked
from fmviz.core.couplings import COMPARED
from fmviz.core.export_spec import ExportSpec
from fmviz.core.follow import Place, Starts
from fmviz.core.lanes import MAX_LANES
from fmviz.core.placing import with_rescaled_side
from fmviz.core.project import WORK, LearnedLane, Project, Scene, compared, holds_same
from fmviz.core.solvers import SOLVERS
from fmviz.core.style import Style
from fmviz.files.project_file import ProjectFile

NO_MERGE = -1

_FIELD_ROW = {field.name: row for row, field in enumerate(FIELDS)}
UNTITLED = "Untitled"

# A step keeps a whole cloud, 1.6 MB at most: no more than 320 MB in the worst case.
UNDO_STEPS = 200
# Who has waited so long for a training minds if it is lost.
_WORTH_KEEPING_S = 10.0


def merge_id(name: str, lane: int | None) -> int:
    """Return the number that consecutive edits of one setting share, of one lane or (None) of all."""
    return _FIELD_ROW[name] * (MAX_LANES + 1) + (MAX_LANES if lane is None else lane)


class Edit(QUndoCommand):
    """Replace a part of the document.

    Consecutive edits of one part with the same `merge_as`, at least 0, become one step, for example those of one
    setting; an edit that comes back to where it began vanishes from the stack.

    Args:
        part: what is replaced: edits of one part can become one.
        old, new: its values.
        go: replaces one value, the first, by another; returns whether the first was there. If not, the step vanishes.
    """

    def __init__(self, part: Hashable, old: object, new: object, go: Callable[[Any, Any], bool], text: str,
                 merge_as: int = NO_MERGE) -> None:
        super().__init__(text)
        self._part, self._old, self._new, self._go, self._merge_as = part, old, new, go, merge_as

    def id(self) -> int:
        return self._merge_as

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Edit) or (other._part, other.id(), other._old) != (
                self._part, self._merge_as, self._new):
            return False
        self._new = other._new
        self.setObsolete(self._new == self._old)
        return True

    def redo(self) -> None:
        self.setObsolete(not self._go(self._old, self._new))

    def undo(self) -> None:
        self.setObsolete(not self._go(self._new, self._old))


@dataclass(frozen=True, eq=False)
class Moment:
    """A state of the document's content: which project since the start, and what a file would hold of it."""

    project_serial: int
    project: Project
    learned: tuple[LearnedLane, ...]

    def is_same(self, other: Moment) -> bool:
        """Whether a file would hold just the same."""
        return self.project_serial == other.project_serial and (
            holds_same((self.project, self.learned), (other.project, other.learned)))


class Document(QObject):
    """Owner of the `Project`; every change goes through here and is announced as `changed(new, old)`, and as
    `edited(new, old)` unless another project was begun.

    Clouds, settings, lanes, scenes and annotations can be undone; the rest of the style, and the export, are ways of
    looking, so they are neither undone nor do they make the document modified. The starts that somebody has chosen to
    follow, and the probe, are ways of looking that can be undone.
    """

    changed = Signal(object, object)
    edited = Signal(object, object)
    modified_changed = Signal(bool)
    path_changed = Signal(object)

    def __init__(self, parent: QObject | None = None, project: Project | None = None) -> None:
        super().__init__(parent)
        self._project = project if project is not None else Project()
        self._path: Path | None = None
        self._serial = 0
        self._learned: tuple[LearnedLane, ...] = ()
        # What the file holds, or what an untitled project began with; None if no file holds it.
        self._saved: Moment | None = self.moment
        self._took_long = False
        self._put_away: tuple[Project, int] | None = None  # the project with all lanes, and which of them stayed
        self._was_modified = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)

    @property
    def project(self) -> Project:
        """What the user has made so far."""
        return self._project

    @property
    def path(self) -> Path | None:
        """The file, or None before the first save."""
        return self._path

    @property
    def title(self) -> str:
        """The file's name without its ending."""
        return self._path.stem if self._path is not None else UNTITLED

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost if the window closed now: what was made, or what was learned.

        Of what an untitled project has learned, only a training that took its time counts: trying the program out must
        not end in a question.
        """
        if self._saved is None:
            return True
        learned = self._learned if self._path is not None or self._took_long else self._saved.learned
        return not holds_same((self._project, learned), (self._saved.project, self._saved.learned))

    @property
    def can_undo(self) -> bool:
        return self.undo_stack.canUndo()

    @property
    def can_redo(self) -> bool:
        return self.undo_stack.canRedo()

    def set_side(self, which: str, side: Side, text: str) -> None:
        """Replace one side; one undo step, named by `text`, for example "Draw source" or "Pick moons"."""
        self._change(self._project.with_side(which, side), text)

    def bring_side(self, which: str, side: Side, text: str) -> tuple[str, ...]:
        """Replace one side by a shape or a cloud from elsewhere; settings in world units are scaled to its size.

        Returns:
            A sentence for each setting that was scaled. All is one undo step.
        """
        project, said = with_rescaled_side(self._project, which, side)
        self._change(project, text)
        return said

    def set_setting(self, name: str, value: object, lane: int | None = None) -> None:
        """Change one setting of one lane, or of all: `lane` is None, or they share it.

        Consecutive changes of the same setting are one undo step.

        Raises:
            ConfigError: unknown setting or impossible value; the document is unchanged.
        """
        project = self._project.with_lane_setting(name, checked(name, value), lane)
        field = FIELD[name]
        self._change(project, f"Change {field.label.lower()}", merge_id(name, None if field.shared else lane))

    def set_solver_steps(self, steps: int, lane: int | None = None) -> None:
        """Let the solver of one lane, or of each, take so many steps; consecutive changes are one undo step.

        Raises:
            ConfigError: it cannot be so many; the document is unchanged.
        """
        project = self._project
        for index, config in enumerate(project.lanes):
            if lane in (None, index):
                project = project.with_lane_setting("nfe", steps * SOLVERS[config.solver].stages, index)
        self._change(project, "Change solver steps", merge_id("nfe", lane))

    def set_lanes(self, couplings: tuple[str, ...]) -> None:
        """Show one lane per coupling, all of them; a lane that has it stays, else one as A is.

        Raises:
            ConfigError: unknown coupling, or none or too many of them.
        """
        having = [lane for lane, config in enumerate(self._project.lanes) if (config.coupling,) == couplings]
        if having:
            self.show_alone(having[0])
            return
        project = compared(self._project, couplings)
        self._change_lanes(project, "Compare couplings" if len(project.lanes) > 1 else "Show one coupling")

    def add_lane(self, like: int = 0, **settings: object) -> None:
        """Show one more lane beside the others: as lane `like`, but for some settings.

        Raises:
            ConfigError: there are four already, or a bad value; the document is unchanged.
        """
        project = self._project.with_lane_added(like, **settings)
        self._change_lanes(project, f"Add pane {project.marks[-1].letter}")

    def remove_lane(self, lane: int) -> None:
        """Show a lane no more; what it has learned is kept beside the others.

        Raises:
            ConfigError: it is the only one.
        """
        self._change_lanes(self._project.without_lane(lane), f"Remove pane {self._project.marks[lane].letter}")

    def keep_lane(self, lane: int) -> None:
        """Remove all lanes but one; what they have learned is kept beside it."""
        project = self._project
        for other in reversed(range(len(project.lanes))):
            project = project if other == lane else project.without_lane(other)
        self._change_lanes(project, f"Remove all panes but {self._project.marks[lane].letter}")

    def show_alone(self, lane: int) -> None:
        """Show a lane alone; what the others have learned is kept beside it, and `compare` brings them back."""
        if len(self._project.lanes) > 1:
            before = self._project
            self._change_lanes(before.with_lane_alone(lane), f"Show pane {before.marks[lane].letter} alone")
            self._put_away = before, lane

    def compare(self) -> None:
        """Show the lanes again that were put away when one was shown alone, else one for each of `COMPARED`.

        They come back as long as the lane that stayed has its coupling: they are what it was compared with.
        """
        before, lane = self._put_away or (self._project, 0)
        if len(before.lanes) > len(self._project.lanes) == 1 and (
                before.lanes[lane].coupling == self._project.lanes[0].coupling):
            self._change_lanes(self._project.with_lanes_back(before, lane), "Show the other panes")
        else:
            self.set_lanes(COMPARED)

    def name_lane(self, lane: int, name: str) -> None:
        """Call a lane so; "" calls it after what it differs in.

        Raises:
            ConfigError: nobody can be called so.
        """
        self._change(self._project.with_lane_named(lane, name.strip()), f"Name pane {self._project.marks[lane].letter}")

    def set_scenes(self, scenes: tuple[Scene, ...], text: str, merge_as: int = NO_MERGE) -> None:
        """Replace the scenes of the talk; one undo step, named by `text`, for example "Keep scene".

        Consecutive changes with the same `merge_as`, at least 0, are one step.

        Raises:
            ConfigError: too many of them; the document is unchanged.
        """
        self._change(replace(self._project, scenes=scenes), text, merge_as)

    def set_annotations(self, annotations: tuple[Annotation, ...], text: str) -> None:
        """Replace the annotations of what is shown; one undo step, named by `text`, for example "Draw an arrow".

        Raises:
            ConfigError: too many of them; the document is unchanged.
        """
        self._set_look("annotations", annotations, text)

    def set_starts(self, starts: Starts | None, text: str, merge_as: int = NO_MERGE) -> None:
        """Follow particles from these starts, or (None) such as are spread over the source; one undo step, named by
        `text`. Modifies nothing.

        Consecutive changes with the same `merge_as`, at least 0, are one step.

        Raises:
            ConfigError: starts that cannot be followed; the document is unchanged.
        """
        self._set_look("starts", starts, text, merge_as)

    def set_probe(self, place: Place | None, text: str) -> None:
        """Show a probe at a place, or none; one undo step, named by `text`. Modifies nothing.

        Raises:
            ConfigError: no place in the plane; the document is unchanged.
        """
        self._set_look("probe", place, text)

    def set_probe_part(self, part: str, value: float | str | None, text: str) -> None:
        """Change "probe_name", or "probe_t", where None goes with the picture; one undo step. Modifies nothing.

        Raises:
            ConfigError: a value that cannot be; the document is unchanged.
        """
        self._set_look(part, value, text)

    def _set_look(self, part: str, value: object, text: str, merge_as: int = NO_MERGE) -> None:
        """Replace a part of the style in one undo step; nothing if it is as it was."""
        style = self._project.style.with_part(part, value)
        replace(self._project, style=style)  # which refuses too many annotations
        if getattr(style, part) == getattr(self._project.style, part):
            self.set_style(style)
        else:
            old, new = (getattr(of, part) for of in (self._project.style, style))
            self.undo_stack.push(Edit(part, old, new, partial(self._go_look, part), text, merge_as))

    def _go_look(self, part: str, here: object, there: object) -> bool:
        """Replace a value of a part of the style, unless another style, as of a scene, is shown by now."""
        style = self._project.style
        is_shown: bool = getattr(style, part) == here
        if is_shown:
            self.set_style(style.with_part(part, there))
        return is_shown

    @Slot()
    def swap_sides(self) -> None:
        self._change(replace(self._project, source=self._project.target, target=self._project.source),
                     "Swap source and target")

    def set_style(self, style: Style) -> None:
        """Change how the stage draws; not undoable, modifies nothing."""
        self._replace(style=style)

    def set_export(self, spec: ExportSpec) -> None:
        """Change what the next export makes; not undoable, modifies nothing."""
        self._replace(export=spec)

    @Slot()
    def undo(self) -> None:
        """Take the last step back; one that has nothing to bring back any more is dropped and passed over."""
        self._walk(self.undo_stack.undo)

    @Slot()
    def redo(self) -> None:
        self._walk(self.undo_stack.redo)

    def _walk(self, act: Callable[[], object]) -> None:
        count = -1
        while self.undo_stack.count() != count:
            count = self.undo_stack.count()
            act()

    def set_learned(self, learned: tuple[LearnedLane, ...]) -> None:
        """Know what there is to save beside the project."""
        self._learned = learned
        self._tell_modified()

    def mark_training(self, seconds: float) -> None:
        """Know how long the training took that has made some of it."""
        self._took_long = self._took_long or seconds >= _WORTH_KEEPING_S
        self._tell_modified()

    @property
    def moment(self) -> Moment:
        return Moment(self._serial, self._project, self._learned)

    def saved(self, path: Path, then: Moment) -> None:
        """Know that its state at that moment is in a file; the document has this path, unless it is another by now."""
        if then.project_serial != self._serial:
            return
        self._set_path(Path(path))
        self._saved, self._took_long = then, False
        self.undo_stack.setClean()  # so that a later edit does not merge into one that is saved
        self._tell_modified()

    def show(self, file: ProjectFile, path: Path | None, is_saved: bool = True) -> None:
        """Make a file that was read the document, under its path or untitled; `learned` is the session's.

        Args:
            is_saved: whether the file at `path` holds this.
        """
        self._begin(file.project, path, file.learned)
        if not is_saved:
            self._saved = None
            self.undo_stack.resetClean()
            self._tell_modified()

    @Slot()
    def new(self) -> None:
        """Begin an untitled project with the default clouds, shown in the present style."""
        style = self._project.style
        if style.camera is not None or style.annotations or style.starts is not None or style.has_probe:
            # They are about other clouds.
            style = replace(style.with_probe(None), probe_t=None, probe_name="", camera=None, annotations=(),
                            starts=None)
        self._begin(Project(style=style, export=self._project.export), None)

    def _begin(self, project: Project, path: Path | None, learned: tuple[LearnedLane, ...] = ()) -> None:
        self._serial += 1
        self._put_away = None
        self.undo_stack.clear()
        self.undo_stack.setClean()
        self._saved, self._learned, self._took_long = Moment(self._serial, project, learned), learned, False
        self._set_path(path)
        self._set(project)
        self._tell_modified()

    def _change(self, project: Project, text: str, merge_as: int = NO_MERGE) -> None:
        """Replace those fields of the project that differ in `project`, in one undo step; nothing if none does."""
        names = [name for name in WORK if getattr(project, name) != getattr(self._project, name)]
        if names:
            old, new = ({name: getattr(of, name) for name in names} for of in (self._project, project))
            self.undo_stack.push(Edit(tuple(names), old, new, self._go, text, merge_as))

    def _go(self, _here: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
        self._replace(**there)
        return True

    def _change_lanes(self, project: Project, text: str) -> None:
        """Show all lanes of `project`, which has others."""
        self._change(project, text)
        self.set_style(replace(self._project.style, lanes=()))
        self.set_export(replace(self._project.export, lanes=()))

    def _replace(self, **parts: object) -> None:
        old, new = self._project, replace(self._project, **parts)  # type: ignore[arg-type]
        self._set(new)
        if new != old:
            self.edited.emit(new, old)

    def _set(self, project: Project) -> None:
        old = self._project
        if project != old:
            self._project = project
            self.changed.emit(project, old)
            self._tell_modified()

    def _set_path(self, path: Path | None) -> None:
        if path != self._path:
            self._path = path
            self.path_changed.emit(path)

    def _tell_modified(self) -> None:
        if self.is_modified != self._was_modified:
            self._was_modified = self.is_modified
            self.modified_changed.emit(self._was_modified)
