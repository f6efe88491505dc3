"""The documented formats of training data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...catalog import Dataset
from ..tokens.token_counter import Tokenizer
from .chats import AnthropicMessages
from .conversation import Conversation
from .flat_records import ImageCaption, PromptCompletion, UnlabelledText
from .invocation_logs import InvocationLogs
from .record_checks import Rules
from .reinforcement_chat import ReinforcementChat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..tokens.token_counter import CountTokens
    from .base import Format

FORMATS: dict[str, Callable[..., Format]] = {
    "prompt-completion": PromptCompletion,
    "bedrock-conversation-2024": Conversation,
    "bedrock-conversation-2024+reasoning": partial(Conversation, reasoning=True),
    "anthropic-messages": AnthropicMessages,
    "image-caption": ImageCaption,
    "cpt-input": UnlabelledText,
    "distillation-prompts": partial(Conversation, answer_optional=True),
    "invocation-logs": InvocationLogs,
    "rft-openai-chat": ReinforcementChat,
}
"""Every format, by the name that the catalogue uses."""

UNKNOWN = Dataset(formats=tuple(FORMATS))
"""The data of a model that the catalogue does not have: any format, and no rule beyond it."""


def format_named(
    name: str,
    dataset: Dataset,
    teachers: tuple[str, ...] = (),
    count_tokens: CountTokens | None = None,
) -> Format:
    """Return a format with a model's rules.

    Args:
        name: one of `FORMATS`.
        dataset: what is documented of the model's data.
        teachers: the models that the model can be distilled from. Default: not known, or not distilled.
        count_tokens: counts the tokens of a text. Default: they are estimated.
    """
    return FORMATS[name](Rules(dataset, teachers), tokenizer=Tokenizer.of(dataset, count_tokens))


def guess(record: object, names: Iterable[str]) -> str:
    """Choose the format that a first record looks like.

    Args:
        record: the first record that could be read, or None.
        names: the formats to choose from; the first is chosen where the record looks like none of them.
    """
    names = tuple(names)
    likely = _likely(record) if isinstance(record, dict) else ()
    return next((name for name in likely if name in names), names[0])


def _likely(record: dict[str, object]) -> tuple[str, ...]:
    for field, name in (
        ("modelId", "invocation-logs"),
        ("prompt", "prompt-completion"),
        ("image-ref", "image-caption"),
        ("reference_answer", "rft-openai-chat"),
    ):
        if field in record:
            return (name,)
    messages = record.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if isinstance(first, dict) and isinstance(first.get("content"), str):
        return (
            ("rft-openai-chat",)
            if first.get("role") == "system"
            else ("anthropic-messages", "rft-openai-chat")
        )
    if messages is not None:
        return ("bedrock-conversation-2024+reasoning", "bedrock-conversation-2024", "distillation-prompts")
    return ("cpt-input",) if "input" in record else ()


__all__ = ["FORMATS", "UNKNOWN", "format_named", "guess"]
