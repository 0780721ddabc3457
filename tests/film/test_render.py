"""Exports: they are what the screen shows, whole or not at all, and repeatable."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictures import array, lanes, view
from PIL import Image
from snapshots import with_field

from fmviz.core.errors import ExportError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.film import Film, Shot, beats_of, chosen_lanes, film_of
from fmviz.core.style import VIEWS
from fmviz.core.theme import load_theme
from fmviz.film.painter import FilmPainter
from fmviz.film.render import render_film

SPEC = ExportSpec(240, 240, 25, 0.4, 0.2)


def film(name: str = "trajectories", spec: ExportSpec = SPEC) -> Film:
    """Return the film of both lanes in a view."""
    return film_of(lanes(), view(name), spec)


def picture(name: str, spec: ExportSpec, t: float) -> np.ndarray:
    """Return what is drawn at t, (H, W, 3)."""
    return array(FilmPainter(film(name, spec)).image(Shot(0, t, t)))


def write(path: Path, style_name: str = "trajectories", spec: ExportSpec = SPEC) -> list[tuple[int, int]]:
    """Write a GIF of both lanes and return the progress it told."""
    return list(render_film(path, film(style_name, spec)))


def read(path: Path) -> tuple[list[np.ndarray], list[int]]:
    """Return the frames (H, W, 3) of a GIF as any viewer shows them, and their durations, ms."""
    with Image.open(path) as file:
        pictures, durations = [], []
        for k in range(getattr(file, "n_frames", 1)):
            file.seek(k)
            pictures.append(np.array(file.convert("RGB")))
            durations.append(int(file.info["duration"]))
        assert file.info["loop"] == 0
    return pictures, durations


@pytest.mark.parametrize("name", ["field", "magnitude", "density"])
def test_a_pane_alone_has_the_colours_that_it_has_beside_the_others(name: str) -> None:
    fast = replace(with_field(lanes()[0], 3 * lanes()[0].velocity.values), x=lanes()[0].x * 0.5)
    both = (fast, lanes()[1])
    alone = film_of(both, view(name), replace(SPEC, lanes=(1,)))
    assert alone.moments == ((both[1],),)
    assert alone.limits == film_of(both, view(name), SPEC).limits
    assert alone.limits != film_of(both[1:], view(name), SPEC).limits


@pytest.mark.parametrize("name", VIEWS)
def test_each_picture_of_a_course_of_training_says_its_step(name: str) -> None:
    newest = tuple(replace(one, is_final=True) for one in lanes())
    earlier = tuple(replace(one, step=1, is_final=False) for one in newest)
    spec = replace(SPEC, over="training", width=800)

    def said(of: Film) -> list[bool]:
        heads = [FilmPainter(of)._sheet(shot).contents[0].heading for shot in (of.shots[0], of.shots[-1])]
        return [any("step" in line for line in head.details) for head in heads]

    assert said(film_of(newest, view(name), spec, [earlier])) == [not view(name).needs("pairs")] * 2


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_gif_shows_what_the_canvas_draws(tmp_path: Path, name: str, theme: str) -> None:
    # Whole paths in panes of a hundred pixels are a tangle of more colours than a GIF has.
    size = {"width": 1280, "height": 1280, "seconds": 0.2} if view(name).needs("paths") else {}
    spec = replace(SPEC, theme=theme, **size)
    told = write(tmp_path / "a.gif", name, spec)
    times = [beat.share for beat in beats_of(spec)]
    assert told[-1] == (len(times), len(times))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    pictures, durations = read(tmp_path / "a.gif")
    assert sum(durations) == len(times) * spec.delay_ms
    assert all(duration % 10 == 0 for duration in durations)
    starts = np.cumsum([0, *durations[:-1]])
    ground = tuple(bytes.fromhex(load_theme(theme).stage[1:]))
    for t, at in list(zip(times, np.arange(len(times)) * spec.delay_ms, strict=True))[::4]:
        shown = pictures[int(np.searchsorted(starts, at, side="right")) - 1]
        true = picture(name, spec, t)
        error = ((shown.astype(float) - true) ** 2).mean()
        assert 10 * np.log10(255**2 / max(error, 1e-9)) >= 44.0
        is_ground = (true == ground).all(axis=2)
        assert is_ground.any()
        assert (shown[is_ground] == ground).all()


def test_the_file_has_one_palette(tmp_path: Path) -> None:
    write(tmp_path / "a.gif")
    data = (tmp_path / "a.gif").read_bytes()
    assert data[10] & 0x80
    place, blocks = 13 + 3 * 2 ** ((data[10] & 7) + 1), 0
    while data[place] != 0x3B:
        if data[place] == 0x2C:
            blocks += 1
            assert data[place + 9] & 0x80 == 0
            place += 11
        else:
            place += 2
        while data[place]:
            place += data[place] + 1
        place += 1
    assert blocks > 5


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.gif", "b.gif"):
        write(tmp_path / name, "field")
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize("steps", [1, 8, 15])
def test_giving_up_leaves_the_old_file_and_nothing_else(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    work = render_film(path, film())
    for _ in range(steps):
        next(work)
    work.close()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder.gif").mkdir()
    for path in (tmp_path / "file" / "a.gif", tmp_path / "missing" / "a.gif", tmp_path / "folder.gif"):
        with pytest.raises(ExportError) as caught:
            write(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.gif"]


def test_an_old_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    for _ in render_film(path, film("pairs")):
        assert path.read_bytes() == b"old"
    assert path.read_bytes()[:6] == b"GIF89a"
    assert list(tmp_path.iterdir()) == [path]


def test_lanes_are_chosen_in_order() -> None:
    a, b = lanes()
    assert chosen_lanes((a, b), ()) == (a, b)
    assert chosen_lanes((a, b), (1,)) == (b,)
    assert chosen_lanes((a, b), (1, 0)) == (b, a)
    assert chosen_lanes((a, None), ()) == (a,)
    for snapshots, wanted in (((a, None), (1,)), ((None, None), ()), ((a, b), (3,))):
        with pytest.raises(ExportError):
            chosen_lanes(snapshots, wanted)


def test_one_lane_has_the_whole_picture_to_itself(tmp_path: Path) -> None:
    both, a, b = (picture("trajectories", replace(SPEC, lanes=chosen), 0.5) for chosen in ((), (0,), (1,)))
    assert both.shape == a.shape == b.shape == (240, 240, 3)
    assert not np.array_equal(a, b)
    assert not np.array_equal(a, both)


def test_bouncing_comes_back(tmp_path: Path) -> None:
    spec = replace(SPEC, closing="bounce", hold=0.0)
    write(tmp_path / "a.gif", "trajectories", spec)
    pictures, durations = read(tmp_path / "a.gif")
    assert sum(durations) == len(beats_of(spec)) * spec.delay_ms
    assert len(pictures) == len(beats_of(spec))
    difference = np.abs(pictures[1].astype(int) - pictures[-1])
    # A pixel keeps its colour while the new one is nearly the same.
    assert difference.max() <= 5
    assert difference.any(axis=2).mean() < 0.02


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    peaks = []
    for seconds in (0.4, 1.6):
        tracemalloc.start()
        write(tmp_path / "a.gif", "trajectories", replace(SPEC, seconds=seconds))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2 + 1_000_000
