"""The couplings: which source point is paired with which target point while a flow learns, in words.

One row each. Forms, flags, titles, legends, tables and the gallery take every word about a coupling from here;
`flow.couplings` holds under the same key how its pairs are made.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmviz.core.errors import ConfigError, quoted


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
        has_cells: whether it gives each place of the source one target point, so that the layer of cells can show it.
    """

    key: str
    label: str
    noun: str
    help: str
    formula: str
    settings: tuple[str, ...] = ()
    has_cells: bool = False

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
                 r"(x_0, x_1) \sim p_0 \otimes p_1"),
        Coupling("ot", "OT", "OT",
                 "OT, optimal transport: pair source and target points with the least sum of squared distances; paths "
                 "hardly cross and become straight.",
                 r"\pi^\star = \arg\min_\pi\ \mathbb{E}_\pi \Vert x_0 - x_1 \Vert^2", ("pool",)),
        Coupling("semidiscrete", "Semidiscrete", "semidiscrete",
                 "Semidiscrete: cut the plane into cells, one for each of many target points, as large as the mass "
                 "nearest to it; a source point goes to what lies there, which is nearly OT in batches of any size.",
                 r"x_1 = \arg\min_y\ \Vert x_0 - y \Vert^2 - g(y)", ("pool",), has_cells=True),
    )
}
# What one click compares.
COMPARED = ("random", "ot")


def coupling_of(key: str) -> Coupling:
    """Return the row of a coupling.

    Raises:
        ConfigError: there is none of that key.
    """
    if key not in COUPLINGS:
        raise ConfigError(f"There is no coupling {quoted(key)}; the couplings are {', '.join(COUPLINGS)}.")
    return COUPLINGS[key]
