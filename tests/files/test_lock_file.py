"""A lock file belongs to a living process: it is free the moment that process is dead, and not before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fmviz.files.lock_file import facts_in, this_process, try_lock

HOLDER = ("import sys; from pathlib import Path; from fmviz.files.lock_file import try_lock; "
          "lock = try_lock(Path(sys.argv[1])); lock.write({'pid': 1}); print('held', flush=True); "
          "sys.stdin.read(); lock.release()")


def test_it_is_held_once_and_goes_with_its_release(tmp_path: Path) -> None:
    path = tmp_path / "a"
    lock = try_lock(path)
    assert lock is not None
    assert try_lock(path) is None
    lock.write(this_process())
    lock.write({"title": "talk"})
    assert facts_in(path) == {"title": "talk"}
    lock.release()
    lock.release()
    assert not path.exists()
    again = try_lock(path)
    assert again is not None
    again.release(does_stay=True)
    assert path.exists()


@pytest.mark.parametrize("is_killed", [True, False])
def test_another_process_holds_it_until_it_is_dead(tmp_path: Path, python: str, root: Path, is_killed: bool) -> None:
    path = tmp_path / "a"
    with subprocess.Popen([python, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert try_lock(path) is None
        if is_killed:
            process.kill()
        else:
            process.communicate()
        process.wait()
    assert path.exists() is is_killed
    lock = try_lock(path)
    assert lock is not None
    lock.release()


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_words_that_cannot_be_read_are_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a").write_bytes(text)
    assert facts_in(tmp_path / "a") == {}
    assert facts_in(tmp_path / "missing") == {}
