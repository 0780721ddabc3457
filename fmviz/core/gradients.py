"""Two gradients with respect to a network's weights, compared over batch sizes: what theorem 1 says of them.

    L_CFM = E |ut - v(xt, t)|^2        L_FM = E |u(xt, t) - v(xt, t)|^2        L_CFM - L_FM = E |ut - u(xt, t)|^2

The difference does not depend on the weights, so in the mean both losses have one gradient. Of B samples they differ by
noise, which falls as B^(-1/2).
Source: Lipman et al., ICLR 2023, arXiv 2210.02747, theorem 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.tabular import Column, Table

FEWEST, MOST = 256, 65_536
SIZES = tuple(FEWEST * 2**k for k in range((MOST // FEWEST).bit_length()))


@dataclass(frozen=True, eq=False)
class Gradients:
    """The comparison at the weights of one flow.

    Args:
        batch: (S,) samples B of a batch, ascending; () as long as nothing is known.
        draws: (S,) how many batches of each size.
        cosine: (S,) mean cosine between the gradients of a batch, NaN where one of them is 0.
        spread: (S,) its standard deviation over the batches.
        difference: (S,) root of E |g_CFM - g_FM|^2 over the batches, as a share of |g_FM| of all samples; NaN where
            that is 0.
        cfm, fm, constant: L_CFM, L_FM and E |ut - u|^2, squared world units per t, None as long as they are not known.
        error: standard error of L_CFM - L_FM - constant, which is 0 in the mean.
        note: what else there is to say of the exact field.
        done: share of the work.
    """

    batch: NDArray[np.int64]
    draws: NDArray[np.int64]
    cosine: NDArray[np.float64]
    spread: NDArray[np.float64]
    difference: NDArray[np.float64]
    cfm: float | None = None
    fm: float | None = None
    constant: float | None = None
    error: float | None = None
    note: str = ""
    done: float = 0.0

    def table(self) -> Table:
        """Return the numbers, a row for each size."""
        columns = (Column("Batch"), Column("Batches"), Column("Cosine", 4, r"$\cos$"), Column("Deviation", 4),
                   Column("Relative difference", 4), Column("L_CFM", 4, r"$L_{CFM}$"), Column("L_FM", 4, r"$L_{FM}$"),
                   Column("Constant", 4))
        return Table(columns, tuple(
            (float(self.batch[k]), float(self.draws[k]), *(_known(values[k]) for values in
                                                           (self.cosine, self.spread, self.difference)),
             self.cfm, self.fm, self.constant) for k in range(len(self.batch))))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
