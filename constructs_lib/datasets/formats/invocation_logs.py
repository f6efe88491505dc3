"""The format of Bedrock's model invocation logs, as Bedrock writes them to S3."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ...findings import NOTHING, Described
from ..dataset_findings import finding
from .base import Format
from .recognizers.invocation_logs import (
    MOST_CHARACTERS,
    MOST_PAIRS,
    AnswerPart,
    OtherModels,
    Prompts,
    PromptsAndAnswers,
    answer_of,
)
from .record_checks import join, kind_of, needs, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...findings import Finding
    from .record_checks import Record, Seen

_OPERATIONS = ("InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream")
_EXPECTED = {"schemaType": ("ModelInvocationLog",), "schemaVersion": ("1.0",), "operation": _OPERATIONS}
_BODY = "input.inputBodyJson"
_BY_METADATA = "leave it out, as by its request metadata"
_LOGGED = "log text data (textDataDeliveryEnabled), or leave the record out"


@dataclass(frozen=True)
class InvocationLogs(Format):
    """The format `invocation-logs`.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html

    Args:
        rules: the model's.
        read_body: returns a long prompt or answer that is in S3, decoded, or None. Default: none is read.
    """

    read_body: Callable[[str], object] | None = None

    checks_each_alone: ClassVar[bool] = False  # each model that is no teacher is reported once

    @cached_property
    def recognizer(self) -> Prompts:
        """What accepts logs of valid text prompts."""
        kind = PromptsAndAnswers if self._trains_on_answers else Prompts
        return kind(self.rules, self._others)

    @cached_property
    def _others(self) -> OtherModels:
        return OtherModels(self.rules.teachers)

    @property
    def _trains_on_answers(self) -> bool:
        """Whether answers are trained on: a reinforced model is trained on what it answers itself."""
        return "rft-openai-chat" not in self.rules.dataset.formats[:1]

    def check(self, record: Record, seen: Seen) -> Iterator[Finding]:
        """Yield everything that is wrong with a record."""
        yield from needs(record, "modelId", str)
        if isinstance(record.get("modelId"), str):
            yield from self._teacher(record["modelId"])
        for name, expected in _EXPECTED.items():
            if name in record and record[name] not in expected:
                rule = f"must be {' or '.join(expected)}"
                yield finding("log-schema", name, rule, record[name], "choose logs that Bedrock has written")
        yield from _metadata(record)
        yield from needs(record, "input", dict)
        if isinstance(record.get("input"), dict):
            yield from self._input(self._with_body(record["input"], "input"), seen)
        if "output" not in record and "errorCode" in record:
            rule, fix = "must be an object: the call failed", "leave the record out"
            yield finding("missing-field", "output", rule, record["errorCode"], fix)
        else:
            yield from needs(record, "output", dict)
        if isinstance(record.get("output"), dict) and self._trains_on_answers:
            yield from _answer(self._with_body(record["output"], "output"), seen)

    def _teacher(self, model_id: str) -> Iterator[Finding]:
        """Report the first record of a model whose answers cannot be used."""
        if self._others.has(model_id):
            self._others.reported(model_id)
            teachers = " or ".join(self.rules.teachers)
            rule = f"must be a teacher of the model, if the job uses the logged answers: {teachers}"
            fix = (
                "choose the teacher's logs, as by their request metadata; for prompts only, any model will do"
            )
            yield finding("log-teacher", "modelId", rule, model_id, fix)

    def _with_body(self, part: Record, side: str) -> Record:
        """Return a part of a log with its body, where that is in S3 and can be read."""
        name, uri = f"{side}BodyJson", part.get(f"{side}BodyS3Path")
        if self.read_body is None or part.get(name) is not None or not isinstance(uri, str):
            return part
        body = self.read_body(uri)
        return part if body is None else {**part, name: body}

    def _input(self, part: Record, seen: Seen) -> Iterator[Finding]:
        if part.get("inputBodyJson") is None:
            yield from _no_body(part, "input", "prompt")
            return
        yield from typed(part, "inputBodyJson", dict, "input")
        body = part["inputBodyJson"]
        if isinstance(body, dict):
            _count_system(body.get("system"), seen)
            yield from self._prompt(body, seen)

    def _prompt(self, body: Record, seen: Seen) -> Iterator[Finding]:
        if "messages" in body:
            yield from typed(body, "messages", list, _BODY)
            if isinstance(body["messages"], list):
                yield from self._messages(body["messages"], seen)
            return
        name = next((name for name in ("prompt", "inputText") if name in body), None)
        if name is None:
            rule = "must have the prompt as messages, prompt or inputText"
            got = Described(", ".join([*map(str, body)][:5]) or "an empty object")
            yield finding("log-body", _BODY, rule, got, "choose logs of text prompts")
            return
        yield from typed(body, name, str, _BODY)
        if isinstance(body[name], str):
            yield from _text(body[name], join(_BODY, name), seen)

    def _messages(self, messages: list[Any], seen: Seen) -> Iterator[Finding]:
        path = join(_BODY, "messages")
        users = 0
        if not messages:
            yield finding("log-body", path, "must have a message", Described("none"), _BY_METADATA)
        for index, message in enumerate(messages):
            at = f"{path}[{index}]"
            if not isinstance(message, dict):
                fix = f"write an object instead of {kind_of(message)}"
                yield finding("field-type", at, "must be an object", message, fix)
                continue
            yield from needs(message, "role", str, at)
            is_user = message.get("role") == "user"
            users += is_user
            yield from self._content(message.get("content"), f"{at}.content", seen, is_user=is_user)
        if users > 1 and "single-turn" in self.rules:
            fix = "choose logs of single turns, by their request metadata"
            got = Described(f"{users} messages of the user")
            yield finding("single-turn", path, "must be a single turn", got, fix)

    def _content(self, content: object, path: str, seen: Seen, *, is_user: bool) -> Iterator[Finding]:
        if isinstance(content, str):
            if is_user and "single-text-block" in self.rules:
                rule = "must be a list with one text: AWS's validator of distillation data refuses a string"
                fix = "choose logs of the Converse API, or convert them to prompts"
                yield finding("log-body", path, rule, Described("a string"), fix)
            yield from _text(content, path, seen)
            return
        if not isinstance(content, list):
            fix = f"write a list instead of {kind_of(content)}"
            yield finding("field-type", path, "must be a list", content, fix)
            return
        texts = [one.get("text") if isinstance(one, dict) else None for one in content]
        if is_user:
            yield from self._blocks(texts, path)
        empty = "text-only" if is_user and "text-only" in self.rules else "empty-text"
        for index, one in enumerate(texts):
            if isinstance(one, str):
                yield from _text(one, f"{path}[{index}].text", seen, empty)

    def _blocks(self, texts: list[Any], path: str) -> Iterator[Finding]:
        """Check what AWS's validator of distillation data requires of a user's message."""
        others = sum(not isinstance(one, str) for one in texts)
        if others and "text-only" in self.rules:
            got, fix = Described(f"{others} other blocks"), "choose logs of text prompts"
            yield finding("text-only", path, "must contain text only", got, fix)
        elif len(texts) > 1 and "single-text-block" in self.rules:
            got = Described(f"{len(texts)} blocks")
            yield finding("single-text-block", path, "must contain one text", got, _BY_METADATA)
        elif not texts:
            yield finding("log-body", path, "must contain text", Described("an empty list"), _BY_METADATA)


def _text(text: str, path: str, seen: Seen, empty: str = "empty-text") -> Iterator[Finding]:
    seen.texts.append(text)
    if not text:
        yield finding(empty, path, "must contain text", text, "leave the record out")


def _count_system(system: object, seen: Seen) -> None:
    parts = [{"text": system}] if isinstance(system, str) else system if isinstance(system, list) else ()
    seen.texts.extend(
        part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)
    )


def _answer(part: Record, seen: Seen) -> Iterator[Finding]:
    if part.get("outputBodyJson") is None:
        yield from _no_body(part, "output", "answer")
        return
    answer = ""
    with suppress(msgspec.ValidationError, RecursionError):  # those of another form
        answer = answer_of(msgspec.convert(part, AnswerPart).output_body_json)
    seen.texts.append(answer)
    if not answer:
        rule = "must have the answer as text, in a form that a documented API has"
        fix = "choose logs of text answers; the answer is not counted"
        yield finding("log-body", "output.outputBodyJson", rule, part["outputBodyJson"], fix)


def _no_body(part: Record, side: str, what: str) -> Iterator[Finding]:
    """Report a prompt or an answer that is not in the log: Bedrock writes long ones to S3."""
    uri = part.get(f"{side}BodyS3Path")
    if isinstance(uri, str):
        rule = f"must be in the log: this {what} is in S3, and was not read"
        fix = f"add its tokens to the estimate; AWS does not say whether such a {what} is used"
        yield finding("log-body", f"{side}.{side}BodyS3Path", rule, uri, fix)
        return
    rule, path = f"must be the {what}, an object", f"{side}.{side}BodyJson"
    name = "missing-field" if side == "input" else "log-body"  # a job that uses prompts only needs no answer
    yield finding(name, path, rule, NOTHING, _LOGGED)


def _metadata(record: Record) -> Iterator[Finding]:
    yield from typed(record, "requestMetadata", dict)
    pairs = record.get("requestMetadata")
    if not isinstance(pairs, dict):
        return
    if len(pairs) > MOST_PAIRS:
        got, fix = Described(f"{len(pairs):,} pairs"), "leave the record out"
        yield finding(
            "request-metadata", "requestMetadata", f"must have at most {MOST_PAIRS} pairs", got, fix
        )
    for name, value in pairs.items():
        if not isinstance(value, str) or max(len(name), len(value)) > MOST_CHARACTERS:
            rule = f"must be a string of at most {MOST_CHARACTERS} characters, as its key"
            path = join("requestMetadata", name)
            yield finding("request-metadata", path, rule, value, "leave the record out")
