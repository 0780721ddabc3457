"""The command line takes pictures, drawings and words as sides, and says what is wrong with them."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fmviz.commandline.arguments import declare_train
from fmviz.commandline.problem import problem_of
from fmviz.core.cloud import Side
from fmviz.core.errors import CloudError


def target(*arguments: str) -> Side:
    """Return the target that arguments ask for."""
    parser = argparse.ArgumentParser()
    declare_train(parser)
    return problem_of(parser.parse_args(["--target", *arguments])).project.target


@pytest.fixture
def logo(tmp_path: Path) -> str:
    pixels = np.full((30, 60), 255, dtype=np.uint8)
    pixels[:, :20] = 0
    Image.fromarray(pixels).save(tmp_path / "logo.png")
    return str(tmp_path / "logo.png")


def test_a_picture_is_a_side(logo: str) -> None:
    dark, light = target(logo, "--points", "300").cloud, target(logo, "--picture", "light").cloud
    assert dark is not None
    assert light is not None
    assert (len(dark), len(light), dark.name) == (300, 2000, "logo.png")
    assert np.ptp(dark.xy, axis=0) == pytest.approx([8, 12], rel=0.05)
    assert np.array_equal(target(logo).cloud.xy, target(logo).cloud.xy)  # type: ignore[union-attr]


def test_a_drawing_and_a_word_are_sides(tmp_path: Path) -> None:
    path = tmp_path / "drawing"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="5" cy="5" r="3"/></svg>')
    circle, word = target(str(path)).cloud, target("text:Hi", "--points", "100").cloud
    assert circle is not None
    assert word is not None
    assert np.hypot(*circle.xy.T).max() <= 6.1
    assert (word.name, len(word)) == ("Hi", 100)


@pytest.mark.parametrize(("arguments", "match"), [
    (("text:",), "empty"), (("text:x", "--font", "None Such"), "no font"), (("text:x", "--points", "many"), "'many'"),
    (("text:x", "--points", "1"), "1; give")])
def test_what_is_wrong_is_said(arguments: tuple[str, ...], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        target(*arguments)


def test_a_wrong_kind_of_pixel_is_said(logo: str) -> None:
    with pytest.raises(CloudError, match="'red'"):
        target(logo, "--picture", "red")
