"""`validate`: a dataset and what is documented of its model's data, in; a report, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.catalog import Catalog

from .validation import Run

if TYPE_CHECKING:
    from .readable import Readable
    from .report import Report
    from .validation import Progress, Source


def validate(
    path: Source,
    *,
    model: str,
    customization_type: str = "FINE_TUNING",
    validation: Source | None = None,
    validation_elsewhere: bool = False,
    limit: int = 20,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
    readable: Readable | None = None,
) -> Report:
    """Judge a dataset by what is documented of its model's data.

    Nothing but findings comes of a dataset, whatever it holds; memory stays under 100 MB, whatever its size.

    Args:
        path: The training data: a path, or an `s3://` URI, which is streamed with the user's credentials.
        model: The base model: an id, or an ARN.
        customization_type: The API's customization type.
        validation: The validation data. Default: none.
        validation_elsewhere: Whether there is validation data that cannot be read here, so that the least sum
            of both files cannot be judged.
        limit: How many findings the report keeps; all are counted.
        catalog: What is documented. Default: the catalogue that comes with this library.
        progress: Called with the file, the bytes read so far and its size. Default: nothing is shown.
        readable: What the job's role may read, to compare the references to images and videos with. Default:
            that is not known.
    """
    run = Run(catalog or Catalog.default(), model, customization_type, max(1, limit), progress, readable)
    return run.report(path, validation, elsewhere=validation_elsewhere)
