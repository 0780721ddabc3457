"""Annotations in a project file: saved and loaded equal, none in old files, damaged ones refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from projects import changed, pack, parts_of

from fmviz.core.annotations import KINDS, MOST_ANNOTATIONS, MOST_KEPT_PLACES, MOST_PLACES, Annotation
from fmviz.core.errors import ProjectError
from fmviz.core.project import LearnedLane, Project, Scene
from fmviz.core.style import Style
from fmviz.files.project_file import ProjectFile, load_project, save_project

SOME = (
    Annotation("arrow", ((0.1, 1 / 3), (2.0, -3e-20)), "schräg → 斜め $v$", "source", 0.25, 0.5),
    Annotation("stroke", tuple((0.1 * k, float(np.sin(k))) for k in range(40)), ink="strong"),
    Annotation("inset", ((0.0, 0.0), (1.0, 1.0), (4.0, 4.0)), "near", factor=2.5),
)


def file_of(project: Project) -> ProjectFile:
    return ProjectFile(project, (LearnedLane(),))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file with a picture and a scene that have some."""
    style = Style(annotations=SOME)
    save_project(tmp_path / "a.fmviz", file_of(Project(style=style, scenes=(Scene("One", style), Scene("Two")))))
    return tmp_path / "a.fmviz"


def test_they_load_as_they_were_saved(saved: Path) -> None:
    project = load_project(saved).project
    assert project.style.annotations == SOME
    assert [scene.style.annotations for scene in project.scenes] == [SOME, ()]


def test_a_file_without_any_has_no_word_of_them(tmp_path: Path) -> None:
    save_project(tmp_path / "a.fmviz", file_of(Project(scenes=(Scene("One"),))))
    assert b"annotations" not in parts_of(tmp_path / "a.fmviz")["project.json"]
    assert load_project(tmp_path / "a.fmviz").project.style.annotations == ()


def test_a_project_that_is_full_of_them_can_be_read_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    way = [tuple(map(float, place)) for place in rng.normal(size=(MOST_PLACES, 2)) * 1e-7]
    words = tuple(Annotation("text", (place,), "語" * 120, "target", 0.1, 0.9) for place in way[:MOST_ANNOTATIONS])
    filled = 4 * MOST_ANNOTATIONS
    strokes = tuple(Annotation("stroke", tuple(way[k:] + way[:k]))
                    for k in range((MOST_KEPT_PLACES - filled) // MOST_PLACES))
    scenes = (Scene("A", Style(annotations=strokes[:40])), Scene("B", Style(annotations=strokes[40:])),
              *(Scene(f"{k}", Style(annotations=words)) for k in range(4)))
    save_project(tmp_path / "a.fmviz", file_of(Project(scenes=scenes)))
    assert load_project(tmp_path / "a.fmviz").project.scenes == scenes


def test_every_kind_is_kept(tmp_path: Path) -> None:
    all_kinds = tuple(
        Annotation(kind.key, ((0.0, 0.0), (1.0, 2.0), (3.0, 3.0))[:kind.fewest], "w" if kind.needs_text else "",
                   factor=4.0 if kind.has_factor else 1.0) for kind in KINDS.values())
    save_project(tmp_path / "a.fmviz", file_of(Project(style=Style(annotations=all_kinds))))
    assert load_project(tmp_path / "a.fmviz").project.style.annotations == all_kinds


@pytest.mark.parametrize(("change", "word"), [
    (lambda all_of_them: all_of_them.extend(all_of_them[:1] * 9_997), "10,000 annotations"),
    (lambda all_of_them: all_of_them[0].update(kind="star"), "'star'"),
    (lambda all_of_them: all_of_them[0].update(kind=3), "kind of an annotation"),
    (lambda all_of_them: all_of_them[0].update(shape=3), "shape"),
    (lambda all_of_them: all_of_them[0].update(places=[0, 1, float("nan"), 2]), "NaN"),
    (lambda all_of_them: all_of_them[0].update(places=[0, 1, "2", 2]), "place of an annotation"),
    (lambda all_of_them: all_of_them[0].update(places=[0, 1, 2]), "3 numbers"),
    (lambda all_of_them: all_of_them[1].update(places=[0.0] * 4_000), "4,000 numbers"),
    (lambda all_of_them: all_of_them[0].update(places=[0, 1, 1e200, 2]), r"1e\+200"),
    (lambda all_of_them: all_of_them[0].update(text="x" * 400), "400 characters"),
    (lambda all_of_them: all_of_them[0].update(t0=2), "annotation|seen from"),
    (lambda all_of_them: all_of_them[2].update(factor=1000.0), "1000"),
])
def test_a_damaged_one_is_refused_in_one_sentence(saved: Path, change: object, word: str) -> None:
    assert callable(change)
    pack(saved, changed(parts_of(saved), lambda settings: change(settings["project"]["style"]["annotations"])))
    with pytest.raises(ProjectError, match=word) as refused:
        load_project(saved)
    assert "\n" not in str(refused.value)


def test_a_list_of_them_is_a_list(saved: Path) -> None:
    pack(saved, changed(parts_of(saved), lambda settings: settings["project"]["style"].update(annotations={"a": 1})))
    with pytest.raises(ProjectError, match="should be a list"):
        load_project(saved)


def test_another_picture_is_other_work_unless_a_scene_holds_it() -> None:
    from fmviz.core.project import holds_same

    with_some = Project(style=Style(annotations=SOME), scenes=(Scene("One", Style(annotations=SOME)), Scene("Two")))
    without = replace(with_some, style=Style())
    other = replace(with_some, style=Style(annotations=SOME[:1]))
    assert holds_same((without, ()), (with_some, ()))
    assert not holds_same((other, ()), (with_some, ()))
