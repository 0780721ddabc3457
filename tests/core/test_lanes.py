"""Lanes are told apart: each has its letter, a title that says what differs, and a colour that it keeps."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import pytest

from fmviz.core.config import FIELDS, Field, FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.lanes import LETTERS, MAX_LANES, check_lanes, differing, hues_of, lanes_of, letters, titles_of
from fmviz.core.project import Project, Scene, compared
from fmviz.core.style import Style

BASE = FlowConfig()
OWN = [field for field in FIELDS if not field.shared]


def another(field: Field) -> object:
    """A value of a setting that is not its default."""
    if field.choices is not None:
        return next(key for key in field.choices if key != field.default)
    if field.is_text:
        return {"alpha": "t**2", "beta": "1 - t**2"}[field.name]
    value = field.low + 2 if field.default != field.low + 2 else field.low + 4
    return type(field.default)(min(value, field.high))


@pytest.mark.parametrize("field", [field for field in OWN if field.choices is None or len(field.choices) > 1],
                         ids=lambda field: field.name)
def test_two_lanes_may_differ_in_any_setting_and_say_so(field):
    project = Project().with_lane_added(**{field.name: another(field)})
    assert differing(project.lanes) == (field.name,)
    one, other = (mark.title for mark in project.marks)
    assert one != other
    for title, config in zip((one, other), project.lanes, strict=True):
        assert title[0] == title[0].upper() or not title[0].isalpha()
        value = getattr(config, field.name)
        value = config.n_steps if field.name == "nfe" else value
        shown = value if field.is_text else f"{value:,g}" if field.choices is None else field.choices[value]
        assert shown in title


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.shared])
def test_what_lanes_share_cannot_differ(name):
    field = next(field for field in FIELDS if field.name == name)
    with pytest.raises(ConfigError, match="which they must share"):
        Project(lanes=(BASE, replace(BASE, **{name: another(field)})))
    lanes = compared(Project()).with_lane_setting(name, another(field), 1).lanes
    assert {getattr(lane, name) for lane in lanes} == {another(field)}


def test_a_title_says_what_differs_from_the_first_and_no_more():
    wide, euler = replace(BASE, width=32), replace(BASE, solver="euler", nfe=4)
    ot = replace(BASE, coupling="ot")
    for lanes, titles in (
        ((BASE,), ("Random coupling",)),
        ((ot,), ("OT coupling",)),
        ((BASE, BASE), ("Random coupling",) * 2),
        ((BASE, ot), ("Random coupling", "OT coupling")),
        ((BASE, wide), ("Width 128", "Width 32")),
        ((BASE, replace(BASE, path="trigonometric")), ("Straight path", "Trigonometric path")),
        ((BASE, ot, replace(ot, width=32)), ("Random coupling", "OT coupling", "OT coupling, width 32")),
        ((BASE, replace(BASE, path="vp", exponent=3.0, alpha="t**2")), ("Straight path", "VP path")),
        ((replace(BASE, path="polynomial"), replace(BASE, path="polynomial", exponent=3.0)),
         ("Exponent 2", "Exponent 3")),
        ((BASE, replace(BASE, path="own", alpha="sin(pi*t/2)**2 * 1.000000")),
         ("Straight path", "Own path, alpha sin(pi*t/2)**2 * 1.0000…")),
        ((BASE, ot, wide, euler)[1:], ("OT coupling", "Random coupling, width 32",
                                       "Random coupling, Euler, 4 steps")),
    ):
        assert titles_of(lanes) == titles


def test_alone_a_lane_says_the_least_that_tells_it_from_the_others():
    ot = replace(BASE, coupling="ot")
    vp, ot_vp = replace(BASE, path="vp"), replace(ot, path="vp")
    for lanes, titles in (
        ((ot, vp), ("OT coupling", "Random coupling")),  # beside each other both say their paths as well
        ((BASE, ot, ot_vp), ("Random coupling", "OT coupling", "OT coupling, VP path")),
        ((BASE, vp), ("Straight path", "VP path")),
        ((ot,), ("OT coupling",)),
        ((ot, ot), ("OT coupling",) * 2),
    ):
        assert tuple(mark.title_alone for mark in Project(lanes=lanes).marks) == titles
    named = Project(lanes=(ot, vp), names=("Mine", ""))
    assert [mark.title_alone for mark in named.marks] == ["Mine", "Random coupling"]
    assert named.marks[1].title == "Random coupling, VP path"


@pytest.mark.parametrize("add", [lambda project: project.with_lane_added(width=32), compared])
def test_scenes_show_what_they_showed_when_a_lane_comes_beside(add):
    alone = with_scenes(Project(), ())
    more = add(alone)
    assert len(more.lanes) == 2
    assert shown(more) == shown(alone)
    three = add(more).with_lane_added(lr=0.1) if add is not compared else more.with_lane_added(lr=0.1)
    assert shown(three) == shown(alone)


def test_different_lanes_have_different_titles():
    values = {"coupling": ("random", "ot"), "width": (32, 128), "nfe": (4, 100)}
    configs = [replace(BASE, **dict(zip(values, choice, strict=True))) for choice in product(*values.values())]
    for count in (2, 3, 4):
        for lanes in permutations(configs, count):
            assert len(set(titles_of(lanes))) == count


def test_a_name_of_its_own_stands_for_the_title():
    project = compared(Project()).with_lane_named(1, "Straight <b>")
    assert [mark.name for mark in project.marks] == ["A Random coupling", "B Straight <b>"]
    assert project.with_lane_named(1, "").names == ("", "")
    for wrong in ("x" * 41, "two\nlines", " padded"):
        with pytest.raises(ConfigError, match="name of a pane"):
            project.with_lane_named(0, wrong)


def test_random_and_ot_have_one_colour_each_alone_and_beside_each_other():
    assert [compared(Project(), couplings).hues for couplings in
            (("random",), ("ot",), ("random", "ot"), ("ot", "random"))] == [(0,), (1,), (0, 1), (1, 0)]
    assert Project().with_lane_setting("coupling", "ot").hues == (1,)


def test_a_model_without_a_coupling_takes_the_colour_of_none():
    flow, random = replace(BASE, model="nf"), replace(BASE, coupling="random")
    assert hues_of((flow, random))[1] == hues_of((random,))[0]


def test_a_lane_keeps_its_colour_whatever_becomes_of_it_and_of_the_others():
    four = compared(Project()).with_lane_added(width=32).with_lane_added(nfe=4)
    assert sorted(four.hues) == [0, 1, 2, 3]
    assert four.with_lane_setting("coupling", "ot", 0).with_lane_setting("coupling", "random", 1).hues == four.hues
    for gone in range(4):
        left = four.without_lane(gone)
        assert left.hues == four.hues[:gone] + four.hues[gone + 1:]
        assert left.with_lane_added().hues == (*left.hues, four.hues[gone])
    alone = four.without_lane(0).without_lane(1).without_lane(1)
    assert (alone.hues, compared(alone).hues) == ((1,), (0, 1))


def test_colours_are_never_shared():
    for count in range(1, MAX_LANES + 1):
        for couplings in product(("random", "ot"), repeat=count):
            lanes = tuple(replace(BASE, coupling=coupling) for coupling in couplings)
            for given in ((), (2,), (None, 3)[:count]):
                assert len(set(hues_of(lanes, given))) == count
    for wrong in ((0, 0), (0, 4)):
        with pytest.raises(ConfigError, match="colours"):
            replace(compared(Project()), hues=wrong)


def test_comparing_keeps_the_lanes_that_are_there():
    project = compared(Project()).with_lane_setting("width", 32, 1).with_lane_named(1, "Mine")
    for again in (compared(project), compared(compared(project, ("ot",)))):
        assert (again.lanes[1], again.names[1], again.hues[1]) == (project.lanes[1], "Mine", 1)
    assert compared(project, ("ot",)).lanes[0].width == 32


def shown(project):
    """Return the settings of the lanes that each scene shows."""
    return [[project.lanes[lane] for lane in scene.style.shown_lanes(len(project.lanes))] for scene in project.scenes]


def with_scenes(project, *lanes):
    return replace(project, scenes=tuple(Scene(style=Style(lanes=each)) for each in lanes))


EACH = ((), (0,), (1,), (2,), (0, 2), (2, 1))


@pytest.mark.parametrize("lane", [0, 1, 2])
def test_lanes_that_were_put_away_come_back_with_names_colours_and_scenes(lane):
    three = with_scenes(compared(Project()).with_lane_added(width=32).with_lane_named(lane, "Mine"), *EACH)
    alone = three.with_lane_alone(lane)
    assert (alone.lanes, alone.names, alone.hues) == ((three.lanes[lane],), ("Mine",), (three.hues[lane],))
    assert alone.with_lanes_back(three, lane) == three
    other = alone.with_lane_setting("seed", 5).with_lane_setting("nfe", 12)
    assert other.with_lanes_back(three, lane) == three.with_lane_setting("seed", 5).with_lane_setting("nfe", 12, lane)
    assert not any(1 in scene.style.lanes for scene in alone.with_lane_added(lr=0.1).scenes)
    assert alone.with_lane_added(lr=0.1).without_lane(1).with_lanes_back(three, lane) == three


def test_scenes_show_the_lanes_that_stay_wherever_these_go():
    first = compared(Project(), ("ot",))
    three = with_scenes(first.with_lane_added(width=32).with_lane_added(coupling="random"), *EACH)
    a, _, c = three.lanes
    for couplings, wanted in ((("ot", "random"), [[a, c], [a], [a, c], [c], [a, c], [c]]),
                              (("random", "ot"), [[c, a], [a], [c, a], [c], [a, c], [c]])):
        assert shown(compared(three, couplings)) == wanted
    both = with_scenes(compared(Project()), (), (0,), (1,), (1, 0))
    assert compared(compared(both, ("ot",))) == compared(compared(both, ("random",))) == both


def test_letters_are_read_as_they_are_written():
    for count in range(1, MAX_LANES + 1):
        every = tuple(range(count))
        assert lanes_of(letters(every, ","), count) == every
        assert lanes_of(" b , a", max(count, 2)) == (1, 0)
        for wrong in ("", "E", "A,A", "AB", "ABCD"[count:count + 1] or "?"):
            with pytest.raises(ConfigError, match="The panes are"):
                lanes_of(wrong, count)
    assert letters((0, 2)) == "A|C"
    assert LETTERS == "ABCD"


def test_numbers_of_lanes_are_within_reach_and_once():
    for lanes in ((), (3, 0), (0, 1, 2, 3)):
        check_lanes(lanes)
    for lanes in ((4,), (-1,), (1, 1)):
        with pytest.raises(ConfigError, match="The panes are"):
            check_lanes(lanes)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_walking_shows_each_lane_alone_and_then_all(count):
    style, seen = Style(), []
    for _ in range(count + 1):
        style = style.with_next_lanes(count)
        seen.append(style.shown_lanes(count))
    alone = [(lane,) for lane in range(count)]
    assert seen == ([(0,), (0,)] if count == 1 else [*alone, tuple(range(count))])


def test_networks_beside_other_models_are_told_apart_by_their_coupling() -> None:
    network, exact, one_step = FlowConfig(), FlowConfig(model="exact"), FlowConfig(model="nf")
    assert titles_of((network, FlowConfig(coupling="ot"), exact, one_step)) == (
        "Random coupling", "OT coupling", "Exact field", "Normalizing flow")
    assert titles_of((network, exact)) == ("Network", "Exact field")
