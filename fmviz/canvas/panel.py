"""The picture of a panel: ground, name, whose it is, and the sentence below; what is between them is the panel's own.

It is a function of its size alone: window, files and clipboard draw the same. Text is as large as on the stage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fmviz.canvas.colours import colour
from fmviz.canvas.fonts import Lettering
from fmviz.canvas.layer import Drawing, Look, drawing_of
from fmviz.canvas.surround import TextBlock, block_of, paint_surround
from fmviz.core.frames import UNLEARNED
from fmviz.core.numbers import within
from fmviz.core.panels import PanelLane, PanelRow
from fmviz.core.theme import Theme

# Of the height, or of the width where that is short; in a window as small as a dialog it can still be read.
_TEXT_SHARE, _WIDTH_SHARE, _MIN_TEXT_PX, _MAX_TEXT_PX = 0.0245, 0.0165, 11, 44
_SMALL_SHARE, _TITLE_TEXTS, _MARGIN_TEXTS, _GAP_TEXTS = 0.85, 1.5, 1.2, 0.7
_MOST_LINES = 4
Answer = TypeVar("Answer")
_WAITING = "It is being worked out…"
_NOTHING = "Nothing has been learned yet: train first."


@dataclass(frozen=True, eq=False)
class PanelPicture:
    """What is drawn, and how.

    Args:
        row: which panel.
        lanes: what it shows; one, or all of a panel that shows all.
        t: time of the stage.
        look: how everything is painted.
    """

    row: PanelRow
    lanes: tuple[PanelLane, ...]
    t: float
    look: Look

    @property
    def theme(self) -> Theme:
        """The colours, those of the ground in place."""
        return self.look.theme

    @property
    def lettering(self) -> Lettering:
        """What writes."""
        return self.look.lettering

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but words to draw."""
        return all(lane.answer is None for lane in self.lanes)

    def answer(self, kind: type[Answer]) -> Answer | None:
        """Return what is known of the first lane, if it is of that kind."""
        answer = self.lanes[0].answer if self.lanes else None
        return answer if isinstance(answer, kind) else None


class Panel(ABC):
    """Draws the answers to one panel's questions."""

    name: ClassVar[str]

    @staticmethod
    @abstractmethod
    def paint(painter: QPainter, rect: QRectF, picture: PanelPicture, text_px: int) -> None:
        """Draw into a rectangle; each lane of the picture has an answer.

        Args:
            text_px: size of the text; smaller words are `small_px` of it.
        """

    @staticmethod
    def sentence(picture: PanelPicture) -> str:
        """Return what stands below: what is to be seen, with its numbers; formulas stand in $...$."""
        return picture.row.help

    @staticmethod
    def t_of(picture: PanelPicture) -> float:
        """Return the time of what is to be seen."""
        return picture.t


def small_px(text_px: int) -> int:
    """Return the size of small words beside text of a size, px."""
    return max(1, round(_SMALL_SHARE * text_px))


def paint_panel(painter: QPainter, width: float, height: float, picture: PanelPicture) -> None:
    """Draw a whole panel of that size, px."""
    from fmviz.canvas.panels import PANEL_TYPES  # which import this module

    theme, rect = picture.theme, QRectF(0, 0, width, height)
    if not picture.look.is_clear:
        painter.fillRect(rect, colour(theme.pane))
    text = round(within(min(_WIDTH_SHARE * width, _TEXT_SHARE * height), _MIN_TEXT_PX, _MAX_TEXT_PX))
    margin, gap = round(_MARGIN_TEXTS * text), round(_GAP_TEXTS * text)
    room = round(width) - 2 * margin
    title = block_of(picture.row.label, round(_TITLE_TEXTS * text), room, 1, True)
    whose = block_of(_whose(picture, PANEL_TYPES[picture.row.key]), small_px(text), room, 1, False)
    y = margin
    blocks: list[tuple[TextBlock | None, str]] = []
    for block, ink in ((title, theme.text), (whose, theme.muted)):
        if block is not None:
            blocks.append((replace(block, x=margin, y=y), ink))
            y += block.height
    shown = tuple(lane for lane in picture.lanes if lane.answer is not None)
    kind = PANEL_TYPES[picture.row.key]
    drawn = replace(picture, lanes=shown)
    words = " ".join((kind.sentence(drawn), *(f"{lane.mark.name}: {lane.why_not}" for lane in picture.lanes
                                              if lane.why_not))) if shown else picture.row.help
    below = block_of(words, text, room, _MOST_LINES, False)
    bottom = round(height) - margin
    if below is not None:
        bottom -= below.height
        blocks.append((replace(below, x=margin, y=bottom), theme.text))
    paint_surround(painter, blocks, picture.lettering)
    body = QRectF(margin, y + gap, room, bottom - y - 2 * gap)
    if body.width() < 1 or body.height() < 1:
        return
    if shown:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        kind.paint(painter, body, drawn, text)
        painter.restore()
    else:
        _paint_reason(painter, body, picture, text)


def panel_drawing(width: int, height: int, picture: PanelPicture) -> Drawing:
    """Return a panel of that size as pixels or shapes."""
    return drawing_of(width, height, picture.look,
                      lambda painter, look: paint_panel(painter, width, height, replace(picture, look=look)))


def _whose(picture: PanelPicture, kind: type[Panel]) -> str:
    """Return which lanes at which steps, and t where it matters."""
    lanes = picture.lanes
    if not lanes:
        return ""
    steps = {lane.step for lane in lanes if lane.step != UNLEARNED}
    said = [", ".join(lane.mark.name for lane in lanes)]
    said += [f"training step {steps.pop():,}"] if len(steps) == 1 else []
    said += [f"t = {kind.t_of(picture):.2f}"] if picture.row.follows_t else []
    return "  ·  ".join(said)


def _paint_reason(painter: QPainter, body: QRectF, picture: PanelPicture, text: int) -> None:
    """Say in the middle why there is nothing to see, or that it is coming."""
    reasons = tuple(dict.fromkeys(lane.why_not for lane in picture.lanes))
    words = _NOTHING if not reasons else _WAITING if "" in reasons else reasons[0]
    block = block_of(words, text, round(0.8 * body.width()), _MOST_LINES, False)
    if block is not None:
        placed = replace(block, x=round(body.center().x() - block.width / 2),
                         y=round(body.center().y() - block.height / 2))
        paint_surround(painter, [(placed, picture.theme.muted)], picture.lettering)
