"""Clouds by content: pickling makes new ones of the same points, and what was solved of them is found all the same."""

from __future__ import annotations

from collections.abc import Hashable

from fmviz.core.cloud import Side
from fmviz.core.project import Project


class Content:
    """A project, equal to another if its clouds, its seed and some further values are."""

    def __init__(self, content: Hashable, project: Project) -> None:
        self.content, self.project = content, project

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)


def content_of(project: Project, *more: Hashable) -> Content:
    """Return what a project is found by: clouds, seed and `more`."""
    return Content((_content(project.source), _content(project.target), project.lanes[0].seed, more), project)


def _content(side: Side) -> Hashable:
    cloud = side.cloud
    if cloud is None:
        return side.shape, side.jitter
    return cloud.xy.tobytes(), None if cloud.weights is None else cloud.weights.tobytes(), side.jitter
