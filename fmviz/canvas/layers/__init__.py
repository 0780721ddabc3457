"""The layers, each a module here: a class that is named as its row in `core.layers` is found by that name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from fmviz.canvas.layer import Layer

LAYER_TYPES: dict[str, type[Layer]] = {
    kind.name: kind
    for module in iter_modules(__path__)
    for kind in vars(import_module(f"{__name__}.{module.name}")).values()
    if isinstance(kind, type) and issubclass(kind, Layer) and "name" in vars(kind)
}
