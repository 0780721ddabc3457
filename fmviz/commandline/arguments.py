"""The arguments of each command. Flags of settings are made from `core.config.FIELDS`; values stay text here.

Whether a value makes sense is asked once, by the value types (`problem` builds them), so that the command line and
the window refuse the same things in the same words.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from fmviz.commandline.cloud_options import declare_cloud_options
from fmviz.core.annotations import KINDS
from fmviz.core.config import FIELD, FIELDS, SAMPLING, Field
from fmviz.core.couplings import COMPARED
from fmviz.core.export_spec import OPTIONS
from fmviz.core.formats import FOLDER, FORMATS
from fmviz.core.layers import LAYERS
from fmviz.core.options import Option, options_of
from fmviz.core.panels import PANELS
from fmviz.core.solvers import SOLVERS
from fmviz.core.style import VIEWS, Style

SHELLS = ("bash", "zsh", "fish")
# An annotation in words, and what takes all of them away.
NONE = "none"
_FORM = '"KIND X,Y ... [t=0.2..0.8] [ink=source] [factor=4] [WORDS]"'
_FILE_HELP = "a .fmviz project; instead of --source and --target"
_SIDE_HELP = ("the {} cloud: a shape (see `fmviz shapes`), a file of points (.csv .xlsx .ods .npy ...; - is standard "
              "input), a picture (.png .jpg .webp .svg) or a word as text:flow")


def declare_train(parser: argparse.ArgumentParser) -> None:
    """`fmviz train [FILE | --source S --target T] [flow options] [--out FILE.fmviz] [--json] [--seeds N]`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help=_FILE_HELP)
    _declare_problem(parser)
    parser.add_argument("--out", metavar="FILE.fmviz", help="keep clouds, settings and what was learned in this file")
    parser.add_argument("--json", action="store_true", help="print one JSON object with the numbers, nothing else")
    parser.add_argument("--seeds", metavar="N", help="train with so many seeds, from --seed on, and print the mean of "
                        "each number and its deviation; --out keeps what the first has learned")


def declare_render(parser: argparse.ArgumentParser) -> None:
    """`fmviz render OUT [FILE | --source S --target T] [flow options] [picture options]`."""
    _declare_output(parser, "the file to write, by its ending: .gif .mp4 .webm .webp .apng move, .png .svg .pdf are "
                            "stills, a name that ends in / is a folder of PNG frames; an old one is replaced when the "
                            "new one is whole; with --panel also .csv and .md",
                    [*(key for key, kind in FORMATS.items() if kind.suffix != FOLDER), "csv", "md"])
    parser.add_argument("file", nargs="?", metavar="FILE",
                        help=_FILE_HELP + "; what it has learned is shown, the rest is trained first")
    _declare_problem(parser)
    picture = parser.add_argument_group("picture")
    views = ", ".join(view.word for view in VIEWS.values())
    picture.add_argument("--view", help=f"{views}, or all: one file for each, with the view's name in the file's")
    picture.add_argument("--layers", metavar="A,B",
                         help=f"the layers to draw instead of the view's: {', '.join(LAYERS)}")
    _declare_looks(picture)
    panels = "; ".join(f"{row.key}: {row.help[0].lower()}{row.help[1:].removesuffix('.')}" for row in PANELS.values())
    picture.add_argument("--panel", metavar="KEY",
                         help=f"a panel of mathematics instead, as a still or, in .csv or .md, its numbers; {panels}")
    picture.add_argument("--step", metavar="N", help="with --panel: the training step that it is about; the kept one "
                                                     "at or before it (the newest)")
    picture.add_argument("--scene", help="a scene of FILE, by its name or its number from 1")
    picture.add_argument("--all-scenes", action="store_true", help="one file for each scene of FILE, with the scene's "
                                                                   "number and name in the file's")
    picture.add_argument("--preset", help="slide, slide-gif, web-slide, square, readme, paper, paper-strip or one of "
                                          "your own; other options change it")
    picture.add_argument("--size", metavar="WxH", help="pixels; 800x800, or 1280x720 for several flows")
    picture.add_argument("--camera", metavar="X,Y,WIDTH",
                         help="where it looks: centre and edge of a square that every pane shows whole; by itself it "
                              "is fitted to what there is to see")
    kinds = ", ".join(f"{kind.key} ({' and '.join(kind.places)})" for kind in KINDS.values())
    picture.add_argument("--annotate", action="append", metavar="MARK",
                         help=f"point at places of the plane with {_FORM}; may be given several times. Kinds: {kinds}. "
                              f"{NONE} leaves out those before it, the file's too")
    for row in OPTIONS.values():
        if row.flag:
            _declare_option(picture, row)
    picture.add_argument("--panes", "--lanes", dest="lanes", metavar="A,B",
                         help="which of the flows, for example B, or A,C")


def _declare_looks(group: argparse._ArgumentGroup) -> None:
    """Add the options of a style that have flags, each under its flag's name: --batch is the training's."""
    for flag, rows in _by_flag(options_of(Style).values()).items():
        if len(rows) == 1:
            _declare_option(group, replace(rows[0], name=flag))
        else:
            group.add_argument(f"--{flag}", action="append", metavar="|".join(row.metavar for row in rows),
                               help="; or ".join(map(_words_of, rows)) + "; or give it again")


def _declare_option(group: argparse._ArgumentGroup, row: Option) -> None:
    """Add an option's flag; a switch has no value and turns the default round."""
    words = _words_of(row)
    if isinstance(row.default, bool):
        group.add_argument(f"--{row.flag}", dest=row.name, action="store_false" if row.default else "store_true",
                           default=None, help=f"no {words}" if row.default else words)
    else:
        group.add_argument(f"--{row.flag}", dest=row.name, metavar=row.metavar or None, help=words)


def _words_of(row: Option) -> str:
    """Return what a flag's help says of an option: its sentence, what it can be, what it is by itself."""
    words = (row.help[0].lower() + row.help[1:].removesuffix(".")).replace("%", "%%")
    if row.choices is not None:
        return f"{', '.join(key for key in row.choices if key)}: {words}"
    if isinstance(row.default, int | float) and not isinstance(row.default, bool):
        return f"{words} ({row.low:g} to {row.high:g}; by itself {row.default:g})"
    return words


def _by_flag(rows: Iterable[Option]) -> dict[str, list[Option]]:
    """Return the options that have a flag, by it; options that are read otherwise may share one."""
    found: dict[str, list[Option]] = {}
    for row in rows:
        if row.flag:
            found.setdefault(row.flag, []).append(row)
    return found


def declare_gallery(parser: argparse.ArgumentParser) -> None:
    """`fmviz gallery DIR [FILE | --source S --target T] [flow options] [--size WxH] [--theme]`."""
    parser.add_argument("out", metavar="DIR", help="the folder to fill; it is made if it is not there, a second "
                                                   "run makes only what is missing")
    parser.add_argument("file", nargs="?", metavar="FILE",
                        help=_FILE_HELP + "; what it has learned with both couplings is shown, the rest is trained")
    _declare_problem(parser, has_couplings=False)
    picture = parser.add_argument_group("picture")
    picture.add_argument("--size", metavar="WxH", default="480x480", help="pixels of one picture (480x480); sheets are "
                                                                          "as many times larger as they have panes")
    picture.add_argument("--theme", default="dark", help="dark or light (dark)")
    picture.add_argument("--layers", metavar="A,B", help="two films more, which draw these layers, one with each "
                                                         f"coupling: {', '.join(LAYERS)}")
    _declare_looks(picture)
    _declare_option(picture, OPTIONS["title"])
    _declare_option(picture, replace(OPTIONS["caption"], help="What stands below each picture, instead of the figure's "
                                     "own sentence below a sheet; formulas stand in $...$."))
    parser.set_defaults(compare=",".join(COMPARED), coupling=None, lane=[])


def declare_sample(parser: argparse.ArgumentParser) -> None:
    """`fmviz sample FILE OUT.npy|OUT.csv [-n N | --from FILE] [--reverse] [--trajectory] [--lane A] [...]`."""
    parser.add_argument("file", metavar="FILE", help="a .fmviz project that has learned something")
    _declare_output(parser, "where to write: .npy or .csv", ("csv", "npy"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-n", "--count", default="2000", metavar="N", help="how many points (2000)")
    which.add_argument("--from", dest="start", metavar="FILE",
                       help="carry the points of a table instead, in their order")
    parser.add_argument("--reverse", action="store_true",
                        help="from t = 1 back to 0: points of the target, or those of --from, return to the source")
    parser.add_argument("--trajectory", action="store_true",
                        help="every step on the way: .npy (K, N, 2); .csv with columns t, point, x, y")
    _declare_lane(parser, "the table of --from", SAMPLING, "The project's by itself.")


def declare_likelihood(parser: argparse.ArgumentParser) -> None:
    """`fmviz likelihood FILE [POINTS] [-n N] [--integral] [--json] [--lane A] [...]`."""
    parser.add_argument("file", metavar="FILE", help="a .fmviz project that has learned something")
    parser.add_argument("points", metavar="POINTS", nargs="?",
                        help="a table of points; without one, fresh points of the target")
    parser.add_argument("-n", "--count", default="2000", metavar="N", help="how many fresh points (2000)")
    parser.add_argument("--integral", action="store_true",
                        help="sum the density up over the plane too: 1 if all is right; takes some seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with the value of each point")
    # The plain flow's, over equal steps.
    even = replace(FIELD["solver"], choices={key: row.label for key, row in SOLVERS.items() if not row.is_adaptive})
    _declare_lane(parser, "the table POINTS", (even, FIELD["nfe"]), "Enough for a likelihood by itself.")


def _declare_lane(parser: argparse.ArgumentParser, table: str, sampling: Sequence[Field], usual: str) -> None:
    """Add which flow of a file is meant, how it is sampled, and how a table of one's own points is read.

    Args:
        table: what that table is called.
        sampling: the settings that say how it is sampled.
        usual: how it is sampled where nothing is said.
    """
    parser.add_argument("--pane", "--lane", dest="lane", default="A", metavar="A",
                        help="which of the flows, A to D (A)")
    parser.add_argument("--seed", metavar="S", help="chooses the points (the project's seed)")
    for field in sampling:
        _declare_setting(parser, field, usual)
    declare_cloud_options(parser.add_argument_group(table), sides=())


def declare_completion(parser: argparse.ArgumentParser) -> None:
    """`fmviz completion bash|zsh|fish`."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS,
                        help=f"{', '.join(SHELLS)}; for bash: source <(fmviz completion bash)")


def _declare_output(parser: argparse.ArgumentParser, help: str, formats: Sequence[str]) -> None:
    parser.add_argument("out", metavar="OUT", help=f"{help}; - is standard output, with --format")
    parser.add_argument("--format", dest="output_format", metavar="F", choices=formats,
                        help=f"what goes to standard output: {', '.join(formats)}")


def declare_desktop(parser: argparse.ArgumentParser) -> None:
    """`fmviz desktop --install | --remove`."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--install", action="store_true",
                       help="put fmviz into the desktop's menu and let it open .fmviz files, for this user")
    which.add_argument("--remove", action="store_true", help="take both away again")


def _declare_problem(parser: argparse.ArgumentParser, has_couplings: bool = True) -> None:
    clouds = parser.add_argument_group("clouds")
    clouds.add_argument("--source", metavar="S", help=_SIDE_HELP.format("source"))
    clouds.add_argument("--target", metavar="T", help=_SIDE_HELP.format("target"))
    clouds.add_argument("--picture", metavar="PIXELS", help="which pixels of a picture become points: dark, light, "
                                                            "alpha or edges; by itself what suits it")
    clouds.add_argument("--points", metavar="N", help="how many points a picture or a word becomes (2000)")
    clouds.add_argument("--font", metavar="NAME", help="the font of a word (Inter)")
    declare_cloud_options(parser.add_argument_group(
        "files of points", "for both sides; for one of them with its name before, as --source-columns, --target-place"))
    flow = parser.add_argument_group("flow")
    if has_couplings:
        flow.add_argument("--compare", metavar="A,B", help="learn couplings beside each other, for example "
                                                           + ",".join(COMPARED))
        flow.add_argument("--lane", metavar="SETTINGS", action="append", default=[],
                          help="one of up to four flows beside each other, by the settings of its own, for example "
                               "\"coupling=ot,width=32\"; name=... calls it so; give --lane once for each")
    for field in FIELDS:
        if field.name != "coupling" or has_couplings:
            _declare_setting(flow, field, f"Default: {field.default}.")


def _declare_setting(group: argparse._ActionsContainer, field: Field, default: str) -> None:
    allowed = f" ({', '.join(field.choices)})" if field.choices else ""
    group.add_argument(f"--{field.name.replace('_', '-')}", metavar=field.name.upper(),
                       help=f"{field.help}{allowed} {default}".replace("%", "%%"))


# argparse's words -> ours; the first that matches.
_WORDS = (
    (r"unrecognized arguments: (.*)", r"There is nothing called \1 here"),
    (r"the following arguments are required: (.*)", r"Something is missing: \1"),
    (r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", r"\1 is \2; it can be \3"),
    (r"one of the arguments (.*) is required", r"Something is missing: one of \1"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 and \2 do not go together"),
    (r"argument (\S+): expected one argument", r"\1 needs a value after it"),
    (r"argument (\S+): ignored explicit argument (.*)", r"\1 takes no value, but \2 was given"),
)


def plain_words(message: str) -> str:
    """Return one of argparse's complaints as the beginning of a sentence."""
    for pattern, replacement in _WORDS:
        if re.fullmatch(pattern, message, re.DOTALL):
            return re.sub(pattern, replacement, message, flags=re.DOTALL)
    return message[:1].upper() + message[1:]
