"""Cloud files: every usual dialect is read, everything else is one sentence with what, where and what to do."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest

from fmviz.core.cloud import PointCloud
from fmviz.core.errors import CloudError
from fmviz.files.tables import read_cloud, side_from_text

POINTS = [[1.5, -2.0], [3.0, 4.25], [-0.5, 1e3]]


def npy(array: np.ndarray, **options: bool) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def read(folder: Path, name: str, data: bytes | str) -> PointCloud:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return read_cloud(path).cloud


@pytest.mark.parametrize("text", [
    "1.5,-2\n3,4.25\n-.5,1e3",
    "1.5, -2\r\n3 , 4.25\r\n-0.50,+1E3\r\n",
    "x,y\n1.5,-2.0\n3,4.25\n-0.5,1000\n",
    "\ufeffx,y\n1.5,-2.0\n3,4.25\n-0.5,1000\n",
    '"x","y"\n"1.5","-2.0"\n"3","4.25"\n"-0.5","1000"\n',
    "x;y\n1,5;-2\n3;4,25\n-,5;1000\n",
    "1.5;-2\n3;4.25\n-.5;1000",
    "1.5;-2;\n3;4.25;\n-.5;1000;",
    "sep=;\nx;y\n1,5;-2,0\n3;4,25\n-0,5;1000\n",
    "1.5\t-2\n3\t4.25\n-0.5\t1000",
    "1,5\t-2\n3\t4,25\n-0,5\t1000",
    "  1.5   -2\n 3 4.25\n-0.5 1000 \n",
    "1,5 -2,0\n3 4,25\n-0,5 1000\n",
    "1,5;-2\n3;4,25\n-0,5;1.000\n",
    "# made by hand\n\n1.5,-2\n# the middle\n3,4.25\n   \n% end\n-0.5,1000\n\n\n",
    "1.5,-2\r3,4.25\r-0.5,1000\r",
])
def test_dialects(tmp_path: Path, text: str) -> None:
    cloud = read(tmp_path, "points.csv", text)
    assert cloud.xy == pytest.approx(np.array(POINTS))
    assert cloud.name == "points.csv"
    assert read(tmp_path, "POINTS.CSV", text.encode("utf-16")).xy == pytest.approx(np.array(POINTS))


def test_headings_in_another_code(tmp_path: Path) -> None:
    assert len(read(tmp_path, "p.csv", "x [µm],y [µm]\n1,2\n3,4".encode("latin-1"))) == 2


@pytest.mark.parametrize(("text", "words"), [
    ("", "is empty"),
    (" \n\n", "is empty"),
    ("# only words\n", "has no points"),
    ("x,y\n", "has 0 columns of numbers, its first row is 'x,y'; two are needed"),
    ("1,2\n", "has 1 point with numbers"),
    ("1\n2\n", "has 1 column of numbers, its first row is '1'; two are needed"),
    ("1,2\n3,4\n5,6,7\n", "1 of 3 rows has no point: line 3 has more cells than the table has columns, 2"),
    ("x,y\n# note\n1,2\n3,four\n5,6", "1 of 3 rows has no point: line 4 has 'four' for 'y', which is no finite"),
    ("1,2\n3,\n4,5", "line 2 has nothing for column 2. Correct them, or leave them out with --missing skip"),
    ("1,2\n3,NaN\n4,5", "line 2 has 'NaN' for column 2, which is no finite number"),
    ("1,2\n-inf,3\n4,5", "line 2 has '-inf' for column 1, which is no finite number"),
    ("1,2\n1e999,3\n4,5", "line 2 has '1e999' for column 1, which is no finite number"),
    ("1,2\n1_0,3\n4,5", "line 2 has '1_0' for column 1, which is no finite number"),
    ("1,2\n1e300,3\n", r"Point 2 .* 1e\+13"),
    ("1,2\n4,5\n" + "9" * 5000 + "a,3\n", r"line 3 has '9+\.\.\.' for column 1"),
    ("\x89PNG\r\n\x00\x00", "neither text nor another table"),
    ("1,2\n" * 200_001, "at most 200,000 can be used"),
])
def test_bad_csv(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CloudError, match=words) as caught:
        read(tmp_path, "bad.csv", text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("array", [
    np.array(POINTS), np.array(POINTS, dtype=np.float32), np.asfortranarray(POINTS),
    np.array(POINTS, dtype=">f8"), np.array(POINTS, dtype=np.float16), np.array(POINTS).astype(np.longdouble),
])
def test_npy_types(tmp_path: Path, array: np.ndarray) -> None:
    assert read(tmp_path, "p.npy", npy(array)).xy == pytest.approx(np.array(POINTS))


def test_whole_numbers_and_the_second_version(tmp_path: Path) -> None:
    whole = np.arange(10, dtype=np.int8).reshape(5, 2)
    assert read(tmp_path, "p.npy", npy(whole)).xy.tolist() == whole.tolist()
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array(POINTS), version=(2, 0))
    assert read(tmp_path, "p.npy", stream.getvalue()).xy == pytest.approx(np.array(POINTS))


class Bomb:
    """Would make a file if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize(("array", "words"), [
    (np.zeros((3, 5, 2)), r"shape \(3, 5, 2\)"),
    (np.zeros(6), r"shape \(6,\)"),
    (np.zeros(()), r"shape \(\)"),
    (np.zeros((0, 2)), "has 0 points"),
    (np.zeros((1, 2)), "has 1 point"),
    (np.zeros((200_001, 2), dtype=np.float16), "200,001 points"),
    (np.array([[1, 2], [3, np.nan]]), "row 2 has 'nan' for column 2"),
    (np.array([[1, 2], [3, 4], [3, -np.inf]]), "1 of 3 rows has no point: row 3 has '-inf' for column 2"),
    (np.zeros((3, 2), dtype=complex), "complex128"),
    (np.zeros((3, 2), dtype=bool), "bool"),
    (np.zeros((3, 2), dtype="U5"), "<U5"),
    (np.zeros(3, dtype=[("x", "f4"), ("y", "U4")]), "has 1 column of numbers"),
])
def test_bad_npy(tmp_path: Path, array: np.ndarray, words: str) -> None:
    with pytest.raises(CloudError, match=words):
        read(tmp_path, "bad.npy", npy(array))


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(CloudError, match="Python objects"):
        read(tmp_path, "bad.npy", npy(np.array([[Bomb(trace), 1]] * 3, dtype=object), allow_pickle=True))
    assert not trace.exists()


def test_a_header_that_promises_too_much_allocates_nothing(tmp_path: Path) -> None:
    for shape in ("(1000000000000, 2)", "(-3, 2)", "(3, 2, 10**9)", "(999999999999999999999999999, 2)"):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
        data = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 96
        with pytest.raises(CloudError):
            read(tmp_path, "bad.npy", data)


def test_broken_npy_files_are_refused_wherever_they_break(tmp_path: Path) -> None:
    good = npy(np.array(POINTS))
    rng = np.random.default_rng(0)
    for cut in range(0, len(good), 3):
        with pytest.raises(CloudError):
            read(tmp_path, "bad.npy", good[:cut])
    for _ in range(150):
        data = bytearray(good)
        for place in rng.integers(0, 128, rng.integers(1, 4)):
            data[place] = rng.integers(0, 256)
        try:
            cloud = read(tmp_path, "bad.npy", bytes(data))
        except CloudError:
            continue
        assert np.isfinite(cloud.xy).all()


def test_random_text_gives_a_cloud_or_one_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pieces = ["1", "2.5", "-3e4", "x", ",", ";", "\t", " ", "\n", "\r\n", '"', "nan", "#", "e", ".", "ü", "\ufeff"]
    texts = ["".join(pieces[i] for i in rng.integers(0, len(pieces), rng.integers(1, 30))).encode() for _ in range(300)]
    noise = [rng.integers(0, 256, rng.integers(1, 200), dtype=np.uint8).tobytes() for _ in range(100)]
    said = []
    for data in [*texts, *noise]:
        try:
            assert np.isfinite(read(tmp_path, "fuzz.csv", data).xy).all()
        except CloudError as error:
            said.append(str(error))
    assert len(said) > 200
    assert not any("\n" in sentence for sentence in said)


def test_numbers_survive_a_round_trip(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(0, 100, (500, 2)).astype(np.float32)
    for separator in (",", ";", "\t", " "):
        text = "\n".join(f"{x!r}{separator}{y!r}" for x, y in points.tolist())
        assert np.array_equal(read(tmp_path, "p.csv", text).xy, points)


def test_places_that_are_no_files(tmp_path: Path) -> None:
    for path, words in ((tmp_path, "folder"), (tmp_path / "none.csv", "no such file"),
                        (tmp_path / "none" / "p.npy", "no such file")):
        with pytest.raises(CloudError, match=words):
            read_cloud(path)


@pytest.mark.skipif(os.name != "posix", reason="other systems name files in proper text")
def test_a_name_that_is_no_text_can_be_shown_and_saved(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    try:
        Path(os.fsdecode(path)).write_text("1,2\n3,4\n")
    except OSError:
        pytest.skip("this disk takes only names that are proper text")
    assert read_cloud(os.fsdecode(path)).cloud.name == "\ufffd.csv"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    for name in ("huge.csv", "huge.npy"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(400_000_000)
        with pytest.raises(CloudError, match="400 MB"):
            read_cloud(path)


def test_a_side_is_a_shape_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moons").write_text("1,2\n3,4")
    (tmp_path / "p.csv").write_text("1,2\n3,4")
    assert side_from_text("moons").side.shape == "moons"
    assert side_from_text("Two_piles LEFT").side.shape == "two-piles-left"
    for text in ("p.csv", str(tmp_path / "p.csv"), "./p.csv"):
        assert side_from_text(text).side.label == "p.csv"
    with pytest.raises(CloudError, match=r"no shape 'mooons'; did you mean 'moons'\? .*heart"):
        side_from_text("mooons")
    with pytest.raises(CloudError, match=r"no shape '\?\?'; give one of"):
        side_from_text("??")
    with pytest.raises(CloudError, match="no such file"):
        side_from_text("none.csv")
    assert side_from_text("./moons").side.label == "moons"
    with pytest.raises(CloudError, match="no shape ''"):
        side_from_text("")
