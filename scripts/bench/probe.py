"""A probe under a person's hand: how soon its numbers and lines follow the mouse in the story with two panes, the
frames meanwhile, with and without a training, and how soon the whole answer is there once the mouse rests.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from _scenes import Window
from _screen import screen
from _table import at_most, parse, report
from window import run

_MOVES, _TURN_S = 240, 1 / 60


def following(_length_s: float) -> dict[str, float]:
    """Move the mouse at 60 Hz in a wide circle over the untrained and the training window; note when answers come."""
    found: dict[str, float] = {}
    with Window() as at:
        at.rest_in_story(2.0)
        for name in ("idle", "training"):
            if name == "training":
                at.session.train()
                at.until(lambda: at.session.state.name == "TRAINING")
                at.spin(3.0)
            found |= {f"{name}_{key}": value for key, value in _followed(at).items()}
    return found


def _followed(at: Window) -> dict[str, float]:
    canvas, style = at.stage.canvas, at.document.project.style
    layers = style.with_layer("probe", True).layers
    came: dict[tuple[float, float], float] = {}
    asked: dict[tuple[float, float], float] = {}

    def known() -> list[object]:
        return [None if snapshot is None else snapshot.probed for snapshot in at.session.drawn()]

    def note() -> None:
        now = time.perf_counter()
        for place in {probed.place for probed in known() if probed is not None}:
            came.setdefault(place, now)

    at.session.beside.changed.connect(note)
    at.paints.clear()
    for angle in np.linspace(0, 4 * np.pi, _MOVES).tolist():
        place, turn = (3 * np.cos(angle), 3 * np.sin(angle)), time.perf_counter()
        asked[place] = turn
        at.stage.try_look(layers=layers, probe=place)
        at.spin(max(0.0, _TURN_S - (time.perf_counter() - turn)))
    frames_ms = 1000 * np.diff(np.array(at.paints))
    rested = time.perf_counter()

    def waited_ms(part: str) -> float:
        at.until(lambda: all(probed is not None and probed.place == place and getattr(probed, part) is not None
                             for probed in known()))
        return 1000 * (time.perf_counter() - rested)

    ways_ms, whole_ms = waited_ms("ways"), waited_ms("likelihood")
    at.session.beside.changed.disconnect(note)
    at.stage.try_look()
    waits_ms = 1000 * np.array([came[place] - asked[place] for place in asked if place in came])
    assert canvas.frames
    return {"wait_ms": float(np.median(waits_ms)), "wait_p99_ms": float(np.quantile(waits_ms, 0.99)),
            "frame_p99_ms": float(np.quantile(frames_ms, 0.99)), "answered": len(waits_ms) / _MOVES,
            "ways_ms": ways_ms, "whole_ms": whole_ms}


def main() -> int:
    args = parse(__doc__ or "")
    with screen() as environment:
        found = run("following", environment, script=Path(__file__))
    rows = []
    for name, frame_ms in (("idle", 20), ("training", 34)):
        rows += [
            at_most(f"probe follows the mouse, {name}: numbers and lines of a move, median", found[f"{name}_wait_ms"],
                    2 * frame_ms, "ms",
                    f"p99 {found[f'{name}_wait_p99_ms']:.0f} ms, {found[f'{name}_answered']:.0%} of moves"),
            at_most(f"the same, {name}: frame interval, p99", found[f"{name}_frame_p99_ms"], frame_ms, "ms"),
        ]
    rows.append(at_most("learned ways from and to, both panes, once the mouse rests", found["idle_ways_ms"], 100, "ms",
                        f"with the exact ways and likelihoods at all t {found['idle_whole_ms']:.0f} ms"))
    return report("A probe", rows, args)


if __name__ == "__main__":
    if sys.argv[1:2] == ["following"]:
        print(json.dumps(following(0.0)))
        sys.exit(0)
    sys.exit(main())
