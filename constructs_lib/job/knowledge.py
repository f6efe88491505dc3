"""What Bedrock documents for the model, and what is in the training file, before anything is billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.catalog import Catalog, Checks
from constructs_lib.catalog import check as check_with_catalog
from constructs_lib.request import Problem, is_known, to_request
from constructs_lib.request.fields import typed_path
from constructs_lib.request.problems import renamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from constructs_lib.catalog import Finding
    from constructs_lib.datasets import FileCopy, Readable, Report
    from constructs_lib.request import JobSpec
    from constructs_lib.request.s3_data import S3Object

_BUDGET = "max_training_tokens"


class Knowledge:
    """What is known of one job beyond Bedrock's service model.

    Args:
        spec: The job.
        copies: The copies of its local files that will be uploaded, which are judged in their place.
        readable: What the job's role may read. Default: that is not known.
        region: Where it will run; may be a token.
        checks: How serious the findings are. Default: as documented and verified.
        catalog: What is documented. Default: the catalogue that comes with this library.
        max_training_tokens: Most tokens to train with. Default: no limit.
    """

    def __init__(
        self,
        spec: JobSpec,
        *,
        copies: Mapping[Path, FileCopy],
        region: str,
        readable: Readable | None = None,
        checks: Checks | None = None,
        catalog: Catalog | None = None,
        max_training_tokens: int | None = None,
    ) -> None:
        self._spec = spec
        self._copies = copies
        self._readable = readable
        self._request = to_request(spec)
        self._catalog = catalog or Catalog.default()
        self._limit = max_training_tokens
        self._report = self._read()
        found = check_with_catalog(self._request, catalog=self._catalog, region=region)
        named = [renamed(one, typed_path(one.path)) for one in found]
        data = self._report.as_findings() if self._report else ()
        self._findings = (checks or Checks.strict()).apply([*named, *data, *self._unreadable()])

    @property
    def problems(self) -> list[Problem]:
        """What stops the synthesis."""
        return [*(one for one in self._findings if one.severity == "error"), *self._over_budget()]

    @property
    def remarks(self) -> list[Finding]:
        """What is worth a warning or a note."""
        return [one for one in self._findings if one.severity != "error"]

    def _read(self) -> Report | None:
        training, model = self._copy_of(self._spec.training_data), self._spec.base_model.model_id
        if training is None or not is_known(model):
            return None
        from constructs_lib.datasets import validate_file_cached

        validation = [self._copy_of(one) for one in self._spec.validation_data or ()]
        return validate_file_cached(
            training,
            model=model,
            customization_type=self._type,
            validation=validation[0] if len(validation) == 1 else None,
            validation_elsewhere=len(validation) > 1 or validation == [None],
            catalog=self._catalog,
            readable=self._readable,
        )

    def _unreadable(self) -> Iterator[Finding]:
        """Say which references cannot be read in the local files that the report is not about."""
        model = self._spec.base_model.model_id
        if self._readable is None or not is_known(model):
            return
        from constructs_lib.datasets import validate_file_cached
        from constructs_lib.datasets.readable import RULE

        reported = {self._report.training.file} if self._report else set()
        reported |= {self._report.validation.file} if self._report and self._report.validation else set()
        for one in self._spec.validation_data or ():
            copy = self._copy_of(one)
            if copy is None or copy.name in reported:
                continue
            report = validate_file_cached(
                copy,
                model=model,
                customization_type=self._type,
                validation_elsewhere=True,
                catalog=self._catalog,
                readable=self._readable,
            )
            yield from (found for found in report.as_findings() if found.name.endswith(RULE))

    def _copy_of(self, data: S3Object) -> FileCopy | None:
        return None if data.path is None else self._copies.get(data.path)

    def _over_budget(self) -> Iterator[Problem]:
        if self._limit is None:
            return
        if self._report is None:
            rule = "must be compared with a local training file"
            fix = "give the data with TrainingData.from_file, or leave max_training_tokens out"
            yield Problem(_BUDGET, rule, self._spec.training_data.uri, fix)
            return
        from constructs_lib.datasets import tokens_trained

        tokens = tokens_trained(self._report, self._epochs())
        if tokens > self._limit:
            rule = f"must not be passed: about {tokens:,} tokens would be trained"
            yield Problem(_BUDGET, rule, self._limit, "train on fewer records or epochs, or raise the limit")

    def _epochs(self) -> int:
        """Give the epochs asked for, or else the most that the model may take by default."""
        asked = self._parameters().get("epochCount")
        if asked is not None and str(asked).isdigit():
            return int(asked)
        model = self._catalog.resolve(self._spec.base_model.model_id)
        facts = model.customizations.get(self._type) if model else None
        documented = facts.hyper_parameters.get("epochCount") if facts else None
        default = documented.default if documented else None
        return int(default) if isinstance(default, int | float) else 1

    def _parameters(self) -> dict[str, Any]:
        rft = self._request.get("customizationConfig", {}).get("rftConfig", {})
        found: dict[str, Any] = rft.get("hyperParameters") or self._request.get("hyperParameters", {})
        return found

    @property
    def _type(self) -> str:
        return self._spec.customization.type or "FINE_TUNING"
