"""Completion follows the parsers: every command and option is in every script, and bash completes with its own."""

from __future__ import annotations

import argparse
import shlex
import subprocess

import pytest

from fmviz.cli import main
from fmviz.commandline.arguments import SHELLS
from fmviz.commandline.commands import COMMANDS, parser_of
from fmviz.commandline.completion import flags_of


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is printed for a shell."""
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_there(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = script(shell, capsys)
    for name in COMMANDS:
        assert name in said
        for option in flags_of(parser_of(name)):
            assert option.help != argparse.SUPPRESS
            for word in option.names:
                assert (word.lstrip("-") if shell == "fish" else word) in said
            assert all(value in said for value in option.values)


@pytest.mark.parametrize(("typed", "expected", "absent"), [
    ("fmviz ", {*COMMANDS, "--help", "--version"}, set()),
    ("fmviz re", {"render"}, {"train"}),
    ("fmviz train --", {"--out", "--coupling", "--quiet", "--source"}, {"--view", "--trajectory"}),
    ("fmviz render a.gif --view ", {"story", "trails", "speed-map", "all"}, {"--view", "magnitude"}),
    ("fmviz train --target mo", {"moons"}, {"--target"}),
    ("fmviz train --coupling ", {"random", "ot"}, {"--out"}),
    ("fmviz render a.gif --preset s", {"slide", "slide-gif", "square"}, {"paper"}),
    ("fmviz train --source-place ", {"fit", "match-axes"}, {"--place"}),
    ("fmviz train --steps ", set(), {"--out"}),
    ("fmviz completion ", set(SHELLS), {"train"}),
])
def test_bash_completes(typed: str, expected: set[str], absent: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = typed.split(" ")
    line = f"{script('bash', capsys)}\nCOMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}\n_fmviz\n"
    answer = subprocess.run(["bash", "-c", line + "printf '%s\\n' \"${COMPREPLY[@]}\""], capture_output=True, text=True,
                            check=True)
    assert answer.stderr == ""
    found = set(answer.stdout.split())
    assert expected <= found
    assert not absent & found


def test_an_unknown_shell_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    error = capsys.readouterr().err
    assert "'tcsh'" in error
    assert all(shell in error for shell in SHELLS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_can_be_quiet(name: str) -> None:
    assert any("--quiet" in option.names for option in flags_of(parser_of(name)))
