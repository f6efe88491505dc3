"""What CloudFormation's functions say in a stack that nobody has deployed: the same in every run."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JOB = "Custom::BedrockModelCustomizationJob"
ACCOUNT, REGION, UUID = "000000000000", "us-east-1", "1b2c3d4e-0000-1111-2222-333344445555"
_MODEL_ARN = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k"
_FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
_SUBSTITUTED = re.compile(r"\$\{([^.}]+)\.?([^}]*)\}")


class Stack:
    """A stack of a template.

    Args:
        name: Its name; its id and what is in it follow from that and from the template.
        template: The template.
    """

    def __init__(self, name: str, template: Mapping[str, Any]) -> None:
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{UUID}"
        self._resources = template["Resources"]
        defaults = {key: one.get("Default") for key, one in template.get("Parameters", {}).items()}
        self._known = {
            **{key: default or f"{key.lower()}-value" for key, default in defaults.items()},
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": self.id,
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._value,
            "Fn::GetAtt": lambda told: self._value(*told),
            "Fn::ImportValue": lambda name: f"imported-{_digest(name)[:12]}",
            "Fn::Join": lambda told: told[0].join(told[1]),
            "Fn::Select": lambda told: told[1][int(told[0])],
            "Fn::Split": lambda told: told[1].split(told[0]),
            "Fn::Sub": lambda text: _SUBSTITUTED.sub(lambda one: self._value(*one.groups()), text),
        }

    def resolved(self, part: Any) -> Any:  # noqa: ANN401 - a template holds anything that JSON holds
        """Put values in the place of functions.

        Args:
            part: Any part of the template.
        """
        if isinstance(part, list):
            return [self.resolved(one) for one in part]
        if not isinstance(part, dict):
            return part
        within = {name: self.resolved(one) for name, one in part.items()}
        [name, *_] = [*within, ""]
        is_function = name == "Ref" or name.startswith("Fn::")
        return self._functions[name](within[name]) if is_function else within

    def _value(self, name: str, attribute: str = "") -> str:
        """Give what a parameter or a resource says, in the form that such a thing has."""
        if name in self._known:
            return str(self._known[name])
        kind, digest = self._resources[name]["Type"], _digest(name)
        forms = {
            ("AWS::EC2::SecurityGroup", "GroupId"): f"sg-{digest[:17]}",
            ("AWS::EC2::Subnet", ""): f"subnet-{digest[:17]}",
            ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{ACCOUNT}:role/{name[:40]}-value",
            ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid.UUID(digest[:32])}",
            ("AWS::Lambda::Function", "Arn"): f"{_FUNCTION_ARN}:{name[:40]}-value",
            (JOB, "CustomModelName"): f"{_MODEL_ARN}/{digest[:12]}",  # Bedrock takes either, the double this
        }
        return forms.get((kind, attribute), f"{name[:40].lower()}-value")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
