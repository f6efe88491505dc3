"""A function of ours with one text of its source replaced, for as long as a block lasts."""

from __future__ import annotations
import __future__

import inspect
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FunctionType


@dataclass(frozen=True, slots=True)
class Mutation:
    """A function in whose source one text is another one.

    Args:
        function: the function, or the method of a class.
        old: the text, which is there once.
        new: what is there instead.
    """

    function: Callable[..., object]
    old: str
    new: str

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the function run the changed source, wherever it was imported, until the block ends."""
        function: FunctionType = self.function  # type: ignore[assignment]
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(self.old) == 1, f"{self.old!r} is not in {function.__qualname__} once"
        names: dict[str, FunctionType] = {}
        changed = source.replace(self.old, self.new)
        flags = __future__.annotations.compiler_flag
        code = compile(changed, inspect.getfile(function), "exec", flags=flags, dont_inherit=True)
        exec(code, dict(function.__globals__), names)  # noqa: S102 - the function's own source
        original, function.__code__ = function.__code__, names[function.__name__].__code__
        try:
            yield
        finally:
            function.__code__ = original
