"""Every control of every panel has a tooltip and an accessible name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from fmviz.core.theme import Theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.layers_panel import LayersPanel
from fmviz.views.metrics_table import MetricsTable
from fmviz.views.stage_header import ViewBar
from fmviz.views.time_bars import BatchBar
from fmviz.views.train_panel import TrainPanel
from fmviz.views.transport_bar import TransportBar

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QProgressBar)
Maker = Callable[[Document, Session, Playhead, Theme], QWidget]
MAKERS: dict[str, Maker] = {
    "training": lambda document, session, playhead, theme: TrainPanel(document, session, theme),
    "views": lambda document, session, playhead, theme: ViewBar(document),
    "layers": lambda document, session, playhead, theme: LayersPanel(document),
    "transport": lambda document, session, playhead, theme: TransportBar(playhead),
    "batch": lambda document, session, playhead, theme: BatchBar(document, session),
    "metrics": lambda document, session, playhead, theme: MetricsTable(document, session, theme),
    "export": lambda document, session, playhead, theme: ExportDialog(document, session, playhead),
}


def controls(root: QWidget) -> Iterator[QWidget]:
    """Yield every control that a user can reach; parts that Qt makes inside a control are the control's."""
    for widget in root.findChildren(QWidget):
        is_inner = isinstance(widget.parentWidget(), (*CONTROLS, QAbstractScrollArea)) or isinstance(widget, QScrollBar)
        if isinstance(widget, CONTROLS) and not is_inner:
            yield widget


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_says_what_it_is(
    qtbot: QtBot, document: Document, session: Session, playhead: Playhead, theme: Theme, name: str
) -> None:
    root = MAKERS[name](document, session, playhead, theme)
    qtbot.addWidget(root)
    found = list(controls(root))
    assert found or name == "metrics"
    for control in found:
        assert control.accessibleName(), f"{control} has no accessible name"
        assert control.toolTip(), f"{control.accessibleName()} has no tooltip"
    if isinstance(root, ExportDialog):
        root.shutdown()


def test_names_within_a_panel_differ(qtbot: QtBot, document: Document, session: Session, theme: Theme) -> None:
    panel = TrainPanel(document, session, theme)
    qtbot.addWidget(panel)
    names = [control.accessibleName() for control in controls(panel) if control.isVisibleTo(panel)]
    assert len(names) == len(set(names))
