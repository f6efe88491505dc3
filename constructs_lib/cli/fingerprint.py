"""`bedrock-customize fingerprint`: what training data contains, as a text that changes when the data does."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from .aws_options import COULD_NOT, LocalOption, aws_access, aws_errors, clock_of
from .common import STDIN, many
from .deploy_common import ProfileOption, RegionOption
from .durations import seconds_of

if TYPE_CHECKING:
    from ..monitoring.data_fingerprint import Fingerprint

NOT_WORTH_IT = 3
"""The exit status where there are fewer new records than asked for."""

_NEWER_THAN = "--newer-than"


def fingerprint(
    context: typer.Context,
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA",
            help="An s3:// URI of an object or a prefix, or a path of a file or a folder; may be repeated.",
        ),
    ],
    *,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX",
            help="An s3:// URI or a folder inside DATA that is no data, such as the output of the job; "
            "may be repeated.",
            show_default=False,
        ),
    ] = None,
    newer_than: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Exit with 3 if nothing is newer: a time such as 2026-11-27T06:00:00Z, or how long ago, "
            "such as 7d.",
            show_default=False,
        ),
    ] = None,
    min_new_records: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="With --newer-than: exit with 3 if the files that are newer have fewer records. Default: 1.",
            show_default=False,
        ),
    ] = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    local: LocalOption = False,
) -> None:
    """Print 16 characters that stay the same as long as the content of training data does.

    Pass them to an app as the revision of its job: then a schedule starts a job only where the data has
    changed. Names below DATA and content count; bucket, encryption, time and the way of the upload do not.

    Exit code: 0; 1 where the data cannot be read; 2 for wrong usage; 3 where there are too few new records.
    """
    from ..findings import printable
    from ..monitoring.data_fingerprint import FingerprintError
    from ..monitoring.data_fingerprint import fingerprint as fingerprint_of
    from .console import print_lines

    if STDIN in data:
        raise typer.BadParameter("must be a URI or a path, got -; name the data", param_hint="DATA")
    if min_new_records is not None and newer_than is None:
        raise typer.BadParameter(
            f"needs {_NEWER_THAN}, which says what is new; add it", param_hint="--min-new-records"
        )
    since = _time(newer_than, clock_of(context).now()) if newer_than is not None else None
    with aws_errors():
        try:
            found = fingerprint_of(
                data,
                lambda: aws_access(profile=profile, region=region, endpoint_url=None, local=local).client(
                    "s3"
                ),
                exclude=exclude or (),
                since=since,
            )
        except FingerprintError as error:
            print_lines(printable(error), stderr=True)
            raise typer.Exit(COULD_NOT) from None
    if since is not None and found.new_records < (min_new_records or 1):
        print_lines(_too_few(found, since, min_new_records or 1), stderr=True)
        raise typer.Exit(NOT_WORTH_IT)
    typer.echo(found.text)


def _too_few(found: "Fingerprint", since: datetime, least: int) -> str:
    time = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return (
        f"The files that are newer than {time} have {many(found.new_records, 'record')}, fewer than "
        f"{least:,}; no fingerprint is printed."
    )


def _time(text: str, now: datetime) -> datetime:
    """Return a time that is written as such, in UTC if it does not say more, or as how long ago it was."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return now - timedelta(seconds=_seconds_ago(text))
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _seconds_ago(text: str) -> float:
    try:
        return seconds_of(text, name=_NEWER_THAN)
    except typer.BadParameter:
        raise typer.BadParameter(
            f"must be a time such as 2026-11-27T06:00:00Z, or how long ago, such as 7d or 12h, got {text!r}; "
            "correct it",
            param_hint=_NEWER_THAN,
        ) from None
