"""The condition that a person approves: a tag of the model, which the function itself may not set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.promotion import APPROVED_TAG, APPROVED_VALUE, REJECTED_VALUE, SECONDS_MEMBER

from .answer import LATER, NO, YES, Answer

if TYPE_CHECKING:
    from .policy import Condition

DAY = 86_400
_SHORTEST, _LONGEST, _SHARE = 60.0, 600.0, 20.0


def ask(condition: Condition, tag: str, asked: float, now: float) -> Answer:
    """Return whether somebody has approved a model.

    Args:
        condition: the condition.
        tag: the value of the model's tag, "" where it has none.
        asked: since when somebody may approve it, in seconds since 1970.
        now: the time.
    """
    if tag == APPROVED_VALUE:
        return Answer(YES, "somebody has approved the model")
    seconds = condition.number(SECONDS_MEMBER)
    if now - asked > seconds:
        time = f"{seconds / DAY:g} days" if seconds >= DAY else f"{seconds / 60:g} minutes"
        return Answer(NO, f"nobody approved the model within {time}")
    pause = min(max(_SHORTEST, (now - asked) / _SHARE), _LONGEST)
    return Answer(LATER, "nobody has approved the model yet", pause=pause)


def request(model_arn: str, about: str, reasons: list[str]) -> str:
    """Return the message to those who may approve a model.

    Args:
        model_arn: the model.
        about: what it is to serve.
        reasons: what the other conditions answered.
    """
    lines = [f"- {one}" for one in reasons] or ["- there are no other conditions"]
    tag = f"aws bedrock tag-resource --resource-arn {model_arn} --tags key={APPROVED_TAG},value="
    return "\n".join(
        (
            f"The new model {model_arn} waits for an approval. It is to serve in {about}.",
            "",
            *lines,
            "",
            f"To approve it: bedrock-customize approve {model_arn}, or {tag}{APPROVED_VALUE}",
            f"To reject it: bedrock-customize reject {model_arn}, or {tag}{REJECTED_VALUE}",
        )
    )
