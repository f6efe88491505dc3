"""A line per phase, its seconds beside it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 44


class Progress:
    """Tells somebody who waits what is going on.

    Args:
        stream: where to. Default: standard output.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._begun = time.monotonic()

    @contextmanager
    def phase(self, what: str) -> Iterator[None]:
        """Show what begins now, and at its end how long it took.

        Args:
            what: a few words.
        """
        begun = time.monotonic()
        self._write(f"{what} ".ljust(_WIDTH, "."))
        try:
            yield
        except BaseException:
            self._write(f" failed after {time.monotonic() - begun:.1f} s\n")
            raise
        self._write(f" {time.monotonic() - begun:.1f} s\n")

    def say(self, text: str) -> None:
        """Show a line.

        Args:
            text: the line.
        """
        self._write(f"{text}\n")

    def total(self) -> None:
        """Show how long everything took."""
        self.say(f"{'in all '.ljust(_WIDTH, '.')} {time.monotonic() - self._begun:.1f} s")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
