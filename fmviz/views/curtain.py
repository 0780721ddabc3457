"""The black screen of a talk: time stands still behind it and goes on when it is lifted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fmviz.engine.playhead import Playhead
from fmviz.engine.step_head import StepHead


class Curtain(QWidget):
    """Covers its parent; a click lifts it. Playing and watching pause: nobody should miss what is explained next."""

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
    def is_drawn(self) -> bool:
        """Whether the screen is black."""
        return not self.isHidden()

    def draw(self) -> None:
        """Make the screen black."""
        if self.is_drawn:
            return
        self._was_playing, self._was_watching = self._playhead.is_playing, self._head.is_watching
        self._playhead.pause()
        self._head.stop_watching()
        self.setGeometry(self._board.rect())
        self.show()
        self.raise_()

    def lift(self) -> None:
        """Show the stage again; what moved goes on."""
        if not self.is_drawn:
            return
        self.hide()
        if self._was_playing:
            self._playhead.play()
        if self._was_watching:
            self._head.watch()

    def _hold_time(self, is_playing: bool) -> None:
        """Let what sets time going behind the screen, a first picture for example, wait for the end of it."""
        if is_playing and self.is_drawn:
            self._was_playing = True
            self._playhead.pause()

    def _hold_watching(self, is_watching: bool) -> None:
        if is_watching and self.is_drawn:
            self._was_watching = True
            self._head.stop_watching()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._board.rect())
        return False

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.lift()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)
