"""`make deploy-local`: run the real `cdk deploy` of an app against a local AWS and show the job."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .background import BackgroundAws
from .cdk_cli import CdkCli, CdkError
from .emulators import LocalAwsError
from .local_aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

FOLDER = Path(".local-aws")
_LOG = FOLDER / "cdk.log"
_DEPLOY_SECONDS = 300.0
_JOB_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:model-customization-job/.+")
_SHOWN = (
    "jobName",
    "status",
    "baseModelArn",
    "customizationType",
    "outputModelName",
    "roleArn",
    "hyperParameters",
    "trainingDataConfig",
    "validationDataConfig",
    "outputDataConfig",
)
_WIDTH = 44


class Progress:
    """Shows each phase with the seconds that it took.

    Args:
        stream: where to write. Default: standard output.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started = time.monotonic()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Show the name of a phase when it begins, and how long it took when it ends.

        Args:
            name: a few words.
        """
        started = time.monotonic()
        self._write(f"{name} ".ljust(_WIDTH, "."))
        try:
            yield
        except BaseException:
            self._write(f" failed after {time.monotonic() - started:.1f} s\n")
            raise
        self._write(f" {time.monotonic() - started:.1f} s\n")

    def say(self, text: str) -> None:
        """Show a line.

        Args:
            text: the line.
        """
        self._write(f"{text}\n")

    def total(self) -> None:
        """Show how long all phases took."""
        self.say(f"{'total '.ljust(_WIDTH, '.')} {time.monotonic() - self._started:.1f} s")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line and return the exit status.

    Args:
        arguments: the command line. Default: this process's.
    """
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    progress = Progress()
    try:
        if options.stop:
            progress.say("stopped" if BackgroundAws(FOLDER).stop() else "nothing was running")
        else:
            _deploy(options, progress)
    except CdkError as error:
        _LOG.write_text(error.output, encoding="utf-8")
        sys.stderr.write(f"\n{error.reason}\n\nThe complete output of the CDK CLI is in {_LOG}.\n")
        return 1
    except LocalAwsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing is left running\n")
        return 130
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m constructs_lib.testing.deploy_local", description=__doc__
    )
    parser.add_argument("--job", type=Path, help="the job file, .json or .yaml; default: the app's own")
    parser.add_argument("--app", type=Path, default=Path("app.py"), help="the CDK app; default: app.py")
    parser.add_argument("--keep", action="store_true", help="keep the local AWS running")
    parser.add_argument("--destroy", action="store_true", help="run `cdk destroy` afterwards")
    parser.add_argument("--stop", action="store_true", help="stop the local AWS that --keep has started")
    parser.add_argument("--port", type=int, default=0, help="the port of MiniStack; default: any free port")
    return parser.parse_args(arguments)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _deploy(options: argparse.Namespace, progress: Progress) -> None:
    for file in filter(None, (options.app, options.job)):
        if not file.is_file():
            raise LocalAwsError(
                f"{file} is not a file; name one with {'--app' if file == options.app else 'JOB=path'}."
            )
    CdkCli.find(None, Path.cwd())
    FOLDER.mkdir(exist_ok=True)
    if options.keep:
        _deploy_in_background(options, progress)
        return
    _remove_old_folders()
    with tempfile.TemporaryDirectory(prefix=f"run-{os.getpid()}-", dir=FOLDER) as state:
        aws = LocalAws(port=options.port, state=Path(state).resolve())
        try:
            _phases(aws, options, progress)
        finally:
            with progress.phase("stop the local AWS"):
                aws.stop()
    progress.total()


def _remove_old_folders() -> None:
    """Remove the folders of runs that were killed before they could clean up."""
    for folder in FOLDER.glob("run-*-*"):
        try:
            os.kill(int(folder.name.split("-")[1]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue


def _deploy_in_background(options: argparse.Namespace, progress: Progress) -> None:
    background = BackgroundAws(FOLDER)
    if background.stop():
        progress.say("stopped the local AWS of an earlier run")
    aws = LocalAws(
        port=options.port,
        state=background.state.resolve(),
        keep_alive_file=background.keep_alive_file.resolve(),
    )
    try:
        _phases(aws, options, progress)
        background.save(aws)
    except BaseException:
        aws.stop()
        background.stop()
        raise
    progress.total()
    progress.say(
        "\nThe local AWS keeps running. To use it:\n\n"
        "  unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN"
    )
    for name, value in aws.env().items():
        progress.say(f"  export {name}={shlex.quote(value)}")
    progress.say("\nTo stop it: make stop-local")


def _phases(aws: LocalAws, options: argparse.Namespace, progress: Progress) -> None:
    with progress.phase("start the local AWS"):
        aws.start()
    with progress.phase("bootstrap (cdk bootstrap)"):
        aws.bootstrap()
    with progress.phase(f"deploy {options.job or options.app} (cdk deploy)"):
        outputs = _cdk_deploy(aws, options)
    with progress.phase("read the job back (boto3)"):
        jobs = _read_back(aws, outputs)
    _show(outputs, jobs, progress)
    if options.destroy:
        with progress.phase("destroy (cdk destroy)"):
            aws.cdk("destroy", "--all", "--force", *_context(options), app=_app(options))
        for job in _read_back(aws, outputs):
            progress.say(f"  {job['jobName']}: {job['status']}")
            if job["status"] == "InProgress":
                raise LocalAwsError(f"{job['jobArn']} is still running although its stack was destroyed.")


def _cdk_deploy(aws: LocalAws, options: argparse.Namespace) -> dict[str, Mapping[str, str]]:
    file = aws.state / "outputs.json"
    no_approval = ("--require-approval", "never")
    args = ("deploy", "--all", *no_approval, "--outputs-file", str(file), *_context(options))
    try:
        aws.cdk(*args, app=_app(options), timeout=_DEPLOY_SECONDS)
    except CdkError as error:
        summary = "; MiniStack logged: ".join([error.summary, *aws.error_log()[-1:]])
        raise CdkError(summary, error.output) from None
    outputs: dict[str, Mapping[str, str]] = (
        json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    )
    return outputs


def _context(options: argparse.Namespace) -> tuple[str, ...]:
    return ("-c", f"job={options.job}") if options.job else ()


def _app(options: argparse.Namespace) -> str:
    return shlex.join([sys.executable, str(options.app)])


def _read_back(aws: LocalAws, outputs: Mapping[str, Mapping[str, str]]) -> list[Mapping[str, Any]]:
    values = [value for stack in outputs.values() for value in stack.values()]
    arns = sorted(filter(_JOB_ARN.fullmatch, values))
    if not arns:
        raise LocalAwsError(
            f"No output of the app is the ARN of a customization job; its outputs are {values}."
        )
    bedrock = aws.client("bedrock")
    return [bedrock.get_model_customization_job(jobIdentifier=arn) for arn in arns]


def _show(
    outputs: Mapping[str, Mapping[str, str]], jobs: Sequence[Mapping[str, Any]], progress: Progress
) -> None:
    progress.say("\nOutputs:")
    for stack, values in outputs.items():
        for name, value in values.items():
            progress.say(f"  {stack}.{name} = {value}")
    for job in jobs:
        progress.say("\nThe job, as boto3's get_model_customization_job reads it:")
        for member in filter(job.__contains__, _SHOWN):
            value = job[member]
            shown = value if isinstance(value, str) else json.dumps(value)
            progress.say(f"  {member:<21}{shown}")
    progress.say("")


if __name__ == "__main__":
    sys.exit(main())
