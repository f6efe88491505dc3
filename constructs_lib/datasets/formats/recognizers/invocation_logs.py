"""Recognizes invocation logs of text prompts, and finds the answer in any form that Bedrock logs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from .base import Filled, Recognizer, UncertainError

MOST_PAIRS = 16
"""The most pairs of request metadata."""

MOST_CHARACTERS = 256
"""The most characters of a key, and of a value, of the request metadata."""

_MOST_MODELS = 100
_OF_FOUNDATION_MODELS = re.compile(
    r"arn:[a-z-]+:bedrock:[a-z0-9-]*:[0-9]*:(?:foundation-model|inference-profile)/"
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_Pair: TypeAlias = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)]


class _Part(msgspec.Struct, gc=False):
    text: str | None = None


class _Message(msgspec.Struct, gc=False):
    content: list[_Part] | str | None = None


class _Output(msgspec.Struct, gc=False):
    message: _Message | None = None


class _Delta(msgspec.Struct, gc=False):
    delta: _Part | None = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message | None = None
    delta: _Message | None = None
    text: str | None = None


class _Result(msgspec.Struct, gc=False, rename="camel"):
    output_text: str | None = None


class Answer(msgspec.Struct, gc=False, rename="camel"):
    """The body of a response, or one event of a stream, in the forms of all providers.

    Args:
        output: of Converse, and of Nova.
        content_block_delta: in a stream of Converse or Nova.
        content: of Claude.
        delta: in a stream of Claude.
        completion: of Claude's text completions.
        generation: of Llama.
        output_text: in a stream of Titan.
        results: of Titan.
        outputs: of Mistral's text completions.
        choices: of the models with OpenAI's form.
    """

    output: _Output | None = None
    content_block_delta: _Delta | None = None
    content: list[_Part] | str | None = None
    delta: _Part | None = None
    completion: str | None = None
    generation: str | None = None
    output_text: str | None = None
    results: list[_Result] | None = None
    outputs: list[_Part] | None = None
    choices: list[_Choice] | None = None


class AnswerPart(msgspec.Struct, gc=False, rename="camel"):
    """The part `output` of a log whose answer is read."""

    output_body_json: Answer | list[Answer]


def answer_of(body: Answer | list[Answer]) -> str:
    """Return the text of a response, or of the events of a stream together."""
    if isinstance(body, list):
        return "".join(map(answer_of, body))
    text = body.generation or body.completion or body.output_text
    if text is not None:
        return text
    if body.output is not None:
        return _said(body.output.message)
    if body.content is not None:
        return _joined(body.content)
    event = body if body.content_block_delta is None else body.content_block_delta
    if event.delta is not None:
        return event.delta.text or ""
    return _listed(body)


def _listed(body: Answer) -> str:
    if body.results:
        return "".join([one.output_text or "" for one in body.results])
    if body.outputs:
        return _joined(body.outputs)
    return "".join([one.text or _said(one.message or one.delta) for one in body.choices or ()])


def _said(message: _Message | None) -> str:
    return _joined(message.content) if message is not None else ""


def _joined(content: list[_Part] | str | None) -> str:
    if isinstance(content, list):
        return "".join([part.text or "" for part in content])
    return content or ""


class _Block(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Filled
    type: Literal["text"] = "text"


class _Turn(msgspec.Struct, gc=False):
    role: Literal["user", "assistant"]
    content: Annotated[list[_Block], msgspec.Meta(min_length=1, max_length=1)] | Filled


class _Body(msgspec.Struct, gc=False, rename="camel"):
    messages: Annotated[list[_Turn], msgspec.Meta(min_length=1)] | UnsetType = UNSET
    prompt: Filled | UnsetType = UNSET
    input_text: Filled | UnsetType = UNSET
    system: list[_Part] | str | UnsetType = UNSET


class _PromptPart(msgspec.Struct, gc=False, rename="camel"):
    input_body_json: _Body


class _Anything(msgspec.Struct, gc=False):
    pass


class _Log(msgspec.Struct, gc=False, rename="camel"):
    model_id: str
    input: _PromptPart
    operation: (
        Literal["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"] | UnsetType
    ) = UNSET
    request_metadata: Annotated[dict[_Pair, _Pair], msgspec.Meta(max_length=MOST_PAIRS)] | UnsetType = UNSET
    schema_type: Literal["ModelInvocationLog"] | UnsetType = UNSET
    schema_version: Literal["1.0"] | UnsetType = UNSET


class _UnansweredLog(_Log, gc=False, rename="camel", kw_only=True):
    output: _Anything


class _AnsweredLog(_Log, gc=False, rename="camel", kw_only=True):
    output: AnswerPart


@dataclass(frozen=True)
class OtherModels:
    """The models of the logs that are no teacher of the model; each is reported once.

    Args:
        teachers: the ids of the documented teachers. Default: not known, and every model passes.
    """

    teachers: tuple[str, ...] = ()
    _reported: set[str] = field(default_factory=set)

    def has(self, model_id: str) -> bool:
        """Return whether a log's model is one to report."""
        if not self.teachers or model_id in self._reported or len(self._reported) >= _MOST_MODELS:
            return False
        if model_id.startswith("arn:") and not _OF_FOUNDATION_MODELS.match(model_id):
            return False  # a prompt, or an application inference profile: it does not say of which model
        name = model_id.rpartition("/")[2]
        return not any(name == teacher or name.endswith(f".{teacher}") for teacher in self.teachers)

    def reported(self, model_id: str) -> None:
        """Remember that a model was reported."""
        self._reported.add(model_id)


@dataclass(frozen=True)
class Prompts(Recognizer):
    """Recognizes logs of text prompts of which the answers are not trained on.

    Args:
        rules: the model's.
        others: the models that are no teachers.
    """

    record: ClassVar[type[msgspec.Struct]] = _UnansweredLog
    others: OtherModels = field(default_factory=OtherModels)

    def accept_plain(self, lines: bytes) -> list[tuple[str, ...]]:
        """Return the texts of every line, where all lines are valid; see `Recognizer`."""
        lines.decode()  # msgspec passes over the strings of fields that are not read
        if b"\\" in lines and _SURROGATE.search(lines):
            raise UncertainError
        return super().accept_plain(lines)

    def _accept(self, records: list[Any]) -> list[tuple[str, ...]]:
        if any(map(self.others.has, {one.model_id for one in records})):
            raise UncertainError
        single, listed = "single-turn" in self.rules, "single-text-block" in self.rules
        return [(*_prompt(one.input.input_body_json, single, listed), *self._answer(one)) for one in records]

    def _answer(self, record: Any) -> tuple[str, ...]:  # noqa: ANN401, ARG002 - a log of either kind
        return ()


@dataclass(frozen=True)
class PromptsAndAnswers(Prompts):
    """Recognizes logs of text prompts of which the answers are trained on, too."""

    record: ClassVar[type[msgspec.Struct]] = _AnsweredLog

    def _answer(self, record: Any) -> tuple[str, ...]:  # noqa: ANN401 - a log with an answer
        answer = answer_of(record.output.output_body_json)
        if not answer:
            raise UncertainError
        return (answer,)


def _prompt(body: _Body, single: bool, listed: bool) -> list[str]:  # noqa: FBT001 - called for every record
    """Return the texts of a prompt.

    Args:
        body: the request.
        single: whether it must be a single turn.
        listed: whether the content of a user's message must be a list.
    """
    texts = []
    if body.system is not UNSET:
        texts = [body.system] if isinstance(body.system, str) else [part.text or "" for part in body.system]
    if body.messages is UNSET:
        prompt = body.prompt if body.prompt is not UNSET else body.input_text
        if prompt is UNSET:
            raise UncertainError
        texts.append(prompt)
        return texts
    users = 0
    for turn in body.messages:
        is_user = turn.role == "user"
        users += is_user
        if isinstance(turn.content, str):
            if listed and is_user:
                raise UncertainError
            texts.append(turn.content)
        else:
            texts.append(turn.content[0].text)
    if users > 1 and single:
        raise UncertainError
    return texts
