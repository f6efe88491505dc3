"""What the tests of datasets share: models, valid records, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.datasets import Report

NOVA, MICRO, NOVA_2 = (
    "amazon.nova-lite-v1:0:300k",
    "amazon.nova-micro-v1:0:128k",
    "amazon.nova-2-lite-v1:0:256k",
)
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0:200k"
LLAMA_31, LLAMA_32 = "meta.llama3-1-8b-instruct-v1:0:128k", "meta.llama3-2-1b-instruct-v1:0:128k"
LLAMA_VISION, LLAMA_90B = "meta.llama3-2-11b-instruct-v1:0:128k", "meta.llama3-2-90b-instruct-v1:0:128k"
LLAMA_33 = "meta.llama3-3-70b-instruct-v1:0:128k"
CANVAS, EMBED = "amazon.nova-canvas-v1:0", "amazon.titan-embed-image-v1:0"
TITAN, COHERE = "amazon.titan-text-express-v1:0:8k", "cohere.command-text-v14:7:4k"
DISTILLATION, RFT, CPT = "DISTILLATION", "REINFORCEMENT_FINE_TUNING", "CONTINUED_PRE_TRAINING"
VERSION = "bedrock-conversation-2024"


def said(role: str, *texts: str) -> dict[str, Any]:
    """Return a message of the Converse form."""
    return {"role": role, "content": [{"text": text} for text in texts]}


def turns(*texts: str, **fields: object) -> dict[str, Any]:
    """Return a conversation whose messages alternate, the user first."""
    roles = ("user", "assistant")
    return {"messages": [said(roles[at % 2], text) for at, text in enumerate(texts)], **fields}


def chat(*texts: str, **fields: object) -> dict[str, Any]:
    """Return a chat with plain strings."""
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)], **fields}


def media(
    kind: str = "image", uri: str = "s3://bucket/a.png", format: str = "png", **more: object
) -> dict[str, Any]:
    """Return an image or video block."""
    return {kind: {"format": format, "source": {"s3Location": {"uri": uri}}, **more}}


def shown(*blocks: dict[str, Any], answer: str = "yes") -> dict[str, Any]:
    """Return a conversation about images or videos."""
    return {"messages": [{"role": "user", "content": [*blocks]}, said("assistant", answer)]}


def reasoned(question: str, answer: str) -> dict[str, Any]:
    """Return a conversation whose answer comes with reasoning."""
    because = {"reasoningContent": {"reasoningText": {"text": "because"}}}
    messages = [said("user", question), {"role": "assistant", "content": [because, {"text": answer}]}]
    return {"schemaVersion": VERSION, "messages": messages}


def lines(records: list[Any]) -> bytes:
    """Return records as JSON Lines; strings are lines as they are."""
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in records]
    return "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")


def write(folder: Path, content: bytes | list[Any], name: str = "train.jsonl") -> Path:
    """Write a file of records or bytes."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else lines(content))
    return path


def found(report: Report) -> list[tuple[str, str, int | None, str]]:
    """Return severity, rule, line and path of each finding, without the limits of the whole file."""
    return [
        (one.severity, one.name.removeprefix("dataset-"), one.line, one.path)
        for one in report.findings
        if one.line is not None
    ]


def of_the_file(report: Report) -> list[tuple[str, str]]:
    """Return severity and rule of the findings about a whole file."""
    return [(one.severity, one.name.removeprefix("dataset-")) for one in report.findings if one.line is None]
