"""`bedrock-customize split`: makes training data and validation data of one file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import CatalogOption, ForceOption, Output, OutputOption, catalog_of, many, written
from .validate import CustomizationType, ModelOption, TypeOption, require_model_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..datasets import Split, SplitError
    from ..findings import Finding


def split(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines: a path or an s3:// URI.")],
    *,
    model: ModelOption,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="The folder for train.jsonl and validation.jsonl.",
            show_default=False,
        ),
    ],
    validation: Annotated[
        str,
        typer.Option(metavar="PART", help="For validation: 10%, or a number of records.", show_default=False),
    ],
    customization_type: TypeOption = CustomizationType.FINE_TUNING,
    max_records: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="The most records of both files together.", show_default=False),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="The most tokens of both files together, by estimate.",
            show_default=False,
        ),
    ] = None,
    dedupe: Annotated[
        bool, typer.Option("--dedupe", help="Leave out records that repeat an earlier one.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number: other records.")] = 0,
    drop_invalid: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write records with errors to FILE and split the others.", show_default=False
        ),
    ] = None,
    force: ForceOption = False,
    output: OutputOption = Output.TEXT,
    catalog: CatalogOption = None,
) -> None:
    """Split one file into training data and validation data, in the same way on every machine.

    Records with the same content are never in both. The model's documented maximums are kept.

    Exit code: 0 if the files are written and keep the model's limits, 1 if not, 2 for wrong usage
    and files that cannot be written.
    """
    from ..datasets import OutputError, ShareError, SplitError
    from ..datasets import split as split_data
    from .report_view import progress_bar

    known = catalog_of(catalog)
    require_model_id(model, known)
    try:
        with progress_bar() as progress:
            done = split_data(
                file,
                model=model,
                customization_type=customization_type.value,
                validation=validation,
                out=out,
                max_records=max_records,
                max_tokens=max_tokens,
                dedupe=dedupe,
                seed=seed,
                drop_invalid=drop_invalid,
                force=force,
                catalog=known,
                progress=progress,
            )
    except ShareError as error:
        raise typer.BadParameter(str(error), param_hint="--validation") from None
    except OutputError as error:
        raise typer.BadParameter(str(error)) from None
    except SplitError as error:
        _print_refusal(error, output, can_drop=drop_invalid is None)
        raise typer.Exit(code=1) from None
    if output is Output.JSON:
        typer.echo(_as_json(done))
    else:
        _print(done)
    raise typer.Exit(code=int(not done.ok))


def _print_refusal(error: "SplitError", output: Output, *, can_drop: bool) -> None:
    from .console import print_lines
    from .report_view import as_json, print_report, values_of

    if output is Output.JSON:
        findings = {"ok": False, "findings": [values_of(one) for one in error.findings]}
        typer.echo(as_json(error.report) if error.report else json.dumps(findings, indent=2, default=str))
        return
    if error.report:
        print_report(error.report)
        can_drop = can_drop and error.report.training.counts.records > 0
        advice = "; --drop-invalid FILE leaves out the records with errors" if can_drop else ""
        print_lines(f"Nothing is written{advice}")
    else:
        _print_findings(error.findings)


def _as_json(done: "Split") -> str:
    from .report_view import values_of

    value = {
        "ok": done.ok,
        "records": done.report.training.counts.records,
        "training": asdict(done.training),
        "validation": asdict(done.validation) if done.validation else None,
        "dropped": asdict(done.dropped) if done.dropped else None,
        "repeated": done.repeated,
        "left_out": done.left_out,
        "findings": [values_of(one) for one in done.findings],
        "warnings": done.report.warnings,
    }
    return json.dumps(value, indent=2, default=str)


def _print(done: "Split") -> None:
    from ..findings import printable
    from .console import print_lines

    _print_findings(done.findings)
    read = done.report.training
    parts = [f"{many(read.counts.records, 'record')} read"]
    parts += [f"{done.repeated:,} left out as repeats"] if done.repeated else []
    parts += [f"{done.left_out:,} left out by limits"] if done.left_out else []
    print_lines(f"{printable(read.file)}: {', '.join(parts)}")
    print_lines(*map(written, filter(None, (done.training, done.validation, done.dropped))))
    if done.report.warnings:
        print_lines(f"The data has {many(done.report.warnings, 'warning')}; see bedrock-customize validate")


def _print_findings(findings: "Iterable[Finding]") -> None:
    from .console import print_lines

    for one in findings:
        where = f"{one.position}: " if one.position else ""
        print_lines(f"{where}{one.severity}: {one.sentence} [{one.name}]")
