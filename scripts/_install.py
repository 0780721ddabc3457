"""Making the environment: `.venv`, the pinned packages, the check that they load. Shows one line per stage.

An environment that was interrupted while pip wrote into it carries the note `unfinished` and is made anew; pip's
own cache spares most of the second download. Everything that pip and venv print goes to `.venv-setup.log`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import _machine
import _python
import _setup
import _system
from _setup import CONSTRAINTS, EXTRAS, ROOT, VENV, Stop, note_path, say, venv_python

LOG = ROOT / ".venv-setup.log"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
BUILD_TOOLS = ("hatchling", "editables")
_SHOWN_LINES = 12


def install(extra: str, with_screen: bool) -> None:
    """Bring the environment to what the checkout asks for, then check that Qt and torch load.

    Raises:
        Stop: a stage failed or a system package is missing; the message says what to do.
    """
    started = time.monotonic()
    if not _setup.is_installed(extra):
        refuse_what_cannot_work()
        begin_log()
        say(f"Setting fmviz up in {VENV} (only this once; a first time needs the network and some minutes).")
        make_environment()
        for name in EXTRAS:
            note_path(f"installed-{name}").unlink(missing_ok=True)
        install_packages(extra)
        write_note(f"installed-{extra}", _setup.recipe(extra))
    check(with_screen)
    say(f"Ready after {time.monotonic() - started:.0f} s.")


def begin_log() -> None:
    """Empty the log; says at once if nothing can be written here."""
    try:
        LOG.write_bytes(b"")
    except OSError as error:
        raise Stop(f"Nothing can be written in {LOG.parent} ({error.strerror}); copy fmviz to a folder of yours and "
                   "start it there.") from error


def refuse_what_cannot_work() -> None:
    """Say at once, not after a long download, that there are no builds for this machine."""
    complaint = _machine.complaint(_machine.this_machine())
    if complaint is not None:
        raise Stop(complaint)


def make_environment() -> None:
    """Make `.venv` unless a healthy one is there."""
    if is_healthy():
        return
    _system.require_venv()
    # Made by the base interpreter: the one in .venv cannot replace itself on Windows.
    base = getattr(sys, "_base_executable", None) or sys.executable
    run_stage("making the environment", [base, "-m", "venv", "--clear", str(VENV)])


def is_healthy(venv: Path = VENV) -> bool:
    """Return whether the environment's pip runs, in a fitting Python, and no installation was cut off in it."""
    if not venv_python(venv).exists() or note_path("unfinished", venv).exists():
        return False
    code = f"import sys, pip; sys.exit(not {_python.OLDEST} <= sys.version_info[:2] <= {_python.NEWEST})"
    return subprocess.run([str(venv_python(venv)), "-c", code], capture_output=True, check=False).returncode == 0


def install_packages(extra: str) -> None:
    """Install torch, the other packages and fmviz itself (editable), in that order."""
    if not has_torch():
        run_pip("installing PyTorch (the largest part)", torch_arguments())
    run_pip("installing the build tools", ["-c", str(CONSTRAINTS), *BUILD_TOOLS])
    wanted = ",".join(EXTRAS[extra])
    run_pip("installing Qt, the other packages and fmviz", [
        "-c", str(CONSTRAINTS), "--no-build-isolation", "-e", f"{ROOT}[{wanted}]" if wanted else str(ROOT)])


def has_torch(venv: Path = VENV) -> bool:
    """Return whether some build of the pinned torch is there; pip writes RECORD last."""
    pattern = f"torch-{pinned_torch().removesuffix('.*')}.*.dist-info/RECORD"
    return any(any(venv.glob(f"{site}/{pattern}")) for site in ("lib/python3.*/site-packages", "Lib/site-packages"))


def pinned_torch() -> str:
    """Return torch's version as the constraints write it, for example `2.13.*`."""
    match = re.search(r"^torch==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise Stop(f"{CONSTRAINTS} has no line 'torch==...'; restore the file.")
    return match[1]


def torch_arguments() -> list[str]:
    """Return pip's arguments for torch: on Linux without an NVIDIA GPU a CPU build, where one can be had.

    The build on PyPI for Linux brings some GB of CUDA packages that nothing here would use. A CPU build is a version
    with the local part `+cpu`; pip prefers it wherever it sees one, so the question is only where to look.
    """
    requirement = f"torch=={pinned_torch()}"
    usual = ["-c", str(CONSTRAINTS), requirement]
    if not sys.platform.startswith("linux") or has_nvidia() or offers_cpu_build([]):
        return usual
    if offers_cpu_build(["--index-url", CPU_INDEX, "--retries", "0", "--timeout", "15"]):
        # Without dependencies: that index has versions of its own; the next stage takes the pinned ones from PyPI.
        return ["--no-deps", "--index-url", CPU_INDEX, requirement]
    say(f"  {CPU_INDEX} cannot be reached, so PyTorch comes with CUDA: some GB more, equally fast here.")
    return usual


def has_nvidia() -> bool:
    """Return whether this Linux machine has an NVIDIA GPU with a driver."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def offers_cpu_build(options: Sequence[str]) -> bool:
    """Return whether pip, asked with `options`, sees a CPU build of the pinned torch. Downloads no package."""
    answer = subprocess.run([str(venv_python()), "-m", "pip", "index", "versions", "torch", *options],
                            capture_output=True, text=True, env=pip_environment(), check=False)
    return has_cpu_build(answer.stdout, pinned_torch())


def has_cpu_build(listing: str, pinned: str) -> bool:
    """Return whether `pip index versions torch` lists a `+cpu` build that `pinned` (such as 2.13.*) accepts."""
    return re.search(rf"\b{re.escape(pinned.removesuffix('.*'))}(\.\d+)*\+cpu\b", listing) is not None


def check(with_screen: bool) -> None:
    """Check in processes of their own that Qt's libraries and torch load, and remember it."""
    if _setup.is_checked(with_screen):
        return
    _system.require_qt_libraries(venv_python(), with_screen)
    command = [str(venv_python()), "-P", "-c", "import torch"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"])[-1]
        remedy = ("install the Microsoft Visual C++ Redistributable (https://aka.ms/vs/17/release/vc_redist.x64.exe)"
                  if os.name == "nt" else f"delete {VENV}")
        raise Stop(f"PyTorch does not load ({reason}); {remedy} and start again.")
    write_note("checked-screen" if with_screen else "checked-offscreen", "Qt and torch load.\n")


def run_pip(label: str, arguments: Sequence[str]) -> None:
    """Run `pip install` as one stage; while it writes, the environment counts as unfinished."""
    write_note("unfinished", "An installation was cut off here.\n")
    # A package without a build for this machine is said at once; to compile one takes tools that few have.
    command = [str(venv_python()), "-m", "pip", "install", "--progress-bar", "off", "--only-binary", ":all:"]
    try:
        run_stage(label, [*command, *arguments])
    except Stop:
        # pip failed by itself and leaves no half-written package; only a kill or Ctrl-C does.
        note_path("unfinished").unlink(missing_ok=True)
        raise
    note_path("unfinished").unlink(missing_ok=True)


def pip_environment() -> dict[str, str]:
    """Return the environment for pip: the user's settings, less what cannot work in a virtual environment."""
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0",
            "PYTHONUNBUFFERED": "1"}


def run_stage(label: str, command: Sequence[str]) -> None:
    """Run one command with its output in the log and one line on the terminal that ends with the time taken.

    Raises:
        Stop: it failed; the message holds the log's last lines.
    """
    shows_clock = sys.stderr.isatty()
    begun = time.monotonic()
    if not shows_clock:
        say(f"  {label} ...")
    with LOG.open("ab") as log:
        log.write(("\n$ " + " ".join(command) + "\n").encode())
        log.flush()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env=pip_environment(), cwd=ROOT)
        try:
            code = _watch(process, f"  {label}", begun, shows_clock)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if shows_clock:
        # Spaces over what was longer: not every Windows console knows escape codes.
        print(f"\r  {label}: {time.monotonic() - begun:.0f} s   ", file=sys.stderr, flush=True)
    if code != 0:
        raise Stop(failure(label, code, LOG.read_text(encoding="utf-8", errors="replace")), code=1)


def _watch(process: subprocess.Popen[bytes], label: str, begun: float, shows_clock: bool) -> int:
    while True:
        try:
            return process.wait(timeout=1.0 if shows_clock else None)
        except subprocess.TimeoutExpired:
            print(f"\r{label} ... {time.monotonic() - begun:.0f} s", end="", file=sys.stderr, flush=True)


def failure(label: str, code: int, log: str) -> str:
    """Return what the user reads when a stage failed: its last lines, the log's place, what to do."""
    lines = [line for line in log.splitlines() if line.strip()][-_SHOWN_LINES:]
    remedy = "Mend that and start again."
    if _machine.has_no_network(log):
        remedy = "Check the network and start again."
    elif (package := _machine.missing_build(log)) is not None:
        remedy = f"There is no build of {package} for this machine and this Python; {_machine.SYSTEMS}."
    return "\n".join([*(f"    {line}" for line in lines),
                      f"Failed while {label} (exit code {code}); all of it is in {LOG}. {remedy}"])


def write_note(name: str, text: str) -> None:
    """Write one note about the environment in one move."""
    path = note_path(name)
    beside = path.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
