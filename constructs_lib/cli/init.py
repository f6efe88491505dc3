"""`bedrock-customize init`: a new CDK app, written from an example of this library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).parents[1]
_DEFAULT = "fine-tune"
_README, _TITLE = "README.md", "# "
_GIT_IGNORE = ".gitignore"
_GIT_IGNORES = """\
__pycache__/
.local-aws/
.pytest_cache/
.venv/
cdk.out/
node_modules/
"""
_NOT_FOR_AN_APP = re.compile(r"<!---.*?-->\n", re.DOTALL)
"""What the README tells only the tests of this library."""
_LINK = re.compile(r"\[([^\]]*)\]\(\.\./[^)\s]*\)")
"""A link to a file that is not part of the example."""


def examples() -> dict[str, Path]:
    """Return the folders of the examples that can be deployed, by their names."""
    in_wheel = _PACKAGE / "_examples"
    root = in_wheel if in_wheel.is_dir() else _PACKAGE.parent / "examples"
    found = (file.parent for file in sorted(root.glob("*/requirements.txt")))
    return {folder.name: folder for folder in found}


def _names(incomplete: str) -> list[str]:
    return [name for name in examples() if name.startswith(incomplete)]


def _example(name: str) -> str:
    """Return the name of an example that exists."""
    from difflib import get_close_matches

    known = examples()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        fix = f"did you mean {near[0]}?" if near else "--list shows what each of them is for"
        raise typer.BadParameter(f"must be {', '.join(known)}, got {name!r}; {fix}")
    return name


def _list(is_given: bool) -> None:  # noqa: FBT001 - typer's signature of a callback
    if not is_given:
        return
    from .console import print_lines

    known = examples()
    width = max(map(len, known))
    for name, folder in known.items():
        print_lines(f"{name:<{width}}  {_title(folder)}")
    raise typer.Exit


def init(
    name: Annotated[
        Path,
        typer.Argument(
            metavar="NAME",
            help="The folder of the app, new or empty; its stack has its name.",
            show_default=False,
        ),
    ],
    *,
    example: Annotated[
        str,
        typer.Option(
            metavar="EXAMPLE",
            help="What the app does.",
            autocompletion=_names,
            callback=_example,
        ),
    ] = _DEFAULT,
    listed: Annotated[  # noqa: ARG001 - its callback ends the command
        bool,
        typer.Option(
            "--list", callback=_list, is_eager=True, help="Print the examples, and what each is for."
        ),
    ] = False,
) -> None:
    """Write a new CDK app, ready for the local AWS and for `cdk deploy`.

    Exit code: 0 where it is written, 1 where the folder is not empty or cannot be written to, 2 for wrong
    usage.
    """
    from ..findings import printable
    from .console import print_lines
    from .deploy_common import command_name, reported

    stack = _stack_name(name)
    with reported("interrupted; nothing was written"):
        if name.exists() and (not name.is_dir() or any(name.iterdir())):
            print_lines(printable(f"{name} must be a new or an empty folder; name another one."), stderr=True)
            raise typer.Exit(1)
        written = _written(examples()[example], example, stack, name)
    print_lines(printable(f"{name}: {', '.join(written)}; the stack is {stack}."), "")
    import shlex

    typer.echo(f"  cd {shlex.quote(str(name))}\n  {command_name()} local cdk deploy\n")
    print_lines(f"{_README} says what that deploys, and how to deploy it to AWS.")


def _stack_name(folder: Path) -> str:
    """Return the name of the app's stack: `TicketTriage` for `ticket-triage`.

    Args:
        folder: the app's folder.

    Raises:
        BadParameter: CloudFormation would not accept the name.
    """
    from ..deployment.stack_names import STACK_NAME

    last = folder.resolve().name
    stack = "".join(f"{word[0].upper()}{word[1:]}" for word in re.findall(r"[A-Za-z0-9]+", last))
    if not STACK_NAME.fullmatch(stack) or not last.isascii():
        raise typer.BadParameter(
            f"must begin with a letter and have only letters of A to Z, digits and signs, got {last!r}; the "
            "stack is named after it: choose another name",
            param_hint="NAME",
        )
    return stack


def _written(source: Path, example: str, stack: str, folder: Path) -> list[str]:
    """Write an app and return the names of its files; leave nothing behind if that fails.

    Args:
        source: the folder of the example.
        example: its name.
        stack: the name of the stack.
        folder: the folder of the app, new or empty.

    Raises:
        OSError: a file cannot be written; it names the folder.
    """
    is_new = not folder.exists()
    try:
        return list(_write(source, example, stack, folder))
    except BaseException as error:
        for name in (*(one.name for one in source.iterdir()), _GIT_IGNORE):
            (folder / name).unlink(missing_ok=True)
        if is_new and folder.is_dir():
            folder.rmdir()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(folder)) from None
        raise


def _write(source: Path, example: str, stack: str, folder: Path) -> Iterator[str]:
    """Write the files of an example with another name of the stack; yield their names.

    Args:
        source: the folder of the example.
        example: its name.
        stack: the name of the stack.
        folder: the folder of the app.
    """
    old = "".join(part.capitalize() for part in example.split("-"))
    named = re.compile(rf'(Stack\(\s*app, "|--stack ){old}')
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(one for one in source.iterdir() if one.is_file()):
        text = named.sub(rf"\g<1>{stack}", file.read_text(encoding="utf-8"))
        if file.name == _README:
            text = _LINK.sub(r"\1", _NOT_FOR_AN_APP.sub("", text))
        # Not with the end of lines of this machine: it would be other data, and so another training.
        (folder / file.name).write_text(text, encoding="utf-8", newline="\n")
        yield file.name
    (folder / _GIT_IGNORE).write_text(_GIT_IGNORES, encoding="utf-8", newline="\n")
    yield _GIT_IGNORE


def _title(folder: Path) -> str:
    """Return what an example is for: the title of its README."""
    with (folder / _README).open(encoding="utf-8") as file:
        return file.readline().removeprefix(_TITLE).strip()
