"""Formulas in lines of text: shapes on the line's baseline, in its colour, in pixels and in vector files alike."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
from pictures import array, canvas, lanes, view
from PySide6.QtGui import QColor, QImage, QPainter

from fmviz.canvas.fonts import Lettering, line_reach, line_width, write_line
from fmviz.canvas.surround import block_of, wrapped
from fmviz.core.export_spec import Decor, ExportSpec
from fmviz.core.film import film_of
from fmviz.film.stills import write_still

PIXELS = Lettering()
SVG = "{http://www.w3.org/2000/svg}"


def ink(text: str, size: int = 40, width: int = 900) -> np.ndarray:
    """Return where a white line on black is seen, (100, width); its baseline is at 60."""
    image = QImage(width, 100, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    write_line(painter, text, 10, 60, size, QColor("white"), PIXELS)
    painter.end()
    return array(image)[..., 1] > 128


@pytest.mark.parametrize("size", [12, 27, 48])
def test_a_line_is_as_wide_as_its_parts(size: int) -> None:
    apart = line_width("$x_0$", size, PIXELS) + line_width(" and ", size, PIXELS) + line_width("$x_1$", size, PIXELS)
    assert line_width("$x_0$ and $x_1$", size, PIXELS) == pytest.approx(apart)
    assert line_width("plain", size, PIXELS) == PIXELS.width("plain", size)


def test_words_and_formulas_stand_on_one_baseline_and_do_not_meet() -> None:
    text = "The path $m$ is straight"
    seen = ink(text)
    assert seen[60:62].sum() == 0 or seen[62:].sum() > 0  # only what hangs below
    begin, end = (10 + round(line_width(part, 40, PIXELS)) for part in ("The path ", "The path $m$"))
    formula = seen[:, begin:end]
    rows = np.flatnonzero(formula.any(axis=1))
    assert abs(rows.max() - 59) <= 1
    for gap in (begin - 4, end + 4):
        assert not seen[:, gap].any()


def test_a_bad_formula_and_a_price_are_written_as_they_are() -> None:
    assert np.array_equal(ink("$5 and"), ink(r"\$5 and"))
    assert np.array_equal(ink(r"$\foo$"), ink(r"\$\foo\$"))


def test_a_high_formula_makes_room_for_itself() -> None:
    plain, high = line_reach("word", 40), line_reach(r"$\frac{\frac{a}{b}}{c}$", 40)
    assert high[0] > plain[0]
    block = block_of("word\n$\\frac{\\frac{a}{b}}{c}$\nword", 40, 800, 3, False)
    assert block is not None
    assert block.height == 2 * sum(plain) + sum(high)
    assert list(block.baselines) == [plain[0], sum(plain) + high[0], sum(plain) + sum(high) + plain[0]]


def test_no_line_breaks_within_a_formula() -> None:
    def measure(part: str) -> float:
        return line_width(part, 20, PIXELS)

    text = "From $x_0 + t (x_1 - x_0)$ to $x_1$, all the way along $x_t = (1 - t) x_0 + t x_1$."
    for width in range(60, 700, 20):
        for most in (1, 3, 9):
            for line in wrapped(text, width, measure, most):
                assert line.count("$") % 2 == 0
                assert measure(line) <= width or " " not in line.replace("$", "")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_formula_is_seen_in_every_still(tmp_path: Path, kind: str) -> None:
    def pixels(name: str, **more: str) -> np.ndarray:
        path = tmp_path / f"{name}.{kind}"
        write_still(path, film_of(lanes()[:1], view("density"), ExportSpec(640, 400, format=kind, at=0.3, **more)))
        if kind == "png":
            return array(QImage(str(path)))
        if kind == "pdf":
            return pypdfium2.PdfDocument(path)[0].render(scale=1).to_numpy()
        root = ElementTree.parse(path).getroot()
        words = [node.text for node in root.iter(f"{SVG}text")]
        assert not any("$" in (word or "") for word in words)
        assert (len(list(root.iter(f"{SVG}path"))) > 0) or name == "plain"
        return np.array([len(node.get("d", "")) for node in root.iter(f"{SVG}path")] or [0])

    plain = pixels("plain", title="A title", layout="full")
    formula = pixels("formula", title="A title $x_t$", formula="path", layout="full")
    assert plain.shape != formula.shape or not np.array_equal(plain, formula)


def test_the_stage_shows_a_formula_in_a_caption() -> None:
    shown = canvas(view("density"))
    pictures = []
    for caption in ("The field v", "The field $v$"):
        shown.set_decor(Decor(caption=caption))
        pictures.append(array(shown.to_image(480, 360)))
    assert not np.array_equal(*pictures)
