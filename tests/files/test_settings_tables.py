"""The tables of settings, styles and exports: defaults, ranges, and words for what is out of them."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from fmviz.core.config import (
    FIELD,
    FIELDS,
    LEARNING,
    OF_SOME,
    SAMPLING,
    Field,
    FlowConfig,
    Value,
    check_used,
    checked,
    config_from_mapping,
)
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError, ExportError, FmvizError
from fmviz.core.export_spec import GIF_DELAYS_MS, ExportSpec, gif_delay_ms
from fmviz.core.film import beats_of
from fmviz.core.layers import LAYERS
from fmviz.core.models import MODELS
from fmviz.core.paths import PATHS
from fmviz.core.project import Project
from fmviz.core.resources import resource_path
from fmviz.core.solvers import SOLVERS
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme
from fmviz.files.project_settings import decode_project, encode_project, from_json, to_json


def another_value(field: Field) -> Value:
    """Return an allowed value that is not the default, of a setting that has one."""
    if field.choices is not None:
        return next(key for key in field.choices if key != field.default)
    if field.is_text:
        return {"alpha": "t**2", "beta": "1 - t**2"}[field.name]
    return field.low if field.low != field.default else field.high


def test_the_table_is_the_configuration() -> None:
    assert [field.name for field in FIELDS] == [field.name for field in fields(FlowConfig)]
    for field in FIELDS:
        assert getattr(FlowConfig(), field.name) == field.default
        assert checked(field.name, field.default) == field.default
        assert field.help.endswith(".")


@pytest.mark.parametrize("field", [field for field in FIELDS if field.choices is None or len(field.choices) > 1],
                         ids=lambda field: field.name)
def test_every_setting_is_one_of_learning_or_one_of_sampling(field: Field) -> None:
    assert (field in LEARNING) is not (field in SAMPLING)
    usual = next(config for config in (FlowConfig(coupling=coupling, path=path, model=model, solver=solver)
                                       for model, solver, coupling, path in product(
                                           MODELS, (FlowConfig().solver, *SOLVERS), COUPLINGS, PATHS))
                 if config.uses(field.name))
    changed = replace(usual, **{field.name: another_value(field)})
    assert (changed.learning != usual.learning) is (field in LEARNING)
    assert (changed.sampling != usual.sampling) is (field in SAMPLING)


@pytest.mark.parametrize(("used", "changed"), [
    (FlowConfig(), {"epsilon": 0.5, "mass": 0.2, "pool": 64, "exponent": 3.0, "alpha": "t**2"}),
    (FlowConfig(coupling="entropic", path="polynomial"), {"mass": 0.2, "beta": "1 - t**2"}),
])
def test_settings_that_change_nothing_ask_for_no_other_training(used: FlowConfig, changed: dict[str, Value]) -> None:
    other = replace(used, **changed)
    assert other != used
    assert other.learning == used.learning


CHOSEN = [FlowConfig(**{choice: key}) for choice in ("model", "coupling", "path", "solver")
          for key in FIELD[choice].choices or ()]


@pytest.mark.parametrize("name", FIELD)
def test_what_is_given_in_vain_is_refused_and_the_advice_mends_it(name: str) -> None:
    value = FIELD[name].default or FIELD[name].high
    for chosen in (*CHOSEN, *(replace(config, reflow=1) for config in CHOSEN)):
        asked = config = chosen if name in ("model", "coupling", "path", "solver") else replace(chosen, **{name: value})
        for _ in OF_SOME:
            try:
                check_used(name, name, (asked,))
                break
            except ConfigError as error:
                choice, key = str(error).removeprefix(f"{name} changes something with ").split(" ")[:2]
                assert not asked.uses(name)
                asked = replace(asked, **{choice: checked(choice, key)})
        # The pool is for whatever plan there is.
        assert asked.uses(name) or (name == "pool" and asked.uses("coupling"))
        check_used(name, name, (config, asked))


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.default == 0])
def test_whatever_a_lane_does_not_use_may_be_0_in_it(name: str) -> None:
    for config in CHOSEN:
        check_used(name, name, (replace(config, **{name: 0}),))


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.choices is None and not field.is_text])
def test_numbers_are_taken_at_their_limits_and_refused_beyond(name: str) -> None:
    field = FIELD[name]
    assert checked(name, field.low) == field.low
    assert checked(name, str(field.default)) == field.default
    assert checked(name, np.float64(field.default)) == field.default
    beyond = field.high * 2 + 1
    with pytest.raises(ConfigError, match=field.label):
        checked(name, int(beyond) if isinstance(field.default, int) else beyond)


@pytest.mark.parametrize("value", ["many", "", None, True, [1], {}, float("nan"), float("inf"), 2.5, "2.5", "2,5",
                                   "0,001", "12.000", "1e400"])
def test_what_is_no_whole_number_is_refused_with_the_value(value: object) -> None:
    with pytest.raises(ConfigError, match=r"Training steps is .*; give a whole number"):
        checked("steps", value)


@pytest.mark.parametrize("value", ["sinkhorn", None, 3, ["ot"], {}])
def test_what_is_no_choice_is_refused_with_the_choices(value: object) -> None:
    with pytest.raises(ConfigError, match="choose one of random, ot"):
        checked("coupling", value)


def test_large_limits_are_readable() -> None:
    with pytest.raises(ConfigError, match=r"is 1000001; give a whole number from 1 to 1,000,000\."):
        checked("steps", 1_000_001)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no setting 'stpes'.*steps"):
        config_from_mapping({"stpes": 3})
    assert config_from_mapping({"steps": "30", "lr": 1e-2}) == FlowConfig(steps=30, lr=1e-2)
    assert config_from_mapping({"steps": "12,000", "lr": "0,001"}) == FlowConfig(steps=12_000, lr=1e-3)


def test_layers_are_kept_in_drawing_order_and_once() -> None:
    assert Style(layers=("particles", "density", "particles")).layers == ("density", "particles")
    style = Style()
    for name in LAYERS:
        assert name in style.with_layer(name, True).layers
        assert name not in style.with_layer(name, False).layers
    for view in VIEWS.values():
        assert set(style.with_view(view.name).layers) == set(view.layers)


def test_of_maps_that_fill_the_pane_one_is_shown() -> None:
    both = Style(layers=("magnitude", "density", "particles"))
    assert {"magnitude", "density"} < set(both.layers), "files that have two keep them"
    assert both.with_layer("divergence", True).layers == ("divergence", "particles")
    beside = both.with_layer("density_difference", True)
    assert beside.layers == ("magnitude", "density", "density_difference", "particles"), "it lies in other panes"
    assert "density_difference" not in beside.with_layer("speed_difference", True).layers
    for row in LAYERS.values():
        assert not any(row.hides(other) for other in LAYERS.values() if not other.is_map)


@pytest.mark.parametrize("wrong", [
    {"layers": ("shadow",)}, {"view": "nothing"}, {"colour_by": "red"}, {"arrows": "long"}, {"bandwidth": 0.0},
    {"bandwidth": float("nan")}, {"trail": 2.0}, {"particles": 0},
])
def test_a_bad_style_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Style(**wrong)


@pytest.mark.parametrize("wrong", [{"width": 0, "height": 0}, {"width": 10_000}, {"fps": 7.0}, {"fps": float("nan")},
                                   {"seconds": 0.0}, {"seconds": float("inf")}, {"hold": -1.0}, {"theme": "pink"},
                                   {"lanes": (0, 0)}, {"lanes": (5,)}])
def test_a_bad_export_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ExportError):
        ExportSpec(**wrong)


def test_export_times_hold_both_ends_and_ascend() -> None:
    for delay in GIF_DELAYS_MS:
        spec = ExportSpec(fps=1000 / delay, seconds=2.0, hold=0.5)
        assert gif_delay_ms(spec.fps) == delay
        t = np.array([beat.share for beat in beats_of(spec)])
        held = round(500 / delay)
        assert (t[:held] == 0).all()
        assert (t[-held:] == 1).all()
        assert (np.diff(t) >= 0).all()
        assert len(t) * delay == pytest.approx(3000, abs=2 * delay)
        back = np.array([beat.share for beat in beats_of(replace(spec, closing="bounce"))])
        assert np.array_equal(back[:held], t[:held])
        assert (np.diff(back[: back.argmax() + held]) >= 0).all()
        assert (np.diff(back[back.argmax() + held :]) < 0).all()


def test_themes_and_resources_are_there() -> None:
    assert load_theme("dark").name == "dark"
    assert load_theme("light").stage.startswith("#")
    with pytest.raises(FileNotFoundError, match=r"nothing\.svg"):
        resource_path("icons/nothing.svg")


def test_every_error_of_the_user_is_one_kind() -> None:
    assert issubclass(ConfigError, FmvizError)
    assert not issubclass(FmvizError, ValueError)


@pytest.mark.parametrize(("stored", "theme"), [
    ({"theme": "dark"}, ""), ({"theme": "light"}, "light"), ({"theme": "dark", "text_percent": 0.0}, "dark"),
    ({"theme": "", "text_percent": 0.0}, ""), ({}, ""),
])
def test_a_theme_that_nobody_chose_is_none(stored: dict[str, object], theme: str) -> None:
    plain = from_json(to_json(encode_project(Project())))
    assert decode_project({**plain, "export": stored}, {}).export.theme == theme
