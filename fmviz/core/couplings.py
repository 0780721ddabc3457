"""The couplings: which source point is paired with which target point while a flow learns, in words.

One row each. Forms, flags, titles, legends, tables and the gallery take every word about a coupling from here. A row
with a rule is all that there is to a coupling; of one that plans beside training, `flow.couplings` holds the pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmviz.core.errors import row_of

MARGINAL, DISPLACEMENT = "marginal", "displacement"
# For each of n source points (n, 2) the number of its partner among as many target points (n, 2). All have the same
# scale, and the mean of each cloud is 0, so that no rule pays for the way between the means.
Rule = Callable[[np.ndarray, np.ndarray], NDArray[np.int64]]


@dataclass(frozen=True)
class Coupling:
    """One coupling in words.

    Args:
        key: what flags and files hold.
        label: its short name, as in a form, a table or a narrow heading.
        noun: the short name inside a sentence.
        help: one sentence on how it pairs, and so on what it changes.
        formula: of which law its pairs are, in TeX.
        settings: names of the settings in `config.FIELDS` that matter to it alone or to few.
        batch_settings: those of them that decide how one batch is paired for the view.
        has_cells: whether it gives each place of the source one target point, so that the layer of cells can show it.
        is_balanced: whether every point has a partner.
        field: how its exact field is known: MARGINAL, of all pairs; DISPLACEMENT, where its pairs are; "" not at all.
        rule: how any batch of drawn points is paired; None where `flow.couplings` has the pairs under the same key.
        is_of_batches: whether each batch of training is paired for itself, so that its size counts; so it is by a rule.
    """

    key: str
    label: str
    noun: str
    help: str
    formula: str
    settings: tuple[str, ...] = ()
    batch_settings: tuple[str, ...] = ()
    has_cells: bool = False
    is_balanced: bool = True
    field: str = ""
    rule: Rule | None = None
    is_of_batches: bool = False

    @property
    def title(self) -> str:
        """What stands above a pane: OT coupling."""
        return f"{self.label} coupling"

    @property
    def phrase(self) -> str:
        """The title inside a sentence: "with random coupling"."""
        return f"{self.noun} coupling"


COUPLINGS: dict[str, Coupling] = {
    row.key: row
    for row in (
        Coupling("random", "Random", "random",
                 "Random: pair source and target points by chance; paths cross, and the field has to bend them.",
                 r"(x_0, x_1) \sim p_0 \otimes p_1", field=MARGINAL),
        Coupling("ot", "OT", "OT",
                 "OT, optimal transport: pair source and target points with the least sum of squared distances; paths "
                 "hardly cross and become straight.",
                 r"\pi^\star = \arg\min_\pi\ \mathbb{E}_\pi \Vert x_0 - x_1 \Vert^2", ("pool",), field=DISPLACEMENT),
        Coupling("semidiscrete", "Semidiscrete", "semidiscrete",
                 "Semidiscrete: cut the plane into cells, one for each of many target points, as large as the mass "
                 "nearest to it; a source point goes to what lies there, which is nearly OT in batches of any size.",
                 r"x_1 = \arg\min_y\ \Vert x_0 - y \Vert^2 - g(y)", ("pool",), ("pool",), has_cells=True,
                 field=DISPLACEMENT),
        Coupling("batch-ot", "Batch OT", "batch OT",
                 "Batch OT: pair with the least sum of squared distances within each batch of training alone; a batch "
                 "does not know the whole clouds, so the smaller it is, the more paths cross, and each step waits for "
                 "its plan.", r"\arg\min_\sigma\ \sum_{i \leq B} \Vert x_0^i - x_1^{\sigma(i)} \Vert^2",
                 is_of_batches=True),
        Coupling("whole-ot", "Whole OT", "whole OT",
                 "Whole OT: solve the plan of two finite clouds once, or of as many points of a shape as the pool "
                 "says, and draw its pairs for ever; at most 4,096 points of each, and never another one.",
                 r"\pi^\star = \arg\min_\pi\ \sum_{i j} \pi_{i j} \Vert x_0^i - x_1^j \Vert^2", ("pool",), ("pool",),
                 field=DISPLACEMENT),
        Coupling("entropic", "Entropic", "entropic",
                 "Entropic: OT with a blur, by Sinkhorn's iteration; a small epsilon is OT, a large one is random, "
                 "between them each point has several partners nearby.",
                 r"\pi_\varepsilon = \arg\min_\pi\ \mathbb{E}_\pi \Vert x_0 - x_1 \Vert^2 + \varepsilon\ "
                 r"\mathrm{KL}(\pi, p_0 \otimes p_1)", ("epsilon", "pool"), ("epsilon",)),
        Coupling("partial", "Partial", "partial",
                 "Partial: OT of the share of both clouds that is cheapest to pair; the rest has no partner, and "
                 "nothing is learned of it.",
                 r"\arg\min_\pi\ \int \Vert x_0 - x_1 \Vert^2 d\pi, \quad \pi_0 \leq p_0,\ \pi_1 \leq p_1,\ "
                 r"|\pi| = m", ("mass", "pool"), ("mass",), is_balanced=False),
        Coupling("unbalanced", "Unbalanced", "unbalanced",
                 "Unbalanced: OT in which each point keeps as much of its mass as is worth the way, such that the "
                 "given share is kept of all; far points are learned less.",
                 r"\arg\min_\pi\ \int \Vert x_0 - x_1 \Vert^2 d\pi + \rho\ \mathrm{KL}(\pi_0, p_0) + "
                 r"\rho\ \mathrm{KL}(\pi_1, p_1)", ("mass", "pool"), ("mass",), is_balanced=False),
    )
}
# An iteration that leaves no more of the mass in wrong columns has converged.
CONVERGED = 2e-4
# What one click compares.
COMPARED = ("random", "ot")


def coupling_of(key: str) -> Coupling:
    """Return the row of a coupling.

    Raises:
        ConfigError: there is none of that key.
    """
    return row_of(COUPLINGS, key, "coupling")
