"""The simple formats of text: prompt and completion, unlabelled text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

import msgspec

from constructs_lib.datasets.faults import Fault, Shown

from .base import Format, NotPerfectError
from .record_checks import known_fields, needs, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.catalog import Limit

    from .record_checks import Record, Seen

_Filled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]


class _Pair(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    prompt: _Filled
    completion: _Filled


class _Input(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    input: _Filled


@dataclass(frozen=True)
class PromptCompletion(Format):
    """The format `prompt-completion`."""

    record: ClassVar[type[msgspec.Struct]] = _Pair

    def _texts(self, records: list[_Pair]) -> list[tuple[str, ...]]:
        limits = self._most("prompt"), self._most("completion")
        if min(limits) < float("inf") and not all(_are_short(one, *limits) for one in records):
            raise NotPerfectError
        return [(one.prompt, one.completion) for one in records]

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        yield from known_fields(record, {"prompt", "completion"})
        for name in ("prompt", "completion"):
            yield from needs(record, name, str)
            if isinstance(record.get(name), str):
                yield from text(record[name], name, self.rules, seen)
                yield from self.words.faults(record[name], name, prompt=name == "prompt")
                yield from self._length(name, record[name])

    def _length(self, name: str, found: str) -> Iterator[Fault]:
        if len(found) > self._most(name):
            limit, per_token = self._limits(name)[0], self.rules.dataset.characters_per_token.value
            what = (
                f"should be at most about {limit.max:,.0f} tokens, reckoned at {per_token:g} characters each"
            )
            got = Shown(f"about {len(found) / per_token:,.0f} tokens")
            yield Fault(f"{name}-tokens-per-record", name, what, got, "shorten it")

    def _limits(self, name: str) -> tuple[Limit, ...]:
        limits = self.rules.dataset.limits
        return limits.get(
            "prompt-tokens-per-record" if name == "prompt" else "completion-tokens-per-record", ()
        )

    def _most(self, name: str) -> float:
        """Return the most characters that a text should have, by the estimate."""
        most = [limit.max for limit in self._limits(name) if limit.max is not None]
        return min(most, default=float("inf")) * self.rules.dataset.characters_per_token.value


def _are_short(pair: _Pair, most_prompt: float, most_completion: float) -> bool:
    return len(pair.prompt) <= most_prompt and len(pair.completion) <= most_completion


@dataclass(frozen=True)
class UnlabelledText(Format):
    """The format `cpt-input`."""

    record: ClassVar[type[msgspec.Struct]] = _Input

    def _texts(self, records: list[_Input]) -> list[tuple[str, ...]]:
        return [(one.input,) for one in records]

    def _faults(self, record: Record, seen: Seen) -> Iterator[Fault]:
        yield from known_fields(record, {"input"})
        yield from needs(record, "input", str)
        if isinstance(record.get("input"), str):
            yield from text(record["input"], "input", self.rules, seen)
