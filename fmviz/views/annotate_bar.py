"""The bar above the stage while annotating: kind, ink, when it is seen, how much an inset magnifies, delete, done."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QToolButton

from fmviz.core.annotations import FACTOR, INKS, KINDS, LEAST_FACTOR, MOST_FACTOR, Kind
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.views.annotate_tool import AnnotateTool
from fmviz.views.controls import Segmented, describe, label, push_button, tabular, tool_button
from fmviz.views.layouts import column, row
from fmviz.views.number_edit import NumberEdit

_SPIN_PX, _DECIMALS = 66, 2
_INK_TIPS = {"plain": "In the colour of words.", "strong": "In red.", "source": "In the source's colour.",
             "target": "In the target's colour."}


class AnnotateBar(QFrame):
    """Shows and sets what the annotating tool draws with, and what is selected; visible while it is active."""

    def __init__(self, tool: AnnotateTool, document: Document, playhead: Playhead) -> None:
        super().__init__()
        self._tool, self._playhead = tool, playhead
        self.setProperty("role", "card")
        describe(self, "Annotating", "Point at things on the stage.")
        self.kinds = {kind.key: self._kind_button(kind) for kind in KINDS.values()}
        self.inks = Segmented("Ink", INKS, _INK_TIPS)
        self.inks.setProperty("dense", True)
        self.inks.edited.connect(tool.set_ink)
        self.span = label("", "muted")
        tabular(self.span)
        self.from_here = push_button(self, "From here", "The selected one is seen from this t on.", self._begin_here)
        self.to_here = push_button(self, "To here", "The selected one is seen until this t.", self._end_here)
        self.always = push_button(self, "Always", "The selected one is seen at every t.", self._be_seen_always)
        self.factor = NumberEdit("Magnification", "How many times as large an inset shows its place", FACTOR,
                                 LEAST_FACTOR, MOST_FACTOR, decimals=_DECIMALS)
        self.factor.show_value(FACTOR)
        self.factor.spin.setSuffix(" x")
        self.factor.spin.setFixedWidth(_SPIN_PX)
        self.factor.edited.connect(lambda value: tool.change_selected("Change the magnification", factor=value))
        self.delete_button = tool_button(self, "close", tool.delete_selected, "Delete", "Delete the selected one.",
                                         "Delete")
        self.clear_button = push_button(self, "Remove all", "Remove all annotations of what is shown; undo brings "
                                        "them back.", tool.clear)
        self.done_button = push_button(self, "Done", "End annotating.", tool.stop, "Escape", role="primary")
        column(
            row(*self.kinds.values(), 6, self.inks, None, self.done_button, spacing=0),
            row(self.span, 4, self.from_here, self.to_here, self.always, 8, self.factor, None,
                row(self.delete_button, self.clear_button, spacing=2), spacing=4),
            spacing=6, margins=8, on=self)
        tool.changed.connect(self._follow)
        document.changed.connect(self._follow)
        self._follow()

    def _kind_button(self, kind: Kind) -> QToolButton:
        button = tool_button(self, kind.icon, lambda: self._choose(kind.key), kind.label,
                             f"{kind.label}: {kind.help}", kind.shortcut)
        button.setCheckable(True)
        return button

    def _choose(self, key: str) -> None:
        self._tool.set_kind(key)
        self._follow()  # a click on the chosen one must not let it go up

    def _begin_here(self) -> None:
        if (chosen := self._tool.selected) is not None:
            t = self._playhead.t
            self._tool.change_selected("Change when it is seen", t0=t, t1=max(t, chosen.t1))

    def _end_here(self) -> None:
        if (chosen := self._tool.selected) is not None:
            t = self._playhead.t
            self._tool.change_selected("Change when it is seen", t0=min(t, chosen.t0), t1=t)

    def _be_seen_always(self) -> None:
        self._tool.change_selected("Change when it is seen", t0=0.0, t1=1.0)

    def _follow(self, *_: object) -> None:
        tool, chosen = self._tool, self._tool.selected
        for key, button in self.kinds.items():
            button.setChecked(key == tool.kind)
        self.inks.show_value(tool.ink)
        for control in (self.from_here, self.to_here, self.always, self.delete_button):
            control.setEnabled(chosen is not None)
        self.clear_button.setEnabled(bool(tool.annotations))
        magnifies = chosen is not None and KINDS[chosen.kind].has_factor
        self.factor.setEnabled(magnifies)
        if chosen is not None and magnifies:
            self.factor.show_value(chosen.factor)
        self.span.setText("Seen" if chosen is None else f"t = {chosen.t0:.2f} to {chosen.t1:.2f}")
