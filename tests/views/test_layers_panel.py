"""Presets and layers change the document's style, and follow it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.core.extent import extent_of_sides
from fmviz.core.layers import GROUPS, LAYERS
from fmviz.core.options import options_of
from fmviz.core.style import VIEWS, Style
from fmviz.engine.document import Document
from fmviz.views.editors import ChoiceEdit, TextEdit
from fmviz.views.layers_panel import LayersPanel
from fmviz.views.stage_header import ViewBar


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> LayersPanel:
    panel = LayersPanel(document)
    qtbot.addWidget(panel)
    return panel


@pytest.mark.parametrize("name", VIEWS)
def test_a_preset_sets_its_layers(qtbot: QtBot, document: Document, name: str) -> None:
    bar = ViewBar(document)
    qtbot.addWidget(bar)
    if VIEWS[name].is_on_bar:
        bar.button(name).click()
    else:
        document.set_style(document.project.style.with_view(name))
    assert document.project.style.view == name
    assert set(document.project.style.layers) == set(VIEWS[name].layers)
    assert bar.current() == (name if VIEWS[name].is_on_bar else None)


def test_pressing_a_preset_again_brings_its_layers_back(qtbot: QtBot, document: Document) -> None:
    bar = ViewBar(document)
    qtbot.addWidget(bar)
    document.set_style(document.project.style.with_layer("trails", False))
    bar.button("trajectories").click()
    assert "trails" in document.project.style.layers


def test_presets_lose_their_icons_before_their_texts(qtbot: QtBot, document: Document) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    bar = ViewBar(document, window)
    window.show()
    widest, narrowest = bar.sizeHint().width(), bar.minimumSizeHint().width()
    assert narrowest < widest
    styles, worn = [], []
    for width in (widest, widest - 10, narrowest + 100, narrowest):
        bar.resize(width, 40)
        styles.append(bar.button("field").toolButtonStyle())
        worn.append(bar.button("story").toolButtonStyle())
        assert bar.sizeHint().width() == widest
    both, text, icon = (Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonTextOnly,
                        Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert styles == [both, text, icon, icon]
    assert worn == [both, text, both, icon], "the one that is down keeps its word the longest"


def test_a_difference_needs_two_panes_and_says_so(panel: LayersPanel, document: Document) -> None:
    boxes = [panel.boxes[name] for name, row in LAYERS.items() if row.compares]
    assert len(boxes) == 2
    for box in boxes:
        assert not box.isEnabled()
        assert "two" in box.toolTip()
    document.set_lanes(("random", "ot"))
    assert all(box.isEnabled() and "two" not in box.toolTip() for box in boxes)
    document.set_style(replace(document.project.style, lanes=(1,)))
    assert not any(box.isEnabled() for box in boxes)
    document.set_style(replace(document.project.style.with_layer("density_difference", True), lanes=(1,)))
    assert panel.boxes["density_difference"].isEnabled(), "one that is on can be taken away"
    assert not panel.boxes["speed_difference"].isEnabled()


def test_the_exact_field_of_an_unknown_coupling_is_grey_and_says_why(panel: LayersPanel, document: Document) -> None:
    boxes = [panel.boxes[name] for name, row in LAYERS.items() if row.is_exact]
    assert len(boxes) == 2
    assert all(box.isEnabled() for box in boxes)
    document.set_lanes(("entropic",))
    for box in boxes:
        assert not box.isEnabled()
        assert "With entropic coupling the exact field is not known" in box.toolTip()
    document.set_lanes(("entropic", "random"))
    assert all(box.isEnabled() and "not known" not in box.toolTip() for box in boxes)


@pytest.mark.parametrize("name", LAYERS)
def test_each_box_switches_its_layer(panel: LayersPanel, document: Document, name: str) -> None:
    if LAYERS[name].compares:
        document.set_lanes(("random", "ot"))
    was_visible = name in document.project.style.layers
    assert panel.boxes[name].isChecked() == was_visible
    panel.boxes[name].click()
    assert (name in document.project.style.layers) != was_visible
    panel.boxes[name].click()
    assert (name in document.project.style.layers) == was_visible


def test_another_map_lets_the_old_one_go(panel: LayersPanel, document: Document) -> None:
    document.set_style(document.project.style.with_view("magnitude"))
    panel.boxes["density"].click()
    assert [name for name in panel.boxes if panel.boxes[name].isChecked()] == ["particles", "density"]


def test_boxes_stand_in_their_groups_each_once(panel: LayersPanel) -> None:
    assert sorted(panel.boxes) == sorted(LAYERS)
    order = [list(GROUPS).index(LAYERS[name].group) for name in panel.boxes]
    assert order == sorted(order)


def test_boxes_follow_a_preset(panel: LayersPanel, document: Document) -> None:
    document.set_style(document.project.style.with_view("pairs"))
    assert {name for name, box in panel.boxes.items() if box.isChecked()} == set(VIEWS["pairs"].layers)


def test_choices_and_texts_are_called_as_what_stands_beside_them(panel: LayersPanel) -> None:
    for name, editor in panel.editors.items():
        if isinstance(editor, ChoiceEdit | TextEdit):
            assert editor.accessibleName() == options_of(Style)[name].title


def test_every_look_is_one_change(panel: LayersPanel, document: Document) -> None:
    changes: list[object] = []
    look = panel.editors
    document.changed.connect(lambda new, old: changes.append(new.style))
    look["colour_by"].setCurrentIndex(look["colour_by"].findData("plain"))
    look["colour_by"].activated.emit(look["colour_by"].currentIndex())
    look["arrows"].edited.emit("equal")
    for name, key in (("density", "exact"), ("contours", "none"), ("density_scale", "moment")):
        look[name].setCurrentIndex(look[name].findData(key))
        look[name].activated.emit(look[name].currentIndex())
    for name, value in (("bandwidth", 2.5), ("trail", 0.4), ("particles", 800), ("across", 9), ("arrow_dt", 0.5)):
        look[name].spin.setValue(value)
    document.set_style(document.project.style.with_view("field"))
    look["whole_field"].click()
    style = document.project.style
    assert (style.colour_by, style.arrows, style.whole_field) == ("plain", "equal", True)
    assert (style.bandwidth, style.trail, style.particles, style.across, style.arrow_dt) == (2.5, 0.4, 800, 9, 0.5)
    assert (style.density, style.contours, style.density_scale) == ("exact", "none", "moment")
    assert len(changes) == 12
    assert not document.is_modified


def test_what_has_no_effect_is_disabled(panel: LayersPanel, document: Document) -> None:
    look = panel.editors
    for name, (has_bandwidth, has_trail, has_arrows) in {
        "density": (True, False, False), "trajectories": (False, True, False), "field": (False, False, True),
    }.items():
        document.set_style(document.project.style.with_view(name))
        assert look["bandwidth"].isEnabled() == has_bandwidth
        assert look["contours"].isEnabled() == look["density_scale"].isEnabled() == (name == "density")
        assert look["trail"].isEnabled() == has_trail
        assert look["arrows"].isEnabled() == has_arrows


@pytest.mark.parametrize(("changes", "name", "said"), [
    ({"starts": ((0.0, 1.0),)}, "follow", "Starts says"), ({}, "particles", "Paths says"), ({}, "trail", "No layer"),
])
def test_a_grey_row_says_why(panel: LayersPanel, document: Document, changes: dict[str, object], name: str,
                             said: str) -> None:
    document.set_style(replace(document.project.style.with_view("story"), **changes))
    assert said in panel._titles[name].toolTip()
    assert "No layer" not in panel._titles["paths"].toolTip()


def test_classes_are_offered_where_there_are_labels(panel: LayersPanel, document: Document) -> None:
    def is_offered() -> bool:
        colour = panel.editors["colour_by"]
        return bool(colour.model().flags(colour.model().index(colour.findData("class"), 0))
                    & Qt.ItemFlag.ItemIsEnabled)

    assert not is_offered()
    cloud = PointCloud(np.eye(2), labels=Labels(np.array([0, 1]), ("a", "b")))
    document.set_side("target", Side(cloud=cloud), "Give")
    assert is_offered()


def test_names_are_taken_when_they_are_typed(qtbot: QtBot, document: Document, panel: LayersPanel) -> None:
    panel.show()
    panel.editors["names"].setFocus()
    qtbot.keyClicks(panel.editors["names"], "noise, data")
    qtbot.keyClick(panel.editors["names"], Qt.Key.Key_Return)
    assert document.project.style.cloud_names == ("noise", "data")


def test_another_place_and_time_of_the_probe_are_one_undo_step(panel: LayersPanel, document: Document) -> None:
    before = document.project.style
    panel.editors["probe"].edited.emit("1,2@0.25")
    assert (document.project.style.probe, document.project.style.probe_t) == ((1.0, 2.0), 0.25)
    document.undo()
    assert (document.project.style.probe, document.project.style.probe_t) == (before.probe, before.probe_t)


def test_an_empty_place_of_the_probe_is_the_middle_and_can_be_undone(panel: LayersPanel, document: Document) -> None:
    document.set_probe((1.0, 2.0), "Pin the probe")
    panel.editors["probe"].edited.emit("")
    place, extent = document.project.style.probe, extent_of_sides(document.project.source, document.project.target)
    assert place == pytest.approx((extent.cx, extent.cy), abs=extent.half / 100)
    assert len(panel.editors["probe"].text()) < 14, "no more digits than matter"
    document.undo()
    assert document.project.style.probe == (1.0, 2.0)


def test_starts_are_taken_and_a_refused_text_stays_marked(qtbot: QtBot, document: Document, panel: LayersPanel) -> None:
    panel.show()
    for text, starts in (("1,2; 0,-1.5", ((1.0, 2.0), (0.0, -1.5))), ("1,2; nowhere", ((1.0, 2.0), (0.0, -1.5)))):
        panel.editors["starts"].setFocus()
        panel.editors["starts"].selectAll()
        qtbot.keyClicks(panel.editors["starts"], text)
        qtbot.keyClick(panel.editors["starts"], Qt.Key.Key_Return)
        assert document.project.style.starts == starts
        assert panel.editors["starts"].text() == text
    assert panel.editors["starts"].property("refused")
    qtbot.keyClick(panel.editors["starts"], Qt.Key.Key_Escape)
    assert (panel.editors["starts"].text(), bool(panel.editors["starts"].property("refused"))) == ("1,2; 0,-1.5", False)
    panel.editors["starts"].edited.emit("")
    assert document.project.style.starts is None
