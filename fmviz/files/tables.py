"""People's tables as clouds: `inspect_table` says what is there and what is open, `read_cloud` reads it.

What a file is, is told by its content, never by its name. Nothing in a file is run. How bytes become rows or columns
is the business of `text_table`, `workbook` and `arrays`, what they mean that of `table`.
"""

from __future__ import annotations

from dataclasses import replace

from fmviz.core.errors import CloudError, quoted
from fmviz.core.table import CloudRead, ReadChoice, TableView
from fmviz.files.archive import Archive, is_archive
from fmviz.files.arrays import array_members, is_array, read_array_columns
from fmviz.files.heading import heading_of, is_blank, width_of
from fmviz.files.source import GLANCE_BYTES, Content, Source, read_source
from fmviz.files.table import Parts, Table
from fmviz.files.text_table import text_of, text_rows


def inspect_table(source: Source, choice: ReadChoice | None = None, is_glance: bool = False) -> TableView:
    """Say what a table holds, what would be taken, and what is open.

    Args:
        choice: what was answered already.
        is_glance: look only at the beginning of a large text, to be quick; `is_whole` says whether that was all.
    Raises:
        CloudError: it is no table that can be read.
    """
    return open_table(source, choice, is_glance).view()


def read_cloud(source: Source, choice: ReadChoice | None = None) -> CloudRead:
    """Read the points of a table; the cloud's name is the file's.

    Raises:
        UnclearTable: it can be read in two ways; its question says which.
        CloudError: it is no table that can be read, or has not 2 to 200,000 points.
    """
    return open_table(source, choice).cloud()


def open_table(source: Source, choice: ReadChoice | None = None, is_glance: bool = False) -> Table:
    """Return a table of text, a workbook or arrays, by its content.

    Raises:
        CloudError: it is none of them.
    """
    choice = choice or ReadChoice()
    content = read_source(source)
    if is_array(content.data):
        return _array_table(content.data, content.name, choice)
    if is_archive(content.data):
        archive = Archive(content.data, content.name)
        if members := array_members(archive):
            return _archive_table(archive, members, content.name, choice)
        raise CloudError(f"The file {quoted(content.name)} is a zip without a table or arrays; unpack it and give the "
                         "file of the points.")
    return _text_table(content, choice, is_glance)


def _array_table(data: bytes, name: str, choice: ReadChoice, parts: Parts | None = None) -> Table:
    found = read_array_columns(data, name)
    return Table(name, choice, found.names, len(found.columns[0]), found.columns.__getitem__, notes=found.notes,
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
    wanted = choice.part
    if wanted is None:
        if not usable:
            read_array_columns(archive.read(members[0]), name)  # raises
        wanted = next(iter(usable))
    elif wanted not in names:
        raise CloudError(f"The file {quoted(name)} has no array {quoted(wanted)}; it has "
                         f"{', '.join(map(quoted, list(names)[:12]))}.")
    parts = Parts(tuple(usable), wanted, is_chosen=choice.part is not None, kind="array")
    return _array_table(archive.read(names[wanted]), name, choice, parts)


def _text_table(content: Content, choice: ReadChoice, is_glance: bool) -> Table:
    is_whole = not is_glance or len(content.data) <= GLANCE_BYTES
    if not is_whole:
        content = replace(content, data=content.data[:GLANCE_BYTES & ~3])
    text = text_of(content)
    if not is_whole:
        text = text[:text.rfind("\n") + 1] or text
    cut = text_rows(text, content.name)
    if all(map(is_blank, cut.rows)):
        raise CloudError(f"The file {quoted(content.name)} has no points; write lines of two numbers, x and y.")
    width = width_of(cut.rows)
    heading = heading_of(cut.rows, width, choice.has_heading, cut.comments)
    places = [i for i in range(heading.start, len(cut.rows)) if not is_blank(cut.rows[i])]
    rows = [cut.rows[i] for i in places]
    extra = [i for i, row in enumerate(rows) if len(row) > width and any(cell.strip() for cell in row[width:])]
    return Table(content.name, choice, heading.names, len(rows),
                 lambda c: [row[c] if c < len(row) else "" for row in rows], notes=heading.notes,
                 question=heading.question, lines=places, extra=extra, separator=cut.separator, is_whole=is_whole)
