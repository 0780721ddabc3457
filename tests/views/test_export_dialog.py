"""The studio exports real files in child processes, queues them, says errors in words and keeps the choice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_flows import learned
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.film import beats_of
from fmviz.engine.document import Document
from fmviz.engine.export import Export, ExportState
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.export_dialog import ExportDialog


class Spontaneous(QObject):
    """Notes when the window system shows or hides a window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.events: list[QEvent.Type] = []
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.spontaneous() and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.events.append(event.type())
        return False


def states(dialog: ExportDialog) -> list[ExportState]:
    return [export.state for export in dialog.queue.exports]


def wait_for_all(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_exporting)


def test_nothing_can_be_exported_before_learning(dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.show()
    assert not dialog.export.isEnabled()
    assert "train first" in dialog.preview.message.text()
    dialog.start()
    assert not dialog.is_exporting
    assert list(tmp_path.iterdir()) == []


def test_a_lane_that_has_learned_nothing_is_named(dialog: ExportDialog, document: Document, session: Session) -> None:
    session.adopt(learned(document.project))
    document.set_lanes(("random", "ot"))
    dialog.show()
    assert dialog.preview.message.text().startswith("Pane B (OT coupling)")
    dialog.form.lanes.buttons[1].click()
    assert dialog.export.isEnabled()


def test_close_leaves_an_idle_dialog(dialog: ExportDialog) -> None:
    said: list[str] = []
    dialog.progress_text.connect(said.append)
    dialog.show()
    dialog.close_button.click()
    assert not dialog.isVisible()
    assert said == []


@pytest.mark.usefixtures("small")
def test_a_gif_from_the_first_click_to_the_file(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    said: list[str] = []
    dialog.progress_text.connect(said.append)
    dialog.show()
    dialog.export.click()
    assert states(dialog) == [ExportState.RUNNING]
    assert dialog.list.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.is_exporting
    assert said[-1] == "The export goes on; Ctrl+E shows it."
    wait_for_all(qtbot, dialog)
    path = tmp_path / "flow.gif"
    with Image.open(path) as gif:
        assert gif.size == (128, 96)
        total_ms = 0
        for index in range(gif.n_frames):
            gif.seek(index)
            total_ms += gif.info["duration"]
    assert total_ms == pytest.approx(len(beats_of(dialog.choice.spec())) * 100)
    size = f"{path.stat().st_size / 1e3:.0f} kB"
    assert said[-1] == f"Saved flow.gif ({size})."
    dialog.show()
    row = next(iter(dialog.list.rows.values()))
    assert row.text.text() == size
    assert row.open_file.isVisible()
    assert row.reveal.isVisible()
    assert not row.cancel.isVisible()
    row.forget.click()
    assert not dialog.list.isVisible()


def test_the_window_is_told_where_a_hidden_export_goes_on(dialog: ExportDialog) -> None:
    said: list[str] = []
    dialog.progress_text.connect(said.append)
    export = Export(1, Path("flow.gif"), ExportState.RUNNING, 12, 130)
    done = replace(export, state=ExportState.DONE, n_bytes=3_000)
    for is_shown in (True, False):
        dialog.setVisible(is_shown)
        for told in (export, done):
            dialog.queue._set(told)
    assert said == ["Exporting flow.gif: frame 12 of 130", "Saved flow.gif (3 kB).",
                    "Exporting flow.gif: frame 12 of 130; Ctrl+E shows it", "Saved flow.gif (3 kB)."]


@pytest.mark.usefixtures("small")
def test_exports_queue_and_each_row_tells_its_own(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.show()
    for name in ("one", "two", "three"):
        dialog.file.field.setText(str(tmp_path / name))
        dialog.export.click()
    assert states(dialog) == [ExportState.RUNNING, ExportState.WAITING, ExportState.WAITING]
    dialog.export.click()
    assert dialog.message.text().startswith("three.gif is being exported already")
    rows = list(dialog.list.rows.values())
    assert rows[1].text.text() == "waiting"
    rows[1].cancel.click()
    dialog.hide()  # no picture and no estimate is made meanwhile
    wait_for_all(qtbot, dialog)
    assert states(dialog) == [ExportState.DONE, ExportState.CANCELLED, ExportState.DONE]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.gif", "three.gif"]


@pytest.mark.usefixtures("small")
def test_a_cancelled_export_leaves_the_old_file(qtbot: QtBot, dialog: ExportDialog, document: Document,
                                                tmp_path: Path) -> None:
    path = tmp_path / "flow.gif"
    path.write_bytes(b"old")
    document.set_export(replace(document.project.export, width=800, height=800, fps=50.0, seconds=20.0))
    dialog.show()
    assert dialog.message.text() == "flow.gif exists and will be replaced."
    dialog.export.click()
    dialog.hide()
    qtbot.waitUntil(lambda: any(export.total for export in dialog.queue.exports))
    next(iter(dialog.list.rows.values())).cancel.click()
    wait_for_all(qtbot, dialog)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert states(dialog) == [ExportState.CANCELLED]
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_size_and_time_are_estimated_beside_the_window(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    assert "measuring" in dialog.facts.text()
    qtbot.waitUntil(lambda: "to make" in dialog.facts.text())
    assert dialog.facts.text().startswith(f"{len(beats_of(dialog.choice.spec()))} frames, 0.7 s, about ")
    dialog.close()
    assert dialog.estimate.text == ""


@pytest.mark.usefixtures("small")
def test_a_bad_path_is_said_in_words(dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.show()
    dialog.file.field.setText(str(tmp_path / "nowhere" / "flow.gif"))
    dialog.export.click()
    assert not dialog.is_exporting
    assert dialog.message.text() == f"There is no folder {tmp_path / 'nowhere'}; choose one that exists."
    assert dialog.message.property("role") == "danger"
    dialog.file.field.setText("")
    dialog.start()
    assert not dialog.is_exporting


@pytest.mark.usefixtures("small")
def test_an_error_lasts_as_long_as_it_is_true(qtbot: QtBot, dialog: ExportDialog, document: Document,
                                              tmp_path: Path) -> None:
    dialog.show()
    dialog.file.field.setText(str(tmp_path / "nowhere" / "flow.gif"))
    dialog.export.click()
    assert dialog.message.property("role") == "danger"
    dialog.refresh()  # as at each picture of a training
    assert dialog.message.property("role") == "danger"
    dialog.form.editors["theme"].button("light").click()
    assert (dialog.message.property("role"), dialog.message.text()) == ("", "")
    dialog.file.field.setText(str(tmp_path / "flow.gif"))
    dialog.export.click()
    dialog.export.click()
    assert dialog.message.text().startswith("flow.gif is being exported already")
    wait_for_all(qtbot, dialog)
    assert (dialog.message.property("role"), dialog.message.text()) == ("", "flow.gif exists and will be replaced.")


def test_what_is_unfolded_comes_into_sight(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.resize(1020, 560)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.choice.change(format="mp4")
    form, port = dialog.form, dialog.side.area.viewport()
    form.fold.set_open(True)
    qtbot.waitUntil(lambda: dialog.side.area.verticalScrollBar().value() > 0)
    for editor in (form.editors["title"], form.editors["caption"], form.editors["has_axes"]):
        assert port.rect().contains(QRect(editor.mapTo(port, QPoint()), editor.size()))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", ["", "/", ".", "..", "folder/", "~nobody-here/flow"])
def test_half_a_path_is_no_accident(dialog: ExportDialog, text: str) -> None:
    dialog.show()
    dialog.file.field.clear()
    QTest.keyClicks(dialog.file.field, text)
    dialog.start()
    assert not dialog.is_exporting
    assert dialog.message.property("role") == "danger"
    assert dialog.message.text().endswith(".")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["flow.gif", "x" * 300 + ".gif"])
def test_a_place_that_cannot_be_written_is_said_in_words(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path,
                                                         name: str) -> None:
    (tmp_path / "flow.gif").mkdir()
    dialog.file.field.setText(str(tmp_path / name))
    dialog.show()
    dialog.export.click()
    dialog.hide()
    wait_for_all(qtbot, dialog)
    row = next(iter(dialog.list.rows.values()))
    assert states(dialog) == [ExportState.FAILED]
    assert "cannot be written" in row.text.text()
    assert row.text.property("role") == "danger"
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_the_preview_is_the_frame_of_the_file(qtbot: QtBot, dialog: ExportDialog, playhead: Playhead) -> None:
    playhead.set_t(0.25)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.preview.picture.image.isNull())
    assert dialog.preview.time.text() == "t = 0.37"  # the nearest of seven frames
    first = dialog.preview.picture.image
    assert (first.width(), first.height()) == (128, 96)
    dialog.preview.slider.setValue(6)
    qtbot.waitUntil(lambda: dialog.preview.picture.image != first)
    second = dialog.preview.picture.image
    dialog.form.editors["theme"].button("light").click()
    qtbot.waitUntil(lambda: dialog.preview.picture.image != second)
    assert dialog.preview.index == 6


@pytest.mark.usefixtures("small")
def test_no_process_is_kept_for_a_dialog_that_nobody_sees(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.preview.picture.image.isNull())
    dialog.close()
    assert dialog.preview.process.process_id is None


def test_what_is_typed_counts_at_once_and_is_never_written_over(qtbot: QtBot, dialog: ExportDialog,
                                                                document: Document) -> None:
    dialog.show()
    dialog.activateWindow()
    dialog.form.fold.set_open(True)
    title = dialog.form.editors["title"]
    qtbot.waitUntil(lambda: (title.setFocus(), title.hasFocus())[1])
    QTest.keyClicks(title, "Moon")
    assert document.project.export.title == "Moon"  # the field is not left
    document.set_export(replace(document.project.export, title="Sun"))  # from elsewhere
    assert title.text() == "Moon"
    QTest.keyClicks(title, "s")
    assert document.project.export.title == "Moons"
    dialog.choice.change(format="mp4")
    rate = dialog.form.fps.spin.lineEdit()
    rate.setFocus()
    rate.selectAll()
    QTest.keyClicks(rate, "48")
    dialog.form.refresh()  # as training does
    assert rate.text() == "48"
    dialog.start()
    assert document.project.export.fps == 48.0


@pytest.mark.usefixtures("small")
def test_a_field_that_is_refused_holds_the_export_and_is_said(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    dialog.activateWindow()
    width, folded = dialog.form.size_edit.width_px.spin, dialog.form.editors["seconds"].spin
    qtbot.waitUntil(lambda: (width.setFocus(), width.hasFocus())[1])
    width.selectAll()
    QTest.keyClicks(width, "12px")
    dialog.export.click()
    assert states(dialog) == []
    assert dialog.message.text().startswith("Width is '12px'; give a whole number")
    folded.setFocus()
    dialog.start()
    assert width.hasFocus()
    QTest.keyClick(width, Qt.Key.Key_Escape)
    dialog.export.click()
    assert states(dialog) == [ExportState.RUNNING]


@pytest.mark.parametrize("room", [(960, 560), (1024, 690), (1280, 690)])
def test_it_has_room_on_small_screens(dialog: ExportDialog, monkeypatch: pytest.MonkeyPatch, room: tuple[int, int]
                                      ) -> None:
    for k in range(4):  # a list of exports takes some of the height
        dialog.list._show(Export(k, Path(f"a{k}.gif"), ExportState.DONE))
    dialog.message.note("A sentence that is long enough to need another line on a small screen. " * 3, None)
    monkeypatch.setattr(type(dialog.screen()), "availableGeometry", lambda _: QRect(0, 0, *room))
    dialog.show()
    assert dialog.height() + 48 <= room[1]
    assert dialog.width() <= room[0]
    assert dialog.minimumSizeHint().height() <= dialog.height()
    for button in (dialog.export, dialog.close_button, dialog.copy):
        place = button.mapTo(dialog, QPoint())
        assert dialog.rect().contains(QRect(place, button.size()))
    dialog.list.rows.clear()


@pytest.mark.usefixtures("small")
def test_a_dialog_that_was_minimised_keeps_its_moment(
    qtbot: QtBot, dialog: ExportDialog, document: Document, playhead: Playhead
) -> None:
    playhead.set_t(0.1)
    dialog.show()
    assert document.project.export.at == 0.1
    dialog.choice.change(format="png", at=0.9)
    spontaneous = Spontaneous(dialog)
    dialog.showMinimized()
    qtbot.waitUntil(lambda: spontaneous.events == [QEvent.Type.Hide])
    dialog.showNormal()
    qtbot.waitUntil(lambda: spontaneous.events == [QEvent.Type.Hide, QEvent.Type.Show])
    assert document.project.export.at == 0.9


@pytest.mark.usefixtures("small")
def test_the_user_is_told_that_the_pictures_are_old(dialog: ExportDialog, document: Document) -> None:
    dialog.show()
    assert dialog.message.text() == ""
    document.set_side("source", Side(shape="circle"), "Pick circle")
    assert dialog.message.text().startswith("The clouds have changed since training")
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_the_studio_leaves_no_folder_behind(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    dialog.show()
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.estimate.text.startswith("about"))
    dialog.shutdown()
    assert list(scratch.iterdir()) == []


@pytest.mark.usefixtures("small")
def test_a_still_is_of_the_stages_moment_while_it_plays_too(dialog: ExportDialog, document: Document,
                                                           playhead: Playhead) -> None:
    dialog.choice.change(at=0.5)
    playhead.set_t(0.3)
    playhead.play()
    dialog.show()
    assert document.project.export.at == playhead.t
    assert document.project.export.at != 0.5
