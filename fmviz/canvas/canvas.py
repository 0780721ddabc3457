"""The stage as a widget, and as a maker of images: the one drawing path of window, export and command line.

`FlowCanvas` owns what the stage shows and tells where the mouse is in the world; `composer.Composer` draws it.
Pixels depend on the size alone, so `to_image` on a second canvas gives what the window shows. The canvas changes
nothing by itself when the mouse acts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from fmviz.canvas.annotated import Grip
from fmviz.canvas.composer import Composer, stage_sheet
from fmviz.canvas.edit_overlay import Brush, EditPicture, Selection
from fmviz.canvas.geometry import Mapping, PaneBox, StageLayout
from fmviz.canvas.layer import painting_on
from fmviz.core.annotations import Annotation
from fmviz.core.export_spec import Decor
from fmviz.core.extent import Box
from fmviz.core.follow import Place
from fmviz.core.frames import Frame
from fmviz.core.limits import Limits
from fmviz.core.style import Style
from fmviz.core.theme import Theme

_BUTTONS = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.RightButton: "right",
    Qt.MouseButton.MiddleButton: "middle",
}

# Qt's units of a wheel in one notch.
_NOTCH_UNITS = 120
# Between a note and the lower edge of the panes that it lies on.
_NOTE_GAP_PX = 6
# Of the 16 ms between two frames, for new ways of particles.
_STILL_S = 0.004
# Longer than between two frames.
_REST_MS = 25


@dataclass(frozen=True)
class Modifiers:
    """Keys held down, and the button that acts ("left", "right", "middle", or "" while hovering)."""

    shift: bool = False
    control: bool = False
    button: str = ""


class FlowCanvas(QWidget):
    """Draws one frame per pane.

    `wheeled` carries the world position under the mouse and the notches of the wheel, away from the user positive.
    While `is_moving` there is a frame soon after this one: new ways of the particles may come some frames later.
    While `is_hand` the left button counts as the middle one. While `tells_values` a tooltip says what is shown under a
    mouse that rests.

    The signals of the mouse carry a world position (x, y), the pane's index and the `Modifiers`. Between a
    press and its release every position belongs to the pane of the press, outside of it and of the canvas too,
    and the release always comes. `painted` follows each painting of the widget.
    """

    pressed = Signal(object, int, object)
    moved = Signal(object, int, object)
    released = Signal(object, int, object)
    hovered = Signal(object, int, object)
    left = Signal()
    wheeled = Signal(object, float)
    double_clicked = Signal()
    painted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composer = Composer()
        self._selected = -1
        self._draft: tuple[Annotation, ...] | None = None
        self._shown: dict[str, Any] = {"frames": (), "style": Style(), "limits": Limits(), "theme": theme,
                                       "decor": Decor(), "panes": 1, "fit": None, "edit": None}
        self._grab: tuple[int, Qt.MouseButton] | None = None
        self._last = QPointF()
        self._is_over_pane = self.is_hand = self.is_moving = False
        self.tells_values = True
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._show()
        self.setAccessibleName("Stage")
        self.setAccessibleDescription("The animated picture of the flow.")

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Draw with another theme."""
        self._show(theme=theme)

    def set_style(self, style: Style) -> None:
        """Show other layers, or the same ones otherwise."""
        self._show(style=style)

    def set_limits(self, limits: Limits) -> None:
        """Set the colour limits that all panes share."""
        self._show(limits=limits)

    def set_fit(self, box: Box | None) -> None:
        """Set what there is to see in all panes; None is what the frames' clouds fill."""
        if box != self._shown["fit"]:
            self._show(fit=box)

    def set_panes(self, count: int) -> None:
        """Show 1 to 4 panes."""
        self._show(panes=count)

    def show_frames(self, frames: Sequence[Frame]) -> None:
        """Show one frame per pane; the arrays are drawn, not copied."""
        self._show(frames=tuple(frames))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """What each pane shows; fewer than there are panes while the rest is to come."""
        shown: tuple[Frame, ...] = self._shown["frames"]
        return shown

    def set_decor(self, decor: Decor) -> None:
        """Dress the picture: title, caption, axes, ground, size of the text."""
        self._show(decor=decor)

    def set_edit(self, edit: EditPicture | None) -> None:
        """Show a cloud that is being drawn, in one large pane instead of the flow; None goes back."""
        self._show(edit=edit)

    def _show(self, **parts: Any) -> None:
        self._shown.update(parts)
        style: Style = self._shown["style"]
        if self._draft is not None:
            style = replace(style, annotations=self._draft)
        self.sheet = stage_sheet(**{**self._shown, "style": style})
        self.update()

    def set_brush(self, brush: Brush | None) -> None:
        """Show the brush: centre x, y and radius, world units."""
        self._composer.brush = brush
        self.update()

    def set_selection(self, selection: Selection | None) -> None:
        """Show a selected rectangle: two opposite corners x0, y0, x1, y1, world units."""
        self._composer.selection = selection
        self.update()

    def set_draft(self, annotations: tuple[Annotation, ...] | None) -> None:
        """Show other annotations than the style's, while a gesture makes or moves one; None shows the style's."""
        if annotations != self._draft:
            self._draft = annotations
            self._show()

    def set_selected(self, index: int) -> None:
        """Show a frame around one of the annotations, on the screen alone; -1 shows none."""
        if index != self._selected:
            self._selected = index
            self.update()

    def to_image(self, width: int, height: int, scale: int = 1) -> QImage:
        """Return the stage as an image of (width, height) times `scale` pixels; the layout is that of scale 1.

        It is opaque (RGB32) unless the decor's ground is transparent (ARGB32, premultiplied).
        """
        return self._composer.image(self.sheet, width, height, scale)

    def paint_shapes(self, painter: QPainter, width: int, height: int) -> None:
        """Draw the stage into the painter of a vector file, from its top left corner."""
        self._composer.paint_shapes(painter, self.sheet, width, height)

    # Where things are

    def pane_at(self, position: QPointF) -> int | None:
        """Return the pane under a widget position, or None between panes."""
        for index, box in enumerate(self._boxes()):
            if box.contains(position.x(), position.y()):
                return index
        return None

    def world_at(self, position: QPointF, pane: int = 0) -> tuple[float, float]:
        """Return the world position of a widget position, seen as part of `pane` even when outside it."""
        box = self._boxes()[pane]
        return self._mapping.to_world(position.x() - box.x, position.y() - box.y)

    def words_at(self, position: QPointF) -> str:
        """Return what is shown at a widget position, a line each; "" where no layer shows a value."""
        pane = self.pane_at(position)
        x, y = (0.0, 0.0) if pane is None else self.world_at(position, pane)
        values = () if pane is None else self._composer.values_at(pane, x, y)
        return "\n".join((f"at ({x:.3g}, {y:.3g})", *values)) if values else ""

    def grip_at(self, place: Place, pane: int = 0, selected: int = -1) -> Grip | None:
        """Return what of the annotations lies at a world position; handles are those of the selected one."""
        annotated, at = self._composer.annotated(pane), self._mapping.to_pixels(np.array(place)).tolist()
        return None if annotated is None else annotated.grip_at(at[0], at[1], selected)

    def position_of(self, place: Place, pane: int = 0) -> QPointF:
        """Return the widget position of a world position."""
        box, at = self._boxes()[pane], self._mapping.to_pixels(np.array(place)).tolist()
        return QPointF(box.x + at[0], box.y + at[1])

    def words_rect(self, index: int, pane: int = 0) -> QRectF | None:
        """Return where in the widget the words of an annotation stand, or would stand; None if it is not seen."""
        annotated, box = self._composer.annotated(pane), self._boxes()[pane]
        rect = None if annotated is None else annotated.words_rect(index)
        return None if rect is None else rect.translated(box.x, box.y)

    def pixels_per_unit(self) -> float:
        """Return the scale of the panes."""
        return self._mapping.pixels_per_unit

    def seen(self) -> Box:
        """Return what every pane shows of the world."""
        return self._mapping.box

    @property
    def fitted(self) -> Box:
        """What there is to see, whatever the camera shows."""
        return self.sheet.fitted

    def pane_rect(self, pane: int = 0) -> QRectF:
        """Return where a pane lies in the widget."""
        box = self._boxes()[pane]
        return QRectF(box.x, box.y, box.width, box.height)

    def panes_rect(self) -> QRectF:
        """Return what all panes together take in the widget."""
        rects = [self.pane_rect(pane) for pane in range(len(self._boxes()))]
        return reduce(QRectF.united, rects)

    def note_top(self, height: int) -> int:
        """Return the top edge of a note so high: in the margin below all that is drawn, or else low on the panes."""
        bottom = self.layout_now().bottom
        if (free := self.height() - bottom) >= height:
            return bottom + (free - height) // 2
        return round(self.panes_rect().bottom()) - _NOTE_GAP_PX - height

    def layout_now(self) -> StageLayout:
        """Return where everything lies in the widget."""
        return self.sheet.layout(self.width(), self.height())

    def _boxes(self) -> tuple[PaneBox, ...]:
        return self.layout_now().panes

    @property
    def _mapping(self) -> Mapping:
        return self.sheet.mapping(self.layout_now())

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._grab is not None and event.button() == self._grab[1]:
            # The release went to a dialog that came up meanwhile.
            self._release(self._last, Modifiers())
        pane = self.pane_at(event.position())
        if self._grab is None and pane is not None:
            self._grab = pane, event.button()
            self._last = event.position()
            self.pressed.emit(self.world_at(event.position(), pane), pane, self._modifiers(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second of two quick clicks is a press like any other.
        self.mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.pane_at(event.position()) is not None:
            self.double_clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._grab is not None and not event.buttons() & self._grab[1]:
            # The release went to a drag out of the window, or to a dialog.
            self._release(self._last, Modifiers())
        self._last = event.position()
        if self._grab is not None:
            grabbed, button = self._grab
            self.moved.emit(self.world_at(event.position(), grabbed), grabbed, self._modifiers(event, button))
            return
        pane = self.pane_at(event.position())
        if pane is not None:
            self._is_over_pane = True
            self.hovered.emit(self.world_at(event.position(), pane), pane, self._modifiers(event))
        elif self._is_over_pane:
            self._leave()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._grab is not None and event.button() == self._grab[1]:
            self._release(event.position(), self._modifiers(event))

    def leaveEvent(self, event: QEvent) -> None:
        if self._grab is None and self._is_over_pane:
            self._leave()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._grab is not None:
            self._release(self._last, Modifiers())

    def _release(self, position: QPointF, modifiers: Modifiers) -> None:
        assert self._grab is not None
        pane, _ = self._grab
        self._grab = None
        self.released.emit(self.world_at(position, pane), pane, modifiers)

    def _modifiers(self, event: QMouseEvent, button: Qt.MouseButton | None = None) -> Modifiers:
        """Return the modifiers of an event; `button` overrides the event's (moves have none of their own)."""
        keys, name = event.modifiers(), _BUTTONS.get(event.button() if button is None else button, "")
        has_shift, has_control = (bool(keys & key) for key in (Qt.KeyboardModifier.ShiftModifier,
                                                               Qt.KeyboardModifier.ControlModifier))
        return Modifiers(has_shift, has_control, "middle" if self.is_hand and name == "left" else name)

    def _leave(self) -> None:
        self._is_over_pane = False
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        if (pane := self.pane_at(event.position())) is not None and event.angleDelta().y():
            self.wheeled.emit(self.world_at(event.position(), pane), event.angleDelta().y() / _NOTCH_UNITS)

    def event(self, event: QEvent) -> bool:
        """Say what is shown under a mouse that rests."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().event(event)
        QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())) if self.tells_values else "", self)
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        with painting_on(self) as painter:
            self._composer.paint(painter, self.sheet, self.width(), self.height(), self.devicePixelRatioF(),
                                 still_s=_STILL_S if self.is_moving else math.inf)
            if self._composer.is_complete:
                self._rest.stop()
            else:
                self._rest.start()  # where the motion rests at an end there is no frame
            if self._selected >= 0:
                self._composer.paint_selected(painter, self._selected, self._boxes())
        self.painted.emit()
