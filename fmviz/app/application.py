"""Start-up of the window and its end: application, fonts, theme, the objects and their wiring.

The application hears of files that the desktop asks it to open. Where the window ends without being closed, by a signal
or with the desktop session, what is unsaved is kept. When the program itself is wrong there is a log entry and one calm
message; the window lives on.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import logging
import logging.handlers
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QApplication

from fmviz import __version__
from fmviz.app.settings import APPLICATION, FOLDERS, ORGANISATION, Settings, data_folder
from fmviz.canvas.fonts import load_fonts
from fmviz.core.errors import FmvizError
from fmviz.core.theme import Theme, load_theme
from fmviz.engine.document import Document
from fmviz.engine.playhead import Playhead
from fmviz.engine.recovery import Autosave
from fmviz.engine.session import Session
from fmviz.engine.stored import MOST_RECENT, Recent
from fmviz.files.atomic import sweep
from fmviz.files.project_file import PROJECT_SUFFIX
from fmviz.views.main_window import MainWindow
from fmviz.views.recovering import Recovering
from fmviz.views.style_sheet import application_icon, palette, style_sheet

LOG_NAME = "fmviz.log"
CRASH_NAME = "fmviz-crash.log"
_LOG_BYTES = 1_000_000
_log = logging.getLogger("fmviz")
RECOVERY_FOLDER, LOCK_FOLDER = "recovery", "open"
# Python runs its signal handlers only between byte codes: Qt's loop must come up for air.
_SIGNAL_POLL_MS = 200
_INTERRUPTED = 130
# What a shell reports for a program that a signal has ended, less the signal's number.
_SIGNALLED = 128
# As long as whoever ends a desktop session waits at least.
_KEEPING_S = 4.0
# Some desktops only keep the session, and a person may stay after all: then closing asks again.
_SESSION_END_MS = 15_000
_WINDOWS_ID = "fmviz.fmviz"


@dataclass(frozen=True, eq=False)
class Log:
    """The open log of this run."""

    path: Path
    handler: logging.Handler
    crash_file: TextIO

    def close(self) -> None:
        """Write no more; the files are closed."""
        _log.removeHandler(self.handler)
        self.handler.close()
        faulthandler.disable()
        self.crash_file.close()


def start_log(folder: Path) -> Log | None:
    """Write warnings and errors to a rotating file in `folder`, made if missing, and hard crashes beside it, below
    earlier ones.

    Returns:
        The log, or None where nothing can be written: fmviz works without it.
    """
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    try:
        crash_file = (folder / CRASH_NAME).open("a", encoding="utf-8")
    except OSError:
        handler.close()
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    faulthandler.enable(file=crash_file)
    return Log(path, handler, crash_file)


def install_hook(show: Callable[[str], None], log_path: Path | None) -> None:
    """Send every exception that nobody caught to the log, and its last line to `show`, once per kind; from any thread.

    A Qt slot that raises ends up here: the event loop goes on, so the user can still save.
    """
    seen: set[str] = set()

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _log.error("uncaught\n%s", text)
        if sys.stderr is not None:  # a program without a console has none
            sys.stderr.write(text)
        place = traceback.extract_tb(trace)[-1] if trace is not None else None
        key = f"{kind.__name__} {place.filename if place else ''} {place.lineno if place else 0}"
        if key not in seen:
            seen.add(key)
            where = f" The log is {log_path}." if log_path else ""
            show(f"Something in fmviz went wrong ({kind.__name__}: {error}). Your work is still here: save it.{where}")

    sys.excepthook = hook


class Keeping(QObject):
    """Keeps a window's unsaved work, and that it has its file, below a folder until it is saved or closed.

    Attributes:
        recovering: brings back what others have left there.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        document, session, _ = window.parts
        self.autosave = Autosave(document, session, folder / RECOVERY_FOLDER, window)
        self.autosave.failed.connect(window.say)
        self.recovering = Recovering(folder / RECOVERY_FOLDER, self.autosave, window.files, window.tasks,
                                     window.dialogs, lambda: window.theme)
        window.files.lock_in(folder / LOCK_FOLDER)
        window.files.settled.connect(self.autosave.settle)
        window.closing.connect(self.autosave.finish)
        window.closing.connect(window.files.release)

    def keep(self) -> None:
        """Put what is unsaved on the disk, for the next start."""
        self._window.finish_edits()
        self.autosave.keep_now(_KEEPING_S)

    @Slot()
    def keep_for_session(self) -> None:
        """Keep it because the desktop session may end: a question would hold that up, so closing asks nothing now."""
        self.keep()
        self._window.ends_unasked = True
        QTimer.singleShot(_SESSION_END_MS, self, self.stay)

    @Slot()
    def stay(self) -> None:
        """Know that the session did not end."""
        self._window.ends_unasked = False
        self.autosave.go_on()


def hear_signals(application: QApplication, end: Callable[[int], None]) -> QTimer:
    """Close the window on Ctrl-C in the terminal, and `end` it unasked on the signals that ask for that.

    Who is asked to save after Ctrl-C may stay; a second Ctrl-C meanwhile ends. `end` is given the exit code.
    """
    is_asking = False

    def close(*_: object) -> None:
        nonlocal is_asking
        if is_asking:
            end(_INTERRUPTED)
            return
        is_asking = True
        application.closeAllWindows()
        is_asking = False
        if not any(widget.isVisible() for widget in application.topLevelWidgets()):
            application.exit(_INTERRUPTED)

    signal.signal(signal.SIGINT, close)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no hang-up
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores it
            signal.signal(number, lambda number, _frame: end(_SIGNALLED + number))
    poll = QTimer(application)
    poll.start(_SIGNAL_POLL_MS)
    poll.timeout.connect(lambda: None)
    return poll


class Application(QApplication):
    """Qt's application. On a Mac a double click on a file is an event, at the start and later, not an argument.

    Signals:
        file_asked(path): open this file; once somebody has called `take_file`.
    """

    file_asked = Signal(str)

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._is_told = False
        self._file: str | None = None

    def take_file(self) -> str | None:
        """Return the file that was asked for so far, the newest one; later ones are told by the signal."""
        self._is_told = True
        file, self._file = self._file, None
        return file

    def event(self, event: QEvent) -> bool:
        """Keep or tell the file of a request to open one."""
        if isinstance(event, QFileOpenEvent) and event.file():
            if self._is_told:
                self.file_asked.emit(event.file())
            else:
                self._file = event.file()
            return True
        return super().event(event)


def introduce_to_windows() -> None:
    """Have windows, taskbar button and icon under fmviz's own name, not under Python's. Nothing elsewhere."""
    if sys.platform == "win32":
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(_WINDOWS_ID)


def run_window(file: str | None = None, arguments: Sequence[str] = ()) -> int:
    """Open the window and run until it closes.

    Args:
        file: a project to open, or None for the finished example.
        arguments: what Qt itself should read.
    Returns:
        The exit code.
    """
    application = make_application(arguments)
    settings = Settings()
    window = build_window(settings)
    keeping = Keeping(window, data_folder())
    log = start_log(data_folder())
    messenger = Messenger(window.show_error)
    install_hook(messenger.said.emit, log.path if log else None)
    window.show()
    # The engine starts after the first paint, so that the window is there first.
    application.file_asked.connect(lambda name: window.importing.open_paths((Path(name),)))
    QTimer.singleShot(0, lambda: after_first_paint(window, application.take_file() or file,
                                                   [*settings.written_folders, data_folder()],
                                                   keeping.recovering.offer))
    # Not saveStateRequest: it comes at each start and checkpoint too, and at an end only after this one.
    application.commitDataRequest.connect(lambda _manager: keeping.keep_for_session())

    def end(code: int) -> None:
        keeping.keep()
        window.shut_down()
        application.exit(code)

    poll = hear_signals(application, end)
    code = application.exec()
    poll.stop()
    if log:
        log.close()
    return code


class Messenger(QObject):
    """Brings a sentence to `show`, a method of a widget, in the window's own thread and outside of a paint event."""

    said = Signal(str)

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self.said.connect(show, Qt.ConnectionType.QueuedConnection)


def make_application(arguments: Sequence[str] = ()) -> Application:
    """Make the application object with its names, style and fonts."""
    introduce_to_windows()
    application = Application([APPLICATION, *arguments])
    application.setOrganizationName(ORGANISATION)
    application.setApplicationName(APPLICATION)
    application.setApplicationVersion(__version__)
    application.setDesktopFileName(APPLICATION)
    application.setStyle("Fusion")
    load_fonts()
    application.setWindowIcon(application_icon())
    return application


def build_window(settings: Settings) -> MainWindow:
    """Make the window and the objects behind it, themed and with what was remembered."""
    theme = _theme(settings.get("theme"))
    _dress_application(theme)  # before there are widgets: each one is polished once
    document = Document()
    session = Session(document)
    playhead = Playhead()
    window = MainWindow(document, session, playhead, theme)
    for child in (document, session, playhead):
        child.setParent(window)
    playhead.set_speed(settings.get("speed"))
    playhead.set_mode(settings.get("mode"))
    window.folders = {name: settings.get(name) for name in FOLDERS}
    window.recent.set_paths(map(Path, settings.get("recent")))
    # At once: a list is worth most after a crash.
    window.recent.changed.connect(lambda: remember_recent(window.recent, settings))
    window.export_dialog.presets.read(settings.presets_path)
    window.actions_by_name[f"theme_{settings.get('theme')}"].setChecked(True)
    window.metrics.show_columns(settings.get("columns"))
    window.training.curves.show_number(settings.get("curve"))
    if geometry := settings.get("geometry"):
        window.restoreGeometry(geometry)
    window.fold(settings.get("panels") == "folded")

    def dress(choice: str) -> None:
        theme = _theme(choice)
        _dress_application(theme)
        window.set_theme(theme)

    def choose(choice: str) -> None:
        settings.set("theme", choice)
        dress(choice)

    def remember_folders() -> None:
        if any(settings.get(name) != folder for name, folder in window.folders.items()):
            for name, folder in window.folders.items():
                settings.set(name, folder)
            settings.flush()  # whoever is killed while he writes has left a part there, which the next start sweeps

    def remember() -> None:
        settings.set("geometry", bytes(window.saveGeometry().data()))
        settings.set("panels", "folded" if window.is_folded else "open")
        remember_folders()
        settings.set("columns", window.metrics.columns)
        settings.set("curve", window.training.curves.shown.key)
        settings.set("speed", playhead.speed)
        settings.set("mode", playhead.mode)

    window.theme_chosen.connect(choose)
    window.folders_changed.connect(remember_folders)
    window.closing.connect(remember)
    hints = QGuiApplication.styleHints()
    following = hints.colorSchemeChanged.connect(
        lambda _scheme: dress("system") if settings.get("theme") == "system" else None
    )
    # The hints, which are the application's, would keep all of the window alive.
    window.destroyed.connect(lambda: QObject.disconnect(following))
    return window


def remember_recent(recent: Recent, settings: Settings) -> None:
    """Store a window's list of recent projects, with what other windows have opened meanwhile."""
    own = [str(path) for path in recent.paths]
    settings.flush()  # which also reads what others have stored
    others = settings.get("recent") if own else ()
    settings.set("recent", list(dict.fromkeys((*own[:1], *others, *own[1:])))[:MOST_RECENT])


def after_first_paint(window: MainWindow, file: str | None, folders: Sequence[str | Path] = (),
                      offer: Callable[[Callable[[], object]], object] = lambda then: then()) -> None:
    """Open the file or the example and start the engine: what can wait until the window is there.

    Args:
        folders: where fmviz may have been writing when it was killed.
        offer: offers unsaved work, and then calls what it is given: an import asks too, and two questions are one
            after the other.
    """
    is_import = file is not None and Path(file).suffix.lower() != PROJECT_SUFFIX
    open_file = window.files.open_example if file is None else partial(window.importing.open_paths, (Path(file),))
    try:
        if not is_import:
            open_file()
    except (FmvizError, FileNotFoundError) as error:  # of the example, if the installation is damaged
        window.dialogs.error(str(error))
    window.start()
    offer(open_file if is_import else lambda: None)
    # What killed processes left; a thread of its own, for a folder can be on a slow disk.
    for folder in folders:
        threading.Thread(target=sweep, args=(folder,), name="sweep", daemon=True).start()
    # Full collections of a large heap cost 120-220 ms, a visible stutter; what start-up made lives for ever.
    gc.collect()
    gc.freeze()


def _theme(choice: str) -> Theme:
    if choice in ("dark", "light"):
        return load_theme(choice)
    scheme = QGuiApplication.styleHints().colorScheme()
    return load_theme("light" if scheme == Qt.ColorScheme.Light else "dark")


def _dress_application(theme: Theme) -> None:
    """Give the application its palette and style sheet; a sheet that is there already is left: it costs a second."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    sheet = style_sheet(theme)
    if application.styleSheet() != sheet:
        application.setPalette(palette(theme))
        application.setStyleSheet(sheet)
