"""Settings in world units are scaled with the clouds when others come that are of quite another size.

A jitter of 0.3 that suits a cloud six units wide would drown one of a millimetre's width.
"""

from __future__ import annotations

from dataclasses import replace

from fmviz.core.cloud import Side
from fmviz.core.extent import size_of
from fmviz.core.project import SIDES, Project

# Clouds of a drawing's usual sizes keep their settings.
_ANOTHER_SIZE = 10.0


def with_rescaled_side(project: Project, which: str, side: Side) -> tuple[Project, tuple[str, ...]]:
    """Return the project with another side, jitter and path noise in its size, and a sentence for each that changed.

    Args:
        which: one of `SIDES`.
        side: the new one, with the jitter of the old one.
    """
    sizes = {name: size_of(project.side(name)) for name in SIDES}
    size = size_of(side)
    jitter = _scaled(side.jitter, size / sizes[which])
    noise = max({**sizes, which: size}.values()) / max(sizes.values())
    sigma = project.lanes[0].sigma
    new_sigma = _scaled(sigma, noise)
    lanes = tuple(replace(lane, sigma=new_sigma) for lane in project.lanes) if new_sigma != sigma else project.lanes
    changes = ((f"jitter of the {which}", side.jitter, jitter), ("path noise", sigma, new_sigma))
    said = tuple(f"The {name} went from {old:g} to {new:g}, with the size of the cloud."
                 for name, old, new in changes if old != new)
    return replace(project.with_side(which, replace(side, jitter=jitter)), lanes=lanes), said


def _scaled(value: float, factor: float) -> float:
    """Return the value times the factor, to two digits; the value itself if the size is much the same."""
    if value == 0 or 1 / _ANOTHER_SIZE <= factor <= _ANOTHER_SIZE:
        return value
    return float(f"{value * factor:.2g}")
