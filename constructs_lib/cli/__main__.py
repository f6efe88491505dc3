"""The entry of `bedrock-customize` and `python -m cdk_bedrock_customization.cli`."""

import os
import sys

from ..distribution import needs_extra


def main() -> None:
    """Run the console, or say which extra it needs."""
    try:
        from .completion import whole_words
        from .main import app
    except ModuleNotFoundError as missing:
        if missing.name not in {"typer", "rich"}:
            raise
        sys.exit(_refuse(missing.name))
    with whole_words(os.environ):
        app(prog_name="bedrock-customize")


def _refuse(package: str) -> int:
    sys.stderr.write(f"{needs_extra('bedrock-customize', package, 'cli')}\n")
    return 2


if __name__ == "__main__":
    main()
