"""Answers of panels that are made, not worked out."""

import numpy as np

from fmviz.core.extent import Extent
from fmviz.core.frames import Grid
from fmviz.core.panels import BATCH_SIZES, Continuity, Gradients, SolverErrors
from fmviz.core.solvers import SOLVERS


def gradients(done: float = 1.0, trained: bool = False) -> Gradients:
    """Return two gradients whose difference falls as it should; of trained weights the cosine is noise."""
    batch = np.array(BATCH_SIZES)
    difference = (300.0 if trained else 18.0) / np.sqrt(batch)
    cosine = 0.3 * np.cos(np.arange(len(BATCH_SIZES))) if trained else 1 / np.sqrt(1 + difference**2 / 2)
    return Gradients(batch, 65_536 // batch, cosine, 0.2 * np.sqrt(256 / batch), difference, 27.2, 18.07, 9.13, 0.01,
                     "smoothed by 0.069", done)


def continuity(done: float = 1.0) -> Continuity:
    """Return the maps of a Gaussian that moves to the right, of which a field misses a tenth."""
    t = np.linspace(0.02, 0.98, 9)[: max(1, round(9 * done))]
    x, y = np.meshgrid(np.linspace(-4, 4, 33), np.linspace(-4, 4, 33))
    p = np.exp(-((x - 4 * (t[:, None, None] - 0.5)) ** 2 + y**2) / 2) / (2 * np.pi)
    change = 4 * (x - 4 * (t[:, None, None] - 0.5)) * p
    maps = Grid(Extent(0.0, 0.0, 4.0), t.astype(np.float32),
                np.stack([change, 1.0001 * change, 0.9 * change], axis=-1).astype(np.float32))
    return Continuity(maps, np.full(len(t), 1e-4), np.full(len(t), 0.1), 0.01, done=done)


def errors(done: float = 1.0) -> SolverErrors:
    """Return errors that fall as the solvers' orders say, of the first ones as far as the work is done."""
    rows = [(key, nfe, np.nan, 3.0 * (SOLVERS[key].stages / nfe) ** SOLVERS[key].order) for nfe in (1, 4, 16, 64, 128)
            for key in ("euler", "midpoint", "rk4") if nfe >= SOLVERS[key].stages]
    rows += [("dopri5", nfe, tolerance, 2 * tolerance) for nfe, tolerance in ((14, 1e-2), (56, 1e-3), (182, 1e-5))]
    rows = rows[:round(done * len(rows))]
    error = np.array([row[3] for row in rows])
    return SolverErrors(tuple(row[0] for row in rows), np.array([row[1] for row in rows]),
                        np.array([row[2] for row in rows]), error, np.hypot(0.3, error), 0.28 if done == 1 else None,
                        done)


MADE = {"gradients": (gradients(), gradients(0.4), gradients(trained=True)),
        "continuity": (continuity(), continuity(0.3)),
        "evaluations": (errors(), errors(0.2), errors(0.7))}
