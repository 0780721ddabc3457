"""The form of the studio: no row is wider than the side that it stands in, whatever is shown."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fmviz.core.theme import load_theme
from fmviz.views.export_dialog import ExportDialog
from fmviz.views.style_sheet import palette, style_sheet


def test_every_row_fits_into_the_side(qtbot: QtBot, dialog: ExportDialog, qapp: QApplication) -> None:
    before, theme = qapp.palette(), load_theme("dark")
    qapp.setPalette(palette(theme))
    qapp.setStyleSheet(style_sheet(theme))
    try:
        dialog.show()
        assert dialog.form.minimumSizeHint().width() <= dialog.side.area.viewport().width()
        dialog.form.fold.set_open(True)
        assert dialog.form.minimumSizeHint().width() <= dialog.side.area.viewport().width()
    finally:
        qapp.setStyleSheet("")
        qapp.setPalette(before)
