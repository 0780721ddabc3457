"""Vector files are as long as the eye needs: fewer places and figures, the same picture."""

import re
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from decoders import pdf_complaints
from pictures import lanes, view

from fmviz.canvas.layers.particles import _STRAIGHT_PX, _thinned
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.style import VIEWS
from fmviz.film.painter import FilmPainter
from fmviz.film.stills import pdf_bytes, shortened, write_still

# Bytes for a particle in a pane with its dot, its trail and its share of the clouds; 490 and 370 when
# every segment was written.
MOST = {"pdf": 160, "svg": 300}


@pytest.mark.parametrize("form", MOST)
def test_a_strip_takes_few_bytes_for_a_particle(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    write_still(path, film_of(lanes(), view("trajectories"), ExportSpec(format=form, is_strip=True)))
    assert path.stat().st_size < 2 * 5 * 300 * MOST[form]


def test_the_content_of_a_pdf_is_as_long_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    write_still(path, film_of(lanes(), view("trajectories"), ExportSpec(format="pdf", title="T")))
    data = path.read_bytes()
    found = re.search(rb"/Length (\d+) 0 R\n/Filter /FlateDecode\n>>\nstream\n", data)
    assert found is not None
    said = re.search(rb"\n%b 0 obj\n(\d+)\nendobj" % found.group(1), data)
    assert said is not None
    end = found.end() + int(said.group(1))
    assert data[end:].startswith(b"\nendstream")
    text = zlib.decompress(data[found.end():end])
    assert max(map(len, re.findall(rb"\.\d+(?= [\d. ]*[mlc]\n)", text))) <= len(".12")


def test_only_places_lose_their_decimals() -> None:
    text = (b"0.030000000 0 0 -0.030000000 0 600.12345 cm\nq\n"
            b"1000.51234 6423.43750 m\n-3.99999 7 l\n1 2.25 3.5 4 5 6 c\nS\n"
            b"0.337254911 0.705882370 0.913725495 scn\n25.123456 0 0 25.123456 0 0 cm\n1.234567 39.5799999 m\nQ\n"
            b"8.76543 1.5 l\n(1.23456 l) Tj\n")
    assert shortened(text) == (
        b"0.030000000 0 0 -0.030000000 0 600.12345 cm\nq\n1001 6423 m\n-4 7 l\n1 2 4 4 5 6 c\nS\n"
        b"0.337254911 0.705882370 0.913725495 scn\n25.123456 0 0 25.123456 0 0 cm\n1.23 39.58 m\nQ\n"
        b"9 2 l\n(1.23456 l) Tj\n")


def test_a_polygon_is_closed_by_a_word_and_an_open_line_stays_open() -> None:
    closed = b"0 0 m\n4 0 l\n4 4 l\n0 0 l\n5 5 m\n9 5 l\n9 9 l\n5 5 l\nf\n"
    assert shortened(closed) == b"0 0 m\n4 0 l\n4 4 l\nh\n5 5 m\n9 5 l\n9 9 l\nh\nf\n"
    assert shortened(shortened(closed)) == shortened(closed)
    for kept in (b"0 0 m\n4 0 l\n0 0 l\n2 2 l\nS\n", b"0 0 m\n4 0 l\n4 4 l\nS\n",
                 b"0 0 m\n4 0 l\n4 4 l\n0 0 l\n2 2 l\nS\n"):
        assert shortened(kept) == kept


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_thinner_lines_look_the_same(count: int) -> None:
    rng = np.random.default_rng(count)
    steps = rng.normal((3.0, 1.0), rng.uniform(0, 1, (400, 1, 1)), (400, count, 2))
    stops = steps.cumsum(axis=1)
    thinned = _thinned(stops)
    assert np.array_equal(thinned[:, [0, -1]], stops[:, [0, -1]])
    drawn = (np.diff(thinned, axis=1) != 0).any(axis=2).sum(axis=1)
    assert drawn.min() == 1
    assert drawn.max() == count - 1
    shares = np.linspace(0, 1, 200)[:, None]
    for line, thin in zip(stops, thinned, strict=True):
        dense = np.concatenate([low * (1 - shares) + high * shares for low, high in pairwise(thin)])
        distance = np.hypot(*(line[:, None] - dense[None]).transpose(2, 0, 1)).min(axis=1)
        assert distance.max() < 1.5 * _STRAIGHT_PX


@pytest.mark.parametrize("name", VIEWS)
def test_another_reader_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.pdf"
    write_still(path, film_of(lanes(), view(name), ExportSpec(format="pdf", title="T", width_cm=8.5)))
    assert pdf_complaints(path) == []


def test_on_small_paper_the_picture_keeps_its_places() -> None:
    """Each of the picture's own units has several of the file's, however small it is printed."""
    def places(width_cm: float) -> np.ndarray:
        spec = ExportSpec(format="pdf", width=1920, height=1080, width_cm=width_cm, has_text=False)
        film = film_of(lanes()[:1], view("streamlines"), spec)
        painter = FilmPainter(film)
        data = pdf_bytes(lambda device: painter.paint_shapes(device, film.shots[0]), 1920, 1080, width_cm, "")
        found = re.search(rb"/FlateDecode\n>>\nstream\n", data)
        assert found is not None
        text = zlib.decompressobj().decompress(data[found.end():])
        return np.array([float(x) for x in re.findall(rb"(?m)^(-?[\d.]+) -?[\d.]+ [ml]$", text)])

    fine, small = places(20.0), places(2.0)
    assert len(fine) == len(small)
    fine, small = fine[fine > 2000], small[fine > 2000]  # frames have units of their own, none above the pane's size
    assert np.ptp(small) > 4 * 900  # the pane is some 900 units high
    assert np.abs(small - fine * (np.ptp(small) / np.ptp(fine))).max() < 2.0
