"""What only the console or the local AWS needs may be missing; a sentence then says how to install it."""

import os
import re
import subprocess
import zipfile
from pathlib import Path


def _run(interpreter: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [interpreter, *command], env=environment, capture_output=True, text=True, check=False
    )


def test_the_console_without_its_extra(alone: Path) -> None:
    """`bedrock-customize` says in one sentence what to install, and its status is that of wrong usage."""
    expected = (
        'bedrock-customize needs typer; install it with: pip install "cdk-bedrock-customization[cli]"\n'
    )
    for command in ([alone.with_name("bedrock-customize")], ["-m", "cdk_bedrock_customization.cli"]):
        done = _run(alone, *command, "--help")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


def test_the_local_aws_without_its_extra(alone: Path) -> None:
    """`LocalAws` can be imported, and says what is missing when it starts, as the double."""
    start = "from constructs_lib.testing import LocalAws, LocalAwsError\ntry: LocalAws().start()\n"
    done = _run(alone, "-c", start + "except LocalAwsError as error: print(error)")
    install = 'install it with: pip install "cdk-bedrock-customization[local]"\n'
    assert done.stdout == f"The local AWS needs MiniStack; {install}", done.stderr
    done = _run(alone, "-c", "from constructs_lib.testing import BedrockDouble; BedrockDouble().client()")
    assert done.stderr.endswith(f"ModuleNotFoundError: The Bedrock double needs botocore; {install}")


def test_data_in_s3_without_boto3(alone: Path) -> None:
    """It is a finding, as for any file that cannot be read."""
    code = (
        "from constructs_lib.datasets.reading.sources import UnreadableError, opened\n"
        "try:\n    with opened('s3://amzn-s3-demo-bucket/train.jsonl'): pass\n"
        "except UnreadableError as error: print(error.finding.rule, error.finding.fix, sep='; ')"
    )
    done = _run(alone, "-c", code)
    rule = "must be a file that can be read: reading from S3 needs boto3, which is not installed"
    assert done.stdout == f'{rule}; install it with: pip install "cdk-bedrock-customization[cli]"\n', (
        done.stderr
    )


def test_tables_without_their_libraries(alone: Path, tmp_path: Path) -> None:
    """A conversion of Parquet, Arrow or Excel says which extra has what reads them."""
    for name, content, library in (
        ("in.parquet", b"PAR1", "pyarrow"),
        ("in.arrow", b"ARROW1", "pyarrow"),
        ("in.xlsx", b"PK\x03\x04", "openpyxl"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        code = (
            "import sys\nfrom cdk_bedrock_customization.datasets import ConversionError, convert\n"
            "try:\n    convert(sys.argv[1], 'out.jsonl', model='amazon.nova-lite-v1:0:300k')\n"
            "except ConversionError as error: print(error)"
        )
        done = _run(alone, "-c", code, path)
        assert f" needs {library}; install it with: pip install " in done.stdout, done.stderr
        assert '"cdk-bedrock-customization[tables]"' in done.stdout


def test_an_environment_with_the_local_aws_can_test(wheel: Path) -> None:
    """`make newcomer` adds `[testing]` to such an environment, instead of making another one."""
    with zipfile.ZipFile(wheel) as opened:
        [name] = [one for one in opened.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = opened.read(name).decode()
    needed = {
        extra: sorted(re.findall(rf"^Requires-Dist: (.*); extra == '{extra}'$", metadata, re.MULTILINE))
        for extra in ("local", "testing")
    }
    assert needed["testing"] == needed["local"] != []
