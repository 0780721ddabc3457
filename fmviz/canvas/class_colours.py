"""Which colour each class of labelled points has: the commonest have their own, all others share a quiet one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fmviz.canvas.colours import rgb
from fmviz.core.cloud import NO_LABEL, Labels
from fmviz.core.frames import Frame
from fmviz.core.theme import Theme

# As many as can be told apart; the theme has a colour for each.
MOST_CLASSES = 8


@dataclass(frozen=True)
class ClassKey:
    """The classes that have a colour of their own, in the order of the colours, and whether there are others."""

    names: tuple[str, ...] = ()
    has_others: bool = False

    def bins(self, labels: Labels) -> np.ndarray:
        """Return the colour of each point, (N,): a row of `class_table`."""
        places = {name: k for k, name in enumerate(self.names)}
        # The last entry is for `NO_LABEL`, which is -1.
        table = np.array([*(places.get(name, MOST_CLASSES) for name in labels.names), MOST_CLASSES], dtype=np.intp)
        return table[labels.codes]


def class_table(theme: Theme) -> np.ndarray:
    """Return the colours of the classes, and last that of all others, (MOST_CLASSES + 1, 3) uint8."""
    return np.stack([rgb(name) for name in (*theme.classes, theme.muted)])


def class_key(frame: Frame) -> ClassKey:
    """Return which classes have which colours in a picture: the same at every t, in every lane, at every step.

    So they are counted in the dots of the clouds, not in the particles.
    """
    dots = [labels for labels in (frame.source_labels, frame.target_labels) if labels is not None]
    moving = [labels for labels in (frame.start_labels, frame.end_labels) if labels is not None]
    return key_of(*(dots or moving))


@lru_cache(maxsize=16)
def key_of(*known: Labels) -> ClassKey:
    """Return which classes of these points have which colours."""
    often: Counter[str] = Counter()
    has_unlabelled = False
    for labels in known:
        counts = np.bincount(labels.codes[labels.codes != NO_LABEL].astype(np.intp), minlength=len(labels.names))
        often.update({name: int(count) for name, count in zip(labels.names, counts, strict=True)})
        has_unlabelled |= bool((labels.codes == NO_LABEL).any())
    # Counter keeps equal counts in the order of the names.
    commonest = [name for name, count in often.most_common() if count > 0]
    chosen = sorted(commonest[:MOST_CLASSES], key=list(often).index)
    return ClassKey(tuple(chosen), len(commonest) > MOST_CLASSES or has_unlabelled)
