"""A picture of the clouds alone shows both of them, whatever layers are on."""

import numpy as np
import pytest

from fmviz.canvas.canvas import FlowCanvas
from fmviz.canvas.fonts import offscreen_app
from fmviz.core.extent import Extent
from fmviz.core.frames import still_frame
from fmviz.core.lanes import usual_mark
from fmviz.core.style import VIEWS, Style
from fmviz.core.theme import load_theme

SIZE = 300
LEFT = np.float32([[-4.0, 0.0]]) + np.random.default_rng(0).normal(0, 0.4, (200, 2)).astype(np.float32)
RIGHT = LEFT + np.float32([8.0, 0.0])


@pytest.mark.parametrize("view", VIEWS)
def test_both_clouds_are_there(view: str) -> None:
    offscreen_app()
    canvas = FlowCanvas(load_theme("dark"))
    style = Style().with_view(view)
    canvas.set_style(style)
    canvas.show_frames([still_frame(Extent(0, 0, 6), LEFT, RIGHT, usual_mark(0, "random"), None, style)])
    both = canvas.to_image(SIZE, SIZE)
    canvas.show_frames([still_frame(Extent(0, 0, 6), LEFT, LEFT[:0], usual_mark(0, "random"), None, style)])
    source_only = canvas.to_image(SIZE, SIZE)
    half = SIZE // 2
    assert both.copy(0, 0, half, SIZE - 40) == source_only.copy(0, 0, half, SIZE - 40)
    assert both.copy(half, 60, half, SIZE - 120) != source_only.copy(half, 60, half, SIZE - 120)
    canvas.deleteLater()
