"""What fmviz is built on: each package, what it is for, and the licence under which it comes. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One distribution that fmviz needs, or one part that comes inside of another."""

    use: str
    licence: str


# Distribution -> what it is for.
PACKAGES: dict[str, Package] = {
    "PySide6-Essentials": Package("the window and all drawing", "LGPL 3"),
    "pyqtgraph": Package("the stage", "MIT"),
    "numpy": Package("all arithmetic", "BSD"),
    "scipy": Package("assignments", "BSD"),
    "torch": Package("learning", "BSD"),
    "POT": Package("optimal transport", "MIT"),
    "pillow": Package("GIF files", "MIT-CMU"),
    "imageio": Package("pictures", "BSD"),
    "imageio-ffmpeg": Package("films", "BSD"),
    "safetensors": Package("project files", "Apache 2.0"),
    "python-calamine": Package("spreadsheets", "MIT"),
}
# What has a licence of its own inside: of PySide6, of imageio-ffmpeg, of fmviz.
PARTS: dict[str, Package] = {
    "Qt": Package("the window and all drawing", "LGPL 3"),
    "ffmpeg": Package("films; a program of its own, not linked", "GPL 3"),
    "Inter": Package("the typeface", "SIL OFL 1.1"),
}


def licence_line() -> str:
    """Return all of them as one sentence: "Qt and PySide6-Essentials: LGPL 3; ..."."""
    names: dict[str, list[str]] = {}
    for name, package in {**PARTS, **PACKAGES}.items():
        names.setdefault(package.licence, []).append(name)
    return "; ".join(f"{', '.join(of)}: {licence}" for licence, of in names.items()) + "."
