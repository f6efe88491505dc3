"""One pattern of the service model, and what somebody found who looked at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One pattern, judged.

    Args:
        model: The pattern as the service model writes it.
        linear: A pattern of the same language that cannot backtrack far ("": the model's own cannot).
        words: The rule as a reader needs it ("": the pattern itself is shown).
        example: A value that keeps the rule.
    """

    model: str
    linear: str = ""
    words: str = ""
    example: str = ""

    def accepts(self, text: str) -> bool:
        """Tell whether the whole of `text` matches, in time linear in its length."""
        return _compiled(self.linear or self.model).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
