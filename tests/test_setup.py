"""The set-up scripts: what counts as ready, what is asked of pip, and what the user reads when something is missing."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.specifiers import SpecifierSet

from fmviz import __version__
from fmviz.app import system_libraries
from fmviz.app.doctor import BAD_PYSIDE, is_bad_pyside
from fmviz.app.system_libraries import has_screen
from fmviz.core.resources import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """The scripts' modules, imported as they import each other."""
    path = list(sys.path)
    sys.path.insert(0, str(SCRIPTS))
    import run
    import test as test_script

    import _install
    import _machine
    import _python
    import _setup
    import _system
    yield {"setup": _setup, "install": _install, "python": _python, "machine": _machine, "system": _system, "run": run,
           "test": test_script}
    sys.path[:] = path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an environment, as far as recognising it goes."""
    for name in ("pyproject.toml", "scripts/constraints.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "Scripts").mkdir()
    for interpreter in ("bin/python", "Scripts/python.exe"):
        (tmp_path / ".venv" / interpreter).touch()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.12.1\n")
    return tmp_path


@pytest.mark.parametrize("name", ["run.py", "test.py", "_python.py"])
def test_an_old_python_can_read_the_entries(name: str) -> None:
    ast.parse((SCRIPTS / name).read_text(encoding="utf-8"), feature_version=(3, 4))
    assert not re.search(r"\bf\"|\bf'", (SCRIPTS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_a_python_that_does_not_fit_is_told(scripts: dict[str, ModuleType], version: tuple[int, int]) -> None:
    sentence = scripts["python"].complaint(version)
    assert "%d.%d" % version in sentence  # noqa: UP031
    assert "\n" not in sentence
    assert ("POT" in sentence) is (version > (3, 14))


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_a_fitting_python_is_not_told_anything(scripts: dict[str, ModuleType], version: tuple[int, int]) -> None:
    assert scripts["python"].complaint(version) is None


def test_an_installation_is_remembered(scripts: dict[str, ModuleType], checkout: Path) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    assert not setup.is_installed("run", checkout, venv)
    setup.note_path("installed-run", venv).write_text(setup.recipe("run", checkout, venv), encoding="utf-8")
    assert setup.is_installed("run", checkout, venv)
    assert not setup.is_installed("test", checkout, venv)


def test_a_damaged_note_installs_again(scripts: dict[str, ModuleType], checkout: Path) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    setup.note_path("installed-run", venv).write_bytes(b"\xff\x00\xdc")
    assert not setup.is_installed("run", checkout, venv)


def test_the_tests_environment_serves_the_window(scripts: dict[str, ModuleType], checkout: Path) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    setup.note_path("installed-test", venv).write_text(setup.recipe("test", checkout, venv), encoding="utf-8")
    assert setup.is_installed("run", checkout, venv)


@pytest.mark.parametrize("name", ["pyproject.toml", "scripts/constraints.txt", ".venv/pyvenv.cfg"])
def test_a_change_installs_again(scripts: dict[str, ModuleType], checkout: Path, name: str) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    setup.note_path("installed-run", venv).write_text(setup.recipe("run", checkout, venv), encoding="utf-8")
    with (checkout / name).open("a") as file:
        file.write("# one more line\n")
    assert not setup.is_installed("run", checkout, venv)


def test_a_lost_interpreter_installs_again(scripts: dict[str, ModuleType], checkout: Path) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    setup.note_path("installed-run", venv).write_text(setup.recipe("run", checkout, venv), encoding="utf-8")
    setup.venv_python(venv).unlink()
    assert not setup.is_installed("run", checkout, venv)


def test_an_interrupted_installation_is_not_healthy(scripts: dict[str, ModuleType], tmp_path: Path) -> None:
    setup, install = scripts["setup"], scripts["install"]
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    assert not install.is_healthy(venv)
    (site,) = venv.glob("[Ll]ib/**/site-packages")
    (site / "pip.py").touch()
    assert install.is_healthy(venv)
    setup.note_path("unfinished", venv).write_text("cut off\n")
    assert not install.is_healthy(venv)


def test_a_screen_is_checked_apart_from_none(scripts: dict[str, ModuleType], checkout: Path) -> None:
    setup, venv = scripts["setup"], checkout / ".venv"
    setup.note_path("checked-offscreen", venv).touch()
    assert setup.is_checked(False, venv)
    assert not setup.is_checked(True, venv)
    setup.note_path("checked-screen", venv).touch()
    assert setup.is_checked(True, venv)


def test_a_cpu_build_is_recognised(scripts: dict[str, ModuleType]) -> None:
    has_cpu_build = scripts["install"].has_cpu_build
    assert has_cpu_build("torch (2.15.0)\nAvailable versions: 2.15.0, 2.13.0+cpu, 2.13.0", "2.13.*")
    assert has_cpu_build("Available versions: 2.13.1+cpu", "2.13.*")
    assert not has_cpu_build("Available versions: 2.15.0, 2.13.0, 2.12.0+cpu", "2.13.*")
    assert not has_cpu_build("Available versions: 12.13.0+cpu", "2.13.*")
    assert not has_cpu_build("", "2.13.*")


def pins(python: str) -> dict[str, str]:
    """Return what the constraints pin for one Python, such as "3.12", by canonical name."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    for line in (SCRIPTS / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
                name = canonicalize_name(requirement.name)
                assert name not in found, f"{name} is pinned twice for Python {python}"
                found[name] = pin.version
    return found


def wanted(python: str, *, is_run_only: bool = False) -> dict[str, SpecifierSet]:
    """Return the project table's requirements for one Python, by name."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = list(project["project"]["dependencies"])
    if not is_run_only:
        texts += [*project["project"]["optional-dependencies"]["test"], *project["build-system"]["requires"]]
    fitting = [requirement for requirement in map(Requirement, texts)
               if requirement.marker is None or requirement.marker.evaluate({"python_version": python})]
    assert len({requirement.name for requirement in fitting}) == len(fitting)
    return {requirement.name: requirement.specifier for requirement in fitting}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_pinned_inside_its_range(scripts: dict[str, ModuleType], python: str) -> None:
    from packaging.utils import canonicalize_name

    pinned = pins(python)
    for name, allowed in wanted(python).items():
        assert allowed.contains(pinned[canonicalize_name(name)].replace(".*", ".0")), name
    assert pinned["torch"] == scripts["install"].pinned_torch() == "2.13.*"
    assert all("+" not in version for version in pinned.values())


def test_the_pythons_are_the_same_everywhere(scripts: dict[str, ModuleType]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    allowed = SpecifierSet(project["requires-python"])
    every = [(3, minor) for minor in range(8, 20)]
    fitting = [f"{major}.{minor}" for major, minor in every if allowed.contains(f"{major}.{minor}.0")]
    told = [f"{major}.{minor}" for major, minor in every if scripts["python"].fits((major, minor))]
    assert fitting == told == PYTHONS
    named = [line.split(" :: ")[-1] for line in project["classifiers"] if "Python :: 3." in line]
    assert named == PYTHONS


@pytest.mark.parametrize("python", PYTHONS)
def test_nobody_gets_a_pyside_that_aborts(python: str) -> None:
    requirements = wanted(python, is_run_only=True)
    assert set(requirements) == set(PACKAGES)
    allowed, own = requirements["PySide6-Essentials"], tuple(map(int, python.split(".")))
    is_good = dict.fromkeys((*BAD_PYSIDE, "6.13.1", "7.0.0"), False)
    is_good |= {"6.10.2": True, "6.11.3": True, "6.12.0": own >= (3, 12), "6.12.4": own >= (3, 12)}
    for version, expected in is_good.items():
        assert allowed.contains(version) is expected
        assert is_bad_pyside(version, own) is not expected


def test_missing_libraries_become_one_line(scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> None:
    packages = system_libraries.packages_for(["libEGL.so.1", "libxcb-cursor.so.0"])
    assert packages == ["libegl1", "libxcb-cursor0"]
    assert system_libraries.packages_for(["libEGL.so.1", "something else"]) is None
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(scripts["setup"].Stop, match="sudo apt-get install libegl1 libxcb-cursor0") as caught:
        scripts["system"].get_packages(packages, "Qt needs system libraries.")
    assert caught.value.code == 2


def test_qt_loads_here() -> None:
    assert system_libraries.missing_libraries(sys.executable, with_screen=False) == []


@pytest.mark.parametrize(("said", "remedy"), [
    ("", "There is no build of numpy==2.4 for this machine"),
    ("WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\n", "Check the network"),
])
def test_a_failure_shows_the_log_and_what_to_do(scripts: dict[str, ModuleType], said: str, remedy: str) -> None:
    log = "\n".join(f"line {i}" for i in range(50)) + f"\n{said}ERROR: No matching distribution found for numpy==2.4\n"
    text = scripts["install"].failure("installing", 1, log)
    assert "No matching distribution found for numpy" in text
    assert "line 5\n" not in text
    assert str(scripts["install"].LOG) in text
    assert remedy in text.splitlines()[-1]
    assert "Mend that" in scripts["install"].failure("installing", 1, "No space left on device")


@pytest.mark.parametrize(("machine", "seen"), [
    (("linux", "x86_64", (2, 36)), None),
    (("linux", "aarch64", (2, 41)), None),
    (("darwin", "arm64", (14, 5)), None),
    (("win32", "amd64", ()), None),
    (("linux", "aarch64", (2, 36)), "glibc 2.36"),
    (("linux", "x86_64", (2, 28)), "glibc 2.28"),
    (("linux", "x86_64", ()), "Alpine"),
    (("linux", "riscv64", (2, 41)), "riscv64"),
    (("darwin", "x86_64", (14, 5)), "Intel Macs"),
    (("darwin", "arm64", (13, 2)), "macOS 13.2"),
    (("win32", "arm64", ()), "Windows on ARM"),
    (("freebsd14", "amd64", ()), "freebsd14"),
    (("linux", "x86_64", (2, 36), False), "32-bit"),
    (("linux", "x86_64", (2, 36), True, False), "free-threaded"),
])
def test_a_machine_without_builds_is_said_as_that(scripts: dict[str, ModuleType], machine: tuple[object, ...],
                                                  seen: str | None) -> None:
    said = scripts["machine"].complaint(scripts["machine"].Machine(*machine))
    assert (said is None) is (seen is None)
    assert said is None or (seen in said and "\n" not in said and "network" not in said)


def test_this_machine_is_seen(scripts: dict[str, ModuleType]) -> None:
    assert scripts["machine"].complaint(scripts["machine"].this_machine()) is None


def test_a_failing_stage_stops_with_its_output(scripts: dict[str, ModuleType], tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts["install"], "LOG", tmp_path / "log")
    with pytest.raises(scripts["setup"].Stop, match="the reason") as caught:
        scripts["install"].run_stage("trying", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])
    assert caught.value.code == 1


def test_without_a_screen_the_main_job_is_done_anyway(scripts: dict[str, ModuleType]) -> None:
    run = scripts["run"]
    assert run.arguments_to_start([], True) == []
    assert run.arguments_to_start(["doctor"], False) == ["doctor"]
    demo = run.arguments_to_start([], False)
    assert demo[:4] == ["render", "fmviz-demo.gif", "--compare", "random,ot"]


@pytest.mark.parametrize(("environment", "system", "expected"), [
    ({}, "linux", False),
    ({"DISPLAY": ":0"}, "linux", True),
    ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
    ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
    ({"QT_QPA_PLATFORM": "vnc:port=5900"}, "linux", True),
    ({}, "darwin", True),
    ({}, "win32", True),
])
def test_a_screen_is_seen(environment: dict[str, str], system: str, expected: bool) -> None:
    assert has_screen(environment, system) is expected


def test_an_unready_checkout_imports_only_the_standard_library() -> None:
    code = (f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); sys.argv = ['run.py']; import run, _install, _system; "
            "print([name for name in ('numpy', 'torch', 'PySide6') if name in sys.modules])")
    answer = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_place_where_nothing_can_be_written_is_said(
    scripts: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup, install = scripts["setup"], scripts["install"]
    # A folder in the log's place refuses like a checkout that is read-only, for root too.
    monkeypatch.setattr(install, "LOG", tmp_path)
    assert setup.guarded(lambda _: install.begin_log(), []) == 2
    assert f"Nothing can be written in {tmp_path.parent}" in capsys.readouterr().err


def test_what_the_system_refuses_is_one_sentence(
    scripts: dict[str, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = scripts["setup"]
    assert setup.guarded(lambda _: (tmp_path / "missing" / "note").write_text(""), []) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "missing" / "note") in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("cores", "expected"), [(1, 2), (2, 2), (4, 4), (64, 8)])
def test_the_tests_are_shared_out_over_the_cores(scripts: dict[str, ModuleType], cores: int, expected: int) -> None:
    assert scripts["test"].workers(cores) == expected
    arguments = scripts["test"].PYTEST
    assert arguments[arguments.index("-n") + 1] == str(scripts["test"].workers(scripts["test"].usable_cores()))


def test_the_version_is_the_same_everywhere() -> None:
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == __version__
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_names_the_pythons_and_the_machines(scripts: dict[str, ModuleType]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in readme
    for name in ("Debian 12", "Debian 13", "Ubuntu 22.04", "macOS 14"):
        assert name in scripts["machine"].SYSTEMS
        assert name in readme
