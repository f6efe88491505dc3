import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from constructs_lib.testing.processes import GuardedProcess, free_ports, is_free

# Starts a child of its own that notes its id and sleeps, then does so too.
FAMILY = """
import os, pathlib, subprocess, sys, time
note = "import os, pathlib, time; pathlib.Path({!r}).write_text(str(os.getpid())); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", note.format(sys.argv[1] + ".child")])
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(60)
"""
STUBBORN = "import pathlib, signal, sys, time; signal.signal(15, signal.SIG_IGN); "
STUBBORN += "pathlib.Path(sys.argv[1]).write_text('0'); time.sleep(60)"


def until(holds: Callable[[], bool]) -> bool:
    """Wait for something that must come soon, a generous ten seconds at most."""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def lives(process: int) -> bool:
    """Tell whether a process runs (one that ended and was not buried does not)."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() not in ("", "Z", "Z+", "Zs")


def guarded(code: str, note: Path, **options: Path) -> GuardedProcess:
    """Start Python code under guard."""
    log = note.with_suffix(".log")
    return GuardedProcess([sys.executable, "-c", code, str(note)], env=dict(os.environ), log=log, **options)


def family_of(note: Path) -> list[int]:
    """Return the ids that `FAMILY` has noted."""
    files = [note, note.with_name(f"{note.name}.child")]
    assert until(lambda: all(file.exists() and file.read_text() for file in files))
    return [int(file.read_text()) for file in files]


def test_stopping_ends_the_whole_family(tmp_path: Path) -> None:
    """The command and what it has started."""
    process = guarded(FAMILY, tmp_path / "note")
    family = family_of(tmp_path / "note")
    process.stop()

    assert until(lambda: not any(map(lives, family)))
    process.stop()


def test_a_killed_parent_takes_its_guarded_family_along(tmp_path: Path) -> None:
    """Even where it had no chance to clean up: the case of SIGKILL."""
    code = "import sys, time; sys.path[:0] = {!r}; import os, pathlib\n"
    code += "from constructs_lib.testing.processes import GuardedProcess\n"
    code += (
        "GuardedProcess([sys.executable, '-c', {!r}, {!r}], env=dict(os.environ), log=pathlib.Path({!r}))\n"
    )
    code += "time.sleep(60)"
    note, log = tmp_path / "note", tmp_path / "log"
    parent = subprocess.Popen([sys.executable, "-c", code.format(sys.path, FAMILY, str(note), str(log))])
    family = family_of(note)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    assert until(lambda: not any(map(lives, family)))


def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """After a short grace."""
    process = guarded(STUBBORN, tmp_path / "note")
    assert until((tmp_path / "note").exists)
    process.stop()

    assert process.poll() != 0


@pytest.mark.parametrize("end", ["unlink", "write_text"])
def test_a_detached_command_lives_while_its_file_stays_as_it_is(tmp_path: Path, end: str) -> None:
    """It ends when the file goes, or when another start has written it anew."""
    sign = tmp_path / "running"
    sign.write_text("first")
    process = guarded(FAMILY, tmp_path / "note", lives_while=sign)
    family = family_of(tmp_path / "note")
    assert all(map(lives, family))

    getattr(sign, end)(*(["second"] if end == "write_text" else []))

    assert until(lambda: not any(map(lives, family)))
    process.stop()


@pytest.mark.parametrize("status", [0, 7])
def test_status_and_output_come_through(tmp_path: Path, status: int) -> None:
    """As if nobody stood between."""
    process = guarded(f"import sys; print('out'); sys.exit({status})", tmp_path / "note")

    assert process.wait(10) == status
    assert process.said() == "out\n"
    process.stop()


def test_free_ports_are_free_and_different() -> None:
    """And one that is listened on is not free."""
    ports = free_ports(3)
    assert len(set(ports)) == 3
    assert all(map(is_free, ports))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports[0]))
        taken.listen()
        assert not is_free(ports[0])
