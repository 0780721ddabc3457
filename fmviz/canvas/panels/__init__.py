"""The panels, each a module here: a class that is named as its row in `core.panels` is found by that name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from fmviz.canvas.panel import Panel

PANEL_TYPES: dict[str, type[Panel]] = {
    kind.name: kind
    for module in iter_modules(__path__)
    for kind in vars(import_module(f"{__name__}.{module.name}")).values()
    if isinstance(kind, type) and issubclass(kind, Panel) and "name" in vars(kind)
}
