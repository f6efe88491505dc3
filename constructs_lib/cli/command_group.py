"""What all commands have in common: `-h`, help texts that fit the terminal, and errors in our own words.

typer's own texts for wrong values depend on its version, and name Python's types.
"""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..findings import printable
from ..request.characters import where_invisible
from .common import STDIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HELP_OPTIONS = {"help_option_names": ["--help", "-h"]}
"""The settings of the outermost group; the commands inside it inherit them."""

_LIBRARY = re.compile(
    r"Value error, |Input should be |.* is not (?:a valid |one of |in the range )", re.DOTALL
)
"""How the messages of typer, click and pydantic about a value begin."""
_NARROW = 80
"""In fewer columns typer's boxes cut the names of options: the help is written without boxes."""
_LEAST = 20
_NAMES = ("account", "model", "profile", "region", "resource", "stack", "validation")
"""Parameters whose values have no invisible character, unlike texts and paths."""
_ANY = re.compile(r".*", re.DOTALL)
_FORMS = {
    "account": (re.compile(r"[0-9]{12}"), "must be an account id of 12 digits, without dashes"),
    "region": (re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+"), "must be the code of a Region, such as us-east-1"),
}
"""What no call to AWS could use: without this, every later message would be about something else."""
_COMPLETION = ("install_completion", "show_completion")
_SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


class CommandGroup(TyperGroup):
    """A group of commands; what it does applies to each command that is in it, also to new ones.

    Args:
        settings: those of typer's group.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's own, which differ by version
        super().__init__(**settings)
        for command in (self, *self.commands.values()):
            command.help = _unwrapped(command.help)
            vars(command)["get_params"] = _simplified(command.get_params)
            vars(command)["format_help"] = _fitting(command, command.format_help)


def _fitting(command: Any, boxes: Callable[..., Any]) -> Callable[..., Any]:  # noqa: ANN401 - typer's
    """Return a function that prints the help of a command, in boxes where the terminal is wide enough."""

    def format_help(ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - see `_simplify`
        columns = shutil.get_terminal_size().columns
        if columns >= _NARROW:
            boxes(ctx, formatter)
        else:
            for text, indent, further in _plain_help(command, ctx):
                typer.echo(_filled(text, max(columns - 1, _LEAST), indent, further))

    return format_help


def _plain_help(command: Any, ctx: Any) -> Iterator[tuple[str, int, int]]:  # noqa: ANN401 - see `_simplify`
    """Yield the paragraphs of a help, and the indents of the first line and of the further ones of each."""
    yield f"Usage: {ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}", 0, 4
    for paragraph in (command.help or "").split("\n\n"):
        yield "", 0, 0
        yield paragraph, 0, 0
    records = [one.get_help_record(ctx) for one in command.get_params(ctx)]
    commands = getattr(command, "commands", {}).items()
    records += [(name, (one.help or "").partition("\n\n")[0]) for name, one in commands if not one.hidden]
    for names, text in filter(None, records):
        yield "", 0, 0
        yield names, 2, 4
        yield text, 6, 6


def _filled(text: str, width: int, indent: int, further: int) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the commands beside `help`, or in a group that is named, that begin like a word."""
    group: Any = context.parent and context.parent.command
    for name in context.params.get("command") or ():
        group = getattr(group, "commands", {}).get(name)
    return [name for name in getattr(group, "commands", ()) if name.startswith(incomplete)]


def show_help(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="The command, such as `check` or `local start`; left out: this list.",
            show_default=False,
            autocompletion=_names,
        ),
    ] = None,
) -> None:
    """Show the help of a command: the same as COMMAND --help."""
    group = context.parent
    assert group is not None, "it is a command of a group"  # noqa: S101 - for mypy
    shown: Any = group.command  # its type is another one in other versions of typer
    shown.main(
        [*(command or []), "--help"],
        prog_name=group.command_path,
        standalone_mode=False,
        help_option_names=group.help_option_names,
    )


def _unwrapped(text: str | None) -> str | None:
    """Return a help text with one line for each paragraph: the terminal decides where lines end."""
    if text is None:
        return None
    return "\n\n".join(" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n"))


def _simplified(get_params: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that simplifies the parameters of a command: typer adds some of them late."""

    def simplified(ctx: typer.Context) -> Any:  # noqa: ANN401 - see `_simplify`
        found = get_params(ctx)
        for one in found:
            if "process_value" not in vars(one):
                _simplify(one)
        return found

    return simplified


def _simplify(parameter: Any) -> None:  # noqa: ANN401 - a class of click or of typer, by typer's version
    """Let the help show no types of Python, and errors say what is right."""
    values: Callable[..., Any] = parameter.process_value

    def process_value(ctx: typer.Context, value: Any) -> Any:  # noqa: ANN401 - of any type
        if rule := _refused(parameter, value):
            raise typer.BadParameter(rule, ctx=ctx, param=parameter)
        try:
            return values(ctx, value)
        except typer.BadParameter as error:
            if _LIBRARY.match(error.message):
                error.message = _sentence(parameter, value)
            raise

    vars(parameter)["process_value"] = process_value
    if variables := getattr(parameter, "envvar", None):
        names = variables if isinstance(variables, str) else ", ".join(variables)
        vars(parameter)["get_error_hint"] = lambda *_: f"{parameter.opts[-1]} (or {names})"
    form = getattr(parameter, "type_descriptor", None)
    if form is None:  # a typer before 0.26 shows names such as TEXT
        return
    if parameter.param_type_name == "argument" or form.annotation is bool:
        vars(parameter)["display_type_rich"] = _no_type
    elif parameter.metavar is None and not form.is_choice:
        parameter.metavar = "N" if form.is_ranged else "PATH" if form.is_path else "TEXT"


def _refused(parameter: Any, value: object) -> str:  # noqa: ANN401 - see `_simplify`
    """Return why a value is refused before it is read; "": it is not."""
    if value is True and parameter.name in _COMPLETION:
        return _other_shell()
    if _is_path(parameter) and STDIN in (value if isinstance(value, list | tuple) else (value,)):
        return "must be a file, got -, which is standard input or output; name a file"
    odd = where_invisible(value) if isinstance(value, str) and parameter.name in _NAMES else ""
    if odd:
        return f"must have no invisible characters; remove {printable(odd)}"
    form, rule = _FORMS.get(parameter.name, (_ANY, ""))
    is_other = isinstance(value, str) and value and not form.fullmatch(value)
    return f"{rule}, got {printable(repr(value))}; correct it" if is_other else ""


def _is_path(parameter: Any) -> bool:  # noqa: ANN401 - see `_simplify`
    """Return whether a parameter is a path; what may be standard input is a str."""
    form = getattr(parameter, "type_descriptor", None)
    return bool(form.is_path if form else parameter.type.name in ("path", "file", "directory"))


def _other_shell() -> str:
    """Return that typer cannot complete in the shell that started the command; "": it can."""
    shellingham: Any = import_module("shellingham")  # it has no types
    try:
        shell = shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        shell = "no shell"
    if shell in _SHELLS:
        return ""
    return f"must be used in bash, zsh, fish or PowerShell, got {printable(shell)}; start one of them"


def _no_type(ctx: typer.Context) -> None:
    """Show no type in the help."""


def _sentence(parameter: Any, value: object) -> str:  # noqa: ANN401 - see `_simplify`
    """Return what is wrong with a value, and what is right.

    Args:
        parameter: the option or the argument.
        value: what is written on the command line.
    """
    got = f"got {printable(repr(value))}"
    form = getattr(parameter, "type_descriptor", None)
    known = form.choices if form else getattr(parameter.type, "choices", ())
    choices = [str(getattr(one, "value", one)) for one in known or ()]
    if choices:
        return f"must be {_alternatives(choices)}, {got}{_nearest(value, choices)}"
    limits = parameter if form else parameter.type
    least, most = getattr(limits, "min", None), getattr(limits, "max", None)
    bounds = f" from {least}" if least is not None else ""
    bounds += f" to {most}" if most is not None else ""
    is_float = "float" in str(form.annotation if form else parameter.type)
    kind, fix = ("number", "write a number") if is_float else ("whole number", "write digits alone")
    return f"must be a {kind}{bounds}, {got}; {fix}"


def _alternatives(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))


def _nearest(value: object, choices: Sequence[str]) -> str:
    from difflib import get_close_matches

    known = {one.lower(): one for one in choices}
    near = get_close_matches(str(value).lower(), known, n=1)
    return f"; did you mean {known[near[0]]}?" if near else "; choose one of them"
