"""Error against evaluations: for each lane and solver, how far the ends are missed, and W2 beside its floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fmviz.canvas.chart import Axis, Chart, Curve, paint_chart
from fmviz.canvas.legend import DASH_PATTERN
from fmviz.canvas.panel import Panel, PanelPicture, small_px
from fmviz.core.panels import MOST_NFE, PanelLane, SolverErrors, compared_solvers
from fmviz.core.solvers import SOLVERS

_GAP_TEXTS = 1.0


class EvaluationsPanel(Panel):
    """Two charts over the number of evaluations, in the colours of the lanes; solvers differ in their dashes."""

    name: ClassVar[str] = "evaluations"

    @staticmethod
    def paint(painter: QPainter, rect: QRectF, picture: PanelPicture, text_px: int) -> None:
        gap = _GAP_TEXTS * text_px
        half = (rect.width() - gap) / 2
        for k, chart in enumerate((_errors(picture), _distances(picture))):
            paint_chart(painter, QRectF(rect.left() + k * (half + gap), rect.top(), half, rect.height()), chart,
                        picture.theme, picture.lettering, small_px(text_px))

    @staticmethod
    def sentence(picture: PanelPicture) -> str:
        found = _found(picture)
        said = [_of_few(lane, answer) for lane, answer in found] + _of_equal_error(found)
        return " ".join(part for part in said if part) or picture.row.help


def _found(picture: PanelPicture) -> list[tuple[PanelLane, SolverErrors]]:
    return [(lane, lane.answer) for lane in picture.lanes if isinstance(lane.answer, SolverErrors)]


def _of_few(lane: PanelLane, answer: SolverErrors) -> str:
    rows = answer.of("euler")
    if not len(rows):
        return ""
    return (f"{lane.mark.name}: one Euler step misses by {answer.error[rows[0]]:.2g}, W2 {answer.w2[rows[0]]:.2g}.")


def _of_equal_error(found: list[tuple[PanelLane, SolverErrors]]) -> list[str]:
    """Return with how many evaluations each lane comes to the same small error adaptively, once all is known."""
    if not found or any(answer.done < 1 for _, answer in found):
        return []
    said = []
    for solver in (solver for solver in compared_solvers() if SOLVERS[solver].is_adaptive):
        level = max(float(answer.error[answer.of(solver)].min()) for _, answer in found) * 10
        words = ", ".join(f"{lane.mark.letter} {answer.evaluations_to(level, solver)}" for lane, answer in found)
        said.append(f"To miss by no more than {level:.1g} {SOLVERS[solver].name} takes these evaluations: {words}.")
    return [*said, "A straight flow pays in few equal steps, not always in adaptive ones: it is steep where it parts."]


def _axis(found: list[tuple[PanelLane, SolverErrors]]) -> Axis:
    most = max([MOST_NFE, *(int(answer.nfe.max(initial=1)) for _, answer in found)])
    ticks = tuple(float(2**k) for k in range(most.bit_length() + 1) if 2**k <= most * 1.2)
    return Axis("evaluations of the field", 0.85, most * 1.25, True, ticks)


def _errors(picture: PanelPicture) -> Chart:
    found = _found(picture)
    values = np.concatenate([answer.error[answer.error > 0] for _, answer in found] or [np.ones(1)])
    low, high = float(values.min(initial=1.0)), float(values.max(initial=1e-3))
    return Chart(_axis(found), Axis("root mean square miss at t = 1, world units", low / 1.5, high * 1.5, True),
                 _curves(picture, found, lambda answer: answer.error, True))


def _distances(picture: PanelPicture) -> Chart:
    found = _found(picture)
    values = np.concatenate([answer.w2[answer.w2 > 0] for _, answer in found] or [np.ones(1)])
    floors = [answer.w2_floor for _, answer in found if answer.w2_floor]
    low, high = min([*values.tolist(), *floors, 10.0]), max([*values.tolist(), 1e-3])
    curves = _curves(picture, found, lambda answer: answer.w2, False)
    axis = _axis(found)
    floor = () if not floors else (Curve(np.array([axis.low, axis.high]), np.full(2, floors[0]), picture.theme.muted,
                                         "floor: two samples of the target", DASH_PATTERN),)
    return Chart(axis, Axis("W2 to fresh target points", low / 1.3, high * 1.3, True), (*floor, *curves))


def _curves(picture: PanelPicture, found: list[tuple[PanelLane, SolverErrors]],
            values: Callable[[SolverErrors], NDArray[np.float64]], is_named: bool) -> tuple[Curve, ...]:
    curves, solvers = [], compared_solvers()
    for place, (lane, answer) in enumerate(found):
        ink = picture.theme.lanes[lane.mark.hue]
        for solver in solvers:
            row, rows = SOLVERS[solver], answer.of(solver)
            letter = f"{lane.mark.letter} " if len(found) > 1 else ""
            is_told = is_named and (place == 0 or solver == solvers[-1])
            name = f"{letter}{row.name}" if is_told else ""
            curves.append(Curve(answer.nfe[rows].astype(np.float64), values(answer)[rows], ink, name,
                                row.dashes or (), has_dots=True))
    return tuple(curves)
