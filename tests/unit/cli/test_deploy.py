"""What `deploy`, `destroy` and `local` report before they reach AWS."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMAND = str(Path(sys.executable).with_name("bedrock-customize"))
EXAMPLE = str(ROOT / "examples" / "fine-tune-nova.yaml")


def run(folder: Path, *command: str, **variables: str) -> tuple[int, str, str]:
    """Run the command without any AWS configuration; return exit status, output and errors."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [COMMAND, *command],
        cwd=folder,
        env={**own, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("options", "variables", "sentence"),
    [
        ((), {}, "No Region is set; name one with --region, or set AWS_REGION."),
        (
            (),
            {"AWS_REGION": "us-east-1"},
            "There are no AWS credentials; set them up with `aws configure sso`",
        ),
        (
            ("--profile", "nope", "--region", "us-east-1"),
            {},
            "The config profile (nope) could not be found; `aws configure list-profiles` lists",
        ),
    ],
    ids=["no Region", "no credentials", "no such profile"],
)
@pytest.mark.parametrize("command", [("deploy", EXAMPLE), ("destroy", EXAMPLE)], ids=["deploy", "destroy"])
def test_what_is_missing_to_reach_aws_is_one_sentence(
    tmp_path: Path,
    command: tuple[str, ...],
    options: tuple[str, ...],
    variables: dict[str, str],
    sentence: str,
) -> None:
    """It says what to do, and nothing was started."""
    status, out, err = run(tmp_path, *command, *options, **variables)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(sentence)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (("deploy", EXAMPLE, "--keep"), "--keep needs --local"),
        (("deploy", EXAMPLE, "--local", "--profile", "dev"), "--profile has no meaning with --local"),
        (("deploy", EXAMPLE, "-c", "qualifier"), "--context must be KEY=VALUE, got 'qualifier'"),
        (("destroy",), "name the job file, or the stack with --stack"),
        (("destroy", EXAMPLE, "--stack", "S"), "name the job file, or the stack with --stack"),
        (("local", "advance", "two hours"), "must be seconds, or a number with s, min, h or d"),
        (("local", "advance", "-5"), "No such option"),
        (("deploy", EXAMPLE, "--stack", "no name"), "must be at most 128 letters, digits and hyphens"),
    ],
)
def test_wrong_usage_is_reported(tmp_path: Path, command: tuple[str, ...], text: str) -> None:
    """With exit status 2, as every command does."""
    status, _, err = run(tmp_path, *command)
    assert (status, text in err) == (2, True)


def test_the_commands_of_a_local_aws_need_one(tmp_path: Path) -> None:
    """The sentence says how to start one; nothing is made in the folder."""
    status, out, err = run(tmp_path, "local", "complete")
    assert (status, out) == (1, "")
    assert err.startswith(f"No local AWS runs in {tmp_path}; start one with `")
    assert err.endswith(" local start`.\n")
    assert not (tmp_path / ".local-aws").exists()


@pytest.mark.parametrize("command", ["synth", "deploy"])
def test_a_folder_without_an_app_starts_no_local_aws(tmp_path: Path, command: str) -> None:
    """In a wrong folder it would keep running for nobody."""
    status, out, err = run(tmp_path, "local", "cdk", command, HOME=str(tmp_path))
    assert (status, out) == (1, "")
    assert err.startswith(f"There is no app in {tmp_path}: it has no cdk.json; go to the folder of the app")
    assert not (tmp_path / ".local-aws").exists()


@pytest.mark.parametrize("arguments", [("deploy", "--help"), ("--version",)], ids=" ".join)
def test_help_of_the_cdk_cli_needs_no_app_and_no_local_aws(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """The CDK CLI answers both anywhere."""
    status, out, err = run(tmp_path, "local", "cdk", *arguments, HOME=str(tmp_path))
    assert (status, err) == (0, "")
    assert ("--require-approval" in out) is ("--help" in arguments)
    assert not (tmp_path / ".local-aws").exists()


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("-a", "python app.py"), {}),
        (("-apython app.py",), {}),
        (("--app=python app.py",), {}),
        ((), {"CDK_APP": "python app.py"}),
    ],
)
def test_an_app_can_be_named_as_for_the_cdk_cli(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    """It goes on to start the local AWS, whose folder is a file here."""
    (tmp_path / ".local-aws").touch()
    command = ("local", "cdk", "synth", *arguments)
    status, _, err = run(tmp_path, *command, HOME=str(tmp_path), **variables)
    assert (status, ".local-aws" in err, "There is no app" in err) == (1, True, False), err


@pytest.mark.parametrize(("answer", "result"), [("y\n", "True"), ("n\n", "False")])
def test_a_person_is_asked_in_a_terminal(answer: str, result: str) -> None:
    """The answer of a person counts; without a terminal it is no."""
    main, terminal = pty.openpty()
    code = "from constructs_lib.cli.deploy_common import confirmed; print(confirmed(is_yes=False)('Deploy?'))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT) as process:
        os.write(main, answer.encode())
        assert process.wait(20) == 0
    shown = os.read(main, 4096).decode()
    os.close(terminal)
    os.close(main)
    assert "Deploy? [y/N]" in shown
    assert shown.strip().endswith(result)
