"""The dialog exports a real GIF in a child process, cancels one, says errors in words and keeps the choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_flows import learned
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fmviz.core.cloud import Side
from fmviz.core.export_spec import GIF_FPS
from fmviz.core.film import shares_of
from fmviz.core.style import VIEWS
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.export_form import CUSTOM, SIZES

PROCESS_MS = 60_000


@pytest.fixture
def dialog(
    qtbot: QtBot, document: Document, session: Session, playhead: Playhead, tmp_path: Path
) -> Iterator[ExportDialog]:
    dialog = ExportDialog(document, session, playhead)
    qtbot.addWidget(dialog)
    dialog.file.field.setText(str(tmp_path / "flow.gif"))
    yield dialog
    dialog.shutdown()


@pytest.fixture
def small(document: Document, session: Session) -> None:
    """Two learned lanes and an animation that is quick to draw."""
    document.set_lanes(("random", "ot"))
    session.adopt(learned(document.project))
    document.set_export(replace(document.project.export, width=128, height=96, fps=10.0, seconds=0.5, hold=0.1))


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
    assert dialog.preview.message.text().startswith("B Optimal transport")
    dialog.form.panes.button("a").click()
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
    with qtbot.waitSignal(dialog.job.finished, timeout=PROCESS_MS):
        dialog.export.click()
        assert dialog.cancel.isVisible()
        assert not dialog.export.isVisible()
        assert not dialog.close_button.isVisible()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert dialog.is_exporting
        assert said[-1] == "The export goes on; Ctrl+E shows it."
    path = tmp_path / "flow.gif"
    with Image.open(path) as gif:
        assert gif.size == (128, 96)
        total_ms = 0
        for index in range(gif.n_frames):
            gif.seek(index)
            total_ms += gif.info["duration"]
    assert total_ms == pytest.approx(len(shares_of(dialog.form.spec())) * 100)
    assert dialog.message.text() == f"Saved flow.gif ({path.stat().st_size / 1e3:.0f} kB)."
    assert said[-1] == dialog.message.text()
    told = [text for text in said if text.startswith("Exporting: frame ")]
    assert told
    assert all(text.endswith("; Ctrl+E shows it") for text in told)
    dialog.show()
    assert dialog.open_file.isVisible()
    assert dialog.reveal.isVisible()
    dialog.form.seconds.spin.setValue(0.7)
    assert not dialog.open_file.isVisible()
    assert dialog.message.text() == "flow.gif exists and will be replaced."


@pytest.mark.usefixtures("small")
def test_a_cancelled_export_leaves_the_old_file(qtbot: QtBot, dialog: ExportDialog, document: Document,
                                                tmp_path: Path) -> None:
    path = tmp_path / "flow.gif"
    path.write_bytes(b"old")
    document.set_export(replace(document.project.export, width=800, height=800, fps=50.0, seconds=20.0))
    dialog.show()
    dialog.export.click()
    with qtbot.waitSignal(dialog.job.progressed, timeout=PROCESS_MS):
        pass
    with qtbot.waitSignal(dialog.job.cancelled, timeout=PROCESS_MS):
        dialog.cancel.click()
        assert not dialog.cancel.isEnabled()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert dialog.message.text() == "Cancelled; nothing was written."
    assert dialog.export.isVisible()
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_the_size_is_estimated_beside_the_window(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    assert "measuring" in dialog.facts.text()
    qtbot.waitUntil(lambda: "about" in dialog.facts.text(), timeout=PROCESS_MS)
    assert dialog.facts.text().startswith(f"{len(shares_of(dialog.form.spec()))} frames, ")
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
@pytest.mark.parametrize("text", ["", "/", ".", "..", "folder/", "~nobody-here/flow", "x" * 300])
def test_half_a_path_is_no_accident(qtbot: QtBot, dialog: ExportDialog, text: str) -> None:
    dialog.show()
    dialog.file.field.clear()
    QTest.keyClicks(dialog.file.field, text)
    dialog.start()
    if dialog.is_exporting:
        qtbot.waitSignal(dialog.job.failed, timeout=PROCESS_MS).wait()
    assert dialog.message.property("role") == "danger"
    assert dialog.message.text().endswith(".")


@pytest.mark.usefixtures("small")
def test_a_folder_in_place_of_the_file_is_said_in_words(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    (tmp_path / "flow.gif").mkdir()
    dialog.show()
    with qtbot.waitSignal(dialog.job.failed, timeout=PROCESS_MS) as failed:
        dialog.export.click()
    assert dialog.message.text() == failed.args[0]
    assert dialog.message.property("role") == "danger"
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_the_preview_is_the_frame_of_the_file(qtbot: QtBot, dialog: ExportDialog, playhead: Playhead) -> None:
    playhead.set_t(0.25)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.preview.picture.image.isNull(), timeout=10_000)
    assert dialog.preview.t == 0.25
    first = dialog.preview.picture.image
    assert (first.width(), first.height()) == (128, 96)
    dialog.preview.slider.setValue(90)
    qtbot.waitUntil(lambda: dialog.preview.picture.image != first, timeout=10_000)
    second = dialog.preview.picture.image
    dialog.form.theme.button("light").click()
    qtbot.waitUntil(lambda: dialog.preview.picture.image != second, timeout=10_000)


def test_the_choice_is_kept_in_the_document(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    form = dialog.form
    form.size_preset.setCurrentIndex(list(SIZES).index("Slide, 1280 × 720"))
    form.size_preset.activated.emit(form.size_preset.currentIndex())
    assert (form.width_px.value(), form.height_px.value()) == (1280, 720)
    form.width_px.spin.setValue(1000)
    assert form.size_preset.currentText() == CUSTOM
    form.panes.button("b").click()
    form.seconds.spin.setValue(3.0)
    form.hold.spin.setValue(1.0)
    form.bounce.click()
    form.theme.button("light").click()
    QTest.keyClick(form.fps, Qt.Key.Key_Home)
    spec = document.project.export
    assert (spec.width, spec.height, spec.seconds, spec.hold) == (1000, 720, 3.0, 1.0)
    assert (spec.lanes, spec.theme, spec.bounce) == ((1,), "light", True)
    assert spec.delay_ms == next(iter(GIF_FPS.values()))
    assert not document.is_modified or document.undo_stack.count() == 1
    document.set_lanes(("ot",))
    assert form.lanes() == (0,)
    assert not form.panes.isVisibleTo(form)


def test_two_panes_get_a_wide_picture_until_a_size_is_chosen(dialog: ExportDialog, document: Document) -> None:
    dialog.show()
    dialog.close()
    document.set_lanes(("random", "ot"))
    dialog.show()
    assert (document.project.export.width, document.project.export.height) == (1200, 640)
    dialog.form.height_px.spin.setValue(700)
    document.set_lanes(("random",))
    dialog.close()
    dialog.show()
    assert (document.project.export.width, document.project.export.height) == (1200, 700)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_other_than_the_stages(dialog: ExportDialog, document: Document, name: str) -> None:
    assert dialog.form.picture_style() == document.project.style
    dialog.form.view.show_value(name)
    assert dialog.form.picture_style() == document.project.style.with_view(name)


@pytest.mark.usefixtures("small")
def test_the_user_is_told_that_the_pictures_are_old(dialog: ExportDialog, document: Document) -> None:
    dialog.show()
    assert dialog.message.text() == ""
    document.set_side("source", Side(shape="circle"), "Pick circle")
    assert dialog.message.text().startswith("The clouds have changed since training")
    assert dialog.export.isEnabled()


@pytest.mark.usefixtures("small")
def test_the_estimate_leaves_no_folder_behind(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    dialog.show()
    qtbot.waitUntil(lambda: dialog.estimate.text.startswith("about"), timeout=PROCESS_MS)
    assert len(list(tmp_path.iterdir())) == 1
    dialog.shutdown()
    assert list(tmp_path.iterdir()) == []
