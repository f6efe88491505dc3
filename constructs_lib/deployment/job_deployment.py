"""The deployment of one job file: synthesize, compare with what is deployed, ask, deploy, show the job."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.resource import RESOURCE_TYPE
from ..findings import printable
from ..testing.cdk_cli import CdkError
from .annotations import annotations_of
from .aws_calls import AwsCallError
from .comparison import Comparer
from .deployed_stacks import deployed_stack
from .job_stack import (
    DeploymentError,
    check_is_of_job_file,
    failure,
    is_asked,
    job_arn,
    job_lines,
    last_event,
    outputs,
    read_job,
    readable,
)
from .stack_names import stack_name
from .synthesized_stacks import CloudAssemblyError, read_assembly
from .targets import check_bootstrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .comparison import StackComparison
    from .deployed_stacks import DeployedStack
    from .progress import Progress
    from .synthesized_stacks import SynthesizedStack
    from .targets import Target

_APP = f"{__package__}.job_file_app"
_JOB, _STACK, _REVISION = "job", "stack", "revision"
_REVISION_UNKNOWN = (
    "Whether the deployed job has a revision is not known. If it has one, pass it with --revision: without "
    "it, another job starts."
)
_NOTHING = "Nothing was deployed."
_BOOTSTRAP_VERSION = "bootstrapStackVersionSsmParameter"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedJobFile:
    """A job file that is deployed.

    Args:
        stack: the name of its stack.
        job_arn: the ARN of its job.
        status: the status of the job; "" where it is not known.
    """

    stack: str
    job_arn: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDeployment:
    """One deployment of a job file.

    Args:
        target: where to.
        folder: a folder for the cloud assembly and for files of the CDK CLI.
        context: the context of the app of a job file: `job`, and what else was given.
        confirm: asks a person; returns the answer, no where nobody can be asked.
        progress: where the steps are shown.
        outputs_file: a file for the outputs of the stack, in the form of the CDK CLI. Default: none.
    """

    target: Target
    folder: Path
    context: Mapping[str, str]
    confirm: Callable[[str], bool]
    progress: Progress
    outputs_file: Path | None = None

    def run(self) -> DeployedJobFile:
        """Deploy, and return what is deployed.

        Raises:
            AwsCallError: AWS could not be asked.
            CdkError: the CDK CLI failed.
            DeploymentError: nothing was deployed, or the deployment has failed.
        """
        comparer = Comparer(self.target.session, self.target.region)
        kept = self._deployed_revision()
        stack = self._synthesized(kept)
        [found] = comparer.compare([stack])
        is_known = _REVISION not in self.context and found.deployed is not None
        if is_known and (current := _revision(found.deployed)) != kept:
            # The stack has another name than expected, by a cdk.json of the user, or was just deployed.
            stack = self._synthesized(kept := current)
            [found] = comparer.compare([stack])
        if kept:
            self.progress.say(f"The job keeps its revision, {printable(kept)}.")
        elif found.deployed is None and _REVISION not in self.context:
            self.progress.say(_REVISION_UNKNOWN)
        if not self.target.has_output:
            self._say_annotations()
        if found.deployed and found.deployed.exists:
            check_is_of_job_file(found.deployed, self.target)
            if _is_the_same(found.deployed, stack):
                self.progress.say(f"\nNothing changes: {stack.name} is in {self.target.where} as it is here.")
                return self._show(stack.name, outputs(self.target, stack.name))
        self._ask(found)
        values = self._deploy(stack)
        self.progress.say(f"\n{stack.name} is deployed to {self.target.where}.")
        return self._show(stack.name, values)

    def _deployed_revision(self) -> str:
        """Return the revision to keep; "": the deployed job has none, or another one was given."""
        if _REVISION in self.context:
            return ""
        name = self.context.get(_STACK) or stack_name(Path(self.context[_JOB]))
        try:
            return _revision(deployed_stack(self.target.session, name, region=self.target.region))
        except AwsCallError as error:
            if error.is_general:
                raise
            return ""  # the comparison says that the stack cannot be read

    def _synthesized(self, revision: str) -> SynthesizedStack:
        context = {**self.context, **({_REVISION: revision} if revision else {})}
        app = shlex.join([sys.executable, "-P", "-m", _APP])
        try:
            with self.progress.step("synthesize (cdk synth)"):
                self.target.synthesize(app, context, self.folder)
            [stack] = read_assembly(self.folder / "cdk.out").stacks
        except CdkError as error:
            raise DeploymentError(readable(error)) from error
        except CloudAssemblyError as error:
            raise DeploymentError(str(error)) from None
        uses, others = (stack.account, stack.region), (self.target.account, self.target.region)
        if uses != others:
            found = f"uses {stack.account} in {stack.region}" if stack.account else "finds no credentials"
            raise DeploymentError(
                f"The CDK CLI {found}, and boto3 uses {' in '.join(others)}; name a profile that both read "
                "with --profile, or pass the credentials in variables: `aws configure export-credentials`."
            )
        return stack

    def _ask(self, found: StackComparison) -> None:
        """Show what the deployment does, and have it confirmed where it stops or replaces a job."""
        parameter, version = _bootstrap_version(self.folder / "cdk.out", found.stack.name)
        if parameter:
            check_bootstrapped(self.target, parameter, version)
        self.progress.say(f"\nDeploying {found.stack.name} to {self.target.where}.")
        for line in (found.sentence, *found.notes, *found.jobs):
            self.progress.say(printable(f"  {line}"))
        if not found.is_deployable or any(one.starts == "fails" for one in found.jobs):
            raise DeploymentError(_NOTHING)
        if not is_asked(found):
            return
        if self.target.has_output:
            self._say_annotations()
        if not self.confirm("Deploy?"):
            raise DeploymentError(_NOTHING)

    def _say_annotations(self) -> None:
        """Show what the CDK warns of; where its output is visible, `cdk deploy` shows it too, but later."""
        for one in annotations_of(self.folder / "cdk.out"):
            self.progress.say(str(one))

    def _deploy(self, stack: SynthesizedStack) -> dict[str, str]:
        file = self.folder / "outputs.json"
        before = last_event(self.target, stack.name)
        args = ("deploy", stack.id, "--require-approval", "never", "--outputs-file", str(file))
        try:
            step = f"deploy {stack.name} (cdk deploy)"
            with self.progress.step(step, has_output=self.target.has_output):
                self.target.cdk(*args, folder=self.folder)
        except KeyboardInterrupt:
            raise self._interrupted(stack.name) from None
        except CdkError as error:
            reason = failure(self.target, stack.name, before)
            if not reason:
                raise DeploymentError(readable(error)) from error
            raise DeploymentError(
                f"The deployment of {stack.name} has failed and was rolled back: {reason}"
            ) from error
        content = file.read_text(encoding="utf-8") if file.exists() else "{}"
        return dict(json.loads(content).get(stack.name, {}))

    def _interrupted(self, name: str) -> KeyboardInterrupt:
        if self.target.is_local:
            return KeyboardInterrupt()
        where = ("--region", self.target.region, *self.target.options)
        command = shlex.join(("bedrock-customize", "destroy", "--stack", name, *where))
        return KeyboardInterrupt(
            f"interrupted; CloudFormation may go on with the stack {name}, and a job that it starts is "
            f"billed: see the stack's events, or delete it with `{command}`"
        )

    def _show(self, name: str, values: Mapping[str, str]) -> DeployedJobFile:
        if self.outputs_file:
            self.outputs_file.write_text(json.dumps({name: dict(values)}, indent=2), encoding="utf-8")
        arn = job_arn(values)
        if not arn:
            raise DeploymentError(f"No output of the stack is the ARN of a job; its outputs are {values}.")
        self.progress.say("\nOutputs:")
        for output, value in values.items():
            self.progress.say(printable(f"  {name}.{output} = {value}"))
        self.progress.say("\nThe job, as Bedrock returns it:")
        try:
            job = read_job(self.target, arn)
        except AwsCallError as error:
            self.progress.say("\n".join(job_lines({"status": f"not known: {error}"})))
            return DeployedJobFile(stack=name, job_arn=arn, status="")
        self.progress.say("\n".join(job_lines(job)))
        return DeployedJobFile(stack=name, job_arn=arn, status=str(job["status"]))


def _revision(deployed: DeployedStack | None) -> str:
    """Return the revision of the deployed job: without it, the next deployment would start another job."""
    resources = deployed.template.get("Resources", {}) if deployed and deployed.exists else {}
    jobs = [one.get("Properties", {}) for one in resources.values() if one.get("Type") == RESOURCE_TYPE]
    revisions = [one["Revision"] for one in jobs if isinstance(one.get("Revision"), str)]
    return revisions[0] if len(revisions) == 1 else ""


def _is_the_same(deployed: DeployedStack, stack: SynthesizedStack) -> bool:
    return deployed.status.endswith("_COMPLETE") and deployed.template == stack.template


def _bootstrap_version(assembly: Path, name: str) -> tuple[str, int]:
    """Return the parameter with the version of the bootstrap stack, and the lowest one; ("", 0) without."""
    artifacts = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    for artifact in artifacts.values():
        properties = artifact.get("properties", {})
        if properties.get("stackName", name) == name and _BOOTSTRAP_VERSION in properties:
            version = int(properties.get("requiresBootstrapStackVersion", 0))
            return str(properties[_BOOTSTRAP_VERSION]), version
    return "", 0
