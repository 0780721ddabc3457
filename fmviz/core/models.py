"""The models: what carries the points of a lane, in words.

One row each. The form, the flag, titles and tables take every word about a model from here; `flow.models` holds under
the same key what it does, `core.possible` for which lanes it can be chosen. The transforms of which a normalizing flow
is made are rows too; `flow.normalizing` makes them under the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NETWORK, EXACT, NORMALIZING = "flow", "exact", "nf"
# Why layers that show a velocity have nothing to draw.
NO_VELOCITY = ("A normalizing flow is one map from the source to the target: nothing has a velocity on the way; choose "
               "another model to see one.")
NO_PAIRS = ("A normalizing flow learns from the target alone, without pairs; choose another model to see how points "
            "are paired.")
# What stands beside its name in every picture.
OF_MAP = "one-step map; t blends"


@dataclass(frozen=True)
class ModelRow:
    """One model in words.

    Args:
        key: what flags and files hold.
        label: its short name, as in a form and above a pane.
        help: one sentence on what it is.
        learns: whether training changes it; one that does not has no steps and no loss.
        settings: names of the settings in `config.FIELDS` that change something with it and not with every model. Those
            of a coupling, a path or a solver need that one too, and so the setting that chooses it.
        is_map: whether one map carries the points at once, so that they have no velocity, and pictures between t = 0
            and 1 only blend: (1 - t) x0 + t T(x0).
    """

    key: str
    label: str
    help: str
    learns: bool = True
    settings: tuple[str, ...] = ()
    is_map: bool = False


_OF_FIELDS = ("coupling", "path", "sigma", "solver")
_OF_TRAINING = ("steps", "train_seconds", "width", "depth", "batch", "device", "lr", "ema")
MODELS: dict[str, ModelRow] = {
    row.key: row
    for row in (
        ModelRow(NETWORK, "Network", "Network: a velocity field that is learned from pairs, step by step.",
                 settings=(*_OF_FIELDS, *_OF_TRAINING, "reflow")),
        ModelRow(EXACT, "Exact field", "Exact field: the velocity that a network with this coupling and path should "
                 "come to, from its formula; there is nothing to train.", learns=False,
                 settings=_OF_FIELDS),
        ModelRow(NORMALIZING, "Normalizing flow", "Normalizing flow: one invertible map from a Gaussian source to the "
                 "target, learned by likelihood; it needs no pairs and no path.", settings=(*_OF_TRAINING, "transform"),
                 is_map=True),
    )
}


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
