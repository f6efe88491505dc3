"""Run a command that ends when its parent process ends; a script, standard library only.

`guard.py -- command` stops the command and all its child processes when the guard's standard input closes;
the operating system closes it when the parent ends in any way, SIGKILL included.
`guard.py --keep-alive FILE -- command` runs in the background for as long as FILE exists and its content is
the one that it had at the start.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

_GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.2


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: `[--keep-alive FILE] -- command...`.
    """
    separator = arguments.index("--")
    options, command = arguments[:separator], arguments[separator + 1 :]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - the caller chooses the command
    keep_running = _file_is_unchanged(Path(options[1])) if options else _parent_is_alive
    threading.Thread(target=_watch, args=(child, keep_running), daemon=True).start()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _stopper(child))
    try:
        return child.wait()
    finally:
        _kill(child.pid, signal.SIGKILL)  # child processes that the command has not stopped


def _parent_is_alive() -> bool:
    return bool(os.read(sys.stdin.fileno(), 1024))


def _file_is_unchanged(file: Path) -> Callable[[], bool]:
    first = _content(file)

    def unchanged() -> bool:
        time.sleep(_POLL_SECONDS)
        return _content(file) == first

    return unchanged


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _stopper(child: "subprocess.Popen[bytes]") -> Callable[[int, FrameType | None], None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=_stop, args=(child,), daemon=True).start()

    return stop


def _watch(child: "subprocess.Popen[bytes]", keep_running: Callable[[], bool]) -> None:
    while keep_running():
        pass
    _stop(child)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    _kill(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while child.returncode is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS / 10)
    _kill(child.pid, signal.SIGKILL)


def _kill(group: int, number: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
