"""The table of commands: which there are, how each is parsed, and what runs it. Imports nothing heavy."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from importlib import import_module

from fmviz import __version__
from fmviz.app.system_libraries import has_screen
from fmviz.commandline.output import heard_signals, run_for_output
from fmviz.core.errors import FmvizError


class UsageError(FmvizError):
    """The command line itself cannot be understood."""


@dataclass(frozen=True)
class Command:
    """One command.

    Args:
        help: what it does, one sentence.
        arguments: "x" if `arguments.declare_x` adds its own to a parser, "" if it has none.
        module: where its `run(arguments) -> int` is; imported only when it runs.
    """

    help: str
    arguments: str
    module: str

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Add its arguments to a parser. Their tables need numpy; a command without any runs where that is missing."""
        if self.arguments:
            getattr(import_module("fmviz.commandline.arguments"), f"declare_{self.arguments}")(parser)


COMMANDS: dict[str, Command] = {
    "train": Command("Learn a flow; print its numbers, keep it with --out.",
                     "train", "fmviz.commandline.train"),
    "render": Command("Write a flow as a GIF, a video, frames, or a still picture.",
                      "render", "fmviz.commandline.render"),
    "gallery": Command("Write every figure of the introduction to flow matching, for any clouds, and a page of them.",
                       "gallery", "fmviz.commandline.gallery"),
    "sample": Command("Write new points carried along a learned flow.",
                      "sample", "fmviz.commandline.sample"),
    "likelihood": Command("Print how likely points are under a learned flow.",
                          "likelihood", "fmviz.commandline.likelihood"),
    "shapes": Command("List the shapes, a line each.", "", "fmviz.commandline.shapes"),
    "desktop": Command("Put fmviz into the desktop's menu and let it open .fmviz files, or take that away.",
                       "desktop", "fmviz.app.desktop"),
    "completion": Command("Print what lets a shell complete fmviz's commands and options.",
                          "completion", "fmviz.commandline.completion"),
    "doctor": Command("Say what is installed, what is missing and how to get it.",
                      "", "fmviz.app.doctor"),
}

_WINDOW_USAGE = "fmviz [FILE]"
# Qt's own options, each followed by a value: desktops add them, as a session manager its -session when it starts again
# what was open.
_QT_OPTIONS = frozenset(("-session", "-display", "-platform", "-style", "-stylesheet", "-qwindowgeometry", "-geometry",
                         "-qwindowtitle", "-title", "-qwindowicon", "-icon", "-name"))


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence, raised as `UsageError`."""

    def error(self, message: str) -> None:  # type: ignore[override]
        from fmviz.commandline.arguments import plain_words

        raise UsageError(f"{plain_words(message)}; see `{self.prog} --help`.")


def run(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for and return the exit code.

    Raises:
        FmvizError: the user can mend it.
    """
    first = arguments[0] if arguments else ""
    if first in COMMANDS:
        parsed = parser_of(first).parse_args(with_negatives(arguments[1:]))
        with heard_signals(), _silence() if parsed.quiet else nullcontext():
            run_command = import_module(COMMANDS[first].module).run
            if hasattr(parsed, "output_format"):
                return run_for_output(parsed, run_command)
            return int(run_command(parsed))
    if first in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if first in ("-V", "--version"):
        print(f"fmviz {__version__}")
        return 0
    return open_window(arguments)


def with_negatives(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with values like -1,2 joined to their options, since argparse takes them for options."""
    joined: list[str] = []
    for argument in arguments:
        before = joined[-1] if joined else ""
        if re.match(r"-[.\d]", argument) and before.startswith("--") and "=" not in before:
            joined[-1] = f"{before}={argument}"
        else:
            joined.append(argument)
    return joined


def parser_of(name: str) -> Parser:
    """Return the parser of one command's arguments."""
    command = COMMANDS[name]
    parser = Parser(prog=f"fmviz {name}", description=command.help, allow_abbrev=False)
    command.declare(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="say on standard error only what went wrong")
    return parser


@contextmanager
def _silence() -> Iterator[None]:
    """Let no word reach standard error within the block; what went wrong is said after it, by whoever caught it."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


def open_window(arguments: Sequence[str]) -> int:
    """Open the window on no file or one; Qt's own options are passed on to it.

    Raises:
        UsageError: more than one argument, no such file or command, or no screen.
    """
    own, for_qt = split_for_qt(arguments)
    file = own[0] if own else None
    if file is not None:
        if file.startswith("-"):
            raise UsageError(f"There is no option {file!r}; see `fmviz --help`.")
        if not os.path.isfile(file):  # not Path's, which raises for a name that is too long
            raise UsageError(f"There is no file and no command {file!r}; give a project, a table of points, a "
                             f"picture, or one of {', '.join(COMMANDS)}.")
        if len(own) > 1:
            raise UsageError(f"The window opens one file and was given {len(own)} arguments; "
                             f"use `{_WINDOW_USAGE}`.")
    if not has_screen():
        raise UsageError("There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open; "
                         "use `fmviz render OUT.gif` to make an animation.")
    # First here: from now on Qt is loaded, and torch never in this process.
    from fmviz.app.application import run_window

    return run_window(file, for_qt)


def split_for_qt(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is for fmviz and what is for Qt, each in its order.

    Raises:
        UsageError: an option of Qt's without its value.
    """
    own: list[str] = []
    for_qt: list[str] = []
    left = iter(arguments)
    for argument in left:
        option = argument[1:] if argument.startswith("--") else argument
        if option not in _QT_OPTIONS:
            own.append(argument)
        elif (value := next(left, None)) is None:
            raise UsageError(f"The option {argument} has no value; give one after it, or leave it out.")
        else:
            for_qt += [option, value]
    return own, for_qt


def help_text() -> str:
    """Return what `fmviz --help` prints."""
    rows = [("fmviz [FILE]", "Open the window, with a project, a table of points or a picture if one is given.")]
    rows += [(f"fmviz {name} ...", command.help) for name, command in COMMANDS.items()]
    width = max(len(usage) for usage, _ in rows)
    lines = [f"  {usage:<{width}}  {text}" for usage, text in rows]
    return "\n".join(["Draw two clouds and watch flow matching learn to carry one into the other.", "", *lines, "",
                      "`fmviz COMMAND --help` says more about each."])
