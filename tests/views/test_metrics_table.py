"""One row per lane, a dash for what is unknown, bold for what is clearly better, steady widths, chosen columns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_flows import curves, learned
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from fmviz.canvas.fonts import load_fonts
from fmviz.core.lanes import usual_mark
from fmviz.core.tabular import TEXTS
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.session import Session
from fmviz.views import words
from fmviz.views.lane_swatch import lane_swatch
from fmviz.views.metrics_table import COLUMNS, MAIN, MetricsTable, columns_within
from fmviz.views.style_sheet import style_sheet

KEYS = [column.key for column in COLUMNS]


@pytest.fixture
def table(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> MetricsTable:
    table = MetricsTable(document, session, theme)
    qtbot.addWidget(table)
    table.show()
    return table


def texts(table: MetricsTable, lane: int) -> dict[str, str]:
    """Return a lane's row by column."""
    return {key: cell.text() for key, cell in table.cells[lane].items()}


def test_before_learning_there_are_dashes(table: MetricsTable) -> None:
    assert set(texts(table, 0).values()) == {words.UNKNOWN}
    assert not table.cells[1]["w2"].isVisible()


def test_numbers_of_both_lanes(table: MetricsTable, document: Document, session: Session) -> None:
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project, w2=(0.40, 0.25)))
    assert table.cells[1]["w2"].isVisible()
    assert texts(table, 1)["step"] == "4,000"
    assert texts(table, 0)["w2"] == "0.400 (floor 0.240)"
    assert texts(table, 1)["w2"] == "<b>0.250</b> (floor 0.240)"
    assert texts(table, 0)["path_ratio"] == "1.02"
    assert "A Random" in table.names[0].text()
    assert "B OT" in table.names[1].text()


def test_where_a_part_alone_is_paired_w2_says_so(table: MetricsTable, document: Document, session: Session) -> None:
    document.set_lanes(("random", "partial"))
    session.adopt(learned(document.project))
    assert "With partial coupling not all" in table.cells[1]["w2"].toolTip()
    assert "not all" not in table.cells[0]["w2"].toolTip() + table.cells[1]["path_ratio"].toolTip()


def test_equal_numbers_are_not_called_better(table: MetricsTable, document: Document, session: Session) -> None:
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    assert not any("<b>" in text for lane in (0, 1) for text in texts(table, lane).values())


def test_lanes_are_compared_after_about_as_many_steps(table: MetricsTable, document: Document,
                                                      session: Session) -> None:
    document.set_lanes(("random", "ot"))
    first, second = learned(document.project, w2=(0.25, 0.40))
    assert second.snapshot is not None
    session.adopt((first, replace(second, snapshot=replace(second.snapshot, step=100))))
    assert not any("<b>" in text for lane in (0, 1) for text in texts(table, lane).values())


def test_a_w2_of_long_ago_is_not_called_better(table: MetricsTable, document: Document, session: Session) -> None:
    document.set_lanes(("random", "ot"))
    first, second = learned(document.project, w2=(0.40, 0.25))
    assert first.snapshot is not None
    early = replace(first.snapshot, curves=curves(1_000))
    session.adopt((replace(first, snapshot=early), second))
    assert "<b>" not in texts(table, 1)["w2"]
    assert f"Measured after step {int(early.curves.w2_step[-1])}." in table.cells[0]["w2"].toolTip()
    assert "Measured" not in table.cells[1]["w2"].toolTip()


def test_the_loss_is_never_compared() -> None:
    assert not next(column for column in COLUMNS if column.key == "loss").is_compared


def test_the_table_stands_still(table: MetricsTable, document: Document, session: Session) -> None:
    load_fonts()
    table.setStyleSheet(style_sheet(load_theme("dark")))
    document.set_lanes(("random", "ot"))
    table.resize(700, 80)
    before = table.layout().minimumSize().width()
    session.adopt(learned(document.project, w2=(0.40, 0.25)))
    assert table.layout().minimumSize().width() == before
    assert before <= 700


def test_a_narrow_table_leaves_out_the_least_important(table: MetricsTable) -> None:
    assert columns_within(960) == set(MAIN)
    for chosen in (MAIN, KEYS):
        assert all(columns_within(width, chosen) <= columns_within(width + 20, chosen) for width in range(200, 961, 20))
    table.resize(500, 60)
    assert [key for key, cell in table.cells[0].items() if cell.isVisible()] == ["w2", "path_ratio"]
    assert table.minimumSizeHint().width() < 300


def test_every_number_is_explained(table: MetricsTable) -> None:
    for column, cell in zip(COLUMNS, table.cells[0].values(), strict=True):
        assert cell.toolTip() == column.tip
        assert column.tip.endswith(".")


def test_a_coupling_keeps_its_colour_alone(table: MetricsTable, document: Document, theme: Theme) -> None:
    document.set_lanes(("random", "ot"))
    assert lane_swatch(usual_mark(0, "random"), theme) in table.names[0].text()
    assert lane_swatch(usual_mark(1, "ot"), theme) in table.names[1].text()
    document.set_lanes(("ot",))
    assert lane_swatch(usual_mark(0, "ot"), theme) in table.names[0].text()


def test_columns_are_chosen_by_a_menu(table: MetricsTable) -> None:
    table.resize(1_900, 60)
    table.choices["crossings"].trigger()
    table.choices["loss"].trigger()
    shown = [key for key, cell in table.cells[0].items() if cell.isVisible()]
    assert shown == list(table.columns) == ["exact_error", "w2", "path_ratio", "npe", "crossings"]
    table.show_columns(("crossings", "of an older version"))
    assert [key for key, cell in table.cells[0].items() if cell.isVisible()] == ["crossings"]
    table.show_columns(())
    assert [key for key, cell in table.cells[0].items() if cell.isVisible()] == list(MAIN)


@pytest.mark.parametrize("kind", TEXTS)
def test_the_numbers_are_copied(table: MetricsTable, document: Document, session: Session, kind: str) -> None:
    session.adopt(learned(document.project))
    said: list[str] = []
    table.copied.connect(said.append)
    next(action for action in table.copy.menu().actions() if kind in action.text()).trigger()
    assert "Random" in QGuiApplication.clipboard().text()
    assert "0.25" in QGuiApplication.clipboard().text()
    assert said == [f"The numbers were copied as {kind}."]
