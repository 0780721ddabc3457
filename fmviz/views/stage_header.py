"""The row above the stage: which view, which layers, one pane or two, scenes, full screen, export."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QWidget

from fmviz.core.numbers import within
from fmviz.core.style import VIEWS
from fmviz.engine.document import Document
from fmviz.views.controls import ICON_PX, Segmented, action_button, describe_action, keys_of, scrolling, tool_button
from fmviz.views.focus import tab_as_seen
from fmviz.views.layers_panel import LayersPanel
from fmviz.views.layouts import column, row

_GAP_PX, _ICON_PX = 4, ICON_PX + 2
_EXPORT = "Export"
# Of the window's height: the stage below the panel of layers stays in sight.
_MOST_OF_WINDOW = 0.7
# What a button has around its icon.
_BUTTON_PX = 22
# Between an icon and its word.
_WORD_GAP_PX = 6
_ON_BAR = {name: view for name, view in VIEWS.items() if view.is_on_bar}


class ViewBar(Segmented):
    """One button per view preset; pressing the one that is down brings its layers back.

    The buttons show icon and text where there is room, else the text, else the icon and only the one that is down its
    text beside it, else the icon.
    """

    # Of the button that is down, and of the others.
    _STYLES = (
        (Qt.ToolButtonStyle.ToolButtonTextBesideIcon,) * 2,
        (Qt.ToolButtonStyle.ToolButtonTextOnly,) * 2,
        (Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly),
        (Qt.ToolButtonStyle.ToolButtonIconOnly,) * 2,
    )

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__("View", {name: view.label for name, view in _ON_BAR.items()},
                         {name: view.help for name, view in _ON_BAR.items()},
                         {name: keys_of(f"view_{name}") for name in _ON_BAR}, {name: name for name in _ON_BAR},
                         fills_width=False, parent=parent)
        self.setProperty("dense", True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._hints: tuple[QSize, ...] = ()
        self.edited.connect(lambda name: document.set_style(document.project.style.with_view(name)))
        document.changed.connect(lambda new, old: self.show_value(new.style.view))
        self.show_value(document.project.style.view)

    def sizeHint(self) -> QSize:
        return self._sizes()[0]

    def minimumSizeHint(self) -> QSize:
        """Return the room for icons."""
        return self._sizes()[-1]

    @property
    def words_px(self) -> int:
        return self._sizes()[1].width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._hints = ()
            self.updateGeometry()
            self._fit()

    def show_value(self, key: str | None) -> None:
        super().show_value(key if key in _ON_BAR else None)
        self._fit()

    def _fit(self) -> None:
        width, sizes = self.width(), self._sizes()
        self._apply(next((k for k, size in enumerate(sizes) if size.width() <= width), len(sizes) - 1))

    def _sizes(self) -> tuple[QSize, ...]:
        """Return the size that the row needs in each of `_STYLES`, whichever button is down."""
        if not self._hints:
            plain = {style: self._size_in(style) for style in {each for pair in self._STYLES for each in pair}}
            one = max(self.button(name).fontMetrics().horizontalAdvance(view.label) for name, view in _ON_BAR.items())
            self._hints = tuple(
                plain[chosen] if chosen == others else plain[others] + QSize(one + _WORD_GAP_PX, 0)
                for chosen, others in self._STYLES
            )
            self._fit()
        return self._hints

    def _size_in(self, style: Qt.ToolButtonStyle) -> QSize:
        for name in _ON_BAR:
            self.button(name).setToolButtonStyle(style)
        return self._row.sizeHint()

    def _apply(self, row: int) -> None:
        chosen, others = self._STYLES[row]
        for name in _ON_BAR:
            button = self.button(name)
            button.setToolButtonStyle(chosen if button.isChecked() else others)


class StageHeader(QWidget):
    """View presets on the left; what is done with the picture on the right."""

    def __init__(self, document: Document, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.views = ViewBar(document, self)
        self.layers = tool_button(self, "layers", self._open_layers, "Layers",
                                  "Switch single layers, choose colours, arrows, bandwidth and trails.",
                                  size_px=_ICON_PX)
        self._popup = _Popup(LayersPanel(document), self)
        self.panels = self._switch(actions["panels"])
        self.scenes = self._switch(actions["scenes"])
        self.annotate = self._switch(actions["annotate"])
        self.compare = self._switch(actions["compare"])
        self.fullscreen = self._switch(actions["fullscreen"])
        self.fit = tool_button(self, "fit", actions["fit"].trigger, size_px=_ICON_PX)
        describe_action(self.fit, "fit")
        self.export = action_button(self, actions["export"], _EXPORT)
        # The first are the first to go: they are in the menu, on a key, and the couplings are on the right as well.
        self._spare = (self.compare, self.fullscreen, self.annotate, self.scenes)
        parts = row(self.panels, self.views, None, *self._tools, spacing=_GAP_PX, margins=0, on=self)
        parts.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        document.changed.connect(lambda new, _old: self._show_camera(new.style.camera is not None))
        self._show_camera(document.project.style.camera is not None)

    @property
    def _tools(self) -> tuple[QWidget, ...]:
        return self.fit, self.compare, self.annotate, self.scenes, self.fullscreen, self.layers, self.export

    def minimumSizeHint(self) -> QSize:
        """Return the room for what is never left out."""
        width = self._width(self._spare, ICON_PX + _BUTTON_PX, self.views.minimumSizeHint().width())
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_parts()

    def _show_camera(self, is_closer: bool) -> None:
        """Offer the way back while the picture is not fitted."""
        if is_closer is self.fit.isHidden():
            self.fit.setVisible(is_closer)
            self._choose_parts()

    def _choose_parts(self) -> None:
        """Leave out what has no room."""
        width, word_px = self.width(), self.export.fontMetrics().horizontalAdvance(_EXPORT) + _GAP_PX
        icon_px, words_px = ICON_PX + _BUTTON_PX, self.views.words_px
        # All buttons before any words.
        choices = [((), icon_px + word_px, words_px), ((), icon_px, words_px),
                   *((self._spare[:n], icon_px, self.views.minimumSizeHint().width())
                     for n in range(len(self._spare) + 1))]
        left_out, export_px, _ = next((choice for choice in choices if self._width(*choice) <= width), choices[-1])
        self.export.setText(_EXPORT if export_px > icon_px else "")
        for part in self._spare:
            part.setVisible(part not in left_out)

    def _width(self, left_out: tuple[QWidget, ...], export_px: int, views_px: int) -> int:
        parts = [part for part in (self.panels, *self._tools) if part not in (*left_out, self.export)
                 and not (part is self.fit and part.isHidden())]
        widths = [part.sizeHint().width() for part in parts] + [export_px, views_px]
        return sum(widths) + _GAP_PX * len(widths)

    def _switch(self, action: QAction) -> QToolButton:
        button = tool_button(self, action.objectName(), size_px=_ICON_PX)
        button.setCheckable(True)
        button.setChecked(action.isChecked())
        describe_action(button, action.objectName())
        action.toggled.connect(button.setChecked)
        # The action decides whether it is on; a click alone must not show it so.
        button.clicked.connect(lambda is_on: (button.setChecked(not is_on), action.trigger()))  # type: ignore[func-returns-value]
        return button

    def _open_layers(self) -> None:
        """Open the panel at the right edge of the window, over what stands beside the stage."""
        window = self.window()
        right = window.mapToGlobal(QPoint(window.width(), 0)).x()
        self._popup.open_at(QPoint(right, self.layers.mapToGlobal(QPoint(0, self.layers.height() + _GAP_PX)).y()),
                            round(_MOST_OF_WINDOW * window.height()))


class _Popup(QFrame):
    """A panel that closes when the user clicks elsewhere or presses Escape."""

    def __init__(self, panel: LayersPanel, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setProperty("role", "card")
        self.panel = panel
        self._area = QScrollArea(self)
        scrolling(self._area, panel)
        column(self._area, margins=1, on=self)
        tab_as_seen(self)

    def open_at(self, corner: QPoint, most_px: int) -> None:
        """Show with the upper right corner at a point, but within the screen, at most so high; the rest is scrolled."""
        self.ensurePolished()
        bar_px = self._area.verticalScrollBar().sizeHint().width()
        self.resize(self.panel.width() + bar_px + 4, min(self.panel.sizeHint().height() + 4, most_px))
        room = self.screen().availableGeometry()
        self.move(within(corner.x() - self.width(), room.left(), room.right() - self.width()),
                  within(corner.y(), room.top(), room.bottom() - self.height()))
        self.show()
        next(iter(self.panel.boxes.values())).setFocus(Qt.FocusReason.PopupFocusReason)  # Tab goes on from there
