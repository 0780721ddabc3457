"""A seeded hand on the real window: random clicks, strokes, keys, words and actions for ten minutes.

Counts exceptions, warnings of Qt and pauses of the window over half a second, and how memory grew. The window is
the program's own, on a virtual screen; `--seed` repeats a hand, `--minutes` is how long it plays.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from _screen import screen
from _table import at_most, parse, report

_ACT_MS = 60
_BEAT_MS = 10
_PAUSE_S = 0.5
# Caches and the first networks fill in the first part; memory is compared from then on.
_WARM_SHARE = 0.3
_KEYS = "0123456789abcdefghijklmnoprstuvwxyz.,+-[]"
_WORDS = ("2,5", "-1", "1e9", "nan", "0", "", "900000", "Größe", "<b>x</b>", "0.001", "moons", "x" * 300)
# They end the hand itself, or start programs of the system.
_UNTOUCHED_ACTIONS = {"quit"}
_UNTOUCHED_BUTTONS = {"Open", "Show in folder"}


class Hand:
    """Plays on a window until its time is over, then quits the event loop."""

    def __init__(self, at: Any, seed: int, seconds: float) -> None:
        from PySide6.QtCore import QTimer

        self.at, self.rng, self.seconds = at, random.Random(seed), seconds
        self.faults: list[str] = []
        self.pauses: list[str] = []
        self.memory: list[float] = []
        self.acts, self.last = 0, ""
        self.began = self.beat = time.perf_counter()
        self.used = time.process_time()
        self.timers = []
        for interval, slot in ((_BEAT_MS, self.watch), (2_000, self.weigh)):
            timer = QTimer()
            timer.timeout.connect(slot)
            timer.start(interval)
            self.timers.append(timer)
        self.act()

    def watch(self) -> None:
        """Note a pause since the last beat, with the processor time that the window itself used in it."""
        now, used = time.perf_counter(), time.process_time()
        if now - self.beat > _PAUSE_S:
            self.pauses.append(f"{now - self.beat:.2f} s ({used - self.used:.2f} s of its own) after: {self.last}")
        self.beat, self.used = now, used
        if now - self.began > self.seconds:
            from PySide6.QtWidgets import QApplication

            for timer in self.timers:
                timer.stop()
            while (modal := QApplication.activeModalWidget()) is not None and modal.close():
                pass
            QApplication.exit(0)

    def weigh(self) -> None:
        """Note the memory of the window and of its children."""
        self.memory.append(_memory_mb(os.getpid()) + sum(_memory_mb(child) for child in _children(os.getpid())))

    def act(self) -> None:
        """Do one thing to whatever is on top."""
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        if time.perf_counter() - self.began > self.seconds:
            return
        # Before it: what is asked meanwhile runs a loop of its own, in which a timer's own slot would not be called.
        QTimer.singleShot(_ACT_MS, self.act)
        self.acts += 1
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        try:
            if top is not None and self.rng.random() < 0.4:
                self.say("Escape")
                self.press(top, "Escape")
            else:
                self.rng.choices((self.click, self.key, self.word, self.trigger, self.drag, self.wheel, self.resize),
                                 (8, 5, 2, 0 if top else 6, 0 if top else 4, 2, 0 if top else 0.3))[0](top)
        except RuntimeError as error:
            if "already deleted" not in str(error):  # it closed what it was about to touch
                self.faults.append(traceback.format_exc())

    def say(self, what: str) -> None:
        self.last = what

    def widgets(self, top: Any) -> list[Any]:
        """Return what can be clicked on."""
        from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit
        from PySide6.QtWidgets import QSlider as Slider

        kinds = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, Slider)
        root = top if top is not None else self.at.window
        return [widget for kind in kinds for widget in root.findChildren(kind)
                if widget.isVisible() and widget.isEnabled()
                and not (isinstance(widget, QAbstractButton) and widget.text() in _UNTOUCHED_BUTTONS)]

    def click(self, top: Any) -> None:
        """Click on a random control."""
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        found = self.widgets(top)
        if not found:
            self.press(top or self.at.window, "Escape")
            return
        widget = self.rng.choice(found)
        self.say(f"click on {type(widget).__name__} {widget.accessibleName() or widget.objectName()}")
        place = QPoint(self.rng.randrange(max(1, widget.width())), self.rng.randrange(max(1, widget.height())))
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    def key(self, top: Any) -> None:
        """Press a key."""
        name = self.rng.choice((self.rng.choice(_KEYS), "Return", "Tab", "Escape", "Space", "Left", "Right",
                                "Up", "Down", "Delete", "PageDown", "PageUp", "Home", "End", "F11", "F5", "F1"))
        self.say(f"key {name}")
        self.press(top or self.at.window, name)

    def press(self, widget: Any, name: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        focus = QApplication.focusWidget() or widget
        QTest.keyClick(focus, name if len(name) == 1 else getattr(Qt.Key, f"Key_{name}"))

    def word(self, _top: Any) -> None:
        """Type into the field that has the focus."""
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent
        from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit

        focus, text = QApplication.focusWidget(), self.rng.choice(_WORDS)
        if isinstance(focus, QAbstractSpinBox | QLineEdit | QPlainTextEdit):
            self.say(f"type {text[:20]!r} into {focus.accessibleName()}")
            for sign in text:  # QTest ends the process at a letter that it does not know
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QApplication.sendEvent(focus, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, sign))

    def trigger(self, _top: Any) -> None:
        """Do an action of the menus."""
        from PySide6.QtCore import QTimer

        action = self.rng.choice(list(self.at.window.actions_by_name.values()))
        if action.isEnabled() and action.objectName() not in _UNTOUCHED_ACTIONS:
            self.say(f"action {action.objectName()}")
            QTimer.singleShot(0, action.trigger)  # it may ask something, and the hand must go on

    def drag(self, _top: Any) -> None:
        """Draw a stroke on the stage."""
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        view = self.at.stage.canvas
        places = [QPoint(self.rng.randrange(view.width()), self.rng.randrange(view.height())) for _ in range(4)]
        self.say("stroke")
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
        for place in places[1:]:
            QTest.mouseMove(view, place)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[-1])

    def wheel(self, top: Any) -> None:
        """Turn the wheel over a random control."""
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent
        from PySide6.QtWidgets import QApplication

        found = self.widgets(top)
        if found:
            widget = self.rng.choice(found)
            self.say(f"wheel over {widget.accessibleName()}")
            middle = QPointF(widget.rect().center())
            turn = QPoint(0, self.rng.choice((-120, 120)))
            QApplication.sendEvent(widget, QWheelEvent(
                middle, widget.mapToGlobal(middle), QPoint(), turn, Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))

    def resize(self, _top: Any) -> None:
        """Make the window another size."""
        self.say("resize")
        self.at.window.resize(self.rng.randrange(900, 1900), self.rng.randrange(600, 1000))


def play(seed: int, seconds: float) -> dict[str, Any]:
    """Let the hand play in this process."""
    from _scenes import Window
    from _scenes import _memory_mb as collected_mb
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    faults: list[str] = []
    sys.excepthook = lambda *what: faults.append("".join(traceback.format_exception(*what)))
    threading.excepthook = lambda what: faults.append(f"{what.thread}: {what.exc_type} {what.exc_value}")
    serious = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg)
    qInstallMessageHandler(lambda kind, _where, text: faults.append(f"Qt: {text}") if kind in serious else None)
    with tempfile.TemporaryDirectory(prefix="fmviz-hand-") as folder:
        os.chdir(folder)
        at = Window().__enter__()
        at.until(lambda: at.session.device_label is not None)
        hand = Hand(at, seed, seconds)
        at.application.exec()
        at.playhead.pause()
        at.session.shutdown()
        at.window.export_dialog.shutdown()
        collected_mb()
        os.chdir("/")
        warm = hand.memory[int(len(hand.memory) * _WARM_SHARE):] or [0.0]
        third = max(1, len(warm) // 3)
        growth = sorted(warm[-third:])[third // 2] - sorted(warm[:third])[third // 2]
        print(json.dumps({"acts": hand.acts, "faults": [*faults, *hand.faults], "pauses": hand.pauses,
                          "growth_mb": growth, "peak_mb": max(warm)}))
        sys.stdout.flush()
        os._exit(0)  # nothing is asked of whoever is not there


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _memory_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass  # it has ended
    return 0.0


def main() -> int:
    args = parse(__doc__ or "", lambda parser: (
        parser.add_argument("--seed", type=int, default=0), parser.add_argument("--minutes", type=float, default=10.0)))
    seconds = 30.0 if args.quick else args.minutes * 60
    with screen() as environment:
        done = subprocess.run([sys.executable, __file__, "play", str(args.seed), str(seconds)], env=environment,
                              stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        sys.exit(f"The window ended with {done.returncode} and said nothing.")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    for line in [*told["faults"], *told["pauses"]]:
        print(line, file=sys.stderr)
    rows = [
        at_most("exceptions and warnings", len(told["faults"]), 0, "", f"{told['acts']} acts in {seconds:.0f} s"),
        at_most("pauses of the window over half a second", len(told["pauses"]), 0),
        at_most("growth of memory, all processes, last against first third", told["growth_mb"], 50, "MB",
                f"{told['peak_mb']:.0f} MB at most"),
    ]
    return report(f"A hand on the window, seed {args.seed}", rows, args)


if __name__ == "__main__":
    if sys.argv[1:2] == ["play"]:
        play(int(sys.argv[2]), float(sys.argv[3]))
    sys.exit(main())
