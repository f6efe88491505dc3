"""The part of Bedrock's runtime API that calls deployments and throughputs: answers are those of a test.

See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from .account_state import AccountState
from .arns import foundation_model_id
from .behaviour import Moment
from .operations import Operation
from .scripted import ModelAnswer, looked_up
from .service import Document, ServiceError, invalid

_DEPLOYMENT, _THROUGHPUT = ":custom-model-deployment/", ":provisioned-model/"
_CHARACTERS = 4
_JSON = "application/json"
_METRICS: Mapping[str, int] = MappingProxyType({"latencyMs": 1})
_WORD = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")
"""What one event of a stream has of a text."""

_LLAMA_REASONS = {"end_turn": "stop", "max_tokens": "length"}


def invoke_model(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `InvokeModel`; the body is in the form of the base model, Llama's or Nova's."""
    said, usage, is_llama = _invoked(state, moment, request)
    form = _llama_body(said, usage) if is_llama else _message(said, usage)
    return {"body": form, "contentType": _JSON}


def invoke_model_with_response_stream(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `InvokeModelWithResponseStream`: each chunk has a word or an event of the base model.

    For Nova's see https://docs.aws.amazon.com/nova/latest/nova2-userguide/streaming-responses.html.
    """
    said, usage, is_llama = _invoked(state, moment, request)
    chunks = _llama_chunks(said, usage) if is_llama else _events(said, usage)
    body = [{"chunk": {"bytes": json.dumps(one, ensure_ascii=False).encode()}} for one in chunks]
    return {"body": body, "contentType": _JSON}


def converse(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `Converse`."""
    said, usage = _conversed(state, moment, request)
    return {**_message(said, usage), "metrics": {**_METRICS}}


def converse_stream(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `ConverseStream`: a word in each event."""
    return {"stream": [*_events(*_conversed(state, moment, request))]}


def _invoked(state: AccountState, moment: Moment, request: Document) -> tuple[ModelAnswer, Document, bool]:
    """Return the answer to a body, its tokens, and whether both have the form of Llama."""
    model_arn = _served_model(state, moment, request["modelId"])
    body = request.get("body", {})
    is_llama = foundation_model_id(model_arn).startswith("meta.")
    prompt = str(body.get("prompt", "")) if is_llama else _last_text(body)
    limit = body.get("max_gen_len") if is_llama else _member(body, "inferenceConfig").get("maxTokens")
    said = _cut(_answer(state, moment, model_arn, prompt), limit)
    return said, _usage(prompt, said.text), is_llama


def _conversed(state: AccountState, moment: Moment, request: Document) -> tuple[ModelAnswer, Document]:
    """Return the answer to a conversation, and its tokens."""
    model_arn = _served_model(state, moment, request["modelId"])
    if not request.get("messages"):
        raise invalid("messages must have at least one message; add one with the role user")
    prompt = _last_text(request)
    said = _answer(state, moment, model_arn, prompt)
    said = _cut(said, _member(request, "inferenceConfig").get("maxTokens"))
    return said, _usage(prompt, said.text)


def _answer(state: AccountState, moment: Moment, model_arn: str, prompt: str) -> ModelAnswer:
    """Return what a model answers to a prompt; where a test decides nothing, a sentence that names it."""
    job = next((one for one in state if one.model_arn == model_arn), None)
    answers = moment.behaviour.answers
    if callable(answers):
        found: str | ModelAnswer | None = answers(model_arn, prompt)
    else:
        about = model_arn + (json.dumps(job.request, default=str, ensure_ascii=False) if job else "")
        table = looked_up(answers or {}, about)
        found = None if table is None else looked_up(table, prompt)
    if found is None:
        model = f"custom model {job.model_name} ({model_arn})" if job else f"model {model_arn}"
        found = f"The Bedrock double answers every prompt to the {model} with this."
    said = ModelAnswer(text=found) if isinstance(found, str) else found
    if said.error:
        raise ServiceError(said.error, said.message)
    return said


def _cut(said: ModelAnswer, limit: object) -> ModelAnswer:
    """Return an answer with at most a number of tokens, if the request has one."""
    if not isinstance(limit, int) or _tokens(said.text) <= limit:
        return said
    return replace(said, text=said.text[: limit * _CHARACTERS], stop_reason="max_tokens")


def _tokens(text: str) -> int:
    """Return how many tokens a text has here: one for each four characters that have begun."""
    return max(1, -(-len(text) // _CHARACTERS))


def _usage(prompt: str, text: str) -> Document:
    given, made = _tokens(prompt), _tokens(text)
    return {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}


def _last_text(request: Mapping[str, Any]) -> str:
    """Return the text of the last message of a conversation; "" where it has none."""
    messages = request.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else {}
    content = last.get("content") if isinstance(last, dict) else ()
    blocks = content if isinstance(content, list) else ()
    return "".join(str(one.get("text", "")) for one in blocks if isinstance(one, dict))


def _member(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _served_model(state: AccountState, moment: Moment, identifier: str) -> str:
    if _DEPLOYMENT not in identifier and _THROUGHPUT not in identifier:
        rule = "the Bedrock double answers only for the ARN of a deployment or a provisioned throughput"
        raise invalid(f"The provided model identifier is invalid: {rule}, got {identifier!r}.")
    records = state.deployments if _DEPLOYMENT in identifier else state.throughputs
    record = records.get(identifier, moment)
    status = record.status(moment.now)
    if status != record.ready:
        message = f"The {records.noun} {record.name} is not ready: its status is {status}."
        raise ServiceError("ModelNotReadyException", message)
    return record.model_arn(moment.now)


def _message(said: ModelAnswer, usage: Document) -> Document:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": said.text}]}},
        "stopReason": said.stop_reason,
        "usage": usage,
    }


def _events(said: ModelAnswer, usage: Document) -> Iterator[Document]:
    """Yield the events of one text, as ConverseStream has them, and Nova in its chunks."""
    yield {"messageStart": {"role": "assistant"}}
    for word in _WORD.findall(said.text):
        yield {"contentBlockDelta": {"delta": {"text": word}, "contentBlockIndex": 0}}
    yield {"contentBlockStop": {"contentBlockIndex": 0}}
    yield {"messageStop": {"stopReason": said.stop_reason}}
    yield {"metadata": {"usage": usage, "metrics": {**_METRICS}}}


def _llama_chunks(said: ModelAnswer, usage: Document) -> Iterator[Document]:
    """Yield a chunk for each word; only the last one says why the model has stopped."""
    words = _WORD.findall(said.text) or [""]
    for number, word in enumerate(words, start=1):
        whole = _llama_body(said, usage)
        is_last = number == len(words)
        yield {**whole, "generation": word, "stop_reason": whole["stop_reason"] if is_last else None}


def _llama_body(said: ModelAnswer, usage: Document) -> Document:
    return {
        "generation": said.text,
        "prompt_token_count": usage["inputTokens"],
        "generation_token_count": usage["outputTokens"],
        "stop_reason": _LLAMA_REASONS.get(said.stop_reason, said.stop_reason),
    }


RUNTIME_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "Converse": converse,
        "ConverseStream": converse_stream,
        "InvokeModel": invoke_model,
        "InvokeModelWithResponseStream": invoke_model_with_response_stream,
    }
)
