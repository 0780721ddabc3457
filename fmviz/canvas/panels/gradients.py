"""Theorem 1 as a picture: the cosine between both losses' gradients, and by how much they differ, over batch sizes.

A line that falls as B^(-1/2) stands beside the difference: what falls like it is the noise of a batch, and nothing
else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fmviz.canvas.chart import Axis, Chart, Curve, paint_chart
from fmviz.canvas.legend import DASH_PATTERN
from fmviz.canvas.panel import Panel, PanelPicture, small_px
from fmviz.canvas.surround import TextBlock, block_of, formula_block, paint_surround
from fmviz.core.panels import FEWEST_SAMPLES, MOST_SAMPLES, Gradients

# The article writes x ~ p_x under the first expectation, which is the source's law: the places are those on the way.
FORMULA = (
    r"$\mathcal{L}_{FM}(\theta) = \mathbb{E}_{t \sim \mathcal{U},\ x \sim p_t}\ "
    r"\Vert u_t(x) - u^\theta_t(x) \Vert^2$"
    "\n"
    r"$\mathcal{L}_{CFM}(\theta) = \mathbb{E}_{t \sim \mathcal{U},\ z,\ x \sim p_t(x | z)}\ "
    r"\Vert u_t(x | z) - u^\theta_t(x) \Vert^2$"
    "\n"
    r"${\nabla}_{\theta}\,\mathcal{L}_{FM} = {\nabla}_{\theta}\,\mathcal{L}_{CFM}$"
)
_TICKS = tuple(float(FEWEST_SAMPLES * 4**k) for k in range(5))
_GAP_TEXTS = 1.0
# From here on the cosine is noise of the batches, not of the theorem.
_NOISY = 0.9
# Beside each other the two charts need so many sizes of the text.
_WIDE_IN_TEXTS = 44


class GradientsPanel(Panel):
    """Formulas, the losses and their constant, two charts."""

    name: ClassVar[str] = "gradients"

    @staticmethod
    def paint(painter: QPainter, rect: QRectF, picture: PanelPicture, text_px: int) -> None:
        found = picture.answer(Gradients)
        if found is None:
            return
        theme, small, gap = picture.theme, small_px(text_px), _GAP_TEXTS * text_px
        is_wide = rect.width() >= _WIDE_IN_TEXTS * text_px
        room = round(rect.width() * (0.55 if is_wide else 1.0))
        formula = formula_block(FORMULA, text_px, room, is_stacked=True)
        blocks: list[tuple[TextBlock | None, str]] = []
        top = bottom = round(rect.top())
        if formula is not None:
            blocks.append((replace(formula, x=round(rect.left()), y=top), theme.text))
            bottom += formula.height
        x = round(rect.left() + room + gap) if is_wide else round(rect.left())
        numbers = block_of(_losses(found), text_px, round(rect.right()) - x, 6, False)
        if numbers is not None:
            y = top if is_wide else bottom + round(gap / 2)
            blocks.append((replace(numbers, x=x, y=y), theme.text))
            bottom = max(bottom, y + numbers.height)
        paint_surround(painter, blocks, picture.lettering)
        body = QRectF(rect.left(), bottom + gap, rect.width(), rect.bottom() - bottom - gap)
        half = (body.width() - gap) / 2
        for k, chart in enumerate((_cosine(picture, found), _difference(picture, found))):
            paint_chart(painter, QRectF(body.left() + k * (half + gap), body.top(), half, body.height()), chart, theme,
                        picture.lettering, small)

    @staticmethod
    def sentence(picture: PanelPicture) -> str:
        found = picture.answer(Gradients)
        if found is None or not len(found.batch):
            return picture.row.help
        cosine = float(found.cosine[-1])
        of = f"{int(found.batch[-1]):,}"
        if cosine >= _NOISY:
            said = (f"In batches of {of} both gradients point the same way: their cosine is {cosine:.3f}. What is "
                    r"left is the noise of a batch, which falls as $B^{-1/2}$.")
        else:
            said = (r"Near the optimum the gradient of $\mathcal{L}_{FM}$ is nearly 0, so the cosine is noise and says "
                    rf"nothing (here {cosine:.2f} in batches of {of}). The difference still falls as $B^{{-1/2}}$: in "
                    "the mean there is none.")
        return f"{said} The exact field is {found.note}." if found.note else said


def _losses(found: Gradients) -> str:
    """Return the losses at these weights and what lies between them, a line each."""
    if found.cfm is None or found.fm is None or found.constant is None or found.error is None:
        return "The samples are being drawn…"
    left = found.cfm - found.fm
    return "\n".join((
        rf"$\mathcal{{L}}_{{CFM}}$ = {found.cfm:.3f}, $\mathcal{{L}}_{{FM}}$ = {found.fm:.3f}",
        rf"$\mathcal{{L}}_{{CFM}} - \mathcal{{L}}_{{FM}}$ = {left:.3f} ± {found.error:.3f}",
        rf"$\mathbb{{E}}\,\Vert u_t(x | z) - u_t(x) \Vert^2$ = {found.constant:.3f}, whatever the weights are"))


def _batches() -> Axis:
    return Axis("samples in a batch, B", FEWEST_SAMPLES / 1.15, MOST_SAMPLES * 1.15, True, _TICKS)


def _cosine(picture: PanelPicture, found: Gradients) -> Chart:
    theme, ink = picture.theme, picture.theme.lanes[picture.lanes[0].mark.hue]
    low = float(np.nanmin(found.cosine - found.spread, initial=0.0))
    axis = Axis("cosine of the two gradients", -1.05 if low < -0.5 else -0.55 if low < -0.05 else 0.0, 1.0)
    ends = np.array([FEWEST_SAMPLES, MOST_SAMPLES], dtype=np.float64)
    return Chart(_batches(), axis, (
        Curve(ends, np.ones(2), theme.muted, "1, the same way", DASH_PATTERN),
        Curve(found.batch.astype(np.float64), found.cosine, ink, "mean, ± deviation", has_dots=True,
              spread=found.spread)))


def _difference(picture: PanelPicture, found: Gradients) -> Chart:
    theme, ink = picture.theme, picture.theme.lanes[picture.lanes[0].mark.hue]
    batch, known = found.batch.astype(np.float64), np.isfinite(found.difference) & (found.difference > 0)
    name = r"relative difference $\Vert g_{CFM} - g_{FM} \Vert / \Vert g_{FM} \Vert$"
    if not known.any():
        return Chart(_batches(), Axis(name, 0.01, 1.0, True), ())
    values = found.difference[known]
    # Through the middle of what is known, in logarithms.
    level = float(np.exp(np.mean(np.log(values) + 0.5 * np.log(batch[known]))))
    ends = np.array([FEWEST_SAMPLES, MOST_SAMPLES], dtype=np.float64)
    line = level / np.sqrt(ends)
    low, high = min(float(values.min()), float(line.min())), max(float(values.max()), float(line.max()))
    return Chart(_batches(), Axis(name, low / 1.3, high * 1.3, True), (
        Curve(ends, line, theme.muted, r"$\propto B^{-1/2}$", DASH_PATTERN),
        Curve(batch, found.difference, ink, "measured", has_dots=True)))
