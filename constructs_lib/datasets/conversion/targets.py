"""What is read, written in the format of a model's training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .dialogue import (
    ANSWER_MOVED,
    LABELLED,
    SEVERAL_TURNS,
    SYSTEM_IN_PROMPT,
    TEXT_ONLY,
    UNLABELLED,
    NotConvertibleError,
    in_order,
    plain,
    without_reasoning,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..formats.record_checks import Rules
    from .dialogue import Content, Dialogue

    Written = Mapping[str, Any]

VERSION = "bedrock-conversation-2024"
"""The schema version of a conversation."""

_ANSWER = "reference_answer"
_SINGLE = 2
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Target:
    """Writes records in one format.

    Args:
        rules: the rules of the model's data.
        reasoning: whether the format has reasoning.
        answer_optional: whether a record may end with the prompt.
        single_turn: whether a record has one prompt and at most one answer.
    """

    rules: Rules
    reasoning: bool = False
    answer_optional: bool = False
    single_turn: bool = False

    def conversation(self, read: Dialogue, changes: list[str]) -> Written:
        """Write a conversation of the Converse API."""
        turns = _turns(read, changes, ends_with_answer=not self.answer_optional)
        if self.single_turn and len(turns) > _SINGLE:
            raise NotConvertibleError(SEVERAL_TURNS)
        messages = [
            {
                "role": role,
                "content": [{"text": content}] if type(content) is str else self._blocks(content, changes),
            }
            for role, content in turns
        ]
        if read.system:
            return {"schemaVersion": VERSION, "system": [{"text": read.system}], "messages": messages}
        return {"schemaVersion": VERSION, "messages": messages}

    def _blocks(self, content: Content, changes: list[str]) -> list[dict[str, Any]]:
        if isinstance(content, str):
            return [{"text": content}]
        blocks = content if self.reasoning else without_reasoning(content, changes)
        others = any("image" in block or "video" in block for block in blocks)
        if others and "text-only" in self.rules:
            raise NotConvertibleError(TEXT_ONLY)
        if "single-text-block" in self.rules and len(blocks) > 1 and not others:
            return [{"text": plain(blocks, changes)}]
        return blocks

    def pair(self, read: Dialogue, changes: list[str]) -> Written:
        """Write a prompt and its completion."""
        turns = _turns(read, changes, ends_with_answer=True)
        if len(turns) > _SINGLE:
            raise NotConvertibleError(SEVERAL_TURNS)
        prompt, completion = (
            content if type(content) is str else plain(content, changes) for _, content in turns
        )
        if read.system:
            changes.append(SYSTEM_IN_PROMPT)
            prompt = f"{read.system}{_GAP}{prompt}"
        return {"prompt": prompt, "completion": completion}

    def messages(self, read: Dialogue, changes: list[str]) -> Written:
        """Write a conversation in Anthropic's form."""
        messages = _plain_messages(_turns(read, changes, ends_with_answer=True), changes)
        return {"system": read.system, "messages": messages} if read.system else {"messages": messages}

    def prompt_for_grader(self, read: Dialogue, changes: list[str]) -> Written:
        """Write a prompt, the answer that it is graded by, and every other field of the record."""
        turns = _turns(read, changes, ends_with_answer=False)
        others = {name: value for name, value in read.fields.items() if name not in read.used}
        if turns[-1][0] == "assistant" and _ANSWER not in others:
            changes.append(ANSWER_MOVED)
            others[_ANSWER] = plain(turns[-1][1], changes)
            turns = turns[:-1]
        messages = _plain_messages(turns, changes)
        if read.system:
            messages = [{"role": "system", "content": read.system}, *messages]
        return {"messages": messages, **others}

    def unlabelled(self, read: Dialogue, changes: list[str]) -> Written:  # noqa: ARG002 - as the others
        """Write text alone."""
        if not read.text:
            raise NotConvertibleError(LABELLED)
        return {"input": read.text}


def _turns(read: Dialogue, changes: list[str], *, ends_with_answer: bool) -> list[Any]:
    if read.text:
        raise NotConvertibleError(UNLABELLED)
    return in_order(read.turns, changes, ends_with_answer=ends_with_answer)


def _plain_messages(turns: list[Any], changes: list[str]) -> list[dict[str, str]]:
    return [
        {"role": role, "content": content if type(content) is str else plain(content, changes)}
        for role, content in turns
    ]


def writer(name: str, rules: Rules) -> Callable[[Dialogue, list[str]], Written] | None:
    """Return what writes records of a format; None where other shapes cannot become it.

    Args:
        name: the format, by the name that the catalogue uses.
        rules: the rules of the model's data.
    """
    plain = Target(rules)
    prompts = Target(rules, answer_optional=True, single_turn="single-turn" in rules)
    return {
        "bedrock-conversation-2024": plain.conversation,
        "bedrock-conversation-2024+reasoning": Target(rules, reasoning=True).conversation,
        "distillation-prompts": prompts.conversation,
        "prompt-completion": plain.pair,
        "anthropic-messages": plain.messages,
        "rft-openai-chat": plain.prompt_for_grader,
        "cpt-input": plain.unlabelled,
    }.get(name)
