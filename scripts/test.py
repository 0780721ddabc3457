"""`python3 scripts/test.py [arguments of pytest]`: set up what is missing, then ruff, mypy and pytest, all of them.

Returns non-zero if any of them failed. mypy, which works on one core, runs beside pytest and is told of after it;
pytest shares the test files out over the cores; everything runs without a screen. What is given comes after the
scripts' own arguments and wins over them: `-n 0` keeps all in one process, as `--pdb` needs it. Read by every Python
there is, so: no syntax newer than Python 2.7.
"""

import _python

_python.require()

import os  # noqa: E402 - nothing else may be imported by a Python that does not fit
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402

import _setup  # noqa: E402

# Tests often wait for a process, so two share even one core well; each worker can have an engine of some 400 MB.
FEWEST_WORKERS, MOST_WORKERS = 2, 8


def workers(cores):
    """Return how many processes run tests on so many cores."""
    return min(max(cores, FEWEST_WORKERS), MOST_WORKERS)


def usable_cores():
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


RUFF = ["-m", "ruff", "check", "fmviz", "tests", "scripts"]
# In one process: the workers of mypy 2.4 are given up on a busy machine before they have come up.
MYPY = ["-m", "mypy", "fmviz"]
# A file stays in one process: its tests share what took long to make.
PYTEST = ["-m", "pytest", "-n", str(workers(usable_cores())), "--dist", "loadfile", "--no-loadscope-reorder"]


def main(given):
    """Run all of them; returns 0 if all passed, else 1."""
    if not _setup.is_ready("test", False):
        import _install  # late: a ready environment does not pay for it

        _install.install("test", False)
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each of hundreds of processes would compile the package anew
    options = {"cwd": str(_setup.ROOT), "env": environment}
    python = str(_setup.venv_python())
    codes = {}
    _setup.say("== ruff")
    codes["ruff"] = subprocess.call([python] + RUFF, **options)
    with tempfile.TemporaryFile() as said:
        mypy = subprocess.Popen([python] + MYPY, stdout=said, stderr=subprocess.STDOUT, **options)
        _setup.say("== pytest, and mypy beside it")
        codes["pytest"] = subprocess.call([python] + PYTEST + given, **options)
        codes["mypy"] = mypy.wait()
        said.seek(0)
        _setup.say("== mypy\n" + said.read().decode("utf-8", "replace").rstrip())
    failed = sorted(name for name, code in codes.items() if code != 0)
    _setup.say("== " + ("failed: " + ", ".join(failed) if failed else "all passed"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_setup.guarded(main, sys.argv[1:]))
