"""Records with the faults of an earlier one: they are counted, and not checked again.

A file with a fault often has it in every record. What `Format.check` finds depends on the shape of a record,
which is all of it but its texts, and of a text on whether it is blank, has a reserved word or is too long.
Once enough findings of a rule are kept, further records of the same shape only add to the count. A test
proves that they are counted as the full check would count them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from ...findings import Severity
    from ..formats.base import Format
    from ..formats.record_checks import Seen

    Broken: TypeAlias = Mapping[tuple[Severity, str], int]

_TEXTS = frozenset(["text", "content", "prompt", "completion", "input"])
"""The fields whose strings are texts: no rule looks at what they say, but for blanks, words and length."""

_TEXT_BLOCK = dict
"""What stands in a shape for `{"text": "..."}`, the most frequent object by far."""

_MOST_SHAPES = 200
_LONGEST = 1 << 16
_DECODE = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Shape:
    """What is wrong with all records of one shape.

    Args:
        broken: how often each breaks a rule, by severity and rule.
        counted: which of its texts are trained on, by their order in the record.
        is_invalid: whether one of these rules is an error.
    """

    broken: Broken
    counted: tuple[int, ...] = ()
    is_invalid: bool = field(init=False)
    _are_kept: bool = False

    def __post_init__(self) -> None:
        self.is_invalid = "error" in [severity for severity, _ in self.broken]

    def are_kept(self, has_enough: Callable[[Severity, str], bool]) -> bool:
        """Return whether enough findings of each rule are kept; once they are, they stay."""
        self._are_kept = self._are_kept or all(has_enough(*one) for one in self.broken)
        return self._are_kept


class KnownShapes:
    """The shapes of the invalid records of a file, and what is wrong with them.

    Args:
        form: the format of the records, with the model's rules.
        severity_of_syntax: that of a line that is not JSON.
        has_enough: tells whether enough findings of a rule with a severity are kept.
    """

    def __init__(
        self, form: Format, severity_of_syntax: Severity, has_enough: Callable[[Severity, str], bool]
    ) -> None:
        self._form = form
        self._syntax = Shape({(severity_of_syntax, "json"): 1})
        self._has_enough = has_enough
        self._shapes: dict[tuple[object, ...], Shape] = {}

    def recall(self, line: bytes) -> tuple[Shape, list[str]] | None:
        """Return what is wrong with a record, and its texts; None where it needs the full check.

        Args:
            line: the record as JSON.
        """
        if not self._shapes and not self._syntax.are_kept(self._has_enough):
            return None
        try:
            key, texts = self._described(line)
        except msgspec.ValidationError:  # a number that is no number of Python
            return None
        except msgspec.DecodeError:
            is_known = self._syntax.are_kept(self._has_enough) and _is_text(line)
            return (self._syntax, []) if is_known else None
        except (ValueError, RecursionError):
            return None
        shape = self._shapes.get(key)
        return (shape, texts) if shape is not None and shape.are_kept(self._has_enough) else None

    def learn(self, line: bytes, seen: Seen, broken: Broken) -> None:
        """Remember what is wrong with a record.

        Args:
            line: the record as JSON.
            seen: its texts and media.
            broken: how often it breaks each rule.
        """
        is_alone = self._form.checks_each_alone and not seen.media
        if not is_alone or not broken or len(self._shapes) >= _MOST_SHAPES:
            return
        try:
            key, texts = self._described(line)
        except (ValueError, RecursionError):
            return
        counted = {*seen.texts}
        if len({*texts}) == len(texts) and counted <= {*texts, ""}:
            self._shapes[key] = Shape(broken, tuple(at for at, one in enumerate(texts) if one in counted))

    def _described(self, line: bytes) -> tuple[tuple[object, ...], list[str]]:
        """Return the shape of a record and its texts; raise a ValueError where more than the shape counts."""
        if len(line) > _LONGEST:
            raise ValueError("too long to be worth it")
        shape: list[object] = []
        texts: list[str] = []
        _describe(_DECODE(line), shape, texts)
        if any(map(str.isspace, texts)) or self._form.words.occur_in("\0".join(texts)):
            raise ValueError("a text is blank or has a reserved word")
        if self._form.may_be_too_long(texts):
            raise ValueError("the length of the texts counts")
        return tuple(shape), texts


def _describe(value: Any, shape: list[object], texts: list[str]) -> None:  # noqa: ANN401 - any JSON value
    """Append a list or an object to a shape, in an order from which it could be made again, and its texts."""
    add = shape.append
    if type(value) is dict:
        add(len(value))
        for name, item in value.items():
            kind = type(item)
            add(name)
            if kind is str and item and name in _TEXTS:
                texts.append(item)
                add(str)
            elif kind is str:
                add(item)
            elif kind is dict or kind is list:
                _describe(item, shape, texts)
            else:
                add(kind)
                add(item)
    elif type(value) is list:
        add(list)
        add(len(value))
        for item in value:
            kind = type(item)
            if kind is dict and len(item) == 1 and type(text := item.get("text")) is str and text:
                texts.append(text)
                add(_TEXT_BLOCK)
            elif kind is dict or kind is list:
                _describe(item, shape, texts)
            else:
                add(kind)
                add(item)
    else:
        raise ValueError("no object")


def _is_text(line: bytes) -> bool:
    """Return whether a line that msgspec cannot decode is certainly text that is not JSON."""
    if b"\0" in line or b"\\u" in line or not line.strip():
        return False  # half of a surrogate pair is JSON for the standard library
    line.decode()
    return True
