"""What other programs say of exported files: ffmpeg, Pillow, QMovie, an XML parser, PDFium, qpdf."""

from __future__ import annotations

import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from fmviz.film.video import ffmpeg_path

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Video:
    """What a video is said to be; times in seconds."""

    codec: str
    layout: str
    size: tuple[int, int]
    seconds: float
    frames: int


def video_by_ffmpeg(path: Path) -> Video:
    """Return what ffmpeg says when it decodes all of it."""
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-i", str(path), "-f", "null", "-"]
    words = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    stream = re.search(r"Video: (\w+).*?, (\w+)\(.*?, (\d+)x(\d+)", words)
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", words)
    assert stream is not None, words
    assert duration is not None, words
    hours, minutes, seconds = duration.groups()
    return Video(stream[1], stream[2], (int(stream[3]), int(stream[4])),
                 3600 * int(hours) + 60 * int(minutes) + float(seconds), int(re.findall(r"frame=\s*(\d+)", words)[-1]))


def boxes(path: Path) -> list[str]:
    """Return the names of the outer boxes of an MP4, in order."""
    data, names, place = path.read_bytes(), [], 0
    while place < len(data):
        size, name = struct.unpack(">I4s", data[place:place + 8])
        names.append(name.decode())
        place += size if size != 1 else struct.unpack(">Q", data[place + 8:place + 16])[0]
    return names


def delays_by_pillow(path: Path) -> list[int]:
    """Return how long each frame of a GIF is shown, ms."""
    delays = []
    with Image.open(path) as gif:
        for k in range(getattr(gif, "n_frames", 1)):
            gif.seek(k)
            delays.append(int(gif.info["duration"]))
    return delays


def delays_by_qt(path: Path) -> list[int]:
    """Return how long Qt shows each frame of a GIF, ms."""
    from PySide6.QtGui import QImageReader, QMovie

    assert QMovie(str(path)).isValid()
    # Not the movie's own delays: it takes off what decoding has taken.
    reader, delays = QImageReader(str(path)), []
    while not reader.read().isNull():
        delays.append(reader.nextImageDelay())
    return delays


def svg_parts(path: Path) -> tuple[list[str], str]:
    """Return the names of an SVG's elements and all its words."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    return [element.tag.removeprefix(SVG) for element in root.iter()], " ".join(root.itertext())


def pdf_words(path: Path) -> str:
    """Return the text of a PDF's page."""
    with pdfium.PdfDocument(path) as document:
        return str(document[0].get_textpage().get_text_bounded())


def pdf_boxes(path: Path, text: str | None = None) -> list[tuple[float, float, float, float]]:
    """Return left, bottom, right, top in points of each letter on a PDF's page, lines' heights included.

    Args:
        text: only the letters of this word where it is first.
    """
    with pdfium.PdfDocument(path) as document:
        page = document[0].get_textpage()
        places = range(page.count_chars()) if text is None else range(*_place(page, text))
        return [page.get_charbox(place, loose=True) for place in places if page.get_text_range(place, 1).strip()]


def _place(page: pdfium.PdfTextPage, text: str) -> tuple[int, int]:
    found = page.search(text).get_next()
    assert found is not None, f"{text!r} is not on the page"
    return found[0], sum(found)


def pdf_complaints(path: Path) -> list[str]:
    """Return what qpdf finds wrong with a PDF."""
    with pikepdf.open(path) as document:
        return [str(problem) for problem in document.check_pdf_syntax()]


def pdf_size_cm(path: Path) -> tuple[float, float]:
    """Return width and height of a PDF's page."""
    found = re.search(rb"/MediaBox \[([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)\]", path.read_bytes())
    assert found is not None
    left, bottom, right, top = (float(number) for number in found.groups())
    return (right - left) / 72 * 2.54, (top - bottom) / 72 * 2.54
