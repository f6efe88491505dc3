"""`bedrock-customize metrics` against Bedrock's double and an S3, over HTTP with the real SDK."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from constructs_lib.testing.bedrock import Refuse
from tests.unit.monitoring.conftest import OUTPUT_BUCKET, Account

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

VALIDATORS = {"validators": [{"s3Uri": "s3://amzn-s3-demo-bucket/valid.jsonl"}]}
TWO_VALIDATORS = {
    "validators": [{"s3Uri": f"s3://amzn-s3-demo-bucket/{name}.jsonl"} for name in ("faq", "mail")]
}
COMMAND = [sys.executable, "-m", "cdk_bedrock_customization.cli", "metrics"]


def completed(account: Account, name: str = "tickets", **members: object) -> str:
    """Create a job that completes, and return its ARN."""
    members = {"validationDataConfig": VALIDATORS, **members}
    arn = account.start_job(name, **members)
    account.double.complete(arn)
    return arn


def folder(arn: str) -> str:
    """Return where a job writes its metrics."""
    return f"tickets/model-customization-job-{arn.rpartition('/')[2]}"


def errors_of(result: Result) -> str:
    """Return what was written to stderr, without the lines that click breaks and frames."""
    return " ".join(result.stderr.replace("│", " ").split())


def test_a_completed_job_shows_first_and_last_values_and_each_epoch(account: Account) -> None:
    """A person sees whether the loss has fallen, and whether the validation loss has risen again."""
    arn = completed(account, hyperParameters={"epochCount": "3"})
    result = account.run("metrics", "tickets")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "tickets  Completed  amazon.nova-lite-v1:0:300k"
    assert lines[1].split() == ["metric", "first", "last", "lowest", "highest", "steps"]
    assert [line.split()[0] for line in lines[2:4]] == ["training_loss", "validation_loss"]
    assert lines[2].split()[2] == "0.5"
    assert lines[5].split() == ["epoch", "step", "training_loss", "validation_loss"]
    assert [line.split()[:2] for line in lines[6:9]] == [["0", "15"], ["1", "30"], ["2", "45"]]
    assert lines[8].split()[2:] == ["0.5", "0.625"]
    assert (
        lines[10] == f"s3://{OUTPUT_BUCKET}/{folder(arn)}/training_artifacts/step_wise_training_metrics.csv"
    )
    assert max(map(len, lines[:10])) <= 60


def test_only_what_reads_is_called(account: Account) -> None:
    """The command changes nothing in AWS."""
    arn = completed(account)
    account.run("metrics", arn)
    assert [call.operation for call in account.double.calls()][1:] == ["GetModelCustomizationJob"]
    assert set(account.s3.calls) == {"ListObjectsV2", "GetObject"}
    assert not account.endpoint.calls


def test_every_step_is_printed_with_all(account: Account) -> None:
    """There are as many rows as steps."""
    arn = completed(account)
    lines = account.run("metrics", arn, "--all").stdout.splitlines()
    assert lines[6].split()[:2] == ["0", "1"]
    assert [line.split()[1] for line in lines[6:36]] == [str(step) for step in range(1, 31)]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"baseModelIdentifier": "anthropic.claude-3-haiku-20240307-v1:0:200k"},
            [("training", "training_loss"), ("validation", "validation_loss")],
        ),
        (
            {"baseModelIdentifier": "amazon.titan-text-express-v1:0:8k"},
            [
                ("training", "training_loss"),
                ("training", "perplexity"),
                ("validation", "validation_loss"),
                ("validation", "perplexity"),
            ],
        ),
        (
            {"validationDataConfig": TWO_VALIDATORS},
            [
                ("training", "training_loss"),
                ("validation", "validation_loss"),
                ("validation", "validation_loss"),
            ],
        ),
    ],
    ids=["claude", "titan", "two validation files"],
)
def test_the_files_of_each_family_are_read(
    account: Account, members: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    """Those that the double writes for the model."""
    arn = completed(account, **members)
    found = json.loads(account.run("metrics", arn, "--output", "json").stdout)["metrics"]
    assert [(one["kind"], one["name"]) for one in found] == expected


def test_csv_has_every_value_in_a_line(account: Account) -> None:
    """A spreadsheet or pandas reads it."""
    arn = completed(account)
    result = account.run("metrics", arn, "--csv")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert len(rows) == 32
    assert list(rows[0]) == ["kind", "source", "step", "epoch", "name", "value"]
    assert {(row["kind"], row["name"]) for row in rows} == {
        ("training", "training_loss"),
        ("validation", "validation_loss"),
    }
    assert (rows[29]["step"], rows[29]["epoch"], float(rows[29]["value"])) == ("30", "1", 0.5)
    assert rows[0]["source"].startswith(f"s3://{OUTPUT_BUCKET}/{folder(arn)}/")


def test_json_is_one_document_which_a_query_takes_parts_of(account: Account) -> None:
    """The last validation loss gates a pipeline."""
    arn = completed(account)
    document = json.loads(account.run("metrics", arn, "--output", "json").stdout)
    assert (document["jobArn"], document["status"], document["skippedCells"]) == (arn, "Completed", 0)
    assert document["metrics"][0]["points"][-1] == {"step": 30, "epoch": 1, "value": 0.5}
    query = "metrics[?name=='validation_loss'].last | [0]"
    result = account.run("metrics", arn, "--query", query)
    assert (result.exit_code, result.stdout) == (0, "0.625\n")


def test_a_table_has_lines_around_its_cells(account: Account) -> None:
    """As the AWS CLI prints tables."""
    arn = completed(account)
    lines = account.run("metrics", arn, "--output", "table").stdout.splitlines()
    assert lines[1].startswith("+---")
    assert lines[2].startswith("| metric ")


def test_a_metric_is_chosen_by_name_or_quantity(account: Account) -> None:
    """`loss` is both losses."""
    arn = completed(account)
    assert "validation_loss" not in account.run("metrics", arn, "--metric", "training_loss").stdout
    assert "validation_loss" in account.run("metrics", arn, "--metric", "loss").stdout
    result = account.run("metrics", arn, "--metric", "accuracy")
    assert result.exit_code == 2
    assert "must be one of training_loss, validation_loss, got 'accuracy'" in errors_of(result)


@pytest.mark.parametrize("columns", ["40", "60", "120"])
def test_the_chart_is_as_wide_as_the_terminal(account: Account, columns: str) -> None:
    """COLUMNS says it where there is no terminal."""
    arn = completed(account)
    lines = account.run("metrics", arn, "--chart", env={"COLUMNS": columns}).stdout.splitlines()
    assert lines[0] == "⠤⠤ training_loss  o validation_loss"
    assert max(map(len, lines)) == int(columns)


def test_files_with_and_without_epochs_are_shown_together(account: Account) -> None:
    """The epoch of a step is that of the file which has it; epochs have different last steps in two files."""
    arn = completed(account)
    account.s3.buckets[OUTPUT_BUCKET] = {
        f"{folder(arn)}/step_wise_training_metrics.csv": b"step_number,training_loss\n1,5\n2,4\n",
        f"{folder(arn)}/validation_metrics.csv": b"step_number,epoch_number,validation_loss\n2,1,3\n4,2,2\n",
    }
    lines = account.run("metrics", arn, "--all").stdout.splitlines()
    assert [line.split() for line in lines[6:9]] == [["1", "5"], ["1", "2", "4", "3"], ["2", "4", "2"]]
    lines = account.run("metrics", arn).stdout.splitlines()
    assert [line.split() for line in lines[6:8]] == [["1", "2", "3"], ["2", "4", "2"]]


def test_a_narrow_terminal_shows_one_value_in_a_line(account: Account) -> None:
    """Nothing is cut or broken within a number."""
    arn = completed(account)
    lines = account.run("metrics", arn, env={"COLUMNS": "40"}).stdout.splitlines()
    assert "  last: 0.625" in lines
    assert max(len(line) for line in lines if not line.startswith("s3://")) <= 40


def test_metrics_that_do_not_fit_are_counted(account: Account) -> None:
    """Reinforcement fine-tuning has many columns; those of the reward are shown first."""
    arn = completed(account)
    names = [f"measure_{number}" for number in range(9)]
    rows = f"step_number,epoch_number,{','.join(names)},train_reward_mean\n1,0{',1' * 10}\n2,1{',2' * 10}\n"
    account.s3.buckets[OUTPUT_BUCKET] = {f"{folder(arn)}/step_wise_training_metrics.csv": rows.encode()}
    lines = account.run("metrics", arn, env={"COLUMNS": "60"}).stdout.splitlines()
    assert lines[2].split()[0] == "train_reward_mean"
    assert lines[13].split() == ["epoch", "step", "train_reward_mean", "measure_0", "measure_1"]
    assert lines[16] == "7 more metrics; choose with --metric NAME"


def test_a_job_that_runs_has_no_metrics_yet(account: Account) -> None:
    """That is no failure; in JSON it is an empty list."""
    account.start_job("tickets")
    result = account.run("metrics", "tickets", "--output", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["metrics"] == []
    where = f"below s3://{OUTPUT_BUCKET}/tickets/; look again when it has ended."
    assert errors_of(result) == f"The job tickets (InProgress) has no metrics {where}"


def test_a_job_that_writes_while_it_trains_shows_what_there_is(account: Account) -> None:
    """The same command shows more later."""
    account.double.configure(metrics_files="during", training_seconds=1000)
    account.start_job("tickets")
    steps = []
    while "Completed" not in (printed := account.run("metrics", "tickets").stdout):
        steps += [int(line.split()[-1]) for line in printed.splitlines() if line.startswith("training_loss")]
        account.double.clock.advance(400)
    assert steps
    assert steps == sorted(steps)
    assert steps[0] < 30


@pytest.mark.parametrize("end", ["Failed", "Stopped", "Completed"])
def test_a_job_that_has_ended_without_metrics_is_a_failure(account: Account, end: str) -> None:
    """A script must not go on with nothing."""
    account.double.configure(metrics_files="never")
    arn = account.start_job("tickets")
    ends = {"Failed": lambda: account.double.fail(arn, "no"), "Stopped": lambda: account.double.stop(arn)}
    ends.get(end, lambda: account.double.complete(arn))()
    account.double.clock.advance(600)
    result = account.run("metrics", arn)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"The job tickets ({end}) has no metrics" in errors_of(result)


def test_files_without_values_are_named_so(account: Account) -> None:
    """A header alone is no metric."""
    arn = completed(account)
    account.s3.buckets[OUTPUT_BUCKET] = {
        f"{folder(arn)}/validation_metrics.csv": b"step_number,validation_loss\n"
    }
    result = account.run("metrics", arn)
    assert result.exit_code == 1
    assert "has metrics files without values below" in errors_of(result)


def test_what_is_left_out_is_said(account: Account) -> None:
    """The other values are printed."""
    arn = completed(account)
    key = f"{folder(arn)}/step_wise_training_metrics.csv"
    account.s3.buckets[OUTPUT_BUCKET] = {key: b"step_number,training_loss\n1,nan\n2,oops\n3,0.5\n"}
    result = account.run("metrics", arn)
    assert result.exit_code == 0
    assert errors_of(result) == "2 cells of the metrics files without a number left out."


def test_names_in_a_file_cannot_control_the_terminal(account: Account) -> None:
    """Neither escape sequences nor rich's markup have a meaning, in any form of output."""
    arn = completed(account)
    name = "\x1b[2J[red]x[/red]\u202e"
    key = f"{folder(arn)}/[bold]\x1b[31m/step_wise_training_metrics.csv"
    account.s3.buckets[OUTPUT_BUCKET] = {key: f"step_number,epoch_number,{name}\n1,0,2\n2,1,3\n".encode()}
    for form in (
        [],
        ["--all"],
        ["--chart"],
        ["--csv"],
        ["--output", "table"],
        ["--output", "json"],
        ["--metric", "y"],
    ):
        result = account.run("metrics", arn, *form)
        assert not {"\x1b", "\u202e"} & set(result.output), form
        assert "[red]" in result.output, form


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name the job by its ARN, its name or its job file"),
        (["tickets", "--chart", "--csv"], "--chart and --csv are two forms of the output"),
        (["tickets", "--csv", "--output", "json"], "have no meaning with --csv"),
        (["tickets", "--chart", "--query", "x"], "have no meaning with --chart"),
        (["tickets", "--query", "metrics[["], "must be a JMESPath expression"),
        (["tickets", "--plot", "loss.pdf"], "must end in .png or .svg, got .pdf; rename it"),
        (["tickets", "--plot", "gone/loss.png"], "must be in a folder that exists, got gone/loss.png"),
        (["tickets", "--plot", "a" * 300 + ".png"], "must be a file that can be written"),
    ],
)
def test_wrong_usage_asks_nothing_of_aws(account: Account, arguments: list[str], words: str) -> None:
    """Exit code 2, with a sentence."""
    result = account.run("metrics", *arguments, env={"COLUMNS": "400"})
    assert result.exit_code == 2
    assert words in errors_of(result)
    assert not account.double.calls()


def test_a_picture_is_written_beside_the_table(account: Account, tmp_path: Path) -> None:
    """A file that exists is replaced with --force only."""
    arn, file = completed(account), tmp_path / "loss.svg"
    result = account.run("metrics", arn, "--plot", str(file))
    assert result.exit_code == 0
    assert result.stdout.startswith("tickets  Completed")
    assert result.stderr == f"{file}: written\n"
    assert b"validation_loss" in file.read_bytes()
    file.write_text("mine")
    result = account.run("metrics", arn, "--plot", str(file))
    assert result.exit_code == 2
    assert "must not exist" in errors_of(result)
    assert file.read_text() == "mine"
    assert account.run("metrics", arn, "--plot", str(file), "--force").exit_code == 0
    assert b"validation_loss" in file.read_bytes()


def test_a_picture_that_cannot_be_written_is_a_sentence(account: Account, tmp_path: Path) -> None:
    """A folder has the name."""
    (tmp_path / "loss.png").mkdir()
    result = account.run("metrics", completed(account), "--plot", str(tmp_path / "loss.png"), "--force")
    assert result.exit_code == 2
    assert "must be a file that can be written" in errors_of(result)


def test_a_picture_of_nothing_is_a_failure(account: Account, tmp_path: Path) -> None:
    """The file that was asked for is not there."""
    account.start_job("tickets")
    result = account.run("metrics", "tickets", "--plot", str(tmp_path / "loss.png"))
    assert result.exit_code == 1
    assert not (tmp_path / "loss.png").exists()


def test_a_picture_without_matplotlib_names_the_extra(tmp_path: Path) -> None:
    """Before AWS is asked; pip's line can be copied."""
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from constructs_lib.cli.main import app; app(['metrics', 'x', '--plot', 'loss.png'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    expected = '--plot needs matplotlib; install it with: pip install "cdk-bedrock-customization[plot]"\n'
    assert done.stderr == expected


def test_the_job_of_a_stack(account: Account) -> None:
    """With two jobs, the resource says which one is meant."""
    first, second = completed(account, "first"), completed(account, "second")
    account.add_stack("Tickets", Triage=first, Summary=second)
    result = account.run("metrics", "--stack", "Tickets")
    assert result.exit_code == 2
    assert "the stack has 2: Triage, Summary; choose one with --resource" in errors_of(result)
    result = account.run("metrics", "--stack", "Tickets", "--resource", "Summary")
    assert result.stdout.startswith("second  Completed")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stack", "Gone"], "There is no stack Gone"),
        (["no-such-job"], "has no model customization job no-such-job"),
    ],
)
def test_what_is_not_there_is_a_sentence(account: Account, arguments: list[str], words: str) -> None:
    """Exit code 1."""
    result = account.run("metrics", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in errors_of(result)


def test_what_aws_refuses_is_a_sentence(account: Account) -> None:
    """Credentials that have expired, a permission that is missing, a bucket that is gone."""
    arn = completed(account)
    account.double.faults.add("GetModelCustomizationJob", Refuse.expired_token())
    result = account.run("metrics", arn)
    assert result.exit_code == 1
    assert "credentials have expired; sign in again" in errors_of(result)

    account.s3.errors["ListObjectsV2"] = (403, "AccessDenied", "Access Denied")
    result = account.run("metrics", arn)
    assert result.exit_code == 1
    assert f"s3:ListBucket on arn:aws:s3:::{OUTPUT_BUCKET} is not permitted" in errors_of(result)

    account.s3.clear()
    result = account.run("metrics", arn)
    assert result.exit_code == 1
    assert f"The bucket {OUTPUT_BUCKET}, to which the job writes its metrics, does not exist." in errors_of(
        result
    )


def test_calls_that_are_throttled_are_repeated(account: Account) -> None:
    """Two refusals are not seen."""
    arn = completed(account)
    account.double.faults.add("GetModelCustomizationJob", Refuse.throttled(), times=2)
    assert account.run("metrics", arn).exit_code == 0


def test_an_s3_that_cannot_be_reached_is_a_sentence(account: Account) -> None:
    """The network is gone."""
    arn = completed(account)
    result = account.run("metrics", arn, env={"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"})
    assert result.exit_code == 1
    assert "AWS cannot be reached" in errors_of(result)


def test_the_region_of_an_arn_is_asked(account: Account) -> None:
    """Whatever Region the configuration has."""
    account.double.configure()
    arn = completed(account)
    result = account.run("metrics", arn, env={"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"})
    assert result.exit_code == 0
    assert result.stdout.startswith("tickets  Completed")


def test_a_terminal_has_colours_unless_no_color_is_set(account: Account) -> None:
    """A pseudo-terminal is a terminal."""
    arn = completed(account)
    assert b"\x1b[36m" in _in_a_terminal(arn, TERM="xterm-256color")
    assert b"\x1b" not in _in_a_terminal(arn, TERM="xterm-256color", NO_COLOR="1")


def _in_a_terminal(arn: str, **environment: str) -> bytes:
    """Return what `metrics --chart` prints in a terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": "60", **environment}
    done = subprocess.run([*COMMAND, arn, "--chart"], stdout=theirs, stderr=theirs, env=env, check=False)
    os.close(theirs)
    printed = os.read(ours, 20_000)
    os.close(ours)
    assert done.returncode == 0, printed
    return printed


def test_an_output_that_is_not_utf_8_gets_ascii(account: Account) -> None:
    """Braille cannot be printed there."""
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "COLUMNS": "60"}
    done = subprocess.run(
        [*COMMAND, completed(account), "--chart"], capture_output=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"** training_loss  o validation_loss")
