"""Lanes are told apart here: letter, title and colour of one to four flows of the same problem, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmviz.core.config import FIELD, FIELDS, FlowConfig
from fmviz.core.couplings import COUPLINGS, coupling_of
from fmviz.core.errors import ConfigError, FmvizError, quoted
from fmviz.core.numbers import counted

LETTERS = "ABCD"
MAX_LANES = len(LETTERS)
LONGEST_LANE_NAME = 40
_LONGEST_TEXT = 24
# Dashes and gaps of a line in each of the colours, in widths of the line: without colour lanes are told apart by these.
DASHES: tuple[tuple[float, ...], ...] = ((), (4.0, 1.6), (1.2, 1.6), (6.0, 1.6, 1.2, 1.6))
# The colour that a lane of a coupling has by itself, so that random and OT have theirs alone and beside each other.
_USUAL_HUES = {key: place % MAX_LANES for place, key in enumerate(COUPLINGS)}


@dataclass(frozen=True)
class LaneMark:
    """How a lane is told from the others wherever it is shown.

    Args:
        lane: its number, 0 is A.
        title: its own name, or what it differs in ("OT coupling", "Width 32").
        hue: which of the theme's lane colours it has.
        short: what is said of it where no other lane is beside it, if that is less: the least that tells it from all.
    """

    lane: int
    title: str
    hue: int
    short: str = ""

    @property
    def title_alone(self) -> str:
        """What it is called where no other lane is beside it."""
        return self.short or self.title

    @property
    def letter(self) -> str:
        """A to D."""
        return LETTERS[self.lane]

    @property
    def name(self) -> str:
        """Letter and title: B OT coupling."""
        return f"{self.letter} {self.title}"


def usual_mark(lane: int, coupling: str) -> LaneMark:
    """Return how a lane of that coupling is told from others that differ in nothing else."""
    return LaneMark(lane, coupling_of(coupling).title, _USUAL_HUES[coupling])


def letters(lanes: Sequence[int], joined: str = "|") -> str:
    """Return the letters of lanes: A|C."""
    return joined.join(LETTERS[lane] for lane in lanes)


def lanes_of(text: str, count: int = MAX_LANES) -> tuple[int, ...]:
    """Return the lanes in "B" or "A,C".

    Args:
        count: how many lanes there are.
    Raises:
        ConfigError: other letters, one that there is not, or one twice.
    """
    names = [name.strip().upper() for name in text.split(",")]
    there = LETTERS[:count]
    if any(len(name) != 1 or name not in there for name in names) or len(set(names)) < len(names):
        choices = ("is only A" if count == 1 else
                   f"are {', '.join(there[:-1])} and {there[-1]}, each can be named once")
        raise ConfigError(f"The panes are {quoted(text)}; there {choices}.")
    return tuple(LETTERS.index(name) for name in names)


def check_lanes(lanes: Sequence[int], error: type[FmvizError] = ConfigError) -> None:
    """Check that each of these numbers of lanes is there once, and that a project can have it.

    Raises:
        error: it is not so.
    """
    if len(set(lanes)) < len(lanes) or any(lane not in range(MAX_LANES) for lane in lanes):
        raise error(f"The panes are {list(lanes)}; give numbers from 0 to {MAX_LANES - 1}, each once.")


def check_names(names: Sequence[str]) -> None:
    """Check that lanes can be called so.

    Raises:
        ConfigError: a name that is too long, or of more than one line.
    """
    for name in names:
        if len(name) > LONGEST_LANE_NAME or not name.isprintable() or name != name.strip():
            raise ConfigError(f"The name of a pane is {quoted(name)}; give at most {LONGEST_LANE_NAME} characters on "
                              "one line, or none.")


def differing(lanes: Sequence[FlowConfig]) -> tuple[str, ...]:
    """Return the settings that are not the same in all lanes, in the table's order."""
    return tuple(field.name for field in FIELDS if len({getattr(lane, field.name) for lane in lanes}) > 1)


def phrase(name: str, config: FlowConfig) -> str:
    """Return one setting of a lane as part of its title."""
    if name == "nfe":  # as the slider under the picture says it
        return counted(config.n_steps, "step")
    field, value = FIELD[name], getattr(config, name)
    if field.choices is not None:
        return field.title.format(field.choices[value])
    if isinstance(value, str):
        return field.title.format(value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT - 1]}…")
    return field.title.format(f"{value:,}" if isinstance(value, int) else f"{value:g}")


def titles_of(lanes: Sequence[FlowConfig], names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what each lane is called: its own name, else what it differs in from A, else its coupling.

    A says what more than half of the others differ in, or all that any of them does. What changes nothing is
    said where nothing else is there to say.
    """
    return tuple((names[lane] if lane < len(names) else "") or _title(said, lanes[lane])
                 for lane, said in enumerate(_telling(lanes)))


def _title(settings: Sequence[str], config: FlowConfig) -> str:
    """Return what a lane is called after some of its settings."""
    title = ", ".join(phrase(name, config) for name in settings)
    return title[:1].upper() + title[1:]


def _telling(lanes: Sequence[FlowConfig]) -> list[list[str]]:
    """Return after which settings each lane is called; see `titles_of`."""
    settings = list(differing(lanes))
    others = {name: [config.uses(name) and getattr(config, name) != getattr(lanes[0], name) for config in lanes]
              for name in settings}
    of_first = [name for name in settings if 2 * sum(others[name]) > len(lanes) - 1] or settings
    telling: list[list[str]] = []
    for lane, config in enumerate(lanes):
        said = [name for name in settings if others[name][lane]] or of_first
        told = [name for name in said if config.uses(name)] or said or [_alone(config)]
        # Networks beside other models are told apart by their coupling, if they differ in it.
        telling.append([_alone(config)] if told == ["model"] and _alone(config) in settings else told)
    return telling


def _alone(config: FlowConfig) -> str:
    """Return the setting that a lane is called after which differs in nothing from the others."""
    return "coupling" if config.model == FIELD["model"].default and config.uses("coupling") else "model"


def _shorts_of(lanes: Sequence[FlowConfig], names: Sequence[str]) -> list[str]:
    """Return of each lane `LaneMark.short`."""
    shorts = []
    for lane, said in enumerate(_telling(lanes)):
        others = [config for k, config in enumerate(lanes) if k != lane]
        enough = next((said[:n] for n in range(1, len(said)) if all(
            any(getattr(lanes[lane], name) != getattr(other, name) for name in said[:n]) for other in others)), [])
        has_name = lane < len(names) and bool(names[lane])
        shorts.append("" if has_name or not enough else _title(enough, lanes[lane]))
    return shorts


def marks_of(lanes: Sequence[FlowConfig], names: Sequence[str] = (), hues: Sequence[int] = ()) -> tuple[LaneMark, ...]:
    """Return how each lane is told from the others."""
    told = zip(titles_of(lanes, names), hues_of(lanes, hues), _shorts_of(lanes, names), strict=True)
    return tuple(LaneMark(lane, *each) for lane, each in enumerate(told))


def hues_of(lanes: Sequence[FlowConfig], given: Sequence[int | None] = ()) -> tuple[int, ...]:
    """Return the colour of each lane: the given one, else its coupling's own where that is free, else the next free.

    Random and OT coupling so have one colour each, alone and beside each other; a lane that has its colour keeps it,
    whatever becomes of its coupling and of the other lanes.

    Args:
        given: for the first lanes, None is not known yet.
    """
    known = (*given, *[None] * len(lanes))[: len(lanes)]
    usual = [_USUAL_HUES[config.coupling] if config.uses("coupling") else None for config in lanes]
    hues = list(known)
    for lane, hue in enumerate(known):
        if hue is None:
            free = [other for other in range(MAX_LANES) if other not in hues]
            wanted = [other for place, other in enumerate(usual) if place > lane and known[place] is None]
            rather = [other for other in free if other not in wanted] or free
            own = usual[lane]
            hues[lane] = own if own in free else rather[0]
    return tuple(hue for hue in hues if hue is not None)
