"""The row under the panes: its scales end where the panes do, and so do their labels."""

import numpy as np
import pytest
from pictures import array, bare, canvas

from fmviz.canvas.fonts import Lettering
from fmviz.canvas.footer import _SHORTEST_BAR_TEXTS, _labels_with_room
from fmviz.canvas.geometry import stage_layout
from fmviz.canvas.legend import ColourBar
from fmviz.core.theme import load_theme

PIXELS = np.zeros(256, dtype=np.uint32)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("layers", [("density",), ("magnitude",), ("density", "magnitude")])
@pytest.mark.parametrize("size", [(800, 800), (1280, 720), (640, 480), (500, 900)])
@pytest.mark.parametrize("count", [1, 2])
def test_the_last_scale_ends_with_the_panes(count: int, size: tuple[int, int], layers: tuple[str, ...],
                                            theme: str) -> None:
    shown = canvas(bare(*layers), count=count, theme=load_theme(theme))
    picture = array(shown.to_image(*size)).astype(int)
    layout = stage_layout(*size, count, shape=shown.sheet.box_of(0).shape)
    assert layout.footer is not None
    x, y, width, height = layout.footer
    edge = layout.panes[-1].right
    assert x + width == edge
    bar = round(0.5 * layout.text_px)
    seen = (np.abs(picture - picture[1, 1]).max(axis=2) > 12)
    columns = np.nonzero(seen[y + bar // 2])[0]
    # A border of one pixel lies on both sides of the end.
    assert abs(columns.max() - (edge - 1)) <= 1
    labels = np.nonzero(seen[y + bar + 3:y + height].any(axis=0))[0]
    assert x <= labels.min() <= labels.max() < edge


@pytest.mark.parametrize("limit", [1.0, 4.0, 0.2, 0.25, 12.5, 1000.0, 1e-5, 3.7e7, 0.0])
@pytest.mark.parametrize("power", [1.0, 0.5])
@pytest.mark.parametrize("texts", [_SHORTEST_BAR_TEXTS, 8, 11, 30])
def test_labels_keep_apart_and_to_their_bar(texts: int, power: float, limit: float) -> None:
    lettering, size, length = Lettering(), 16, 20.0 * texts
    labels = _labels_with_room(ColourBar("speed", "speed", limit, PIXELS, power), length, size, lettering)
    assert labels[0] == ("0", 0.0)
    end = 0.0
    for label, start in labels:
        assert start >= end
        end = start + lettering.width(label, size) + size
        middle = start + lettering.width(label, size) / 2
        place = 0.0 if limit <= 0 else (float(label) / limit) ** power * length
        assert abs(middle - place) <= lettering.width(label, size) / 2 + 1e-6
    assert end - size <= length + 1e-6


@pytest.mark.parametrize("limit", [1.0, 9.04, 0.2, 12.5, 1234.0, 1e-5, 3.7e7])
@pytest.mark.parametrize("texts", [_SHORTEST_BAR_TEXTS, 8, 11, 30])
def test_the_end_of_a_scale_beyond_which_there_are_values_says_so(texts: int, limit: float) -> None:
    lettering, size, length = Lettering(), 16, 20.0 * texts
    labels = _labels_with_room(ColourBar("speed", "speed", limit, PIXELS, is_open=True), length, size, lettering)
    *others, (last, start) = labels
    words, number = last.rsplit(" ", 1)
    assert words in ("at least", "≥")
    assert float(number) == pytest.approx(limit, rel=0.05)
    assert start + lettering.width(last, size) == pytest.approx(length)
    ends = [place + lettering.width(label, size) for label, place in others]
    assert others[0] == ("0", 0.0)
    assert all(end + size <= later for end, (_, later) in zip(ends, [*others[1:], (last, start)], strict=True))
    assert words == "at least" or texts < 11 or len(number) > 4
