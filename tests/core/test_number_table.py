"""The numbers as text: the same ones in each format, nothing that breaks it, bold for what is clearly better."""

from __future__ import annotations

import csv
import io

import pytest

from fmviz.core.quantities import QUANTITIES, Metrics, NumberRow, number_table
from fmviz.core.tabular import TEXTS, as_csv, as_latex, as_markdown

TABLE = number_table((
    NumberRow("A Random", 16_000, Metrics(loss=11.7021234, w2=0.436, w2_error=0.021, w2_floor=0.41, path_length=4.35,
                                          straight_length=2.92, npe=1.767, npe_error=0.0123, steps_per_second=824.4,
                                          loss_floor=11.5, exact_error=0.0213, nll=2.6312, nll_error=0.0042,
                                          nll_floor=2.614, nfe=80)),
    NumberRow("B a|b & 50 %_x, y", None, Metrics()),
))
PAIR = number_table((NumberRow("A", 900, Metrics(npe=0.90, npe_error=0.01, w2=0.30, w2_error=0.04)),
        NumberRow("B", 900, Metrics(npe=0.02, npe_error=0.01, w2=0.26, w2_error=0.04))))


def test_markdown_has_the_known_columns_with_their_errors() -> None:
    head, _, first, second = as_markdown(TABLE).splitlines()
    assert head == ("| Pane | Steps | Steps/s | Loss | Loss floor | Exact error | W2 | W2 floor | Path | Straight | "
                    "Path / straight | NPE | NLL | Entropy | Evaluations |")
    assert first == ("| A Random | 16,000 | 824 | 11.702 | 11.500 | 2.1 % | 0.44 ± 0.02 | 0.410 | 4.35 | 2.92 | 1.49 | "
                     "1.767 ± 0.012 | 2.631 ± 0.004 | 2.614 | 80 |")
    assert second == "| B a\\|b & 50 %_x, y |" + 14 * " – |"


def test_latex_is_escaped_and_whole() -> None:
    text = as_latex(TABLE)
    assert text.startswith(r"\begin{tabular}{lrrrrrrrrrrrrrr}")
    assert r"B a|b \& 50 \%\_x, y & -- & -- &" in text
    assert r"2.1 \% & 0.44 $\pm$ 0.02 &" in text
    assert text.count(r" \\") == 3
    assert {line.count(" & ") for line in text.splitlines() if line.endswith(r"\\")} == {14}


def test_csv_has_all_digits_and_reads_back() -> None:
    head, first, second = csv.reader(io.StringIO(as_csv(TABLE)))
    row = dict(zip(head, first, strict=True))
    assert (row["Loss"], row["NPE, error"], row["Exact error"]) == ("11.7021234", "0.0123", "0.0213")
    assert second == ["B a|b & 50 %_x, y", *[""] * (len(head) - 1)]


def test_only_what_is_better_beyond_its_error_is_bold() -> None:
    assert "| **0.020 ± 0.010** |" in as_markdown(PAIR)
    assert r"\textbf{0.020 $\pm$ 0.010}" in as_latex(PAIR)
    assert as_markdown(PAIR).count("**") == 2  # not W2, which differs by less than twice its error


@pytest.mark.parametrize("kind", TEXTS)
def test_a_table_of_nothing_has_its_head(kind: str) -> None:
    assert all((column.latex if kind == "LaTeX" and column.latex else column.title) in TEXTS[kind](number_table(()))
               for column in QUANTITIES)
