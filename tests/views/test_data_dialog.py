"""Clouds, samples and trajectories are written from the window, and the dialog says what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from controls_check import silent_controls
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Labels, PointCloud, Side
from fmviz.files.tables import read_cloud
from fmviz.views.data_dialog import DataDialog
from fmviz.views.main_window import MainWindow


def opened(window: MainWindow, what: str) -> DataDialog:
    document, session, _ = window.parts
    return DataDialog(document, session, window.tasks, window.dialogs, window.say, what, window)


def test_each_choice_is_written(lectern: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                ) -> None:
    session = lectern.parts[1]
    snapshot = session.steps.snapshots[0]
    assert snapshot is not None
    for what, suffix, shape in (("target", ".csv", (2000, 2)), ("samples", ".csv", snapshot.x.shape[1:]),
                                ("trajectories", ".npy", snapshot.x.shape)):
        path = tmp_path / f"{what}{suffix}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), f"*{path.suffix}"))
        dialog = opened(lectern, what)
        assert silent_controls(dialog) == []
        dialog.save.click()
        qtbot.waitUntil(path.exists)
        points = read_cloud(path).cloud.xy if suffix == ".csv" else np.load(path)
        assert points.shape == shape


def test_a_cloud_s_columns_are_said(lectern: MainWindow) -> None:
    document = lectern.parts[0]
    cloud = PointCloud(np.eye(2), labels=Labels(np.array([0, 1]), ("a", "b")))
    document.set_side("source", Side(cloud=cloud), "Give")
    dialog = opened(lectern, "source")
    assert "2 points: x, y, label (an array holds x and y only)." in dialog.facts.text()
    assert dialog.count.isHidden()
    dialog.reject()


def test_nothing_learned_is_nothing_to_write(lectern: MainWindow) -> None:
    lectern.parts[1].reset()
    dialog = opened(lectern, "samples")
    assert not dialog.save.isEnabled()
    assert "train first" in dialog.facts.text()
    dialog.reject()


def test_an_ending_is_added(lectern: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "points"), "NumPy array (*.npy)"))
    opened(lectern, "source").save.click()
    qtbot.waitUntil((tmp_path / "points.npy").exists)
