"""Deploy one job file: `cdk deploy -c job=examples/fine-tune-nova.yaml`.

`-c stack=NAME` names the stack, which is otherwise named after the file; `-c any-region=true` also deploys
to a Region that AWS does not list for the model; `-c bootstrap_kms_key=alias/NAME` lets the job read uploaded
files where `cdk bootstrap` was called with `--bootstrap-kms-key-id`.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk

from constructs_lib import Checks, CustomizationDefaults, InvalidJob, ModelCustomizationJob

HERE = Path(__file__).resolve().parent
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
SUFFIXES = {".json", ".yaml", ".yml"}
TOOLS = {"node_modules", "cdk.out", "__pycache__"}

NO_NAME = (
    "-c stack= must be at most 128 letters, digits and hyphens, the first one a letter, got {name!r}; choose "
    "another name."
)
SHARED = (
    "{file} has the same stack name {name} as {others}, and deploying one would stop the training of the "
    "other; pass -c stack={name} for the file that the stack was deployed with and -c stack= with another "
    "name for the others, or rename a file."
)
ANYWHERE = "To deploy to this Region nevertheless, pass -c any-region=true."


def stack_name(job_file: Path, asked: object) -> str:
    """Return the name of a job file's own stack: in one stack, a second file would replace the first job.

    For a file below this folder the name is derived from the file's name, and the app stops if another job
    file there has the same. A file elsewhere, and one whose name cannot be a stack's, also gets a hash of its
    path.

    Args:
        job_file: the job file.
        asked: the value of `-c stack=`. Default: none.
    """
    if asked is not None:
        if not STACK_NAME.fullmatch(str(asked)):
            sys.exit(NO_NAME.format(name=asked))
        return str(asked)
    name, resolved = named_after(job_file), job_file.resolve()
    if not STACK_NAME.fullmatch(name) or not resolved.is_relative_to(HERE):
        place = Path(os.path.relpath(resolved, HERE)).as_posix()  # the same in every checkout
        readable = re.sub(r"[^A-Za-z0-9]", "", name)[:100]
        return f"{readable}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    alike = {os.path.relpath(one, HERE) for one in job_files(name) if one != resolved}
    if alike:
        sys.exit(SHARED.format(file=job_file, name=name, others=", ".join(sorted(alike))))
    return name


def named_after(job_file: Path) -> str:
    """Return a file's name as the name of a stack: `BedrockFineTuneNova` for `fine-tune-nova.yaml`."""
    parts = job_file.stem.replace("_", "-").split("-")
    return f"Bedrock{''.join(part.capitalize() for part in parts)}"


def job_files(name: str) -> Iterator[Path]:
    """Yield the job files below this folder with this stack name, without the folders of tools."""
    for folder, folders, files in os.walk(HERE):
        folders[:] = [
            one for one in folders if not (one.startswith(".") or one in TOOLS or is_venv(folder, one))
        ]
        for file in map(Path(folder).joinpath, files):
            named_alike = file.suffix in SUFFIXES and named_after(file) == name and file.is_file()
            if named_alike and "baseModelIdentifier" in file.read_text("utf-8", "ignore"):
                yield file.resolve()


def is_venv(*folder: str) -> bool:
    """Return whether a folder is a virtual environment."""
    return Path(*folder, "pyvenv.cfg").exists()


def define(app: cdk.App) -> None:
    """Define the stack of the job file that the context names."""
    job_file = Path(app.node.try_get_context("job") or "examples/fine-tune-nova.yaml")
    any_region = str(app.node.try_get_context("any-region")).lower() == "true"
    stack = cdk.Stack(
        app,
        stack_name(job_file, app.node.try_get_context("stack")),
        description=f"Amazon Bedrock model customization of {job_file.name}",
        # The CDK CLI's account and Region, so that the Region is checked before anything is created.
        env=cdk.Environment(
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
        ),
    )
    checks = Checks(overrides={"region": "warn" if any_region else "error"})
    try:
        if (key := app.node.try_get_context("bootstrap_kms_key")) is not None:
            CustomizationDefaults(bootstrap_kms_key=key).apply_to(app)
        ModelCustomizationJob.from_request(stack, "Customization", job_file, checks=checks)
    except InvalidJob as error:
        stopped = any(one.name == "region" for one in error.findings)
        sys.exit(f"{error}\n{ANYWHERE}" if stopped else str(error))


if __name__ == "__main__":
    app = cdk.App()
    define(app)
    app.synth()
