"""What every benchmark here shares: its two flags, medians, the printed table, the JSON object.

A benchmark measures both sides of each comparison in one run, makes a `Row` for each number that is promised in
the README, and ends with `sys.exit(report(...))`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A checkout is measured, also when another fmviz is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_PACKAGES = ("numpy", "torch", "POT", "scipy", "PySide6-Essentials", "pyqtgraph", "pillow")


@dataclass(frozen=True)
class Row:
    """One number.

    Args:
        what: what was measured.
        value: the number that is judged; a ratio where there is something to compare with.
        unit: of `value`; "x" for a ratio.
        reach: what should be reached, in words, for example ">= 100"; empty for a number that is only told.
        ok: whether it was reached; None if nothing is to be reached.
        against: the two sides of the comparison in words, for example "1.1 ms against 240 ms".
    """

    what: str
    value: float
    unit: str = ""
    reach: str = ""
    ok: bool | None = None
    against: str = ""


def parse(description: str, more: Callable[[argparse.ArgumentParser], object] | None = None) -> argparse.Namespace:
    """Return the flags: `json`, `quick`, and those that `more` adds to the parser."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, under 50 seconds")
    if more is not None:
        more(parser)
    return parser.parse_args()


def at_least(what: str, value: float, least: float, unit: str = "", against: str = "") -> Row:
    """Return the row of a number that should be `least` or more."""
    return Row(what, value, unit, f">= {least:g}", value >= least, against)


def at_most(what: str, value: float, most: float, unit: str = "", against: str = "") -> Row:
    """Return the row of a number that should be `most` or less."""
    return Row(what, value, unit, f"<= {most:g}", value <= most, against)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return float(statistics.median(values))


def seconds(work: Callable[[], object], repeat: int = 5, warm_up: int = 1) -> float:
    """Return the median duration of `work()` over `repeat` calls, after `warm_up` calls that do not count."""
    for _ in range(warm_up):
        work()
    durations = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return median(durations)


def machine() -> dict[str, Any]:
    """Return what the numbers depend on: cores, processor, system, Python and package versions."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "missing"
    return {"cores": os.cpu_count(), "processor": _processor(), "system": platform.platform(terse=True),
            "python": platform.python_version(), "versions": versions}


def report(title: str, rows: Sequence[Row], args: argparse.Namespace, **extra: Any) -> int:
    """Print the table, or one JSON object with `extra` in it; return 0, or 1 if something was not reached."""
    where = machine()
    is_reached = all(row.ok is not False for row in rows)
    if args.json:
        print(json.dumps({"title": title, "quick": args.quick, "ok": is_reached,
                          "rows": [vars(row) for row in rows], "machine": where, **extra}))
        return 0 if is_reached else 1
    heads = ("what", "value", "measured", "reach", "ok")
    lines = [
        (row.what, f"{row.value:,.4g} {row.unit}".strip(), row.against, row.reach,
         "" if row.ok is None else "yes" if row.ok else "NO")
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [heads, *lines]) for column in range(len(heads))]
    print(f"{title}{' (quick)' if args.quick else ''}")
    for line in [heads, tuple("-" * width for width in widths), *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    print(f"{where['processor']}, {where['cores']} cores, {where['system']}, Python {where['python']}, {versions}")
    return 0 if is_reached else 1


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
