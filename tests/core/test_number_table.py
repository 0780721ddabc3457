"""The numbers as text: the same ones in each format, and nothing that breaks it."""

from __future__ import annotations

import csv
import io

import pytest

from fmviz.core.frames import Metrics
from fmviz.core.number_table import NumberRow, number_table
from fmviz.core.tabular import TEXTS, as_csv, as_latex, as_markdown

TABLE = number_table((
    NumberRow("A Random", 16_000, Metrics(loss=11.7021234, w2=0.435, w2_floor=0.41, path_length=4.35,
                                          straight_length=2.92, npe=1.767, steps_per_second=824.4, loss_floor=11.5,
                                          exact_error=0.0213, nll=2.6312, nll_error=0.0042, nll_floor=2.614,
                                          nfe=80)),
    NumberRow("B a|b & 50 %_x, y", None, Metrics()),
))


def test_markdown_has_as_many_cells_in_each_line() -> None:
    lines = as_markdown(TABLE).splitlines()
    assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1
    assert lines[2] == ("| A Random | 16,000 | 824 | 11.702 | 11.500 | 0.0213 | 0.435 | 0.410 | 4.35 | 2.92 | 1.49 | "
                        "1.767 | 2.631 | 0.004 | 2.614 | 80 |")
    assert lines[3].startswith(r"| B a\|b & 50 %_x, y | – | – |")


def test_latex_is_escaped_and_whole() -> None:
    text = as_latex(TABLE)
    assert text.startswith(r"\begin{tabular}{lrrrrrrrrrrrrrrr}")
    assert r"B a|b \& 50 \%\_x, y & -- & -- &" in text
    assert text.count(r" \\") == 3
    assert {line.count(" & ") for line in text.splitlines() if line.endswith(r"\\")} == {15}


def test_csv_has_all_digits_and_reads_back() -> None:
    head, first, second = csv.reader(io.StringIO(as_csv(TABLE)))
    assert dict(zip(head, first, strict=True))["Loss"] == "11.7021234"
    assert second == ["B a|b & 50 %_x, y", *[""] * 15]


@pytest.mark.parametrize("kind", TEXTS)
def test_a_table_of_nothing_has_its_head(kind: str) -> None:
    assert "NPE" in TEXTS[kind](number_table(()))
