"""Write the tables of `docs/permissions.md` from the statements of the templates.

python -m tools.update_permissions_page
"""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from constructs_lib import permissions
from tests.security.authorization_reference import privilege
from tests.security.iam_evaluator import ACCOUNT, REGION
from tools.permission_reasons import reasons
from tools.permission_tables import (
    ALWAYS,
    FUNCTION,
    SERVICE,
    STATE_MACHINE,
    USERS,
    Row,
    needed,
    readable,
    rows_of_policies,
    rows_of_role,
    rows_of_statements,
)
from tools.update_platform_page import with_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs/permissions.md"
_COLUMNS = "resource | condition | when | why |\n|---|---|---|---|---|\n"
FUNCTION_HEAD = f"| action of the function's role | {_COLUMNS}"
SERVICE_HEAD = f"| action of the service role | {_COLUMNS}"
STATE_MACHINE_HEAD = f"| action of a state machine's role | {_COLUMNS}"
POLICIES_HEAD = "| policy | principal | action | resource | condition | when |\n|---|---|---|---|---|---|\n"
DEPLOYER_HEAD = "| resource type | created for | actions |\n|---|---|---|\n"
GRANTS_HEAD = "| call | action | resource | condition |\n|---|---|---|---|\n"
OWNERS_HEAD = "| owner of | action | resource | condition | principal |\n|---|---|---|---|---|\n"
_SCHEMAS = Path(str(distribution("cfn-lint").locate_file("cfnlint/data/schemas")))
_BEDROCK = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
_JOB = f"{_BEDROCK}:model-customization-job/JOB"
_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/KEY"
_DATA = permissions.S3Location(uri="s3://data/DATA-KEY")
_OUTPUT = permissions.S3Location(uri="s3://results/PREFIX/")


def with_tables(page: str) -> str:
    """Return the page with its tables as they must be.

    Args:
        page: the page; each table begins with its head and ends before the first line that is no row.
    """
    for head, rows in (
        (FUNCTION_HEAD, role_rows(FUNCTION)),
        (SERVICE_HEAD, role_rows(SERVICE)),
        (STATE_MACHINE_HEAD, role_rows(STATE_MACHINE)),
        (POLICIES_HEAD, policy_rows()),
        (DEPLOYER_HEAD, deployer_rows()),
        (GRANTS_HEAD, grant_rows()),
        (OWNERS_HEAD, owner_rows()),
    ):
        page = with_rows(page, head, rows)
    return page


def role_rows(kind: str) -> Iterator[str]:
    """Return a row for each statement that roles of one kind have for some job.

    Args:
        kind: the kind of role.
    """
    for row in rows_of_role(kind):
        cells = (_actions(row), _resources(row), row.condition, ", ".join(row.needed_for), _why(kind, row))
        yield f"| {' | '.join(cells)} |\n"


def policy_rows() -> Iterator[str]:
    """Return a row for each statement of a policy of a resource that the library makes."""
    for of, principal, row in rows_of_policies():
        cells = (of, principal, _actions(row), _resources(row), row.condition, ", ".join(row.needed_for))
        yield f"| {' | '.join(cells)} |\n"


def deployer_rows() -> Iterator[str]:
    """Return a row for each resource type: what creates, reads, updates and deletes it."""
    found = needed(_types)
    for kind in sorted(found):
        actions = ["lambda:InvokeFunction"] if kind.startswith("Custom::") else handler_actions(kind)
        words = ["every job" if one == ALWAYS else one for one in found[kind]]
        yield f"| `{kind}` | {', '.join(words)} | {_by_service(actions) or 'none'} |\n"


def grant_rows() -> Iterator[str]:
    """Return a row for each statement that the library gives to people and programs of the app."""
    deployment, parameter = f"{_BEDROCK}:custom-model-deployment/ID", "tickets/model"
    env = {"partition": "aws", "region": REGION, "account": ACCOUNT}
    for call, statements in (
        ("`job.grant_read`", [permissions.read_statement(_JOB)]),
        ("`job.grant_stop`", [permissions.stop_statement(_JOB)]),
        ("`job.grant_tag`", [permissions.tag_statement(_JOB)]),
        (
            "`job.grant_invoke`, `deployment.grant_invoke`, `throughput.grant_invoke`",
            [
                permissions.invoke_statement(deployment),
                *permissions.model_key_user_statements([_KEY], region=REGION),
            ],
        ),
        (
            "`deployment.grant_invoke` while the ARN is not known",
            [
                permissions.invoke_tagged_statement(
                    "STACK-ARN", "RESOURCE", every=f"{_BEDROCK}:custom-model-deployment/*"
                )
            ],
        ),
        ("`deployment.grant_read`", [permissions.read_deployment_statement(deployment)]),
        (
            "`deployment.grant_read` with a parameter, `published.grant_read`",
            [permissions.read_parameter_statement(permissions.parameter_arn(parameter, **env))],
        ),
    ):
        for row in rows_of_statements(statements):
            yield f"| {call} | {_actions(row)} | {_resources(row)} | {row.condition} |\n"


def owner_rows() -> Iterator[str]:
    """Return a row for each statement that owners of keys and buckets add to their policies."""
    for of, statements in (
        ("the model's key", permissions.model_key_owner_statements(["SERVICE-ROLE"], region=REGION)),
        (
            "the key of a bucket",
            permissions.data_key_owner_statements(["SERVICE-ROLE"], region=REGION, write=True),
        ),
        (
            "a bucket",
            permissions.bucket_owner_statements(
                ["SERVICE-ROLE"], read=[_DATA], write=[_OUTPUT], partition="aws"
            ),
        ),
        (
            "the key of the function's logs",
            [permissions.log_key_owner_statement(partition="aws", region=REGION, account=ACCOUNT)],
        ),
    ):
        for statement in statements:
            principal = readable(str(next(iter(statement["Principal"].values()))))
            for row in rows_of_statements([statement]):
                yield f"| {of} | {_actions(row)} | {_resources(row)} | {row.condition} | `{principal}` |\n"


def handler_actions(kind: str) -> list[str]:
    """Return the actions that the CloudFormation schema of a resource type lists, if it has any handlers.

    What the Service Authorization Reference does not know is left out: no policy can allow it.

    Args:
        kind: a resource type of AWS.
    """
    file = json.loads((_SCHEMAS / "providers/us-east-1.json").read_text())[kind]
    handlers = json.loads((_SCHEMAS / f"resources/{file}.json").read_text()).get("handlers", {})
    named = {
        action
        for name, handler in handlers.items()
        if name != "list"
        for action in handler.get("permissions", ())
    }
    return sorted(one for one in named if privilege(one))


def _types(template: dict[str, Any]) -> set[str]:
    return {one["Type"] for name, one in template["Resources"].items() if not USERS.match(name)}


def _why(kind: str, row: Row) -> str:
    text = f"{_resources(row)} {row.condition}"
    found = dict.fromkeys(reason for action in row.actions for reason in reasons(kind, action, text))
    return "; ".join(f"{one.why} ([AWS]({one.source}))" for one in found)


def _actions(row: Row) -> str:
    named = ", ".join(f"`{one}`" for one in row.actions)
    return f"**Deny** {named}" if row.effect == "Deny" else named


def _resources(row: Row) -> str:
    return "<br>".join(one if " " in one else f"`{one}`" for one in row.resources)


def _by_service(actions: list[str]) -> str:
    services: dict[str, list[str]] = {}
    for one in actions:
        service, _, name = one.partition(":")
        services.setdefault(service, []).append(name)
    return "; ".join(f"`{name}:` {', '.join(found)}" for name, found in services.items())


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
