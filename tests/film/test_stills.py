"""Stills: equal to the window's stage, and true shapes and words in vector files, for readers that are not ours."""

import re
import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from decoders import pdf_boxes, pdf_size_cm, pdf_words
from pictures import array, canvas, lanes, view
from PIL import Image

from fmviz.canvas.composer import sheet_drawing, strip_of
from fmviz.canvas.fonts import Lettering
from fmviz.core.errors import ExportError
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import Film, film_of
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.film.stills import paper_spec, write_drawing, write_still

SVG = "{http://www.w3.org/2000/svg}"
MAPS = ("density", "magnitude", "compression")
SHAPES = [name for name in VIEWS if name not in MAPS]


def film(name: str, **more) -> Film:
    return film_of(lanes(), view(name), ExportSpec(**{"width": 640, "height": 400, "at": 0.3, **more}))


def write(folder: Path, name: str, form: str, **more) -> Path:
    path = folder / f"a.{form}"
    write_still(path, film(name, format=form, **more))
    return path


def words(root: ElementTree.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("layout", ["full", "auto"])
def test_a_png_is_the_stage_of_the_window(tmp_path: Path, qtbot, layout: str, name: str, count: int,
                                          theme: str) -> None:
    path = write(tmp_path, name, "png", theme=theme, lanes=tuple(range(count)), layout=layout)
    shown = canvas(view(name), 0.3, count, load_theme(theme))
    shown.set_decor(Decor(layout=layout))
    qtbot.addWidget(shown)
    shown.resize(640, 400)
    with qtbot.waitExposed(shown):
        shown.show()
    with Image.open(path) as file:
        assert np.array_equal(np.array(file.convert("RGB")), array(shown.grab().toImage()))


def test_a_png_knows_its_size_on_paper(tmp_path: Path) -> None:
    with Image.open(write(tmp_path, "pairs", "png", scale=2, width_cm=16.0, title="A title")) as file:
        assert file.size == (1280, 800)
        assert file.info["dpi"][0] == pytest.approx(1280 / (16 / 2.54), rel=0.01)
        assert file.info["Title"] == "A title"


def test_a_transparent_png_has_clear_corners(tmp_path: Path) -> None:
    for form in ({}, {"is_strip": True}):
        with Image.open(write(tmp_path, "density", "png", background="transparent", **form)) as file:
            assert file.mode == "RGBA"
            assert np.array(file)[[0, 0, -1, -1], [0, -1, 0, -1], 3].max() == 0


@pytest.mark.parametrize("name", VIEWS)
def test_an_svg_is_made_of_shapes_and_words(tmp_path: Path, name: str) -> None:
    root = ElementTree.parse(write(tmp_path, name, "svg", title="A <title> & more", caption="It says.")).getroot()
    assert root.get("viewBox") == "0 0 640 400"
    assert (root.get("width"), root.get("height")) == ("640", "400")
    assert [node.text for node in root.iter(f"{SVG}title")] == ["A <title> & more"]
    text = " ".join(words(root))
    about = ("batch of 40", "mean squared cost") if name == "pairs" else ("t = 0.30", "step 4,200")
    for part in ("A <title> & more", "It says.", "Random coupling", "OT coupling", *about):
        assert part in text
    assert (name == "pairs") is not ("t = " in text)
    assert all("sans-serif" in node.get("font-family", "") for node in root.iter(f"{SVG}text"))
    assert len(list(root.iter(f"{SVG}image"))) == (2 if name in MAPS else 0)
    shapes = sum(len(list(root.iter(SVG + tag))) for tag in ("circle", "ellipse", "path", "polygon", "polyline"))
    assert shapes > (5 if name in MAPS else 20)


@pytest.mark.parametrize(("name", "dots"), [("trajectories", 2 * 300), ("pairs", 2 * (300 + 80))])
def test_every_dot_of_an_svg_is_a_circle(tmp_path: Path, name: str, dots: int) -> None:
    root = ElementTree.parse(write(tmp_path, name, "svg", has_text=False)).getroot()
    assert len(list(root.iter(f"{SVG}circle"))) == dots


def test_drawings_in_one_page_share_no_ids(tmp_path: Path) -> None:
    ids = []
    for name in ("warp", "magnitude"):
        path = write(tmp_path, name, "svg", title='no id="mine" url(#mine)')
        own = [node.get("id") for node in ElementTree.parse(path).getroot().iter() if node.get("id")]
        wanted = set(re.findall(r'(?:url\(|href=")#([^")]+)', path.read_text().replace("url(#mine)", "")))
        assert wanted <= set(own)
        assert len(set(own)) == len(own) > 0
        assert "mine" in " ".join(words(ElementTree.parse(path).getroot()))
        ids.append(set(own))
    assert ids[0].isdisjoint(ids[1])


def test_an_svg_has_its_width_on_paper(tmp_path: Path) -> None:
    root = ElementTree.parse(write(tmp_path, "pairs", "svg", width_cm=8.5)).getroot()
    assert (root.get("width"), root.get("height")) == ("8.5cm", "5.3125cm")


def test_a_transparent_drawing_has_no_ground(tmp_path: Path) -> None:
    grounds = {}
    for background in ("theme", "white", "transparent"):
        text = write(tmp_path, "pairs", "svg", background=background).read_text()
        grounds[background] = re.findall(
            r'<g fill="(#\w+)" stroke="none">\s*<rect x="0" y="0" width="640" height="400"/>', text)
    assert grounds == {"theme": [load_theme("dark").stage], "white": ["#ffffff"], "transparent": []}


def streams(data: bytes) -> str:
    """Return what a PDF's pages draw."""
    found = []
    for start in re.finditer(rb"[^d]stream\r?\n", data):
        try:
            found.append(zlib.decompressobj().decompress(data[start.end():data.find(b"endstream", start.end())]))
        except zlib.error:
            continue
    return b"\n".join(found).decode("latin1")


@pytest.mark.parametrize("name", VIEWS)
def test_a_pdf_is_made_of_shapes(tmp_path: Path, name: str) -> None:
    data = write(tmp_path, name, "pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 1
    assert (b"/Subtype /Image" in data) == (name in MAPS)
    assert b"/FontFile" in data
    assert streams(data).count("\nh\n") > 10 or name in MAPS


def test_the_places_of_a_pdf_are_true(tmp_path: Path) -> None:
    data = write(tmp_path, "pairs", "pdf", width_cm=8.5).read_bytes()
    table = int(data.split(b"startxref\n")[1].split()[0])
    assert data[table:table + 4] == b"xref"
    rows = re.findall(rb"(\d{10}) \d{5} n", data[table:])
    assert len(rows) > 10
    for number, row in enumerate(rows, 1):
        assert data[int(row):].startswith(b"%d 0 obj" % number)


def test_other_programs_find_the_words_of_a_pdf(tmp_path: Path) -> None:
    path = write(tmp_path, "trajectories", "pdf", title="A title", caption="It says.", has_axes=True, width_cm=16.0,
                 font_pt=9.0)
    text = pdf_words(path)
    for part in ("A title", "It says.", "Random coupling", "OT coupling", "t = 0.30", "step 4,200", "−2"):
        assert part in text
    assert pdf_size_cm(path)[0] == pytest.approx(16, abs=0.001)
    # Inter's lines are 1.21 times as high as its size.
    for _, bottom, _, top in pdf_boxes(path, "coupling"):
        assert (top - bottom) / 1.21 == pytest.approx(9.0, rel=0.02)


@pytest.mark.parametrize("font_pt", [6.0, 8.0, 11.0])
@pytest.mark.parametrize("width_cm", [0.0, 8.5, 17.8])
def test_points_on_paper_are_true(font_pt: float, width_cm: float) -> None:
    spec = paper_spec(ExportSpec(600, 400, format="pdf", width_cm=width_cm, font_pt=font_pt))
    text = spec.decor.text_share * spec.height
    assert abs(text - round(text)) < 0.02
    assert text / spec.width * spec.width_cm / 2.54 * 72 == pytest.approx(font_pt, rel=1e-6)
    assert spec.width == pytest.approx(600, rel=0.06)
    assert spec.height / spec.width == pytest.approx(400 / 600, rel=0.01)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_film_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    one = write(tmp_path, "field", form, title="A").read_bytes()
    assert write(tmp_path, "field", form, title="A").read_bytes() == one


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_a_strip_can_be_any_still(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, "trajectories", form, is_strip=True, width=1000, height=420)
    if form == "svg":
        found = words(ElementTree.parse(path).getroot())
        assert [text for text in found if text.startswith("t = ")] == [
            f"t = {t:.2f}" for t in (0, 0.25, 0.5, 0.75, 1)]
        assert {"Random coupling", "OT coupling"} <= set(found)
    else:
        assert path.stat().st_size > 10_000


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_sheet_can_be_any_still(tmp_path: Path, form: str) -> None:
    sheet = strip_of(film("pairs"))
    write_drawing(tmp_path / f"a.{form}", sheet_drawing(sheet, 900, 400), 2, "")
    assert (tmp_path / f"a.{form}").stat().st_size > 10_000
    with pytest.raises(ExportError, match="animation"):
        write_drawing(tmp_path / "a.gif", sheet_drawing(sheet, 900, 400), 1, "")


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_place_that_cannot_be_written_keeps_the_old_file(tmp_path: Path, form: str) -> None:
    old = tmp_path / f"folder.{form}"
    old.mkdir()
    for path in (old, tmp_path / "missing" / f"a.{form}"):
        with pytest.raises(ExportError) as caught:
            write_still(path, film("pairs", format=form))
        assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == [old]


def test_a_vector_file_does_not_change_the_next_picture(tmp_path: Path) -> None:
    first = write(tmp_path, "trajectories", "png").read_bytes()
    write(tmp_path, "trajectories", "svg")
    assert write(tmp_path, "trajectories", "png").read_bytes() == first


def test_the_largest_still_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_still(path, replace(film("pairs"), spec=ExportSpec(2048, 512, format="png", scale=4)))
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as file:
        assert file.size == (8192, 2048)


@pytest.mark.parametrize("words", ['say "yes"', "a & b <c>", "it's"])
def test_words_of_an_svg_have_the_width_of_what_is_read(tmp_path: Path, words: str) -> None:
    root = ElementTree.parse(write(tmp_path, "pairs", "svg", caption=words)).getroot()
    node = next(node for node in root.iter(f"{SVG}text") if node.text == words)
    width = Lettering(is_vector=True).width(words, int(node.get("font-size", "0")))
    assert float(node.get("textLength", "0")) == pytest.approx(width, abs=0.01)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_breaks_in_words_are_the_same_in_all_formats(tmp_path: Path, form: str) -> None:
    one = write(tmp_path, "pairs", form, title="a\nb", caption="c\td").read_bytes()
    assert write(tmp_path, "pairs", form, title="a b", caption="c d").read_bytes() == one
    if form == "svg":
        assert {"a b", "c d"} <= set(words(ElementTree.fromstring(one)))


@pytest.mark.parametrize("strip", [False, True])
@pytest.mark.parametrize("size", [(800, 450), (450, 800), (400, 400)])
def test_the_largest_text_stays_on_its_page(tmp_path: Path, size: tuple[int, int], strip: bool) -> None:
    form = {"width": size[0], "height": size[1], "width_cm": 8.5, "is_strip": strip, "title": "A", "caption": "B"}
    with pytest.raises(ExportError) as caught:
        film("field", format="pdf", font_pt=60.0, **form)
    most = float(re.findall(r"at most ([\d.]+)", str(caught.value))[0])
    path = write(tmp_path, "field", "pdf", font_pt=most, **form)
    width, height = (length / 2.54 * 72 for length in pdf_size_cm(path))
    boxes = pdf_boxes(path)
    assert boxes
    for left, bottom, right, top in boxes:
        assert 0 <= left <= right <= width
        assert 0 <= bottom <= top <= height


def test_the_title_of_an_svg_is_what_was_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "field", "svg", title='the "best" map  > all')
    title = ElementTree.parse(path).getroot().find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == 'the "best" map  > all'
