"""Presets make files that can be made, the user's own come back as they were, a damaged file is a sentence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from fmviz.core.errors import ExportError
from fmviz.core.export_spec import GIF_FPS, HOLD_S, ExportSpec, changed, nearest_gif_fps
from fmviz.core.formats import FORMATS
from fmviz.film.presets import PRESETS, change_presets, load_presets, own_preset, preset_named, resized


@pytest.mark.parametrize("before", FORMATS)
@pytest.mark.parametrize("after", FORMATS)
def test_every_format_can_follow_every_other(before: str, after: str) -> None:
    spec = changed(ExportSpec(), format=before)
    for background in FORMATS[before].backgrounds:
        odd = changed(spec, background=background, width=FORMATS[before].most_px, height=64, scale=4, fps=33.0)
        moved = changed(odd, format=after)
        assert moved.format == after
        assert moved.seconds == odd.seconds


def test_what_need_not_move_stays() -> None:
    spec = ExportSpec(format="mp4", fps=24.0, width=1280, height=720, title="A talk")
    assert changed(spec, format="webm") == replace(spec, format="webm")


def test_a_gif_takes_the_nearest_rate() -> None:
    assert changed(ExportSpec(format="mp4", fps=30.0), format="gif").fps == pytest.approx(1000 / 30)
    assert nearest_gif_fps(60.0) == 50.0
    assert nearest_gif_fps(1.0) == 10.0
    assert all(nearest_gif_fps(1000 / delay) == 1000 / delay for delay in GIF_FPS.values())


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_fits_what_it_made_and_leaves_what_is_shown(key: str) -> None:
    spec = ExportSpec(title="Moons", caption="A caption", lanes=(1,), at=0.3)
    made = PRESETS[key].applied(spec)
    assert PRESETS[key].fits(made)
    assert (made.title, made.caption, made.lanes, made.at) == ("Moons", "A caption", (1,), 0.3)
    assert [other for other in PRESETS if PRESETS[other].fits(made)] == [key]


@pytest.mark.parametrize("before", PRESETS)
@pytest.mark.parametrize("after", PRESETS)
@pytest.mark.parametrize("panes", [1, 2])
def test_a_preset_makes_the_same_file_after_any_other(before: str, after: str, panes: int) -> None:
    spec = ExportSpec(theme="light")
    made = PRESETS[after].applied(PRESETS[before].applied(replace(spec, closing="bounce"), panes), panes)
    alone = PRESETS[after].applied(spec, panes)
    hidden = set() if made.kind.is_animation else {"fps", "seconds", "hold", "loop"}
    hidden |= set() if made.kind.can_loop else {"loop"}
    assert {name for name, value in asdict(made).items() if value != getattr(alone, name)} <= hidden


def test_what_moves_stands_still_at_its_ends_and_a_file_keeps_its_own_hold(tmp_path: Path) -> None:
    for preset in PRESETS.values():
        made = preset.applied(ExportSpec())
        assert made.hold == ExportSpec().hold == HOLD_S
    change_presets(tmp_path / "presets.json", lambda _: own_preset("Before", ExportSpec(hold=0.6)))
    assert load_presets(tmp_path / "presets.json")[0].applied(ExportSpec()).hold == 0.6


def test_another_count_of_panes_takes_the_presets_other_size() -> None:
    two = PRESETS["paper-strip"].applied(ExportSpec(), 2)
    assert resized(two, 1, 2) == PRESETS["paper-strip"].applied(two, 1)
    own = replace(two, height=500)
    assert resized(own, 1, 2) == own


@pytest.mark.parametrize("key", FORMATS)
def test_points_on_paper_are_for_paper_only(key: str) -> None:
    spec = changed(PRESETS["paper"].applied(ExportSpec()), format=key)
    assert (spec.decor.text_share > 0) == FORMATS[key].is_for_paper


def test_the_article_goes_with_how_a_format_is_spoken() -> None:
    assert [kind.one for kind in FORMATS.values()] == [
        "a GIF animation", "an MP4 video", "a WebM video", "a WebP animation", "an APNG animation", "a PNG sequence",
        "a PNG picture", "an SVG drawing", "a PDF figure"]


def test_own_presets_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "presets.json"
    assert load_presets(path) == ()
    spec = ExportSpec(format="webm", fps=48.0, background="transparent", width=640, title="not kept")
    own = own_preset("  For the  wall ", spec, own_preset("First", ExportSpec()))
    assert change_presets(path, lambda _: own) == own
    assert load_presets(path) == own
    found = preset_named("for the WALL", load_presets(path))
    assert found.applied(ExportSpec()) == replace(spec, title="")
    again = own_preset("first", spec, own)
    assert [preset.label for preset in again] == ["For the wall", "first"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Slide 16:9", "README"])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(ExportError, match=r"\.$"):
        own_preset(name, ExportSpec())


def test_a_preset_that_there_is_not() -> None:
    with pytest.raises(ExportError, match=r"no preset 'poster'; choose one of slide, .*, mine\.$"):
        preset_named("poster", own_preset("mine", ExportSpec()))


@pytest.mark.parametrize("data", [
    b"", b"\x00\xff", b"[]", b"{\"presets\": 3}", b"{\"presets\": [{}]}", b"{\"more\": []}",
    b"{\"presets\": [{\"name\": \"a\", \"fps\": \"fast\"}]}", b"{\"presets\": [{\"name\": \"a\", \"fps\": 31}]}",
    b"{\"presets\": [{\"name\": \"a\", \"width\": 1e99}]}", b"{\"presets\": [{\"name\": \"slide\"}]}",
    b"{\"presets\": [{\"name\": \"a\", \"lanes\": [0]}]}", b" " * 1_000_001,
])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "presets.json"
    path.write_bytes(data)
    with pytest.raises(ExportError, match=r"are damaged \(.*\); mend or remove the file\.$"):
        load_presets(path)


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be read: it is a folder"):
        change_presets(tmp_path, lambda own: own)


def test_what_two_windows_keep_at_once_is_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "presets.json"

    def keep(name: str) -> None:
        change_presets(path, lambda own: own_preset(name, ExportSpec(), own))

    with ThreadPoolExecutor(4) as windows:
        list(windows.map(keep, "abcdefgh"))
    assert sorted(preset.key for preset in load_presets(path)) == list("abcdefgh")
