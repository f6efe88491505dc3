"""The end of a job file's stack: what happens to its job and its model, and `cdk destroy`."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TYPE
from ..findings import printable
from ..testing.cdk_cli import CdkError
from .aws_calls import AwsCallError
from .deployed_stacks import CREATED_ANEW, deployed_stack
from .job_stack import DeploymentError, check_is_of_job_file, failure, last_event, read_job, readable
from .templates import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .deployed_stacks import DeployedStack
    from .progress import Progress
    from .targets import Target

_APP = f"{__package__}.empty_stack_app"
_KEPT = (
    "The output bucket and the KMS key that the stack has made are kept: the bucket holds metrics and copies "
    "of the records."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRemoval:
    """One `cdk destroy` of a job file's stack.

    Args:
        target: where the stack is.
        folder: a folder for the cloud assembly and for files of the CDK CLI.
        name: the stack's name.
        confirm: asks a person; returns the answer, no where nobody can be asked.
        progress: where the steps are shown.
    """

    target: Target
    folder: Path
    name: str
    confirm: Callable[[str], bool]
    progress: Progress

    def run(self) -> None:
        """Destroy the stack.

        Raises:
            AwsCallError: AWS could not be asked.
            DeploymentError: there is no such stack, it is no job file's, or it could not be deleted.
        """
        deployed = deployed_stack(self.target.session, self.name, region=self.target.region)
        if not deployed.exists and deployed.status not in CREATED_ANEW:
            raise DeploymentError(
                f"There is no stack {self.name} in {self.target.where}; `aws cloudformation "
                "list-stacks` lists those that there are."
            )
        if deployed.exists:
            check_is_of_job_file(deployed, self.target)
        self.progress.say(f"Destroying {self.name} in {self.target.where}:")
        for line in _consequences(deployed):
            self.progress.say(printable(f"  {line}"))
        if not self.confirm("Destroy?"):
            raise DeploymentError("Nothing was destroyed.")
        self._destroy()
        for job in deployed.jobs.values():
            try:
                status = str(read_job(self.target, job.arn)["status"])
            except AwsCallError as error:
                status = f"in a status that is not known ({error})"
            self.progress.say(printable(f"  {job.arn} is now {status}."))

    def _destroy(self) -> None:
        before = last_event(self.target, self.name)
        app = shlex.join([sys.executable, "-P", "-m", _APP])
        try:
            step = f"destroy {self.name} (cdk destroy)"
            with self.progress.step(step, has_output=self.target.has_output):
                if not (self.folder / "cdk.out").exists():  # else it is that of the deployment
                    self.target.synthesize(app, {"stack": self.name}, self.folder)
                self.target.cdk("destroy", self.name, "--force", folder=self.folder)
        except CdkError as error:
            reason = failure(self.target, self.name, before)
            if not reason:
                raise DeploymentError(readable(error)) from error
            raise DeploymentError(f"The stack {self.name} could not be deleted: {reason}") from error


def _consequences(deployed: DeployedStack) -> Iterator[str]:
    """Yield what becomes of the jobs and the models, and of what is kept."""
    for logical_id, resource in resources(deployed.template, RESOURCE_TYPE).items():
        job = deployed.jobs.get(logical_id)
        if job is not None:
            on_delete = str(resource.get("Properties", {}).get("OnDelete", "StopJob"))
            status = job.status or "in a status that is not known"
            yield f"{job.arn} is {status}: {_fate(job.status, on_delete)}."
    yield _KEPT


def _fate(status: str, on_delete: str) -> str:
    """Return what becomes of a job and its model."""
    if on_delete == "Retain":
        return "the job and its model are kept as they are"
    if status in ("Failed", "Stopped", "NotFound"):
        return "there is nothing to stop"
    model = "the model is kept, and is billed by the month as long as it is kept"
    if on_delete == "DeleteModel":
        model = "the model is deleted, if nothing serves it"
    if status == "Completed":
        return model
    stopped = "it is stopped, and what it has trained until then is billed"
    return stopped if status else f"{stopped}; if it has completed, {model}"
