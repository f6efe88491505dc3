"""The entry of `bedrock-customize` and `python -m cdk_bedrock_customization.cli`."""

import errno
import os
import sys
from pathlib import Path

from ..distribution import needs_extra

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Why output cannot be written, which no command can do anything about."""


def main() -> None:
    """Run the console, or say which extra it needs."""
    try:
        from .completion import whole_words
        from .main import app
    except ModuleNotFoundError as missing:
        if missing.name not in {"typer", "rich"}:
            raise
        sys.exit(_refuse(missing.name))
    _open_closed_streams()
    try:
        try:
            with whole_words(os.environ):
                app(prog_name="bedrock-customize")
        finally:
            sys.stdout.flush()  # what cannot be written is found out here, and not while Python ends
    except OSError as error:
        if error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"The output cannot be written: {error.strerror}; free space, or write it elsewhere.")


def _open_closed_streams() -> None:
    """Open what a caller has closed (`>&-`): printing would fail."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - until the process ends


def _refuse(package: str) -> int:
    sys.stderr.write(f"{needs_extra('bedrock-customize', package, 'cli')}\n")
    return 2


if __name__ == "__main__":
    main()
