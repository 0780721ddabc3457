"""Every kind of table is read as it was meant, or refused with a true and helpful sentence."""

from __future__ import annotations

import io

import numpy as np
import pytest
from table_cases import CASES, Case

from fmviz.core.errors import CloudError
from fmviz.core.table import ReadChoice, UnclearTable
from fmviz.files.tables import inspect_table, read_cloud


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_read_as_it_was_meant_or_refused_in_a_sentence(case: Case) -> None:
    if isinstance(case.expected, str):
        with pytest.raises(CloudError, match=case.expected) as caught:
            read_cloud(io.BytesIO(case.data), case.choice)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
        if isinstance(caught.value, UnclearTable):
            view = inspect_table(io.BytesIO(case.data), case.choice)
            assert caught.value.question == view.questions[0]
            assert all(getattr(ReadChoice(), question.field, "") in (None, False) for question in view.questions)
    else:
        read = read_cloud(io.BytesIO(case.data), case.choice)
        np.testing.assert_allclose(read.cloud.xy, case.expected, rtol=1e-12, atol=0)
        view = inspect_table(io.BytesIO(case.data), case.choice)
        assert not view.questions
        assert view.guess.columns is not None
        assert {view.guess.columns} <= {(a.key, b.key) for a in view.columns for b in view.columns}
        assert len(view.rows[0]) == len(view.columns)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)
