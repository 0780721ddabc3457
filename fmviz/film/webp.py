"""Writing animated WebP files: Pillow packs them, in a thread, from frames that come one by one.

Pillow asks an image of several frames for each in turn, so one whose frames are still being drawn makes it wait. (Given
a list of pictures, as imageio gives it, it would need all of them in memory.)
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from queue import SimpleQueue
from typing import BinaryIO

from PIL import Image

from fmviz.film.palette import Pixels
from fmviz.film.video import BREATH_S

# Measured at 1280x720, milliseconds / kB a frame / PSNR of particles with trails: 80 and method 0 33 / 109 / 33.9,
# 90 and method 2 32 / 114 / 34.7, method 4 72 / 117 / 34.8; lossless 147 / 273. Few key frames: 3 % less, a quarter
# faster than Pillow's own 3 to 5.
_QUALITY, _METHOD, _KEYS = 90, 2, (9, 60)


class WebpWriter:
    """Writes an animation into an open file; a context manager that ends its thread.

    Args:
        file: binary.
        width, height: px.
        plays: how often it is played; 0 is for ever.
        has_alpha: whether pixels have an opacity (not premultiplied); if not, the highest byte is ignored.
        stays_ms: how long each of the frames stays that will come.
    """

    def __init__(self, file: BinaryIO, width: int, height: int, plays: int, has_alpha: bool,
                 stays_ms: Sequence[int]) -> None:
        self._frames: SimpleQueue[Pixels | None] = SimpleQueue()
        self._is_free = threading.Event()
        self._is_free.set()
        self._failure: Exception | None = None
        self._size, self._layout = (width, height), "BGRA" if has_alpha else "BGRX"
        self._image = Image.new("RGBA" if has_alpha else "RGB", self._size)
        options = {"save_all": True, "loop": plays, "duration": list(stays_ms), "quality": _QUALITY, "method": _METHOD,
                   "kmin": _KEYS[0], "kmax": _KEYS[1]}
        # What Pillow asks of a file of several frames.
        vars(self._image).update(n_frames=len(stays_ms), seek=self._seek, tell=lambda: 0)
        self._thread = threading.Thread(target=self._save, args=(file, options), name="webp", daemon=True)
        self._thread.start()

    def __enter__(self) -> WebpWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.put(None)
        self._thread.join()

    def add(self, pixels: Pixels) -> Generator[None, None, None]:
        """Hand over a frame (H, W); breathe while the one before is being packed.

        The frame must not change until the next `add` or `finish` has ended.

        Raises:
            OSError: the disk is full.
        """
        yield from self._taken()
        self._is_free.clear()
        self._frames.put(pixels)

    def finish(self) -> Generator[None, None, None]:
        """Wait until everything is packed and written; breathe meanwhile.

        Raises:
            OSError: the disk is full.
        """
        while self._thread.is_alive():
            self._thread.join(BREATH_S)
            yield
        if self._failure is not None:
            raise self._failure

    def _taken(self) -> Generator[None, None, None]:
        while not self._is_free.wait(BREATH_S):
            yield
        if self._failure is not None:
            raise self._failure

    def _save(self, file: BinaryIO, options: dict[str, object]) -> None:
        try:
            self._image.save(file, "WEBP", **options)
        except _GivenUp:
            pass
        except Exception as error:  # told to the writer, in its own thread
            self._failure = error
        finally:
            self._is_free.set()

    def _seek(self, index: int) -> None:
        """Wait for the next frame; Pillow ends with going back to the first, which it does not look at."""
        if index == 0 and self._is_begun:
            return
        self._is_begun = True
        if (pixels := self._frames.get()) is None:
            raise _GivenUp
        mode = "RGBA" if self._layout == "BGRA" else "RGB"
        self._image.paste(Image.frombuffer(mode, self._size, pixels.tobytes(), "raw", self._layout, 0, 1))
        self._is_free.set()

    _is_begun = False


class _GivenUp(Exception):
    """No more frames come."""
