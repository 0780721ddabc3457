"""The gallery, the sliders of training steps and of solver steps, and whether exported stills are the stage's pixels.

The gallery runs as its command does, with its defaults, in a process of its own; the others in the program's window.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _screen import screen
from _table import Row, at_most, parse, report
from window import run

GALLERY_S, STEP_S = 300.0, 0.3
_SCENES = Path(__file__).with_name("_figure_scenes.py")


def main() -> int:
    args = parse(__doc__.split("\n", 1)[0])
    rows: list[Row] = []
    with screen() as environment:
        moved = run("stepping", environment, script=_SCENES)
        rows.append(at_most("slider of training steps, two panes: move to new picture, worst", moved["worst_s"], STEP_S,
                            "s", f"median {moved['median_s']:.3f} s of {moved['moves']:.0f} first moves"))
        sampled = run("sampling", environment, script=_SCENES)
        rows.append(at_most("slider of solver steps, two panes: move to new picture, worst", sampled["worst_s"], STEP_S,
                            "s", f"median {sampled['median_s']:.3f} s of {sampled['moves']:.0f} first moves"))
        still = run("stills", environment, script=_SCENES)
        rows.append(at_most("exported stills against the stage at the same size: pixels that differ",
                            still["differing"], 0, "", f"of {still['pixels']:.0f}"))
        rows.append(gallery(environment, ("--steps", "1500") if args.quick else ()))
    return report("Figures", rows, args)


def gallery(environment: dict[str, str], more: tuple[str, ...]) -> Row:
    """Write the whole gallery once."""
    with tempfile.TemporaryDirectory(prefix="fmviz-bench-") as folder:
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "fmviz", "gallery", folder, *more], env=environment, check=False,
                              stderr=subprocess.PIPE, text=True)
        seconds = time.perf_counter() - begun
        if done.returncode != 0:
            sys.exit(f"The gallery ended with {done.returncode}: {done.stderr.splitlines()[-1]}")
        files = list(Path(folder).iterdir())
        size = sum(file.stat().st_size for file in files) / 1e6
    return at_most(f"the whole gallery at 480x480{' '.join(('', *more))}", seconds, GALLERY_S, "s",
                   f"{len(files)} files, {size:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
