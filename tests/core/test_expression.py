"""Own formulas: read as mathematics is, derived exactly, and nothing else is ever run."""

from __future__ import annotations

import numpy as np
import pytest

from fmviz.core.config import FlowConfig
from fmviz.core.errors import ConfigError
from fmviz.core.expression import DEEPEST, FUNCTIONS, LONGEST, own_share, read_expression
from fmviz.core.paths import PATHS, path_of

T = np.linspace(0.05, 0.95, 19)
FORMULAS = {
    "t": T, "2*t - 1": 2 * T - 1, "-t**2": -(T**2), "t^3": T**3, "2**t": 2**T, "t**t": T**T, "(1 - t)/(1 + t)":
    (1 - T) / (1 + T), "sin(pi*t/2)**2": np.sin(np.pi * T / 2) ** 2, "1 - exp(-3*t)": 1 - np.exp(-3 * T),
    "e**t - 1.5e-1": np.e**T - 0.15, "2**3**t": 2 ** (3**T), "π*t": np.pi * T, "1": np.ones(19), "t - -t": 2 * T,
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_has_the_values_that_it_has_on_paper(text: str) -> None:
    assert read_expression(text, "alpha(t)")(T) == pytest.approx(FORMULAS[text], rel=1e-14)


@pytest.mark.parametrize("text", [*FORMULAS, *(f"{name}(t/2)" for name in FUNCTIONS), "sqrt(1 - t*t)*cos(3*t)/(t + 1)"])
def test_derivatives_are_exact(text: str) -> None:
    """By a complex step: it has no difference of near numbers, so it is exact as well."""
    formula = read_expression(text, "alpha(t)")
    names = {"sin": np.sin, "cos": np.cos, "tan": np.tan, "sqrt": np.sqrt, "exp": np.exp, "log": np.log,
             "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
             "pi": np.pi, "π": np.pi, "e": np.e}
    stepped = eval(text.replace("^", "**"), {"__builtins__": {}}, names | {"t": T + 1e-30j})
    assert formula.derivative(T) == pytest.approx(np.imag(stepped) / 1e-30 + 0 * T, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("text", [*FORMULAS, "sqrt(1 - t**2)"])
def test_shape_and_precision_are_those_of_t(text: str) -> None:
    formula = read_expression(text, "alpha(t)")
    for t in (T.astype(np.float32).reshape(19, 1), T, np.float32(0.5)):
        for values in (formula(t), formula.derivative(t)):
            assert (values.shape, values.dtype) == (np.shape(t), t.dtype)
    assert float(formula(1)) == pytest.approx(float(formula(1.0)))


@pytest.mark.parametrize("text", [
    "", "t +", "t t", "2t", "(t", "t)", "x", "__import__('os')", "t.real", "().__class__", "[t][0]", "{t}",
    "t if t else 0", "lambda: t", "sin", "sin()",
    "sin(t, t)", "sin(x=t)", "sin(*t)", "foo(t)", "(sin)(t)(t)", "'t'", "b't'", "True",
    "None", "t // 2", "t % 2", "t @ t", "t & 1", "~t", "not t", "t < 1", "t := 1", "1j*t", "1_0*t", "0x1*t", "1or t",
    "t#", "t\n+ 1", "t\\", "\x00", "9**9**9**9", "1e999*t", "log(0)", "1/0", "(-1)**0.5*t", "f\"{t}\"", "...", "t;t",
    "sin(t)(t)", "exp.__call__(t)", "ｔ", "sｉn(t)",
])
def test_whatever_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_expression(text, "alpha(t)")
    said = str(refused.value)
    assert said.startswith(f"alpha(t) is {text!r}"[:40])
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("text", ["t+" * LONGEST + "t", "t" * (LONGEST + 1)])
def test_long_formulas_are_refused_by_their_length(text: str) -> None:
    with pytest.raises(ConfigError, match=f"has {len(text)} characters; give at most {LONGEST}"):
        read_expression(text, "alpha(t)")


@pytest.mark.parametrize("text", ["-" * 290 + "t", "sin(" * 55 + "-" * 8 + "t" + ")" * 55, "+".join("t" * 140)])
def test_deep_formulas_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=f"deeper than {DEEPEST}"):
        read_expression(text, "alpha(t)")


def test_brackets_around_brackets_are_no_depth() -> None:
    assert read_expression("(" * 140 + "t" + ")" * 140, "alpha(t)")(0.3) == 0.3


@pytest.mark.parametrize(("text", "start", "said"), [
    ("t/2", 0, r"which is 0.5 at t = 1; it has to be 1 there"),
    ("t + 0.001", 0, r"which is 0.001 at t = 0; it has to be 0 there"),
    ("t", 1, r"which is 0 at t = 0; it has to be 1 there"),
    ("t + sin(2*pi*t)/3", 0, r"which falls between t = 0.329 and 0.33; it has to rise"),
    ("1 - t - sin(2*pi*t)/3", 1, r"which rises between t = .*; it has to fall"),
    ("1/(1 - t)", 0, "which is no finite number at t = 1"),
    ("log(t)", 0, "which is no finite number at t = 0"),
    ("sqrt(t - 1/2)", 0, "which is no finite number at t = 0"),
    ("(8*(t - 1/2)**3)**2 / 2 + 1/2", 0, "at t = 0; it has to be 0"),
    ("t + 0*sqrt((t - 1/2)**2)", 0, r"which has no finite derivative at t = 0.5"),
])
def test_what_is_no_path_is_refused_with_the_value_seen(text: str, start: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        own_share(text, "alpha(t)", start)


@pytest.mark.parametrize(("key", "alpha", "beta"), [
    ("straight", "t", "1 - t"),
    ("trigonometric", "sin(pi*t/2)", "cos(pi*t/2)"),
    ("polynomial", "t**2", "1 - t^2"),
    ("linear-vp", "t", "sqrt(1 - t**2)"),
])
def test_own_formulas_that_spell_a_path_are_that_path(key: str, alpha: str, beta: str) -> None:
    named, own = PATHS[key], path_of("own", (("alpha", alpha), ("beta", beta)))
    t = np.linspace(0, 1, 2001)
    for of_named, of_own in ((named.alpha, own.alpha), (named.beta, own.beta), (named.d_alpha, own.d_alpha),
                             (named.d_beta, own.d_beta)):
        assert of_own(t) == pytest.approx(of_named(t), rel=1e-9, abs=1e-12)
    assert [own.alpha(0.0), own.alpha(1.0), own.beta(0.0), own.beta(1.0)] == [0, 1, 1, 0]
    assert own.reach == pytest.approx(named.reach)


def test_formulas_are_settings_that_are_checked() -> None:
    config = FlowConfig(path="own", alpha="t**2", beta="1 - t")
    assert config.full_path.alpha(0.5) == 0.25
    assert config.full_path.beta(0.5) == 0.5
    with pytest.raises(ConfigError, match=r"alpha\(t\) is 't/2'"):
        FlowConfig(alpha="t/2")
    with pytest.raises(ConfigError, match=r"beta\(t\) is 3; give a text"):
        FlowConfig(beta=3)  # type: ignore[arg-type]
