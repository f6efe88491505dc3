"""Calls of deployed models, over the AWS SDK. No text of a prompt or an answer is in any error or log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..frame.aws import call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SERVICE = "bedrock-runtime"


class Reply(NamedTuple):
    """What a model has answered.

    Args:
        text: the text of the answer.
        stop_reason: why it ends there.
        input_tokens: the tokens that were read.
        output_tokens: the tokens that were made.
    """

    text: str
    stop_reason: str
    input_tokens: int
    output_tokens: int


class Runtime(Protocol):
    """The calls of deployed models; several at once are possible. What fails is an `AwsError`."""

    def connect(self) -> None:
        """Make the client, which several threads must not do at once."""
        ...

    def converse(
        self,
        arn: str,
        messages: Sequence[Mapping[str, object]],
        system: Sequence[Mapping[str, str]],
        max_tokens: int,
    ) -> Reply:
        """Ask the model of a deployment, once.

        Args:
            arn: the deployment's ARN.
            messages: the conversation.
            system: the system prompt.
            max_tokens: the most tokens of the answer.
        """
        ...


class BedrockRuntime:
    """The real implementation of the port `Runtime`.

    Args:
        connect: returns the client of a service; called when it is needed.
    """

    def __init__(self, connect: Callable[[str], object]) -> None:
        self._connect = connect

    @cached_property
    def _client(self) -> object:
        return self._connect(_SERVICE)

    def connect(self) -> None:
        """Make the client, which several threads must not do at once."""
        _ = self._client

    def converse(
        self,
        arn: str,
        messages: Sequence[Mapping[str, object]],
        system: Sequence[Mapping[str, str]],
        max_tokens: int,
    ) -> Reply:
        """Ask the model of a deployment, once."""
        request = {
            "modelId": arn,
            "messages": messages,
            "inferenceConfig": {"temperature": 0, "maxTokens": max_tokens},
            **({"system": system} if system else {}),
        }
        output = call(_SERVICE, self._client, "Converse", request)
        content = output.get("output", {}).get("message", {}).get("content", ())
        usage = output.get("usage", {})
        return Reply(
            text="".join(str(block.get("text", "")) for block in content),
            stop_reason=str(output.get("stopReason", "")),
            input_tokens=int(usage.get("inputTokens", 0)),
            output_tokens=int(usage.get("outputTokens", 0)),
        )
