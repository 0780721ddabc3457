"""How far each solver misses the end of the trajectories, over how many evaluations of the field it takes.

    error = (mean |x - x*|^2)^(1/2)    at t = 1, x* by many small steps of the same learned field

It says nothing of the field itself; W2 to fresh target points beside its floor does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.solvers import SOLVERS
from fmviz.core.tabular import Column, Table

MOST_NFE = 128
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)


def compared() -> list[str]:
    """Return the solvers that are compared: those with a curve of their own."""
    return [key for key, row in SOLVERS.items() if row.dashes is not None]


@dataclass(frozen=True, eq=False)
class SolverErrors:
    """What was measured of one flow, from few evaluations to many.

    Args:
        solver: (S,) keys.
        nfe: (S,) evaluations along each trajectory.
        tolerance: (S,) of an adaptive solver, NaN of the others.
        error: (S,) root mean square miss at t = 1, world units.
        w2: (S,) to fresh target points, world units.
        w2_floor: W2 of two samples of the target, None if it is not known yet.
        done: share of the work.
    """

    solver: tuple[str, ...]
    nfe: NDArray[np.int64]
    tolerance: NDArray[np.float64]
    error: NDArray[np.float64]
    w2: NDArray[np.float64]
    w2_floor: float | None = None
    done: float = 0.0

    def of(self, solver: str) -> NDArray[np.int64]:
        """Return the rows of a solver, by evaluations."""
        rows = np.array([k for k, key in enumerate(self.solver) if key == solver], dtype=np.int64)
        return rows[np.argsort(self.nfe[rows], kind="stable")]

    def evaluations_to(self, error: float, solver: str) -> int | None:
        """Return with how few evaluations a solver misses by no more than an error; None if it never does."""
        rows = self.of(solver)
        met = rows[self.error[rows] <= error]
        return int(self.nfe[met].min()) if len(met) else None

    def table(self) -> Table:
        """Return the numbers, a row for each solver and number of evaluations."""
        columns = (Column("Solver", is_text=True), Column("Evaluations"), Column("Tolerance", 6), Column("Error", 5),
                   Column("W2", 3, "$W_2$"), Column("W2 floor", 3, "$W_2$ floor"))
        rows = [k for solver in compared() for k in self.of(solver).tolist()]
        return Table(columns, tuple(
            (SOLVERS[self.solver[k]].label, float(self.nfe[k]),
             None if np.isnan(self.tolerance[k]) else float(self.tolerance[k]), float(self.error[k]),
             float(self.w2[k]), self.w2_floor) for k in rows))
