"""How soon the user sees something: command to visible window, Train to the first new picture.

Beside it, in turns, what a program pays that imports its learning libraries into the window's process.
"""

from __future__ import annotations

import subprocess
import sys
import time

from _screen import screen
from _table import Row, at_most, median, parse, report
from window import run

# The straightforward design: everything in one process, then an empty window.
_PLAIN = """
import time, torch, ot, pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication([]); plot = pyqtgraph.PlotWidget(); plot.resize(1280, 800); plot.show()
QTimer.singleShot(0, app.quit); app.exec(); print(time.time())
"""


def main() -> int:
    args = parse(__doc__ or "")
    turns = 3 if args.quick else 7
    shown, ready, pictures, plain, stamp = [], [], [], [], []
    with screen() as environment:
        run("first_picture", environment)  # fills the file cache: the environment is said to be ready
        for _ in range(turns):
            begun = time.time()
            times = run("first_picture", environment)
            shown.append(times["shown"] - begun)
            ready.append(times["ready"] - begun)
            pictures.append(times["train_to_picture_s"])
            begun = time.time()
            done = subprocess.run([sys.executable, "-c", _PLAIN], env=environment, stdout=subprocess.PIPE, text=True,
                                  check=True)
            plain.append(float(done.stdout) - begun)
            begun = time.perf_counter()
            subprocess.run([sys.executable, "scripts/run.py", "shapes"], check=True, stdout=subprocess.DEVNULL)
            launched = time.perf_counter() - begun
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-m", "fmviz", "shapes"], check=True, stdout=subprocess.DEVNULL)
            stamp.append(launched - (time.perf_counter() - begun))
    rows = [
        at_most("command to visible window that plays the example", median(shown), 1.5, "s",
                f"{median(plain):.2f} s for an empty window that imports torch and POT first"),
        Row("the same as a ratio", median(shown) / median(plain), "x"),
        at_most("run.py on top of the command itself", median(stamp), 0.5, "s"),
        Row("command to engine ready", median(ready), "s"),
        at_most("Train to the first new picture", median(pictures), 1.5, "s"),
    ]
    return report("Start", rows, args)


if __name__ == "__main__":
    sys.exit(main())
