"""`python scripts/fuzz.py [KIND ...] [--cases N] [--seed N] [--quick]`: damaged files, each read and, if that works,
drawn.

A kind is a row of `KINDS`: how a file is made from a seed, and what the program does with it. Each case must end in
what it should show or in one `FmvizError`; anything else, more than two seconds or a gigabyte of memory is a fault.
Children do the work, so that even a crash or a flood of memory is one counted case. Prints one row for each kind and
exits with 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import io
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from _fuzz_pictures import make_picture, picture_base, use_picture

MOST_SECONDS = 2.0
MOST_BYTES = 2**30
# A case that takes longer is ended and counted; a busy machine is slow, so the limit above is in processor time.
_HANGS_S = 30.0
_QUICK_CASES = 40
_LONGEST_LINE = 2_000

_ROOT = Path(__file__).resolve().parent.parent

Rng = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """A kind of file: `make(rng, base)` returns its bytes and its ending, `use(path, rng)` reads and draws it.

    base() returns what all of its cases are made from; it runs once, in the parent. `modules` are those that take long
    to load, which is no case's doing.
    """

    base: Callable[[], Any]
    make: Callable[[Rng, Any], tuple[bytes, str]]
    use: Callable[[Path, Rng], None]
    cases: int
    modules: tuple[str, ...] = ()


# Projects.

# Of so many the weights are used, too.
_ASKED = 0.2
_EXTREMES: tuple[Any, ...] = (0, -1, 1, 2, 1e-300, 1e-30, 5e-324, 1e12, 1e18, 1e300, -1e300, 2**31, 2**53 - 1, 0.5,
                              "", "x" * 600, "<img src=x>", "\u202e", None, True, False, [], {}, [0], [[]])


def project_base() -> dict[str, bytes]:
    """Return the parts of a small project with everything in it: four models, a cloud, kept steps, scenes, marks."""
    program = ("import sys; from few_points import measure_few; from fmviz.cli import main; measure_few(setattr); "
               "sys.exit(main())")
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "tests")])
    lanes = ("model=exact", "coupling=ot,alpha=t**2,name=$a$", "reflow=1,solver=dopri5", "model=nf,transform=affine")
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        np.savetxt(f"{folder}/points.csv", rng.normal(size=(150, 2)), delimiter=",")
        subprocess.run([sys.executable, "-c", program, "train", "--source", "gaussian", "--target",
                        f"{folder}/points.csv", *(part for lane in lanes for part in ("--lane", lane)), "--steps", "40",
                        "--width", "16", "--depth", "2", "--batch", "32", "--pool", "32", "--nfe", "4", "--out",
                        f"{folder}/base.fmviz"], check=True, capture_output=True,
                       env=os.environ | {"PYTHONPATH": path})
        from fmviz.core.annotations import KINDS, Annotation
        from fmviz.core.project import Scene
        from fmviz.core.style import Style
        from fmviz.files.project_file import ProjectFile, load_project, save_project

        marks = tuple(Annotation(kind.key, ((0.0, 0.0), (1.0, 0.5), (3.0, 3.0))[:max(kind.fewest, len(kind.places))],
                                 "where $x_t$ is" if kind.has_text else "", factor=3.0 if kind.has_factor else 1.0)
                      for kind in KINDS.values())
        style = replace(Style(), annotations=marks, starts=((0.1, 0.2), (-1.0, 0.5)), probe=(0.5, -0.5), probe_t=0.4,
                        probe_name="$x^*$")
        scenes = (Scene("one", style.with_view("pairs")), Scene("two", style, 0.3, step=10, caption="c"))
        file = load_project(f"{folder}/base.fmviz")
        save_project(f"{folder}/base.fmviz", ProjectFile(replace(file.project, style=style, scenes=scenes),
                                                         file.learned))
        with zipfile.ZipFile(f"{folder}/base.fmviz") as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def make_project(rng: Rng, base: dict[str, bytes]) -> tuple[bytes, str]:
    """Return a project with one to three faults in its settings, its arrays or its container."""
    parts = dict(base)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        name = str(rng.choice(list(parts)))
        kind = rng.random()
        if kind < 0.45:
            parts["project.json"] = _faulty_json(parts["project.json"], rng)
        elif kind < 0.85 and name.endswith(".safetensors"):
            parts[name] = _faulty_tensors(parts[name], rng)
        else:
            parts[name] = flipped(parts[name], rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if rng.random() < 0.5 else zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    data = stream.getvalue()
    return (flipped(data, rng) if rng.random() < 0.2 else data), ".fmviz"


def use_project(path: Path, rng: Rng) -> None:
    """Open a project; draw what it has learned in two views, with axes and what one lane is asked, and its clouds."""
    from fmviz.core.cloud import side_dots
    from fmviz.core.export_spec import ExportSpec
    from fmviz.core.extent import drawing_extent, extent_of_sides
    from fmviz.core.film import film_of
    from fmviz.core.project import LearnedFlow
    from fmviz.core.style import VIEWS
    from fmviz.core.wanted import Wanted
    from fmviz.files.project_file import load_project
    from fmviz.film.painter import FilmPainter

    file = load_project(path)
    project, snapshots = file.project, [lane.snapshot for lane in file.learned]
    for side, other in ((project.source, project.target), (project.target, project.source)):
        side_dots(side)
        drawing_extent(side, other)
    extent_of_sides(project.source, project.target)
    if not any(snapshots):
        return
    lane = int(rng.integers(len(project.lanes)))
    known = file.learned[lane] if lane < len(file.learned) else None
    if known is not None and known.snapshot is not None and known.weights is not None and rng.random() < _ASKED:
        from fmviz.commandline.learning import with_wanted

        snapshots[lane] = with_wanted(LearnedFlow.of(project, lane, known.weights), known.snapshot,
                                      Wanted(starts=project.style.own_starts))
    for view in rng.choice(list(VIEWS), 2, replace=False):
        style = replace(project.style.with_view(str(view)), lanes=())
        spec = ExportSpec(width=320, height=240, format="png", at=float(rng.choice([0.0, 0.37, 1.0])), has_axes=True)
        film = film_of(snapshots, style, spec)
        FilmPainter(film).image(film.shots[0])


def _faulty_json(data: bytes, rng: Rng) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        return flipped(data, rng)
    places = list(_places(value))
    holder, key = places[int(rng.integers(len(places)))]
    choice = rng.random()
    if choice < 0.7:
        holder[key] = _EXTREMES[int(rng.integers(len(_EXTREMES)))]
    elif choice < 0.85:
        del holder[key]
    elif isinstance(holder, list):
        holder.extend(holder[:1] * int(rng.integers(1, 300)))
    else:
        holder[f"{key}2"] = holder[key]
    return json.dumps(value).encode("utf-8", errors="surrogatepass")


def _places(value: Any) -> Any:
    """Yield (holder, key) of every entry, at any depth."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _faulty_tensors(data: bytes, rng: Rng) -> bytes:
    from safetensors.numpy import load, save

    try:
        tensors = dict(load(data))
    except Exception:  # it has a fault already
        return flipped(data, rng)
    name = str(rng.choice(list(tensors)))
    array = tensors[name]
    with np.errstate(all="ignore"):
        faults: tuple[Callable[[], np.ndarray], ...] = (
            lambda: np.zeros_like(array), lambda: array * np.array(1e30, array.dtype),
            lambda: array * np.array(1e-30, array.dtype), lambda: array[:0], lambda: array[:1],
            lambda: np.repeat(array, int(rng.integers(2, 40)), axis=0) if array.ndim else array,
            lambda: np.repeat(array, int(rng.integers(2, 40)), axis=array.ndim - 1) if array.ndim else array,
            lambda: np.swapaxes(array, 0, -1), lambda: array.astype(np.float64), lambda: array.astype(np.int32),
            lambda: array[::-1], lambda: np.where(rng.random(array.shape) < 0.02, np.array(3e4, array.dtype), array),
            lambda: np.full_like(array, np.nan), lambda: array.reshape(-1),
        )
        try:
            changed = faults[int(rng.integers(len(faults)))]()
        except (ValueError, IndexError):
            changed = array.reshape(-1)
    if rng.random() < 0.1:
        del tensors[name]
    else:
        tensors[name] = np.ascontiguousarray(changed)
    return save(tensors)


def flipped(data: bytes, rng: Rng) -> bytes:
    """Return bytes with some of them changed, cut out, doubled or cut off."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 8))):
        if not changed:
            break
        place = int(rng.integers(len(changed)))
        kind = rng.random()
        if kind < 0.5:
            changed[place] ^= 1 << int(rng.integers(8))
        elif kind < 0.7:
            del changed[place:place + int(rng.integers(1, 64))]
        elif kind < 0.9:
            changed[place:place] = changed[place:place + int(rng.integers(1, 64))]
        else:
            del changed[place:]
    return bytes(changed)


# Tables and arrays.

_TOKENS = (b"", b"nan", b"inf", b"1e999", b"1e308", b"-0", b"1,5", b"1.234.567", b"1.234,5", b"(7)", b"#N/A",
           b"\xe2\x88\x923", b"x" * 5_000, b'"', b'""', b"\t", b";", b",", b"\x00", b"\xff\xfe", b"# ", b"=1+1",
           b"9" * 400, b"1_0", b"\xd9\xa3", b"0x1F", b"1D5", b"2024-05-01", b"<b>", b"\r", b"sep=;\n", b"1 234", b"[",
           b"(")
_LARGEST_CASE = 2**17


def _made_tables(is_array: bool) -> list[bytes]:
    sys.path.insert(0, str(_ROOT / "tests" / "files"))
    from table_cases import CASES

    return [case.data for case in CASES if len(case.data) < _LARGEST_CASE and _is_array(case.data) == is_array]


def _is_array(data: bytes) -> bool:
    return data.startswith(b"\x93NUMPY") or (data.startswith(b"PK") and b".npy" in data)


def make_table(rng: Rng, base: list[bytes]) -> tuple[bytes, str]:
    """Return a table with faults in its text, in the parts of a workbook, or in its bytes."""
    data = base[int(rng.integers(len(base)))]
    kind = rng.random()
    if data.startswith(b"PK") and kind < 0.6:
        try:
            data = _faulty_zip(data, rng)
        except zipfile.BadZipFile:
            data = flipped(data, rng)
    elif kind < 0.6:
        data = _faulty_text(data, rng)
    elif kind < 0.8:
        data = flipped(data, rng)
    elif kind < 0.9:
        data = gzip.compress(_faulty_text(data, rng))
        data = flipped(data, rng) if rng.random() < 0.5 else data
    else:
        data = bytes(rng.choice(np.frombuffer(b"0123456789.,;:eE+-\t \r\n\"#'()[]xyNa\x00\xff", np.uint8),
                                int(rng.integers(1, 3_000))))
    return data, str(rng.choice([".csv", ".txt", ".xlsx", ".npy", ""]))


def use_table(path: Path, rng: Rng) -> None:
    """Look at a table and read it, as it is or with faults allowed; no row may be lost without being said. Draw it."""
    from fmviz.core.cloud import Side, side_dots
    from fmviz.core.errors import CloudError
    from fmviz.core.extent import extent_of_sides
    from fmviz.core.placing import PLACES, placed
    from fmviz.core.table import ALL_ROWS, ReadChoice
    from fmviz.files.tables import open_table, read_cloud

    if rng.random() < 0.2:
        open_table(path, is_quick=True).view()
        return
    table = open_table(path, ReadChoice(rows=ALL_ROWS, skips_missing=True, decimal=str(rng.choice([".", ","]))))
    view = table.view()
    try:
        read = read_cloud(path)
        assert read.skipped == 0, "rows were left out that nobody allowed to leave out"
        assert len(read.cloud) == view.count, "rows were lost"
    except CloudError:
        read = table.cloud()
        assert len(read.cloud) + read.skipped == view.count, "rows were lost"
    side = Side(cloud=read.cloud)
    side_dots(side)
    extent_of_sides(side, Side(shape="moons"))
    placed(read.cloud, str(rng.choice(list(PLACES))), Side(shape="moons"), flips_y=True)


def _faulty_text(data: bytes, rng: Rng) -> bytes:
    """Return a text with some cells, lines and separators changed."""
    lines = data.split(b"\n")
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(len(lines)))
        kind = rng.random()
        if kind < 0.5:
            mark = next((mark for mark in (b"\t", b";", b",", b" ") if mark in lines[place]), b",")
            cells = lines[place].split(mark)
            cells[int(rng.integers(len(cells)))] = _TOKENS[int(rng.integers(len(_TOKENS)))]
            lines[place] = mark.join(cells)
        elif kind < 0.6:
            lines.insert(place, _TOKENS[int(rng.integers(len(_TOKENS)))])
        elif kind < 0.7:
            lines[place:place] = lines[:int(rng.integers(1, 200))]
        elif kind < 0.8:
            del lines[place:place + int(rng.integers(1, 30))]
            lines = lines or [b""]
        elif kind < 0.9:
            old, new = (bytes(one) for one in rng.choice([b",", b";", b".", b"\t", b" ", b"-"], 2))
            lines = b"\n".join(lines).replace(old, new).split(b"\n")
        else:
            lines[place] = lines[place] * int(rng.integers(2, 50))
    return b"\n".join(lines)


def _faulty_zip(data: bytes, rng: Rng) -> bytes:
    """Return a zip with faults in one of its members."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = str(rng.choice(list(parts)))
    part = parts[name]
    numbers = list(re.finditer(rb"\d+", part))
    if numbers and rng.random() < 0.6:
        found = numbers[int(rng.integers(len(numbers)))]
        number = str(rng.choice([0, 1, 65_536, 1_048_576, 2**31, 2**63, 10**30, "A", "XFD9"])).encode()
        parts[name] = part[:found.start()] + number + part[found.end():]
    else:
        parts[name] = flipped(part, rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, value in parts.items():
            archive.writestr(member, value)
    return stream.getvalue()


def make_array(rng: Rng, base: list[bytes]) -> tuple[bytes, str]:
    """Return an array, or an archive of some, with faults in its header, its members or its bytes."""
    data = base[int(rng.integers(len(base)))]
    if data.startswith(b"PK"):
        data = _faulty_zip(data, rng) if rng.random() < 0.6 else flipped(data, rng)
    elif rng.random() < 0.6:
        data = flipped(data[:128], rng) + data[128:]
    else:
        data = flipped(data, rng)
    return data, ".npy"


KINDS: dict[str, Kind] = {
    "tables": Kind(partial(_made_tables, False), make_table, use_table, 3_000),
    "arrays": Kind(partial(_made_tables, True), make_array, use_table, 1_000),
    "projects": Kind(project_base, make_project, use_project, 3_000, ("fmviz.commandline.learning",)),
    "pictures": Kind(picture_base, make_picture, use_picture, 1_000),
}


# Running.

@dataclass(frozen=True)
class Outcome:
    """What became of a case: "read", "refused" or a fault's text; processor seconds; bytes of memory at its highest."""

    seed: int
    word: str
    seconds: float = 0.0
    peak: int = 0


def serve(kind: str, base: Any, seeds: Sequence[int], pipe: Connection) -> None:
    """Do some cases in a child, telling each before and after."""
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
    entry = KINDS[kind]
    for name in entry.modules:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            pipe.send(seed)
            pipe.send(_done(entry, base, seed, Path(folder)))


def _done(entry: Kind, base: Any, seed: int, folder: Path) -> Outcome:
    from fmviz.core.errors import FmvizError

    rng = np.random.default_rng([seed, 0])
    data, ending = entry.make(rng, base)
    path = folder / f"case{ending}"
    path.write_bytes(data)
    began = time.process_time()
    try:
        entry.use(path, rng)
        word = "read"
    except FmvizError as error:
        word = "refused" if 0 < len(str(error)) < 1_000 and "\n" not in str(error) else f"a bad sentence: {error}"
    except BaseException:
        word = traceback.format_exc()
    return Outcome(seed, word, time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def run(kind: str, cases: int, first_seed: int) -> list[Outcome]:
    """Return the outcome of every case; a child that dies or hangs is replaced."""
    base, context, outcomes = KINDS[kind].base(), multiprocessing.get_context("spawn"), []
    left = list(range(first_seed, first_seed + cases))
    while left:
        ours, theirs = context.Pipe()
        child = context.Process(target=serve, args=(kind, base, left, theirs))
        child.start()
        theirs.close()
        seed = left[0]
        try:
            while left:
                if not ours.poll(_HANGS_S):
                    raise EOFError
                told = ours.recv()
                if isinstance(told, Outcome):
                    outcomes.append(told)
                    left.remove(told.seed)
                else:
                    seed = told
        except EOFError:
            child.kill()
            child.join()
            outcomes.append(Outcome(seed, f"the process ended or hung (exit code {child.exitcode})"))
            left.remove(seed)
        child.join()
    return outcomes


def faults_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each fault among the outcomes."""
    found = []
    for outcome in outcomes:
        if outcome.word not in ("read", "refused"):
            found.append(f"case {outcome.seed}: {outcome.word}")
        elif outcome.seconds > MOST_SECONDS:
            found.append(f"case {outcome.seed}: {outcome.seconds:.1f} s ({outcome.word})")
        elif outcome.peak > MOST_BYTES:
            found.append(f"case {outcome.seed}, or one before it: {outcome.peak / 2**20:,.0f} MB")
    return found


def main(given: Sequence[str]) -> int:
    """Run the kinds and print their rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}; all of them if none is named")
    parser.add_argument("--cases", type=int, help="how many of each kind")
    parser.add_argument("--seed", type=int, default=0, help="the first case; with --cases 1 one case")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_CASES} cases of each kind")
    asked = parser.parse_args(given)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    any_fault = False
    print("| kind | cases | read | refused | faults | slowest, s | memory, MB |\n|---|---|---|---|---|---|---|")
    for kind in asked.kinds or KINDS:
        cases = asked.cases or (_QUICK_CASES if asked.quick else KINDS[kind].cases)
        outcomes = run(kind, cases, asked.seed)
        faults = faults_of(outcomes)
        count = {word: sum(outcome.word == word for outcome in outcomes) for word in ("read", "refused")}
        print(f"| {kind} | {cases:,} | {count['read']:,} | {count['refused']:,} | {len(faults)} | "
              f"{max(outcome.seconds for outcome in outcomes):.2f} | "
              f"{max(outcome.peak for outcome in outcomes) / 2**20:,.0f} |", flush=True)
        for line in faults[:20]:
            print(line[-_LONGEST_LINE:], file=sys.stderr)
        any_fault = any_fault or bool(faults)
    return 1 if any_fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
