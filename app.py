"""Deploy one job file: `cdk deploy -c job=examples/fine-tune-nova.yaml`.

`-c stack=NAME` names the stack, which is otherwise named after the file; `-c any-region=true` goes on in a
Region that AWS does not list for the model.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk

from constructs_lib import Checks, InvalidJob, ModelCustomizationJob

HERE = Path(__file__).resolve().parent
STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
SUFFIXES = {".json", ".yaml", ".yml"}
TOOLS = {"node_modules", "cdk.out", "__pycache__"}

NO_NAME = (
    "-c stack= must be at most 128 letters, digits and hyphens, the first one a letter, got {name!r}; choose "
    "another name."
)
SHARED = (
    "{file} would share the stack {name} with {others}, and the deployment of one stops the training of the "
    "other; pass -c stack={name} for the file whose stack it is and -c stack= with another name for each of "
    "the others, or rename a file."
)
ANYWHERE = "To go on in this Region all the same, pass -c any-region=true."


def stack_name(job_file: Path, asked: object) -> str:
    """Give each job file a stack of its own: in one stack, the second file would replace the first one's job.

    A file below this folder has the name that follows from its own, and stops if another job file there has
    the same. A file elsewhere, whose neighbours are not known, and one whose name is no stack's are told
    apart by their paths.
    """
    if asked is not None:
        if not STACK_NAME.fullmatch(str(asked)):
            sys.exit(NO_NAME.format(name=asked))
        return str(asked)
    name, resolved = named_after(job_file), job_file.resolve()
    if not STACK_NAME.fullmatch(name) or not resolved.is_relative_to(HERE):
        place = Path(os.path.relpath(resolved, HERE)).as_posix()  # the same wherever the checkout lies
        readable = re.sub(r"[^A-Za-z0-9]", "", name)[:100]
        return f"{readable}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    alike = {os.path.relpath(one, HERE) for one in job_files(name) if one != resolved}
    if alike:
        sys.exit(SHARED.format(file=job_file, name=name, others=", ".join(sorted(alike))))
    return name


def named_after(job_file: Path) -> str:
    """Write a file's name as a stack's: `fine-tune-nova.yaml` is `BedrockFineTuneNova`."""
    parts = job_file.stem.replace("_", "-").split("-")
    return f"Bedrock{''.join(part.capitalize() for part in parts)}"


def job_files(name: str) -> Iterator[Path]:
    """Find the job files below this folder that `name` follows from, less what tools put there."""
    for folder, folders, files in os.walk(HERE):
        folders[:] = [
            one for one in folders if not (one.startswith(".") or one in TOOLS or is_venv(folder, one))
        ]
        for file in map(Path(folder).joinpath, files):
            named_alike = file.suffix in SUFFIXES and named_after(file) == name and file.is_file()
            if named_alike and "baseModelIdentifier" in file.read_text("utf-8", "ignore"):
                yield file.resolve()


def is_venv(*folder: str) -> bool:
    """Tell whether a folder is a virtual environment."""
    return Path(*folder, "pyvenv.cfg").exists()


def define(app: cdk.App) -> None:
    """Define the stack of the job file that the context names."""
    job_file = Path(app.node.try_get_context("job") or "examples/fine-tune-nova.yaml")
    any_region = str(app.node.try_get_context("any-region")).lower() == "true"
    stack = cdk.Stack(
        app,
        stack_name(job_file, app.node.try_get_context("stack")),
        description=f"Amazon Bedrock model customization of {job_file.name}",
        # Where the CDK CLI deploys to, so that the Region is checked before anything is made.
        env=cdk.Environment(
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
        ),
    )
    checks = Checks(overrides={"region": "warn" if any_region else "error"})
    try:
        ModelCustomizationJob.from_request(stack, "Customization", job_file, checks=checks)
    except InvalidJob as error:
        stopped = any(one.name == "region" for one in error.findings)
        sys.exit(f"{error}\n{ANYWHERE}" if stopped else str(error))


if __name__ == "__main__":
    app = cdk.App()
    define(app)
    app.synth()
