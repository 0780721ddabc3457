"""Drawings (SVG) and words as pictures, from which clouds are made. Paints off screen, so any thread may do it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QByteArray, QLoggingCategory, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from fmviz.canvas.fonts import FAMILY, load_fonts
from fmviz.canvas.layer import clear_paper, painting_on
from fmviz.core.errors import CloudError, quoted
from fmviz.core.picture_points import MOST_CELLS, GreyPicture, SvgDrawing

LONGEST_TEXT = 120
# A font of this size is measured, and then scaled to fill the picture.
_MEASURE_PX = 200
# Swashes and slanted letters reach beyond their line.
_ROOM = 0.25


def font_families() -> tuple[str, ...]:
    """Return the fonts that can write a word, the bundled one first."""
    load_fonts()
    rest = (family for family in QFontDatabase.families()
            if family != FAMILY and QFontDatabase.isScalable(family) and not QFontDatabase.isPrivateFamily(family))
    return (FAMILY, *rest)


def picture_of_drawing(drawing: SvgDrawing) -> GreyPicture:
    """Paint an SVG, as large as a picture needs to be.

    Raises:
        CloudError: Qt cannot read it, or it has no size.
    """
    QLoggingCategory.setFilterRules("qt.svg*=false")  # a stranger's slips of the pen are nobody's warnings
    renderer = QSvgRenderer()
    # An animation would start a timer, which threads do not have.
    renderer.setAnimationEnabled(False)
    if not renderer.load(QByteArray(drawing.svg)):
        raise CloudError(f"The drawing {quoted(drawing.name)} cannot be read as an SVG; save it as a plain SVG, or as "
                         "a PNG.")
    box = renderer.viewBoxF()
    longest, shortest = max(box.width(), box.height()), min(box.width(), box.height())
    if not (math.isfinite(longest) and shortest > 0):
        raise CloudError(f"The drawing {quoted(drawing.name)} has no size; give it a width and a height.")
    width, height = (max(1, round(edge / longest * drawing.cells)) for edge in (box.width(), box.height()))
    paper = clear_paper(width, height)
    with painting_on(paper) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(0, 0, width, height))
    return _picture_of(paper, drawing.name)


def picture_of_words(text: str, family: str = FAMILY, is_bold: bool = True) -> GreyPicture:
    """Write a word, or several lines, as large as a picture needs to be.

    Args:
        text: lines are centred; characters that the font lacks come from another one.
        family: one of `font_families`.
        is_bold: whether in a strong weight, which holds more points.
    Raises:
        CloudError: there is nothing to write, too much, or no such font.
    """
    lines = ["".join(mark for mark in line if mark.isprintable()).strip() for line in text.strip().splitlines()]
    name = " ".join(line for line in lines if line)
    if not name:
        raise CloudError("The text is empty; type a word.")
    if len(name) > LONGEST_TEXT:
        raise CloudError(f"The text has {len(name):,} characters; at most {LONGEST_TEXT} can be read as points.")
    if family not in font_families():
        raise CloudError(f"There is no font {quoted(family)} on this computer; choose another one.")
    font = QFont(family)
    font.setPixelSize(_MEASURE_PX)
    font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
    measure = QFontMetricsF(font)
    step, room = measure.lineSpacing(), _ROOM * _MEASURE_PX
    width = max(measure.horizontalAdvance(line) for line in lines) + 2 * room
    height = step * len(lines) + 2 * room
    scale = MOST_CELLS / max(width, height)
    paper = clear_paper(max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale)))
    with painting_on(paper) as painter:
        painter.scale(scale, scale)
        painter.setFont(font)
        painter.setPen(QColor(Qt.GlobalColor.black))
        for k, line in enumerate(lines):
            left = (width - measure.horizontalAdvance(line)) / 2
            painter.drawText(QPointF(left, room + measure.ascent() + k * step), line)
    picture = _picture_of(paper, name)
    if picture.alpha is None or not picture.alpha.any():
        raise CloudError(f"The font {quoted(family)} writes nothing for {quoted(name)}; choose another one.")
    return picture


def image_of(picture: GreyPicture) -> QImage:
    """Return a picture in shades of grey, as it was given; clear where it is."""
    height, width = picture.light.shape
    pixels = np.empty((height, width, 4), dtype=np.uint8)
    pixels[..., :3] = np.round(255 * picture.light)[..., None]
    pixels[..., 3] = 255 if picture.alpha is None else np.round(255 * picture.alpha)
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def picture_of_image(image: QImage, name: str) -> GreyPicture:
    """Return what the clipboard holds as a picture."""
    edge = max(image.width(), image.height())
    if edge > MOST_CELLS:
        image = image.scaled(MOST_CELLS, MOST_CELLS, Qt.AspectRatioMode.KeepAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
    return _picture_of(image, name)


def _picture_of(image: QImage, name: str) -> GreyPicture:
    has_alpha = image.hasAlphaChannel()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, :4 * image.width()].reshape(image.height(), image.width(), 4).astype(np.float32)
    pixels /= np.float32(255)
    # Rec. 601, as Pillow's grey.
    light = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return GreyPicture(light, pixels[..., 3].copy() if has_alpha else None, name)
