"""The fault table's short mode: real processes are killed while they write, and nothing is damaged, left or lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="kills processes by signals")
def test_the_fault_table_is_right(root: Path, python: str) -> None:
    answer = subprocess.run([python, str(root / "scripts" / "faults.py"), "--quick", "--json"], capture_output=True,
                            text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows = json.loads(answer.stdout)
    assert len(rows) >= 6
    assert sum(row["tries"] for row in rows) >= 35
