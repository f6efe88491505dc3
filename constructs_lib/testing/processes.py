"""Child processes that end with their parent, and free ports for them."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOOPBACK = "127.0.0.1"
_GUARD = Path(__file__).with_name("guard.py")
_STOP_SECONDS = 10.0


class GuardedProcess:
    """A command that ends, with its child processes, when it is stopped or when this process ends in any way.

    Args:
        command: program and arguments.
        env: its whole environment.
        log: the file its output is written to.
        cwd: the folder it runs in. Default: the current one.
        keep_alive_file: the command runs in the background until this file is removed or changed. Default:
            none, the command ends with this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path | None = None,
        keep_alive_file: Path | None = None,
    ) -> None:
        self.log = log
        options = ["--keep-alive", str(keep_alive_file)] if keep_alive_file else []
        guard = [sys.executable, "-I", "-S", str(_GUARD), *options, "--", *command]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the caller chooses the command
                guard,
                stdin=subprocess.DEVNULL if keep_alive_file else subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    def poll(self) -> int | None:
        """Return the exit status, None while the command is running."""
        return self._process.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Wait until the command ends and return its exit status.

        Args:
            seconds: how long to wait at most. Default: no limit.

        Raises:
            subprocess.TimeoutExpired: the command is still running.
        """
        return self._process.wait(seconds)

    def stop(self) -> None:
        """Stop the command and every process that it started."""
        if self._process.stdin:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def output(self) -> str:
        """Return what the command has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def free_ports(count: int) -> list[int]:
    """Return different ports of the loopback address that are free.

    Args:
        count: how many.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


def is_free(port: int) -> bool:
    """Return whether a port of the loopback address is free.

    Args:
        port: its number.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
