"""Recognizes valid records without conversations: prompts and completions, texts, captions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from ...tokens.token_counter import ESTIMATE, Tokenizer
from .base import Filled, Recognizer, UncertainError

_VALID_REF = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+\.(?:jpe?g|png)", re.DOTALL)


class _Pair(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    prompt: Filled
    completion: Filled


@dataclass(frozen=True)
class Pairs(Recognizer):
    """Recognizes records of the format `prompt-completion`.

    Args:
        rules: the model's.
        prompt: the most tokens that a prompt should have.
        completion: the same of a completion.
        tokenizer: tells how many tokens a text has. Default: they are estimated.
    """

    record: ClassVar[type[msgspec.Struct]] = _Pair
    prompt: float = float("inf")
    completion: float = float("inf")
    tokenizer: Tokenizer = ESTIMATE

    def _accept(self, records: list[_Pair]) -> list[tuple[str, ...]]:
        exceeds, sure = self.tokenizer.exceeds, self.tokenizer.sure_characters
        prompt, completion = sure(self.prompt), sure(self.completion)
        if min(prompt, completion) < float("inf") and any(
            (len(one.prompt) > prompt and exceeds(self.prompt, (one.prompt,)))
            or (len(one.completion) > completion and exceeds(self.completion, (one.completion,)))
            for one in records
        ):
            raise UncertainError
        return [(one.prompt, one.completion) for one in records]


class _Input(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    input: Filled


@dataclass(frozen=True)
class Inputs(Recognizer):
    """Recognizes records of the format `cpt-input`."""

    record: ClassVar[type[msgspec.Struct]] = _Input

    def _accept(self, records: list[_Input]) -> list[tuple[str, ...]]:
        return [(one.input,) for one in records]


class _Caption(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    ref: str = msgspec.field(name="image-ref")
    caption: str = msgspec.field()


@dataclass(frozen=True)
class Captions(Recognizer):
    """Recognizes records of the format `image-caption`.

    Args:
        rules: the model's.
        least: the fewest characters of a caption.
        most: the most characters of a caption.
    """

    record: ClassVar[type[msgspec.Struct]] = _Caption
    texts_identify_record: ClassVar[bool] = False
    least: float = 0
    most: float = float("inf")

    def _accept(self, records: list[_Caption]) -> list[tuple[str, ...]]:
        least, most = self.least, self.most
        if not all(least <= len(one.caption) <= most and _VALID_REF.fullmatch(one.ref) for one in records):
            raise UncertainError
        return [(one.caption,) for one in records]
