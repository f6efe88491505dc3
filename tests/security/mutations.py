"""How one mutation changes a good template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.security.iam_evaluator import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Template = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One mutation: its name, the change, and the rule that must find it."""

    name: str
    apply: Callable[[Template], None]
    rule: str


def resources(template: Template, type: str) -> list[dict[str, Any]]:
    """Return the resources of a type, at least one."""
    found = [one for one in template["Resources"].values() if one["Type"] == type]
    assert found, f"nothing of type {type} to mutate"
    return found


def statements(template: Template, action: str) -> list[dict[str, Any]]:
    """Return the statements of roles that name an action, at least one."""
    found = [one for one in _all_statements(template) if action in listed(one["Action"])]
    assert found, f"no statement with {action} to mutate"
    return found


def _all_statements(template: Template) -> Iterator[dict[str, Any]]:
    for one in template["Resources"].values():
        properties = one.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in listed(properties.get("Policies", []))]
        documents += [properties["PolicyDocument"]] if one["Type"] == "AWS::IAM::Policy" else []
        for document in documents:
            yield from document["Statement"]


def set_property(type: str, path: str, *, to: Any) -> Callable[[Template], None]:  # noqa: ANN401 - any part of a template
    """Overwrite one property, or remove it with None."""

    def apply(template: Template) -> None:
        place: Any = resources(template, type)[0]
        *way, last = path.split(".")
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        if to is None:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = to

    return apply


def in_statement(action: str, **changes: Any) -> Callable[[Template], None]:  # noqa: ANN401 - any part of a statement
    """Overwrite elements of a role's statement, or remove them with None."""

    def apply(template: Template) -> None:
        for statement in statements(template, action):
            for name, value in changes.items():
                if value is None:
                    statement.pop(name, None)
                else:
                    statement[name] = value

    return apply


def without_key(action: str, operator: str, key: str) -> Callable[[Template], None]:
    """Remove one condition from every statement that has it."""

    def apply(template: Template) -> None:
        found = [
            one["Condition"][operator] for one in statements(template, action) if operator in one["Condition"]
        ]
        assert [keys.pop(key) for keys in found if key in keys]

    return apply


def handler_may(**statement: Any) -> Callable[[Template], None]:  # noqa: ANN401 - elements of a statement
    """Add a statement to the handler's role."""
    return lambda template: (
        statements(template, "iam:PassRole") and _handler(template).append({"Effect": "Allow", **statement})
    )


def _handler(template: Template) -> list[dict[str, Any]]:
    for role in resources(template, "AWS::IAM::Role"):
        for policy in role["Properties"].get("Policies", []):
            found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
            if any("iam:PassRole" in listed(one["Action"]) for one in found):
                return found
    raise AssertionError("no handler to mutate")


def service_trust(template: Template) -> dict[str, Any]:
    """Return the trust statement of a service role."""
    return _trust(template, "bedrock.amazonaws.com")


def states_trust(template: Template) -> dict[str, Any]:
    """Return the trust statement of the role of a state machine."""
    return _trust(template, "states.amazonaws.com")


def _trust(template: Template, service: str) -> dict[str, Any]:
    for role in resources(template, "AWS::IAM::Role"):
        statement: dict[str, Any] = listed(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])[0]
        if statement["Principal"] == {"Service": service}:
            return statement
    raise AssertionError(f"no role of {service} to mutate")


def add(name: str, resource: dict[str, Any]) -> Callable[[Template], None]:
    """Add a resource."""
    return lambda template: template["Resources"].update({name: resource})


def key_statement(template: Template) -> dict[str, Any]:
    """Return the first statement of a key's policy."""
    statement: dict[str, Any] = resources(template, "AWS::KMS::Key")[0]["Properties"]["KeyPolicy"][
        "Statement"
    ][0]
    return statement


def first_job(template: Template) -> dict[str, Any]:
    """Return a job."""
    return resources(template, "Custom::BedrockModelCustomizationJob")[0]


def remove_dependencies(template: Template, type: str) -> None:
    """Remove every job's dependencies on resources of a type."""
    gone = [name for name, one in template["Resources"].items() if one["Type"] == type]
    assert gone
    for job in resources(template, "Custom::BedrockModelCustomizationJob"):
        job["DependsOn"] = [name for name in job["DependsOn"] if name not in gone]


BUCKET, KEY, POLICY = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::S3::BucketPolicy"
GROUP, ENDPOINT = "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"
JOB, FUNCTION = "Custom::BedrockModelCustomizationJob", "AWS::Lambda::Function"
