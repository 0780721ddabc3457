"""The Qt application that drawing needs, for processes that have no window."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QApplication

from fmviz.canvas.fonts import load_fonts


def offscreen_app() -> QApplication:
    """Return the running application, or make one that needs no screen; the bundled font is loaded.

    A process that already has an application keeps it. A new one uses Qt's offscreen platform unless the
    environment asks for another, so exports work over ssh and in containers.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = QApplication(["fmviz"])
        app.setQuitOnLastWindowClosed(False)
    load_fonts()
    return app
