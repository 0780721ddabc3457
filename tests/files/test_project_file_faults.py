"""Files that cannot be written, are cut, damaged, or made to do harm: refused in one sentence, nothing lost."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import changed, pack, parts_of, same_file
from safetensors.numpy import load, save

from fmviz.core.errors import ProjectError
from fmviz.core.export_spec import ExportSpec
from fmviz.core.style import Style
from fmviz.files.project_file import ProjectFile, load_project, save_project


def test_a_failing_save_leaves_the_old_file(tmp_path: Path, full: ProjectFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    before = path.read_bytes()

    class FullDisk(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() > 5000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode="r", **rest: FullDisk(self, "w") if mode == "wb"
                        else real(self, mode, **rest))
    with pytest.raises(ProjectError, match=r"could not be saved: the disk is full; free some space"):
        save_project(path, full)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path: Path, full: ProjectFile) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for path, words in ((tmp_path, "folder"), (tmp_path / "none" / "a.fmviz", "no such file or folder"),
                        (tmp_path / "file" / "a.fmviz", "")):
        with pytest.raises(ProjectError, match=rf"could not be saved: .*{words}"):
            save_project(path, full)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_places_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "words.fmviz").write_text("hello")
    (tmp_path / "empty.fmviz").write_bytes(b"")
    for name, words in (("", "folder"), ("none.fmviz", "no such file"), ("words.fmviz", "damaged or no .fmviz file"),
                        ("empty.fmviz", "damaged or no .fmviz file")):
        with pytest.raises(ProjectError, match=words):
            load_project(tmp_path / name)


def test_a_cut_file_never_opens(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    data = path.read_bytes()
    for cut in [*range(0, len(data), max(1, len(data) // 300)), *range(len(data) - 40, len(data))]:
        path.write_bytes(data[:cut])
        with pytest.raises(ProjectError):
            load_project(path)


def test_a_damaged_file_opens_equal_or_not_at_all(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    said = []
    headers = [place for place in range(len(data)) if data[place : place + 2] == b"PK"]
    places = [*rng.integers(0, len(data), 500), *(place + offset for place in headers for offset in range(46))]
    for place in places:
        if place >= len(data):
            continue
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        try:
            same_file(full, load_project(path))
        except ProjectError as error:
            said.append(str(error))
    assert len(said) > len(places) / 2
    assert not any("\n" in sentence for sentence in said)


def test_a_file_packed_by_another_program_opens(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, parts_of(path))
    same_file(full, load_project(path))


def test_settings_that_are_missing_get_their_defaults(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)

    def forget(settings: dict[str, Any]) -> None:
        settings["project"].pop("style")
        settings["project"]["export"] = {"fps": 10}
        for lane in settings["project"]["lanes"]:
            lane.pop("solver")

    pack(path, changed(parts_of(path), forget))
    project = load_project(path).project
    assert (project.style, project.export, project.lanes) == (Style(), ExportSpec(fps=10.0), full.project.lanes)


@pytest.mark.parametrize(("change", "words"), [
    (lambda s: s.update(schema=99), r"newer fmviz \(file format 99; this one reads up to 4\); update"),
    (lambda s: s.update(schema="1"), "no schema number"),
    (lambda s: s.pop("schema"), "no schema number"),
    (lambda s: s.update(format="zip"), "format"),
    (lambda s: s.update(more=1), "'?\"more\""),
    (lambda s: s["project"].update(lanes=s["project"]["lanes"][:1] * 5, names=[""] * 5, hues=[0] * 5),
     "has 5 panes; give 1 to 4"),
    (lambda s: s["project"]["lanes"][0].update(seed=7), "differ in the seed, which they must share"),
    (lambda s: s["project"]["lanes"][1].update(device="cpu"), "differ in the device, which they must share"),
    (lambda s: s["project"]["lanes"][1].update(coupling="magic"), "Coupling is 'magic'"),
    (lambda s: s["project"]["lanes"][1].update(path="crooked"), "Path is 'crooked'"),
    (lambda s: s["project"].update(names=["A"]), "2 panes and 1 names"),
    (lambda s: s["project"].update(names=["A", "B\n"]), "name of a pane"),
    (lambda s: s["project"].update(names=["A", 3]), "name of a pane"),
    (lambda s: s["project"].update(hues=[0, 0]), "colours of the panes"),
    (lambda s: s["project"].update(hues=[0, 4]), "colours of the panes"),
    (lambda s: s["project"].update(hues=[0]), "2 panes and 1 hues"),
    (lambda s: s["project"]["lanes"][0].update(steps=-3), "Training steps is -3"),
    (lambda s: s["project"]["lanes"][0].update(steps="many"), "Training steps is 'many'"),
    (lambda s: s["project"]["lanes"][0].update(turbo=True), "turbo"),
    (lambda s: s["project"].update(lanes=[]), "0 panes"),
    (lambda s: s["project"].update(lanes={}), "should be a list"),
    (lambda s: s["project"].update(lanes=[3], names=[""], hues=[0]), "should be an object"),
    (lambda s: s["project"].pop("target"), "target"),
    (lambda s: s["project"].update(target={"shape": "mooons"}), "mooons"),
    (lambda s: s["project"].update(target={"shape": "moons", "jitter": "a lot"}), "jitter"),
    (lambda s: s["project"].update(target={"shape": "moons", "jitter": -1}), "jitter"),
    (lambda s: s["project"].update(target={"cloud": "lost"}), r"target\.npy is missing"),
    (lambda s: s["project"].update(target={"shape": "moons", "colour": 3}), "colour"),
    (lambda s: s["project"]["style"].update(bandwidth="wide"), "bandwidth"),
    (lambda s: s["project"]["style"].update(particles=2.5), "particles"),
    (lambda s: s["project"]["style"].update(layers="particles"), "layers"),
    (lambda s: s["project"]["style"].update(layers=[["particles"]]), "layers"),
    (lambda s: s["project"]["export"].update(fps=7), "7 frames per second"),
    (lambda s: s["project"]["export"].update(bounce=1), "bounce"),
    (lambda s: s["project"]["export"].update(closing="twice"), "twice"),
    (lambda s: s["project"]["export"].update(lanes=[7]), "panes are"),
    (lambda s: s.update(learned=[]), "has learned 0"),
    (lambda s: s["learned"][0].update(picture=5), "should be an object"),
    (lambda s: s["learned"][0]["picture"].update(coupling="magic"), "magic"),
    (lambda s: s["learned"][0]["picture"].update(path="cubic"), "no path 'cubic'"),
    (lambda s: s["project"]["lanes"][0].update(path="cubic"), "Path is 'cubic'; choose one of straight, trigonometric"),
    (lambda s: s["learned"][0]["picture"].update(step=-1), "step"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, -1]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, 1e-300]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[0, 0, 5e-324]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[1e308, 0, 1]), "extent"),
    (lambda s: s["learned"][0]["picture"].update(extent=[10**400, 0, 1]), "too large"),
    (lambda s: s["learned"][0]["picture"].update(u_extent=[1e6, 0, 1]), "lies beside"),
    (lambda s: s["learned"][0]["picture"].update(u_extent=[3e8, 0, 1e9]), "lies beside"),
    (lambda s: s["learned"][0]["picture"].update(step=2**63), "too large"),
    (lambda s: s["project"]["source"].update(jitter=1e308), "jitter"),
    (lambda s: s["project"]["export"].update(theme="\ud800"), "theme"),
    (lambda s: s["learned"][0]["picture"].update(scale=0), "scale"),
    (lambda s: s["learned"][0]["picture"].pop("is_final"), "is_final"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(loss="low"), "loss"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(luck=1), "luck"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(exact_error=-0.1), "exact_error is -0.1"),
    (lambda s: s["learned"][0]["picture"]["metrics"].update(loss_floor=-1), "loss_floor is -1"),
    (lambda s: s["learned"][0]["picture"].update(pairs_column_error=-1), "column error is -1"),
    (lambda s: s["learned"][0]["picture"].update(sigma=-5), "Path noise"),
    (lambda s: s["learned"][0]["picture"].update(sigma=1e300), "Path noise"),
])
def test_wrong_settings_are_named(tmp_path: Path, full: ProjectFile, change: Callable[[dict[str, Any]], object],
                                  words: str) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, changed(parts_of(path), change))
    with pytest.raises(ProjectError, match=words):
        load_project(path)


@pytest.mark.parametrize("text", [
    b"", b"[]", b"{", b"nothing", b'{"format": NaN}', b'{"format": 1e999}', b'{"a": 1, "a": 1}', b"\xff\xfe",
    b"[" * 100_000, b'{"schema": ' + b"9" * 5000 + b"}", b'{"format": "fmviz", "schema": 1, "learned": Infinity}',
])
def test_text_that_is_no_json_is_refused(tmp_path: Path, full: ProjectFile, text: bytes) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, {**parts_of(path), "project.json": text})
    with pytest.raises(ProjectError):
        load_project(path)


def retold(name: str, **tensors: np.ndarray | None) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Return a change of the arrays in one part; None removes one."""
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        arrays = {**load(parts[name]), **tensors}
        return {**parts, name: save({key: array for key, array in arrays.items() if array is not None})}

    return change


PICTURE, NETWORK = "lane0.picture.safetensors", "lane0.safetensors"


@pytest.mark.parametrize("change", [
    retold(NETWORK, scale=np.array([np.nan], dtype=np.float32)),
    retold(NETWORK, scale=np.array([np.inf], dtype=np.float32)),
    retold(NETWORK, scale=np.array([1])),
    retold(NETWORK, scale=np.zeros((1,) * 6, dtype=np.float32)),
    retold(NETWORK, **{"n" * 300: np.zeros(1, dtype=np.float32)}),
    retold(NETWORK, **{f"n{i}": np.zeros(1, dtype=np.float32) for i in range(2100)}),
    retold(PICTURE, t=None),
    retold(PICTURE, t=np.zeros(9, dtype=np.float32)),
    retold(PICTURE, t=np.linspace(0, 1, 8, dtype=np.float32)),
    retold(PICTURE, x=np.zeros((9, 40, 3), dtype=np.float16)),
    retold(PICTURE, x=np.zeros((9, 0, 2), dtype=np.float16)),
    retold(PICTURE, x=np.zeros((9, 40, 2), dtype=np.float32)),
    retold(PICTURE, x=np.zeros((9, 20_001, 2), dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 257, 257, 2), dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 1, 1, 2), dtype=np.float16)),
    retold(PICTURE, lattice=np.zeros((9, 500, 500, 2), dtype=np.float16)),
    retold(PICTURE, source=np.zeros((0, 2), dtype=np.float32)),
    retold(PICTURE, target=np.zeros((20_001, 2), dtype=np.float32)),
    retold(PICTURE, **{f"pairs.x{end}": np.zeros((8_193, 2), dtype=np.float32) for end in (0, 1)}),
    retold(PICTURE, **{f"curve.loss{end}": np.zeros(10_001, dtype=np.float32) for end in ("", "_step")}),
    retold(PICTURE, x=np.full((9, 40, 2), np.nan, dtype=np.float16)),
    retold(PICTURE, u=np.zeros((9, 7, 6, 2), dtype=np.float16)),
    retold(PICTURE, source=np.zeros((4, 3), dtype=np.float32)),
    retold(PICTURE, **{"pairs.x0": np.zeros((3, 2), dtype=np.float32)}),
    retold(PICTURE, **{"curve.w2": np.zeros(99, dtype=np.float32)}),
    lambda parts: {**parts, NETWORK: b"junk"},
    lambda parts: {**parts, NETWORK: b""},
    lambda parts: {**parts, NETWORK: (2**40).to_bytes(8, "little") + b"{}"},
    lambda parts: {key: data for key, data in parts.items() if key != NETWORK},
    lambda parts: {key: data for key, data in parts.items() if key != "project.json"},
    lambda parts: {**parts, "source.npy": b"junk"},
    lambda parts: {**parts, "run_me.py": b"print()"},
    lambda parts: {**parts, "../../evil": b""},
])
def test_wrong_parts_are_refused(tmp_path: Path, full: ProjectFile,
                                 change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, change(parts_of(path)))
    with pytest.raises(ProjectError):
        load_project(path)


def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    pack(path, {**parts_of(path), "project.json": b" " * 50_000_000})
    assert path.stat().st_size < 200_000
    with pytest.raises(ProjectError, match="50,000,000 bytes"):
        load_project(path)


def test_parts_that_are_too_much_together_are_refused(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    zeros = bytes(60 * 2**20)
    names = [f"other{number}{kind}.safetensors" for number in range(9) for kind in ("", ".kept")]
    pack(path, {**parts_of(path), **dict.fromkeys(names, zeros)})
    with pytest.raises(ProjectError, match="its parts would take 1,13"):
        load_project(path)


def test_a_small_file_cannot_ask_for_long_animations(tmp_path: Path, full: ProjectFile) -> None:
    path, k = tmp_path / "a.fmviz", 200_000
    save_project(path, full)
    many = retold(PICTURE, t=np.linspace(0, 1, k, dtype=np.float32), x=np.zeros((k, 1, 2), np.float16),
                  u=np.zeros((k, 2, 2, 2), np.float16), lattice=None)
    pack(path, many(parts_of(path)))
    with pytest.raises(ProjectError, match="200000"):
        load_project(path)


@pytest.mark.parametrize("entries", [2_000, 70_000])
def test_a_long_directory_is_refused_before_it_is_read(tmp_path: Path, entries: int) -> None:
    path = tmp_path / "a.fmviz"
    with zipfile.ZipFile(path, "w") as archive:  # above 65,535 entries it is a zip64
        for number in range(entries):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    with pytest.raises(ProjectError, match="the list of its parts"):
        load_project(path)


def test_other_ways_of_packing_are_refused(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        pack(path, parts_of(path), method)
        with pytest.raises(ProjectError, match="unknown way"):
            load_project(path)
        save_project(path, full)


def test_loading_needs_neither_torch_nor_qt(tmp_path: Path, full: ProjectFile) -> None:
    path = tmp_path / "a.fmviz"
    save_project(path, full)
    program = ("import sys; from fmviz.files.project_file import load_project; load_project(sys.argv[1]); "
               "print([name for name in ('torch', 'scipy', 'ot', 'PySide6') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"
