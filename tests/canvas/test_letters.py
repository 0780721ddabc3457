"""Letters that no font has are told."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF

from fmviz.canvas.fonts import complaints_of_words, offscreen_app, stage_font, unknown_letters

# Of the last private plane: no font has one.
NOWHERE = "\U0010fffd"


@pytest.fixture(autouse=True)
def app() -> None:
    offscreen_app()


def test_what_the_typeface_has_is_known() -> None:
    metrics = QFontMetricsF(stage_font(20))
    letters = "".join(chr(code) for code in range(0x20, 0x180) if metrics.inFontUcs4(code))
    assert len(letters) > 250
    assert unknown_letters(letters) == ""


def test_each_letter_that_no_font_has_is_told_once() -> None:
    assert unknown_letters(f"a{NOWHERE}b{NOWHERE}ü") == NOWHERE
    (sentence,) = complaints_of_words((f"a {NOWHERE}", f"$x_t$ {NOWHERE}"))
    assert "No font" in sentence
    assert complaints_of_words(("Größe, $x_t$",)) == ()


def test_letters_of_a_formula_are_told_by_the_formula() -> None:
    (sentence,) = complaints_of_words((f"${NOWHERE}$",))
    assert "formula" in sentence
