"""The table of panels: where each has an answer, and its numbers."""

from dataclasses import replace

import pytest
from panel_answers import MADE

from fmviz.core.config import FlowConfig
from fmviz.core.couplings import COUPLINGS
from fmviz.core.errors import ConfigError
from fmviz.core.frames import UNLEARNED
from fmviz.core.panels import PANELS, PanelLane, panel_of, panel_table, why_not
from fmviz.core.project import Project
from fmviz.core.tabular import as_csv


def test_what_has_no_answer_says_why() -> None:
    for row in PANELS.values():
        for key in COUPLINGS:
            why = why_not(row, replace(Project(), lanes=(FlowConfig(coupling=key),)), 0)
            assert not why or why.endswith(".")
            assert why == "" or key != "random"


def test_panels_say_which_models_they_are_about() -> None:
    def whys(model: str) -> list[str]:
        return [why_not(row, replace(Project(), lanes=(FlowConfig(model=model),)), 0) for row in PANELS.values()]

    assert whys("flow") == ["", "", ""]
    assert [bool(why) for why in whys("exact")] == [True, False, False]  # which has no weights, and a velocity
    assert all(why.endswith(".") for why in whys("nf"))


def test_a_lane_without_steps_names_none() -> None:
    project = Project()
    table = panel_table([PanelLane(project.marks[0], UNLEARNED, project.lanes[0], MADE["evaluations"][0])])
    assert {row[1] for row in table.rows} == {None}


def test_an_unknown_panel_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'curl'.*gradients"):
        panel_of("curl")


@pytest.mark.parametrize("key", PANELS)
def test_numbers_name_the_lane_and_its_step(key: str) -> None:
    project = Project()
    lanes = [PanelLane(project.marks[0], step, project.lanes[0], MADE[key][0]) for step in (0, 60)]
    table = panel_table(lanes)
    assert {row[:2] for row in table.rows} == {("A Random coupling", 0.0), ("A Random coupling", 60.0)}
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert len(as_csv(table).splitlines()) == 1 + len(table.rows) > 3


def test_of_nothing_there_is_an_empty_table() -> None:
    assert panel_table([PanelLane(Project().marks[0], 0, FlowConfig())]).rows == ()
