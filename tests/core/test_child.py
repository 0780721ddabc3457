"""What a child process and the window may import, and how a child words a failure."""

import subprocess

import pytest

from fmviz.core.child import sentence
from fmviz.core.errors import CloudError


def loaded_after(python, root, statement):
    """Return the top-level packages that a fresh interpreter has loaded after one statement."""
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([python, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_window_process_loads_nothing_heavy(python, root):
    names = "session, export, playhead, document, child_process"
    loaded = loaded_after(python, root, f"from fmviz.engine import {names}")
    assert "PySide6" in loaded
    assert not loaded & {"torch", "ot", "scipy", "pyqtgraph"}


def test_the_engine_process_loads_no_qt(python, root):
    loaded = loaded_after(python, root, "from fmviz.engine import answering, host, job_child")
    assert not loaded & {"PySide6", "pyqtgraph"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CloudError("The cloud is empty; draw one."), "The cloud is empty; draw one."),
        (RuntimeError("mat1 and mat2\nTraceback ..."), "Training stopped: mat1 and mat2."),
        (ValueError("Odd."), "Training stopped: Odd."),
        (MemoryError(), "Training stopped: MemoryError."),
        (OSError("no errno"), "Training stopped: no errno."),
    ],
)
def test_a_failure_is_one_sentence(error, words):
    assert sentence(error, "Training stopped") == words
