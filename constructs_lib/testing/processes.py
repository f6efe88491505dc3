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
    """A command that ends, children and all, when it is stopped or this process ends in whatever way.

    Args:
        command: program and arguments.
        env: its whole environment.
        log: the file that takes its output.
        cwd: where it runs. Default: here.
        lives_while: a file; the command then runs detached until that file goes or changes. Default: none.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path | None = None,
        lives_while: Path | None = None,
    ) -> None:
        self.log = log
        options = ["--while", str(lives_while)] if lives_while else []
        guard = [sys.executable, "-I", "-S", str(_GUARD), *options, "--", *command]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the caller's own
                guard,
                stdin=subprocess.DEVNULL if lives_while else subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    def poll(self) -> int | None:
        """Return the exit status, None while the command runs."""
        return self._process.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end and return the exit status.

        Args:
            seconds: how long at most. Default: for ever.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        return self._process.wait(seconds)

    def stop(self) -> None:
        """End the command and everything that it started."""
        if self._process.stdin:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """Return what the command has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def free_ports(count: int) -> list[int]:
    """Return different ports of the loopback that nobody listens on.

    Args:
        count: how many.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    """Tell whether a port of the loopback can be listened on.

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
