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

# Starts a child process; both write their process id to a file and sleep.
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
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def is_running(process: int) -> bool:
    """Return whether a process runs; a zombie process does not."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() not in ("", "Z", "Z+", "Zs")


def guarded(code: str, note: Path, **options: Path) -> GuardedProcess:
    """Start Python code as a `GuardedProcess`."""
    log = note.with_suffix(".log")
    return GuardedProcess([sys.executable, "-c", code, str(note)], env=dict(os.environ), log=log, **options)


def family_of(note: Path) -> list[int]:
    """Return the process ids that `FAMILY` has written."""
    files = [note, note.with_name(f"{note.name}.child")]
    assert until(lambda: all(file.exists() and file.read_text() for file in files))
    return [int(file.read_text()) for file in files]


def test_stop_ends_the_command_and_its_children(tmp_path: Path) -> None:
    """`stop` ends the command and every process that it started."""
    process = guarded(FAMILY, tmp_path / "note")
    family = family_of(tmp_path / "note")
    process.stop()

    assert until(lambda: not any(map(is_running, family)))
    process.stop()


def test_a_killed_parent_ends_the_command_and_its_children(tmp_path: Path) -> None:
    """After SIGKILL, when the parent cannot clean up."""
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

    assert until(lambda: not any(map(is_running, family)))


def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A command that is still running a moment after SIGTERM gets SIGKILL."""
    process = guarded(STUBBORN, tmp_path / "note")
    assert until((tmp_path / "note").exists)
    process.stop()

    assert process.poll() != 0


@pytest.mark.parametrize("end", ["unlink", "write_text"])
def test_a_background_command_runs_until_its_file_is_removed_or_changed(tmp_path: Path, end: str) -> None:
    """It ends when the file is removed, or when a later start has written another content."""
    file = tmp_path / "running"
    file.write_text("first")
    process = guarded(FAMILY, tmp_path / "note", keep_alive_file=file)
    family = family_of(tmp_path / "note")
    assert all(map(is_running, family))

    getattr(file, end)(*(["second"] if end == "write_text" else []))

    assert until(lambda: not any(map(is_running, family)))
    process.stop()


@pytest.mark.parametrize("status", [0, 7])
def test_status_and_output_are_those_of_the_command(tmp_path: Path, status: int) -> None:
    """The guard passes on the exit status and the output of the command."""
    process = guarded(f"import sys; print('out'); sys.exit({status})", tmp_path / "note")

    assert process.wait(60) == status
    assert process.output() == "out\n"
    process.stop()


def test_free_ports_are_free_and_different() -> None:
    """`free_ports` returns different free ports; a port with a listener is not free."""
    ports = free_ports(3)
    assert len(set(ports)) == 3
    assert all(map(is_free, ports))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports[0]))
        taken.listen()
        assert not is_free(ports[0])
