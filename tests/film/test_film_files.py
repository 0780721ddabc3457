"""Films in every format, seen by decoders that are not ours; every way in which one can fail leaves nothing behind."""

import multiprocessing
import re
import signal
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from patience import wait_for
from pictures import array, lanes, view
from PIL import Image
from PySide6.QtGui import QImage, QMovie

from fmviz.core.errors import ExportError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, Shot, film_of
from fmviz.core.formats import FORMATS
from fmviz.core.frames import followed_of
from fmviz.core.resources import resource_path
from fmviz.files.project_file import load_project
from fmviz.film.estimate import Estimate, seconds_for
from fmviz.film.painter import FilmPainter, pixels_of
from fmviz.film.pool import FramePool
from fmviz.film.render import ENCODERS, render_estimate, render_film
from fmviz.film.video import ffmpeg_path

NAMES = {key: "a" if key == "frames" else f"a.{key}" for key in FORMATS}


def film(kind: str, name: str = "trajectories", **changes: object) -> Film:
    spec = ExportSpec(format=kind, width=240, height=200, fps=25.0, seconds=0.4, hold=0.12)
    return film_of(lanes(), view(name), replace(spec, **changes))


def write(path: Path, of: Film) -> None:
    told = list(render_film(path, of))
    assert told[-1][0] == told[-1][1] > 0


def estimated(of: Film) -> Estimate:
    work = render_estimate(of)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def decoded(path: Path, of: Film, layout: str = "rgb24") -> np.ndarray:
    """Return all frames of a video (N, H, W, channels) as ffmpeg reads them."""
    # Its own decoder of VP9 drops the opacity.
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    command = [ffmpeg_path(), "-v", "error", *decoder, "-i", str(path), "-f", "rawvideo", "-pix_fmt", layout, "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    height, width = of.spec.height + of.spec.height % 2, of.spec.width + of.spec.width % 2
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, height, width, len(layout.replace("24", "")))


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize("odd", [0, 1])
def test_a_video_shows_every_frame_in_true_colours(tmp_path: Path, kind: str, odd: int) -> None:
    of = film(kind, width=240 + odd, height=200 + odd)
    path = tmp_path / NAMES[kind]
    write(path, of)
    assert list(tmp_path.iterdir()) == [path]
    pictures = decoded(path, of)
    assert len(pictures) == len(of.shots)
    drawn = replace(of, spec=replace(of.spec, width=240 + 2 * odd, height=200 + 2 * odd))
    true = array(FilmPainter(drawn).image(of.shots[5]))
    assert np.median(np.abs(pictures[5].astype(int) - true)) <= 1
    assert np.abs(np.median(pictures[5][:4], axis=(0, 1)) - np.median(true[:4], axis=(0, 1))).max() <= 2
    assert 10 * np.log10(255**2 / ((pictures[5].astype(float) - true) ** 2).mean()) > 24


def test_a_webm_can_be_transparent(tmp_path: Path) -> None:
    of = film("webm", background="transparent")
    write(tmp_path / "a.webm", of)
    pictures = decoded(tmp_path / "a.webm", of, "rgba")
    assert pictures[4, 2, 2, 3] <= 2
    assert pictures[4, ..., 3].max() >= 250


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_poster_is_the_still_of_the_film(tmp_path: Path, kind: str) -> None:
    of = film(kind, has_poster=True, at=0.3, text_percent=6.0)
    write(tmp_path / f"talk.{kind}", of)
    assert {path.name for path in tmp_path.iterdir()} == {f"talk.{kind}", "talk-poster.png"}
    write(tmp_path / "still.png", film("png", at=0.3, text_percent=6.0))
    with Image.open(tmp_path / "talk-poster.png") as poster, Image.open(tmp_path / "still.png") as still:
        assert np.array_equal(np.array(poster), np.array(still))
    work = render_film(tmp_path / f"given-up.{kind}", of)
    next(work)
    work.close()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_sequence_is_a_folder_of_equal_pictures(tmp_path: Path) -> None:
    of = film("frames")
    write(tmp_path / "a", of)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [f"frame-{k + 1:05d}.png" for k in range(len(of.shots))]
    with Image.open(tmp_path / "a" / names[7]) as picture:
        assert np.array_equal(np.array(picture.convert("RGB")), array(FilmPainter(of).image(of.shots[7])))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    write(tmp_path / "a", film("frames", seconds=0.2))
    assert len(list((tmp_path / "a").iterdir())) < len(names)


def test_a_folder_with_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.tex").write_text("mine")
    with pytest.raises(ExportError, match=r"thesis\.tex"):
        write(tmp_path / "a", film("frames"))
    assert (tmp_path / "a" / "thesis.tex").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("kind", [key for key, kind in FORMATS.items() if kind.can_loop])
@pytest.mark.parametrize("plays", [0, 1, 2, 3])
def test_an_animation_plays_as_often_as_asked(tmp_path: Path, qapp, kind: str, plays: int) -> None:
    of = film(kind, width=64, height=64, seconds=0.2, hold=0.0, loop=plays)
    path = tmp_path / NAMES[kind]
    write(path, of)
    with Image.open(path) as picture:
        frames = picture.n_frames
    assert played(path, 4 * frames) == (plays or 4) * frames


def played(path: Path, most: int) -> int:
    """Return how many frames a player shows in all; it gives up after so many."""
    if path.suffix == ".apng":  # which Qt does not play
        # Probing would go on to the second round of a small file, and not count the first.
        command = [ffmpeg_path(), "-v", "error", "-stats", "-probesize", "32", "-analyzeduration", "1", "-fpsprobesize",
                   "0", "-ignore_loop", "0", "-i", str(path), "-frames:v", str(most), "-f", "null", "-"]
        told = subprocess.run(command, capture_output=True, check=True, text=True).stderr
        return int(re.findall(r"frame=\s*(\d+)", told)[-1])
    movie, count = QMovie(str(path)), 0
    while count < most and movie.jumpToNextFrame():
        count += 1
    return count


@pytest.mark.parametrize("kind", ["webp", "apng"])
@pytest.mark.parametrize("background", ["theme", "transparent"])
def test_a_moving_picture_comes_back(tmp_path: Path, kind: str, background: str) -> None:
    of = film(kind, fps=30.0, background=background)
    path = tmp_path / NAMES[kind]
    write(path, of)
    assert list(tmp_path.iterdir()) == [path]
    shown, clock = {}, 0.0
    with Image.open(path) as picture:
        for k in range(picture.n_frames):
            picture.seek(k)
            shown[round(clock * 30 / 1000)] = np.array(picture.convert("RGBA")).astype(int)
            clock += picture.info["duration"]
    assert clock == pytest.approx(1000 * len(of.shots) / 30, abs=1)
    assert max(shown) == len(of.shots) - 4  # it stands at the end
    true = FilmPainter(of).image(of.shots[7]).convertToFormat(QImage.Format.Format_RGBA8888)
    wanted = np.frombuffer(true.constBits(), dtype=np.uint8).reshape(of.spec.height, of.spec.width, 4).astype(int)
    seen = wanted[..., 3:] > 0
    if kind == "apng":
        assert np.array_equal(shown[7] * seen, wanted * seen)
    else:
        assert 10 * np.log10(255**2 / (((shown[7] - wanted)[..., :3] * seen) ** 2).mean()) > 28
    assert np.array_equal(shown[7][..., 3], wanted[..., 3])
    assert (wanted[2, 2, 3] == 0) == (background == "transparent")


@pytest.mark.parametrize("name", ["trajectories", "field", "pairs", "streamlines"])
def test_an_svg_is_shapes_and_text(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.svg", film("svg", name, caption="What it shows", is_strip=False))
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "image" not in tags
    assert tags.count("path") + tags.count("polygon") + tags.count("circle") + tags.count("ellipse") > 50
    assert "What it shows" in "".join(root.itertext())


def test_a_pdf_is_one(tmp_path: Path) -> None:
    write(tmp_path / "a.pdf", film("pdf", width_cm=8.5, font_pt=8.0))
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("kind", NAMES)
def test_the_estimate_is_near_the_truth(tmp_path: Path, kind: str) -> None:
    of = film(kind, seconds=1.6, width=320, height=320)
    path = tmp_path / NAMES[kind]
    write(path, of)
    size = sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size
    assert estimated(of).bytes == pytest.approx(size, rel=0.3)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize("name", ["density", "field", "warp"])
def test_the_estimate_of_a_real_flow_is_near_the_truth(tmp_path: Path, name: str, kind: str) -> None:
    """Smooth pictures take a hundredth of what sharp ones do, and are packed otherwise."""
    (learned, _) = load_project(resource_path("examples/first.fmviz")).learned
    spec = ExportSpec(format=kind, width=320, height=320, fps=25.0, seconds=4.0, hold=0.2)
    of = film_of([learned.snapshot], view(name), spec)
    write(tmp_path / f"a.{kind}", of)
    assert estimated(of).bytes == pytest.approx((tmp_path / f"a.{kind}").stat().st_size, rel=0.3)


def test_every_format_has_its_encoder() -> None:
    assert set(ENCODERS) == set(FORMATS)
    assert all((kind.encode_s > 0) == kind.is_animation for kind in FORMATS.values())


def test_frames_that_are_held_take_the_encoder_longer_but_no_one_else() -> None:
    def seconds(kind: str, held: int) -> float:
        return seconds_for(FORMATS[kind].encoder, 30, 0.01, 0.02, 0, held)

    assert seconds("mp4", 600) > 2 * seconds("mp4", 0)
    assert seconds("gif", 600) == seconds("gif", 0)
    assert seconds("frames", 600) == seconds("frames", 0)


def test_a_sequence_of_pictures_takes_no_memory_for_a_ring(tmp_path: Path) -> None:
    of = film("frames", width=2000, height=1000)
    with FramePool(of, FilmPainter(of), 1) as pool:
        assert len(pool._ring) < 10
        for _ in pool.files([0, 1], tmp_path):
            pass
    assert len(list(tmp_path.iterdir())) == 2


def test_a_gif_that_does_not_move_is_small(tmp_path: Path) -> None:
    of = film("gif", "pairs", seconds=2.0)
    write(tmp_path / "a.gif", of)
    assert estimated(of).bytes == pytest.approx((tmp_path / "a.gif").stat().st_size, rel=0.3)


@pytest.mark.parametrize("kind", ["mp4", "frames", "gif"])
def test_a_machine_that_has_no_time_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    of = film(kind, seconds=4.0)
    monkeypatch.setattr("fmviz.film.estimate.timed", lambda work: (work(), 0.02, 0.02))
    quiet = estimated(of).seconds
    monkeypatch.setattr("fmviz.film.estimate.timed", lambda work: (work(), 0.02, 0.62))
    assert estimated(of).seconds > 0.45 + 10 * (quiet - 0.45)


def test_a_moment_of_other_work_is_not_the_exports_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    of, calls = film("gif", seconds=4.0), []

    def interrupted(work):
        calls.append(work)
        return work(), 0.02, 0.22 if len(calls) == 2 else 0.02

    monkeypatch.setattr("fmviz.film.estimate.timed", lambda work: (work(), 0.02, 0.02))
    quiet = estimated(of).seconds
    monkeypatch.setattr("fmviz.film.estimate.timed", interrupted)
    assert estimated(of).seconds < 0.45 + 2.5 * (quiet - 0.45)
    assert len(calls) > 10  # it has looked for longer


@pytest.mark.parametrize("kind", ["mp4", "webm", "frames", "gif"])
def test_giving_up_leaves_the_old_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / NAMES[kind]
    write(path, film(kind))
    before = path.read_bytes() if path.is_file() else sorted(file.read_bytes() for file in path.iterdir())
    work = render_film(path, film(kind, theme="light", seconds=2.0))
    for _ in range(12):
        next(work)
    work.close()
    after = path.read_bytes() if path.is_file() else sorted(file.read_bytes() for file in path.iterdir())
    assert after == before
    assert list(tmp_path.iterdir()) == [path]


def test_without_ffmpeg_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nothing"))
    with pytest.raises(ExportError, match="IMAGEIO_FFMPEG_EXE"):
        write(tmp_path / "a.mp4", film("mp4"))
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    (tmp_path / "a.mp4").write_bytes(b"old")
    with pytest.raises(ExportError, match="ffmpeg"):
        write(tmp_path / "a.mp4", film("mp4"))
    assert (tmp_path / "a.mp4").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "broken"]


def test_processes_draw_what_one_draws() -> None:
    of = film("mp4")
    painter = FilmPainter(of)
    with FramePool(of, painter, 2) as pool:
        indices = list(range(len(of.shots)))
        drawn = [picture.copy() for picture in pool.frames(indices) if picture is not None]
    assert len(drawn) == len(indices)
    for index in indices:
        assert np.array_equal(drawn[index], painter.pixels(of.shots[index]))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_a_killed_process_is_one_sentence() -> None:
    of = film("mp4", seconds=60.0)
    with FramePool(of, FilmPainter(of), 2) as pool:
        wait_for(lambda: len(multiprocessing.active_children()) == 2)
        multiprocessing.active_children()[0].kill()
        with pytest.raises(ExportError, match="killed by signal 9"):
            for _ in pool.frames(list(range(len(of.shots)))):
                pass


def test_a_shot_of_a_course_of_training_is_of_its_moment() -> None:
    newest = lanes()
    earlier = tuple(tuple(replace(one, step=step) for one in newest) for step in (1, 10))
    spec = ExportSpec(over="training", seconds=0.2, hold=0.0, at=0.3)
    of = film_of(newest, view("field"), spec, earlier)
    assert [shot.moment for shot in of.shots] == sorted(shot.moment for shot in of.shots)
    assert {shot.t for shot in of.shots} == {0.3}
    assert of.shots[-1].moment == 2
    both = film_of(newest, view("field"), replace(spec, over="both", sweeps=2, seconds=1.0), earlier)
    t = [shot.t for shot in both.shots]
    assert sum(later < sooner for sooner, later in pairwise(t)) == 1
    assert both.shots[-1] == Shot(2, 1.0, 2.0)
    with pytest.raises(ExportError, match="training"):
        film_of(newest, view("field"), spec)


@pytest.mark.parametrize("background", ["theme", "transparent"])
def test_a_film_that_fades_over_closes_without_a_jump(background: str) -> None:
    of = film("webp", closing="fade", background=background)
    painter = FilmPainter(of)
    first, last = (pixels_of(painter.image(of.shots[k])).view(np.uint8).astype(int) for k in (0, -1))
    end = pixels_of(painter.image(Shot(0, 1.0, 1.0))).view(np.uint8).astype(int)
    fade = of.shots[-1].fade
    assert np.abs(last - (end + fade * (first - end))).max() <= 0.51
    assert np.abs(last - first).mean() < 0.15 * np.abs(end - first).mean()


def test_followed_particles_are_the_same_in_each_frame_of_a_training() -> None:
    rng = np.random.default_rng(0)
    style, spec = view("story"), ExportSpec(format="mp4", over="training")
    was_other = False
    for _ in range(40):
        # What a file has kept begins half as precisely as what was computed anew.
        starts = (2 * rng.normal(size=(300, 2))).astype(np.float32)
        exact = replace(lanes()[0], x=np.stack([starts + k for k in range(9)]))
        newest = replace(exact, x=exact.x.astype(np.float16).astype(np.float32))
        of = film_of((newest,), style, spec, [(replace(exact, step=100 * k),) for k in (1, 2)])
        was_other |= followed_of(exact, style) != followed_of(newest, style)
        painter = FilmPainter(of)
        chosen = list(followed_of(newest, style))
        for shot in (of.shots[0], of.shots[60], of.shots[-1]):
            (content,) = painter._sheet(shot).contents
            assert content.frame.followed is not None
            assert np.array_equal(content.frame.followed.carried.x[0], of.moments[shot.moment][0].x[0, chosen])
    assert was_other
