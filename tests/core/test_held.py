"""A held file belongs to a living process: it is free the moment that process is dead, and not before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fmviz.core.held import this_process, try_hold, words_of

HOLDER = ("import sys; from pathlib import Path; from fmviz.core.held import try_hold; "
          "held = try_hold(Path(sys.argv[1])); held.write({'pid': 1}); print('held', flush=True); "
          "sys.stdin.read(); held.release()")


def test_it_is_held_once_and_goes_with_its_release(tmp_path: Path) -> None:
    path = tmp_path / "a"
    held = try_hold(path)
    assert held is not None
    assert try_hold(path) is None
    held.write(this_process())
    held.write({"title": "talk"})
    assert words_of(path) == {"title": "talk"}
    held.release()
    held.release()
    assert not path.exists()
    again = try_hold(path)
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
        assert try_hold(path) is None
        if is_killed:
            process.kill()
        else:
            process.communicate()
        process.wait()
    assert path.exists() is is_killed
    held = try_hold(path)
    assert held is not None
    held.release()


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_words_that_cannot_be_read_are_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a").write_bytes(text)
    assert words_of(tmp_path / "a") == {}
    assert words_of(tmp_path / "missing") == {}
