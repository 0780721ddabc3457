"""Baking: a learned field becomes the trajectories and the grid that the stage plays.

A bake is a generator that pauses after every evaluation, so that a loop can breathe. It integrates in the moving
frame on the field's device and hands out NumPy arrays in world units.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

from fmviz.core.cloud import FloatArray
from fmviz.core.extent import Extent
from fmviz.core.paths import path_of
from fmviz.flow.integrate import integration_states, steps_for
from fmviz.flow.network import UnitField
from fmviz.flow.units import MovingFrame

# A field that diverges sends particles to infinity; pictures and metrics need numbers.
_FARTHEST = 1e6
_BLOCK_FLOPS = 4e8


@dataclass(frozen=True)
class BakeQuality:
    """How finely a flow is baked.

    Args:
        solver: key of `integrate.TABLEAUX`.
        nfe: evaluations along each trajectory.
        times: at most so many stored times.
        grid: points of the field grid along each axis.
        lattice: points along each axis of the lattice that is carried along; 0 for none.
    """

    solver: str
    nfe: int
    times: int
    grid: int
    lattice: int = 0


@dataclass(frozen=True, eq=False)
class BakedFlow:
    """t (K,), x (K, N, 2), u (K, G, G, 2) and lattice (K, R, R, 2) or None as in `FlowSnapshot`."""

    t: FloatArray
    x: FloatArray
    u: FloatArray
    lattice: FloatArray | None = None


def bake(field: UnitField, frame: MovingFrame, x0: FloatArray, extent: Extent,
         quality: BakeQuality) -> Generator[None, None, BakedFlow]:
    """Carry x0 (N, 2), world units, from t = 0 to 1 and evaluate the field on the extent's grid at the stored times."""
    n_steps = steps_for(quality.solver, quality.nfe)
    stored = stored_steps(n_steps, quality.times)
    starts = np.concatenate([x0, _nodes(extent, quality.lattice)]) if quality.lattice else x0
    everything = yield from carry(field, frame, starts, n_steps, quality.solver, stored)
    x, lattice = everything[:, :len(x0)], None
    if quality.lattice:
        x = x.copy()
        lattice = everything[:, len(x0):].reshape(len(stored), quality.lattice, quality.lattice, 2).copy()
    grid = _nodes(extent, quality.grid)
    u = np.empty((len(stored), quality.grid, quality.grid, 2), dtype=np.float32)
    for k, step in enumerate(stored):
        t = step / n_steps
        v = yield from _evaluate(field, torch.from_numpy(frame.to_unit(grid, t)), t)
        u[k] = frame.velocity_to_world(v, t).reshape(u.shape[1:])
    return BakedFlow((stored / n_steps).astype(np.float32), x, u, lattice)


def _nodes(extent: Extent, n: int) -> FloatArray:
    """Return the n x n nodes of the extent's grid, (n n, 2), y then x ascending."""
    return np.stack(np.meshgrid(*extent.axes(n)), axis=-1).reshape(-1, 2)


def carry(field: UnitField, frame: MovingFrame, x0: FloatArray, n_steps: int, solver: str,
          stored: np.ndarray) -> Generator[None, None, FloatArray]:
    """Return the positions (K, N, 2), world units, after the stored steps, ascending from 0 to n_steps.

    A step of the solver is what it would be in the world. In a frame that moves evenly it is; in the frame of another
    path it would not be, for that carries the mean without any error, however few the steps are. So the solver sees
    the field in the evenly moving frame.
    """
    x = np.empty((len(stored), len(x0), 2))
    x[0] = x0
    even = MovingFrame(frame.units, path_of("straight"))
    z0 = torch.from_numpy(even.to_unit(x0, 0.0))

    def velocity(z: torch.Tensor, t: float) -> torch.Tensor:
        bend, bend_velocity = (torch.from_numpy(of(t)).to(field.device) for of in (frame.bend, frame.bend_velocity))
        return field(z - bend, t) + bend_velocity

    rows = _block_rows(field)
    for start in range(0, len(x0), rows):
        k = 0
        states = integration_states(velocity, z0[start:start + rows].to(field.device), n_steps, solver)
        for step, z in enumerate(states):
            if step == stored[k]:
                if k:
                    x[k, start:start + rows] = even.to_world(_numbers(z), step / n_steps)
                k += 1
            yield
    return x


def stored_steps(n_steps: int, times: int) -> np.ndarray:
    """Return which of the steps 0..n_steps are stored: at most `times`, the first and the last among them."""
    return np.unique(np.linspace(0, n_steps, min(times, n_steps + 1)).round().astype(np.int64))


def _evaluate(field: UnitField, z: torch.Tensor, t: float) -> Generator[None, None, np.ndarray]:
    rows = _block_rows(field)
    parts = []
    for start in range(0, len(z), rows):
        parts.append(_numbers(field(z[start:start + rows].to(field.device), t)))
        yield
    return np.concatenate(parts)


def _block_rows(field: UnitField) -> int:
    """Rows whose evaluation takes some milliseconds on a CPU thread."""
    return max(64, int(_BLOCK_FLOPS / (2 * field.layout.size)))


def _numbers(z: torch.Tensor) -> np.ndarray:
    return torch.nan_to_num(z, nan=0.0, posinf=_FARTHEST, neginf=-_FARTHEST).clamp(-_FARTHEST, _FARTHEST).cpu().numpy()
