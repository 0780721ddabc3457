"""The table of layers: the rows of `core.style.LAYERS`, each with the class that draws it."""

from __future__ import annotations

from fmviz.canvas.arrow_layer import ArrowLayer
from fmviz.canvas.cell_layer import CellLayer
from fmviz.canvas.image_layer import DensityLayer, MagnitudeLayer
from fmviz.canvas.layer import Layer
from fmviz.canvas.still_layers import PairLayer, SourceLayer, TargetLayer
from fmviz.canvas.stream_layer import StreamlineLayer
from fmviz.canvas.trail_layer import ParticleLayer, TrailLayer
from fmviz.canvas.warp_layer import WarpLayer
from fmviz.core.style import LAYER_NAMES

LAYER_TYPES: dict[str, type[Layer]] = {
    kind.name: kind
    for kind in (CellLayer, MagnitudeLayer, DensityLayer, WarpLayer, SourceLayer, TargetLayer, PairLayer, TrailLayer,
                 StreamlineLayer, ArrowLayer, ParticleLayer)
}


def make_layers() -> tuple[Layer, ...]:
    """Return one fresh layer of each kind in drawing order, lowest first."""
    return tuple(LAYER_TYPES[name]() for name in LAYER_NAMES)
