"""Puts a batch of pairs that was drawn by itself into what learning has made, for the Pairs view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fmviz.core.frames import FlowSnapshot, Frame, Pairs
from fmviz.core.style import Style


def with_pairs(snapshots: Sequence[FlowSnapshot | None],
               pairs: Sequence[Pairs | None]) -> tuple[FlowSnapshot | None, ...]:
    """Return the snapshots with the batches of their lanes, as far as there are any; `pairs` has an entry per lane."""
    return tuple(
        replace(snapshot, pairs=pairs[snapshot.lane])
        if snapshot is not None and snapshot.lane < len(pairs) and pairs[snapshot.lane] is not None else snapshot
        for snapshot in snapshots
    )


def has_batch(snapshots: Sequence[FlowSnapshot | None], lanes: Sequence[int], style: Style) -> bool:
    """Whether those lanes have the batch of pairs that the style asks for, or it asks for none."""
    if not style.needs_pairs:
        return True
    shown = [snapshot for snapshot in snapshots if snapshot is not None and snapshot.lane in lanes]
    return all(snapshot.pairs is not None and len(snapshot.pairs.x0) == style.batch for snapshot in shown)


def frame_with_pairs(frame: Frame, pairs: Pairs | None, style: Style) -> Frame:
    """Return a frame with the batch `pairs` if the style shows pairs.

    While there is none, the frame's own batch serves if it has the size that the style asks for.
    """
    if not style.needs_pairs:
        return frame
    own = frame.pairs if frame.pairs is not None and len(frame.pairs.x0) == style.batch else None
    return replace(frame, pairs=own if pairs is None else pairs)
