"""The gallery on one picture: a still of each figure with its title, as one prints it or sends it round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from fmviz.commandline.output import write_whole
from fmviz.core.resources import resource_path
from fmviz.core.theme import load_theme

# Four pictures in a row, as random and OT of two views stand beside each other; px.
_COLUMNS, _CELL, _GAP = 4, 300, 20
_TEXT, _LINE = 15, 28
# Where in its course a film shows most.
_MOMENT = 0.55


@dataclass(frozen=True)
class Tile:
    """One figure on the sheet: its file, its title, and how many of the sheet's columns it takes."""

    path: Path
    title: str
    columns: int


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture, px.

    Raises:
        OSError: it cannot be read.
    """
    with Image.open(path) as image:
        return image.size


def write_contact_sheet(path: Path, tiles: Sequence[Tile], theme: str) -> None:
    """Write the sheet, whole or not at all.

    Raises:
        OSError: a figure cannot be read.
        ExportError: the sheet cannot be written.
    """
    colours = load_theme(theme)
    font = ImageFont.truetype(str(resource_path("fonts/Inter-Regular.otf")), _TEXT)
    pictures = [_picture(tile.path, _width_of(tile.columns)) for tile in tiles]
    rows = _rows(tiles)
    heights = [max(pictures[k].height for k in row) for row in rows]
    sheet = Image.new("RGB", (_width_of(_COLUMNS) + 2 * _GAP, sum(heights) + len(rows) * (_LINE + _GAP) + _GAP),
                      colours.window)
    draw, y = ImageDraw.Draw(sheet), _GAP
    for row, height in zip(rows, heights, strict=True):
        x = _GAP
        for k in row:
            sheet.paste(pictures[k], (x, y + (height - pictures[k].height) // 2))
            draw.text((x + pictures[k].width / 2, y + height + _LINE / 2), tiles[k].title, colours.text, font,
                      anchor="mm")
            x += pictures[k].width + _GAP
        y += height + _LINE + _GAP
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    write_whole(path, buffer.getvalue())


def _rows(tiles: Sequence[Tile]) -> list[list[int]]:
    """Return which tiles stand in each row."""
    rows: list[list[int]] = []
    free = 0
    for k, tile in enumerate(tiles):
        if tile.columns > free:
            rows.append([])
            free = _COLUMNS
        rows[-1].append(k)
        free -= tile.columns
    return rows


def _width_of(columns: int) -> int:
    return columns * (_CELL + _GAP) - _GAP


def _picture(path: Path, width: int) -> Image.Image:
    """Return a still of a figure, so wide."""
    with Image.open(path) as image:
        image.seek(int(_MOMENT * (getattr(image, "n_frames", 1) - 1)))
        still = image.convert("RGB")
    return still.resize((width, round(width * still.height / still.width)), Image.Resampling.LANCZOS)
