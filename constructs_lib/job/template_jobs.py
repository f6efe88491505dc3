"""The requests for model customization jobs in a CloudFormation template, whatever made the template."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..contract import REQUEST, default_model, typed
from ..contract.replacement import TAG_PROPERTIES
from ..contract.resource import (
    REQUEST_PROPERTY,
    RESOURCE_TYPE,
    TOKENS_MEMBER,
    TOKENS_OF_EACH_MEMBER,
    TRAINING_LIMIT_PROPERTY,
)
from ..contract.sweeps import SWEEP_TYPE, TRIALS_PROPERTY, trial_request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Part: TypeAlias = Any
"""A part of a template, of any type."""

NOT_KNOWN = "${Token[Template.0]}"
"""Replaces an intrinsic function: a token of the CDK, which every rule passes."""

_ABSENT = {"Ref": "AWS::NoValue"}
_SUBSTITUTED = re.compile(r"\$\{(!?)([^}]*)\}")
_SIGNATURE = ("baseModelIdentifier", "trainingDataConfig")
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
_SDK_CALLS = ("Create", "Update")
_REQUEST = f"Properties.{REQUEST_PROPERTY}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateJob:
    """One request in a template.

    Args:
        logical_id: the resource.
        path: where the request is in the resource, such as `Properties.Request`.
        request: the request, with the API's names; what only the deployment knows is `NOT_KNOWN`.
        is_complete: whether exactly this is sent. Default: the resource's function may add to it.
        is_of_construct: whether the resource has the type that a construct of this library gives it.
        own: the members of the request that a trial has of its own, at `path`. Default: it is no trial.
        limit: the most tokens with which the function compares data in S3. Default: it compares nothing.
    """

    logical_id: str
    path: str
    request: Mapping[str, Any]
    is_complete: bool = False
    is_of_construct: bool = False
    own: Collection[str] | None = None
    limit: int | None = None

    def location(self, path: str) -> list[str]:
        """Return where a finding is, as the reports of the CDK name it.

        Args:
            path: the finding's path, with the API's names.
        """
        field = re.split(r"[.\[]", path)[0]
        if self.is_complete or field not in default_model().shape(REQUEST)["members"]:
            return [self.path] if self.is_complete else []
        for name, tags in TAG_PROPERTIES.items():
            if self.is_of_construct and field == tags:
                return [f"Properties.{name}{path.removeprefix(field)}"]
        of_trial = self.own is None or field in self.own
        return [f"{self.path if of_trial else _REQUEST}.{path}"]


def jobs_in(template: Part, pseudo_parameters: Mapping[str, str]) -> Iterator[TemplateJob]:
    """Yield the requests in a template's custom resources.

    A request is recognized by its fields `baseModelIdentifier` and `trainingDataConfig`: no other request of
    an AWS API has the first one. It is the property `Request` of a custom resource, the properties
    themselves, or the parameters of an SDK call of the CDK's `AwsCustomResource`.

    Args:
        template: the template; parts that are not as CloudFormation expects are ignored.
        pseudo_parameters: the values that are known, such as `{"AWS::Region": "us-east-1"}`.
    """
    resources = template.get("Resources") if isinstance(template, Mapping) else None
    for logical_id, resource in resources.items() if isinstance(resources, Mapping) else ():
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(kind, str) or not kind.startswith(_CUSTOM):
            continue
        properties = _known(resource.get("Properties"), pseudo_parameters)
        if isinstance(properties, Mapping):
            yield from _jobs_of(str(logical_id), kind, properties)


def _jobs_of(logical_id: str, kind: str, properties: Mapping[str, Any]) -> Iterator[TemplateJob]:
    request: Part = properties.get(REQUEST_PROPERTY)
    trials: Part = properties.get(TRIALS_PROPERTY)
    if kind == SWEEP_TYPE and isinstance(request, Mapping) and isinstance(trials, list):
        yield from _trials_of(
            logical_id, {**request, **_tags_beside(properties)}, trials, limit=_limit_in(properties)
        )
        return
    is_of_construct = kind == RESOURCE_TYPE
    if _is_request(request) or (is_of_construct and isinstance(request, Mapping)):
        yield TemplateJob(
            logical_id=logical_id,
            path=_REQUEST,
            request=_as_sent({**request, **_tags_beside(properties)} if is_of_construct else request),
            is_of_construct=is_of_construct,
            limit=_limit_in(properties) if is_of_construct else None,
        )
    elif _is_request(properties):
        members = default_model().shape(REQUEST)["members"]
        given = {name: value for name, value in properties.items() if name in members}
        yield TemplateJob(logical_id=logical_id, path="Properties", request=_as_sent(given))
    found: list[Part] = []
    for name in _SDK_CALLS:
        parameters = _parameters_of_call(properties.get(name))
        if _is_request(parameters) and parameters not in found:
            found.append(parameters)
            sent = _as_sent(parameters)
            yield TemplateJob(
                logical_id=logical_id, path=f"Properties.{name}", request=sent, is_complete=True
            )


def _trials_of(logical_id: str, request: Part, trials: Part, *, limit: int | None) -> Iterator[TemplateJob]:
    for index, one in enumerate(trials):
        if isinstance(one, Mapping):
            yield TemplateJob(
                logical_id=logical_id,
                path=f"Properties.{TRIALS_PROPERTY}[{index}]",
                request=_as_sent(trial_request(request, one)),
                is_of_construct=True,
                own=list(one),
                limit=limit,
            )


def _limit_in(properties: Mapping[str, Any]) -> int | None:
    """Return the most tokens of one training, as far as the function compares them."""
    given: Part = properties.get(TRAINING_LIMIT_PROPERTY)
    members = given if isinstance(given, Mapping) else {}
    limits = [str(members.get(name)) for name in (TOKENS_MEMBER, TOKENS_OF_EACH_MEMBER)]
    return min((int(one) for one in limits if one.isdecimal()), default=None)


def _tags_beside(properties: Mapping[str, Any]) -> dict[str, Part]:
    return {field: properties[name] for name, field in TAG_PROPERTIES.items() if name in properties}


def _is_request(value: Part) -> bool:
    return isinstance(value, Mapping) and all(name in value for name in _SIGNATURE)


def _as_sent(request: Part) -> dict[str, Any]:
    """Return a request with the API's types, without a token that its function may replace."""
    sent: Part = typed(request)
    return {name: value for name, value in sent.items() if name != "clientRequestToken"}


def _parameters_of_call(call: Part) -> Part:
    """Return the parameters of an SDK call, which `AwsCustomResource` writes as JSON."""
    try:
        found = json.loads(call) if isinstance(call, str) else None
    except ValueError:  # an intrinsic function in place of a number
        return None
    return found.get("parameters") if isinstance(found, Mapping) else None


def _known(value: Part, pseudo: Mapping[str, str]) -> Part:
    """Copy a part of a template with intrinsic functions evaluated as far as they are known."""
    if isinstance(value, list):
        return [_known(one, pseudo) for one in value if one != _ABSENT]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref" or name.startswith("Fn::"):
            return _evaluated(name, argument, pseudo)
    return {name: _known(one, pseudo) for name, one in value.items() if one != _ABSENT}


def _evaluated(name: str, argument: Part, pseudo: Mapping[str, str]) -> str:
    match name, argument:
        case "Ref", str():
            return pseudo.get(argument, NOT_KNOWN)
        case "Fn::Join", [str(delimiter), list(parts)]:
            known = (_known(one, pseudo) for one in parts)
            return delimiter.join(one if isinstance(one, str) else NOT_KNOWN for one in known)
        case "Fn::Sub", str(text) | [str(text), _]:

            def replaced(found: re.Match[str]) -> str:
                return f"${{{found[2]}}}" if found[1] else pseudo.get(found[2], NOT_KNOWN)

            return _SUBSTITUTED.sub(replaced, text)
    return NOT_KNOWN
