"""The README's examples work as they stand there."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PROSE = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
# tests/docs runs the others.
BASH = re.findall(r"^<!--- skip: next .*-->\n```bash\n((?:.*\n)*?)```", README, re.MULTILINE)
COMMANDS = re.findall(r"^(\S.*?)(?:  +#.*)?$", "".join(BASH), re.MULTILINE)
ENDS = {
    "bedrock-customize skeleton": (0, ""),
    "bedrock-customize from-cli": (0, ""),
    "bedrock-customize from-job": (1, "No Region is set; name one with --region"),
    "bedrock-customize check": (0, ""),
    "bedrock-customize models": (0, ""),
    "bedrock-customize convert": (0, ""),
    "bedrock-customize split": (0, ""),
    "bedrock-customize validate": (0, ""),
    "bedrock-customize estimate": (0, ""),
    "bedrock-customize fingerprint": (1, "No Region is set"),
    "bedrock-customize diff": (2, "There is no cdk.out here"),
    "bedrock-customize deploy": (1, "The config profile (dev) could not be found"),
    "make deploy ": (1, "The config profile (dev) could not be found"),
    "PATH=": (0, ""),
}
"""How a command of the README ends here, where there is neither AWS nor a synthesized app."""

AWS_COMMAND = """\
aws bedrock create-model-customization-job --job-name tickets-1 --custom-model-name tickets \\
  --role-arn arn:aws:iam::111122223333:role/Training \\
  --base-model-identifier amazon.nova-lite-v1:0:300k \\
  --training-data-config s3Uri=s3://amzn-s3-demo-bucket/train.jsonl \\
  --output-data-config s3Uri=s3://amzn-s3-demo-output/
"""

ELSEWHERE = (
    "pip install",
    "npm install",
    "make test",
    "make deploy-local",
    "--local",
    "cd tickets",
    "local cdk",
)
"""What other tests run: tests/local, tests/package."""


def _python_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_embedding_example_synthesizes(tmp_path: Path) -> None:
    """At most fifteen lines of code, run as they are."""
    example = _python_blocks()[0]
    environment = os.environ | {"CDK_OUTDIR": str(tmp_path / "cdk.out")}
    subprocess.run([sys.executable, "-c", example], cwd=ROOT, env=environment, check=True)
    assert (tmp_path / "cdk.out" / "Tickets.template.json").exists()
    assert len([line for line in example.splitlines() if line.strip()]) <= 15


def test_every_file_that_the_readme_names_exists() -> None:
    """Links and paths lead somewhere."""
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    named = re.findall(r"\b(?:examples|docs|bench)/[\w./-]+\.\w+", README)
    assert [name for name in {*linked, *named} if not os.path.exists(ROOT / name)] == []  # noqa: PTH110 - a name, not a path


def test_every_command_of_the_readme_is_tried() -> None:
    """Here, or by the tests of the local AWS and of the wheel."""
    assert len(COMMANDS) > 12
    tried = (*ENDS, *ELSEWHERE)
    assert [one for one in COMMANDS if not any(part in one for part in tried)] == []


@pytest.mark.parametrize(
    "command",
    [one for one in COMMANDS if one.startswith(tuple(ENDS)) and "--local" not in one],
)
def test_a_command_of_the_readme_works_as_written(command: str, tmp_path: Path) -> None:
    """To the point where credentials, or an app, are needed."""
    folder = ROOT if command.startswith(("make", "PATH")) else tmp_path
    if folder is tmp_path:
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
        shutil.copy(ROOT / "examples" / "fine-tune-nova.yaml", tmp_path / "job.yaml")
        (tmp_path / "command.txt").write_text(AWS_COMMAND)
        rows = "".join(f"question {at},answer\n" for at in range(100))
        (tmp_path / "faq.csv").write_text(f"question,answer\n{rows}")
        for name in ("train.jsonl", "tickets.jsonl", "fine-tune-nova.jsonl"):
            shutil.copy(ROOT / "examples" / "fine-tune-nova.jsonl", tmp_path / name)
    # What make has set up is not set up again.
    line = command.replace("make ", "make -o .venv/library -o node_modules/cdk ").replace(
        "cdk synth", f"cdk synth --quiet --output '{tmp_path / 'cdk.out'}'"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    around = {"PATH": path, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "200"}
    cache = str(Path.home() / ".cache" / "aws" / "jsii" / "package-cache")
    around |= {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": cache, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    around |= {"CDK_VALIDATION": os.environ["CDK_VALIDATION"]}
    done = subprocess.run(
        ["sh", "-eu", "-c", line], cwd=folder, env=around, capture_output=True, text=True, check=False
    )
    [(status, text)] = [end for prefix, end in ENDS.items() if command.startswith(prefix)]
    assert (done.returncode == 0) is (status == 0), done.stderr
    assert text in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", re.findall(r"\bmake [a-z][^`\n]*", PROSE))
def test_every_target_and_variable_of_make_exists(line: str) -> None:
    """As the README writes them, also within a sentence."""
    _, target, *_ = line.split()
    if target not in ("and", "sets"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), line
    for name in re.findall(r"\b([A-Z]+)=", line):
        assert f"$({name})" in MAKEFILE, line


def test_the_wheel_in_the_readme_is_the_one_that_make_builds() -> None:
    """The name of the file has the version, and the extras exist."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"(cdk_bedrock_customization-\S+?\.whl)\[(\w+)\]", README)
    assert {wheel for wheel, _ in named} == {
        f"cdk_bedrock_customization-{project['version']}-py3-none-any.whl"
    }
    assert {extra for _, extra in named} == {"cli", "local"}
    assert {"cli", "local"} <= set(project["optional-dependencies"])
