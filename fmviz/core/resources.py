"""What came with fmviz: where the files under `resources/` lie, and what it is built on. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parent / "resources"


def resource_path(name: str) -> Path:
    """Return the path of one resource, for example `icons/play.svg`.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for root in (_INSTALLED, _CHECKOUT):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"The resource {name!r} is missing; install fmviz again.")


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
    "ziamath": Package("formulas", "MIT"),
    "zuko": Package("normalizing flows", "MIT"),
}
# What has a licence of its own inside: of PySide6, of imageio-ffmpeg, of fmviz, of ziamath.
PARTS: dict[str, Package] = {
    "Qt": Package("the window and all drawing", "LGPL 3"),
    "ffmpeg": Package("films; a program of its own, not linked", "GPL 3"),
    "Inter": Package("the typeface", "SIL OFL 1.1"),
    "STIX Two Math": Package("the typeface of formulas", "SIL OFL 1.1"),
}


def licence_line() -> str:
    """Return all of them as one sentence: "Qt and PySide6-Essentials: LGPL 3; ..."."""
    names: dict[str, list[str]] = {}
    for name, package in {**PARTS, **PACKAGES}.items():
        names.setdefault(package.licence, []).append(name)
    return "; ".join(f"{', '.join(of)}: {licence}" for licence, of in names.items()) + "."
