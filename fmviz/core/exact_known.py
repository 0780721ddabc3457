"""Of which lanes the exact field is known, and why it is not known of the others: words for people."""

from __future__ import annotations

from fmviz.core.cloud import Side
from fmviz.core.config import Learning
from fmviz.core.couplings import COUPLINGS, DISPLACEMENT, coupling_of
from fmviz.core.marginal import why_unknown


def why_no_exact_field(source: Side, target: Side, learning: Learning) -> str:
    """Return why the exact field of such a lane is not known, one sentence; "" if it is known."""
    coupling = coupling_of(learning.coupling)
    if not coupling.field:
        known = ", ".join(row.key for row in COUPLINGS.values() if row.field)
        return f"With {coupling.phrase} nobody knows the exact field; it is known with these couplings: {known}."
    if coupling.field == DISPLACEMENT:
        if learning.sigma > 0:
            return (f"With {coupling.phrase} and a path noise of {learning.sigma:g} the exact field is not known; set "
                    "the noise to 0, or choose random coupling.")
        return ""
    return why_unknown(source, target, learning.sigma)
