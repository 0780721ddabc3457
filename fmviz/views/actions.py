"""Every command of the window in one table: text, keys, icon, menu. The window adds what each one does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from fmviz.core.couplings import COMPARED, coupling_of
from fmviz.core.style import VIEWS
from fmviz.views.style_sheet import icon

SEPARATOR = "-"


@dataclass(frozen=True)
class Row:
    """One command.

    Args:
        name: key under which the window gives the handler.
        menu: title of its menu.
        text: what the menu says.
        keys: shortcuts, the first is shown; empty for none.
        tip: one sentence for the tooltip and the status bar.
        icon: file name under resources/icons, or "".
        group: name of an exclusive group, or "".
        checkable: whether it is a switch.
        soft: whether a focused control may need the keys for itself; the window acts on them only if it did not.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    group: str = ""
    checkable: bool = False
    soft: bool = False


MENUS = ("&File", "&Edit", "&View", "&Train", "&Play", "&Scenes", "&Help")

ROWS: tuple[Row, ...] = (
    Row("new", "&File", "&New", ("Ctrl+N",), "Start again with 8 Gaussians and two moons.", "new"),
    Row("example", "&File", "Open the &example", (), "Show the finished example of the first start.", "trajectories"),
    Row("open", "&File", "&Open...", ("Ctrl+O",), "Open a .fmviz project.", "open"),
    Row("save", "&File", "&Save", ("Ctrl+S",), "Save clouds, settings, weights and pictures in one file.", "save"),
    Row("save_as", "&File", "Save &as...", ("Ctrl+Shift+S",), "Save under another name."),
    Row(SEPARATOR, "&File", ""),
    Row("export", "&File", "&Export...", ("Ctrl+E",), "Write a GIF, a video, a picture or a drawing.", "export"),
    Row("export_data", "&File", "Export &data...", ("Ctrl+Shift+E",),
        "Write the clouds, or samples and trajectories of the flow, as a .csv or .npy file."),
    Row(SEPARATOR, "&File", ""),
    Row("quit", "&File", "&Quit", ("Ctrl+Q",), "Close the window."),
    Row("undo", "&Edit", "&Undo", ("Ctrl+Z",), "Take back the last change.", "undo"),
    Row("redo", "&Edit", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do it again.", "redo"),
    Row(SEPARATOR, "&Edit", ""),
    Row("copy", "&Edit", "&Copy the picture", ("Ctrl+Shift+C",),
        "Copy what the stage shows, as pixels and as vectors.", "copy"),
    Row(SEPARATOR, "&Edit", ""),
    Row("draw_source", "&Edit", "Draw the s&ource", ("D",), "Draw the source cloud on the stage.", "draw"),
    Row("draw_target", "&Edit", "Draw the &target", ("Shift+D",), "Draw the target cloud on the stage.", "draw"),
    Row("import_source", "&Edit", "&Import the source...", ("Ctrl+I",),
        "Load the source from a table of points or a picture.", "import"),
    Row("import_target", "&Edit", "I&mport the target...", ("Ctrl+Shift+I",),
        "Load the target from a table of points or a picture.", "import"),
    Row("paste", "&Edit", "&Paste points or a picture", ("Ctrl+V",),
        "Make what the clipboard holds the source or the target: a table, a picture, a file.", "import"),
    Row("word", "&Edit", "&Write a word...", ("Ctrl+Shift+W",), "Make a word the source or the target.", "draw"),
    Row("annotate", "&Edit", "&Annotate", ("N",),
        "Point at places with arrows, words, rings, brackets, freehand lines and insets that magnify.", "annotate", "",
        True),
    Row("swap", "&Edit", "S&wap source and target", ("X",), "Exchange the two clouds.", "swap"),
    *(
        Row(f"view_{view.name}", "&View", view.label, (str(number),) if view.is_on_bar else (), view.help, view.name,
            "view", True)
        for number, view in enumerate(VIEWS.values(), start=1)
    ),
    Row(SEPARATOR, "&View", ""),
    Row("fit", "&View", "&Fit the picture", ("0",), "Show all that there is to see; a double click does it too.",
        "fit"),
    Row("zoom_in", "&View", "Zoom &in", ("Ctrl++", "Ctrl+="), "Come nearer; the wheel does it at the mouse."),
    Row("zoom_out", "&View", "Zoom &out", ("Ctrl+-",),
        "Go away; drag with the middle button, or with Space held, to move."),
    Row(SEPARATOR, "&View", ""),
    Row("spread", "&View", "Follow the spr&ead ones", ("F",),
        "Follow particles spread over the source again. A click on a particle, its ring or its path follows it or "
        "lets it go; a drag moves where a followed one starts."),
    Row("probe", "&View", "P&robe a place", ("V",),
        "A probe follows the mouse until a click pins it: the velocity there, which points pull, where a particle "
        "comes from and goes to. A drag moves it, Delete removes it.",
        "", "", True),
    Row("mathematics", "&View", "&Mathematics", ("M",),
        "Laws that can be seen to hold, for what the stage shows, in a window beside it.", "mathematics"),
    Row(SEPARATOR, "&View", ""),
    Row("theme_system", "&View", "Theme of the s&ystem", (),
        "Follow the system's light or dark theme.", "", "theme", True),
    Row("theme_dark", "&View", "&Dark theme", (), "Always dark.", "moon", "theme", True),
    Row("theme_light", "&View", "&Light theme", (), "Always light.", "sun", "theme", True),
    Row(SEPARATOR, "&View", ""),
    Row("panels", "&View", "Fold the &panels away", ("P",),
        "The panels beside the stage and the numbers below it make room for the picture, or come back.", "panels", "",
        True),
    Row("fullscreen", "&View", "Stage &only", ("F11",), "The stage alone, in large type; F11 or Escape comes back.",
        "fullscreen", "", True),
    Row("train", "&Train", "&Train / pause", ("T",), "Train, pause or go on.", "trajectories"),
    Row("stop", "&Train", "&Stop", ("Shift+T",), "End the training here and keep what was learned.", "stop"),
    Row("longer", "&Train", "Train &longer", ("Ctrl+T",), "Train as many steps again on top.", "step-forward"),
    Row("reset", "&Train", "&Reset", ("Ctrl+R",), "Forget what was learned.", "reset"),
    Row("compare", "&Train", f"&Compare {' with '.join(coupling_of(key).noun for key in COMPARED)}", ("C",),
        "Pane A alone, or the others beside it again; at first two, A and B, that differ in the coupling only.",
        "compare", "", True),
    Row("add_lane", "&Train", "&Add a pane", ("Shift+C",),
        "One more pane, up to four: as the one in the form is, until something of it is changed.", "plus"),
    Row("reflow", "&Train", "Add a pane with &reflow", (),
        "One more pane that goes on to learn from pairs of this flow's own: its paths become straight, its pairs not "
        "optimal."),
    Row("play", "&Play", "&Play / pause", ("Space",), "Run the time from source to target.", "play", soft=True),
    Row("back", "&Play", "Step &back", ("Left", ","), "A fiftieth of the time back; in the Pairs view half the batch.",
        "step-back", soft=True),
    Row("forward", "&Play", "Step &forward", ("Right", "."),
        "A fiftieth of the time forward; in the Pairs view twice the batch.",
        "step-forward", soft=True),
    Row("to_start", "&Play", "To the &source", ("Home",), "t = 0.", soft=True),
    Row("to_end", "&Play", "To the &target", ("End",), "t = 1.", soft=True),
    Row("step_back", "&Play", "Training step b&ack", ("Shift+Left",), "What the field was a kept step earlier.",
        soft=True),
    Row("step_forward", "&Play", "Training step f&orward", ("Shift+Right",), "What the field was a kept step later.",
        soft=True),
    Row("newest", "&Play", "&Newest training step", ("Shift+End",), "Back to what was learned last.", soft=True),
    Row("watch", "&Play", "&Watch it learn", ("W",), "Play the training; t stays, or runs if it plays.", "watch"),
    Row("mode", "&Play", "&Loop, bounce or once", ("L",), "What happens at t = 1.", "loop"),
    Row("faster", "&Play", "F&aster", ("+", "="), "Play faster.", ""),
    Row("slower", "&Play", "S&lower", ("-",), "Play slower.", ""),
    Row("scenes", "&Scenes", "&Scenes panel", ("S",), "The scenes of a talk, instead of the training panel.", "scenes",
        "", True),
    Row(SEPARATOR, "&Scenes", ""),
    Row("keep_scene", "&Scenes", "&Keep this view", ("K",), "Keep what the stage shows as a scene.", "plus"),
    Row("update_scene", "&Scenes", "&Update the scene", ("Shift+K",),
        "Make the present scene what the stage shows now; name and caption stay.", "update"),
    Row(SEPARATOR, "&Scenes", ""),
    Row("next_scene", "&Scenes", "&Next scene", ("Page Down",), "Show the next scene of the talk.", "down", soft=True),
    Row("previous_scene", "&Scenes", "&Previous scene", ("Page Up",), "Show the scene before.", "up", soft=True),
    Row(SEPARATOR, "&Scenes", ""),
    Row("present", "&Scenes", "P&resent", ("F5",),
        "The stage alone, in large type, from the first scene on; Escape comes back.", "present"),
    Row("keys", "&Help", "&Keyboard shortcuts", ("F1",), "All keys on one page.", "help"),
    Row("about", "&Help", "&About fmviz", (), "Version, device and licences."),
)

ROW = {row.name: row for row in ROWS if row.name != SEPARATOR}
SOFT_ROWS = tuple(row for row in ROWS if row.soft)
# They rest while a cloud is drawn, where some of their keys mean a tool.
PLAY_ACTIONS = tuple(row.name for row in ROWS if row.menu == "&Play")


def build_actions(window: QWidget, menu_bar: QMenuBar,
                  handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """Make every action, put it into its menu and connect it to its handler.

    Raises:
        KeyError: a row without a handler.
    """
    menus = {title: menu_bar.addMenu(title) for title in MENUS}
    for menu in menus.values():
        menu.setToolTipsVisible(True)
    groups: dict[str, QActionGroup] = {}
    actions: dict[str, QAction] = {}
    for row in ROWS:
        if row.name == SEPARATOR:
            menus[row.menu].addSeparator()
            continue
        action = QAction(f"{row.text}\t{row.keys[0]}" if row.soft else row.text, window)
        action.setObjectName(row.name)
        if not row.soft:
            action.setShortcuts([QKeySequence(keys) for keys in row.keys])
        action.setToolTip(tip_of(row))
        action.setStatusTip(row.tip)
        action.setCheckable(row.checkable)
        if row.icon:
            action.setIcon(icon(row.icon, on_ink="accent"))
        if row.group:
            groups.setdefault(row.group, QActionGroup(window)).addAction(action)
        handler = handlers[row.name]
        action.triggered.connect(lambda _checked=False, handler=handler: handler())
        menus[row.menu].addAction(action)
        window.addAction(action)  # so that the keys work while the menu bar is hidden
        actions[row.name] = action
    return actions


def put_after(menu_bar: QMenuBar, action: QAction, menu: QMenu) -> None:
    """Put a menu of its own behind an action of the table."""
    for title in menu_bar.actions():
        inside = title.menu()
        if isinstance(inside, QMenu) and action in (rows := inside.actions()):
            inside.insertMenu(rows[rows.index(action) + 1], menu)


def tip_of(row: Row) -> str:
    """Return the tooltip: what it does, and its keys."""
    return f"{row.tip} ({' or '.join(map(key_name, row.keys))})" if row.keys else row.tip


def key_name(key: str) -> str:
    """Return a key of the tables as this system names it, for example ⌘Z for Ctrl+Z on a Mac."""
    sequence = QKeySequence(key)
    native = _native(sequence)
    # Where the system has no names of its own the table's stay: "Escape", not "Esc".
    return key if native in ("", sequence.toString(QKeySequence.SequenceFormat.PortableText)) else native


def _native(sequence: QKeySequence) -> str:
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
