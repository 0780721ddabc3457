"""fmviz: draw two clouds and watch flow matching learn to carry one into the other.

For notebooks and scripts: `fmviz.load` opens a project, `fmviz.train` learns a flow; see `fmviz.api`. Both are
imported when they are first used, so that the command line starts light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmviz.api import Flow, Panel, Picture, Trajectories, load, train
    from fmviz.core.errors import FmvizError

__version__ = "0.1.0"
__all__ = ["Flow", "FmvizError", "Panel", "Picture", "Trajectories", "load", "train"]


def __getattr__(name: str) -> Any:
    if name == "FmvizError":
        from fmviz.core.errors import FmvizError

        return FmvizError
    if name in __all__:
        from fmviz import api

        return getattr(api, name)
    raise AttributeError(f"module 'fmviz' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
