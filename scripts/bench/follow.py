"""A followed particle under a person's hand: from a move of the mouse to its new path in both panes, and what painting
the story costs.

The learned example with two panes, on the program's own window.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from _scenes import Window
from _screen import screen
from _table import at_most, parse, report
from window import run

_PANE_PX = 900


def drag(_length_s: float) -> dict[str, float]:
    """Drag the start of a followed particle in a wide circle; time each move until both panes have painted its path."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, QPoint, Qt
    from PySide6.QtTest import QTest

    with Window() as at:
        at.rest_in_story(1.0)
        canvas = at.stage.canvas
        rect, scale = canvas.pane_rect(0), canvas.pixels_per_unit()
        left, top = canvas.world_at(rect.topLeft(), 0)

        def pixel(x: float, y: float) -> QPoint:
            return QPoint(round(rect.left() + (x - left) * scale), round(rect.top() + (top - y) * scale))

        def shown() -> bool:
            tried = at.stage.shown_style.own_starts
            return len(canvas.frames) == 2 and all(frame.followed is not None and frame.followed.starts == tried
                                                   for frame in canvas.frames)

        # A painting counts that came after an answer.
        answers: list[float] = []
        at.session.beside.changed.connect(lambda: answers.append(time.perf_counter()))
        begin = canvas.frames[0].followed.starts[0]
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(*begin))
        at.spin(0.3)
        waits = []
        for turn in np.linspace(0, 2 * np.pi, 61)[1:]:
            QTest.mouseMove(canvas, pixel(3 * np.cos(turn), 3 * np.sin(turn)))
            start = time.perf_counter()
            answers.clear()
            while not (shown() and answers and at.paints[-1] > answers[-1]):
                QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            waits.append(time.perf_counter() - start)
            at.spin(0.01)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(3, 0))
        waits_ms = 1000 * np.array(waits[5:])
        return {"median_ms": float(np.median(waits_ms)), "least_ms": float(waits_ms.min()),
                "most_ms": float(waits_ms.max()), **_painting(at)}


def _painting(at: Window) -> dict[str, float]:
    """Time the painting of one pane of the story while t runs, and while a start is dragged."""
    from fmviz.canvas.composer import Composer, stage_sheet
    from fmviz.core.carried import Carried
    from fmviz.core.export_spec import Decor
    from fmviz.core.frames import frame_at
    from fmviz.core.limits import limits_of
    from fmviz.core.theme import load_theme

    (flow, *_), composer, theme = at.session.snapshots, Composer(), load_theme("dark")
    style = at.document.project.style
    spread = replace(style, starts=None)
    limits = limits_of([flow], style)

    def paint(flow: object, style: object, t: float) -> float:
        start = time.perf_counter()
        frame = frame_at(flow, t, style)
        composer.image(stage_sheet([frame], style, limits, theme, Decor(), 1), _PANE_PX, _PANE_PX)
        return 1000 * (time.perf_counter() - start)

    times = np.linspace(0.1, 0.9, 60).tolist()
    running = [paint(flow, spread, t) for t in times]
    rows = np.arange(8)
    dragged = [paint(replace(flow, own=Carried(flow.t, flow.x[:, rows] + 0.01 * k, flow.is_straight)), style, 0.5)
               for k, _ in enumerate(times)]
    return {"running_ms": float(np.median(running[5:])), "dragged_ms": float(np.median(dragged[5:]))}


def main() -> int:
    args = parse(__doc__ or "")
    with screen() as environment:
        found = run("drag", environment, script=Path(__file__))
    rows = [
        at_most("dragged start: move to new path in two panes, median", found["median_ms"], 50, "ms",
                f"{found['least_ms']:.0f} to {found['most_ms']:.0f} ms"),
        at_most(f"painting a pane of {_PANE_PX} px of the story: t runs", found["running_ms"], 10, "ms"),
        at_most("the same, a start is dragged", found["dragged_ms"], 10, "ms"),
    ]
    return report("A followed particle", rows, args)


if __name__ == "__main__":
    if sys.argv[1:2] == ["drag"]:
        print(json.dumps(drag(0.0)))
        sys.exit(0)
    sys.exit(main())
