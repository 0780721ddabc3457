"""What lies over the stage in a talk: a line of large type that fades by itself, pointer, pen and black screen.

The pointer, a bright dot that is gone while the mouse rests, is the cursor itself, which the screen's hardware draws
over the picture: it never lags, costs the animation nothing, and cannot get into an export. The pen's strokes are
annotations of what is shown, so that keeping the view as a scene keeps them, but no undo steps: what is drawn before an
audience is wiped away by a key, by the next scene and by the end of the presentation. Behind the black screen time
stands still and goes on when it ends.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QCursor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from fmviz.canvas.canvas import FlowCanvas, Modifiers
from fmviz.canvas.fonts import stage_font, text_width
from fmviz.core.annotations import MOST_ANNOTATIONS, Annotation
from fmviz.core.follow import Place
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.scenes import Talk
from fmviz.engine.step_head import StepHead
from fmviz.views.annotate_tool import Draw
from fmviz.views.controls import single_shot

_FADE_MS = 350
# Of the stage's height; the padding in sizes of the text.
_TEXT_SHARE, _LEAST_TEXT_PX = 0.024, 13
_PADDING_X, _PADDING_Y, _GAP = 0.95, 0.4, 1.2
_GROUND_OPACITY = 0.94
# Of the canvas' width: both can be there at once.
_LEFT_SHARE, _RIGHT_SHARE = 0.6, 0.4
REST_MS = 2000
# Of the stage's height: the dot itself, without its rings.
_SHARE, _LEAST_PX = 0.012, 8
# Rings in diameters of the dot: a white one for dark ground, around it a shadow for light ground.
_WHITE_RING, _SHADOW_RING, _SHADOW_OPACITY = 0.16, 0.1, 0.4
_OWN = (Qt.CursorShape.BlankCursor, Qt.CursorShape.BitmapCursor)

_INK = "strong"
# A shorter drag is a click; a finger's tremble on a clicker's pad is as short.
_LEAST_STROKE_PX = 3.0
_BUTTON = "right"


class Badge(QWidget):
    """Lies at the lower left or right of a canvas, where it covers least. The mouse goes through it.

    Attributes:
        text: what it says, also while it fades.
    """

    def __init__(self, theme: Theme, is_left: bool, parent: FlowCanvas) -> None:
        super().__init__(parent)
        self._theme, self._is_left, self._canvas = theme, is_left, parent
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._fade = QVariantAnimation(self)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.setDuration(_FADE_MS)
        self._hold = single_shot(self, 0, self._fade.start)
        self._fade.valueChanged.connect(lambda _: self.update())
        self._fade.finished.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def say(self, text: str, hold_ms: int) -> None:
        """Show a line, and let it fade after some time; the one before gives way."""
        self.text = text
        self.setAccessibleName(text)
        self._fade.stop()
        self._hold.start(hold_ms)
        self.place()
        self.show()
        self.raise_()
        self.update()

    def clear(self) -> None:
        self._hold.stop()
        self._fade.stop()
        self.hide()

    @property
    def text_px(self) -> int:
        return max(_LEAST_TEXT_PX, round(_TEXT_SHARE * self._canvas.height()))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay in its place."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._fade.state() == QVariantAnimation.State.Running:
            painter.setOpacity(self._fade.currentValue())
        ground = QColor(self._theme.raised)
        ground.setAlphaF(_GROUND_OPACITY)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(ground)
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setFont(stage_font(self.text_px))
        painter.setPen(QColor(self._theme.text))
        shown = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, self._room())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)

    def place(self) -> None:
        """Go where the canvas has a margin now."""
        size = self.text_px
        width = min(round(text_width(self.text, size)) + 1, self._room()) + round(2 * _PADDING_X * size)
        height = round((1.2 + 2 * _PADDING_Y) * size)
        gap = round(_GAP * size)
        left = gap if self._is_left else self._canvas.width() - gap - width
        self.setGeometry(left, self._canvas.note_top(height), width, height)

    def _room(self) -> int:
        share = _LEFT_SHARE if self._is_left else _RIGHT_SHARE
        return round(share * self._canvas.width() - 2 * (_PADDING_X + _GAP) * self.text_px)


class LaserPointer(QObject):
    """Owns the cursor of a widget while it is on."""

    def __init__(self, theme: Theme, board: QWidget) -> None:
        super().__init__(board)
        self._theme, self._board = theme, board
        self._last: QPointF | None = None
        self.is_on = False
        self.rest = single_shot(self, REST_MS, self._hide)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def set_on(self, is_on: bool) -> None:
        """Take the cursor, hidden until the mouse moves; or give it back."""
        if is_on == self.is_on:
            return
        self.is_on, self._last = is_on, None
        if is_on:
            self._board.installEventFilter(self)
            self._hide()
        else:
            self._board.removeEventFilter(self)
            self.rest.stop()
            if self._board.cursor().shape() in _OWN:  # a drawing tool that takes over has set another one
                self._board.unsetCursor()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Point where the mouse moves. A move to the same place is Qt's own, made when something appears under it."""
        if event.type() == QEvent.Type.Leave:
            self._hide()
        elif event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            place, last = event.globalPosition(), self._last
            self._last = place
            if last is not None and place != last:
                if not self.rest.isActive():
                    self._board.setCursor(dot(self._theme, self._board.height(), self._board.devicePixelRatioF()))
                self.rest.start()
        return False

    def _hide(self) -> None:
        self.rest.stop()
        self._board.setCursor(Qt.CursorShape.BlankCursor)


def dot(theme: Theme, height: int, dpr: float) -> QCursor:
    """Return the dot for a stage of that height, px; `dpr` is device pixels per pixel."""
    core = max(_LEAST_PX, round(_SHARE * height))
    white, shadow = _WHITE_RING * core, _SHADOW_RING * core
    edge = 2 * round(core / 2 + white + shadow + 1)
    pixmap = QPixmap(round(edge * dpr), round(edge * dpr))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    centre = QPointF(edge / 2, edge / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for radius, width, ink, opacity in (
        (core / 2 + white + shadow / 2, shadow, QColor(Qt.GlobalColor.black), _SHADOW_OPACITY),
        (core / 2 + white / 2, white, QColor(Qt.GlobalColor.white), 1.0),
    ):
        painter.setOpacity(opacity)
        painter.setPen(QPen(ink, width))
        painter.drawEllipse(centre, radius, radius)
    painter.setOpacity(1.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.pointer))
    painter.drawEllipse(centre, core / 2, core / 2)
    painter.end()
    return QCursor(pixmap, edge // 2, edge // 2)


class Pen(QObject):
    """Draws while it is on with the left mouse button, and while it may draw at all with the right one.

    Attributes:
        may_draw: whether there is a presentation whose stage it may draw on.

    Signals:
        changed(bool): it was taken or put away.
        message(str): why a stroke was not drawn.
    """

    changed = Signal(bool)
    message = Signal(str)

    def __init__(self, canvas: FlowCanvas, document: Document, talk: Talk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._document, self._talk = canvas, document, talk
        self._strokes: tuple[Annotation, ...] = ()
        self._gesture: Draw | None = None
        self.is_on = self.may_draw = False
        canvas.pressed.connect(self._press)
        canvas.moved.connect(self._move)
        canvas.released.connect(self._release)
        talk.shown.connect(self._forget)

    @property
    def strokes(self) -> tuple[Annotation, ...]:
        """What it has drawn on what is shown, and nobody has wiped away."""
        return tuple(stroke for stroke in self._strokes if stroke in self._annotations)

    @property
    def _annotations(self) -> tuple[Annotation, ...]:
        return self._document.project.style.annotations

    def set_on(self, is_on: bool) -> None:
        """Take it, or put it away; a stroke under way stays."""
        if is_on != self.is_on:
            self._finish()
            self.is_on = is_on
            self.changed.emit(is_on)

    def toggle(self) -> None:
        self.set_on(not self.is_on)

    def erase(self) -> None:
        """Wipe away what it has drawn."""
        self._drop()
        if gone := self.strokes:
            self._show(tuple(one for one in self._annotations if one not in gone))
        self._strokes = ()

    def leave(self) -> None:
        """End with the presentation; what the present scene was kept with stays."""
        self.set_on(False)
        scene = self._talk.scene
        if scene is not None and scene.style.annotations == self._annotations:
            self._forget()
        self.erase()

    def _forget(self) -> None:
        """Another scene is shown, or the strokes were kept: they are the pen's no more."""
        self._drop()
        self._strokes = ()

    def _press(self, place: Place, _pane: int, modifiers: Modifiers) -> None:
        if not self.may_draw or not (modifiers.button == _BUTTON or (self.is_on and modifiers.button == "left")):
            return
        if len(self._annotations) >= MOST_ANNOTATIONS:
            self.message.emit("The picture is full of strokes   ·   E: erase them")
            return
        least = _LEAST_STROKE_PX / self._canvas.pixels_per_unit()
        self._gesture = Draw(len(self._annotations), "stroke", _INK, place, least, self._canvas.seen())

    def _move(self, place: Place, _pane: int, _modifiers: Modifiers) -> None:
        if self._gesture is not None:
            self._gesture.move(place, False)
            made = self._gesture.made
            self._canvas.set_draft(None if made is None else (*self._annotations, made))

    def _release(self, place: Place, pane: int, modifiers: Modifiers) -> None:
        self._move(place, pane, modifiers)
        self._finish()

    def _finish(self) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None and gesture.made is not None:
            self._strokes = (*self._strokes, gesture.made)
            self._show((*self._annotations, gesture.made))
        self._canvas.set_draft(None)

    def _drop(self) -> None:
        if self._gesture is not None:
            self._gesture = None
            self._canvas.set_draft(None)

    def _show(self, annotations: tuple[Annotation, ...]) -> None:
        self._document.set_style(replace(self._document.project.style, annotations=annotations))


class BlackScreen(QWidget):
    """Covers its parent; a click ends it. Playing and watching pause: nobody should miss what is explained next."""

    def __init__(self, playhead: Playhead, head: StepHead, parent: QWidget) -> None:
        super().__init__(parent)
        self._playhead, self._head, self._board = playhead, head, parent
        self._was_playing = self._was_watching = False
        self.setAccessibleName("Black screen")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.BlankCursor)
        parent.installEventFilter(self)
        playhead.playing_changed.connect(self._hold_time)
        head.watching_changed.connect(self._hold_watching)
        self.hide()

    @property
    def is_black(self) -> bool:
        return not self.isHidden()

    def begin(self) -> None:
        if self.is_black:
            return
        self._was_playing, self._was_watching = self._playhead.is_playing, self._head.is_watching
        self._playhead.pause()
        self._head.stop_watching()
        self.setGeometry(self._board.rect())
        self.show()
        self.raise_()

    def end(self) -> None:
        """Show the stage again; what moved goes on."""
        if not self.is_black:
            return
        self.hide()
        if self._was_playing:
            self._playhead.play()
        if self._was_watching:
            self._head.watch()

    def _hold_time(self, is_playing: bool) -> None:
        """Let what sets time going behind the screen, a first picture for example, wait for the end of it."""
        if is_playing and self.is_black:
            self._was_playing = True
            self._playhead.pause()

    def _hold_watching(self, is_watching: bool) -> None:
        if is_watching and self.is_black:
            self._was_watching = True
            self._head.stop_watching()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._board.rect())
        return False

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.end()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)
