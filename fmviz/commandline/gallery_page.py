"""The gallery as a page, one HTML file beside the figures that needs nothing else, in the colours of their theme; and
as one picture, a still of each figure with its title, as one prints it or sends it round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from PIL import Image, ImageDraw, ImageFont

from fmviz import __version__
from fmviz.commandline.output import write_whole
from fmviz.core.couplings import COMPARED, coupling_of
from fmviz.core.resources import resource_path
from fmviz.core.tex import outline_of, parts_of, plain_text
from fmviz.core.theme import Theme, load_theme

PAGE = "index.html"
# A picture that is so many times as wide as high has a row of its own.
_WIDE = 1.25

_STYLE = """
:root { color-scheme: %(name)s; }
* { box-sizing: border-box; }
body { margin: 0; background: %(window)s; color: %(text)s; font: 16px/1.5 Inter, system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 48px 24px 72px; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 48px 0 -16px; font-size: 22px; line-height: 1.3; }
h3 { margin: 0 0 4px; font-size: 17px; line-height: 1.3; }
p { margin: 0; color: %(muted)s; }
header p { margin-top: 8px; max-width: 72ch; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: row dense;
  gap: 24px; margin: 36px 0; }
figure { margin: 0; display: flex; flex-direction: column; overflow: hidden; background: %(panel)s;
  border: 1px solid %(border)s; border-radius: 12px; }
figure.wide { grid-column: 1 / -1; }
figure img { display: block; width: 100%%; height: auto; }
figcaption { padding: 16px 20px 18px; font-size: 14px; }
figcaption p { max-width: 78ch; overflow-wrap: anywhere; }
.equation { margin: 10px 0 12px; font-size: 19px; color: %(text)s; }
.equation svg { max-width: 100%%; }
.files { margin-top: 8px; }
a { color: %(accent)s; text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
.missing { margin-top: 24px; padding: 14px 18px; border: 1px solid %(warning)s; border-radius: 12px; color: %(text)s; }
code { padding: 1px 5px; border-radius: 5px; background: %(raised)s; overflow-wrap: anywhere; }
footer { font-size: 14px; }
@media (max-width: 720px) { .figures { grid-template-columns: 1fr; } }
"""
# Four pictures in a row, as random and OT of two views stand beside each other; px.
_COLUMNS, _CELL, _GAP = 4, 300, 20
_TEXT, _LINE = 15, 28
# Where in its course a film shows most.
_MOMENT = 0.55


@dataclass(frozen=True)
class Card:
    """One figure on the page.

    Args:
        title: what stands over it.
        sentence: what is true of it; formulas stand in $...$.
        files: its files, the first of which is shown.
        size: width and height of that, px.
        section: under which heading.
        equation: what it shows, in TeX, "" for none.
    """

    title: str
    sentence: str
    files: tuple[str, ...]
    size: tuple[int, int]
    section: str
    equation: str = ""


def write_page(folder: Path, title: str, cards: Sequence[Card], missing: Sequence[str], links: Sequence[str],
               theme: str) -> None:
    """Write `index.html`, whole or not at all.

    Args:
        title: what becomes what.
        cards: the figures that are there, in order, those of a section behind each other.
        missing: a sentence for each that could not be made, or would not be true.
        links: names of further files to offer.
        theme: key of `export_spec.THEMES`.
    Raises:
        ExportError: it cannot be written.
    """
    colours = load_theme(theme)
    body = "\n".join(_section(name, list(under)) for name, under in groupby(cards, key=lambda card: card.section))
    write_whole(folder / PAGE, _page(title, body, missing, links, colours).encode("utf-8"))


def _page(title: str, body: str, missing: Sequence[str], links: Sequence[str], theme: Theme) -> str:
    notes = "".join(f'<p class="missing">{escape(sentence)}</p>\n' for sentence in missing)
    style = _STYLE % {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="fmviz {__version__}">
<title>{escape(title)} - flow matching</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>{escape(title)}</h1>
<p>Flow matching learns a velocity field v(x, t) that carries the source at t = 0 into the target at t = 1. The films of
{" and ".join(coupling_of(key).noun for key in COMPARED)} coupling are twins: same seed, same particles, same
colour limits.</p>
{notes}</header>
{body}
<footer><p>{_links(links)}</p></footer>
</main>
</body>
</html>
"""


def _section(name: str, cards: Sequence[Card]) -> str:
    figures = "\n".join(map(_figure, cards))
    return f'<h2>{escape(name)}</h2>\n<div class="figures">\n{figures}\n</div>'


def _figure(card: Card) -> str:
    width, height = card.size
    more = f'\n<p class="files">{_links(card.files)}</p>' if len(card.files) > 1 else ""
    kind = ' class="wide"' if width > _WIDE * height else ""
    equation = f'<p class="equation">{_formula(card.equation)}</p>\n' if card.equation else ""
    return (f'<figure{kind}>\n<img src="{quote(card.files[0])}" width="{width}" height="{height}" '
            f'alt="{escape(card.title)}: {escape(plain_text(card.sentence))}" loading="lazy">\n<figcaption>\n'
            f"<h3>{escape(card.title)}</h3>\n{equation}<p>{_words(card.sentence)}</p>{more}\n</figcaption>\n</figure>")


def _words(text: str) -> str:
    """Return a text in which formulas stand as HTML."""
    return "".join(_formula(part.text) if part.is_formula else escape(part.text) for part in parts_of(text))


def _formula(tex: str) -> str:
    """Return a formula as shapes of the size and colour of the text around it; its TeX is what a reader hears."""
    if (outline := outline_of(tex)) is None:
        return f"<code>{escape(tex)}</code>"
    path = "".join(name + " ".join(f"{place:.3f}" for place in places) for name, places in outline.steps)
    height = outline.above + outline.below
    return (f'<svg role="img" aria-label="{escape(tex)}" viewBox="0 {-outline.above:.3f} {outline.width:.3f} '
            f'{height:.3f}" style="width:{outline.width:.3f}em;height:{height:.3f}em;vertical-align:'
            f'{-outline.below:.3f}em"><path fill="currentColor" d="{path}"/></svg>')


def _links(names: Sequence[str]) -> str:
    return " &middot; ".join(f'<a href="{quote(name)}">{escape(name)}</a>' for name in names)


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
