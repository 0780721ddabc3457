"""Files, pixels, words and text become the side that is meant; what is wrong is one sentence, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from controls_check import silent_controls
from dropped_files import drop
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import PointCloud, Side
from fmviz.core.placing import PLACES
from fmviz.core.project import LearnedLane, Project
from fmviz.files.project_file import ProjectFile, save_project
from fmviz.views.import_dialog import ImportDialog, PicturePage, WordPage
from fmviz.views.import_table import TablePage
from fmviz.views.importing import dropped
from fmviz.views.main_window import MainWindow


@pytest.fixture
def window(shared_window: MainWindow) -> Iterator[MainWindow]:
    yield shared_window
    if shared_window.importing.dialog is not None:
        shared_window.importing.dialog.reject()


@pytest.fixture
def refusals(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sentences: list[str] = []
    monkeypatch.setattr(window.dialogs, "error", lambda what: sentences.append(str(what)))
    return sentences


def table(path: Path, text: str = "x,y\n0,0\n1,2\n2,1\n") -> Path:
    path.write_text(text)
    return path


def picture(path: Path) -> Path:
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(10):
        for y in range(20):
            image.setPixelColor(x, y, QColor("black"))
    assert image.save(str(path))
    return path


def dialog_of(window: MainWindow, qtbot: QtBot) -> ImportDialog:
    """Wait for the dialog and its points."""
    qtbot.waitUntil(lambda: window.importing.dialog is not None)
    dialog = window.importing.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.count.text() != "")
    return dialog


def cloud_of(window: MainWindow, which: str) -> Side:
    side: Side = getattr(window.parts[0].project, which)
    return side


def test_a_plain_table_on_a_card_is_the_side_at_once(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window.clouds.cards["source"], table(tmp_path / "points.csv"))
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    document = window.parts[0]
    assert document.project.source.cloud is not None
    assert document.project.source.cloud.xy.tolist() == [[0, 0], [1, 2], [2, 1]]
    assert document.undo_stack.count() == 1
    assert "points.csv: 3 points as source." in window.statusBar().currentMessage()
    assert window.importing.has_options("source")
    window.importing.show_options("source")
    assert isinstance(dialog_of(window, qtbot).page, TablePage)
    document.swap_sides()
    assert (window.importing.has_options("source"), window.importing.has_options("target")) == (False, True)
    document.undo()
    document.undo()
    assert not window.importing.has_options("source")
    document.undo_stack.redo()
    assert window.importing.has_options("source")


@pytest.mark.parametrize(("text", "is_told"), [("x,y\n0,0\n1,2\n2,1\n", False), ("x,y\n0,9000\n1,9002\n2,9001\n", True),
                                               ("x,y\n0,0\n.001,.002\n.002,.001\n", True)])
def test_points_that_lie_far_from_the_other_cloud_are_told_of(window: MainWindow, qtbot: QtBot, tmp_path: Path,
                                                              text: str, is_told: bool) -> None:
    drop(window.clouds.cards["source"], table(tmp_path / "points.csv", text))
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    assert ("far from that of the other cloud" in window.statusBar().currentMessage()) is is_told


def test_a_strange_file_name_stays_on_its_line(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window.clouds.cards["source"], table(tmp_path / ("a\nb\u202e" + "l" * 200 + ".csv")))
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    said = f"a b {'l' * 55}…"
    assert window.statusBar().currentMessage().startswith(f"{said}: 3 points as source.")
    assert window.parts[0].undo_stack.undoText() == f"Import {said} as source"


def test_a_table_with_more_in_it_is_asked_about(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    rows = "".join(f"{k % 3},{k % 5},{'ab'[k % 2]}\n" for k in range(40))
    drop(window.clouds.cards["target"], table(tmp_path / "labels.csv", "x,y,kind\n" + rows))
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, TablePage)
    assert dialog.page.rows.columnCount() == 3
    assert silent_controls(dialog) == []
    assert dialog.use["target"].isDefault()
    assert dialog.preview._labels is not None
    assert dialog.preview._labels.names == ("a", "b")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert cloud_of(window, "target").cloud is not None
    assert cloud_of(window, "source").cloud is None


def test_a_table_of_many_columns_shows_the_first_and_those_that_are_taken(window: MainWindow, qtbot: QtBot,
                                                                          tmp_path: Path) -> None:
    names = ",".join(["gene"] * 300 + ["umap_1", "umap_2"])
    rows = "".join(",".join([k] * 302) + "\n" for k in "31425")
    drop(window, table(tmp_path / "cells.csv", f"{names}\n{rows}"))
    page = dialog_of(window, qtbot).page
    assert isinstance(page, TablePage)
    assert page.rows.columnCount() < 100
    headings = [page.rows.horizontalHeaderItem(k).text() for k in range(page.rows.columnCount())]
    assert headings[-2:] == ["umap_1 (x)", "umap_2 (y)"]


def test_a_table_is_placed_beside_the_side_that_it_becomes_not(window: MainWindow, qtbot: QtBot, tmp_path: Path
                                                                ) -> None:
    window.parts[0].set_side("target", Side(cloud=PointCloud(np.array([[100.0, 0.0], [104.0, 0.0]]))), "Give")
    drop(window, table(tmp_path / "labels.csv", "x,y,kind\n0,0,a\n1,2,b\n2,1,a\n4,3,b\n"))
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, TablePage)
    dialog.page.place.setCurrentIndex(list(PLACES).index("match"))
    dialog.page.changed.emit()
    qtbot.waitUntil(lambda: dialog._read is not None)
    dialog.use["source"].click()
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    cloud = cloud_of(window, "source").cloud
    assert cloud is not None
    assert cloud.xy.mean(axis=0) == pytest.approx([102, 0])
    window.importing.show_options("source")
    again = dialog_of(window, qtbot).page
    assert isinstance(again, TablePage)
    assert again.place.value == "match"


def test_a_long_table_is_shown_at_once_and_looked_through_after(window: MainWindow, qtbot: QtBot, tmp_path: Path
                                                                 ) -> None:
    rows = "".join(f"{k % 97}.123456789,{k % 89}.123456789,{'first' if k < 60_000 else 'second'}\n"
                   for k in range(61_000))
    drop(window, table(tmp_path / "long.csv", "x,y,dataset\n" + rows))
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, TablePage)
    # The second group lies behind what is looked at first.
    assert dialog.page._answers["rows"].findText("second (1,000 rows)") >= 0


def test_the_stage_asks_for_the_side(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, table(tmp_path / "points.csv"))
    dialog = dialog_of(window, qtbot)
    dialog.use["source"].click()
    assert cloud_of(window, "source").cloud is not None
    assert window.parts[0].undo_stack.count() == 1


def test_escape_changes_nothing(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, table(tmp_path / "points.csv"))
    QTest.keyClick(dialog_of(window, qtbot), Qt.Key.Key_Escape)
    assert window.importing.dialog is None
    assert window.parts[0].undo_stack.count() == 0


def test_a_picture_becomes_points_where_it_is_dark(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window.clouds.cards["target"], picture(tmp_path / "logo.png"))
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, PicturePage)
    dialog.page.points.spin.setValue(300)
    dialog.use["target"].click()  # while the new points are on their way
    qtbot.waitUntil(lambda: cloud_of(window, "target").cloud is not None)
    cloud = cloud_of(window, "target").cloud
    assert cloud is not None
    assert len(cloud) == 300
    # Twice as high as wide.
    assert np.ptp(cloud.xy, axis=0) == pytest.approx([6, 12], rel=0.1)


def test_a_word_is_asked_for_and_asked_about_again(window: MainWindow, qtbot: QtBot) -> None:
    window.clouds.cards["source"].entries["word"].trigger()
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, WordPage)
    QTest.keyClicks(dialog.page.text, "Hi")  # over what is selected
    QTest.keyClick(dialog.page.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    assert cloud_of(window, "source").label == "Hi"
    window.importing.show_options("source")
    again = dialog_of(window, qtbot).page
    assert isinstance(again, WordPage)
    assert again.text.text() == "Hi"


def test_nothing_to_write_is_said_in_the_dialog(window: MainWindow, qtbot: QtBot) -> None:
    window.importing.write_word("source")
    dialog = dialog_of(window, qtbot)
    assert isinstance(dialog.page, WordPage)
    dialog.page.text.clear()
    qtbot.waitUntil(lambda: "empty" in dialog.message.text())
    assert not dialog.use["source"].isEnabled()
    dialog.page.text.setText("x")
    qtbot.waitUntil(lambda: dialog.use["source"].isEnabled())


def test_cells_of_a_spreadsheet_are_numbers_not_their_picture() -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    cells = QMimeData()
    cells.setImageData(image)
    cells.setText("x\ty\n1,5\t2\n3\t4\n")
    assert dropped(cells).text.startswith("x\ty")
    shown = QMimeData()
    shown.setImageData(image)
    shown.setText("https://example.org/a-picture-of-2-cats.png")
    assert dropped(shown).picture is not None


@pytest.mark.parametrize("kind", ["text", "pixels", "file"])
def test_the_clipboard_is_pasted(window: MainWindow, qtbot: QtBot, tmp_path: Path, kind: str) -> None:
    data = QMimeData()
    if kind == "text":
        data.setText("1\t2\n3\t4\n5\t7\n")
    elif kind == "pixels":
        data.setImageData(QImage(str(picture(tmp_path / "a.png"))))
    else:
        data.setUrls([QUrl.fromLocalFile(str(table(tmp_path / "a.csv")))])
    QGuiApplication.clipboard().setMimeData(data)
    window.actions_by_name["paste"].trigger()
    dialog_of(window, qtbot).use["target"].click()
    assert cloud_of(window, "target").cloud is not None


def test_an_empty_clipboard_is_said(window: MainWindow, qtbot: QtBot, refusals: list[str]) -> None:
    QGuiApplication.clipboard().setMimeData(QMimeData())
    window.importing.paste("source")
    qtbot.waitUntil(lambda: len(refusals) == 1)
    assert window.parts[0].undo_stack.count() == 0


def test_two_files_are_source_and_target(window: MainWindow, qtbot: QtBot, tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.dialogs, "which_is_source", lambda first, second: 1)
    one, two = table(tmp_path / "a.csv"), table(tmp_path / "b.csv", "5,5\n6,6\n")
    drop(window, one, two)
    qtbot.waitUntil(lambda: cloud_of(window, "target").cloud is not None)
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    assert (cloud_of(window, "source").label, cloud_of(window, "target").label) == ("b.csv", "a.csv")


def test_a_project_opens_wherever_it_is_dropped(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "talk.fmviz"
    save_project(path, ProjectFile(Project(source=Side(shape="heart")), (LearnedLane(),)))
    drop(window.clouds.cards["target"], path)
    qtbot.waitUntil(lambda: window.parts[0].project.source.shape == "heart")
    assert window.parts[0].path == path


@pytest.mark.parametrize(("names", "word"), [(("a.csv", "b.csv", "c.csv"), "two become both"),
                                             (("a.csv", "b.fmviz"), "alone"), (("missing.csv",), "no such file")])
def test_what_cannot_be_taken_is_said(window: MainWindow, qtbot: QtBot, tmp_path: Path, refusals: list[str],
                                      names: tuple[str, ...], word: str) -> None:
    drop(window, *(tmp_path / name for name in names))
    qtbot.waitUntil(lambda: len(refusals) == 1)
    assert word in refusals[0]
    assert window.parts[0].undo_stack.count() == 0


def test_a_page_of_the_web_is_no_file(window: MainWindow, qtbot: QtBot, refusals: list[str]) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/points.csv")])
    window.importing.take(data, "source")
    qtbot.waitUntil(lambda: len(refusals) == 1)


def test_the_dialog_remembers_its_folder(window: MainWindow, qtbot: QtBot, tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "a.csv")
    asked: list[str] = []

    def answer(_parent: object, _title: str, folder: str, _filter: str) -> tuple[str, str]:
        asked.append(folder)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    window.clouds.cards["source"].import_button.click()
    qtbot.waitUntil(lambda: cloud_of(window, "source").cloud is not None)
    window.clouds.cards["target"].import_button.click()
    qtbot.waitUntil(lambda: cloud_of(window, "target").cloud is not None)
    assert asked[1] == str(tmp_path)
