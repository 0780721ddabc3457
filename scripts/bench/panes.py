"""Which share of the window and of a picture its panes take: everything open, panels folded, presenting, exporting."""

from __future__ import annotations

import sys

from _screen import screen
from _table import at_least, at_most, parse, report
from window import run


def main() -> int:
    args = parse(__doc__ or "")
    with screen() as environment:
        found = run("panes", environment)
    rows = [at_least(f"share of the pixels that panes take: {what}", 100 * found[key], least, "%")
            for key, what, least in (
                ("open_1", "window of 1280x800, everything open, one pane", 38),
                ("open_2", "window of 1280x800, everything open, two panes", 36),
                ("folded_1", "window of 1280x800, panels folded, one pane", 70),
                ("folded_2", "window of 1280x800, panels folded, two panes", 66),
                ("alone_1", "presentation, one pane", 80),
                ("alone_2", "presentation, two panes", 74),
                ("film_1", "export of 1920x1080 without axes, one pane alone", 85),
                ("film_2", "export of 1920x1080 without axes, two panes", 85),
            )]
    rows.append(at_most("a closer look: time to its own field, one pane", found["zoom_s"], 0.3, "s"))
    return report("Panes", rows, args)


if __name__ == "__main__":
    sys.exit(main())
