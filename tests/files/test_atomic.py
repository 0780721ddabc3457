"""A file is written whole or not at all, and only ordinary files are touched."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmviz.core.errors import why_refused
from fmviz.files.atomic import open_ordinary, sweep, whole_file, whole_folder


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "picture.gif"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
        sweep(tmp_path)  # another window's
        assert len(list(tmp_path.iterdir())) == 2
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


WRITER = """
import os, shutil, sys, time
sys.path.insert(0, {root!r})
from fmviz.files.atomic import whole_file, whole_folder
path, what = sys.argv[1:]
if what == "file":
    with whole_file(path) as file:
        file.write(b"half")
        print("half", flush=True)
        time.sleep(600)
if what == "folder":
    with whole_folder(path) as folder:
        (folder / "frame").write_bytes(b"half")
        print("half", flush=True)
        time.sleep(600)
if what == "between":
    rename = os.rename
    def stop(old, new):
        rename(old, new)
        print("half", flush=True)
        time.sleep(600)
    os.rename = stop
    with whole_folder(path):
        pass
if what == "copy":
    def stop(source, target):
        target.write(source.read(2))
        target.flush()
        print("half", flush=True)
        time.sleep(600)
    shutil.copyfileobj = stop
    with whole_file(path) as file:
        file.write(b"the new bytes")
"""


@pytest.fixture
def killed(python: str, root: Path) -> Iterator[Callable[[Path, str], Callable[[], None]]]:
    """Start a writer that stops half-way; what is returned kills it."""
    writers = []

    def start(path: Path, what: str) -> Callable[[], None]:
        writer = subprocess.Popen([python, "-c", WRITER.format(root=str(root)), str(path), what],
                                  stdout=subprocess.PIPE)
        writers.append(writer)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"

        def kill() -> None:
            writer.kill()
            writer.wait()

        return kill

    yield start
    for writer in writers:
        writer.kill()
        writer.communicate()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_part_is_swept_when_its_process_is_dead_and_not_before(killed, tmp_path: Path, what: str) -> None:
    path = tmp_path / "picture"
    kill = killed(path, what)
    before = set(tmp_path.iterdir())
    sweep(tmp_path)
    with whole_file(tmp_path / "other") as file:
        file.write(b"new")
    assert set(tmp_path.iterdir()) == before | {tmp_path / "other"}
    kill()
    assert set(tmp_path.iterdir()) == before | {tmp_path / "other"}
    with whole_file(tmp_path / "other") as file:
        file.write(b"newer")
    assert list(tmp_path.iterdir()) == [tmp_path / "other"]


def test_a_folder_whose_change_was_interrupted_is_the_old_one(killed, tmp_path: Path) -> None:
    path = tmp_path / "frames"
    path.mkdir()
    (path / "frame").write_bytes(b"old")
    kill = killed(path, "between")
    assert not path.exists()
    kill()
    sweep(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames"]
    assert (path / "frame").read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
def test_a_file_of_two_names_keeps_both_also_when_it_was_interrupted(killed, tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"a longer text than the new one")
    os.link(path, other)
    with whole_file(path) as file:
        file.write(b"new")
    assert other.read_bytes() == path.read_bytes() == b"new"
    kill = killed(path, "copy")
    sweep(tmp_path)
    assert path.read_bytes().startswith(b"thw")
    kill()
    with open_ordinary(path) as file:
        assert file.read() == b"the new bytes"
    assert other.read_bytes() == path.read_bytes() == b"the new bytes"
    assert sorted(tmp_path.iterdir()) == [path, other]


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="attributes as Linux has them")
def test_owner_and_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "project.fmviz"
    path.write_bytes(b"old")
    folder = tmp_path / "frames"
    folder.mkdir(0o750)
    owner = (12345, 12345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    for place in (path, folder):
        os.chown(place, *owner)
        try:
            os.setxattr(place, "user.tag", b"talk")
        except OSError:
            pytest.skip("a file system without attributes")
    with whole_file(path) as file:
        file.write(b"new")
    with whole_folder(folder) as new:
        (new / "frame").write_bytes(b"new")
    for place in (path, folder):
        assert os.getxattr(place, "user.tag") == b"talk"
        assert (place.stat().st_uid, place.stat().st_gid) == owner
    assert folder.stat().st_mode & 0o777 == 0o750


def test_files_of_others_are_never_swept(tmp_path: Path) -> None:
    for name in (".picture.gif.1234.part", ".a.part", "a.0123456789abcdef01234567.fmviz-part", ".a.fmviz-part"):
        (tmp_path / name).write_bytes(b"of another program")
    before = set(tmp_path.iterdir())
    sweep(tmp_path)
    sweep(tmp_path / "none")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "the disk is full; free some space"),
                                             (errno.EACCES, "does not allow it; change its permissions"),
                                             (errno.ENOENT, "no such file"), (errno.EIO, "check the file")])
def test_a_refusal_is_in_words(code: int, words: str) -> None:
    assert words in why_refused(OSError(code, os.strerror(code)))
    assert why_refused(OSError()).endswith("check the file and its folder")
