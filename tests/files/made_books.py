"""Spreadsheets made by hand, so that tests need no program that writes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

Cells = Sequence[Sequence[object]]

_NAMESPACE = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Return a zip of parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def xlsx(sheets: dict[str, Cells | str], strings: Sequence[str] = ()) -> bytes:
    """Return an `.xlsx` file; a sheet is rows of cells, or the XML of its rows. None is an empty cell."""
    parts: dict[str, str | bytes] = {}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
    entries = relations = ""
    for number, (name, cells) in enumerate(sheets.items(), start=1):
        rows = cells if isinstance(cells, str) else "".join(
            f'<row r="{r}">{"".join(_xlsx_cell(r, c, cell) for c, cell in enumerate(row))}</row>'
            for r, row in enumerate(cells, start=1))
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'{_HEAD}<worksheet xmlns="{_NAMESPACE}/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>')
        types += f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
        entries += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        relations += _relation(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml")
    if strings:
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        parts["xl/sharedStrings.xml"] = f'{_HEAD}<sst xmlns="{_NAMESPACE}/spreadsheetml/2006/main">{items}</sst>'
        types += f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
        relations += _relation("rId900", "sharedStrings", "sharedStrings.xml")
    parts["xl/workbook.xml"] = (f'{_HEAD}<workbook xmlns="{_NAMESPACE}/spreadsheetml/2006/main" '
                                f'xmlns:r="{_NAMESPACE}/officeDocument/2006/relationships"><sheets>{entries}</sheets>'
                                "</workbook>")
    parts["xl/_rels/workbook.xml.rels"] = _relations(relations)
    parts["_rels/.rels"] = _relations(_relation("rId1", "officeDocument", "xl/workbook.xml"))
    parts["[Content_Types].xml"] = (f'{_HEAD}<Types xmlns="{_NAMESPACE}/package/2006/content-types"><Default '
                                    'Extension="rels" ContentType="application/vnd.openxmlformats-package.'
                                    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
                                    f"{types}</Types>")
    return zipped(parts)


def ods(sheets: dict[str, Cells | str]) -> bytes:
    """Return an `.ods` file; a sheet is rows of cells, or the XML of its rows."""
    tables = ""
    for name, cells in sheets.items():
        rows = cells if isinstance(cells, str) else "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in cells)
        tables += f'<table:table table:name="{escape(name)}">{rows}</table:table>'
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
                      for name in ("office", "table", "text"))
    content = (f"{_HEAD}<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
               "</office:spreadsheet></office:body></office:document-content>")
    manifest = (f'{_HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/></manifest:manifest>')
    return zipped({"mimetype": _ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def _xlsx_cell(row: int, column: int, cell: object) -> str:
    place = f'r="{chr(65 + column)}{row}"'
    if cell is None:
        return f"<c {place}/>"
    if isinstance(cell, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f"<c {place}><v>{cell!r}</v></c>"


def _ods_cell(cell: object) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def _relation(key: str, kind: str, target: str) -> str:
    return (f'<Relationship Id="{key}" Type="{_NAMESPACE}/officeDocument/2006/relationships/{kind}" '
            f'Target="{target}"/>')


def _relations(inner: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">{inner}</Relationships>'
