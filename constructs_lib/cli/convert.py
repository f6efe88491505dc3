"""`bedrock-customize convert`: writes data of other shapes in the format of a model's training data."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import completion
from .common import (
    STDIN,
    CatalogOption,
    ForceOption,
    Output,
    OutputOption,
    catalog_of,
    many,
    refuse_second_stdin,
)
from .validate import CustomizationType, LimitOption, ModelOption, TypeOption, require_model_id

if TYPE_CHECKING:
    from ..datasets import Conversion
    from ..datasets.conversion import ConvertedFile, Tally

_LINES_NAMED = 3
_OPTIONS = {"shape": "--from", "columns": "--columns", "model": "--model"}
"""The option for each argument of the function that a finding can be about."""


def convert(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="IN",
            help="JSON Lines, a JSON list, CSV, TSV, YAML, Parquet, Arrow or XLSX: paths, s3:// URIs, or - "
            "for standard input.",
            show_default=False,
        ),
    ],
    *,
    out: Annotated[
        str, typer.Option("-o", "--out", metavar="OUT", help="The file to write, or -.", show_default=False)
    ],
    model: ModelOption,
    customization_type: TypeOption = CustomizationType.FINE_TUNING,
    shape: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SHAPE",
            autocompletion=completion.shapes,
            help="auto, openai, sharegpt, alpaca, pairs, preferences, anthropic, gemini, converse, logs, "
            "batch, text, csv or tsv.",
        ),
    ] = "auto",
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE=NAME,...",
            help="The fields with prompt, completion, system or, for text alone, text: as "
            "prompt=question,completion=reply.",
            show_default=False,
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="A system text for records without one.", show_default=False),
    ] = None,
    drop_invalid: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what cannot be converted or breaks a rule here, with the reasons, not to OUT.",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    limit: LimitOption = 20,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
) -> None:
    """Write data of another shape as training data of a model, and check what is written.

    Exit code: 0 if what was written has no errors (records may have been dropped, which is reported), 1 if it
    has errors or nothing could be written, 2 for wrong usage.
    """
    from ..datasets import ConversionError
    from ..datasets import convert as convert_data
    from .console import print_lines
    from .report_view import progress_bar

    refuse_second_stdin(files)
    known = catalog_of(catalog)
    require_model_id(model, known)
    named = _columns(columns)
    try:
        with progress_bar() as progress:
            done = convert_data(
                files,
                out,
                model=model,
                customization_type=customization_type.value,
                shape=shape,
                columns=named,
                system=system,
                drop_invalid=drop_invalid,
                force=force,
                limit=limit,
                catalog=known,
                progress=progress,
            )
    except ConversionError as error:
        option = _OPTIONS.get(error.finding.path.partition(".")[0])
        if option is not None:
            message = replace(error.finding, path="").sentence
            raise typer.BadParameter(message, param_hint=option) from None
        print_lines(str(error), stderr=True)
        raise typer.Exit(code=1) from None
    to_stderr = out == STDIN  # standard output is the data
    if output is Output.JSON:
        typer.echo(_as_json(done), err=to_stderr)
    else:
        _print(done, to_stderr=to_stderr)
    raise typer.Exit(code=int(not done.ok))


def _columns(text: str | None) -> dict[str, str]:
    """Return what `--columns` says: a name for each role."""
    if text is None:
        return {}
    found = dict(one.partition("=")[::2] for one in text.split(","))
    if not all(found) or not all(found.values()):
        rule = f"must be like prompt=question,completion=answer, got {text!r}; write a name after each ="
        raise typer.BadParameter(rule, param_hint="--columns")
    return found


def _print(done: "Conversion", *, to_stderr: bool) -> None:
    from .console import print_lines
    from .report_view import print_report

    print_lines(*_lines(done), stderr=to_stderr)
    print_report(done.report, stderr=to_stderr)


def _lines(done: "Conversion") -> Iterator[str]:
    from ..datasets.conversion.shapes import TITLES
    from ..findings import printable

    for file in done.files:
        shape = TITLES.get(file.shape, f"the format {done.format} already")
        yield f"{printable(file.file)}: {shape}"
        if file.left_out:
            yield f"  left out: the fields {printable(', '.join(file.left_out))}"
    dropped = sum(one.count for one in done.dropped)
    counted = f"{many(done.read, 'record')} read, {done.written:,} written, {dropped:,} dropped"
    yield f"{counted}; format: {done.format}"
    for word, tallies in (("changed", done.changed), ("dropped", done.dropped)):
        for one in tallies:
            yield f"  {word}: {many(one.count, 'record')}: {one.reason} ({_places(one, done.files)})"


def _places(tally: "Tally", files: "Sequence[ConvertedFile]") -> str:
    """Return where the first records of a tally are."""
    from ..findings import printable

    shown = tally.first[:_LINES_NAMED]
    more = ", ..." if tally.count > len(shown) else ""
    if len(files) > 1:
        return ", ".join(f"{printable(file)}:{number}" for file, number in shown) + more
    unit = files[0].unit if files else "line"
    return f"{unit}{'s' * (len(shown) > 1)} {', '.join(str(number) for _, number in shown)}{more}"


def _as_json(done: "Conversion") -> str:
    from .report_view import as_json

    value = {
        "out": done.out,
        "format": done.format,
        "ok": done.ok,
        "read": done.read,
        "written": done.written,
        "files": [asdict(one) for one in done.files],
        "changed": [_tally(one) for one in done.changed],
        "dropped": [_tally(one) for one in done.dropped],
        "report": json.loads(as_json(done.report)),
    }
    return json.dumps(value, indent=2)


def _tally(tally: "Tally") -> dict[str, object]:
    first = [{"file": file, "number": number} for file, number in tally.first]
    return {"reason": tally.reason, "count": tally.count, "first": first}
