"""The records with which the answers of models are compared: one rule for the console and the function.

One JSON object on each line: `prompt`, or `messages` as in a conversation; `referenceResponse`, the answer
that is right; and perhaps `system` and `category`. No text of a record is in what is said about it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_RECORDS = 1000
"""The most prompts that an evaluation of Bedrock takes, too:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-evaluation-prompt-datasets-judge.html."""

FEWEST_RECORDS = 10
"""Fewer records than these never show anything."""

LARGEST = 5 * 1024 * 1024
"""Bytes."""

PROMPT, MESSAGES, SYSTEM = "prompt", "messages", "system"
REFERENCE, CATEGORY = "referenceResponse", "category"
_MEMBERS = (PROMPT, MESSAGES, SYSTEM, REFERENCE, CATEGORY)
_USER, _ASSISTANT = "user", "assistant"
_LONGEST_CATEGORY = 100
_BOM = b"\xef\xbb\xbf"


class Problem(NamedTuple):
    """What is wrong with a record.

    Args:
        line: its line, from 1; 0 for the whole file.
        path: where in the record; "" for the whole line.
        rule: what must be true there.
        fix: what to do.
    """

    line: int
    path: str
    rule: str
    fix: str

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.path or ('the line' if self.line else 'the file')} {self.rule}; {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRecord:
    """One record.

    Args:
        line: its line, from 1.
        messages: what the model is asked, with the names of Converse.
        system: the system prompt, with the names of Converse.
        reference: the answer that is right.
        category: its category, "" where it has none.
    """

    line: int
    messages: Sequence[Mapping[str, Any]]
    system: Sequence[Mapping[str, str]]
    reference: str
    category: str

    @property
    def prompt(self) -> str:
        """The text of the last message."""
        return " ".join(block["text"] for block in self.messages[-1]["content"])


def read_evaluation(
    content: bytes, *, references_are_json: bool = False
) -> tuple[list[EvaluationRecord], list[Problem]]:
    """Return the records of a file, and what is wrong with it: where anything is, no record may be used.

    Args:
        content: the file.
        references_are_json: whether each reference must be JSON. Default: it may be any text.
    """
    if len(content) > LARGEST:
        return [], [Problem(0, "", f"must have at most {LARGEST // 1024**2} MB", "leave out records")]
    records: list[EvaluationRecord] = []
    problems: list[Problem] = []
    lines = content.removeprefix(_BOM).split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found, wrong = _read_line(number, line)
        problems += wrong
        if found:
            records.append(found)
            if references_are_json and not is_json(found.reference):
                problems.append(Problem(number, REFERENCE, "must be JSON for this score", "write it as JSON"))
    count = sum(1 for line in lines if line.strip())
    if not count:
        problems.append(Problem(0, "", "must have a record", "write one JSON object on each line"))
    if count > MOST_RECORDS:
        rule = f"must have at most {MOST_RECORDS:,} records, and has {count:,}"
        problems.append(Problem(0, "", rule, "choose some of them at random"))
    return records, problems


def read_json(text: str) -> object:
    """Return the value of a JSON text; a repeated name, NaN and infinity are no JSON.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_json(text: str) -> bool:
    """Return whether a text is JSON; see `read_json`."""
    try:
        read_json(text)
    except ValueError:
        return False
    return True


class _RepeatedNameError(ValueError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedNameError
    return members


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(_name: str) -> NoReturn:
    raise ValueError


def _read_line(number: int, line: bytes) -> tuple[EvaluationRecord | None, list[Problem]]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None, [Problem(number, "", "must be UTF-8", "save the file as UTF-8")]
    try:
        value = read_json(text)
    except _RepeatedNameError:
        return None, [Problem(number, "", "must not have a member twice", "remove one of them")]
    except ValueError:
        return None, [Problem(number, "", "must be JSON", "write one JSON object on each line")]
    if not isinstance(value, dict):
        return None, [
            Problem(number, "", "must be a JSON object", "write an object with prompt and referenceResponse")
        ]
    wrong = [Problem(number, *one) for one in _wrong(value)]
    return (None if wrong else _record(number, value)), wrong


def _wrong(value: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for name in value:
        if name not in _MEMBERS:
            shown = name[:40] if name.isascii() and name.isprintable() else "a member"
            yield shown, "is not a member of an evaluation record", f"use only {', '.join(_MEMBERS)}"
    if (PROMPT in value) == (MESSAGES in value):
        yield PROMPT, f"must be there, or {MESSAGES}, and not both", "write one of them"
    if PROMPT in value:
        yield from _wrong_text(value[PROMPT], PROMPT)
    if MESSAGES in value:
        yield from _wrong_messages(value[MESSAGES])
    if SYSTEM in value:
        yield from _wrong_content(value[SYSTEM], SYSTEM)
    if REFERENCE not in value:
        yield REFERENCE, "is required", "write the answer that is right"
    else:
        yield from _wrong_text(value[REFERENCE], REFERENCE)
    if CATEGORY in value:
        yield from _wrong_text(value[CATEGORY], CATEGORY)
        if len(str(value[CATEGORY])) > _LONGEST_CATEGORY:
            yield CATEGORY, f"must have at most {_LONGEST_CATEGORY} characters", "shorten it"


def _wrong_text(value: object, path: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, str):
        yield path, "must be a text", "write a text"
    elif not value.strip():
        yield path, "must not be empty", "write a text"
    elif any("\ud800" <= one <= "\udfff" for one in value):
        yield path, "must not have half of a surrogate pair", "write the character itself"


def _wrong_content(value: object, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a text, or a list of blocks with a text each."""
    if not isinstance(value, list):
        yield from _wrong_text(value, path)
        return
    if not value:
        yield path, "must not be empty", "write a text"
    for number, block in enumerate(value):
        at = f"{path}[{number}]"
        if not isinstance(block, dict) or set(block) != {"text"}:
            yield at, 'must be {"text": "..."}', "write only text; images and documents are not compared"
        else:
            yield from _wrong_text(block["text"], f"{at}.text")


def _wrong_messages(value: object) -> Iterator[tuple[str, str, str]]:
    if not isinstance(value, list) or not value:
        yield MESSAGES, "must be a list of messages", "write at least one message"
        return
    for number, message in enumerate(value):
        at = f"{MESSAGES}[{number}]"
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            yield at, "must have role and content, and nothing else", "write both"
            continue
        expected = _ASSISTANT if number % 2 else _USER
        if message["role"] != expected:
            yield f"{at}.role", f"must be {expected}", "begin with the user, and let the roles alternate"
        yield from _wrong_content(message["content"], f"{at}.content")
    if len(value) % 2 == 0:
        fix = f"leave out the last one, and write the right answer as {REFERENCE}"
        yield MESSAGES, "must end with a message of the user", fix


def _record(number: int, value: Mapping[str, Any]) -> EvaluationRecord:
    messages = value[MESSAGES] if MESSAGES in value else [{"role": _USER, "content": value[PROMPT]}]
    return EvaluationRecord(
        line=number,
        messages=[{"role": one["role"], "content": _blocks(one["content"])} for one in messages],
        system=_blocks(value[SYSTEM]) if SYSTEM in value else [],
        reference=value[REFERENCE],
        category=value.get(CATEGORY, ""),
    )


def _blocks(content: Any) -> list[dict[str, str]]:  # noqa: ANN401 - a text, or blocks
    if isinstance(content, list):
        return [{"text": one["text"]} for one in content]
    return [{"text": content}]
