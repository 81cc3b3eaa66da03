"""The terminal: help, colours, completion, and what is said to a slip of the hand."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from legcause.cli import cli

from .conftest import ROOT, legcause

ESCAPE = b"\x1b["
ALARM = "left calf swollen and warm since the long flight"
COMMANDS = sorted(cli.commands)


def at_terminal(*arguments: str, **environment: str) -> bytes:
    """What the command writes to a terminal."""
    main, side = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen([sys.executable, "-m", "legcause", *arguments], stdout=side, env=clean | environment, cwd=ROOT) as process:
        os.close(side)
        parts = []
        try:
            while part := os.read(main, 65536):
                parts.append(part)
        except OSError:  # Linux's way of saying that the other end has closed
            pass
    os.close(main)
    assert process.returncode == 0
    return b"".join(parts)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_fits_80_columns_and_shows_how_it_is_called(command: str) -> None:
    result = legcause(command, "--help")
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert max(map(len, lines)) <= 80
    assert any(line.startswith(f"  legcause {command} ") or line == f"  legcause {command}" for line in lines[2:])


def test_the_list_of_commands_cuts_none_of_their_descriptions() -> None:
    assert "..." not in legcause("--help").stdout.decode().split("Commands:")[1]


def test_every_option_says_what_it_is_for() -> None:
    options = [(name, option) for name in COMMANDS for option in cli.commands[name].params if isinstance(option, click.Option)]
    assert [f"{name} {option.name}" for name, option in options if not option.help] == []


def test_colours_are_for_terminals() -> None:
    assert ESCAPE in at_terminal("explain", ALARM)
    assert ESCAPE in at_terminal("causes", "gout")
    assert ESCAPE not in legcause("explain", ALARM).stdout
    assert ESCAPE not in at_terminal("explain", ALARM, NO_COLOR="1")
    assert ESCAPE in at_terminal("explain", ALARM, NO_COLOR="")
    assert ESCAPE not in at_terminal("explain", "--help")


def test_colours_change_nothing_but_the_colour() -> None:
    plain = legcause("explain", ALARM, env=os.environ | {"COLUMNS": "80"}).stdout
    seen = at_terminal("explain", ALARM, COLUMNS="80").replace(b"\r\n", b"\n")
    assert re.sub(rb"\x1b\[[\d;]*m", b"", seen) == plain


def completed(words: str) -> list[str]:
    """What zsh would offer for the last of the words."""
    environment = os.environ | {"_LEGCAUSE_COMPLETE": "zsh_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    lines = legcause(env=environment).stdout.decode().split("\n")
    return [value for kind, value in zip(lines[::3], lines[1::3], strict=False) if kind == "plain"]


def test_commands_options_choices_and_causes_complete() -> None:
    assert completed("legcause ") == COMMANDS
    assert completed("legcause review --te") == ["--text-column"]
    assert completed("legcause gaps --format js") == ["jsonl"]
    assert completed("legcause causes g") == ["gout"]


@pytest.mark.parametrize("command", ["classify", "gaps", "review", "evaluate"])
def test_names_of_files_complete(command: str) -> None:
    environment = os.environ | {"_LEGCAUSE_COMPLETE": "zsh_complete", "COMP_WORDS": f"legcause {command} comp", "COMP_CWORD": "2"}
    assert legcause(env=environment).stdout.startswith(b"file\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_read_by_it(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_bytes(legcause("completion", shell).stdout)
    assert b"_LEGCAUSE_COMPLETE" in script.read_bytes()
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    assert subprocess.run([shell, "-n", script], check=False).returncode == 0


def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    program = tmp_path / "legcause"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m legcause "$@"\n')
    program.chmod(0o755)
    typed = 'eval "$(legcause completion bash)"; COMP_WORDS=(legcause cau); COMP_CWORD=1; _legcause_completion legcause; echo "${COMPREPLY[@]}"'
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = subprocess.run(["bash", "--norc", "-c", typed], capture_output=True, env=environment, check=True)
    assert result.stdout == b"causes\n"


@pytest.mark.parametrize(
    ("arguments", "code", "suggestion"),
    [
        (["clasify", "x"], 2, "'classify'"),
        (["reveiw", "x"], 2, "'review'"),
        (["classify", "x", "--tpo", "3"], 2, "'--top'"),
        (["gaps", "x", "--fromat", "csv"], 2, "'--format'"),
        (["causes", "gowt"], 1, "'gout'"),
        (["explain", "legs", "--prior", "{prior}"], 1, "'gout'"),
        (["completion", "powershell"], 2, "'fish'"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(arguments: list[str], code: int, suggestion: str, tmp_path: Path) -> None:
    (tmp_path / "prior.toml").write_text("gowt = 1")
    result = legcause(*(a.format(prior=tmp_path / "prior.toml") for a in arguments))
    assert (result.returncode, result.stdout) == (code, b"")
    assert suggestion in result.stderr.decode()
