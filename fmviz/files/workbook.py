"""Spreadsheets, `.xlsx` and `.ods`, as rows of cells. python-calamine reads them, and only what was measured before.

It makes room for every cell between the first and the last, and for every repetition: one cell in the far corner would
take 500 GB and end the process. So the parts are unpacked here within bounds, the cells they lead to are counted, and
what is left is packed again for it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from fmviz.core.errors import CloudError, quoted
from fmviz.files.source import Archive
from fmviz.files.text_table import MOST_CELLS, MOST_ROWS, Cell

# 200,000 rows of twelve long numbers take 90 MB of XML.
_MOST_UNPACKED = 128 * 2**20
# What the texts of all cells may take: each cell has its own copy.
_MOST_TEXT = 256 * 2**20

_TYPE = "mimetype"
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_XLSX_BOOK = re.compile(r"xl/workbook\.xml", re.IGNORECASE)

_XLSX_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
# Of rows and of cells: each counts, whatever row the cell stands in.
_XLSX_ROW_NUMBER = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{0,9}(\d{1,9})""")
_XLSX_HIDDEN_NUMBER = re.compile(rb"""\br\s*=\s*["'][^"'<>]*&""")
_XLSX_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_XLSX_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,9})\d""")
_XLSX_ITEM = re.compile(rb"</(?:\w+:)?si\s*>")
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*)>")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ODS_ROWS_REPEATED = re.compile(rb"""number-rows-repeated\s*=\s*["'](\d{1,9})""")
_ODS_COLUMNS_REPEATED = re.compile(rb"""number-columns-repeated\s*=\s*["'](\d{1,9})""")

Rows = list[list[Cell]]


def is_workbook(archive: Archive) -> bool:
    """Return whether a zip is an `.xlsx` or an `.ods` file."""
    return _is_ods(archive) or any(_XLSX_BOOK.fullmatch(member) for member in archive.members)


class Workbook:
    """The sheets of a spreadsheet that can be seen.

    Raises:
        CloudError: it is damaged, locked, or would not fit into memory.
    """

    def __init__(self, archive: Archive, name: str) -> None:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

        self._name = name
        data = _checked(archive, name)
        with _refusing(name):
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            self.sheets = tuple(sheet.name for sheet in self._book.sheets_metadata
                                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible)
        if not self.sheets:
            raise CloudError(f"The workbook {quoted(name)} has no sheet of cells; save its points as .csv.")

    def rows(self, sheet: str) -> Rows:
        """Return the cells of a sheet; place 0 is its first row."""
        with _refusing(self._name):
            found = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return [[] if row.count("") == len(row) else [_cell(value) for value in row] for row in found]


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn whatever calamine raises into a sentence; its panics are no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise _damaged(name) from error


def _damaged(name: str) -> CloudError:
    return CloudError(f"The workbook {quoted(name)} is damaged or locked; save it again, without a password, or as "
                      ".csv.")


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return float(value)
    return None if value == "" else str(value)


def _is_ods(archive: Archive) -> bool:
    return _TYPE in archive.members and archive.read(_TYPE)[:len(_ODS_TYPE)] == _ODS_TYPE


def _checked(archive: Archive, name: str) -> bytes:
    """Return the workbook packed anew, after counting what its cells will take.

    Raises:
        CloudError: more than is ever read.
    """
    is_ods = _is_ods(archive)
    parts, total = {}, 0
    for member in archive.members:
        if member in parts or not member.lower().endswith((".xml", ".rels", _TYPE)):
            continue
        parts[member] = archive.read(member, _MOST_UNPACKED - total)
        total += len(parts[member])
    if is_ods:
        for part in parts.values():
            _count_ods(part, name)
    else:
        longest = max((len(item) for member, part in parts.items() if "sharedstrings" in member.lower()
                       for item in _XLSX_ITEM.split(part)), default=0)
        for part in parts.values():
            _count_xlsx(part, longest, name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive_for_calamine:
        for member, part in parts.items():
            archive_for_calamine.writestr(member, part)
    return packed.getvalue()


def _count_xlsx(part: bytes, longest_text: int, name: str) -> None:
    """Raise CloudError if a sheet's cells, or their texts, are too many. Cells and rows without a place follow on."""
    if not _XLSX_CELL.search(part):
        return
    if _XLSX_HIDDEN_NUMBER.search(part):
        raise _damaged(name)
    heads = _XLSX_ROW.findall(part)
    unnumbered = sum(not _XLSX_ROW_NUMBER.search(head) for head in heads)
    rows = max(map(int, set(_XLSX_ROW_NUMBER.findall(part))), default=0) + unnumbered
    places = _XLSX_PLACE.findall(part)
    cells = len(_XLSX_CELL.findall(part))
    columns = max((_column_number(letters) for letters in set(places)), default=0)
    if cells > len(places):
        columns += max(len(_XLSX_CELL.findall(row)) for row in _XLSX_ROW.split(part))
    _refuse_if_large(rows, columns, name)
    shared = part.count(b't="s"') + part.count(b"t='s'")
    if shared * longest_text > _MOST_TEXT:
        raise CloudError(f"The texts in the workbook {quoted(name)} are too long to be read; save its points as .csv.")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _count_ods(part: bytes, name: str) -> None:
    """Raise CloudError if a sheet's cells with their repetitions are too many; empty ones at the end do not count."""
    text = 0
    for table in part.split(b"</table:table>"):
        rows = filled_rows = columns = 0
        for attributes, row in _rows_of(table):
            repeats = _repeats(_ODS_ROWS_REPEATED, attributes)
            rows += repeats
            width, most = _filled_width(row)
            if width:
                filled_rows, columns = rows, max(columns, width)
                text += len(row) * repeats * most
        _refuse_if_large(filled_rows, columns, name)
    if text > _MOST_TEXT:
        raise _too_large(name, "too much repeated text")


def _rows_of(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    pieces = _ODS_ROW.split(table)
    return zip(pieces[1::2], pieces[2::2], strict=True)


def _filled_width(row: bytes) -> tuple[int, int]:
    """Return how many columns a row has up to its last cell that is not empty, and the most repeats of such a cell."""
    width = at = 0
    most = 1
    for found in _ODS_CELL.finditer(row):
        repeats = _repeats(_ODS_COLUMNS_REPEATED, found.group(1))
        at += repeats
        if b"value" in found.group(1) or not found.group(1).rstrip().endswith(b"/"):
            width, most = at, max(most, repeats)
    return width, most


def _repeats(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return max(int(found.group(1)), 1) if found else 1


def _refuse_if_large(rows: int, columns: int, name: str) -> None:
    if rows > 2 * MOST_ROWS or rows * columns > MOST_CELLS:
        raise _too_large(name, f"{rows:,} rows and {columns:,} columns")


def _too_large(name: str, what: str) -> CloudError:
    return CloudError(f"The workbook {quoted(name)} has {what}; at most {MOST_CELLS:,} cells are read: keep only the "
                      "points, or save them as .csv.")
