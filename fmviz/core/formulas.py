"""The line of formulas of a picture: a word for what a flow is learned by, or a person's own TeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from fmviz.core.couplings import coupling_of
from fmviz.core.lanes import LETTERS
from fmviz.core.paths import Path

_OBJECTIVE = r"\min_\theta\ \mathbb{E}\,\Vert v_\theta(x_t, t) - \dot{x}_t \Vert^2"


class Learned(Protocol):
    """What the words of `FORMULAS` ask of a flow."""

    @property
    def lane(self) -> int: ...
    @property
    def full_path(self) -> Path: ...
    @property
    def coupling(self) -> str: ...


# Word -> TeX of a flow.
FORMULAS: dict[str, Callable[[Learned], str]] = {
    "path": lambda flow: flow.full_path.formula,
    "coupling": lambda flow: coupling_of(flow.coupling).formula,
    "objective": lambda flow: _OBJECTIVE,
}


def formula_line(text: str, flows: Sequence[Learned] = ()) -> str:
    """Return text and formulas, for `core.tex`: of several words a line each, which may stand beside each other.

    Args:
        text: words of `FORMULAS` with commas between them; or TeX, in dollar signs where words stand beside it.
        flows: those that are shown; where they differ each has its letter.
    """
    words = [word.strip().lower() for word in text.split(",")]
    if all(word in FORMULAS for word in words):
        return "\n".join(line for word in words if flows for line in _of_all(FORMULAS[word], flows))
    return text if "$" in text or not text.strip() else f"${text.strip()}$"


def _of_all(formula: Callable[[Learned], str], flows: Sequence[Learned]) -> list[str]:
    texts = [formula(flow) for flow in flows]
    if len(set(texts)) == 1:
        return [f"${texts[0]}$"]
    return [f"{LETTERS[flow.lane]}: ${tex}$" for flow, tex in zip(flows, texts, strict=True)]
