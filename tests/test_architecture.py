"""The direction of the arrows between the packages, and what each process may load."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fmviz"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Package of fmviz -> packages of fmviz it may import, itself aside.
ARROWS = {
    "core": set(),
    "files": {"core"},
    "flow": {"core"},
    "engine": {"core", "files"},
    "canvas": {"core"},
    "film": {"core", "files", "canvas"},
    "views": {"core", "files", "engine", "canvas", "film"},
}
# The child process's half of the engine is where learning lives; it imports `flow` when it runs.
ENGINE_CHILD = {"worker.py", "host.py"}
HEAVY = {"torch", "ot", "scipy"}
QT = {"PySide6", "pyqtgraph", "shiboken6"}
FORBIDDEN_OUTSIDE = {
    "core": QT | HEAVY,
    "files": QT | HEAVY,
    "flow": QT,
    "engine": HEAVY | {"pyqtgraph"},
    "canvas": HEAVY,
    "film": HEAVY,
    "views": HEAVY,
}
LONGEST_FILE = 500


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    """Return a file's path from the root, for a message."""
    return str(path.relative_to(ROOT))


@cache
def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Return (module, whether it is imported when the file is) for every import statement, at any depth.

    Imports under `if TYPE_CHECKING` count: a type is an arrow too.
    """
    tree = tree_of(path)
    late = {id(node) for function in ast.walk(tree) if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            for node in ast.walk(function)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in late) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its arrow"
            assert node.module is not None
            found.append((node.module, id(node) not in late))
            if node.module == "fmviz":
                found += [(f"fmviz.{alias.name}", id(node) not in late) for alias in node.names]
            found += [(f"{node.module}.{alias.name}", id(node) not in late) for alias in node.names
                      if node.module.startswith("fmviz.")]
    return found


def first_circle(arrows: dict[str, set[str]]) -> list[str]:
    """Return some modules that import each other in a circle, in order; none if there is no circle."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return way[way.index(name) :]
        if name not in done:
            for other in sorted(arrows[name]):
                if circle := walk(other, [*way, name]):
                    return circle
            done.add(name)
        return []

    return next((circle for name in sorted(arrows) if (circle := walk(name, []))), [])


def arrows_between(paths: dict[str, Path], only_early: bool) -> dict[str, set[str]]:
    """Return module -> modules among `paths` that it imports; those of a package's `__init__` are its own.

    Args:
        only_early: leave out what is imported when a function runs.
    """
    arrows: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for module, is_early in imports_of(path):
            if module in paths and (is_early or not only_early):
                arrows[name].add(module)
    return arrows


def area(path: Path) -> str:
    """Return the package under fmviz that a file belongs to, "" for the top."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def may_import(path: Path, module: str, is_early: bool) -> bool:
    """Whether an import of a file in one of the packages follows the arrows."""
    package, parts = area(path), module.split(".")
    if parts[0] != "fmviz" or len(parts) == 1 or parts[1] == "__version__":
        return parts[0] not in FORBIDDEN_OUTSIDE[package]
    is_child = package == "engine" and parts[1] == "flow" and not is_early and path.name in ENGINE_CHILD
    return parts[1] in ARROWS[package] | {package} or is_child


def test_arrows_point_one_way() -> None:
    assert [f"{named(path)} imports {module}" for path in MODULES if area(path) in ARROWS
            for module, is_early in imports_of(path) if not may_import(path, module, is_early)] == []


def test_imports_are_acyclic() -> None:
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    assert first_circle(arrows_between(paths, only_early=True)) == []


def test_imports_of_the_scripts_are_acyclic() -> None:
    paths = {path.stem: path for path in (ROOT / "scripts").rglob("*.py")}
    assert first_circle(arrows_between(paths, only_early=False)) == []


def test_a_circle_is_found() -> None:
    assert first_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert first_circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_a_file_is_one_idea_and_says_what_it_owns() -> None:
    assert [named(path) for path in MODULES if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE] == []
    assert [named(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


def test_a_constant_is_given_once() -> None:
    for path in MODULES:
        given = [name.id for node in tree_of(path).body if isinstance(node, ast.Assign)
                 for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        assert len(given) == len(set(given)), named(path)


def loaded_by(modules: list[str], python: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after importing `modules`."""
    code = (
        "import importlib, json, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    answer = subprocess.run([python, "-c", code, *modules], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(answer.stdout))


def modules_of(*packages: str) -> list[str]:
    """Return the dotted names of all modules in these packages of fmviz."""
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for path in MODULES if area(path) in packages]


def test_the_window_never_loads_torch(python: str) -> None:
    window = [*modules_of("core", "files", "engine", "canvas", "film", "views", "app"), "fmviz.cli"]
    assert not loaded_by(window, python) & HEAVY


@pytest.mark.parametrize("package", ["core", "files", "flow"])
def test_arithmetic_never_loads_qt(package: str, python: str) -> None:
    assert not loaded_by(modules_of(package), python) & QT


def test_the_command_line_starts_light(python: str) -> None:
    assert not loaded_by(["fmviz.cli"], python) & (QT | HEAVY | {"numpy"})


def test_the_map_of_the_house_names_what_is_there() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    for row in re.findall(r"`([^`\n]+)`", text):
        named = [(ROOT if name.startswith("tests/") else PACKAGE) / name
                 for name in re.findall(r"[a-z_]+/[a-z_]+\.py", row)]
        if dotted := re.fullmatch(r"([a-z]+)\.([a-z_]+)(?:\.([A-Z]\w+|[a-z_]+)\b.*)?", row):
            named.append(PACKAGE / dotted[1] / f"{dotted[2]}.py")
            if dotted[3]:
                assert re.search(rf"\b(?:def|class) {dotted[3]}\b", named[-1].read_text(encoding="utf-8")), row
        assert all(path.exists() for path in named), row


def test_both_themes_name_every_colour() -> None:
    from fmviz.core.theme import Theme, load_theme

    table = json.loads((ROOT / "resources" / "theme.json").read_text(encoding="utf-8"))
    expected = {field.name for field in fields(Theme)} - {"name"}
    assert set(table) == {"dark", "light"}
    for name, tokens in table.items():
        assert set(tokens) == expected
        for role, value in tokens.items():
            if isinstance(value, str) and value.startswith("#"):
                assert len(value) == 7, f"{name}.{role} is not #rrggbb"
        assert load_theme(name).name == name


def test_no_colour_is_written_outside_the_theme() -> None:
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                # Black is what a picture with colours of its own is asked for.
                is_colour = re.fullmatch("#[0-9a-fA-F]{6}", node.value) and node.value != "#000000"
                assert not is_colour, f"{named(path)}: {node.value}; name it in theme.json"


def test_no_test_depends_on_how_fast_the_machine_is() -> None:
    """Waits have one length, which only a hang takes; how long something took is no law, what it waited for is."""
    kinds = (r"timeout=(?!PATIENCE_)\w+", r"(?:monotonic|perf_counter)\(\) - \w+", r"\.join\([\d.]+\)",
             r"assert [\w.]+\.wait\([\d_.]+\)")
    for path in sorted((ROOT / "tests").rglob("*.py")):
        found = re.findall("|".join(kinds), path.read_text(encoding="utf-8"))
        assert found == [], f"{named(path)}: take PATIENCE_S of tests/patience.py, or a clock of the test's own"


def test_nobody_asks_which_model_it_has() -> None:
    models = {node.name for name in ("network", "known_model", "normalizing", "displacement")
              for node in tree_of(PACKAGE / "flow" / f"{name}.py").body if isinstance(node, ast.ClassDef)}
    assert "OneStepMap" in models
    assert [f"{named(path)}:{node.lineno}" for path in MODULES if area(path) in {"flow", "engine"}
            for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name) and node.func.id == "isinstance"
            and {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)} & models] == []
