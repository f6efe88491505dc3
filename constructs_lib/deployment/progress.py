"""The steps of a command with the seconds that each took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 44


class Progress:
    """Shows each step with the seconds that it took.

    Args:
        stream: where to write. Default: standard output.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started = time.monotonic()

    @contextmanager
    def step(self, name: str, *, has_output: bool = False) -> Iterator[None]:
        """Show the name of a step when it begins, and how long it took when it ends.

        Args:
            name: a few words.
            has_output: whether the step writes lines of its own. Default: no.
        """
        started, line = time.monotonic(), f"{name} ".ljust(_WIDTH, ".")
        self._write(f"{name}\n" if has_output else line)
        again = line if has_output else ""
        try:
            yield
        except BaseException:
            self._write(f"{again} failed after {time.monotonic() - started:.1f} s\n")
            raise
        self._write(f"{again} {time.monotonic() - started:.1f} s\n")

    def say(self, text: str) -> None:
        """Show a line.

        Args:
            text: the line.
        """
        self._write(f"{text}\n")

    def total(self) -> None:
        """Show how long all steps took."""
        self.say(f"{'total '.ljust(_WIDTH, '.')} {time.monotonic() - self._started:.1f} s")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
