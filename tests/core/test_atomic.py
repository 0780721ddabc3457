"""A file is written whole or not at all, and only ordinary files are touched."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fmviz.core.atomic import open_ordinary, part_path, refusal, whole_file


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "picture.gif"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
        assert part_path(path, os.getpid()).exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError, GeneratorExit])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "picture.gif"
    path.write_bytes(b"old")

    def write() -> None:
        with whole_file(path) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = tmp_path / "deep" / "project.fmviz"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link = tmp_path / "link"
    try:
        link.symlink_to(path)
    except OSError:
        link = path  # Windows gives links only to some
    with whole_file(link) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert link == path or link.is_symlink()
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o640


def test_long_names_fit(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 120)
    with whole_file(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_folders_and_missing_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "file"):
        with pytest.raises(OSError, match=r".+"), whole_file(path):
            raise AssertionError("the block must not run")
        with pytest.raises(OSError, match=r".+"):
            open_ordinary(path)
    assert list(tmp_path.iterdir()) == []


def test_devices_are_never_read_or_replaced() -> None:
    device = Path(os.devnull)
    if os.name == "posix":
        with pytest.raises(OSError, match="device"):
            open_ordinary(device)
        with pytest.raises(OSError, match="device"), whole_file(device):
            raise AssertionError("the block must not run")
        assert device.is_char_device()


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "the disk is full; free some space"),
                                             (errno.EACCES, "does not allow it; change its permissions"),
                                             (errno.ENOENT, "no such file"), (errno.EIO, "check the file")])
def test_a_refusal_is_in_words(code: int, words: str) -> None:
    assert words in refusal(OSError(code, os.strerror(code)))
    assert refusal(OSError()).endswith("check the file and its folder")
