"""Draw docs/images/validate.svg: what `bedrock-customize validate` prints for the broken samples."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "validate.svg"
WIDTH = 118
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
SAMPLES = {
    "examples/broken/nova-conversation.jsonl": "amazon.nova-lite-v1:0:300k",
    "examples/broken/llama-pairs.jsonl": "meta.llama3-1-8b-instruct-v1:0:128k",
    "examples/broken/titan-manifest.jsonl": "amazon.titan-embed-image-v1:0",
}


def picture() -> str:
    """Run the command on each sample, and return the picture of the terminal."""
    from constructs_lib.cli.report_view import print_report
    from constructs_lib.datasets import validate

    console = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    for file, model in SAMPLES.items():
        console.print(Text.assemble(("$ ", "dim"), f"bedrock-customize validate {file} --model {model}"))
        print_report(validate(file, model=model), console)
        console.print()
    drawn = console.export_svg(title="bedrock-customize validate", unique_id="validate")
    return _WEB_FONTS.sub("", drawn)  # the picture loads nothing; the reader's own monospace font will do


def main() -> None:
    """Write the picture; with --check, only check whether it is up to date."""
    os.chdir(ROOT)
    drawn = picture()
    if "--check" in sys.argv:
        sys.exit(
            0 if PICTURE.read_text() == drawn else f"{PICTURE} is out of date; run tools/report_picture.py"
        )
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
