"""A document to and from a file in one call, as `ProjectFiles` does it beside the window with its questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fmviz.core.project import LearnedLane
from fmviz.engine.document import Document
from fmviz.files.project_file import ProjectFile, load_project, save_project


def save(document: Document, path: Path, learned: tuple[LearnedLane, ...]) -> None:
    """Write the project and what its lanes have learned; the document then has this path."""
    save_project(path, ProjectFile(document.project, learned))
    document.saved(path, replace(document.moment, learned=learned))


def reopen(document: Document, path: Path) -> ProjectFile:
    """Read a project and make it the document; the caller gives `learned` to the session."""
    file = load_project(path)
    document.show(file, path)
    return file
