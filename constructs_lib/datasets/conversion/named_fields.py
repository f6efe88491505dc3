"""Records with a prompt and an answer in fields of their own: pairs, Alpaca, preferences, text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chats import read_messages
from .dialogue import (
    NO_ANSWER,
    NO_USER,
    NUMBERS,
    REJECTED,
    UNLABELLED,
    Dialogue,
    NotConvertibleError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .chats import Record

ROLES = ("prompt", "completion", "system", "text")
"""What a column can be for: `--columns prompt=question,completion=answer`."""

_NAMES: dict[str, tuple[str, ...]] = {
    "prompt": (
        "prompt",
        "question",
        "query",
        "instruction",
        "input",
        "input_text",
        "user",
        "source",
        "request",
    ),
    "completion": (
        *("completion", "answer", "response", "output", "output_text", "assistant", "target", "reply"),
        *("chosen", "preferred_output"),
    ),
    "system": ("system", "system_prompt", "system_message"),
    "text": ("text", "content", "body", "document"),
}
_NOT_TEXT = "a field that should be a text is not: {name}"
_ALPACA_FIELDS = frozenset(("instruction", "input", "context", "output", "response", "history", "system"))
_LONGEST_NAME = 40
_GAP = "\n\n"
_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"


def find_columns(names: Iterable[str]) -> dict[str, str]:
    """Return which field holds the prompt, the completion, the system text, or the text alone, by its name.

    Args:
        names: the fields of a record, or the columns of a table.
    """
    known = {plain_name(name): name for name in names}
    found: dict[str, str] = {}
    for role, aliases in _NAMES.items():
        name = next((known[alias] for alias in aliases if alias in known), None)
        if name is not None and name not in found.values():
            found[role] = name
    return found


def plain_name(name: str) -> str:
    """Return a name as it is compared: in lower case, with underscores."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


@dataclass(slots=True)
class NamedFields:
    """Reads records by the names of their fields.

    Args:
        columns: the name of the field for each of `ROLES`, as the user gave them. Default: they are found by
            the usual names.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    _found: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)

    def read_pair(self, record: Record, changes: list[str]) -> Dialogue:
        """Read a prompt and its completion.

        Raises:
            NotConvertibleError: one of them is missing, or is no text.
        """
        columns = self._columns(record)
        if "prompt" not in columns:
            raise NotConvertibleError(NO_USER)
        prompt = record.get(columns["prompt"])
        if isinstance(prompt, list | dict):
            return self._of_messages(record, columns, changes)
        turns: list[Any] = [("user", _text(prompt, columns["prompt"], changes))]
        answer = record.get(columns["completion"]) if "completion" in columns else None
        if answer is not None and answer != "":  # 0 is an answer
            turns.append(("assistant", _text(answer, columns["completion"], changes)))
        system = record.get(columns["system"]) if "system" in columns else None
        given = _text(system, "system", changes) if system else ""
        return Dialogue(turns, given, fields=record, used=columns.values())

    def _of_messages(self, record: Record, columns: Mapping[str, str], changes: list[str]) -> Dialogue:
        """Read a prompt that is a list of messages, and its completion, a message or several."""
        messages = _messages(record[columns["prompt"]])
        answer = record.get(columns.get("completion", ""))
        if isinstance(answer, str) and answer:
            messages = [*messages, {"role": "assistant", "content": answer}]
        elif answer:
            messages = [*messages, *_messages(answer)]
        turns, system = read_messages(messages, record.get(columns.get("system", "")), changes)
        return Dialogue(turns, system, fields=record, used=columns.values())

    def read_alpaca(self, record: Record, changes: list[str]) -> Dialogue:
        """Read `instruction`, `input` (or `context`) and `output` (or `response`)."""
        prompt = _text(record.get("instruction"), "instruction", changes)
        given = record.get("input") or record.get("context")
        if given:
            prompt = f"{prompt}{_GAP}{_text(given, 'input', changes)}"
        answer = record.get("output") or record.get("response")
        turns: list[Any] = [("user", prompt)]
        if answer:
            turns.append(("assistant", _text(answer, "output", changes)))
        before: list[Any] = []
        history = record.get("history")
        for pair in history if isinstance(history, list) else ():
            before += _earlier(pair, changes)
        system = record.get("system")
        given = _text(system, "system", changes) if system else ""
        return Dialogue([*before, *turns], given, fields=record, used=_ALPACA_FIELDS)

    def read_preference(self, record: Record, changes: list[str]) -> Dialogue:
        """Read the chosen one of two answers; the rejected one is left out."""
        given = record.get("input")
        if isinstance(given, dict) and "preferred_output" in record:  # OpenAI's preferences
            record = {"prompt": given.get("messages"), "completion": record["preferred_output"]}
        elif not {"prompt", "question", "instruction", "input"} & record.keys():
            record = {"prompt": _transcript(record.get("chosen")), "system": record.get("system")}
        changes.append(REJECTED)
        read = self.read_pair(record, changes)
        read.used = {*read.used, "rejected"}
        return read

    def read_text(self, record: Record, changes: list[str]) -> Dialogue:
        """Read text that has neither a prompt nor an answer."""
        columns = self._columns(record)
        name = columns.get("text") or ("input" if "input" in record else "")
        if not name:
            raise NotConvertibleError(UNLABELLED)
        return Dialogue(text=_text(record.get(name), name, changes), fields=record, used=(name,))

    def _columns(self, record: Record) -> Mapping[str, str]:
        if self.columns:
            return self.columns
        names = tuple(record)
        found = self._found.get(names)
        if found is None:
            found = find_columns(names)
            if len(self._found) < _MOST_REMEMBERED:
                self._found[names] = found
        return found


_MOST_REMEMBERED = 1000


def _text(value: object, name: str, changes: list[str]) -> str:
    """Return the text of a field; a number is written as one."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        if value is None or value == "":
            raise NotConvertibleError(NO_ANSWER if name in {"completion", "output"} else NO_USER)
        shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
        raise NotConvertibleError(_NOT_TEXT.format(name=shown))
    if NUMBERS not in changes:
        changes.append(NUMBERS)
    return str(value)


def _messages(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _earlier(pair: object, changes: list[str]) -> list[tuple[str, str]]:
    """Return an earlier turn of an Alpaca conversation, a list of a prompt and its answer."""
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 - a prompt and an answer
        raise NotConvertibleError(_NOT_TEXT.format(name="history"))
    return [("user", _text(pair[0], "history", changes)), ("assistant", _text(pair[1], "history", changes))]


def _transcript(chosen: object) -> object:
    """Return the messages of a conversation that is one text, `Human:` and `Assistant:` in turns."""
    if not isinstance(chosen, str):
        return chosen
    if not chosen.startswith(_HUMAN):
        raise NotConvertibleError(NO_USER)
    messages = []
    for turn in chosen.split(_HUMAN)[1:]:
        said, *answers = turn.split(_ASSISTANT)
        messages.append({"role": "user", "content": said.strip()})
        messages += [{"role": "assistant", "content": answer.strip()} for answer in answers]
    return messages


def near_names(names: Sequence[str], wanted: str) -> list[str]:
    """Return the names that are most like another."""
    from difflib import get_close_matches

    plain = {plain_name(name): name for name in names}
    return [plain[one] for one in get_close_matches(plain_name(wanted), plain, n=2)]
