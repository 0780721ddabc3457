"""The window under load: frame intervals while training, training speed beside it, closing, a long soak.

A real window of 1280x800 on a virtual screen. Training speed is measured in turns, with and without the window.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from _screen import screen
from _table import Row, at_least, at_most, median, parse, report

_SCENES = Path(__file__).with_name("_scenes.py")
# The longest scene, the soak, takes five minutes; a scene behind a question that nobody answers takes for ever.
_LIMIT_S = 1200


def run(name: str, environment: dict[str, str], seconds: float = 0.0, script: Path = _SCENES,
        **variables: str) -> dict[str, float]:
    """Return what one scene measured, with its exit code and when it ended."""
    done = subprocess.run([sys.executable, str(script), name, str(seconds)], env={**environment, **variables},
                          stdout=subprocess.PIPE, text=True, check=False, timeout=_LIMIT_S)
    ended = time.time()
    if not done.stdout.strip():
        sys.exit(f"The scene {name} ended with {done.returncode} and said nothing.")
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "code": done.returncode, "ended": ended}


def main() -> int:
    args = parse(__doc__ or "")
    length, turns, frames = (6.0, 1, 1500) if args.quick else (60.0, 3, 20_000)
    pause = 5.0 if args.quick else 15.0
    rows: list[Row] = []
    with screen() as environment:
        ratios, beside, alone = [], [], []
        for _ in range(turns):
            with_window = run("training", environment, pause)
            without = run("alone", environment, pause)
            beside.append(with_window["steps_per_second"])
            alone.append(without["steps_per_second"])
            ratios.append(beside[-1] / alone[-1])
        rows.append(at_least("training steps/s beside the window at 60 Hz against no window", median(ratios), 0.93, "x",
                             f"{median(beside):.0f} against {median(alone):.0f}"))
        for lanes, name, p99, worst in (("1", "one pane", 18, 40), ("2", "two panes", 19, 45),
                                        ("4", "four panes", 22, 60)):
            at_60 = run("training", environment, length, FMVIZ_BENCH_LANES=lanes)
            told = f"median {at_60['median_ms']:.1f} ms, {at_60['fps']:.1f} fps, {at_60['frames']:.0f} frames"
            rows.append(at_most(f"frame interval while training, {name}: p99", at_60["p99_ms"], p99, "ms", told))
            rows.append(at_most(f"frame interval while training, {name}: worst", at_60["worst_ms"], worst, "ms", told))
            rows.append(at_least(f"new pictures a second while training, {name}, all lanes",
                                 at_60["pictures_per_second"], 2.0, "1/s"))
        made = run("exporting", environment, length)
        rows.append(at_most("frame interval while a 1920x1080 MP4 is exported: p99", made["p99_ms"], 18, "ms",
                            f"median {made['median_ms']:.1f} ms, {made['fps']:.1f} fps, {made['frames']:.0f} frames; "
                            f"the export made {made['export_fps']:.1f} frames/s {made['message']}".strip()))
        closed = run("closing", environment)
        rows.append(at_most("closing while training and exporting: time", closed["ended"] - closed["asked"], 2.0, "s",
                            f"exit code {closed['code']:.0f}, {closed['left_behind']:.0f} files left behind"))
        rows.append(at_most("closing while training and exporting: exit code", closed["code"], 0))
        soaked = run("soak", environment, FMVIZ_BENCH_FRAMES=str(frames))
        rows.append(at_most("painted frames: change of the reference count of None", soaked["none_change"], 200, "",
                            f"{soaked['frames']:.0f} frames, exit code {soaked['code']:.0f}"))
        rows.append(at_most("painted frames: growth of memory", soaked["memory_growth_mb"], 50, "MB"))
    return report("The window under load", rows, args, cpus=os.cpu_count())


if __name__ == "__main__":
    sys.exit(main())
