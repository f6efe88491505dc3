"""A stack with a sweep, and its objects in S3 as the function writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.unit.monitoring import owned_jobs
from tests.unit.monitoring.conftest import OUTPUT_BUCKET

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Account

RESOURCE = "Search14E5"
SWEEP = "Custom::BedrockCustomizationSweep"
PREFIX = "tickets/sweep/"
MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"


class Sweep:
    """A stack with a sweep of three trials, and its objects as the function writes them."""

    def __init__(self, account: Account, digest: str = "0" * 32) -> None:
        self.account = account
        self.rows = [self._row(index) for index in range(3)]
        self.definition = f"s3://{OUTPUT_BUCKET}/{PREFIX}definitions/{digest}.json"
        resources = [(SWEEP, RESOURCE, self.definition)]
        account.endpoint.stacks["Tickets"] = {
            "status": "CREATE_COMPLETE",
            "template": "{}",
            "resources": resources,
        }
        trials = [one["overrides"] for one in self.rows]
        self.put(f"definitions/{digest}.json", {"properties": {"Trials": trials}})

    def start(self, index: int) -> str:
        """Start the job of a trial."""
        arn, name = self.start_unseen(index)
        self.rows[index] |= {"jobName": name, "jobArn": arn, "status": "InProgress"}
        self.write()
        return arn

    def start_unseen(self, index: int) -> tuple[str, str]:
        """Start the job of a trial that is not in the results; return its ARN and its name."""
        stack = self.account.endpoint.stack_id("Tickets")
        arn = owned_jobs.start(self.account, stack, RESOURCE, number=index)
        return arn, next(job.name for job in self.account.double.jobs() if job.arn == arn)

    def end(self, index: int, status: str = "Completed", **members: object) -> None:
        """Write the result of a trial."""
        loss = {"trainingLoss": 0.5 - index / 10, "modelArn": MODEL} if status == "Completed" else {}
        self.rows[index] |= {"status": status, **loss, **members}
        self.write()

    def finish(self, best: int | None) -> None:
        """Write the report."""
        self.write(best=None if best is None else self.rows[best], finished=True)

    def write(self, *, best: object = None, finished: bool = False, **members: object) -> None:
        """Write the results."""
        sweep = {"definition": self.definition, "stackId": "x", "resource": RESOURCE}
        told = {"sweep": sweep, "trials": self.rows, "best": best, "finished": finished, **members}
        self.put("results.json", told)

    def put(self, name: str, document: object) -> None:
        """Write an object."""
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.account.s3.buckets[OUTPUT_BUCKET][f"{PREFIX}{name}"] = content

    @staticmethod
    def _row(index: int) -> dict[str, Any]:
        overrides = {"hyperParameters": {"epochCount": str(index + 1)}}
        none = {"jobName": "", "jobArn": "", "trainingLoss": None, "validationLoss": None, "modelArn": ""}
        return {"index": index, "overrides": overrides, "status": "NotStarted", "failureMessage": "", **none}
