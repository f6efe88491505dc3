"""Jobs as the function of a stack starts them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zlib import crc32

from customization_job.jobs.identity import ClientToken, generated_name, resource_hash, stack_hash

from tests.unit.monitoring.conftest import ACCOUNT, JOB_TYPE, REGION

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Account

READS = ("Get", "List", "Describe", "Filter")


class ClockOf:
    """The clock of an account's Bedrock, for the console.

    Args:
        account: the account.
    """

    def __init__(self, account: Account) -> None:
        self._clock = account.double.clock

    def now(self) -> datetime:
        """Return the time of Bedrock."""
        return datetime.fromtimestamp(self._clock.now(), UTC)


def stack_arn(name: str, number: int = 0) -> str:
    """Return the ARN of a stack.

    Args:
        name: its name.
        number: another one for a stack that is created again under the same name. Default: 0.
    """
    unique = f"{crc32(f'{name} {number}'.encode()):08x}-11ee"
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{unique}"


def put_stack(account: Account, arn: str, status: str = "CREATE_COMPLETE", **resources: str) -> None:
    """Add or replace a stack.

    Args:
        account: the account.
        arn: the stack's ARN.
        status: its status.
        resources: physical ids of the resources of jobs, by their logical ids.
    """
    listed = [(JOB_TYPE, name, physical_id) for name, physical_id in resources.items()]
    account.endpoint.stacks[arn] = {"status": status, "template": "{}", "resources": listed}


def start(account: Account, stack: str, resource: str = "Triage", *, name: str = "", number: int = 0) -> str:
    """Create a job as the function does, and return its ARN.

    Args:
        account: the account.
        stack: the ARN of the stack.
        resource: the logical id of the resource.
        name: the job's name. Default: a generated one.
        number: another one for another job of the resource. Default: 0.
    """
    fingerprint = f"{number:016x}"
    token = ClientToken(
        stack=stack_hash(stack),
        resource=resource_hash(resource),
        fingerprint=fingerprint,
        generation=0,
        request="0" * 8,
        infrastructure="0" * 8,
    )
    chosen = name or generated_name(stack, resource, fingerprint, 0)
    return account.start_job(chosen, clientRequestToken=str(token))


def operations(account: Account) -> list[str]:
    """Return the names of the calls that the console made to Bedrock and CloudFormation."""
    started = [one.operation for one in account.double.calls() if one.operation[:6] != "Create"]
    return [*started, *account.endpoint.calls]
