"""Sides that the command line makes of pictures, drawings and words: `--source logo.png`, `--target text:flow`."""

from __future__ import annotations

import argparse

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.errors import CloudError, quoted
from fmviz.core.numbers import read_whole
from fmviz.core.picture_points import GreyPicture, PictureChoice, cloud_of
from fmviz.core.shapes import SHAPES
from fmviz.files.picture_file import is_picture, is_svg, read_picture, read_svg
from fmviz.files.source import head_of, typed_path

WORD = "text:"


def picture_side(text: str, arguments: argparse.Namespace) -> Side | None:
    """Return the side that a person names if it is a picture or a word; None if it is anything else.

    Raises:
        CloudError: the picture cannot be read, or there is nothing in it.
    """
    if text.startswith(WORD):
        return Side(cloud=_word(text.removeprefix(WORD), arguments))
    head = b"" if text in SHAPES else _head(text)
    if is_picture(head):
        return Side(cloud=cloud_of(read_picture(typed_path(text)), _choice(arguments)))
    if is_svg(head):
        # Here: Qt takes half a second to load.
        from fmviz.canvas.fonts import offscreen_app
        from fmviz.canvas.painted import picture_of_drawing

        drawing = read_svg(typed_path(text))
        offscreen_app()
        return Side(cloud=cloud_of(picture_of_drawing(drawing), _choice(arguments)))
    return None


def _word(text: str, arguments: argparse.Namespace) -> PointCloud:
    from fmviz.canvas.fonts import FAMILY, offscreen_app
    from fmviz.canvas.painted import picture_of_words

    offscreen_app()
    picture: GreyPicture = picture_of_words(text.replace("\\n", "\n"), arguments.font or FAMILY)
    return cloud_of(picture, PictureChoice("alpha", _choice(arguments).points))


def _choice(arguments: argparse.Namespace) -> PictureChoice:
    usual = PictureChoice()
    return PictureChoice(arguments.picture, usual.points if arguments.points is None else _whole(arguments.points))


def _whole(text: str) -> int:
    if (number := read_whole(text)) is None:
        raise CloudError(f"The number of points is {quoted(text)}; give a whole number, as in --points 2000.")
    return number


def _head(text: str) -> bytes:
    """Return how a file begins, or nothing if it cannot be read: who reads it as a table says why."""
    try:
        return head_of(typed_path(text))
    except (CloudError, ValueError):  # a ValueError is a name that no file can have
        return b""
