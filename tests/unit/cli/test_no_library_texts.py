"""What cannot be read or reached is described in our words: no text of a library, no repr, no traceback."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from constructs_lib.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
NOVA = "amazon.nova-lite-v1:0:300k"
ARN = "arn:aws:bedrock:us-east-1:000000000000:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefabcdef"
_CREATE = "create-model-customization-job"
LIBRARIES = re.compile(
    r"Expecting|delimiter|Invalid control|Extra data|while (scanning|parsing)|found character|mapping values|"
    r"\[Errno|Error\(|Traceback|codec can't|unexpected end of data|magic bytes|not a zip|Cannot instantiate|"
    r"Could not connect|endpoint URL: \"|Unable to (locate|parse)|region_name|Input should be|Value error|"
    r"object at 0x|ResponseParserError|JSONDecodeError|\['AWS_",
    re.IGNORECASE,
)
BROKEN = {
    "job.yaml": b'a: "b\n',
    "tab.yaml": b"a:\n\tb: 1\n",
    "job.json": b'{"a": [1}',
    "latin.yaml": b"a: \xe4\n",
    "data.csv": b'question,answer\n"a,b\n',
    "data.yaml": b"- question: a\n\tanswer: b\n",
    "data.json": b'[{"question": "a"',
    "data.jsonl": b'{"messages": [\n',
    "data.parquet": b"PAR1 and more",
    "data.xlsx": b"PK\x03\x04 and more",
}
COMMANDS: dict[str, list[str]] = {
    **{f"check {name}": ["check", name] for name in ("job.yaml", "tab.yaml", "job.json", "latin.yaml")},
    **{f"diff {name}": ["diff", name, name] for name in ("job.yaml", "job.json", "latin.yaml", "none")},
    **{f"catalogue {name}": ["models", "--catalog", name] for name in ("job.json", "job.yaml", "latin.yaml")},
    **{
        f"from-job {name}": ["from-job", name] for name in ("job.yaml", "job.json", "latin.yaml", "none.json")
    },
    **{
        f"convert {name}": ["convert", name, "--model", NOVA, "-o", "out.jsonl", "--force"]
        for name in ("data.csv", "data.yaml", "data.json", "data.jsonl", "none.csv")
    },
    "validate": ["validate", "data.jsonl", "--model", NOVA],
    "check, a name that no file has": ["check", "a\0.yaml"],
    "check, a long name": ["check", "a" * 5000 + ".yaml"],
    "out, a folder that is missing": [
        "from-cli",
        "aws bedrock create-model-customization-job",
        "--out",
        "no/x.yaml",
    ],
    "Region of the environment": ["check", "job.yaml", "--region", "us-east-1\r"],
    "from-cli, JSON": ["from-cli", f"aws bedrock {_CREATE} --vpc-config '{{\"a\": [1'"],
}
if find_spec("pyarrow") and find_spec("openpyxl"):
    COMMANDS |= {
        f"convert {name}": ["convert", name, "--model", NOVA, "-o", "out.jsonl", "--force"]
        for name in ("data.parquet", "data.xlsx")
    }
if find_spec("tokenizers"):
    COMMANDS["tokenizer"] = ["estimate", "data.jsonl", "--model", NOVA, "--tokenizer", "job.json"]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content)


def _said(command: list[str]) -> str:
    result = CliRunner().invoke(app, command)
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_what_cannot_be_read_is_described_in_our_words(command: list[str]) -> None:
    """Files that are cut off, damaged, in another encoding or missing."""
    said = _said(command)
    assert said
    assert not LIBRARIES.search(said), said


def _process(arguments: list[str], redirection: str) -> subprocess.CompletedProcess[str]:
    """Run the console in a process of its own, with its output redirected by a shell."""
    script = f'cd "$1" && shift && exec "$@" {redirection}'
    program = [sys.executable, "-m", "constructs_lib.cli", *arguments]
    return subprocess.run(
        ["sh", "-c", script, "sh", str(ROOT), *program], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["models", "skeleton"])
def test_a_full_disk_is_one_sentence(command: str) -> None:
    """Whether rich or typer prints."""
    result = _process([command], ">/dev/full")
    assert result.returncode == 1
    assert result.stderr.startswith("The output cannot be written: ")
    assert result.stderr.count("\n") == 1


def test_a_closed_output_is_no_error() -> None:
    """As in `command >&-`."""
    result = _process(["models"], ">&-")
    assert (result.returncode, result.stderr) == (0, "")


class _Nonsense(BaseHTTPRequestHandler):
    """Answers every call with a page, as a captive portal or a proxy does."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<html>hi</html>")

    do_POST = do_GET  # noqa: N815 - the name that the server calls

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        """Print nothing."""


@pytest.fixture
def nonsense() -> Iterator[str]:
    """Return the URL of a server that is not AWS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Nonsense) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


ASKING = {"from-job": ["from-job", ARN], "models --live": ["models", "--live", "--region", "us-east-1"]}
ENDPOINTS: dict[str, Callable[[str], str]] = {
    "nobody listens": lambda _: "http://127.0.0.1:1",
    "no URL": lambda _: "nonsense",
    "another server": lambda url: url,
}


@pytest.mark.parametrize("command", ASKING.values(), ids=ASKING.keys())
@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS.keys())
def test_an_endpoint_that_is_not_aws_is_one_sentence(
    command: list[str], endpoint: Callable[[str], str], nonsense: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens, the URL is none, or a proxy answers with a page."""
    for name, value in (
        ("AWS_ENDPOINT_URL", endpoint(nonsense)),
        ("AWS_ACCESS_KEY_ID", "000000000000"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ):
        monkeypatch.setenv(name, value)
    said = _said(command)
    assert not LIBRARIES.search(said), said
