"""Run a command that cannot outlive whoever asked for it; a script on its own, standard library only.

`guard.py -- command` stops the command and all its children when the guard's standard input closes, which the
operating system does for a parent that ends in whatever way. `guard.py --while FILE -- command` runs
detached, for as long as FILE exists and holds what it held at the start.
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
_LOOK_SECONDS = 0.2


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: `[--while FILE] -- command...`.
    """
    border = arguments.index("--")
    options, command = arguments[:border], arguments[border + 1 :]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - its purpose
    wanted = _file_stays(Path(options[1])) if options else _parent_lives
    threading.Thread(target=_end_when_unwanted, args=(child, wanted), daemon=True).start()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _ender(child))
    try:
        return child.wait()
    finally:
        _kill(child.pid, signal.SIGKILL)  # what the command started and left behind


def _parent_lives() -> bool:
    return bool(os.read(sys.stdin.fileno(), 1024))


def _file_stays(file: Path) -> Callable[[], bool]:
    first = _content(file)

    def stays() -> bool:
        time.sleep(_LOOK_SECONDS)
        return _content(file) == first

    return stays


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _ender(child: "subprocess.Popen[bytes]") -> Callable[[int, FrameType | None], None]:
    def end(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=_end, args=(child,), daemon=True).start()

    return end


def _end_when_unwanted(child: "subprocess.Popen[bytes]", wanted: Callable[[], bool]) -> None:
    while wanted():
        pass
    _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    _kill(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while child.returncode is None and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS / 10)
    _kill(child.pid, signal.SIGKILL)


def _kill(group: int, number: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
