"""The transforms of which a normalizing flow is made, in words; `flow.normalizing` makes them under the same keys."""

from __future__ import annotations

from typing import NamedTuple


class Transform(NamedTuple):
    """One kind: what files and flags hold, its name, and one sentence about it."""

    key: str
    label: str
    help: str


TRANSFORMS: dict[str, Transform] = {
    row.key: row
    for row in (
        Transform("spline", "Neural spline", "each coordinate goes along a monotone curve that the other one shapes."),
        Transform("affine", "Affine coupling", "one coordinate stays, the other is stretched and moved as it says."),
        Transform("autoregressive", "Autoregressive",
                  "each coordinate is stretched and moved as those before it say."),
    )
}
