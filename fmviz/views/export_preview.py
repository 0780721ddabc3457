"""What the studio shows of the file: the film's pictures as they will be in it, how large it gets, how long it takes.

Both are asked of processes. The one that draws pictures, so that even one of 8,192 pixels costs the window no more than
the room that it is shown in, stays as long as somebody looks. For the estimate some frames are drawn and encoded, 1-3 s
of work, a while after the last edit. In a thread of the window it took the frame interval from 16 to 23 ms (median) and
45 ms (99 %), so it is a process that works while nobody else does.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from fmviz.core.film import Film, Moment, are_same
from fmviz.core.formats import TRANSPARENT
from fmviz.core.questions import FilmFrame, FilmSize
from fmviz.engine.answering import serve_answers
from fmviz.engine.asker import Asker
from fmviz.engine.child_process import ChildProcess, Kind
from fmviz.film.answers import FilmAnswers
from fmviz.film.estimate import Estimate
from fmviz.film.gif import Pixels
from fmviz.views import words
from fmviz.views.controls import JumpSlider, describe, label, push_button, single_shot, tabular
from fmviz.views.layouts import column, row
from fmviz.views.picture_out import DragStart

_PATIENCE_MS = 700
_MEASURING = "measuring size and time…"
# A burst of edits becomes one question.
_INTERVAL_MS = 60
# Below that nobody waits; above it, something has to say that work is under way.
_WAIT_MS = 500
_SLOT = "shown"
# Of pictures that were drawn: going back to one is instant.
_MOST_BYTES = 32 * 2**20
_SMALLEST_PX = (240, 150)
_CHECK_PX = 10

PREVIEWS = Kind("The process that draws", "choose a smaller size", "fmviz-preview", serve_answers, (FilmAnswers,))
# It may need a moment to end what it has started.
ESTIMATES = Kind("The process that measures", "choose a smaller size", "fmviz-estimate", serve_answers, (FilmAnswers,),
                 0.25, has_scratch=True)


class FileEstimate(QObject):
    """The newest question's answer; older ones are given up. Each is asked of a new process, as each export is one.

    Attributes:
        text: about how large the file and how long the work will be, or that this is being worked out; "" if unknown.

    Signals:
        changed(): `text` says something else.
        refused(str): such a file cannot be made here, one sentence.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._film: Film | None = None
        self._process = ChildProcess(ESTIMATES, self)
        self._asker = Asker(self._process, lambda _: self._film, self)
        self._asker.answered.connect(self._take)
        self._asker.failed.connect(self._fail)
        self._process.missed.connect(self._fail)
        self._soon = single_shot(self, _PATIENCE_MS, self._start)

    @property
    def estimate(self) -> Estimate | None:
        """The answer, if it is known."""
        answer: Estimate | None = self._asker.answer(_SLOT)
        return answer

    def ask(self, film: Film) -> None:
        """Work out another film's file; the same style, specification and length are not measured again."""
        old, self._film = self._film, film
        if old is not None and _size_of(old) == _size_of(film):
            return
        self._say(_MEASURING)
        self._give_up()
        self._soon.start()

    def forget(self) -> None:
        self._film = None
        self._give_up()
        self._asker.retain(lambda _: False)
        self._say("")

    def shutdown(self) -> None:
        """End for good: no process is left."""
        self.forget()
        self._process.shutdown()

    def _give_up(self) -> None:
        self._soon.stop()
        self._asker.drop(_SLOT)
        self._process.rest()

    def _start(self) -> None:
        if self._film is not None:
            self._asker.want(_SLOT, _size_of(self._film))
            self._process.start()
            self._take()

    def _take(self) -> None:
        if (estimate := self.estimate) is not None:
            self._process.rest()
            self._say(words.estimate(estimate.bytes, estimate.seconds))

    def _fail(self, sentence: str) -> None:
        self._process.rest()
        self._say("")
        self.refused.emit(sentence)

    def _say(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.changed.emit()


class FramePicture(QWidget):
    """An image, scaled down to fit and never up, on the panel's ground; what is transparent shows a chequer.

    Signals:
        dragged(): the mouse has taken hold of the picture and moved.
        resized(): there is more or less room.
    """

    dragged = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        DragStart(self, lambda: not self.image.isNull(), self.dragged.emit)
        self.setMinimumSize(QSize(*_SMALLEST_PX))
        self.setAccessibleName("Preview of one frame")
        self.setToolTip("One frame as it will be in the file. Drag it into another program to take it along.")

    @property
    def room(self) -> tuple[int, int]:
        """Width and height that there are, device pixels."""
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    def show_image(self, image: QImage) -> None:
        """Replace the image; a null one shows nothing."""
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        size = QSize(self.image.size())
        room = QSize(*self.room)
        if size.width() > room.width() or size.height() > room.height():  # until the next one comes
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF(), size.toSizeF() / self.devicePixelRatioF())
        place.moveCenter(QRectF(self.rect()).center())
        place.moveTopLeft(place.topLeft().toPoint().toPointF())
        painter = QPainter(self)
        if self.image.hasAlphaChannel():
            self._paint_chequer(painter, place)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self.image)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _paint_chequer(self, painter: QPainter, place: QRectF) -> None:
        painter.save()
        painter.setClipRect(place)
        painter.fillRect(place, self.palette().base())
        across, down = (int(length // _CHECK_PX) + 1 for length in (place.width(), place.height()))
        for y in range(down):
            for x in range(y % 2, across, 2):
                corner = place.topLeft() + QPointF(x * _CHECK_PX, y * _CHECK_PX)
                painter.fillRect(QRectF(corner.x(), corner.y(), _CHECK_PX, _CHECK_PX), self.palette().button())
        painter.restore()


class ExportPreview(QFrame):
    """The picture and a slider for its place in the film; works only while it can be seen.

    Signals:
        given_up(): the user will not wait for what the message says.
    """

    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._film: Film | None = None
        self._t = 0.5
        # What the picture was last asked of, and what questions call it.
        self._moments: tuple[Moment, ...] = ()
        self._number = 0
        self.process = ChildProcess(PREVIEWS, self)
        self._asker = Asker(self.process, lambda _: self._moments, self, _MOST_BYTES)
        self.picture = FramePicture(self)
        self.message = label("", "muted", wraps=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.give_up = push_button(self, "Cancel", "Show what is there already: the flow over t, or the stage.",
                                   self.given_up.emit, name="Cancel preparing")
        self.slider = JumpSlider(self)
        describe(self.slider, "Preview frame", "Which frame of the film is shown here.")
        self.time = label("", "value")
        tabular(self.time)
        self._wait = label("Drawing…", "chip", self.picture)
        self._wait.hide()
        self._lay_out()
        self._soon = single_shot(self, _INTERVAL_MS, self._ask)
        self._patience = single_shot(self, _WAIT_MS, self._show_waiting)
        self.slider.valueChanged.connect(self._follow_slider)
        self.picture.resized.connect(self._ask_soon)
        self._asker.answered.connect(self._ask)
        self._asker.failed.connect(self.show_message)
        self.process.missed.connect(self.show_message)

    @property
    def index(self) -> int:
        """The place in the film of the picture that is shown."""
        return self.slider.value()

    def set_t(self, t: float) -> None:
        """Show the frame nearest to t, of this film or of the next one that is shown."""
        self._t = t
        if self._film is not None:
            self.slider.setValue(_nearest(self._film, t))

    def show_film(self, film: Film) -> None:
        """Draw this film from now on, at the moment that was shown before."""
        is_first = self._film is None
        share = self.slider.value() / max(1, self.slider.maximum())
        self._film = film
        last = len(film.shots) - 1 if film.spec.kind.is_animation else 0
        self.slider.setRange(0, last)
        self.slider.setValue(_nearest(film, self._t) if is_first and film.spec.over == "t" else round(share * last))
        self.slider.setVisible(last > 0)
        self._pages.setCurrentWidget(self.picture)
        self._tell_place()
        self._ask_soon()

    def rest(self) -> None:
        """Keep no process while nobody looks."""
        self._soon.stop()
        self._asker.drop(_SLOT)
        self._asker.retain(lambda _: False)
        self._moments = ()
        self._show_picture()
        self.process.rest()

    def shutdown(self) -> None:
        """End for good: no process is left."""
        self._soon.stop()
        self.process.shutdown()

    def show_message(self, sentence: str, is_waiting: bool = False) -> None:
        """Say why there is no picture; what is waited for can be given up."""
        self.give_up.setVisible(is_waiting)
        self._film = None
        self._soon.stop()
        self._asker.drop(_SLOT)
        self._show_picture()
        self.picture.show_image(QImage())
        self.message.setText(sentence)
        self.time.setText("")
        self._pages.setCurrentWidget(self._said)

    def _follow_slider(self) -> None:
        if self._film is not None:
            self._t = self._film.shots[self.slider.value()].t
        self._tell_place()
        self._ask_soon()

    def _tell_place(self) -> None:
        if self._film is not None:
            self.time.setText(words.place_in_film(self._film, self.slider.value()))

    def _ask_soon(self) -> None:
        if self._film is not None and self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        """Ask for the picture that is looked for now, as soon as the one before is there: each that was begun is shown.
        """
        if (film := self._film) is not None and self.isVisible() and not self._asker.is_waiting(_SLOT):
            if not are_same(film.moments, self._moments):
                self._moments, self._number = film.moments, self._number + 1
            self.process.start()
            self._asker.want(_SLOT, FilmFrame(self._number, film.style, film.spec, film.marks, self.slider.value(),
                                              self.picture.room))
            self._show_picture()

    def _show_picture(self) -> None:
        """Show the newest picture that there is; say so if the next one takes long."""
        self._wait.hide()
        if self._asker.is_waiting(_SLOT):
            self._patience.start()
        else:
            self._patience.stop()
        shown = self._asker.shown(_SLOT)
        if isinstance(shown, FilmFrame):
            pixels: Pixels = self._asker.answer(_SLOT)
            height, width = pixels.shape
            kind = (QImage.Format.Format_ARGB32_Premultiplied if shown.spec.background == TRANSPARENT
                    else QImage.Format.Format_RGB32)
            self.picture.show_image(QImage(pixels.tobytes(), width, height, 4 * width, kind).copy())

    def _show_waiting(self) -> None:
        self._wait.adjustSize()
        self._wait.move(8, 8)
        self._wait.show()

    def _lay_out(self) -> None:
        self._said = QWidget(self)
        column(None, self.message, (self.give_up, 0, Qt.AlignmentFlag.AlignHCenter), None, on=self._said)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.picture)
        self._pages.addWidget(self._said)
        column((self._pages, 1), row((self.slider, 1), (self.time, 0, Qt.AlignmentFlag.AlignRight)),
               margins=(10, 10, 10, 8), on=self)


def _size_of(film: Film) -> FilmSize:
    return FilmSize(film.style, film.spec, len(film.moments))


def _nearest(film: Film, t: float) -> int:
    return min(range(len(film.shots)), key=lambda k: abs(film.shots[k].t - t))
