"""The studio exports real files in child processes, queues them, says errors in words and keeps the choice."""

from __future__ import annotations

from collections.abc import Iterator
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
from fmviz.core.export_spec import GIF_FPS, ExportSpec
from fmviz.core.film import shares_of
from fmviz.core.formats import FORMATS
from fmviz.core.scene import Scene
from fmviz.core.style import VIEWS
from fmviz.engine.document import Document
from fmviz.engine.export import Export, ExportState
from fmviz.engine.playhead import Playhead
from fmviz.engine.session import Session
from fmviz.film.presets import PRESETS, change_presets, load_presets, own_preset
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.export_form import OWN_SIZE, SIZES


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
    assert dialog.preview.message.text().startswith("Pane B (OT)")
    dialog.form.lanes.button("a").click()
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
    assert total_ms == pytest.approx(len(shares_of(dialog.choice.spec())) * 100)
    size = f"{path.stat().st_size / 1e3:.0f} kB"
    assert said[-1] == f"Saved flow.gif ({size})."
    told = [text for text in said if text.startswith("Exporting flow.gif: frame ")]
    assert told
    assert all(text.endswith("; Ctrl+E shows it") for text in told)
    dialog.show()
    row = next(iter(dialog.list.rows.values()))
    assert row.text.text() == size
    assert row.open_file.isVisible()
    assert row.reveal.isVisible()
    assert not row.cancel.isVisible()
    row.forget.click()
    assert not dialog.list.isVisible()


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
    with qtbot.waitSignal(dialog.queue.job.progressed):
        pass
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
    assert dialog.facts.text().startswith(f"{len(shares_of(dialog.choice.spec()))} frames, 0.8 s, about ")
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
    dialog.form.theme.button("light").click()
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
    for editor in (form.title, form.caption, form.has_axes):
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
    assert dialog.preview.time.text() == "t = 0.20"  # the nearest of eight frames
    first = dialog.preview.picture.image
    assert (first.width(), first.height()) == (128, 96)
    dialog.preview.slider.setValue(6)
    qtbot.waitUntil(lambda: dialog.preview.picture.image != first)
    second = dialog.preview.picture.image
    dialog.form.theme.button("light").click()
    qtbot.waitUntil(lambda: dialog.preview.picture.image != second)
    assert dialog.preview.index == 6


@pytest.mark.usefixtures("small")
def test_no_process_is_kept_for_a_dialog_that_nobody_sees(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.preview.picture.image.isNull())
    dialog.close()
    assert dialog.preview.process.process_id is None


def test_the_choice_is_kept_in_the_document(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    form = dialog.form
    form.size_edit.usual.setCurrentIndex(list(SIZES).index("Slide, 1280 × 720"))
    form.size_edit.usual.activated.emit(form.size_edit.usual.currentIndex())
    assert (form.size_edit.width_px.value(), form.size_edit.height_px.value()) == (1280, 720)
    form.size_edit.width_px.spin.setValue(1000)
    assert form.size_edit.usual.currentText() == OWN_SIZE
    form.lanes.button("b").click()
    form.seconds.spin.setValue(3.0)
    form.hold.spin.setValue(1.0)
    form.bounce.click()
    form.theme.button("light").click()
    QTest.keyClicks(form.title, "Moons")
    form.has_axes.click()
    QTest.keyClick(form.gif_fps, Qt.Key.Key_Home)
    spec = document.project.export
    assert (spec.width, spec.height, spec.seconds, spec.hold) == (1000, 720, 3.0, 1.0)
    assert (spec.lanes, spec.theme, spec.bounce, spec.title, spec.has_axes) == ((1,), "light", True, "Moons", True)
    assert spec.delay_ms == next(iter(GIF_FPS.values()))
    assert not document.is_modified or document.undo_stack.count() == 1
    document.set_lanes(("ot",))
    assert dialog.choice.lanes() == (0,)
    assert not form.lanes.isVisibleTo(form)


SHOWN = {
    "gif": {"gif_fps", "loop", "seconds", "hold", "bounce", "over"},
    "mp4": {"fps", "seconds", "hold", "bounce", "over"},
    "webm": {"fps", "seconds", "hold", "bounce", "over"},
    "webp": {"fps", "loop", "seconds", "hold", "bounce", "over"},
    "apng": {"fps", "loop", "seconds", "hold", "bounce", "over"},
    "frames": {"fps", "seconds", "hold", "bounce", "over"},
    "png": {"at", "strip", "scale", "width_cm", "font_pt"},
    "svg": {"at", "strip", "width_cm", "font_pt"},
    "pdf": {"at", "strip", "width_cm", "font_pt"},
}


@pytest.mark.parametrize("key", FORMATS)
def test_only_what_matters_for_the_format_is_shown(dialog: ExportDialog, document: Document, key: str) -> None:
    dialog.choice.change(format=key)
    form = dialog.form
    names = set().union(*SHOWN.values())
    assert {name for name in names if getattr(form, name).isVisibleTo(form)} == SHOWN[key]
    assert form.background.button("transparent").isVisibleTo(form) == FORMATS[key].can_be_transparent
    assert form.help.text() == FORMATS[key].help
    dialog.show()
    suffix = FORMATS[key].suffix
    assert dialog.file.field.text().endswith(f"flow{suffix}")
    assert dialog.file.path is not None
    assert dialog.file.path.name == f"flow{suffix}".rstrip("/")


def test_from_any_format_to_any_other_by_the_form(dialog: ExportDialog, document: Document) -> None:
    for before in FORMATS:
        for after in FORMATS:
            document.set_export(ExportSpec())
            dialog.form.format.edited.emit(before)
            dialog.choice.change(fps=50.0, width=8000, background=FORMATS[before].backgrounds[-1])
            dialog.form.format.edited.emit(after)
            assert document.project.export.format == after


def test_of_pairs_nothing_is_offered_that_moves_with_t(dialog: ExportDialog, document: Document) -> None:
    form = dialog.form
    document.set_export(ExportSpec(format="png", is_strip=True, at=0.25))
    moving = (form.over, form.strip, form.at, form.seconds, form.bounce)
    assert all(editor.isEnabled() for editor in moving)
    assert not form.still.isVisibleTo(form)
    dialog.choice.choose("view:pairs")
    assert not any(editor.isEnabled() for editor in moving)
    assert form.still.isVisibleTo(form)
    assert form.still.text().startswith("Pairs do not move with t")
    assert not dialog.choice.spec().is_strip
    assert form.size_edit.isEnabled()
    dialog.choice.choose("view:field")
    assert all(editor.isEnabled() for editor in moving)
    assert dialog.choice.spec().is_strip


def test_the_course_of_training_needs_kept_steps(dialog: ExportDialog) -> None:
    for key in ("training", "both"):
        button = dialog.form.over.button(key)
        assert not button.isEnabled()
        assert button.toolTip().startswith("No earlier training steps are kept")


def test_a_rate_can_be_typed_and_nonsense_is_taken_back(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.change(format="mp4")
    for text, rate in (("48", 48.0), ("", 48.0), ("0.2", 48.0), ("23.976", 23.976), ("600", 23.976)):
        dialog.form.fps.setEditText(text)
        dialog.form.fps.lineEdit().editingFinished.emit()
        assert document.project.export.fps == rate
        assert dialog.form.fps.currentText() == f"{rate:g}"


def test_a_moment_of_the_stage_is_shown_with_three_digits(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.change(format="png", at=0.276924)
    assert dialog.form.at.spin.text() == "0.277"
    dialog.form.at.spin.setFocus()
    dialog.form.at.spin.clearFocus()
    assert document.project.export.at == 0.276924


def test_another_ending_is_another_format(dialog: ExportDialog, document: Document, tmp_path: Path) -> None:
    dialog.show()
    dialog.file.field.setText(str(tmp_path / "talk.webm"))
    dialog.file.field.editingFinished.emit()
    assert document.project.export.format == "webm"
    assert dialog.file.path == tmp_path / "talk.webm"
    dialog.file.field.setText(str(tmp_path / "v1.2"))
    assert dialog.file.path == tmp_path / "v1.2.webm"


def test_presets_set_everything_and_are_recognised(dialog: ExportDialog, document: Document) -> None:
    row = dialog.presets.list
    for key, preset in PRESETS.items():
        row.activated.emit(row.findData(key))
        assert preset.fits(document.project.export)
        assert row.currentData() == key
    dialog.form.size_edit.width_px.spin.setValue(777)
    assert row.currentIndex() == -1


def test_a_preset_leaves_the_theme_and_its_size_is_named(dialog: ExportDialog, document: Document) -> None:
    row, form = dialog.presets.list, dialog.form
    sizes = {"slide": "Full HD, 1920 × 1080", "paper": OWN_SIZE, "square": "Large square, 1080 × 1080"}
    for key, size in sizes.items():
        row.activated.emit(row.findData(key))
        assert form.size_edit.usual.currentText() == size
        assert form.size_edit.own.isVisibleTo(form) == (size == OWN_SIZE)
        assert form.theme.isVisibleTo(form) == (key != "paper")  # whose white ground has its own colours
        assert document.project.export.theme == ""


def test_a_preset_suits_the_panes_that_are_shown(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    row, heights = dialog.presets.list, []
    row.activated.emit(row.findData("paper-strip"))
    for key in ("both", "a", "b", "both"):
        dialog.form.lanes.button(key).click()
        assert row.currentData() == "paper-strip"
        heights.append(document.project.export.height)
    assert heights == [780, 440, 440, 780]


def test_the_windows_theme_is_proposed_until_one_is_chosen(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.set_window_theme("light")
    assert dialog.choice.spec().theme == "light"
    assert dialog.form.theme.button("light").isChecked()
    assert document.project.export.theme == ""
    dialog.form.theme.button("dark").click()
    dialog.choice.set_window_theme("light")
    assert dialog.choice.spec().theme == document.project.export.theme == "dark"


def test_what_is_typed_counts_at_once_and_is_never_written_over(qtbot: QtBot, dialog: ExportDialog,
                                                                document: Document) -> None:
    dialog.show()
    dialog.activateWindow()
    dialog.form.fold.set_open(True)
    title = dialog.form.title
    qtbot.waitUntil(lambda: (title.setFocus(), title.hasFocus())[1])
    QTest.keyClicks(title, "Moon")
    assert document.project.export.title == "Moon"  # the field is not left
    document.set_export(replace(document.project.export, title="Sun"))  # from elsewhere
    assert title.text() == "Moon"
    QTest.keyClicks(title, "s")
    assert document.project.export.title == "Moons"
    dialog.choice.change(format="mp4")
    rate = dialog.form.fps.lineEdit()
    rate.setFocus()
    rate.selectAll()
    QTest.keyClicks(rate, "48")
    dialog.form.refresh()  # as training does
    assert rate.text() == "48"
    dialog.start()
    assert document.project.export.fps == 48.0


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


def test_own_presets_are_kept_and_deleted(dialog: ExportDialog, document: Document, tmp_path: Path) -> None:
    path = tmp_path / "own" / "presets.json"
    dialog.presets.read(path)
    dialog.choice.change(format="webm", fps=48.0)
    dialog.presets.keep_as("For the wall")
    assert dialog.presets.list.currentText() == "For the wall"
    assert [preset.label for preset in load_presets(path)] == ["For the wall"]
    dialog.choice.change(fps=24.0)
    assert dialog.presets.list.currentIndex() == -1
    assert not dialog.presets.delete.isEnabled()
    dialog.presets.list.activated.emit(dialog.presets.list.findText("For the wall"))
    assert document.project.export.fps == 48.0
    dialog.presets.delete.trigger()
    assert load_presets(path) == ()
    assert dialog.presets.list.findText("For the wall") == -1


def test_damaged_presets_are_a_sentence_and_are_not_written_over(dialog: ExportDialog, tmp_path: Path) -> None:
    path = tmp_path / "presets.json"
    path.write_text("{")
    dialog.presets.read(path)
    assert "are damaged" in dialog.message.text()
    dialog.presets.keep_as("Mine")
    assert path.read_text() == "{"
    path.unlink()  # mended by the user
    dialog.presets.keep_as("README")
    assert dialog.message.text() == "README is built in; choose another name."
    dialog.presets.keep_as("Mine")
    assert dialog.presets.complaint == ""
    change_presets(path, lambda own: own_preset("Theirs", dialog.choice.spec(), own))  # another window
    dialog.presets.keep_as("Mine too")
    assert [preset.label for preset in load_presets(path)] == ["Mine", "Theirs", "Mine too"]
    assert dialog.presets.list.findText("Theirs") >= 0


def test_two_panes_get_a_wide_picture_until_a_size_is_chosen(dialog: ExportDialog, document: Document) -> None:
    dialog.show()
    dialog.close()
    document.set_lanes(("random", "ot"))
    dialog.show()
    assert (document.project.export.width, document.project.export.height) == (1200, 640)
    dialog.form.size_edit.height_px.spin.setValue(700)
    document.set_lanes(("random",))
    dialog.close()
    dialog.show()
    assert (document.project.export.width, document.project.export.height) == (1200, 700)


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


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_other_than_the_stages(dialog: ExportDialog, document: Document, name: str) -> None:
    assert dialog.choice.style() == document.project.style
    dialog.choice.choose(f"view:{name}")
    assert dialog.choice.style() == document.project.style.with_view(name)
    assert dialog.form.what.currentText() == VIEWS[name].label


@pytest.mark.usefixtures("small")
def test_a_scene_brings_its_picture_its_time_and_its_caption(dialog: ExportDialog, document: Document) -> None:
    style = replace(document.project.style.with_view("field"), lanes=(1,))
    scene = Scene("The field", style, t=0.75, caption="Arrows")
    document._replace(scenes=(scene,))
    dialog.form.what.edited.emit("scene:0")
    assert dialog.form.what.currentText() == "Scene 1: The field"
    spec = dialog.choice.spec()
    assert (dialog.choice.style(), spec.lanes, spec.at, spec.caption) == (style, (1,), 0.75, "Arrows")
    document._replace(scenes=())
    assert dialog.form.what.currentText() == "As on the stage"
    assert dialog.choice.style() == document.project.style


def test_what_the_stage_shows_is_what_is_exported(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    document.set_style(replace(document.project.style, lanes=(1,)))
    assert dialog.choice.spec().lanes == (1,)
    dialog.form.lanes.button("both").click()
    assert dialog.choice.spec().lanes == (0, 1)


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
