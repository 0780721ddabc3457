"""The camera: where all panes of a picture look. Without one a picture is fitted to what there is to see, see `fit`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fmviz.core.errors import ConfigError
from fmviz.core.extent import Box
from fmviz.core.follow import FARTHEST
from fmviz.core.numbers import within

# Clouds are nowhere near these; squares of such numbers are still float64's.
NARROWEST, WIDEST = 1e-18, FARTHEST
# One notch of a wheel.
_NOTCH = 1.15


@dataclass(frozen=True)
class Camera:
    """Where a picture looks: a square that every pane shows whole, whatever its shape.

    Args:
        x, y: its centre, world units.
        width: its edge, world units.
    Raises:
        ConfigError: a number that is not finite, too far away, too small or too large.
    """

    x: float
    y: float
    width: float

    def __post_init__(self) -> None:
        for name, value in (("x", self.x), ("y", self.y)):
            if not abs(value) <= FARTHEST:
                raise ConfigError(f"The camera's {name} is {value:g}; give a number from {-FARTHEST:g} to "
                                  f"{FARTHEST:g}.")
        if not NARROWEST <= self.width <= WIDEST:
            raise ConfigError(f"The camera's width is {self.width:g}; give a number from {NARROWEST:g} to "
                              f"{WIDEST:g}.")

    @property
    def box(self) -> Box:
        """The square."""
        return Box(self.x, self.y, self.width / 2, self.width / 2)


def camera_of(box: Box) -> Camera:
    """Return the camera that shows no more than a pane showing `box` does: the largest square in its middle."""
    return Camera(within(box.cx, -FARTHEST, FARTHEST), within(box.cy, -FARTHEST, FARTHEST),
                  within(2 * min(box.half_x, box.half_y), NARROWEST, WIDEST))


def zoomed(box: Box, at: tuple[float, float], notches: float) -> Camera:
    """Return the camera after some notches of a wheel towards the world position `at`, which keeps its pixel.

    Args:
        box: what the pane shows.
        notches: positive come nearer.
    """
    now = camera_of(box)
    width = within(now.width / math.pow(_NOTCH, notches), NARROWEST, WIDEST)
    share = width / now.width
    return camera_of(Box(at[0] + (box.cx - at[0]) * share, at[1] + (box.cy - at[1]) * share, width / 2, width / 2))


def moved(box: Box, dx: float, dy: float) -> Camera:
    """Return the camera that shows what lies (dx, dy) world units from a box."""
    return camera_of(Box(box.cx + dx, box.cy + dy, box.half_x, box.half_y))
