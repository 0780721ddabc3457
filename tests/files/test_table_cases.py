"""Every kind of table is read as it was meant, or refused with a true and helpful sentence."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
from made_books import xlsx
from table_cases import CASES, Case

from fmviz.core.errors import CloudError
from fmviz.core.table import ReadChoice, UnclearTable
from fmviz.files.tables import open_table, read_cloud


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_read_as_it_was_meant_or_refused_in_a_sentence(case: Case) -> None:
    if isinstance(case.expected, str):
        with pytest.raises(CloudError, match=case.expected) as caught:
            read_cloud(io.BytesIO(case.data), case.choice)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
        if isinstance(caught.value, UnclearTable):
            view = open_table(io.BytesIO(case.data), case.choice).view()
            assert caught.value.question == view.questions[0]
            assert all(getattr(ReadChoice(), question.field, "") in (None, False) for question in view.questions)
    else:
        read = read_cloud(io.BytesIO(case.data), case.choice)
        np.testing.assert_allclose(read.cloud.xy, case.expected, rtol=1e-12, atol=0)
        view = open_table(io.BytesIO(case.data), case.choice).view()
        assert not view.questions
        assert view.guess.columns is not None
        assert {view.guess.columns} <= {(a.key, b.key) for a in view.columns for b in view.columns}
        assert len(view.rows[0]) == len(view.columns)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)


def test_what_was_decided_is_said() -> None:
    said = {case.name: " ".join(read_cloud(io.BytesIO(case.data), case.choice).notes) for case in CASES
            if not isinstance(case.expected, str)}
    for name, words in {
        "pandas without index": "Line 1, '0, 1', was taken as heading.",
        "titles": "Passed over as title: 2 lines, first 'Stage log, export 3'.",
        "units": "Line 2, 'mm, mm', was taken as units.",
        "thousands and tabs": "Numbers such as '1,012' were read as 1012.",
        "labels": "The column 'label' may be a label; it was not used.",
        "missing as 'oops'": "Left out: 2 of 60 rows, for want of a number.",
        "UMAP after others": "x is 'UMAP_1', y is 'UMAP_2'.",
        "npy of rows x and y": "was transposed",
    }.items():
        assert words in said[name]
    assert said["plain"] == ""


def test_weights_and_labels_come_with_their_points() -> None:
    text = "x,y,w,kind\n" + "".join(f"{i},{i * i},{1 + i % 3},{'ba'[i % 2] if i else ''}\n" for i in range(9))
    read = read_cloud(io.BytesIO(text.encode()), ReadChoice(weights="w", labels="kind"))
    assert read.cloud.weights == pytest.approx(np.array([1, 2, 3] * 3) / 18)
    assert read.cloud.labels is not None
    assert read.cloud.labels.names == ("a", "b")
    assert read.cloud.labels.codes.tolist() == [-1, 0, 1, 0, 1, 0, 1, 0, 1]


def test_a_table_says_what_its_columns_are() -> None:
    head = "id,name,dataset,lon,lat,cluster,weight,note,\n"
    rows = "".join(f"{i},n{i},{'pq'[i % 2]},{i * .5},{-i * .25},{i % 3},{i},,\n" for i in range(30))
    view = open_table(io.BytesIO((head + rows).encode())).view()
    assert {column.key: column.role for column in view.columns} == {
        "id": "index", "name": "", "dataset": "group", "lon": "x", "lat": "y", "cluster": "label", "weight": "weight",
        "note": ""}
    assert (view.guess.columns, view.count, view.is_whole) == (("lon", "lat"), 30, True)
    assert [question.field for question in view.questions] == ["rows"]
    assert view.rows[1][:5] == ("1", "n1", "q", "0.5", "-0.25")


def test_a_glance_at_a_large_table_sees_its_beginning() -> None:
    data = ("x,y\n" + "1.5,2.25\n" * 100_000).encode()
    view = open_table(io.BytesIO(data), is_quick=True).view()
    assert not view.is_whole
    assert 1_000 < view.count < 100_000
    assert view.guess.columns == ("x", "y")


@pytest.mark.parametrize("case", [case for case in CASES if not isinstance(case.expected, str)
                                  and (case.choice.part, case.choice.has_heading) == (None, None)],
                         ids=lambda case: case.name)
def test_what_is_chosen_of_an_open_table_is_what_is_chosen_at_once(case: Case) -> None:
    table = open_table(io.BytesIO(case.data))
    with suppress(CloudError):
        table.view()
    chosen = table.choosing(case.choice)
    assert chosen is not None
    np.testing.assert_array_equal(chosen.cloud().cloud.xy, read_cloud(io.BytesIO(case.data), case.choice).cloud.xy)
    assert table.choosing(ReadChoice(has_heading=True)) is None


def test_a_spreadsheets_zeros_are_numbers() -> None:
    book = xlsx({"S": [[0.0, float(i)] for i in range(9)]})
    np.testing.assert_array_equal(read_cloud(io.BytesIO(book)).cloud.xy, [[0, i] for i in range(9)])
