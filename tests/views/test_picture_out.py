"""What leaves the window is what it shows: twice as many pixels, true shapes, a file that goes with the program."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_flows import snapshot
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fmviz.canvas.canvas import FlowCanvas
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import film_of
from fmviz.core.frames import frame_at
from fmviz.core.limits import limits_of
from fmviz.core.style import Style
from fmviz.core.theme import Theme
from fmviz.film.drawing import png_bytes
from fmviz.film.painter import FilmPainter
from fmviz.views.picture_out import COPIED, DragStart, PictureData, PictureOut, film_picture, stage_picture

# Of 255: lines of one pixel are drawn finer at twice the size (0.6 off; the first picture of the film is 4.2 off).
MOST_OFF = 1.5


@pytest.fixture
def canvas(qtbot: QtBot, theme: Theme) -> FlowCanvas:
    canvas = FlowCanvas(theme)
    qtbot.addWidget(canvas)
    canvas.resize(240, 200)
    canvas.set_style(Style())
    canvas.set_limits(limits_of([snapshot()], Style()))
    canvas.show_frames([frame_at(snapshot(), 0.5, Style())])
    canvas.show()
    return canvas


@pytest.fixture
def out(qtbot: QtBot) -> Iterator[PictureOut]:
    out = PictureOut()
    yield out
    out.shutdown()


def grey(image: QImage) -> np.ndarray:
    """Return the brightness of each pixel, 0 to 255."""
    rows = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(rows.constBits(), dtype=np.uint8).reshape(rows.height(), rows.bytesPerLine())
    return pixels[:, :rows.width()].astype(np.float64)


def shapes_in(svg: bytes) -> set[str]:
    return {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}


def test_the_clipboard_holds_pixels_and_shapes(canvas: FlowCanvas, out: PictureOut) -> None:
    said: list[str] = []
    out.copy(stage_picture(canvas, "Moons"), said.append)
    assert said == [COPIED]
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.hasImage()
    assert mime.imageData().size().toTuple() == (480, 400)
    assert QImage.fromData(mime.data("image/png")).size().toTuple() == (480, 400)
    kinds = shapes_in(mime.data("image/svg+xml").data())
    assert {"path", "text"} <= kinds
    assert "image" not in kinds
    QGuiApplication.clipboard().clear()


def test_a_large_picture_is_packed_beside_the_window(qtbot: QtBot, out: PictureOut, monkeypatch: pytest.MonkeyPatch
                                                     ) -> None:
    threads: list[threading.Thread] = []

    def packed(image: QImage) -> bytes:
        threads.append(threading.current_thread())
        return png_bytes(image)

    monkeypatch.setattr("fmviz.views.picture_out.png_bytes", packed)
    image = QImage(3000, 1500, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    said: list[str] = []
    QGuiApplication.clipboard().clear()
    out.copy(PictureData(image, b"<svg/>", "Moons"), said.append)
    assert "Copying" in said[0]
    qtbot.waitUntil(lambda: said[-1] == COPIED)
    assert threads != [threading.current_thread()]
    assert len(threads) == 1
    assert QImage.fromData(QGuiApplication.clipboard().mimeData().data("image/png")) == image
    QGuiApplication.clipboard().clear()


def test_the_stage_shows_the_same_afterwards(canvas: FlowCanvas) -> None:
    before = canvas.to_image(240, 200)
    stage_picture(canvas, "Moons")
    assert canvas.to_image(240, 200) == before


@pytest.mark.parametrize("format_key", ["gif", "mp4", "png", "pdf"])
def test_a_picture_of_a_film_is_the_one_of_its_file(format_key: str) -> None:
    """Pixel for pixel what a still of that moment is at twice the sharpness."""
    film = film_of([snapshot()], Style(), ExportSpec(format=format_key, width=160, height=120, theme="light"))
    index = len(film.shots) // 3
    assert index > 0 or not film.spec.kind.is_animation
    shot = film.shots[index]
    picture = film_picture(film, index, "Moons")
    still = film_of([snapshot()], Style(), ExportSpec(format="png", width=160, height=120, theme="light", scale=2))
    assert picture.image == FilmPainter(still).image(shot)
    if index:
        assert picture.image != FilmPainter(still).image(film.shots[0])
    small = picture.image.scaled(160, 120, mode=Qt.TransformationMode.SmoothTransformation)
    assert np.abs(grey(small) - grey(FilmPainter(film).image(shot))).mean() < MOST_OFF
    assert {"path", "text"} <= shapes_in(picture.svg)


@pytest.mark.parametrize(("width", "height", "scale"), [(2000, 2000, 2), (2560, 1600, 1), (3840, 2000, 1)])
def test_a_huge_picture_is_not_made_larger_still(
    canvas: FlowCanvas, width: int, height: int, scale: int
) -> None:
    film = film_of([snapshot()], Style(), ExportSpec(format="png", width=width, height=height))
    canvas.resize(width, height)
    for picture in (film_picture(film, 0, "Moons"), stage_picture(canvas, "Moons")):
        assert picture.image.size().toTuple() == (scale * width, scale * height)


def test_pixels_are_packed_once_and_whole(canvas: FlowCanvas, out: PictureOut) -> None:
    picture = stage_picture(canvas, "Moons")
    assert picture.png is picture.png
    assert QImage.fromData(picture.png).convertToFormat(picture.image.format()) == picture.image
    path = out.file_of(picture)
    assert path is not None
    assert path.read_bytes() == picture.png


def test_a_dragged_file_goes_with_the_program(canvas: FlowCanvas, out: PictureOut) -> None:
    path = out.file_of(PictureData(canvas.to_image(24, 20), b"", "a/b: c"))
    assert path is not None
    assert path.name == "a_b_ c.png"
    assert QImage(str(path)).width() == 24
    out.shutdown()
    assert not path.parent.exists()


@pytest.mark.parametrize("is_free", [True, False])
@pytest.mark.parametrize("is_held", [True, False])
def test_the_stage_can_be_dragged_unless_it_is_drawn_on(canvas: FlowCanvas, is_free: bool, is_held: bool) -> None:
    """It begins after the mouse's event, and not at all if the button is up by then."""
    begun: list[bool] = []  # a real drag would wait for a mouse
    view, start = canvas, QPoint(100, 100)
    DragStart(view, lambda: is_free, lambda: begun.append(True))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start + QPoint(2, 0))
    assert begun == []
    QTest.mouseMove(view, start + QPoint(2 * QApplication.startDragDistance(), 0))
    QTest.mouseMove(view, start + QPoint(4 * QApplication.startDragDistance(), 0))
    assert begun == []
    if not is_held:
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start)
    QApplication.processEvents()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start)
    assert begun == [True] * (is_free and is_held)


def test_a_folder_that_has_gone_is_no_fault(canvas: FlowCanvas, out: PictureOut) -> None:
    path = out.file_of(PictureData(canvas.to_image(24, 20), b"", "x"))
    assert path is not None
    path.unlink()
    Path(path.parent).rmdir()
    assert out.file_of(PictureData(canvas.to_image(24, 20), b"", "x")) is None


def test_points_on_paper_do_not_shape_a_picture_of_an_animation() -> None:
    plain = film_of([snapshot()], Style(), ExportSpec(160, 120, format="mp4"))
    paper = film_of([snapshot()], Style(), ExportSpec(160, 120, format="mp4", width_cm=8.5, font_pt=20.0))
    usual, same = film_picture(plain, 0, "Moons"), film_picture(paper, 0, "Moons")
    assert same.image == usual.image
    assert same.svg == usual.svg
