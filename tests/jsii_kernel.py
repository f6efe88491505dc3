"""The kernel of jsii without its host, in the processes of pytest.

jsii's host is a Node of its own, which starts the kernel as another one and relays each call: 140 for a
stack, a third of the CPU time of a synthesis. The kernel is the same program. What tests start, such as the
apps that the CDK CLI runs, has the host, as a user's app.
"""

import base64
import json
import os
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import jsii._kernel.providers.process

_CHANNEL = 3
"""The descriptor from which the kernel reads calls, and to which it writes answers."""


def leave_out_host() -> None:
    """Let the CDK be loaded without the host, when it is imported for the first time."""
    replaced = SimpleNamespace(**{**vars(subprocess), "Popen": _Kernel})
    jsii._kernel.providers.process.subprocess = replaced


class _Kernel(subprocess.Popen[bytes]):
    """Instead of the host that jsii starts."""

    def __init__(self, command: list[str], *, env: dict[str, str], **pipes: int) -> None:
        node, option, host = command
        program = Path(host).parents[1] / "lib" / "program.js"
        if not program.exists():  # JSII_RUNTIME names another host
            super().__init__(command, env=env, **pipes)
            return
        # Where `node` is a script, it might not pass the channel on.
        found = subprocess.run([node, "-p", "process.execPath"], capture_output=True, text=True, check=True)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            super().__init__(
                [found.stdout.strip(), option, "--preserve-symlinks", str(program)],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                close_fds=False,  # descriptors of Python are not inherited
                preexec_fn=lambda: os.dup2(theirs.fileno(), _CHANNEL),
            )
            self.stderr = _Output(self.stdout)
            self.stdin, self.stdout = ours.makefile("wb"), ours.makefile("rb")


class _Output:
    """What the CDK prints, in the form in which the host relays it."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe

    def readline(self) -> bytes:
        """Return the next line, or nothing at the end."""
        line = self._pipe.readline()
        return json.dumps({"stderr": base64.b64encode(line).decode()}).encode() if line else b""

    def close(self) -> None:
        """Close the pipe, as jsii does at its end."""
        self._pipe.close()
