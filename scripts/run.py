"""`python3 scripts/run.py [arguments of fmviz]`: set up what is missing, then start fmviz.

The first start makes `.venv` and installs the pinned packages; later starts go straight to fmviz. Without a
screen and without arguments it makes `fmviz-demo.gif` instead of opening a window. Owns that choice;
`_setup` owns the environment. Read by every Python there is, so: no syntax newer than Python 2.7.
"""

import _python

_python.require()

import sys  # noqa: E402 - nothing else may be imported by a Python that does not fit

import _setup  # noqa: E402
from fmviz.app.system_libraries import has_screen  # noqa: E402

DEMO = "fmviz-demo.gif"
DEMO_ARGUMENTS = ["render", DEMO, "--compare", "random,ot"]


def arguments_to_start(given, can_show):
    """Return what fmviz is started with: the given arguments, or the demonstration where no window can be."""
    return given if given or can_show else DEMO_ARGUMENTS


def main(given):
    """Set up and start fmviz; returns its exit code (on Linux and macOS fmviz replaces this process)."""
    can_show = has_screen()
    if not _setup.is_ready("run", can_show):
        import _install  # late: a ready environment does not pay for it

        _install.install("run", can_show)
    if not given and not can_show:
        _setup.say(
            "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so instead of opening the window "
            "fmviz trains random and OT coupling and writes " + DEMO + "."
        )
    return _setup.start(["-m", "fmviz"] + arguments_to_start(given, can_show))


if __name__ == "__main__":
    sys.exit(_setup.guarded(main, sys.argv[1:]))
