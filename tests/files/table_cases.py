"""Tables as people's programs write them: each made here, each with the points it means or the words of its refusal.

Most hold the same ring of points, so that what is expected is known without reading.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from made_books import ods, xlsx, zipped

from fmviz.core.table import ALL_ROWS, ReadChoice

N = 60
RING = np.round(np.random.default_rng(3).normal(0, 1, (N, 2)) * 0.05 + 2 * np.array(
    [(np.cos(a), np.sin(a)) for a in np.linspace(0, 6, N)]), 3)
# East and north in metres, whole numbers on both sides of a thousand.
METRES = np.column_stack([700 + 13 * np.arange(N), 2300 - 27 * np.arange(N)]).astype(float)
# All between 1 and 1,000 with three decimals: nothing says which sign is which.
OPEN = np.round(RING + 5, 3)
BEYOND = np.round(RING * 20 + 250, 4)


@dataclass(frozen=True, eq=False)
class Case:
    """One file.

    Args:
        expected: its points (N, 2), or words of the sentence that refuses it.
    """

    name: str
    data: bytes
    expected: np.ndarray | str
    choice: ReadChoice = field(default_factory=ReadChoice)


def text(rows: Iterable[Sequence[Any]], separator: str = ",", head: str = "", end: str = "\n",
         form: Callable[[float], str] = lambda value: f"{value:.3f}") -> str:
    """Return rows as text; numbers in the given form."""
    lines = [separator.join(cell if isinstance(cell, str) else form(cell) for cell in row) for row in rows]
    return head + end.join(lines) + end


def comma(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def grouped(value: float) -> str:
    return f"{value:,.0f}"


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version, allow_pickle=array.dtype.hasobject)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def named(names: Sequence[str], kind: str = "f8") -> np.ndarray:
    array = np.zeros(N, dtype=[(name, kind) for name in names])
    for name, values in zip(names, RING.T, strict=True):
        array[name] = values
    return array


def with_gaps(rows: np.ndarray, gap: str) -> list[list[object]]:
    cells: list[list[object]] = rows.tolist()
    cells[7][1], cells[20][0], cells[20][1] = gap, gap, gap
    return cells


WHOLE = np.delete(RING, [7, 20], axis=0)
LETTERS = ["ab"[i % 2] for i in range(N)]
SKIP = ReadChoice(skips_missing=True)
CURVE = np.round([(t, np.cos(t)) for t in np.linspace(.01, 3, N)], 6)
CODES = [f"ACGT{i}-1" for i in range(N)]


def _cases() -> list[tuple[str, str | bytes, np.ndarray | str] | tuple[str, str | bytes, np.ndarray | str, ReadChoice]]:
    long = [("ring", x, y) for x, y in RING] + [("dots", x, y) for x, y in RING + 9]
    spreadsheet = [["x", "y", "kind"], *([x, y, letter] for (x, y), letter in zip(RING.tolist(), LETTERS, strict=True))]
    two_sheets = {"First": [["x", "y"], *RING.tolist()], "Notes": [["nothing here"]], "Second": [*(RING + 9).tolist()]}
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    shared = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c><c r="B{r}"><v>1</v></c></row>'
                     for r in range(1, 9_000))
    repeated = ('<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
                'office:value="1" table:number-columns-repeated="1000"><text:p>1</text:p></table:table-cell>'
                "</table:table-row>")
    empty_end = "".join(f'<table:table-row><table:table-cell office:value-type="float" office:value="{x}"/>'
                        f'<table:table-cell office:value-type="float" office:value="{y}"/>'
                        '<table:table-cell table:number-columns-repeated="16382"/></table:table-row>'
                        for x, y in RING.tolist()) + (
        '<table:table-row table:number-rows-repeated="1048516"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>')
    third = np.column_stack([RING, np.arange(N) % 3])
    return [
        ("an index, and a weight that is a coordinate", text(
            [(str(i + 1), x, y, "ab"[i % 2]) for i, (x, y) in enumerate(RING + 70)], head="id,height,weight,label\n"),
         RING + 70),
        # What separates the columns, and the decimal sign.
        ("plain", text(RING), RING),
        ("headings", text(RING, head="x,y\n"), RING),
        ("spaces after commas", text(RING, ", "), RING),
        ("tabs", text(RING, "\t"), RING),
        ("bars", text(RING, " | ", head="x | y\n"), RING),
        ("columns of spaces", text(RING, "   ", form=lambda v: f"{v:9.3f}"), RING),
        ("semicolons, decimal comma", text(RING, ";", "x;y\n", form=comma), RING),
        ("semicolons at the end", text(RING, ";", form=comma).replace("\n", ";\n"), RING),
        ("tabs, decimal comma", text(RING, "\t", form=comma), RING),
        ("spaces, decimal comma", text(RING, " ", form=comma), RING),
        ("spaces, decimal comma, whole first", "3 4,25\n" + text(RING, " ", form=comma), np.vstack([[3, 4.25], RING])),
        ("quoted decimal comma", text([[f'"{comma(x)}"', f'"{comma(y)}"'] for x, y in RING], head="x,y\n"), RING),
        ("bars, decimal comma", text(RING, "|", form=comma), RING),
        ("Excel's sep line", "sep=;\n" + text(RING, ";", "x;y\n", form=comma), RING),
        ("Excel's line ends", text(RING, end="\r\n"), RING),
        ("old Mac line ends", text(RING, end="\r"), RING),
        ("no last line end", text(RING).rstrip(), RING),
        ("UTF-8 with mark", "\ufeff" + text(RING, head="x,y\n"), RING),
        ("UTF-16", text(RING, "\t", "x\ty\n").encode("utf-16"), RING),
        ("UTF-16 without mark", text(RING, head="x,y\n").encode("utf-16-le"), RING),
        ("UTF-16, the other way, without mark", text(RING, head="x,y\n").encode("utf-16-be"), RING),
        ("UTF-32", text(RING).encode("utf-32"), RING),
        ("Latin-1 heading", text(RING, head="Länge [µm],Höhe [µm]\n").encode("latin-1"), RING),
        ("gzip", gzip.compress(text(RING, head="x,y\n").encode()), RING),
        ("gzip of an array", gzip.compress(npy(RING)), RING),
        ("gzip in two members",
         gzip.compress(text(RING[:30]).encode()) + gzip.compress(text(RING[30:]).encode()), RING),
        # How numbers are written.
        ("scientific", text(RING, form=lambda v: f"{v:.6E}"), RING),
        ("Fortran", text(RING, "  ", form=lambda v: f"{v:.12E}".replace("E", "D")), RING),
        ("typographic minus", text(RING, ";", "x;y\n", form=lambda v: comma(v).replace("-", "\u2212")), RING),
        ("typographic minus in the first row", text(-RING, form=lambda v: f"{v:.3f}".replace("-", "\u2212")), -RING),
        ("accounting", text(RING, form=lambda v: f"({-v:.3f})" if v < 0 else f"{v:.3f}"), RING),
        ("plus signs", text(RING, form=lambda v: f"{v:+.3f}"), RING),
        ("no zero before the point", text(RING, form=lambda v: f"{v:.3f}".replace("0.", ".")), RING),
        ("pairs in parentheses", text([[f"({x}", f"{y})"] for x, y in RING], ", "), RING),
        ("a printed list", "[" + ",\n ".join(f"[{x}, {y}]" for x, y in RING) + "]\n", RING),
        ("a printed array", str(np.array2string(RING, threshold=10**6)), RING),
        ("whole numbers", text(METRES, form=lambda v: f"{v:.0f}"), METRES),
        ("thousands and tabs", text(METRES, "\t", "east\tnorth\n", form=grouped), METRES),
        ("German thousands", text(METRES, ";", form=lambda v: grouped(v).replace(",", ".")), METRES),
        ("quoted thousands", text([[f'"{grouped(x)}"', f'"{grouped(y)}"'] for x, y in METRES]), METRES),
        ("Swiss thousands", text(METRES, ";", form=lambda v: grouped(v).replace(",", "\u2019")), METRES),
        ("French thousands",
         text(METRES + .5, ";", form=lambda v: f"{v:,.1f}".replace(",", "\u202f").replace(".", ",")),
         METRES + .5),
        ("thousands and decimals", text(METRES + .25, "\t", form=lambda v: f"{v:,.2f}"), METRES + .25),
        ("German thousands and decimals",
         text(METRES + .25, ";", form=lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,"))), METRES + .25),
        ("one thousand among small ones",
         "a;b\n1,5;2\n2,5;1.250\n3,5;4\n", np.array([[1.5, 2], [2.5, 1250], [3.5, 4]])),
        ("open decimal comma", text(OPEN, "\t", form=comma), "in two ways: '.,...' as .* or as .*--decimal , for"),
        ("open decimal comma, answered", text(OPEN, "\t", form=comma), OPEN, ReadChoice(decimal=",")),
        ("open decimal comma, answered thousands", text(OPEN, "\t", form=comma), OPEN * 1000, ReadChoice(decimal=".")),
        ("open German thousands", text(OPEN, ";"), "in two ways"),
        ("three decimals and tabs", text(OPEN, "\t"), OPEN),
        ("three decimals of a program", text(OPEN, " "), OPEN),
        ("a column that contradicts itself", "1.5;1\n2,5;2\n3.5;3\n", "has both '1.5' and '2,5'"),
        # Headings.
        ("pandas without index", text(BEYOND, head="0,1\n"), BEYOND),
        ("pandas without index, around 0", text(RING, head="0,1\n"), RING),
        ("pandas with index", ",0,1\n" + text([[f"{i}", x, y] for i, (x, y) in enumerate(RING.tolist())]), RING),
        ("years", text(BEYOND / 4, head="1990,2020\n", form=lambda v: f"{v:.5f}"), BEYOND / 4),
        ("a curve that begins at 0,1", "0,1\n" + text(CURVE, form=lambda v: f"{v:.6f}"), np.vstack([[0, 1], CURVE])),
        ("a first point of whole numbers", "1,2\n" + text(RING), np.vstack([[1, 2], RING])),
        ("a heading that may be a point", text(BEYOND.round(), head="2,1500\n", form=lambda v: f"{v:.0f}"),
         "either a heading or a point.*--heading yes or --heading no"),
        ("the same, answered", text(BEYOND.round(), head="2,1500\n", form=lambda v: f"{v:.0f}"),
         BEYOND.round(), ReadChoice(has_heading=True)),
        ("a heading that is none", text(RING, head="0,1\n"), np.vstack([[0, 1], RING]), ReadChoice(has_heading=False)),
        ("titles", "Stage log, export 3\nCreated 2024-05-01\n\n" + text(RING, head="X [um],Y [um]\n"), RING),
        ("units", text(RING, head="x,y\nmm,mm\n"), RING),
        ("units in brackets", text(RING, ";", "Weg;Kraft\n[mm];[N/m]\n", form=comma), RING),
        ("comments", "# made by hand\n\n% another\n// a third\n" + text(RING) + "# the end\n", RING),
        ("gnuplot", "# x y\n" + text(RING, "\t"), RING),
        ("R",
         '"UMAP_1" "UMAP_2"\n' + text([[f'"{c}"', x, y] for c, (x, y) in zip(CODES, RING, strict=True)], " "), RING),
        ("only headings", "x,y\n", "two are needed, x and y"),
        ("words", text([["a", "b"]] * 5), "has 0 columns of numbers"),
        ("one column", text(RING[:, :1]), "has 1 column of numbers"),
        # Columns.
        ("three columns", text(third), RING),
        ("barcode", "Barcode,X Coordinate,Y Coordinate\n" + text(
            [[c, x, y] for c, (x, y) in zip(CODES, RING, strict=True)]), RING),
        ("labels", "x,y,label\n" + text([[x, y, c] for (x, y), c in zip(RING, LETTERS, strict=True)]), RING),
        ("y before x", "y,x\n" + text(RING[:, ::-1]), RING),
        ("lat and lon", "id,lat,lon,name\n" + text([[str(i), y, x, "p"] for i, (x, y) in enumerate(RING)]), RING),
        ("UMAP after others", "cell,total,UMAP_1,UMAP_2\n" + text(
            [[c, 5.0, x, y] for c, (x, y) in zip(CODES, RING, strict=True)]), RING),
        ("tSNE before PCA", "tSNE_1,tSNE_2,PC_1,PC_2\n" + text([[x, y, y, x] for x, y in RING]), RING),
        ("PCA", "PC3,PC2,PC1\n" + text([[0.5, y, x] for x, y in RING]), RING),
        ("centroids", "label,centroid-0,centroid-1,centroid_x,centroid_y\n" + text(
            [[str(i), 1.0, 2.0, x, y] for i, (x, y) in enumerate(RING)]), RING),
        ("columns by name", "a,b,c\n" + text([[x, 9.5, y] for x, y in RING]), RING, ReadChoice(columns=("a", "c"))),
        ("columns by place", "a,a,c\n" + text([[9.5, x, y] for x, y in RING]), RING,
         ReadChoice(columns=("2", "column 3"))),
        ("a column that is not there", text(RING, head="x,y\n"), "has no column 'z'; it has 'x', 'y'",
         ReadChoice(columns=("x", "z"))),
        ("Excel's empty columns and rows", text([["", x, "", y, ""] for x, y in RING], head=",x,,y,\n") + ",,,,\n" * 20,
         RING),
        ("quotes with separators and line ends", "name,x,y\n" + text(
            [[f'"a, ""b"" \n c{i}"', x, y] for i, (x, y) in enumerate(RING)]), RING),
        ("quotes that do not pair", "tube;x;y\n" + text([['5" tube', x, y] for x, y in RING], ";", form=comma), RING),
        ("a transposed table", text(RING.T), RING),
        ("a transposed table with names", "x," + text(RING.T[:1]) + "y," + text(RING.T[1:]), RING),
        # Rows.
        ("a long table", text(long, "\t", "dataset\tx\ty\n"), "tells 2 groups apart: 'ring', 'dots'.*--rows"),
        ("a long table, one group", text(long, "\t", "dataset\tx\ty\n"), RING, ReadChoice(rows=("dataset", "ring"))),
        ("a long table, all", text(long, "\t", "dataset\tx\ty\n"), np.vstack([RING, RING + 9]),
         ReadChoice(rows=ALL_ROWS)),
        ("rows by a number", "x,y,run\n" + text(third, form=lambda v: f"{v:g}"), RING[::3],
         ReadChoice(rows=("run", "0"))),
        ("no such group", text(long, head="dataset,x,y\n"),
         "No row .* has 'moons' as its 'dataset'; it has 'ring', 'dots'",
         ReadChoice(rows=("dataset", "moons"))),
        ("missing, asked", text(with_gaps(RING, "NA"), head="x,y\n"),
         "2 of 60 rows have no point: line 9 has 'NA' for 'y'"),
        *((f"missing as {gap!r}", text(with_gaps(RING, gap), head="x,y\n"), WHOLE, SKIP)
          for gap in ("", "NaN", "#N/A", "null", "?", "inf", "oops")),
        ("#N/A in the first column", text([["#N/A", 1.0], *RING.tolist()], head="x,y\n"), RING, SKIP),
        ("a row with too many cells", text(RING) + "1,2,3\n", "line 61 has more cells than the table has columns, 2"),
        ("all missing", text([["NA", "NA"]] * 9, head="x,y\n"), "two are needed"),
        ("a weight below 0", text(third - 1, head="x,y,w\n"), "at least 0", ReadChoice(weights="w")),
        ("too far away", "1,2\n1e300,3\n4,5\n", "Point 2"),
        # Arrays.
        ("npy of contours", npy(np.round(RING * 100).astype(np.int32)[:, None, :]), np.round(RING * 100)),
        ("npy of rows x and y", npy(RING.T.copy()), RING),
        ("npy by columns", npy(np.asfortranarray(RING)), RING),
        ("npy of half precision", npy(RING.astype(np.float16)), RING.astype(np.float16).astype(float)),
        ("npy of the other byte order", npy(RING.astype(">f4")), RING.astype(np.float32).astype(float)),
        ("npy of long doubles", npy(RING.astype(np.longdouble)), RING),
        ("npy of small whole numbers", npy(np.round(RING).astype(np.int8)), np.round(RING)),
        ("complex npy", npy(RING[:, 0] + 1j * RING[:, 1]), RING),
        ("complex npy of one column", npy((RING[:, 0] + 1j * RING[:, 1])[:, None].astype(np.complex64)),
         RING.astype(np.float32).astype(float)),
        ("npy with fields", npy(named(["x", "y"], "f4")), RING.astype(np.float32).astype(float)),
        ("npy of version 2", npy(RING, (2, 0)), RING),
        ("npy of version 3", npy(named(["longitude °", "latitude °"]), (3, 0)), RING),
        ("npy of three columns", npy(third), RING),
        ("npy of a film", npy(np.zeros((4, 9, 2))), r"array of shape \(4, 9, 2\)"),
        ("npy of one column", npy(np.zeros(9)), r"array of shape \(9,\)"),
        ("npy of truths", npy(np.zeros((9, 2), dtype=bool)), "type bool"),
        ("npy of objects", npy(np.array([[1, "a"]] * 9, dtype=object)), "Python objects"),
        ("npz of one array", npz(points=RING), RING),
        ("npz of two", npz(x0=RING, x1=RING + 9, note=np.array(3)), "2 arrays with points: 'x0', 'x1'. .*--part x0"),
        ("npz of two, one chosen", npz(x0=RING, x1=RING + 9), RING + 9, ReadChoice(part="x1")),
        ("npz, one chosen that is not there", npz(x0=RING, x1=RING + 9), "no array 'x2'; it has 'x0', 'x1'",
         ReadChoice(part="x2")),
        # Spreadsheets.
        ("xlsx", xlsx({"Sheet1": spreadsheet}), RING),
        ("xlsx with a title and empty cells", xlsx({"S": [[None], ["Measured in May", None], [None], [None, "x", "y"],
                                                         *([None, x, y] for x, y in RING.tolist())]}), RING),
        ("xlsx with numbers as texts", xlsx({"S": [["x", "y"], *([comma(x), comma(y)] for x, y in RING)]}), RING),
        ("xlsx of two sheets", xlsx(two_sheets), "2 sheets with points: 'First', 'Second'. .*--part First"),
        ("xlsx of two sheets, one chosen", xlsx(two_sheets), RING + 9, ReadChoice(part="Second")),
        ("xlsx with shared texts", xlsx({"S": "".join(
            f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c><c r="B{r}"><v>{x}</v></c><c r="C{r}"><v>{y}</v></c></row>'
            for r, (x, y) in enumerate(RING, start=1))}, strings=["a"]), RING),
        ("xlsx with a cell in the far corner", xlsx({"S": far}), "1,048,576 rows and 16,384 columns"),
        ("xlsx with a cell that names another row", xlsx({"S": far.replace('<row r="1048576">', '<row r="2">')}),
         "1,048,576 rows and 16,384 columns"),
        ("xlsx with one long text in every row", xlsx({"S": shared}, strings=["a" * 40_000]), "texts .* are too long"),
        ("ods", ods({"Tab": spreadsheet}), RING),
        ("ods with the empty end of the sheet", ods({"Tab": empty_end}), RING),
        ("ods of two sheets", ods(two_sheets), "2 sheets with points"),
        ("ods with a million repeated rows", ods({"Tab": repeated}), "1,000,000 rows and 1,000 columns"),
        # Nothing that can be read.
        ("empty", b"", "is empty"),
        ("blank", b" \n\n\t\n", "is empty"),
        ("only comments", b"# one\n# two\n", "has no points"),
        ("one point", b"1,2\n", "at least 2 are needed"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40), "neither text nor another table"),
        ("an old Excel file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"save .* as \.csv, \.xlsx"),
        ("a zip of something", zipped({"a.txt": "1,2"}), "a zip without a table"),
        ("a damaged zip", xlsx({"S": spreadsheet})[:-30], "is damaged or locked"),
        ("a damaged xlsx", zipped({"xl/workbook.xml": "<workbook"}), "is damaged or locked"),
        ("a gzip bomb", gzip.compress(bytes(80 * 2**20), 9), "more than 67 MB when unpacked"),
        ("a gzip in a gzip", gzip.compress(gzip.compress(text(RING).encode())), "is packed twice; unpack it once"),
        ("a gzip that ends early", gzip.compress(text(RING).encode())[:-9], "ends in the middle"),
        ("an npz bomb", npz(x=np.zeros((5_000_000, 2))), "more than 67 MB when unpacked"),
        ("too many cells", b"1,2,3,4,5,6,7,8\n" * 600_000, "at most 4,000,000 cells"),
        ("too many columns", b"1," * 20_000, "more than 10,000 columns"),
        ("too many points", b"1,2\n" * 200_001, "at most 200,000"),
    ]


CASES = [Case(name, data.encode() if isinstance(data, str) else data, expected, *choice)
         for name, data, expected, *choice in _cases()]
