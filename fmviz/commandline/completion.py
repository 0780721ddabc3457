"""`fmviz completion`: a script that lets a shell complete commands and options, made from the commands' parsers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from fmviz.commandline.arguments import SHELLS
from fmviz.commandline.cloud_options import SIDES
from fmviz.core.config import FIELDS
from fmviz.core.couplings import COUPLINGS
from fmviz.core.export_spec import OVER, THEMES
from fmviz.core.formats import BACKGROUNDS
from fmviz.core.lanes import LETTERS
from fmviz.core.layers import LAYERS
from fmviz.core.picture_points import MODES
from fmviz.core.placing import PLACES
from fmviz.core.shapes import SHAPES
from fmviz.core.style import VIEWS
from fmviz.film.presets import PRESETS

# Values that an option offers; options of the settings table have theirs there.
_VALUES: dict[str, Sequence[str]] = {
    "--source": tuple(SHAPES),
    "--target": tuple(SHAPES),
    "--picture": tuple(MODES),
    "--missing": ("skip", "refuse"),
    "--heading": ("yes", "no"),
    "--place": tuple(PLACES),
    "--compare": tuple(",".join(pair) for pair in permutations(COUPLINGS, 2)),
    "--layers": tuple(LAYERS),
    "--view": (*(view.word for view in VIEWS.values()), "all"),
    "--preset": tuple(PRESETS),
    "--theme": tuple(THEMES),
    "--over": tuple(OVER),
    "--background": tuple(BACKGROUNDS),
    "--lane": tuple(f"coupling={key}" for key in COUPLINGS),
    "--pane": tuple(LETTERS),
    "--panes": (*LETTERS, *(",".join(pair) for pair in combinations(LETTERS, 2))),
}
_FIELD_VALUES = {f"--{field.name.replace('_', '-')}": tuple(field.choices) for field in FIELDS if field.choices}


@dataclass(frozen=True)
class Flag:
    """One option or positional argument of a command.

    Args:
        names: "--out", "-n"; () for a positional one.
        values: what it offers.
        takes_value: whether something follows it.
        takes_file: whether that may be a file.
        help: one sentence.
    """

    names: tuple[str, ...]
    values: tuple[str, ...]
    takes_value: bool
    takes_file: bool
    help: str


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from fmviz.commandline.commands import COMMANDS, parser_of

    commands = {name: command.help for name, command in COMMANDS.items()}
    print(_WRITERS[arguments.shell](commands, {name: flags_of(parser_of(name)) for name in commands}))
    return 0


def flags_of(parser: argparse.ArgumentParser) -> list[Flag]:
    """Return what a parser takes."""
    found = []
    shown = {name: action for action in parser._actions for name in action.option_strings}
    for action in parser._actions:
        names = tuple(action.option_strings)
        # What holds for one side has the values and the help of what holds for both.
        of_side = [name.replace(f"--{side}-", "--")
                   for name in names for side in SIDES if name.startswith(f"--{side}-")]
        values = tuple(map(str, action.choices)) if action.choices is not None else next(
            (tuple(table[name]) for name in (*names, *of_side) for table in (_FIELD_VALUES, _VALUES) if name in table),
            ())
        help = shown[of_side[0]].help if of_side else action.help
        takes_value = action.nargs != 0
        is_cloud = "--source" in names or "--target" in names
        takes_file = takes_value and not action.choices and (not names or is_cloud or "--out" in names)
        found.append(Flag(names, values, takes_value, takes_file, (help or "").replace("%%", "%")))
    return found


def _bash(commands: dict[str, str], options: dict[str, list[Flag]]) -> str:
    cases, values = [], []
    for name, own in options.items():
        words = [word for option in own for word in option.names]
        words += [value for option in own if not option.names for value in option.values]
        cases.append(f'    {name}) words="{" ".join(words)}" ;;')
        for option in own:
            if option.names and option.takes_value:
                patterns = "|".join(f'"{name} {word}"' for word in option.names)
                values.append(f'    {patterns}) words="{" ".join(option.values)}"; is_value=1 ;;')
    return "\n".join((
        "_fmviz() {",
        '  local cur="${COMP_WORDS[COMP_CWORD]}" words="" is_value=""',
        '  if [ "$COMP_CWORD" -eq 1 ]; then',
        f'    COMPREPLY=( $(compgen -W "{" ".join(commands)} --help --version" -- "$cur") )',
        "    return",
        "  fi",
        '  case "${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD-1]}" in', *values, "  esac",
        '  [ -n "$is_value" ] || case "${COMP_WORDS[1]}" in', *cases, "  esac",
        '  COMPREPLY=( $(compgen -W "$words" -- "$cur") )',
        "}",
        # Where nothing of ours fits, files do: projects, tables, outputs.
        "complete -o default -F _fmviz fmviz",
    ))


def _zsh(commands: dict[str, str], options: dict[str, list[Flag]]) -> str:
    lines = ["#compdef fmviz", "_fmviz() {", "  local -a commands", "  commands=("]
    lines += [f"    {_single(f'{name}:{_colons(help)}')}" for name, help in commands.items()]
    lines += ["  )", "  if (( CURRENT == 2 )); then", "    _describe command commands", "    _files -g '*.fmviz'",
              "    return", "  fi", "  local command=$words[2]", "  shift words", "  (( CURRENT-- ))",
              "  case $command in"]
    for name, own in options.items():
        lines.append(f"    {name}) _arguments \\")
        lines += [f"      {_single(text)} \\" for option in own for text in _zsh_arguments(option)]
        lines.append("      ;;")
    return "\n".join([*lines, "  esac", "}", "compdef _fmviz fmviz"])


def _zsh_arguments(option: Flag) -> list[str]:
    action = f"({' '.join(option.values)})" if option.values else "_files" if option.takes_file else " "
    if not option.names:
        return [f"*:argument:{action}"] if option.takes_file else [f":argument:{action}"]
    help = _colons(option.help.replace("[", "(").replace("]", ")"))
    return [f"{name}[{help}]" + (f":value:{action}" if option.takes_value else "") for name in option.names]


def _fish(commands: dict[str, str], options: dict[str, list[Flag]]) -> str:
    lines = [f"complete -c fmviz -n __fish_use_subcommand -a {name} -d {_single(help)}"
             for name, help in commands.items()]
    for name, own in options.items():
        for option in own:
            parts = [f"complete -c fmviz -n '__fish_seen_subcommand_from {name}'"]
            parts += [f"-{'l' if word.startswith('--') else 's'} {word.lstrip('-')}" for word in option.names]
            if option.names and option.takes_value:
                parts.append("-r" if option.takes_file else "-x")
            if option.values:
                parts.append(f"-a {_single(' '.join(option.values))}")
            if option.names or option.values:
                lines.append(" ".join([*parts, f"-d {_single(option.help)}"]))
    return "\n".join(lines)


def _single(text: str) -> str:
    """Return text in single quotes, as all three shells read it."""
    return "'" + text.replace("'", "'\\''") + "'"


def _colons(text: str) -> str:
    return text.replace(":", "\\:")


_WRITERS: dict[str, Callable[[dict[str, str], dict[str, list[Flag]]], str]] = dict(
    zip(SHELLS, (_bash, _zsh, _fish), strict=True))
