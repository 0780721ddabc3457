"""`fmviz render` in every format, from one small trained file, as decoders see it that are not ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from decoders import (
    boxes,
    delays_by_pillow,
    delays_by_qt,
    pdf_size_cm,
    pdf_words,
    svg_parts,
    video_by_ffmpeg,
)
from PIL import Image

from fmviz.cli import main
from fmviz.core.project import Scene
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.files.project_file import ProjectFile, load_project, save_project

pytestmark = pytest.mark.usefixtures("few_points")

TINY = ("--steps", "50", "--width", "16", "--depth", "1", "--batch", "32", "--pool", "64", "--nfe", "8")
SHORT = ("--size", "240x160", "--seconds", "0.4", "--hold", "0.2", "--fps", "20")
FRAMES = 8 + 2 * 4  # 0.4 s, 0.2 s at both ends

Render = Callable[..., Path]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, few_points: None) -> Path:
    """A project that has learned both couplings, a little."""
    path = tmp_path_factory.mktemp("learned") / "both.fmviz"
    assert main(["train", "--compare", "random,ot", "--out", str(path), *TINY]) == 0
    return path


@pytest.fixture
def render(learned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Render:
    """Render under a name with arguments; nothing else is written, nothing is trained."""
    def render(name: str, *arguments: str) -> Path:
        before = set(tmp_path.iterdir())
        assert main(["render", str(tmp_path) + "/" + name, str(learned), *arguments]) == 0
        assert "training random" not in capsys.readouterr().err
        path = tmp_path / name
        assert set(tmp_path.iterdir()) == before | {path}
        return path
    return render


def pixels(path: Path, mode: str = "RGB") -> np.ndarray:
    """Return a picture as Pillow reads it, (H, W, channels)."""
    with Image.open(path) as picture:
        return np.array(picture.convert(mode))


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("a.webm", "vp9")])
def test_a_video_is_what_players_expect(render: Render, name: str, codec: str) -> None:
    path = render(name, *SHORT)
    video = video_by_ffmpeg(path)
    assert (video.codec, video.layout, video.size, video.frames) == (codec, "yuv420p", (240, 160), FRAMES)
    assert video.seconds == pytest.approx(FRAMES / 20, abs=0.02)


def test_an_mp4_starts_before_it_is_loaded(render: Render) -> None:
    names = boxes(render("a.mp4", *SHORT))
    assert names.index("moov") < names.index("mdat")


def test_a_gif_has_the_asked_delays_everywhere(render: Render, qapp: object) -> None:
    path = render("a.gif", *SHORT, "--loop", "2")
    delays = delays_by_pillow(path)
    assert sum(delays) == FRAMES * 50
    assert delays == delays_by_qt(path)
    with Image.open(path) as gif:
        assert gif.size == (240, 160)
        assert gif.info["loop"] == 1  # once more


def test_a_sequence_starts_and_ends_as_the_stills_do(render: Render) -> None:
    folder = render("frames/", *SHORT)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"frame-{k + 1:05d}.png" for k in range(FRAMES)]
    for name, at in ((names[0], "0"), (names[FRAMES // 2], "0.5"), (names[-1], "1")):
        assert np.array_equal(pixels(folder / name), pixels(render(f"at-{at}.png", "--size", "240x160", "--at", at)))


@pytest.mark.parametrize("view", ["trajectories", "warp"])
def test_an_svg_is_vectors(render: Render, view: str) -> None:
    tags, words = svg_parts(render("a.svg", "--view", view, "--caption", "Learned in 50 steps", "--title", "Two ways"))
    assert "image" not in tags
    assert tags.count("text") >= 2
    assert len(tags) > 100
    assert "Learned in 50 steps" in words
    assert "Two ways" in words


def test_a_pdf_is_vectors_on_paper(render: Render) -> None:
    path = render("a.pdf", "--preset", "paper", "--view", "field", "--caption", "Learned in 50 steps")
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/Subtype /Image" not in data
    assert b"/Font" in data
    assert pdf_size_cm(path)[0] == pytest.approx(8.5, abs=0.05)
    assert "Learned in 50 steps" in pdf_words(path)


@pytest.mark.parametrize("over", ["training", "both"])
def test_the_course_of_training_moves(render: Render, over: str) -> None:
    path = render("a.mp4", *SHORT, "--over", over, "--view", "field")
    assert video_by_ffmpeg(path).frames == FRAMES
    folder = render("a/", *SHORT, "--over", over, "--view", "field", "--at", "1", "--sweeps", "2")
    first, last = pixels(folder / "frame-00001.png"), pixels(folder / f"frame-{FRAMES:05d}.png")
    assert not np.array_equal(first, last)
    assert np.array_equal(last, pixels(render("last.png", "--size", "240x160", "--view", "field", "--at", "1")))


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf"])
def test_a_strip_shows_five_moments(render: Render, name: str) -> None:
    path = render(name, "--strip", "--size", "1200x500", "--lanes", "A")
    if name == "a.png":
        assert pixels(path).shape == (500, 1200, 3)
        return
    words = svg_parts(path)[1] if name == "a.svg" else pdf_words(path)
    for t in ("0.00", "0.25", "0.50", "0.75", "1.00"):
        assert re.search(rf"(?<![a-z])t\s*=\s*{re.escape(t)}(?![\d.])", words)


def test_backgrounds(render: Render) -> None:
    size = ("--size", "240x160")
    ground = {background: tuple(pixels(render(f"{background}.png", *size, "--background", background), "RGBA")[0, 0])
              for background in ("theme", "white", "transparent")}
    stage = bytes.fromhex(load_theme("dark").stage[1:])
    assert ground == {"theme": (*stage, 255), "white": (255, 255, 255, 255), "transparent": (0, 0, 0, 0)}


def test_a_paper_preset_suits_the_lanes(render: Render) -> None:
    both, one = (pdf_size_cm(render(f"{name}.pdf", "--preset", "paper", "--view", "field", *lanes))
                 for name, lanes in (("both", ()), ("one", ("--lanes", "A"))))
    assert both[1] < 0.8 * both[0]
    assert one[1] > one[0]


def test_a_preset_comes_first_and_options_change_it(render: Render) -> None:
    gif = render("a.gif", "--preset", "README", "--seconds", "0.4", "--hold", "0")
    assert delays_by_pillow(gif) == [80] * len(delays_by_pillow(gif))
    with Image.open(gif) as picture:
        assert picture.size == (720, 405)
    video = video_by_ffmpeg(render("a.mp4", "--preset", "slide", "--size", "192x108", "--seconds", "0.4"))
    assert (video.size, video.frames) == ((192, 108), 12 + 2 * 36)  # 1.2 s at each end


@pytest.mark.parametrize(("name", "size"), [("a.mp4", (202, 122)), ("a.webm", (202, 122)), ("a.gif", (201, 121))])
def test_two_frames_of_an_odd_size(render: Render, name: str, size: tuple[int, int]) -> None:
    path = render(name, "--size", "201x121", "--seconds", "0.01", "--hold", "0")
    if name == "a.gif":
        with Image.open(path) as picture:
            assert (picture.size, picture.n_frames) == (size, 2)
    else:
        video = video_by_ffmpeg(path)
        assert (video.size, video.frames) == (size, 2)


def test_a_still_can_have_8k(render: Render) -> None:
    assert pixels(render("a.png", "--size", "7680x4320", "--view", "field")).shape == (4320, 7680, 3)
    assert pixels(render("b.png", "--size", "480x270", "--scale", "4")).shape == (1080, 1920, 3)


@pytest.mark.parametrize(("name", "arguments", "size"), [
    ("a.png", (), (1280, 720)),
    ("a.png", ("--lanes", "B"), (800, 800)),
    ("a.png", ("--strip",), (1920, 480)),
    ("a.png", ("--size", "300x200"), (300, 200)),
])
def test_a_file_of_two_flows_has_the_size_that_the_help_promises(render: Render, name: str, arguments: tuple[str, ...],
                                                                 size: tuple[int, int]) -> None:
    assert pixels(render(name, *arguments)).shape[1::-1] == size


def test_a_view_that_stands_still_says_so(render: Render, learned: Path, tmp_path: Path,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(tmp_path / "p.gif"), str(learned), "--view", "pairs", *SHORT]) == 0
    assert "every frame is the same" in capsys.readouterr().err
    assert main(["render", str(tmp_path / "s.png"), str(learned), "--view", "all", "--strip", "--size", "300x200"]) == 0
    assert not (tmp_path / "s-pairs.png").exists()
    assert (tmp_path / "s-density.png").exists()


@pytest.mark.parametrize(("name", "arguments", "option"), [
    ("a.png", ("--over", "training"), "--over"), ("a.svg", ("--scale", "2"), "--scale"),
    ("a.mp4", ("--loop", "2", "--seconds", "0.2"), "--loop"), ("a.gif", ("--at", "0.3", "--seconds", "0.2"), "--at"),
    ("a.gif", ("--sweeps", "3", "--seconds", "0.2"), "--sweeps"),
    ("a.gif", ("--width-cm", "9", "--seconds", "0.2"), "--width-cm"),
])
def test_an_option_without_effect_is_said(learned: Path, tmp_path: Path, name: str, arguments: tuple[str, ...],
                                          option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(tmp_path / name), str(learned), "--size", "160x120", *arguments]) == 0
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "no effect" in line]
    assert option in said


@pytest.fixture(scope="module")
def talk(learned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A talk of two scenes: the field of B at step 10, and the density at t = 0.25."""
    stored = load_project(learned)
    style = stored.project.style
    scenes = (Scene("early", replace(style.with_view("field"), lanes=(1,)), t=0.5, step=10, caption="Early"),
              Scene("late", style.with_view("density"), t=0.25))
    path = tmp_path_factory.mktemp("talk") / "talk.fmviz"
    save_project(path, ProjectFile(replace(stored.project, scenes=scenes), stored.learned))
    return path


def drawn(path: Path, talk: Path, *arguments: str) -> np.ndarray:
    assert main(["render", str(path), str(talk), "--size", "300x300", *arguments]) == 0
    return pixels(path)


def test_a_scene_is_drawn_as_it_was_kept(talk: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    late = drawn(path, talk, "--scene", "late")
    assert np.array_equal(late, drawn(path, talk, "--scene", "2"))
    assert np.array_equal(late, drawn(path, talk, "--view", "density", "--at", "0.25"))
    early = drawn(path, talk, "--scene", "early")
    newest = drawn(path, talk, "--view", "field", "--lanes", "B", "--caption", "Early")
    assert not np.array_equal(early, newest)


def test_options_go_before_the_scene(talk: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert np.array_equal(drawn(path, talk, "--scene", "late", "--lanes", "A", "--at", "1"),
                          drawn(path, talk, "--view", "density", "--lanes", "A", "--at", "1"))
    assert np.array_equal(drawn(path, talk, "--scene", "late", "--view", "warp"),
                          drawn(path, talk, "--view", "warp", "--at", "0.25"))


def test_a_step_that_is_not_kept_is_said(talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = load_project(talk)
    bare = tuple(replace(lane, kept=()) for lane in stored.learned)
    save_project(tmp_path / "bare.fmviz", ProjectFile(stored.project, bare))
    assert main(["render", str(tmp_path / "a.png"), str(tmp_path / "bare.fmviz"), "--scene", "early"]) == 0
    assert "Step 10" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["frames.v2/", "x.gif/"])
def test_a_folder_of_any_name_takes_all_views(render: Render, learned: Path, tmp_path: Path, name: str) -> None:
    few = ("--size", "96x64", "--seconds", "0.1", "--hold", "0", "--fps", "20")
    assert main(["render", f"{tmp_path}/{name}", str(learned), "--view", "all", *few]) == 0
    stem = name.rstrip("/")
    assert {path.name for path in tmp_path.iterdir()} == {f"{stem}-{view}" for view in VIEWS}


def test_an_animation_of_a_project_of_strips_is_no_strip(learned: Path, tmp_path: Path) -> None:
    stored = load_project(learned)
    project = replace(stored.project, export=replace(stored.project.export, format="png", is_strip=True))
    save_project(tmp_path / "strip.fmviz", ProjectFile(project, stored.learned))
    assert main(["render", str(tmp_path / "a.gif"), str(tmp_path / "strip.fmviz"), "--view", "pairs", *SHORT]) == 0


def test_all_scenes_are_drawn_at_once(talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "talk"
    folder.mkdir()
    assert main(["render", f"{folder}/talk.png", str(talk), "--all-scenes", "--size", "120x80"]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["talk-01-early.png", "talk-02-late.png"]
    for number in ("1", "2"):
        alone = drawn(tmp_path / "alone.png", talk, "--scene", number, "--size", "120x80")
        assert np.array_equal(pixels(next(folder.glob(f"*-0{number}-*"))), alone)
    assert main(["render", f"{folder}/a.png", str(talk), "--all-scenes", "--scene", "1"]) == 2
    assert "choose one" in capsys.readouterr().err
