"""Formulas in text: what is one, what it becomes, and that a bad one is said and costs little."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fmviz.core.couplings import COUPLINGS
from fmviz.core.export_spec import FORMULAS, ExportSpec, formula_line
from fmviz.core.expression import factor_of
from fmviz.core.paths import PATHS, path_of
from fmviz.core.tex import (
    LONGEST_FORMULA,
    atoms_of,
    complaints_of,
    has_formula,
    outline_of,
    parts_of,
    plain_text,
)

STRAIGHT = r"x_t = (1-t)\,x_0 + t\,x_1"


class Flow:
    """A flow as `formula_line` asks for it."""

    def __init__(self, lane: int, path: str = "straight", coupling: str = "random") -> None:
        self.lane, self.full_path, self.coupling = lane, path_of(path), coupling


@pytest.mark.parametrize("text", [
    "It costs $5.", "from $5 to $10", "$5/$6", "US$ and A$", "5$", "$", "$$", "$ x $", "a $x$5", "", "no sign",
])
def test_prices_stay_prices(text: str) -> None:
    assert not has_formula(text)
    assert plain_text(text) == text


@pytest.mark.parametrize(("text", "formulas", "plain"), [
    ("$x$", ["x"], "x"), ("a $x$, $y$.", ["x", "y"], "a x, y."), (r"\$5 and $x$", ["x"], "$5 and x"),
    (r"$\$5$", [r"\$5"], r"\$5"), ("$$x$$ b", ["x"], "x b"), (r"costs \$5", [], "costs $5"),
    ("$5 or $x$", ["x"], "$5 or x"),
])
def test_what_stands_between_dollar_signs_is_a_formula(text: str, formulas: list[str], plain: str) -> None:
    assert [part.text for part in parts_of(text) if part.is_formula] == formulas
    assert plain_text(text) == plain
    assert "".join(part.source for part in parts_of(text)) == text == "".join(atoms_of(text))


def test_a_formula_is_one_atom() -> None:
    assert atoms_of("a $x$.") == ("a", " ", "$x$", ".")


def test_a_formula_has_a_size_and_closed_outlines() -> None:
    short, long = outline_of("x_0"), outline_of(STRAIGHT)
    assert short is not None
    assert long is not None
    assert 0 < short.width < long.width
    assert long.above > 0.5
    assert long.below > 0.1
    for name, places in long.steps:
        assert len(places) == {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}[name]
    starts = sum(name == "M" for name, _ in long.steps)
    assert starts == sum(name == "Z" for name, _ in long.steps) >= 12
    tall = outline_of(r"\frac{a}{b}")
    assert tall is not None
    assert tall.above + tall.below > long.above + long.below


@pytest.mark.parametrize(("tex", "reason"), [
    (r"\foo x", r"there is no \foo"), (r"\frac{1", "is shown as its text"), ("x_", "is missing"),
    (r"\left( x", r"a \left or a \right is missing"), ("x" * (LONGEST_FORMULA + 1), "characters; give at most"),
    (r"\hspace{9999em} x", "far too large"), (r"\boxed{x}", "cannot be drawn"), ("日", "typeface has no '日'"),
    (r"\left(" * 15 + "x" + r"\right)" * 15, "inside of other parts"), (r"\phantom{x}", "nothing of it is seen"),
])
def test_a_bad_formula_is_said_in_one_sentence(tex: str, reason: str) -> None:
    assert outline_of(tex) is None
    (sentence,) = complaints_of((f"a ${tex}$ b", f"${tex}$"))
    assert sentence.startswith("The formula '")
    assert reason in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("unit", ["\\frac{{1}}{{{}}}", "\\sqrt{{{}}}", "\\left({}\\right)", "x^{{{}}}", "{{{}}}",
                                  "\\overline{{{}}}", "\\mathrm{{{}}}"])
def test_what_doubles_the_work_with_each_level_is_refused_in_time(unit: str) -> None:
    nested = ["x"]
    while len(longer := unit.format(nested[-1])) <= LONGEST_FORMULA:
        nested.append(longer)
    is_set = [outline_of(tex) is not None for tex in nested]
    assert all(is_set[:5])
    assert not any(is_set[12:])


def test_every_word_and_row_has_a_formula_that_can_be_set() -> None:
    for word in FORMULAS:
        for path in PATHS:
            for coupling in COUPLINGS:
                line = formula_line(word, [Flow(0, path, coupling)])
                assert line.startswith("$")
                assert complaints_of((line,)) == ()


def test_flows_that_differ_have_their_letters() -> None:
    flows = [Flow(0), Flow(2, coupling="ot")]
    assert formula_line("path", flows) == f"${PATHS['straight'].formula}$"
    assert formula_line("path, coupling", flows).splitlines() == [
        f"${PATHS['straight'].formula}$", f"A: ${COUPLINGS['random'].formula}$", f"C: ${COUPLINGS['ot'].formula}$"]


def test_tex_alone_needs_no_dollar_signs() -> None:
    assert formula_line("x_0") == "$x_0$"
    assert formula_line("a path: $x_0$") == "a path: $x_0$"
    assert formula_line("") == formula_line("path") == ""


def test_all_texts_of_an_export_are_looked_at() -> None:
    spec = ExportSpec(title=r"$\foo$", formula=r"\frac{1", caption=r"fine $x$ and $\baz$")
    assert len(complaints_of(spec.texts)) == 3


@pytest.mark.parametrize(("text", "tex"), [
    ("t", "t"), ("1 - t", "(1 - t)"), ("t**2", "t^{2}"), ("3*t^2 - 2*t^3", r"(3\,t^{2} - 2\,t^{3})"),
    ("sin(pi*t/2)", r"\sin(\frac{\pi\,t}{2})"), ("sqrt(1 - t)", r"\sqrt{1 - t}"), ("(1 - t)**2", "(1 - t)^{2}"),
    ("1 - (t - t**2)", "(1 - (t - t^{2}))"), ("exp(-t)", "e^{-t}"), ("2*3", r"2 \cdot 3"),
    ("1/(1 + t)", r"\frac{1}{1 + t}"),
    ("(t/2)**2", r"\left(\frac{t}{2}\right)^{2}"), ("asin(t)", r"\arcsin(t)"),
])
def test_a_persons_own_share_is_written_as_a_factor(text: str, tex: str) -> None:
    assert factor_of(text) == tex
    assert complaints_of((f"${tex}$",)) == ()


def test_nothing_of_it_is_loaded_before_a_formula_is_asked_for() -> None:
    code = ("import sys, fmviz.views.main_window, fmviz.film.painter; from fmviz.core.tex import complaints_of; "
            "complaints_of(['no formula, $5']); assert 'ziamath' not in sys.modules; complaints_of(['$x$']); "
            "assert 'ziamath' in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)
