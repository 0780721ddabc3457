"""`python3 scripts/test.py [arguments of pytest]`: set up what is missing, then ruff, mypy and pytest, all of them.

Returns non-zero if any stage failed. pytest comes last, so that its summary closes the output, and shares the test
files out over the cores; everything runs without a screen. What is given comes after the scripts' own arguments and
wins over them: `-n 0` keeps all in one process, as `--pdb` needs it. Read by every Python there is, so: no syntax
newer than Python 2.7.
"""

import _python

_python.require()

import os  # noqa: E402 - nothing else may be imported by a Python that does not fit
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import _setup  # noqa: E402

# Tests often wait for a process, so two share even one core well; each worker can have an engine of some 400 MB.
FEWEST_WORKERS, MOST_WORKERS = 2, 8


def workers(cores):
    """Return how many processes run tests on so many cores."""
    return min(max(cores, FEWEST_WORKERS), MOST_WORKERS)


def usable_cores():
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# A file stays in one process: its tests share what took long to make.
STAGES = (
    ("ruff", ["-m", "ruff", "check", "fmviz", "tests", "scripts"]),
    # In one process: the workers of mypy 2.4 are given up on a busy machine before they have come up.
    ("mypy", ["-m", "mypy", "fmviz"]),
    ("pytest", ["-m", "pytest", "-n", str(workers(usable_cores())), "--dist", "loadfile",
                "--no-loadscope-reorder"]),
)


def main(given):
    """Run every stage; returns 0 if all passed, else 1."""
    if not _setup.is_ready("test", False):
        import _install  # late: a ready environment does not pay for it

        _install.install("test", False)
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    failed = []
    for name, arguments in STAGES:
        _setup.say("== " + name + (" (failed so far: " + ", ".join(failed) + ")" if failed else ""))
        begun = time.monotonic()
        command = [str(_setup.venv_python())] + arguments + (given if name == "pytest" else [])
        if subprocess.call(command, cwd=str(_setup.ROOT), env=environment) != 0:
            failed.append(name)
        if name != "pytest":
            _setup.say("== {}: {}, {:.1f} s".format(
                name, "failed" if name in failed else "passed", time.monotonic() - begun))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_setup.guarded(main, sys.argv[1:]))
