"""Damaged pictures and drawings for `fuzz.py`: each read, and made points of in every way."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np

_KINDS = (("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("JPEG", "RGB"), ("JPEG", "CMYK"),
          ("WEBP", "RGBA"), ("GIF", "P"), ("BMP", "RGB"))
_SVG = (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><defs><linearGradient id="g">'
        b'<stop offset="0" stop-color="#fff"/><stop offset="1"/></linearGradient></defs>'
        b'<style>.a{fill:url(#g);stroke:red;stroke-width:2}</style><g class="a" transform="rotate(20)">'
        b'<path d="M3 3C5 9 20 2 30 30A3 4 0 0 1 4 4z"/><text x="3" y="20" font-size="9">abc</text><use href="#q"/></g>'
        b'<circle id="q" cx="9" cy="9" r="4"/></svg>')


def picture_base() -> list[bytes]:
    """Return a small file of each kind."""
    from PIL import Image

    rng = np.random.default_rng(0)
    files = [_SVG] * 4
    for kind, mode in _KINDS:
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (60, 80, 4), dtype=np.uint8)).convert("RGB").convert(mode).save(
            stream, kind)
        files.append(stream.getvalue())
    return files


def make_picture(rng: np.random.Generator, base: list[bytes]) -> tuple[bytes, str]:
    """Return one of them with one to three faults: bytes changed, repeated, lost, the end cut off."""
    data = bytearray(base[int(rng.integers(len(base)))])
    for _ in range(int(rng.integers(1, 4))):
        place, length = int(rng.integers(len(data) - 8)), int(rng.integers(1, 60))
        match int(rng.integers(6)):
            case 0:
                del data[max(place, 8):]
            case 1:
                data[place:place] = data[place:place + length] * int(rng.integers(1, 50))
            case 2:
                del data[place:min(place + length, len(data) - 8)]
            case _:
                data[place] = int(rng.integers(256))
        data += bytes(max(0, 16 - len(data)))
    return bytes(data), ".data"


def use_picture(path: Path, rng: np.random.Generator) -> None:
    """Read it, and make points of it in each way."""
    from fmviz.canvas.fonts import offscreen_app
    from fmviz.canvas.painted import picture_of_drawing
    from fmviz.core.errors import CloudError
    from fmviz.core.picture_points import HALF, MODES, PictureChoice, cloud_of
    from fmviz.files.picture_file import is_svg, read_picture, read_svg

    offscreen_app()
    picture = picture_of_drawing(read_svg(path)) if is_svg(path.read_bytes()[:1024]) else read_picture(path)
    for mode in MODES:
        with suppress(CloudError):
            cloud = cloud_of(picture, PictureChoice(mode, points=500, seed=int(rng.integers(9))))
            assert np.abs(cloud.xy).max() <= HALF + 1e-6
