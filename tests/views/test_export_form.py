"""The choices of an export: only what matters is offered, any leads to any other, presets set them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fmviz.core.export_spec import GIF_FPS, ExportSpec
from fmviz.core.formats import FORMATS
from fmviz.core.project import Scene
from fmviz.core.style import VIEWS
from fmviz.engine.document import Document
from fmviz.film.presets import PRESETS, change_presets, load_presets, own_preset
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.export_form import OWN_SIZE, SIZES


def test_the_choice_is_kept_in_the_document(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    form = dialog.form
    form.size_edit.usual.setCurrentIndex(list(SIZES).index("Slide, 1280 × 720"))
    form.size_edit.usual.activated.emit(form.size_edit.usual.currentIndex())
    assert (form.size_edit.width_px.value(), form.size_edit.height_px.value()) == (1280, 720)
    form.size_edit.width_px.spin.setValue(1000)
    assert form.size_edit.usual.currentText() == OWN_SIZE
    form.lanes.buttons[0].click()
    form.editors["seconds"].spin.setValue(3.0)
    form.editors["hold"].spin.setValue(1.0)
    form.editors["closing"].button("bounce").click()
    form.editors["theme"].button("light").click()
    QTest.keyClicks(form.editors["title"], "Moons")
    form.editors["has_axes"].click()
    QTest.keyClick(form.gif_fps, Qt.Key.Key_Home)
    spec = document.project.export
    assert (spec.width, spec.height, spec.seconds, spec.hold) == (1000, 720, 3.0, 1.0)
    assert (spec.lanes, spec.theme, spec.closing, spec.title, spec.has_axes) == ((1,), "light", "bounce", "Moons", True)
    assert spec.delay_ms == next(iter(GIF_FPS.values()))
    assert not document.is_modified or document.undo_stack.count() == 1
    document.set_lanes(("ot",))
    assert dialog.choice.lanes() == (0,)
    assert not form.lanes.isVisibleTo(form)


SHOWN = {
    "gif": {"gif_fps", "loop", "seconds", "hold", "closing", "ease", "over"},
    "mp4": {"fps", "seconds", "hold", "closing", "ease", "over"},
    "webm": {"fps", "seconds", "hold", "closing", "ease", "over"},
    "webp": {"fps", "loop", "seconds", "hold", "closing", "ease", "over"},
    "apng": {"fps", "loop", "seconds", "hold", "closing", "ease", "over"},
    "frames": {"fps", "seconds", "hold", "closing", "ease", "over"},
    "png": {"at", "is_strip", "scale", "width_cm", "font_pt"},
    "svg": {"at", "is_strip", "width_cm", "font_pt"},
    "pdf": {"at", "is_strip", "width_cm", "font_pt"},
}


@pytest.mark.parametrize("key", FORMATS)
def test_only_what_matters_for_the_format_is_shown(dialog: ExportDialog, document: Document, key: str) -> None:
    dialog.choice.change(format=key)
    form = dialog.form
    editors = form.editors | {"fps": form.fps, "gif_fps": form.gif_fps}
    assert {name for name in set().union(*SHOWN.values()) if editors[name].isVisibleTo(form)} == SHOWN[key]
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
    moving = (form.over, form.editors["is_strip"], form.editors["at"], form.editors["seconds"], form.editors["closing"])
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


def test_a_rate_can_be_typed_and_nonsense_is_marked(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.change(format="mp4")
    rate = dialog.form.fps
    field = rate.spin.lineEdit()
    for text, value in (("48", 48.0), ("", 48.0), ("0.2", 48.0), ("23.976", 23.976), ("600", 23.976)):
        field.selectAll()
        QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClick(rate.spin, Qt.Key.Key_Return)
        assert document.project.export.fps == value
        assert (field.text(), bool(rate.spin.property("refused"))) == (text, text != f"{value:g}")
    QTest.keyClick(rate.spin, Qt.Key.Key_Escape)
    assert field.text() == "23.976"
    rate.slider.setValue(rate.slider.maximum())
    assert document.project.export.fps == 60.0


def test_a_moment_of_the_stage_is_shown_with_three_digits(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.change(format="png", at=0.276924)
    assert dialog.form.editors["at"].spin.text() == "0.277"
    dialog.form.editors["at"].spin.setFocus()
    dialog.form.editors["at"].spin.clearFocus()
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
        assert form.editors["theme"].isVisibleTo(form) == (key != "paper")  # whose white ground has its own colours
        assert document.project.export.theme == ""


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_of_the_panes_can_be_exported_but_not_none(dialog: ExportDialog, document: Document, count: int) -> None:
    for lane in range(1, count):
        document.add_lane(width=16 * lane)
    buttons = dialog.form.lanes.buttons
    assert [button.isVisibleTo(dialog.form.lanes) for button in buttons] == [lane < count for lane in range(4)]
    for lane in range(count - 1):
        buttons[lane].click()
        assert dialog.choice.lanes() == tuple(range(lane + 1, count))
    buttons[count - 1].click()
    assert dialog.choice.lanes() == (count - 1,)
    assert buttons[count - 1].isChecked()
    if count > 2:
        buttons[0].click()
        assert dialog.choice.lanes() == (0, count - 1)


def test_a_preset_suits_the_panes_that_are_shown(dialog: ExportDialog, document: Document) -> None:
    document.set_lanes(("random", "ot"))
    row, heights = dialog.presets.list, []
    row.activated.emit(row.findData("paper-strip"))
    for lane in (1, 1, 0, 0):
        dialog.form.lanes.buttons[lane].click()
        assert row.currentData() == "paper-strip"
        heights.append(document.project.export.height)
    assert heights == [440, 780, 440, 780]


def test_the_windows_theme_is_proposed_until_one_is_chosen(dialog: ExportDialog, document: Document) -> None:
    dialog.choice.set_window_theme("light")
    assert dialog.choice.spec().theme == "light"
    assert dialog.form.editors["theme"].button("light").isChecked()
    assert document.project.export.theme == ""
    dialog.form.editors["theme"].button("dark").click()
    dialog.choice.set_window_theme("light")
    assert dialog.choice.spec().theme == document.project.export.theme == "dark"


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
    dialog.form.lanes.buttons[0].click()
    assert dialog.choice.spec().lanes == (0, 1)


@pytest.mark.usefixtures("dialog")
def test_a_new_studio_changes_nothing_of_the_export(document: Document) -> None:
    assert document.project.export == ExportSpec()
