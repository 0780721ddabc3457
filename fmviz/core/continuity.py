"""The continuity equation on maps: how the density changes at each place, and what a field carries there.

    d/dt p(x, t) = -div (p(x, t) u(x, t))

It holds for the exact field at every place and time. With a learned field v in the place of u something is left:

    rest = integral |dp/dt + div (p v)| dx / integral |dp/dt| dx

Source: Lipman et al., ICLR 2023, arXiv 2210.02747, appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.cloud import FloatArray
from fmviz.core.frames import Grid
from fmviz.core.tabular import Column, Table


@dataclass(frozen=True, eq=False)
class Continuity:
    """The two sides of the equation at some times.

    Args:
        maps: (L, G, G, 3) dp/dt, -div (p u) and -div (p v), per square world unit and unit of t; L = 0 at first.
        exact, learned: (L,) what each field leaves.
        step: of the differences, as a share of the deviation of the path at that time.
        is_closed: whether the exact field is a closed form; a convolution on a raster errs by itself.
        note: what else there is to say of the exact field.
        done: share of the work.
        is_exact: whether the flow goes along the exact field, so that nothing of it is learned.
    """

    maps: Grid
    exact: NDArray[np.float64]
    learned: NDArray[np.float64]
    step: float
    is_closed: bool = True
    note: str = ""
    done: float = 0.0
    is_exact: bool = False

    @property
    def limit(self) -> float:
        """The end of the scale of all maps at all times: most of them have a stronger change, the ends of t far."""
        most = np.abs(self.maps.values[..., 0]).max(axis=(1, 2)) if len(self.maps.t) else np.zeros(0)
        return float(np.median(most)) if len(most) and np.median(most) > 0 else 1.0

    def at(self, t: float) -> FloatArray:
        """Return the maps (G, G, 3) at a time, those of the nearest one beyond the first and the last."""
        return self.maps.at(self.within(t))

    def rests(self, t: float) -> tuple[float, float]:
        """Return what the exact and the learned field leave at a time."""
        return (float(np.interp(self.within(t), self.maps.t, self.exact)),
                float(np.interp(self.within(t), self.maps.t, self.learned)))

    def within(self, t: float) -> float:
        """Return the time, or the first or last that is known."""
        return min(max(t, float(self.maps.t[0])), float(self.maps.t[-1]))

    def table(self) -> Table:
        """Return what is left at each time."""
        columns = Column("t", 2), Column("Rest, exact", 5), Column("Rest, learned", 4)
        values = (self.maps.t, self.exact) if self.is_exact else (self.maps.t, self.exact, self.learned)
        return Table(columns[:len(values)], tuple(tuple(map(float, row)) for row in zip(*values, strict=True)))
