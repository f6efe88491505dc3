"""The README's examples work as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


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
