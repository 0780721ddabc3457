"""`python scripts/bench/tables.py`: how long large files of points take: look, points, memory; in the window too."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _screen import screen
from window import run

# A checkout is measured, also when another fmviz is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

ROWS, COLUMNS = 200_000, 12


def main() -> int:
    """Make the files, look at each in a process of its own, print a row for each."""
    if len(sys.argv) > 1:
        print(_row(Path(sys.argv[1])))
        return 0
    print(f"| {ROWS:,} rows x {COLUMNS} | MB | first look, s | points, s | processor, s | memory, MB |")
    print("|---|---|---|---|---|---|")
    values = np.random.default_rng(0).normal(0, 100, (ROWS, COLUMNS))
    text = io.StringIO()
    np.savetxt(text, values, delimiter=",", fmt="%.8f", header=",".join("abcdefghijkl"), comments="")
    plain = text.getvalue()
    files = {"comma.csv": plain, "german.csv": plain.replace(",", ";").replace(".", ","), "spaces.txt": plain.replace(
        ",", " "), "minus.tsv": plain.replace(",", "\t").replace("-", "\u2212")}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            Path(folder, name).write_text(data, encoding="utf-8")
        np.save(Path(folder, "points.npy"), values[:, :2])
        for path in sorted(Path(folder).iterdir()):
            subprocess.run([sys.executable, __file__, str(path)], check=True)
        with screen() as environment:
            told = run("table", environment, FMVIZ_BENCH_TABLE=str(Path(folder, "comma.csv")))
    print(f"\ncomma.csv through the window: dialog after {told['look_s']:.2f} s, {told['points']:,.0f} points are the "
          f"source after {told['loaded_s']:.2f} s, longest pause of the window {told['pause_s']:.2f} s")
    return 0


def _row(path: Path) -> str:
    from fmviz.files.tables import open_table, read_cloud

    begun = time.perf_counter()
    open_table(path, is_quick=True).view()
    looked = time.perf_counter()
    used = time.process_time()
    read = read_cloud(path)
    assert len(read.cloud) == ROWS
    done, used = time.perf_counter(), time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (f"| {path.name} | {path.stat().st_size / 1e6:.0f} | {looked - begun:.2f} | {done - looked:.2f} | "
            f"{used:.2f} | {peak:,.0f} |")


if __name__ == "__main__":
    sys.exit(main())
