"""The one composer: ground, panes, axes, headings, names of rows, legend, title and caption, for stage and sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from fmviz.canvas.axes import paint_axes
from fmviz.canvas.footer import Legend, paint_footer
from fmviz.canvas.geometry import Mapping, StageLayout
from fmviz.canvas.header import Heading, forms_of, paint_form, paint_headings
from fmviz.canvas.layer import Look
from fmviz.canvas.pane import paint_pane, paint_stage_ground
from fmviz.canvas.surround import paint_surround

Content = Callable[[QPainter], None]


def paint_picture(painter: QPainter, layout: StageLayout, look: Look, contents: Sequence[tuple[Mapping, Content]],
                  headings: Sequence[Heading], legend: Legend, row_names: Sequence[Heading] = ()) -> None:
    """Draw everything from the painter's top left corner.

    Args:
        contents: what each pane shows, and what draws it from the pane's top left corner; may be fewer than the panes.
        headings: of the first panes.
        row_names: what stands beside each row of panes.
    """
    paint_stage_ground(painter, layout.width, layout.height, look)
    for box, (mapping, content) in zip(layout.panes, contents, strict=False):
        paint_pane(painter, box, look, content)
        paint_axes(painter, box, mapping, layout, look.theme, look.lettering)
    paint_headings(painter, headings, layout.panes[:len(headings)], layout, look.theme, look.lettering)
    _paint_names(painter, row_names, layout, look)
    paint_footer(painter, layout, legend, look)
    paint_surround(painter, layout.title, layout.caption, look.theme, look.lettering)


def _paint_names(painter: QPainter, names: Sequence[Heading], layout: StageLayout, look: Look) -> None:
    """Write the name of each row beside it, upwards."""
    if not layout.names:
        return
    left = layout.panes[0].x - layout.names - (layout.axes[0] if layout.axes else 0)
    baseline = layout.names - round(0.62 * layout.text_px)
    rows = [box for box in layout.panes if box.x == layout.panes[0].x]
    forms = forms_of(names, [box.height for box in rows], layout.text_px, look.lettering)
    for box, heading, form in zip(rows, names, forms, strict=True):
        width = form.width(look.lettering)
        painter.save()
        painter.translate(left, box.y + (box.height + width) / 2)
        painter.rotate(-90)
        paint_form(painter, form, heading, QPointF(0, baseline), width, look.theme, look.lettering)
        painter.restore()
