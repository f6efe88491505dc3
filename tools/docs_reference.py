"""The reference of the site: the public names from their docstrings, and the commands from their help."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

import constructs_lib
from constructs_lib.cli.main import app
from tools.public_names import MODULES, NOT_FOR_APPS

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = {
    "job": (
        "Jobs",
        "A job, its model, and what it is trained with.",
        [
            "ModelCustomizationJob",
            "IModelCustomizationJob",
            "BaseModel",
            "Customization",
            "HyperParameters",
            "RftHyperParameters",
            "ServiceRole",
            "JobNetwork",
            "OutputBucket",
            "AWS_OWNED_KEY",
            "OnDelete",
            "Keep",
            "Wait",
        ],
    ),
    "data": (
        "Data",
        "What a job reads and writes; reading, checking, converting and splitting files.",
        [
            "TrainingData",
            "ValidationData",
            "InvocationLogs",
            "MetadataFilter",
            "MediaData",
            "OutputData",
            "constructs_lib.datasets",
        ],
    ),
    "checks": (
        "Checks and models",
        "The rules, their findings, and what is known about the models.",
        [
            "Checks",
            "Finding",
            "InvalidJob",
            "ModelCustomizationValidation",
            "Catalog",
            "constructs_lib.checks",
            "constructs_lib.catalog",
        ],
    ),
    "serving": (
        "Serving",
        "What uses the model of a job.",
        [
            "CustomModelDeployment",
            "ICustomModelDeployment",
            "Release",
            "PublishedModel",
            "ProvisionedModelThroughput",
            "IProvisionedModelThroughput",
            "Billing",
            "ResourceOnDelete",
        ],
    ),
    "promotion": (
        "Promotion",
        "What must be so that a new model serves, and what takes it back.",
        ["PromoteIf", "EvaluationData", "Score", "WhenUnsure", "Bake"],
    ),
    "sweeps": ("Sweeps", "Many trainings from one definition.", ["CustomizationSweep", "Trial", "Objective"]),
    "platform": (
        "Platform",
        "Defaults and rules for all jobs of an app, and the settings of the function.",
        ["CustomizationDefaults", "ProviderSettings", "JobProvider"],
    ),
    "testing": (
        "Testing",
        "For tests of your stacks: snapshots, a double of Bedrock, and a local AWS.",
        ["constructs_lib.testing"],
    ),
}
"""A page for each: its title, what it is about, and its names. A module stands for its public names."""

OPTIONS = (
    "constructs_lib.job.events.RuleOptions",
    "constructs_lib.job.metrics.AlarmOptions",
    "constructs_lib.job.metrics.MetricOptions",
)
"""What `**options` of a method takes. Type checkers know them; no app imports them."""

PACKAGE = "constructs_lib"


def pages() -> dict[str, str]:
    """Return the pages, by file name."""
    found = {f"{name}.md": _group(name) for name in GROUPS}
    return {"index.md": _index(), "console.md": "".join(_console()), **found}


def names_of(group: str) -> list[tuple[str, str]]:
    """Return the module and the name of each public name of a page.

    Names that the package has, too, are on the page that lists them.
    """
    found = []
    for listed in GROUPS[group][2]:
        if listed in MODULES:
            shared = {one for one in constructs_lib.__all__ if _same(one, listed)}
            found += [(listed, one) for one in sorted(import_module(listed).__all__) if one not in shared]
        else:
            found.append((PACKAGE, listed))
    return found


def _same(name: str, module: str) -> bool:
    return getattr(import_module(module), name, None) is getattr(constructs_lib, name)


def _index() -> str:
    rows = "".join(
        f"| [{title}]({name}.md) | {about} | {', '.join(f'`{one}`' for one in names)} |\n"
        for name, (title, about, names) in GROUPS.items()
    )
    return (
        "# Reference\n\n"
        "The public names of the library, from their docstrings: arguments with types, units, defaults and"
        " errors, and their source. [What an app may rely on](../platform.md#what-an-app-may-rely-on) says"
        " which of them are a contract.\n\n"
        f"| page | content | names |\n|---|---|---|\n{rows}| [Commands](console.md) | every command of"
        " `bedrock-customize`, from its help | |\n"
    )


def _group(group: str) -> str:
    title, about, _ = GROUPS[group]
    text = f"# {title}: Python reference\n\n{about}\n"
    module = PACKAGE
    for home, name in names_of(group):
        if home != module:
            text += f"\n---\n\nFrom `{home}`:\n"
            module = home
        text += f"\n::: {home}.{name}\n"
        if hidden := NOT_FOR_APPS.get(name):
            excluded = ", ".join(f'"!^{one}$"' for one in sorted(hidden))
            text += f'    options:\n      filters: ["!^_", {excluded}]\n'
    if group == "job":
        text += "\n---\n\nWhat `**options` of a method takes, as keyword arguments:\n"
        text += "".join(f"\n::: {name}\n" for name in OPTIONS)
    return text


def _console() -> Iterator[str]:
    """Yield the page of the commands, from what their help shows."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("bedrock-customize", ["skeleton"], resilient_parsing=True)
    commands = list(_commands(root, context))
    yield "# Commands: reference\n\nWhat `bedrock-customize COMMAND --help` shows."
    yield " [The console](../console.md) says what all commands have in common, and their exit statuses.\n\n"
    yield "| command | |\n|---|---|\n"
    for command, inner in commands:
        path = inner.command_path.partition(" ")[2]
        first = (command.help or "").partition("\n")[0]
        yield f"| [`{path}`](#{_anchor(path)}) | {_cell(first)} |\n"
    for command, inner in commands:
        path = inner.command_path.partition(" ")[2]
        yield f"\n## {path} {{ #{_anchor(path)} }}\n\n"
        yield f"```text\n{inner.command_path} {' '.join(command.collect_usage_pieces(inner))}\n```\n\n"
        yield f"{_escaped(command.help or '')}\n\n"
        records = [one.get_help_record(inner) for one in command.get_params(inner)]
        if rows := [record for record in records if record]:
            yield "| argument or option | |\n|---|---|\n"
            yield from (f"| `{_cell(names)}` | {_escaped(_cell(text))} |\n" for names, text in rows)


def _commands(group: Any, context: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - of click or typer
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = type(context)(command, info_name=name, parent=context)
        if hasattr(command, "commands"):
            yield from _commands(command, inner)
        elif name != "help" and not command.hidden:
            yield command, inner


def _anchor(path: str) -> str:
    return path.replace(" ", "-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Return a text of a help as Markdown: `<`, `*` and brackets have no meaning there."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(one if one.startswith("`") else re.sub(r"([<*_\[\]])", r"\\\1", one) for one in parts)
