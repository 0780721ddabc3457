"""MP4 and WebM: raw frames go into ffmpeg, a child process that writes the file. Colours are BT.709, and tagged so.

ffmpeg is a program of its own (imageio-ffmpeg brings one), so it may be missing, die, or find the disk full: each is
one sentence, and it never outlives the writer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue

from fmviz.core.child import without_interrupts
from fmviz.core.errors import ExportError, why_refused, why_refused_in
from fmviz.core.export_spec import ExportSpec
from fmviz.core.formats import FFMPEG, TRANSPARENT
from fmviz.files.atomic import whole_path
from fmviz.film.gif import Pixels

BREATH_S = 0.04
_REMEDY = "install it with `python -m pip install imageio-ffmpeg`, or name one in IMAGEIO_FFMPEG_EXE"
# Measured at 1920x1080, 120 frames of particles with trails, two threads, processor seconds / MB / PSNR: veryfast
# 3.6 / 7.3 / 34.4, faster 5.8 / 7.7 / 34.9, medium 8.3 / 7.9 / 35.2 (of them all, halving the colours costs most).
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "18")
# The same for VP9: good, cpu-used 4: 21 / 11.0 / 35.8; realtime, 6: 4.6 / 11.5 / 35.7.
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1", "-b:v", "0", "-crf", "24")
_TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
# More threads hold more frames in memory and hardly run faster.
_MOST_THREADS = 8
# Frames that x264 may look ahead, in pixels: 10 frames of full HD, fewer of larger ones.
_LOOK_AHEAD_PX = 21_000_000
_MOST_LOOK_AHEAD = 10
_PIPE_BYTES = 1 << 20
_KEPT_WORDS = 4000
_NO_CONSOLE = 0x0800_0000


def even_spec(spec: ExportSpec) -> ExportSpec:
    """Return the specification at the size that a video can have: odd edges are one pixel longer."""
    if spec.kind.encoder != FFMPEG:
        return spec
    return replace(spec, width=spec.width + spec.width % 2, height=spec.height + spec.height % 2)


def ffmpeg_path() -> str:
    """Return the ffmpeg that makes videos here.

    Raises:
        ExportError: there is none, or it is no program.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        path = str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ExportError(f"Videos are made by ffmpeg, which is not installed; {_REMEDY}.") from error
    if shutil.which(path) is None:
        remedy = "mend or remove IMAGEIO_FFMPEG_EXE" if os.environ.get("IMAGEIO_FFMPEG_EXE") == path else _REMEDY
        raise ExportError(f"Videos are made by ffmpeg, and {path!r} is not a program that can be started; {remedy}.")
    return path


@dataclass(frozen=True)
class Clip:
    """What ffmpeg has to know about the frames.

    Args:
        format: "mp4" or "webm".
        width, height: px, even.
        fps: frames per second.
        has_alpha: whether frames have a transparent ground (not premultiplied), which only WebM keeps.
        threads: cores to use.
        key_interval: most frames from one key frame to the next.
    """

    format: str
    width: int
    height: int
    fps: float
    has_alpha: bool = False
    threads: int = 1
    key_interval: int = 250

    @property
    def arguments(self) -> list[str]:
        """From the input to the encoder, without the output."""
        rate = Fraction(self.fps).limit_denominator(1001)
        layout = "yuva420p" if self.has_alpha else "yuv420p"
        threads = max(1, min(self.threads, _MOST_THREADS))
        source = ["-f", "rawvideo", "-pix_fmt", "bgra" if self.has_alpha else "bgr0", "-s",
                  f"{self.width}x{self.height}", "-framerate", str(rate), "-thread_queue_size", "1", "-i", "pipe:0"]
        picture = ["-vf", f"scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,"
                   f"format={layout}", "-pix_fmt", layout, *_TAGS, "-threads", str(threads),
                   "-g", str(self.key_interval), "-an"]
        if self.format == "webm":
            return [*source, *picture, *_VP9, *(["-auto-alt-ref", "0"] if self.has_alpha else [])]
        ahead = max(1, min(_MOST_LOOK_AHEAD, _LOOK_AHEAD_PX // (self.width * self.height)))
        return [*source, *picture, *_H264, "-rc-lookahead", str(ahead), "-x264-params", "sync-lookahead=0"]


def clip_of(spec: ExportSpec, threads: int) -> Clip:
    """Return the clip of a specification with an even size."""
    return Clip(spec.format, spec.width, spec.height, spec.fps, spec.background == TRANSPARENT, threads)


@contextmanager
def video_file(path: str | Path, clip: Clip) -> Iterator[Ffmpeg]:
    """Give an ffmpeg that takes frames; its file appears at `path` when the block ends well (after `finish`).

    Raises:
        ExportError: there is no ffmpeg, it failed, or the place cannot be written.
    """
    ending = ["-movflags", "+faststart", "-f", "mp4"] if clip.format == "mp4" else ["-f", "webm"]
    try:
        with whole_path(path) as part:
            part.open("wb").close()  # what the system refuses is said by itself, not by ffmpeg
            with Ffmpeg([*clip.arguments, *ending, str(part)], str(path)) as ffmpeg:
                yield ffmpeg
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {why_refused(error)}.") from error


class Ffmpeg:
    """A running ffmpeg; a context manager that ends it, asked or not.

    Args:
        arguments: input, encoder, output.
        name: what messages call the file.
    Raises:
        ExportError: there is none, or it cannot be started.
    """

    def __init__(self, arguments: list[str], name: str) -> None:
        self._name = name
        self._words = b""
        command = [ffmpeg_path(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-filter_threads", "1",
                   *arguments]
        try:
            with without_interrupts():  # Ctrl-C is for the writer alone, which then ends ffmpeg
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.PIPE, bufsize=0, restore_signals=False,
                                                 creationflags=_NO_CONSOLE if sys.platform == "win32" else 0)
        except OSError as error:
            raise ExportError(f"Videos are made by ffmpeg, and {command[0]!r} cannot be started "
                              f"({why_refused(error).split(';')[0]}); {_REMEDY}.") from error
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self._in, self._err = self._process.stdin, self._process.stderr
        _widen(self._in.fileno())
        self._frames: SimpleQueue[memoryview | None] = SimpleQueue()
        self._is_free = threading.Event()
        self._is_free.set()
        self._has_failed = False
        self._threads = [threading.Thread(target=work, name=f"ffmpeg-{work.__name__.strip('_')}", daemon=True)
                         for work in (self._feed, self._read_words)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Ffmpeg:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.put(None)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        self._err.close()

    def add(self, pixels: Pixels, count: int = 1) -> Generator[None, None, None]:
        """Hand over a frame (H, W), `count` times; breathe while ffmpeg is busy with the one before.

        The frame must not change until the next `add` or `finish` has ended.

        Raises:
            ExportError: ffmpeg has failed.
        """
        for _ in range(count):
            yield from self._taken()
            self._is_free.clear()
            self._frames.put(memoryview(pixels.data).cast("B"))

    def finish(self) -> Generator[None, None, None]:
        """Wait until everything is encoded and written; breathe meanwhile.

        Raises:
            ExportError: ffmpeg has failed.
        """
        yield from self._taken()
        self._frames.put(None)
        while True:
            try:
                self._process.wait(BREATH_S)
                break
            except subprocess.TimeoutExpired:
                yield
        if self._process.returncode != 0:
            raise self._failure()
        for thread in self._threads:
            thread.join()

    def _taken(self) -> Generator[None, None, None]:
        while not self._is_free.wait(BREATH_S):
            yield
        if self._has_failed:
            raise self._failure()

    def _failure(self) -> ExportError:
        """Return why ffmpeg ended."""
        code = self._process.wait()
        self._threads[1].join()
        words = self._words.decode("utf-8", "replace").strip()
        reason = why_refused_in(words)
        if reason is None and code < 0:
            reason = f"ffmpeg was ended (signal {-code}); close other programs or choose a smaller size, and try again"
        if reason is None:
            last = words.splitlines()[-1].rstrip(".") if words else f"exit code {code}"
            reason = f"ffmpeg says {last!r}; try another size or format, or {_REMEDY}"
        return ExportError(f"{self._name} could not be written: {reason}.")

    def _feed(self) -> None:
        """Write the frames as they come; the first thing that fails is the last."""
        handle = self._in.fileno()
        with suppress(OSError):  # closing flushes nothing, but an ended reader is told once more
            try:
                while (frame := self._frames.get()) is not None:
                    while len(frame):
                        frame = frame[os.write(handle, frame):]
                    self._is_free.set()
            except OSError:
                self._has_failed = True
            finally:
                self._is_free.set()
                self._in.close()

    def _read_words(self) -> None:
        while words := self._err.read(_KEPT_WORDS):
            self._words = (self._words + words)[-_KEPT_WORDS:]


def _widen(handle: int) -> None:
    """Let the pipe hold more than 64 kB, where the system can: fewer turns for each frame."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
