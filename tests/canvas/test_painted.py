"""Drawings and words are painted whole, the right way round, and as large as a picture needs to be."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from fmviz.canvas.painted import font_families, image_of, picture_of_drawing, picture_of_image, picture_of_words
from fmviz.core.errors import CloudError
from fmviz.core.picture_points import MOST_CELLS, GreyPicture, PictureChoice, SvgDrawing, cloud_of


def svg(body: str, box: str = 'viewBox="0 0 40 20"') -> SvgDrawing:
    return SvgDrawing(f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{body}</svg>'.encode(), "d.svg")


def test_a_drawing_fills_the_picture() -> None:
    picture = picture_of_drawing(svg('<rect width="20" height="10"/><rect x="20" y="10" width="20" height="10" '
                                     'fill="white"/>'))
    assert picture.light.shape == (MOST_CELLS // 2, MOST_CELLS)
    assert picture.alpha is not None
    top, bottom = np.vsplit(picture.alpha, 2)
    assert top[:, :500].min() == 1
    assert top[:, 530:].max() == 0
    assert bottom[:, 530:].min() == 1
    assert picture.light[300:, 600:].min() == pytest.approx(1)


@pytest.mark.parametrize("box", ['viewBox="0 0 0 5"', 'width="1e400" height="3"', "", 'viewBox="a"'])
def test_a_drawing_without_a_size_is_refused(box: str) -> None:
    with pytest.raises(CloudError, match=r"'d\.svg'"):
        picture_of_drawing(svg("", box))


@pytest.mark.parametrize("text", ["Hello", "flow\nmatching", "fj", "W" * 60])
def test_no_letter_is_cut_off(text: str) -> None:
    picture = picture_of_words(text)
    assert max(picture.light.shape) in (MOST_CELLS, MOST_CELLS + 1)
    assert picture.alpha is not None
    ink = picture.alpha > 0
    assert ink.any()
    assert not (ink[0].any())
    assert not (ink[-1].any())
    assert not (ink[:, 0].any())
    assert not (ink[:, -1].any())


def test_a_word_reads_from_left_to_right_and_stands_upright() -> None:
    xy = cloud_of(picture_of_words("L"), PictureChoice("alpha", points=1500)).xy
    assert np.abs(xy).max() == pytest.approx(6, abs=0.1)
    # The bar of an L is at the bottom, and reaches to the right.
    assert xy[xy[:, 0] > 0, 1].max() < -4


def test_the_fonts_are_told_apart() -> None:
    families = font_families()
    assert families[0] == "Inter"
    assert len(set(families)) == len(families)
    regular, bold = (picture_of_words("Hello", is_bold=is_bold).alpha for is_bold in (False, True))
    assert regular is not None
    assert bold is not None
    assert bold.sum() != regular.sum()


@pytest.mark.parametrize(("text", "family", "match"), [
    (" \n\t", "Inter", "empty"), ("x" * 121, "Inter", "121 characters"), ("x", "No Such Font", "no font")])
def test_what_cannot_be_written_is_said(text: str, family: str, match: str) -> None:
    with pytest.raises(CloudError, match=match):
        picture_of_words(text, family)


def test_the_clipboard_s_pixels_are_taken_as_they_are() -> None:
    image = QImage(30, 20, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(0, 0, 0, 0))
    image.setPixelColor(3, 2, QColor(255, 255, 255))
    picture = picture_of_image(image, "Clipboard")
    assert picture.alpha is not None
    assert picture.alpha.sum() == 1
    assert picture.alpha[2, 3] == picture.light[2, 3] == 1
    opaque = picture_of_image(QImage(3000, 1500, QImage.Format.Format_RGB32), "Clipboard")
    assert opaque.light.shape == (MOST_CELLS // 2, MOST_CELLS)
    assert opaque.alpha is None


def test_a_picture_is_shown_as_it_was_given() -> None:
    alpha = np.array([[1, 0.5], [0, 1]], dtype=np.float32)
    picture = GreyPicture(np.array([[0, 1], [0.2, 0.4]], dtype=np.float32), alpha)
    again = picture_of_image(image_of(picture), "again")
    assert again.alpha == pytest.approx(alpha, abs=0.01)
    assert again.light == pytest.approx(picture.light, abs=0.01)
