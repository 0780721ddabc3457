"""The short mode of `scripts/fuzz.py`: damaged files end in a picture or in a sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path


def test_damaged_files_are_drawn_or_refused(root: Path, python: str) -> None:
    command = [python, "scripts/fuzz.py", "--quick"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows = [line for line in answer.stdout.splitlines() if line.startswith("| ")][1:]
    assert rows
    for row in rows:
        cases, read, refused = (int(cell.replace(",", "")) for cell in row.split("|")[2:5])
        assert read + refused == cases
        assert refused > 0, "none of them was damaged"
