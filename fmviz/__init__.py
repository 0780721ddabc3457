"""fmviz: draw two clouds and watch flow matching learn to carry one into the other."""

__version__ = "0.1.0"
