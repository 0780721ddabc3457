"""The scenes of the talk as a list: the keys and the mouse that show, rename, move and delete one, and how a row looks.

The document owns the scenes, the talk changes them. The small pictures are drawn by the stage's own painter, one at a
time, while the list is seen, and kept for a while: a picture is drawn again when something else was learned or the
theme changes, not while training goes on; meanwhile the old one is shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from weakref import ref

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fmviz.canvas.composer import Composer, stage_sheet
from fmviz.canvas.fonts import stage_font
from fmviz.core.export_spec import Decor
from fmviz.core.frames import FlowSnapshot, compared, frame_at, many_together
from fmviz.core.limits import limits_of
from fmviz.core.project import LONGEST_SCENE_NAME, MOST_SCENES, Project, Scene
from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.scenes import Talk, is_other_project, step_of
from fmviz.engine.session import Session, Stale, State
from fmviz.views import words
from fmviz.views.controls import describe, plain_tip
from fmviz.views.focus import pressed_keys
from fmviz.views.style_sheet import mix

SIZE = QSize(60, 38)
# Drawn so many times as large, and kept twice as large, which is sharp on every screen: 36 kB each.
_DRAWN_SCALE, _KEPT_SCALE = 4, 2
# Between two of them the animation draws some frames: one takes about 15 ms.
_PAUSE_MS = 60

_Key = tuple[object, ...]
_Shown = tuple[FlowSnapshot | None, ...]
_Drawn = tuple[ref[FlowSnapshot] | None, ...]
_Index = QModelIndex | QPersistentModelIndex
# What a row is made of beside its name: its number, what it shows, whether the talk is there, the scene.
NUMBER, FACTS, IS_PRESENT, SCENE = (Qt.ItemDataRole.UserRole + k for k in range(4))
_ROW_PX, _GAP_PX, _RADIUS_PX, _FOCUS_RING_PX = 46, 3, 7, 2
_PICTURE_RADIUS_PX = 4
_NUMBER_PX, _PADDING_PX = 24, 8
_TEXT_LEFT_PX = _NUMBER_PX + SIZE.width() + _PADDING_PX
_NAME_TEXT_PX, _FACTS_TEXT_PX = 13, 12
# The present scene's ground: as much of the panel in it as in a pressed button's.
_FILL_SHARE = 0.76
# Keys of the list: what they do there, for the page of shortcuts.
LIST_KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "previous": (("Up",), "Show the scene above."),
    "next": (("Down",), "Show the scene below."),
    "show": (("Return", "Enter"), "Show the scene again from its beginning."),
    "rename": (("F2",), "Rename the scene; a double click does it too."),
    "up": (("Alt+Up",), "Move the scene up; or drag it."),
    "down": (("Alt+Down",), "Move the scene down; or drag it."),
    "remove": (("Delete",), "Delete the scene; Undo brings it back."),
}


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
        if scene.style.own_starts or scene.style.has_probe:
            snapshots = self._session.beside.with_known(step_of(scene, self._session.steps), snapshots, scene.style)
        shown = many_together([snapshots[lane] for lane in lanes], scene.style)
        frames = compared([frame_at(snapshot, _moment(scene), scene.style, mark=self._session.marks[lane],
                                    first=shown[0]) for lane, snapshot in zip(lanes, shown, strict=True)
                           if snapshot is not None], scene.style)
        sheet = stage_sheet(frames, scene.style, limits_of(snapshots, scene.style, lanes), self._theme,
                            Decor(has_text=False), len(lanes))
        size = SIZE * _DRAWN_SCALE
        image = Composer().image(sheet, size.width(), size.height())
        kept = QPixmap.fromImage(image.scaled(SIZE * _KEPT_SCALE, Qt.AspectRatioMode.IgnoreAspectRatio,
                                              Qt.TransformationMode.SmoothTransformation))
        kept.setDevicePixelRatio(_KEPT_SCALE)
        return kept


def _moment(scene: Scene) -> float:
    """Return the time that says most of a scene: the middle of one that moves, whose starts all look alike."""
    return (scene.t + 1.0) / 2 if scene.is_playing else scene.t


class SceneModel(QAbstractListModel):
    """One row per scene. A row that is edited or dragged changes the talk, and comes back from the document."""

    def __init__(self, talk: Talk, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._talk, self._document = talk, document
        self._scenes = talk.scenes  # that the views know of: others may hear of a change before them
        self._roles: dict[int, Callable[[int, Scene], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda row, scene: scene.name,
            Qt.ItemDataRole.EditRole: lambda row, scene: scene.name,
            Qt.ItemDataRole.ToolTipRole: lambda row, scene: plain_tip(scene.caption or self._facts(scene)),
            Qt.ItemDataRole.AccessibleTextRole: lambda row, scene: f"{row + 1}: {scene.name}, {self._facts(scene)}",
            NUMBER: lambda row, scene: str(row + 1),
            FACTS: lambda row, scene: self._facts(scene),
            SCENE: lambda row, scene: scene,
            IS_PRESENT: lambda row, scene: row == self._talk.index,
        }
        document.changed.connect(self._follow)
        talk.place_changed.connect(self._repaint)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._scenes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        get = self._roles.get(role)
        return None if get is None or not index.isValid() else get(index.row(), self._scenes[index.row()])

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a scene; not in the middle of a change, in which a field may lose the focus: it may be gone."""
        is_possible = role == Qt.ItemDataRole.EditRole and self._scenes is self._talk.scenes
        if is_possible:
            self._talk.rename(index.row(), value)
        return is_possible

    def flags(self, index: _Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # between rows, not onto one
        return usual | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def moveRows(self, _source: _Index, row: int, _count: int, _target: _Index, before: int) -> bool:
        """Move a dragged scene in front of another one; the view drags one at a time."""
        self._talk.move(row, before - row - 1 if before > row else before - row)
        return True

    def _facts(self, scene: Scene) -> str:
        return words.scene_facts(scene, len(self._document.project.lanes))

    def _follow(self, new: Project, old: Project) -> None:
        scenes = self._document.project.scenes
        if len(scenes) != len(self._scenes) or is_other_project(new, old):
            self.beginResetModel()
            self._scenes = scenes
            self.endResetModel()
        elif scenes is not self._scenes or len(new.lanes) != len(old.lanes):
            self._scenes = scenes
            self._repaint()

    def _repaint(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))


class SceneField(QLineEdit):
    """A scene's name while it is written. Keys that it has no use for end here: in a list they would move the talk."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        event.accept()


class SceneRows(QStyledItemDelegate):
    """Draws the rows and makes the field; the present scene wears the colours of a button that is down."""

    def __init__(self, theme: Theme, thumbnails: SceneThumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self._thumbnails = theme, thumbnails
        self._written = QPersistentModelIndex()  # the row whose name is being changed; none after a reset
        self._field: SceneField | None = None

    @property
    def field(self) -> SceneField | None:
        """The field that is open, if any."""
        return self._field if self._written.isValid() else None

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(0, _ROW_PX + _GAP_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, is_present, state = self.theme, bool(index.data(IS_PRESENT)), option.state
        has_focus = bool(state & QStyle.StateFlag.State_HasFocus)
        row = _row(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_present or has_focus or state & QStyle.StateFlag.State_MouseOver:
            ring = _FOCUS_RING_PX if has_focus else 1
            painter.setPen(QPen(QColor(theme.accent), ring) if is_present or has_focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(theme.accent, theme.panel, _FILL_SHARE) if is_present else theme.raised))
            inside = row.toRectF().adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2)
            painter.drawRoundedRect(inside, _RADIUS_PX, _RADIUS_PX)
        self._write(painter, row, index, is_present)
        painter.restore()

    def _write(self, painter: QPainter, row: QRect, index: _Index, is_present: bool) -> None:
        ink, muted = self.theme.text, self.theme.text if is_present else self.theme.muted
        left, middle = row.left() + _TEXT_LEFT_PX, row.top() + row.height() // 2
        width = row.right() - _PADDING_PX - left
        upper = QRect(left, row.top() + 5, width, middle - row.top() - 4)
        lower = QRect(left, middle + 1, width, row.bottom() - middle - 5)
        _write(painter, index.data(NUMBER), QRect(row.left(), row.top(), _NUMBER_PX, row.height()), _FACTS_TEXT_PX,
               muted, False, Qt.AlignmentFlag.AlignCenter)
        self._draw_picture(painter, QRect(row.left() + _NUMBER_PX, row.top() + (row.height() - SIZE.height()) // 2,
                                          SIZE.width(), SIZE.height()), index.data(SCENE))
        if self._written != index:  # the field is not as tall as the row
            _write(painter, index.data(), upper, _NAME_TEXT_PX, ink, True)
            _write(painter, index.data(FACTS), lower, _FACTS_TEXT_PX, muted, False)

    def _draw_picture(self, painter: QPainter, place: QRect, scene: Scene) -> None:
        frame = QPainterPath()
        frame.addRoundedRect(place.toRectF(), _PICTURE_RADIUS_PX, _PICTURE_RADIUS_PX)
        if (picture := self._thumbnails.picture(scene)) is not None:
            painter.save()
            painter.setClipPath(frame)
            painter.drawPixmap(place, picture)
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawPath(frame)

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: _Index) -> QWidget:
        self._written = QPersistentModelIndex(index)
        parent.update()
        self._field = field = SceneField(parent)
        field.setMaxLength(LONGEST_SCENE_NAME)
        describe(field, "Name of the scene", "Return keeps the name, Escape the old one.")
        return field

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        """Fill the field, also when the scenes change, but never over what was typed."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def destroyEditor(self, editor: QWidget, index: _Index) -> None:
        if editor is self._field:
            self._field, self._written = None, QPersistentModelIndex()
        super().destroyEditor(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: _Index) -> None:
        row = _row(option)
        height = editor.sizeHint().height()
        editor.setGeometry(row.left() + _TEXT_LEFT_PX - _PADDING_PX - 1, row.top() + (row.height() - height) // 2,
                           row.width() - _TEXT_LEFT_PX + 2, height)


def _row(option: QStyleOptionViewItem) -> QRect:
    return option.rect.adjusted(0, 0, 0, -_GAP_PX)


def _write(painter: QPainter, text: str, rect: QRect, size_px: int, ink: str, is_strong: bool,
           side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) -> None:
    painter.setFont(stage_font(size_px, is_strong))
    painter.setPen(QColor(ink))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side, shown)


class SceneList(QListView):
    """The scenes, the present one marked; what is chosen here is shown, so the list needs no selection of its own.

    Keys that it has no use for are left to the window: the space bar plays, Page Down walks on.
    """

    def __init__(self, talk: Talk, document: Document, session: Session, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._talk = talk
        self._thumbnails = SceneThumbnails(document, session, theme, self)
        self._rows = SceneRows(theme, self._thumbnails, self)
        self.setModel(SceneModel(talk, document, self))
        self.setItemDelegate(self._rows)
        self.setProperty("role", "scenes")
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        describe(self, "Scenes", "The scenes of the talk. Click one to show it; drag it to another place.")
        self._acts: dict[str, Callable[[], object]] = {
            "previous": talk.previous, "next": talk.next, "show": self._show_again, "rename": self.rename,
            "up": lambda: self.move_scene(-1), "down": lambda: self.move_scene(1), "remove": self.remove,
        }
        self._keys = {QKeySequence(key): self._acts[name] for name, (keys, _) in LIST_KEYS.items() for key in keys}
        self.clicked.connect(lambda index: talk.show(index.row()))
        talk.place_changed.connect(self._follow)
        for changed in (self._thumbnails.drawn, session.snapshot_changed, session.state_changed, session.stale_changed,
                        session.steps.snapshots_changed):
            changed.connect(lambda *_: self.viewport().update())
        self.model().modelReset.connect(self._follow)
        self._follow()

    @property
    def has_keys(self) -> bool:
        """Whether the keyboard is here, or in the field of a name."""
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def set_theme(self, theme: Theme) -> None:
        self._rows.theme = theme
        self._thumbnails.set_theme(theme)
        self.viewport().update()

    def rename(self) -> None:
        """Write the present scene's name in its row, unless it is being written."""
        if self._talk.index is not None and self._rows.field is None:
            self.edit(self.model().index(self._talk.index, 0))

    def finish_name(self) -> None:
        """Keep the name that is being written. Call it before anything that changes scenes or goes on without them."""
        if (field := self._rows.field) is not None:
            self.commitData(field)
            self.closeEditor(field, QAbstractItemDelegate.EndEditHint.NoHint)

    def move_scene(self, by: int) -> None:
        """Move the present scene so many places down."""
        self.finish_name()
        if self._talk.index is not None:
            self._talk.move(self._talk.index, by)

    def remove(self) -> None:
        self.finish_name()
        if self._talk.index is not None:
            self._talk.remove(self._talk.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the list's own keys; the others are the window's."""
        act = self._keys.get(pressed_keys(event))
        if act is None:
            event.ignore()
        else:
            act()

    def startDrag(self, actions: Qt.DropAction) -> None:
        super().startDrag(actions)
        self._follow()  # a drag that was given up has left its row current

    def _show_again(self) -> None:
        if self._talk.index is not None:
            self._talk.show(self._talk.index)

    def reset(self) -> None:
        """Show other scenes; a name that was being written has gone with the old ones, but not the keys."""
        has_keys = self.has_keys
        super().reset()
        if has_keys:
            self.setFocus()

    def _follow(self) -> None:
        """Make the present scene the current row, for the screen reader, and bring it into view."""
        if self._rows.field is not None:
            # Another current row has Qt keep the name at once: it would change the document while it is changing.
            QTimer.singleShot(0, self, self._make_current)
        else:
            self._make_current()

    def _make_current(self) -> None:
        index = QModelIndex() if self._talk.index is None else self.model().index(self._talk.index, 0)
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        self.viewport().update()
