"""Small pictures of scenes, drawn by the stage's own painter: one at a time, while the list is seen, kept for a while.

A picture is drawn again when something else was learned or the theme changes, not while training goes on; meanwhile
the old one is shown.
"""

from __future__ import annotations

from collections import OrderedDict
from weakref import ref

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap

from fmviz.canvas.layer import new_paper, painting_on
from fmviz.canvas.stage import Stage
from fmviz.core.export_spec import Decor
from fmviz.core.frames import FlowSnapshot, frame_at, limits_of
from fmviz.core.scene import MOST_SCENES, Scene
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.scenes import step_of
from fmviz.engine.session import Session, Stale, State

SIZE = QSize(60, 38)
# Drawn so many times as large, and kept twice as large, which is sharp on every screen: 36 kB each.
_DRAWN_SCALE, _KEPT_SCALE = 4, 2
# Between two of them the animation draws some frames: one takes about 15 ms.
_PAUSE_MS = 60

_Key = tuple[object, ...]
_Shown = tuple[FlowSnapshot | None, ...]
_Drawn = tuple[ref[FlowSnapshot] | None, ...]


class SceneThumbnails(QObject):
    """Gives the picture of a scene, at once if there is one, else soon.

    Signals:
        drawn(): there is another picture.
    """

    drawn = Signal()

    def __init__(self, document: Document, session: Session, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._session, self._theme = document, session, theme
        # With what each was drawn from, which must not live longer for it.
        self._kept: OrderedDict[_Key, tuple[_Drawn, QPixmap]] = OrderedDict()
        self._wanted: dict[_Key, Scene] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._draw_next)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme

    def picture(self, scene: Scene) -> QPixmap | None:
        """Return the scene's picture, an older one while the new one is on its way, or None; `drawn` follows."""
        key = (scene.style, _moment(scene), scene.step, self._theme.name)
        drawn, pixmap = self._kept.get(key, ((), None))
        snapshots = self._snapshots(scene)
        is_new = [None if old is None else old() for old in drawn] == list(snapshots)
        is_learning = pixmap is not None and self._session.state is State.TRAINING
        if any(snapshots) and not is_new and not is_learning:
            self._wanted[key] = scene
            if not self._timer.isActive():
                self._timer.start()
        return pixmap

    def _snapshots(self, scene: Scene) -> _Shown:
        """Return what the scene shows of each lane, as far as it is there."""
        session = self._session
        if session.stale is Stale.CLOUDS:
            return ()
        step = step_of(scene, session.steps)
        return session.snapshots if step is None else session.steps.baked(step)

    def _draw_next(self) -> None:
        if not self._wanted:
            self._timer.stop()
            return
        key, scene = next(iter(self._wanted.items()))
        del self._wanted[key]
        snapshots = self._snapshots(scene)
        if any(snapshots):
            drawn = tuple(None if one is None else ref(one) for one in snapshots)
            self._kept[key] = drawn, self._draw(scene, snapshots)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_SCENES:
                self._kept.popitem(last=False)
            self.drawn.emit()

    def _draw(self, scene: Scene, snapshots: _Shown) -> QPixmap:
        lanes = [lane for lane in scene.style.shown_lanes(len(self._document.project.lanes))
                 if lane < len(snapshots) and snapshots[lane] is not None]
        stage = Stage(self._theme)
        stage.style, stage.pane_count, stage.decor = scene.style, len(lanes), Decor(has_text=False)
        stage.limits = limits_of(snapshots, scene.style)
        stage.frames = tuple(frame_at(snapshot, _moment(scene), scene.style, mark=self._session.marks[lane])
                             for lane in lanes
                             if (snapshot := snapshots[lane]) is not None)
        size = SIZE * _DRAWN_SCALE
        image = new_paper(size.width(), size.height(), False)
        with painting_on(image) as painter:
            stage.paint(painter, size.width(), size.height(), 1.0)
        kept = QPixmap.fromImage(image.scaled(SIZE * _KEPT_SCALE, Qt.AspectRatioMode.IgnoreAspectRatio,
                                              Qt.TransformationMode.SmoothTransformation))
        kept.setDevicePixelRatio(_KEPT_SCALE)
        return kept


def _moment(scene: Scene) -> float:
    """Return the time that says most of a scene: the middle of one that moves, whose starts all look alike."""
    return (scene.t + 1.0) / 2 if scene.is_playing else scene.t
