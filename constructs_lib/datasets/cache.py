"""Reports that are made once for the same bytes, however often a synth asks."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from constructs_lib.catalog import Catalog
from constructs_lib.request.regular_files import open_regular

from .lines import BLOCK
from .sources import FileCopy
from .validate import validate

if TYPE_CHECKING:
    from os import PathLike

    from .readable import Readable
    from .report import Report

_REPORTS: dict[tuple[object, ...], Report] = {}


def content_hash(path: str | PathLike[str]) -> str:
    """Return the SHA-256 of a file, read in pieces.

    Args:
        path: A local file.

    Raises:
        OSError: The file cannot be read.
    """
    digest = sha256()
    with open_regular(path) as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def validate_file_cached(
    path: str | PathLike[str],
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    validation: str | PathLike[str] | None = None,
    validation_elsewhere: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    readable: Readable | None = None,
) -> Report:
    """Return the report on local files; files with the same content are judged once in a process.

    Args:
        path: The training file, or a copy of it.
        model: As for `validate`.
        customization_type: As for `validate`.
        validation: The validation file. Default: none.
        validation_elsewhere: As for `validate`.
        limit: As for `validate`.
        catalog: As for `validate`.
        readable: As for `validate`.
    """
    catalog = catalog or Catalog.default()
    files = (_identity(path), _identity(validation) if validation is not None else None)
    key = (*files, model, customization_type, validation_elsewhere, limit, catalog, readable)
    if key not in _REPORTS:
        _REPORTS[key] = validate(
            path,
            model=model,
            customization_type=customization_type,
            validation=validation,
            validation_elsewhere=validation_elsewhere,
            limit=limit,
            catalog=catalog,
            readable=readable,
        )
    return _REPORTS[key]


def _identity(path: str | PathLike[str]) -> tuple[str, str]:
    """Return a file's name, which findings carry, and its content; what cannot be read has none."""
    if isinstance(path, FileCopy):
        return str(path), path.sha256
    try:
        return str(path), content_hash(path)
    except OSError as error:
        return str(path), str(error)
