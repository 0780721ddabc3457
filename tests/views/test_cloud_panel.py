"""The cards change the document's sides, follow them, and refuse bad files in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from controls_check import controls_of, silent_controls
from dropped_files import drop
from easel import Easel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import NO_LABEL, Labels, PointCloud, Side
from fmviz.core.shapes import SHAPES
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.views.cloud_card import WIDTH_PX, CloudCard, CloudPanel, size_in_words

# The offscreen platform cannot raise popups or give them the keyboard, and says so.
popup = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def panel(qtbot: QtBot, document: Document, theme: Theme) -> CloudPanel:
    panel = CloudPanel(document, theme)
    qtbot.addWidget(panel)
    panel.resize(WIDTH_PX, 690)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def card(panel: CloudPanel) -> CloudCard:
    return panel.cards["target"]


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_one_step(card: CloudCard, document: Document, name: str) -> None:
    document.set_side("target", Side(shape="point" if name != "point" else "moons", jitter=0.2), "Before")
    card.pick_shape(name)
    assert document.project.target == Side(shape=name, jitter=0.2)
    assert document.undo_stack.count() == 2
    assert card.picker.currentText() == SHAPES[name].label
    assert card.count_label.text() == "endless"


def test_a_card_shows_a_cloud_by_name_and_count(panel: CloudPanel, document: Document) -> None:
    cloud = PointCloud(np.random.default_rng(0).normal(size=(1240, 2)), name="data.csv")
    document.set_side("source", Side(cloud=cloud), "Import")
    card = panel.cards["source"]
    assert card.picker.currentIndex() == -1
    assert card.picker.placeholderText() == "data.csv"
    assert card.count_label.text() == "1,240 points"
    assert size_in_words(Side(shape="moons")) == "endless"


def test_a_card_repaints_for_its_own_side_only(panel: CloudPanel, document: Document) -> None:
    before = {which: card.thumbnail.grab().toImage() for which, card in panel.cards.items()}
    document.set_side("target", Side(shape="heart"), "Pick")
    assert panel.cards["source"].thumbnail.grab().toImage() == before["source"]
    assert panel.cards["target"].thumbnail.grab().toImage() != before["target"]


@pytest.mark.parametrize("n", [2, 1000, 200_000])
def test_thumbnails_take_any_cloud(card: CloudCard, document: Document, n: int) -> None:
    document.set_side("target", Side(cloud=PointCloud(np.full((n, 2), 7.0))), "One place")
    assert not card.thumbnail.grab().isNull()


def test_a_shape_becomes_points(card: CloudCard, document: Document) -> None:
    document.set_side("target", Side(shape="moons", jitter=0.1), "Before")
    card.points_menu.actions()[2].trigger()
    cloud = document.project.target.cloud
    assert cloud is not None
    assert len(cloud) == 1000
    assert cloud.name == "Two moons"
    document.undo()
    assert document.project.target.shape == "moons"


def test_jitter_is_one_step(card: CloudCard, document: Document) -> None:
    card.jitter_edit.spin.setValue(0.4)
    assert document.project.target.jitter == 0.4
    assert document.undo_stack.count() == 1
    document.undo()
    assert card.jitter_edit.value() == 0.0


def test_a_cloud_is_placed_in_one_step(card: CloudCard, document: Document) -> None:
    assert not card.place_menu.isEnabled()
    document.set_side("target", Side(cloud=PointCloud(np.array([[0.0, 0.0], [3.0, 1.0], [6.0, 8.0]]))), "Give")
    for action in card.place_menu.actions():
        before = document.project.target
        action.trigger()
        assert document.project.target != before
        document.undo()
        assert document.project.target is before
    card.place_menu.actions()[-1].trigger()
    assert document.project.target.cloud is not None
    assert document.project.target.cloud.xy.tolist() == [[0, 8], [3, 7], [6, 0]]


def test_sides_are_swapped(panel: CloudPanel, document: Document) -> None:
    panel.swap_button.click()
    assert (document.project.source.shape, document.project.target.shape) == ("moons", "8gaussians")
    assert panel.cards["source"].picker.currentText() == "Two moons"


def test_what_is_dropped_or_asked_for_is_told(panel: CloudPanel, card: CloudCard, tmp_path: Path) -> None:
    told: list[object] = []
    card.dropped.connect(lambda data: told.append(data.urls()[0].fileName()))
    card.asked.connect(told.append)
    drop(card, tmp_path / "a.csv")
    card.import_button.click()
    for entry in card.entries.values():
        entry.trigger()
    assert told == ["a.csv", "import", *card.entries]


def test_draw_and_clear_drive_the_tool(qtbot: QtBot, document: Document, theme: Theme, panel: CloudPanel) -> None:
    easel = Easel(document, theme)
    qtbot.addWidget(easel)
    easel.show()
    panel.follow(easel.tool)
    source, target = panel.cards["source"], panel.cards["target"]
    source.draw_button.click()
    assert easel.tool.which == "source"
    target.draw_button.click()
    assert easel.tool.which == "target"
    assert (source.draw_button.isChecked(), target.draw_button.isChecked()) == (False, True)
    target.draw_button.click()
    assert not easel.tool.is_active
    target.turn_into_points(50)
    before = document.project.target
    target.clear_action.trigger()
    assert easel.tool.which == "target"
    assert len(easel.tool.points) == 0
    assert document.project.target is before
    easel.spray()
    easel.tool.undo()
    assert document.project.target is before
    easel.tool.stop()
    assert not target.draw_button.isChecked()


def test_points_drawn_of_a_cloud_keep_their_labels(card: CloudCard, document: Document) -> None:
    cloud = PointCloud(np.arange(12.0).reshape(6, 2), [5, 0, 1, 1, 1, 0], "cells",
                       Labels(np.array([0, 1, 0, 1, NO_LABEL, 1]), ("a", "b")))
    document.set_side("target", Side(cloud=cloud), "Given")
    card.turn_into_points(400)
    made = document.project.target.cloud
    assert made is not None
    assert made.labels is not None
    rows = (made.xy[:, 0] / 2).astype(int)
    assert np.array_equal(made.labels.codes, cloud.labels.codes[rows])
    # The weights are in how often a point was drawn.
    assert made.weights is None
    assert np.bincount(rows, minlength=6) / 400 == pytest.approx(cloud.weights, abs=0.1)
    assert made.name == "cells"


@popup
def test_the_grid_is_used_by_keys(card: CloudCard, document: Document, qtbot: QtBot) -> None:
    names = list(SHAPES)
    card.picker.setFocus()
    QTest.keyClick(card.picker, Qt.Key.Key_Space)
    grid = card.picker.grid
    assert grid.isVisible()
    assert grid.currentIndex().row() == names.index("moons")
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert not grid.isVisible()
    assert document.project.target.shape == names[names.index("moons") + 5]
    assert document.undo_stack.count() == 1


@popup
def test_the_grid_is_used_by_the_mouse_and_left_by_escape(card: CloudCard, document: Document) -> None:
    grid = card.picker.grid
    card.picker.showPopup()
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert not grid.isVisible()
    assert document.undo_stack.count() == 0
    card.picker.showPopup()
    place = grid.visualRect(grid.model().index(list(SHAPES).index("heart"), 0)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert document.project.target.shape == "heart"
    assert document.undo_stack.count() == 1


@popup
def test_every_shape_has_a_tile_in_sight_that_says_what_it_is(card: CloudCard) -> None:
    card.picker.showPopup()
    grid = card.picker.grid
    tiles = [grid.visualRect(grid.model().index(row, 0)) for row in range(len(SHAPES))]
    assert len({(tile.x(), tile.y()) for tile in tiles}) == len(SHAPES)
    assert all(grid.viewport().rect().contains(tile) for tile in tiles)
    said = [(item.text(), item.toolTip(), item.data(Qt.ItemDataRole.AccessibleDescriptionRole))
            for item in map(grid.item, range(grid.count()))]
    assert said == [(shape.label, shape.help, shape.help) for shape in SHAPES.values()]
    card.picker.hidePopup()


def test_the_arrow_keys_pick_the_next_shape(card: CloudCard, document: Document) -> None:
    names = list(SHAPES)
    QTest.keyClick(card.picker, Qt.Key.Key_Down)
    assert document.project.target.shape == names[names.index("moons") + 1]


def test_every_control_says_what_it_is(panel: CloudPanel) -> None:
    assert len(controls_of(panel)) >= 10
    assert silent_controls(panel) == []


def test_nothing_is_cut_off(panel: CloudPanel) -> None:
    assert panel.widget().minimumSizeHint().width() <= WIDTH_PX
    assert panel.width() == WIDTH_PX


def test_the_theme_colours_the_dots(panel: CloudPanel) -> None:
    before = panel.grab().toImage()
    panel.set_theme(load_theme("light"))
    assert panel.grab().toImage() != before
    panel.set_theme(load_theme("dark"))
    assert panel.grab().toImage() == before


def test_far_points_are_named_and_left_out_in_one_step(card: CloudCard, document: Document) -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(100, 2)), [(5000, 5000)]])
    assert not card.far_action.isEnabled()
    document.set_side("target", Side(cloud=PointCloud(points), jitter=0.1), "Import")
    assert card.far_action.isEnabled()
    assert "(5000, 5000)" in card.far_action.toolTip()
    assert "far" in card.count_label.text()
    card.far_action.trigger()
    assert np.array_equal(document.project.target.cloud.xy, points[:100])
    assert document.project.target.jitter == 0.1
    assert document.undo_stack.count() == 2
    assert not card.far_action.isEnabled()
    document.undo()
    assert len(document.project.target.cloud) == 101


def test_jitter_follows_a_shape_of_another_size(card: CloudCard, document: Document) -> None:
    tiny = PointCloud(np.random.default_rng(0).normal(size=(100, 2)) * 1e-6)
    document.set_side("target", Side(cloud=tiny, jitter=1e-7), "Import")
    assert float(card.jitter_edit.spin.text()) == 1e-7
    card.pick_shape("moons")
    assert 0.05 < document.project.target.jitter < 0.5
