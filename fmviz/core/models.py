"""The models: what carries the points of a lane, in words.

One row each. The form, the flag, titles and tables take every word about a model from here; `flow.models` holds under
the same key what it does, `core.possible` for which lanes it can be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

NETWORK, EXACT = "flow", "exact"


@dataclass(frozen=True)
class ModelRow:
    """One model in words.

    Args:
        key: what flags and files hold.
        label: its short name, as in a form and above a pane.
        help: one sentence on what it is.
        learns: whether training changes it; one that does not has no steps and no loss.
        settings: names of the settings in `config.FIELDS` that matter to it alone or to few.
        unused: names of those of all models that change nothing with it.
    """

    key: str
    label: str
    help: str
    learns: bool = True
    settings: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


MODELS: dict[str, ModelRow] = {
    row.key: row
    for row in (
        ModelRow(NETWORK, "Network", "Network: a velocity field that is learned from pairs, step by step."),
        ModelRow(EXACT, "Exact field", "Exact field: the velocity that a network with this coupling and path should "
                 "come to, from its formula; there is nothing to train.", learns=False,
                 unused=("steps", "train_seconds", "width", "depth", "batch", "device", "lr", "ema")),
    )
}
