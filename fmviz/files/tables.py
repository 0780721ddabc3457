"""People's tables as clouds: `open_table` says what is there and what is open, `read_cloud` reads it.

What a file is, is told by its content, never by its name. Nothing in a file is run. How bytes become rows or columns
is the business of `text_table`, `workbook` and `npy`, what they mean that of `table`.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from fmviz.core.cloud import Side
from fmviz.core.errors import CloudError, quoted
from fmviz.core.shapes import SHAPES
from fmviz.core.table import CloudRead, ReadChoice
from fmviz.files.heading import heading_of, is_blank, width_of
from fmviz.files.npy import array_members, is_array, read_array_columns
from fmviz.files.source import READABLE, Archive, Content, Source, is_archive, read_source, typed_path
from fmviz.files.table import Parts, Table
from fmviz.files.text_table import MOST_COLUMNS, Cell, is_number, text_of, text_rows
from fmviz.files.workbook import Workbook, is_workbook

# Enough rows for a first look at any table.
_QUICK_BYTES = 2**18
# Two rows of so many numbers are x and y, not two points.
_WIDE = 5
STANDARD_INPUT = "-"


def read_cloud(source: Source, choice: ReadChoice | None = None) -> CloudRead:
    """Read the points of a table; the cloud's name is the file's.

    Raises:
        UnclearTable: it can be read in two ways; its question says which.
        CloudError: it is no table that can be read, or has not 2 to 200,000 points.
    """
    return open_table(source, choice).cloud()


def open_table(source: Source, choice: ReadChoice | None = None, is_quick: bool = False) -> Table:
    """Return a table of text, a workbook or arrays, by its content; its `view` says what would be taken.

    Args:
        choice: what was answered already.
        is_quick: look only at the beginning of a large text, so that it is quick; `is_whole` says whether that was all.
    Raises:
        CloudError: it is none of them.
    """
    choice = choice or ReadChoice()
    content = read_source(source)
    if is_array(content.data):
        return _array_table(content.data, content.name, choice)
    if is_archive(content.data):
        archive = Archive(content.data, content.name)
        if is_workbook(archive):
            return _sheet_table(Workbook(archive, content.name), content.name, choice)
        if members := array_members(archive):
            return _archive_table(archive, members, content.name, choice)
        raise CloudError(f"The file {quoted(content.name)} is a zip without a table or arrays, as documents of text "
                         f"are too; give the points as one of these: {READABLE}.")
    return _text_table(content, choice, is_quick)


def _array_table(data: bytes, name: str, choice: ReadChoice, parts: Parts | None = None) -> Table:
    found = read_array_columns(data, name)
    return Table(name, choice, found.names, len(found.columns[0]), found.cells, notes=found.notes,
                 parts=parts or Parts())


def _archive_table(archive: Archive, members: tuple[str, ...], name: str, choice: ReadChoice) -> Table:
    """Return the chosen array of an archive; if none was chosen, the first that may be points."""
    names = {member.removesuffix(".npy"): member for member in members}
    usable: dict[str, str] = {}
    for array, member in names.items():
        try:
            read_array_columns(archive.read(member), array)
        except CloudError:
            continue
        usable[array] = member
    if not usable and choice.part is None:
        read_array_columns(archive.read(members[0]), name)  # raises
    parts = _chosen(tuple(usable), tuple(names), "array", name, choice)
    return _array_table(archive.read(names[parts.this or ""]), name, choice, parts)


def _sheet_table(book: Workbook, name: str, choice: ReadChoice) -> Table:
    """Return the chosen sheet of a workbook; if none was chosen, the first that may hold points."""
    found = {sheet: book.rows(sheet) for sheet in book.sheets if choice.part in (None, sheet)}
    usable = [sheet for sheet, rows in found.items() if any(sum(map(is_number, row)) >= 2 for row in rows)]
    parts = _chosen(usable or book.sheets[:1], book.sheets, "sheet", name, choice)
    return _rows_table(found[parts.this or ""], name, choice, parts=parts)


def _chosen(usable: Sequence[str], there: Sequence[str], kind: str, name: str, choice: ReadChoice) -> Parts:
    """Return which part is read.

    Raises:
        CloudError: the chosen one is not there.
    """
    if choice.part is not None and choice.part not in there:
        raise CloudError(f"The file {quoted(name)} has no {kind} {quoted(choice.part)}; it has "
                         f"{', '.join(map(quoted, there[:12]))}{' ...' if len(there) > 12 else ''}.")
    return Parts(tuple(usable), choice.part or usable[0], is_chosen=choice.part is not None, kind=kind)


def _text_table(content: Content, choice: ReadChoice, is_quick: bool) -> Table:
    is_whole = not is_quick or len(content.data) <= _QUICK_BYTES
    if not is_whole:
        content = replace(content, data=content.data[:_QUICK_BYTES & ~3])
    text = text_of(content)
    if not is_whole:
        text = text[:text.rfind("\n") + 1] or text
    cut = text_rows(text, content.name)
    return _rows_table(cut.rows, content.name, choice, cut.comments, cut.separator, is_whole)


def _rows_table(rows: Sequence[Sequence[Cell]], name: str, choice: ReadChoice, comments: Sequence[str] = (),
                separator: str = "", is_whole: bool = True, parts: Parts | None = None) -> Table:
    if all(map(is_blank, rows)):
        raise CloudError(f"The file {quoted(name)} has no points; write lines of two numbers, x and y.")
    width = width_of(rows)
    if width > MOST_COLUMNS:
        raise CloudError(f"The file {quoted(name)} has more than {MOST_COLUMNS:,} columns: keep only "
                         "those of the points.")
    heading = heading_of(rows, width, choice.has_heading, comments)
    places = [i for i in range(heading.start, len(rows)) if not is_blank(rows[i])]
    kept = [rows[i] for i in places]
    if len(kept) == 2 and width >= _WIDE and not any(heading.names) and sum(map(is_number, kept[0])) >= width - 1:
        turned = _rows_table(list(zip(*kept, strict=False)), name, choice, parts=parts)
        return turned.with_note("The table was transposed: its first row is x, its second is y.")
    extra = [i for i, row in enumerate(kept) if len(row) > width and not is_blank(row[width:])]

    is_full = min(map(len, kept)) >= width

    def cells(c: int, some: Sequence[int] | None) -> list[Cell]:
        if some is None and is_full:
            return list(map(itemgetter(c), kept))
        return [row[c] if c < len(row) else None for row in (kept if some is None else [kept[i] for i in some])]

    return Table(name, choice, heading.names, len(kept), cells,
                 notes=heading.notes, question=heading.question, lines=places, extra=extra, separator=separator,
                 is_whole=is_whole, parts=parts)


@dataclass(frozen=True, eq=False)
class SideRead:
    """A side and, for a file, what has to be said about how it was read."""

    side: Side
    notes: tuple[str, ...] = ()


def side_from_text(text: str, choice: ReadChoice | None = None) -> SideRead:
    """Return the side that a person names: a shape, a path to a file of points, or "-" for standard input.

    Capitals, spaces and underscores in a shape's name do not matter. A shape wins over a file of the same name;
    write `./moons` for the file.

    Raises:
        CloudError: there is neither such a shape nor such a file, or the file cannot be used.
    """
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if name in SHAPES:
        return SideRead(Side(shape=name))
    if text.strip() == STANDARD_INPUT:
        return _from_file(sys.stdin.buffer, choice)
    path = typed_path(text)
    # Not Path.exists, which raises for a name that is too long.
    if name and (path.suffix or len(path.parts) > 1 or os.path.exists(path)):
        return _from_file(path, choice)
    near = difflib.get_close_matches(name, SHAPES, n=1)
    meant = f"did you mean {near[0]!r}? Give" if near else "give"
    raise CloudError(f"There is no shape {quoted(text)}; {meant} one of {', '.join(SHAPES)}, or a file of points.")


def _from_file(source: Source, choice: ReadChoice | None) -> SideRead:
    read = read_cloud(source, choice)
    return SideRead(Side(cloud=read.cloud), read.notes)
