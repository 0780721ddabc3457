"""Numbers and states as text: every panel formats through here, so that the same value reads the same everywhere.

No Qt. An unknown number is an em dash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fmviz.core.config import FlowConfig, Learning
from fmviz.core.errors import LONGEST_QUOTE
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, step_of
from fmviz.core.formats import file_size
from fmviz.core.frames import UNLEARNED, LaneProgress
from fmviz.core.lanes import LaneMark, letters
from fmviz.core.numbers import counted, duration, time_left
from fmviz.core.project import MOST_OTHERS, Scene
from fmviz.core.quantities import UNKNOWN
from fmviz.core.style import VIEWS
from fmviz.engine.export import Export, ExportState
from fmviz.engine.stored import Objection, Owner, Why

# A longer word does not fit into a message box of the smallest screen, and Qt breaks only between words.
_LONGEST_WORD = 80
_BREAK = "\N{ZERO WIDTH SPACE}"


def count(value: int | None) -> str:
    """Return a whole number with thousands set apart: 12,000."""
    return UNKNOWN if value is None else f"{value:,}"


def short_count(value: float) -> str:
    """Return a whole number for an axis: 800, 4k, 1.5M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"


def plain(value: float) -> str:
    """Return a number as short as it can be said: 0.002, 12, 1e-06."""
    return f"{value:.7g}"


def places(places: Sequence[tuple[float, float]]) -> str:
    """Return places as they are typed: 0.5,-1; 2,0."""
    return "; ".join(f"{plain(x)},{plain(y)}" for x, y in places)


def probe(place: tuple[float, float] | None, t: float | None) -> str:
    """Return where a probe is as it is typed: 0.5,-1@0.3, or 0.5,-1."""
    return places((place,) if place is not None else ()) + ("" if t is None else f"@{plain(t)}")


def time_at(t: float) -> str:
    """Return a flow time: t = 0.42."""
    return f"t = {t:.2f}"


def speed_factor(speed: float) -> str:
    """Return a playing speed: 0.5x, written with a multiplication sign."""
    return f"{speed:g}×"


def shortened(name: str) -> str:
    """Return as much of a foreign name as a sentence has room for."""
    return name if len(name) <= LONGEST_QUOTE else name[:LONGEST_QUOTE - 1] + "…"


def breakable(sentence: str) -> str:
    """Return a sentence whose longest words, as paths are, can be broken: after a separator, else anywhere."""

    def broken(found: re.Match[str]) -> str:
        parts = re.sub(r"([/\\_.-])(?=.)", rf"\1{_BREAK}", found.group())
        return re.sub(rf"([^{_BREAK}]{{{_LONGEST_WORD}}})(?=[^{_BREAK}])", rf"\1{_BREAK}", parts)

    return re.sub(rf"\S{{{_LONGEST_WORD + 1},}}", broken, sentence)


def film_facts(spec: ExportSpec, frames: int, rest: str) -> str:
    """Return what an export comes to: 240 frames, 10 s, about 5.2 MB. Of a still its size."""
    if spec.kind.is_animation:
        parts = (f"{count(frames)} frames", f"{frames * spec.frame_s:.1f} s", rest)
    elif spec.kind.is_vector:
        per_cm = spec.width / spec.width_cm if spec.width_cm > 0 else 96 / 2.54
        parts = ("vectors", f"{spec.width / per_cm:.1f} × {spec.height / per_cm:.1f} cm", rest)
    else:
        parts = ("one picture", f"{spec.width * spec.scale} × {spec.height * spec.scale} px", rest)
    return ", ".join(part for part in parts if part)


def place_in_film(film: Film, index: int) -> str:
    """Return which moment a picture of a film shows: t = 0.42, or step 1,200 · t = 0.50."""
    shot = film.shots[index]
    if film.spec.is_strip and not film.spec.kind.is_animation:
        return "t = 0 to 1"
    step = f"step {count(step_of(film.moments[shot.moment]))} · " if len(film.moments) > 1 else ""
    return step + time_at(shot.t)


def estimate(n_bytes: float, seconds: float) -> str:
    """Return what is estimated of a file: about 5.2 MB, about 12 s to make."""
    return f"about {file_size(n_bytes)}, about {duration(max(1.0, seconds))} to make"


def preparing(done: int, total: int) -> str:
    """Return how far the earlier steps of training are prepared: Preparing step 12 of 60."""
    return f"Preparing step {count(min(done + 1, total))} of {count(total)} of training"


def exporting(done: int, total: int, seconds_left: float) -> str:
    """Return how far an export is: frame 12 of 130, 3 s left; where all are drawn the file is still being finished."""
    if done >= total:
        return "finishing the file"
    left = f", {time_left(seconds_left)}" if seconds_left > 0 else ""
    return f"frame {count(done)} of {count(total)}{left}"


def export_state(export: Export) -> str:
    """Return how an export stands: waiting, frame 12 of 130, 3.4 MB."""
    if export.state is ExportState.RUNNING:
        return exporting(export.done, export.total, export.seconds_left) if export.done else "preparing"
    if export.state is ExportState.DONE:
        return file_size(export.n_bytes)
    if export.state is ExportState.FAILED:
        return export.message
    return "waiting" if export.state is ExportState.WAITING else "cancelled; nothing was written"


def export_news(export: Export, others: int) -> str:
    """Return what the window's status bar says of an export, or "".

    Args:
        others: how many more wait.
    """
    name, state = export.path.name, export.state
    if state is ExportState.RUNNING and export.done:
        more = f", {others} more wait" if others > 1 else ", one more waits" if others else ""
        return f"Exporting {name}: {export_state(export)}{more}"
    if state is ExportState.DONE:
        return f"Saved {name} ({file_size(export.n_bytes)})."
    if state is ExportState.CANCELLED:
        return f"Gave up {name}; nothing was written."
    return export.message


def scene_facts(scene: Scene, lane_count: int) -> str:
    """Return what a scene shows: Field · A|B · t = 0.42 · step 1,200; an arrow after t where time runs on."""
    lanes = letters(scene.style.shown_lanes(lane_count)) if lane_count > 1 else ""
    time = "" if scene.style.is_still else time_at(scene.t) + (" →" if scene.is_playing else "")
    step = f"step {count(scene.step)}" if scene.step >= 0 else ""
    return " · ".join(part for part in (VIEWS[scene.style.view].label, lanes, time, step) if part)


def place_in_talk(index: int, scenes: Sequence[Scene]) -> str:
    """Return where a talk is, as a badge: 3 / 7  The field."""
    return f"{index + 1} / {len(scenes)}  {scenes[index].name}"


def scene_of_talk(index: int, scenes: Sequence[Scene]) -> str:
    """Return the same inside a sentence: scene 3 of 7, The field."""
    return f"scene {index + 1} of {len(scenes)}, {scenes[index].name}"


def step_named(verb: str, step: str) -> str:
    """Return what undoing or doing again a step is called: Undo draw source. Without a step the verb alone."""
    return f"{verb} {step[0].lower()}{step[1:]}" if step else verb


def learned_nothing(mark: LaneMark) -> str:
    """Return that one of several panes shows nothing: Pane B (OT coupling) has learned nothing yet."""
    return f"Pane {mark.letter} ({mark.title}) has learned nothing yet"


def steps_done(steps: int | None) -> str:
    """Return how much was learned: 12,000 steps learned."""
    if steps == UNLEARNED:
        return "there is nothing to train"
    return "nothing learned yet" if steps is None else f"{counted(steps, 'step')} learned"


def measuring(marks: Sequence[LaneMark]) -> str:
    """Return whose final numbers are being measured, on two lines: Measuring A OT coupling: / W2, NLL, errors."""
    return f"Measuring {', '.join(mark.name for mark in marks)}:\nW2, NLL, errors"


def training(progress: LaneProgress | None, left_s: float | None = None, budget_s: float = 0.0) -> str:
    """Return how far training is, on two lines: step 4,200 of 12,000 / 620 steps/s, 12 s left.

    Args:
        progress: of the lane that is furthest behind.
        left_s: seconds that remain, or None.
        budget_s: seconds that the training may take; 0 if steps are counted.
    """
    if progress is None:
        return "preparing"
    end = f", {progress.fraction:.0%} of {duration(budget_s)}" if budget_s > 0 else f" of {count(progress.total_steps)}"
    parts = []
    if progress.metrics.steps_per_second:
        parts.append(f"{progress.metrics.steps_per_second:,.0f} steps/s")
    if left_s is not None:
        parts.append(time_left(left_s))
    return f"step {count(progress.step)}{end}\n{', '.join(parts)}".rstrip()


def budget(configs: Sequence[FlowConfig], progress: LaneProgress | None) -> float:
    """Return the seconds that the training of a lane may take; 0 if it counts steps, as a later one does."""
    if progress is None or progress.lane >= len(configs):
        return 0.0
    config = configs[progress.lane]
    return config.train_seconds * config.rounds if progress.total_steps == config.steps * config.rounds else 0.0


def seconds_left(lanes: Sequence[LaneProgress], configs: Sequence[FlowConfig] = ()) -> float | None:
    """Return how long the rest takes; None while it is not known.

    Trainings take turns, and each counts its own time; lanes that differ in sampling alone share one.
    """
    rest: dict[Learning | int, float] = {}
    for place, lane in enumerate(lanes):
        if lane.step == UNLEARNED:
            continue
        if not lane.metrics.steps_per_second:
            return None
        if (budget_s := budget(configs, lane)) > 0:
            left_s = budget_s * (1 - lane.fraction)
        else:
            left_s = (lane.total_steps - lane.step) / lane.metrics.steps_per_second
        # One word of a shared training may come later than the other.
        which = configs[lane.lane].learning if lane.lane < len(configs) else place
        rest[which] = min(left_s, rest.get(which, left_s))
    return sum(rest.values()) if rest else None


def pairing(count: int) -> str:
    """Return what the engine does while a batch of pairs is on its way."""
    return f"Pairing {count:,} points…"


def taken(title: str, owner: Owner) -> str:
    """Return that another window has the project that has just been opened."""
    return (f"{title} is open in another window of fmviz{_owner(owner)}. You can go on here; you are asked before it "
            "is saved over the other's work.")


def objection(name: str, objection: Objection) -> str:
    """Return why a file is not simply saved, and ask."""
    if objection.why is Why.CHANGED:
        return (f"{name} was changed by somebody else since it was opened or saved here. Overwrite it, save your work "
                "under another name, or read it again and drop your changes?")
    if objection.why is Why.GONE:
        return (f"{name} was deleted or moved by somebody else since it was opened or saved here. Save it there again, "
                "or under another name?")
    who = _owner(objection.owner) if objection.owner is not None else ""
    return (f"{name} is open in another window of fmviz{who}, which may save it too. Save it here all the same, or "
            "under another name?")


def no_room(name: str, n_lost: int) -> str:
    """Return that a save would drop earlier trainings that the file holds, and ask."""
    what = "an earlier training of other clouds or settings" if n_lost == 1 else (
        f"{n_lost} earlier trainings of other clouds or settings")
    return (f"{name} holds {what}, for which it has no room beside the newer ones: {MOST_OTHERS} can be kept. Save it "
            f"here without {'it' if n_lost == 1 else 'them'}, or save your work under another name?")


def _owner(owner: Owner) -> str:
    """Return who has a file, for the middle of a sentence: " (process 1234, since 14:05)"."""
    facts = [f"process {owner.process}" if owner.process else "", f"since {owner.since}" if owner.since else ""]
    known = ", ".join(fact for fact in facts if fact)
    return f" ({known})" if known else ""
