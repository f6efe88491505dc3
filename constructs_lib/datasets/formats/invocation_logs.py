"""The format of Bedrock's model invocation logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...findings import Described
from ..dataset_findings import finding
from .base import Format
from .record_checks import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record, Seen


@dataclass(frozen=True)
class InvocationLogs(Format):
    """The format `invocation-logs`."""

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from needs(record, "modelId", str)
        for name in ("input", "output"):
            yield from needs(record, name, dict)
        messages = _messages(record.get("input"))
        users = [one for one in messages if isinstance(one, dict) and one.get("role") == "user"]
        if len(users) > 1:
            fix = "choose logs of single turns, by their request metadata"
            got = Described(f"{len(users)} messages of the user")
            yield finding("single-turn", "input.inputBodyJson.messages", "must be a single turn", got, fix)
        for one in users:
            yield from _text_only(one.get("content"), seen)


def _messages(body: object) -> list[Any]:
    inner = body.get("inputBodyJson") if isinstance(body, dict) else None
    messages = inner.get("messages") if isinstance(inner, dict) else None
    return messages if isinstance(messages, list) else []


def _text_only(content: object, seen: Seen) -> Iterator[Finding]:
    blocks = content if isinstance(content, list) else [{"text": content}]
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    seen.texts.extend(one for one in texts if isinstance(one, str))
    if len(blocks) != 1 or not all(isinstance(one, str) and one for one in texts):
        path, fix = "input.inputBodyJson.messages", "choose logs of text prompts"
        yield finding("text-only", path, "must contain one text", Described(f"{len(blocks)} blocks"), fix)
