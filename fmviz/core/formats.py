"""The kinds of file that an export can be: one table for dialog, command line, checks and documentation; how their
sizes are said, and parts of their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fmviz.core.errors import ExportError

THEME, WHITE, TRANSPARENT = "theme", "white", "transparent"
FOLDER = "/"
BACKGROUNDS = {THEME: "Theme", WHITE: "White", TRANSPARENT: "Transparent"}
# Who encodes: the exporting process, a program with threads of its own, or the processes that draw.
HERE, FFMPEG, DRAWERS = "here", "ffmpeg", "drawers"
_SPOKEN_WITH_A_VOWEL = "AEFHILMNORSX"
_LONGEST_PART = 40


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Args:
        key: its name in settings.
        label: what the user reads.
        suffix: how the file's name ends; "/" is a folder of frames.
        is_animation: whether it moves; the others are stills.
        is_vector: whether dots, lines and text stay shapes.
        most_px: longest edge that it can have, or that its players can show.
        can_be_transparent: whether it keeps a transparent ground (those that cannot are never asked to).
        help: one sentence.
        can_loop: whether the file itself says how often it is played.
        encoder: HERE, FFMPEG or DRAWERS.
        encode_s: processor seconds per pixel to encode a frame, measured beside some 7e-9 for drawing it. Only for the
            choice of how many processes draw; an estimate measures. 0 for stills.
        tick_s: the unit in which it counts how long frames stay, seconds; 0 for any length.
    """

    key: str
    label: str
    suffix: str
    is_animation: bool
    is_vector: bool
    most_px: int
    can_be_transparent: bool
    help: str
    can_loop: bool = False
    encoder: str = HERE
    encode_s: float = 0.0
    tick_s: float = 0.0

    @property
    def one(self) -> str:
        """Its label with the article that goes before it: an MP4 video."""
        is_spelled = self.label[:3].isupper()
        return f"{'an' if is_spelled and self.label[0] in _SPOKEN_WITH_A_VOWEL else 'a'} {self.label}"

    @property
    def is_for_paper(self) -> bool:
        """Whether it has a width on paper, in centimetres, and so text of a size in points."""
        return not self.is_animation

    @property
    def backgrounds(self) -> tuple[str, ...]:
        """Keys of `BACKGROUNDS` that it can have."""
        return tuple(BACKGROUNDS) if self.can_be_transparent else (THEME, WHITE)


FORMATS: dict[str, Format] = {
    entry.key: entry
    for entry in (
        Format("gif", "GIF animation", ".gif", True, False, 4096, False, "Moves everywhere, even in an e-mail.", True,
               encode_s=18e-9, tick_s=0.01),
        Format("mp4", "MP4 video", ".mp4", True, False, 8192, False,
               "H.264 for PowerPoint, Keynote and every browser.", encoder=FFMPEG, encode_s=18e-9),
        Format("webm", "WebM video", ".webm", True, False, 8192, True, "VP9 for web pages; can be transparent.",
               encoder=FFMPEG, encode_s=22e-9),
        Format("webp", "WebP animation", ".webp", True, False, 8192, True,
               "For web pages: all colours, smaller than a GIF; can be transparent.", True, encode_s=35e-9,
               tick_s=0.001),
        Format("apng", "APNG animation", ".apng", True, False, 8192, True,
               "Every pixel as it was drawn, on a transparent ground too; large.", True, encode_s=45e-9,
               tick_s=0.001),
        Format("frames", "PNG sequence", FOLDER, True, False, 8192, True, "A folder with one PNG for each frame.",
               encoder=DRAWERS, encode_s=30e-9),
        Format("png", "PNG picture", ".png", False, False, 8192, True, "One still picture, sharp at 1 to 4 times."),
        Format("svg", "SVG drawing", ".svg", False, True, 8192, True, "One still of true vectors, to edit."),
        Format("pdf", "PDF figure", ".pdf", False, True, 8192, True, "One still of true vectors, for a paper."),
    )
}


def format_of(name: str) -> Format:
    """Return the format that a file's name asks for by its ending.

    Raises:
        ExportError: an ending that there is not.
    """
    for entry in FORMATS.values():
        if name.lower().endswith(entry.suffix):
            return entry
    endings = ", ".join(entry.suffix for entry in FORMATS.values() if entry.suffix != FOLDER)
    raise ExportError(f"The output is {name!r}; end it in {endings}, or / for a folder of frames.")


def file_size(n_bytes: float) -> str:
    """Return a file's size: 60 bytes, 640 kB, 3.4 MB."""
    if n_bytes < 1e3:
        return f"{n_bytes:.0f} bytes"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes < 1e6 else f"{n_bytes / 1e6:.1f} MB"


def plain_part(part: str) -> str:
    """Return a part of a file's name without what file systems or people stumble over."""
    return re.sub(r"[^\w.]+", "-", part.lower())[:_LONGEST_PART].strip("-.")


def scene_part(index: int, name: str) -> str:
    """Return what a scene's file has in its name, from 0: "03-the-field"; in order, and each its own."""
    return f"{index + 1:02d}-{plain_part(name)}".rstrip("-")
