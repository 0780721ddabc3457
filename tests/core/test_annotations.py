"""Annotations as values: what each kind needs, what is refused in one sentence, how a stroke becomes fewer places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmviz.commandline.picture import annotation_of, annotations_of
from fmviz.core.annotations import (
    KINDS,
    LONGEST_WORDS,
    MOST_ANNOTATIONS,
    MOST_KEPT,
    MOST_PLACES,
    Annotation,
    circled,
    followed,
    inset_beside,
    simplified,
)
from fmviz.core.errors import ConfigError
from fmviz.core.extent import Box
from fmviz.core.follow import Place
from fmviz.core.project import Project, Scene
from fmviz.core.style import Style

PLACES = ((0.0, 1.0), (2.0, 3.0), (5.0, -1.0))


def made(kind: str) -> Annotation:
    """Return an annotation of a kind."""
    row = KINDS[kind]
    factor = 3.0 if row.has_factor else 1.0
    return Annotation(kind, PLACES[:row.fewest], "Here" if row.needs_text else "", factor=factor)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made_and_needs_its_places(kind: str) -> None:
    row = KINDS[kind]
    assert row.help.endswith(".")
    assert made(kind).xy.shape == (row.fewest, 2)
    for count in (row.fewest - 1, row.most + 1):
        with pytest.raises(ConfigError, match=rf"{kind} has {count} places; give "):
            replace(made(kind), places=((0.0, 0.0),) * count)


def test_every_key_is_one_kinds() -> None:
    assert len({kind.shortcut for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize(("change", "word"), [
    ({"kind": "star"}, "no annotation 'star'"), ({"places": ((float("nan"), 0.0), (1.0, 1.0))}, "is .nan, 0"),
    ({"places": ((float("inf"), 0.0), (1.0, 1.0))}, "is .inf, 0"), ({"places": ((0.0, 1e31), (1.0, 1.0))}, "is .0, 1e"),
    ({"text": "x" * (LONGEST_WORDS + 1)}, "121 characters"), ({"text": "a\nb"}, r"U\+000A"),
    ({"text": "\ud800"}, r"U\+D800"), ({"ink": "pink"}, "no ink 'pink'"), ({"t0": 0.6, "t1": 0.5}, "0.6 to 0.5"),
    ({"t1": float("nan")}, "to nan"), ({"t0": -0.1}, "-0.1"), ({"factor": 2.0}, "magnifies nothing"),
])
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word) as refused:
        replace(made("arrow"), **change)
    assert str(refused.value).count(". ") == 0


def test_an_inset_has_a_place_and_a_factor_and_a_stroke_no_words() -> None:
    with pytest.raises(ConfigError, match="no width"):
        replace(made("inset"), places=((0.0, 0.0), (0.0, 1.0), (3.0, 3.0)))
    with pytest.raises(ConfigError, match="factor of the inset is 1; "):
        replace(made("inset"), factor=1.0)
    with pytest.raises(ConfigError, match="leave them out"):
        replace(made("stroke"), text="Word")
    with pytest.raises(ConfigError, match="no words"):
        replace(made("text"), text="  ")


def test_a_picture_and_a_project_hold_so_many() -> None:
    many = (made("arrow"),) * MOST_ANNOTATIONS
    full = Style(annotations=many)
    with pytest.raises(ConfigError, match="201 annotations; keep at most 200"):
        Style(annotations=(*many, many[0]))
    scenes = tuple(Scene(f"S{k}", full) for k in range(MOST_KEPT // MOST_ANNOTATIONS))
    Project(scenes=scenes)
    with pytest.raises(ConfigError, match="1,200 annotations"):
        Project(scenes=(*scenes, Scene("More", full)))


def test_it_is_seen_within_its_times_and_always_where_there_are_none() -> None:
    some = replace(made("ring"), t0=0.25, t1=0.5)
    assert [some.is_seen(t) for t in (0.0, 0.25, 0.4, 0.5, 0.51, None)] == [False, True, True, True, False, True]


def test_a_view_keeps_them() -> None:
    style = Style(annotations=(made("arrow"),))
    assert style.with_view("field").annotations == style.annotations


def test_a_move_moves_all_places_or_some() -> None:
    inset = made("inset")
    assert np.allclose(inset.moved(1, -2).xy, inset.xy + (1, -2))
    assert inset.moved(1, -2, (2,)).places == (*inset.places[:2], (6.0, -3.0))


@pytest.mark.parametrize("tolerance", [0.0, 0.01, 0.2])
def test_a_simplified_way_stays_near(tolerance: float) -> None:
    turn = np.linspace(0, 30, 900)
    way = np.stack([turn * np.cos(turn), turn * np.sin(turn)], axis=1)
    kept = simplified(way, tolerance)
    assert 2 <= len(kept) <= MOST_PLACES
    assert np.array_equal(kept[[0, -1]], way[[0, -1]])
    start, along = kept[:-1], np.diff(kept, axis=0)
    share = np.clip(((way[:, None] - start) * along).sum(axis=2) / (along ** 2).sum(axis=1), 0, 1)
    apart = np.linalg.norm(way[:, None] - start - share[..., None] * along, axis=2).min(axis=1)
    assert apart.max() <= max(tolerance, 0.2)


def test_a_straight_way_becomes_two_places() -> None:
    assert len(simplified(np.linspace((0, 0), (3, 1), 50), 1e-9)) == 2
    assert len(simplified(np.zeros((5, 2)), 0.1)) == 2


@pytest.mark.parametrize("at", [(-5.0, -5.0), (0.0, 0.0), (5.5, 3.0), (5.0, -5.5)])
def test_an_inset_finds_room_beside_its_place(at: Place) -> None:
    seen = Box(0.0, 0.0, 6.0, 6.0)
    other = at[0] + 0.8, at[1] + 0.5
    middle, factor = inset_beside(at, other, 3.0, seen)
    assert factor == 3.0
    half = 1.2, 0.75
    assert all(abs(middle[k]) + half[k] <= 6.0 for k in range(2))
    assert any(abs(middle[k] - (at[k] + other[k]) / 2) >= half[k] + abs(other[k] - at[k]) / 2 for k in range(2))


def test_an_inset_of_a_large_place_magnifies_less() -> None:
    _, factor = inset_beside((-1.5, -1.5), (1.5, 1.5), 3.0, Box(0.0, 0.0, 6.0, 6.0))
    assert factor == 2.0


def test_a_circle_has_a_square_frame() -> None:
    assert circled((1.0, 1.0), (-1.0, 4.0)) == (-2.0, 4.0)
    assert circled((0.0, 0.0), (0.5, -0.1)) == (0.5, -0.5)


def test_words_of_the_command_line_are_annotations() -> None:
    assert annotation_of("arrow 0,2 -1.5,0.5 t=0.2..0.8 ink=source they cross") == Annotation(
        "arrow", ((0.0, 2.0), (-1.5, 0.5)), "they cross", "source", 0.2, 0.8)
    assert annotation_of("inset 0,0 1,1 4,4 factor=5").factor == 5.0
    assert annotation_of("inset 0,0 1,1 4,4").factor == 3.0
    assert annotation_of("text 0,0 t=1 is the end").text == "t=1 is the end"
    arrow = made("arrow")
    assert annotations_of((), (arrow,)) == (arrow,)
    assert annotations_of(("none", "ring 0,0 1,1"), (arrow,)) == (Annotation("ring", ((0.0, 0.0), (1.0, 1.0))),)


@pytest.mark.parametrize(("text", "word"), [("star 0,0", "begin with one of arrow"), ("", "begin with"),
                                            ("arrow", "its tail and its head"), ("arrow 0,0", "1 places"),
                                            ("arrow 0,0 1,1 factor=4", "magnifies nothing")])
def test_words_that_mean_none_are_refused(text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        annotation_of(text)


def test_an_annotation_is_followed_through_changes() -> None:
    one, two, three = (Annotation("text", ((float(k), 0.0),), "x") for k in range(3))
    both, changed = (one, two), replace(two, text="y")
    assert followed(1, both, (two,)) == 0
    assert followed(1, both, (one, changed)) == 1
    assert followed(1, both, (one, two, three)) == 1
    assert followed(1, both, (one,)) is None
    assert followed(1, both, (three, changed)) is None
    assert followed(2, both, (one,)) == 1


@pytest.mark.parametrize("word", ["ink=blue", "ink=", "t=0.2-0.8", "t=0.2..", "factor=x"])
def test_an_option_that_cannot_be_read_does_not_become_words(word: str) -> None:
    with pytest.raises(ConfigError, match=f"^--annotate has '{word}'; give "):
        annotation_of(f"inset 0,1 2,3 5,-1 {word} Here")
    spaced = word.replace("=", " = ")
    assert annotation_of(f"inset 0,1 2,3 5,-1 {spaced}").text == spaced.strip()
