"""A synthesized template as deployed: intrinsic functions are replaced by plausible values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.security.iam_evaluator import ACCOUNT, REGION, Statement, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JOB_TYPE = "Custom::BedrockModelCustomizationJob"
SWEEP_TYPE = "Custom::BedrockCustomizationSweep"
STATE_MACHINE_TYPE = "AWS::StepFunctions::StateMachine"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Stack/0a1b2c3d-0000-1111-2222-333344445555"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": "Stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_LONGEST_ROLE_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of a template, with resolved properties."""

    id: str
    type: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One statement of one role's policies."""

    role: str
    where: str
    statement: Statement


class View:
    """Everything that the rules read of a template.

    Args:
        template: As synthesized.
    """

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self._raw = template["Resources"]

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Return all resources by logical id."""
        return {name: self._resource(name, raw) for name, raw in self._raw.items()}

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types."""
        return [one for one in self.resources.values() if one.type in types]

    @property
    def jobs(self) -> list[Resource]:
        """Return the customization jobs, and sweeps, whose request is that of many jobs."""
        return self.of_type(JOB_TYPE, SWEEP_TYPE)

    @cached_property
    def service_roles(self) -> set[str]:
        """Return the logical ids of the roles that jobs pass to Bedrock."""
        return {
            role
            for job in self.jobs
            if (role := self.id_of_arn(job.properties["Request"].get("roleArn", "")))
        }

    @cached_property
    def handler_roles(self) -> set[str]:
        """Return the logical ids of the roles of the functions behind jobs."""
        tokens = [self.id_of_arn(job.properties["ServiceToken"]) for job in self.jobs]
        functions = [self.resources[one] for one in tokens if one in self.resources]
        return {role for one in functions if (role := self.id_of_arn(one.properties["Role"]))}

    @cached_property
    def state_machine_roles(self) -> set[str]:
        """Return the logical ids of the roles of state machines."""
        machines = self.of_type(STATE_MACHINE_TYPE)
        return {role for one in machines if (role := self.id_of_arn(one.properties["RoleArn"]))}

    @cached_property
    def identities(self) -> list[Identity]:
        """Return every statement of every role."""
        return [*self._inline(), *self._attached()]

    def statements_of(self, roles: set[str]) -> list[Identity]:
        """Return the statements of some roles."""
        return [one for one in self.identities if one.role in roles]

    def id_of_arn(self, arn: str) -> str:
        """Return the logical id of the resource with an ARN; empty if it is not in the template."""
        return next((name for name in self._raw if self._arn(name) == arn), "")

    def before(self, id: str) -> set[str]:
        """Return everything that CloudFormation creates before a resource."""
        found: set[str] = set()
        waiting = [id]
        while waiting:
            new = self.resources[waiting.pop()].needs - found
            found |= new
            waiting.extend(one for one in new if one in self.resources)
        return found

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """Replace intrinsic functions by plausible values."""
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        return {name: self.resolve(one) for name, one in value.items()}

    def ref(self, id: str) -> str:
        """Return the value of `Ref`."""
        if id in _PSEUDO:
            return _PSEUDO[id]
        if id not in self._raw:
            return str(self.template.get("Parameters", {}).get(id, {}).get("Default", f"parameter-{id}"))
        return _REFS.get(self._raw[id]["Type"], "{id}").format(id=id, lower=id.lower(), arn=self._arn(id))

    def get_att(self, id: str, attribute: str) -> str:
        """Return the value of `Fn::GetAtt`."""
        is_name = (self._raw.get(id, {}).get("Type"), attribute) == (STATE_MACHINE_TYPE, "Name")
        return self._arn(id) if attribute == "Arn" else id if is_name else self.ref(id)

    def substitute(self, text: str, values: Mapping[str, Any] | None = None) -> str:
        """Return the value of `Fn::Sub`."""
        known = {name: str(self.resolve(one)) for name, one in (values or {}).items()}
        return re.sub(
            r"\$\{([^}!]+)\}", lambda found: known.get(found[1]) or _PSEUDO.get(found[1], found[1]), text
        )

    def find_in_map(self, name: str, first: str, second: str) -> str:
        """Return the value of `Fn::FindInMap`."""
        return str(self.template["Mappings"][name][first][second])

    def _arn(self, id: str) -> str:
        return _ARNS.get(self._raw[id]["Type"], "arn:aws:x:::{id}").format(
            id=id, lower=id.lower(), long=f"{id}{'x' * _LONGEST_ROLE_NAME}"[:_LONGEST_ROLE_NAME]
        )

    def _resource(self, id: str, raw: Mapping[str, Any]) -> Resource:
        return Resource(
            id=id,
            type=raw["Type"],
            properties=self.resolve(raw.get("Properties", {})),
            attributes={name: raw.get(name) for name in ("DeletionPolicy", "UpdateReplacePolicy")},
            needs=frozenset([*listed(raw.get("DependsOn", [])), *_references(raw.get("Properties", {}))]),
        )

    def _inline(self) -> Iterator[Identity]:
        for role in self.of_type("AWS::IAM::Role"):
            for policy in role.properties.get("Policies", []):
                yield from _identities(role.id, f"{role.id}.{policy['PolicyName']}", policy["PolicyDocument"])

    def _attached(self) -> Iterator[Identity]:
        for policy in self.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for role in self._roles_of(policy):
                yield from _identities(role, policy.id, policy.properties["PolicyDocument"])

    def _roles_of(self, policy: Resource) -> list[str]:
        named = policy.properties.get("Roles", [])
        users = [
            role.id
            for role in self.of_type("AWS::IAM::Role")
            if self.ref(policy.id) in role.properties.get("ManagedPolicyArns", [])
        ]
        return [*users, *(role.id for role in self.of_type("AWS::IAM::Role") if self.ref(role.id) in named)]


_REFS = {
    JOB_TYPE: f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/amazon.nova-lite-v1:0:300k/{{id}}",
    "AWS::S3::Bucket": "{lower}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::111122223333:policy/{id}",
    SWEEP_TYPE: "s3://results/definitions/{id}.json",
    STATE_MACHINE_TYPE: f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{id}}",
}
_ARNS = {
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{long}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{lower}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{id}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{id}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{id}}:*",
}
_FUNCTIONS = {
    "Ref": lambda view, name: view.ref(name),
    "Fn::GetAtt": lambda view, pair: view.get_att(*pair),
    "Fn::Join": lambda view, pair: pair[0].join(str(one) for one in view.resolve(pair[1])),
    "Fn::Sub": lambda view, text: view.substitute(*text) if isinstance(text, list) else view.substitute(text),
    "Fn::If": lambda view, branches: view.resolve(branches[1]),
    "Fn::Base64": lambda view, text: str(view.resolve(text)),
    "Fn::Select": lambda view, pair: view.resolve(pair[1])[int(pair[0])],
    "Fn::Split": lambda view, pair: view.resolve(pair[1]).split(pair[0]),
    "Fn::FindInMap": lambda view, names: view.find_in_map(*view.resolve(names)),
    # The value of another stack's export is unknown; as with a parameter, its name is used instead.
    "Fn::ImportValue": lambda view, name: f"import-{view.resolve(name)}",
    "Fn::GetAZs": lambda *_: [f"{REGION}{letter}" for letter in "abc"],
}


def deletes_models(job: Resource) -> bool:
    """Return whether a job or a sweep may have a model deleted."""
    return job.properties.get("OnDelete") == "DeleteModel" or "Keep" in job.properties


def _identities(role: str, where: str, document: Mapping[str, Any]) -> Iterator[Identity]:
    for statement in listed(document["Statement"]):
        yield Identity(role=role, where=where, statement=statement)


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a template
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    if isinstance(value, dict):
        if "Ref" in value:
            yield str(value["Ref"])
        for name, one in value.items():
            if name == "Fn::GetAtt":
                yield str(one[0])
            else:
                yield from _references(one)
