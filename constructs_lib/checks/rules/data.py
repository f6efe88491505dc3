"""Where a job reads and writes: files, buckets, prefixes, logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...contract import safeguards, violations
from ...findings import NOT_SHOWN, PREFIX, Described, Finding, error, warning
from ...request.data import FILE
from ...request.tokens import is_known, is_placeholder, literal
from ..rule import rule
from ..subject import ACCESS_LOGS, OUTPUT, TRAINING, is_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...permissions import S3Location
    from ..subject import Subject

_SIGNS_IN_URIS = "!'()-./_"
"""What the API accepts in an S3 URI besides letters and digits; the rule `wildcard` reports `*`."""

_WRITTEN_PREFIX = re.compile(r"[A-Za-z0-9._=/-]{0,800}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_UPLOADED = ("trainingDataConfig.s3Uri", "validationDataConfig.validators[")
_PREPARE = "bedrock/model-customization-prepare"
_LOGGING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html"
_READS_LOGS = ("DISTILLATION", "REINFORCEMENT_FINE_TUNING")


@rule("local-file", "A local file is given where nothing is uploaded, or does not exist.")
def local_files(subject: Subject) -> Iterator[Finding]:
    """Report `file://` URIs that cannot be uploaded."""
    for at, shape, value in subject.parts:
        if shape != "S3Uri" or not isinstance(value, str) or not value.startswith(FILE):
            continue
        if not at.path.startswith(_UPLOADED):
            rule = "must be in S3, because only training and validation files are uploaded"
            yield at.error("local-file", rule, value, "upload it, and write s3://bucket/prefix")
        elif is_known(value) and not is_file(value):
            yield at.error("local-file", "must name a file that exists", value, "correct the path")
        elif not is_known(value) and not is_placeholder(value):
            rule = "must have a path that is known at synthesis, which uploads the file"
            yield at.error("local-file", rule, value, "write the path, or the S3 URI of a file in S3")


@rule("media-uri", "The URI of media data is not a valid S3 URI, or holds a wildcard.")
def media_uris(subject: Subject) -> Iterator[Finding]:
    """Report media data, which is no part of the request, by the rules of the request."""
    for path, location in subject.read.items():
        if not path.startswith("media_data"):
            continue
        request = {"trainingDataConfig": {"s3Uri": location.uri}}
        found = [*violations(location.uri, "S3Uri")] if is_known(location.uri) else []
        for one in [*found, *safeguards(request, literal=literal)][:1]:
            yield Finding(f"{PREFIX}media-uri", path, one.rule, one.got, one.fix)


@rule("deploy-time-location", "A whole URI is a dynamic reference.")
def whole_references(subject: Subject) -> Iterator[Finding]:
    """Report URIs from which no policy can be made."""
    for path, location in _locations(subject):
        uri = subject.dynamic_references.get(path, location.uri)
        if location.is_deploy_time and "{{resolve:" in uri:
            fix = "write s3://bucket/key with the references inside: a reference cannot be split"
            yield error("deploy-time-location", path, "must start with s3://", uri, fix)


@rule("deploy-time-uri", "A whole URI is known only at deployment, so policies are wider.", "warning")
def deploy_time_uris(subject: Subject) -> Iterator[Finding]:
    """Report URIs of which not even the bucket is known."""
    for path, location in _locations(subject):
        uri = subject.dynamic_references.get(path, location.uri)
        if location.is_deploy_time and "{{resolve:" not in uri and not uri.startswith(FILE):
            rule = (
                "is known only at deployment as a whole, so that a policy names both an object and all "
                "below it, and a URI that ends in '/' would not be permitted"
            )
            fix = "write s3:// and the bucket's name, and only the rest as a token"
            yield warning("deploy-time-uri", path, rule, NOT_SHOWN, fix)


@rule("output-overlaps-input", "The job would write into the data that it reads.")
def overlap(subject: Subject) -> Iterator[Finding]:
    """Report output that could overwrite the data."""
    output = subject.written
    if output is None or not subject.role_is_made:
        return
    for path, location in subject.read.items():
        if meets(location, output):
            fix = f"write to another prefix than {location.uri} ({path}), or to another bucket"
            rule = "must not overlap the data that the job reads"
            yield error("output-overlaps-input", OUTPUT, rule, output.uri, fix)
            return


@rule(
    "bucket-owner",
    "The owner of a bucket is not an account id, or is missing for a bucket of another account.",
)
def bucket_owners(subject: Subject) -> Iterator[Finding]:
    """Report buckets whose account is not known or not written as one."""
    for path, one in _locations(subject):
        if one.owner is not None:
            if is_known(one.owner) and not _ACCOUNT.fullmatch(one.owner):
                fix = "write the account id"
                yield error("bucket-owner", path, "must have a bucket owner of 12 digits", one.owner, fix)
            continue
        bucket = subject.constructs.get(path)
        if bucket and differ(bucket.account, subject.account):
            rule = "must state the owner of a bucket in another account"
            fix = f"write bucket_owner={bucket.account!r}, so that the role may use that account's bucket"
            yield error("bucket-owner", path, rule, bucket.account, fix)


@rule("bucket-region", "A bucket is in another Region than the job.")
def bucket_regions(subject: Subject) -> Iterator[Finding]:
    """Report buckets of other Regions: Bedrock reads and writes only in the job's."""
    for path, _ in _locations(subject):
        bucket = subject.constructs.get(path)
        if bucket and differ(bucket.region, subject.region):
            fix = f"use a bucket in {subject.region}: Bedrock reads and writes only in the job's Region"
            rule = "must be in a bucket of the job's Region"
            yield error("bucket-region", path, rule, bucket.region, fix)


@rule("access-logs-elsewhere", "The bucket for access logs is in another account or Region.")
def access_logs(subject: Subject) -> Iterator[Finding]:
    """Report a bucket that S3 writes no access logs of the output bucket to."""
    bucket = subject.constructs.get(ACCESS_LOGS)
    if bucket and (differ(bucket.account, subject.account) or differ(bucket.region, subject.region)):
        rule = "must be a bucket of the job's account and Region"
        fix = "use another bucket: S3 writes access logs within one account and Region only"
        yield error("access-logs-elsewhere", ACCESS_LOGS, rule, Described(bucket.path), fix, source=_LOGGING)


@rule("foreign-bucket", "A bucket belongs to another account, whose owner must permit its use.", "warning")
def foreign_buckets(subject: Subject) -> Iterator[Finding]:
    """Report buckets whose policy this app cannot change."""
    for path, one in _locations(subject):
        if one.owner is not None:
            rule = "is in a bucket of another account, which alone can change its bucket policy"
            fix = "ask its owner to add the statements in the stack output of this job ending in BucketPolicy"
            yield warning("foreign-bucket", path, rule, one.owner, fix)
            return


@rule("no-training-data", "The job has no training data.", "warning")
def no_training_data(subject: Subject) -> Iterator[Finding]:
    """Report an empty `trainingDataConfig`, which the service model allows."""
    if subject.get("trainingDataConfig") == {}:
        fix = "add one of the two"
        yield warning("no-training-data", TRAINING, "is missing, and so are invocation logs", NOT_SHOWN, fix)


@rule("training-data-is-a-prefix", "Training data is a prefix where one file is read.", "warning")
def training_prefix(subject: Subject) -> Iterator[Finding]:
    """Report a prefix where fine-tuning reads one object."""
    uri = subject.data.get(TRAINING, "")
    if uri.endswith("/") and subject.kind not in (None, "DISTILLATION"):
        rule = "is a prefix, and fine-tuning reads one file"
        yield warning("training-data-is-a-prefix", TRAINING, rule, uri, "name the object")


@rule(
    "data-uri",
    "The name of the training data is not that of a JSON Lines file.",
    "warning",
    is_documented=True,
)
def file_names(subject: Subject) -> Iterator[Finding]:
    """Report training data that is no `.jsonl` file by its name."""
    uri = subject.text(TRAINING)
    if uri is None or uri.endswith((".jsonl", "/")) or (uri.startswith(FILE) and not is_file(uri)):
        return
    gzip = ", and Bedrock does not read compressed files" if uri.endswith(".gz") else ""
    rule = f"should name a .jsonl file{gzip}"
    fix = "name the file .jsonl, with one JSON object on each line"
    yield warning("data-uri", TRAINING, rule, uri, fix, source=_PREPARE)


@rule(
    "data-file-name",
    "The name of a data file has a character that AWS does not allow for the model.",
    is_documented=True,
)
def file_characters(subject: Subject) -> Iterator[Finding]:
    """Report names in S3 with characters that the API accepts and the model's page does not allow."""
    names = subject.facts.data_file_names if subject.facts else None
    if names is None or subject.model is None:
        return
    severity = subject.severity(verified=names.verified)
    must = "must" if severity == "error" else "should"
    for path, uri in subject.data.items():
        if uri.startswith(FILE):  # the object that it is uploaded as has a name of its own
            continue
        known = literal(uri).removeprefix("s3://")
        wrong = [char for char in _SIGNS_IN_URIS if char in known and char not in names.characters]
        if wrong:
            allowed = " ".join(names.characters)
            rule = f"{must} have only letters, digits and {allowed} in its name for {subject.model.name}"
            fix = f"copy the file to a name without {' '.join(wrong)}"
            yield Finding(f"{PREFIX}data-file-name", path, rule, uri, fix, severity, names.source)


@rule("logs-do-not-fit-type", "Invocation logs are given to a type that reads none.", "warning")
def logs(subject: Subject) -> Iterator[Finding]:
    """Report invocation logs of a type for which AWS documents none."""
    path = "trainingDataConfig.invocationLogsConfig"
    if subject.get(path) is not None and subject.kind not in (None, *_READS_LOGS):
        rule = f"is documented for {' and '.join(_READS_LOGS)} only"
        yield warning("logs-do-not-fit-type", path, rule, NOT_SHOWN, "remove it, or set customizationType")


@rule("empty-filter", "A metadata filter has no condition.", "warning")
def empty_filters(subject: Subject) -> Iterator[Finding]:
    """Report filters without a condition."""
    for at, shape, value in subject.parts:
        if shape == "RequestMetadataBaseFilters" and not value:
            path, rule = f"{at.path}.equals", "is missing, and so is notEquals: the filter has no condition"
            yield warning("empty-filter", path, rule, NOT_SHOWN, "add one of the two")


@rule("no-validation-data", "The list of validation files is empty.", "warning")
def no_validation_data(subject: Subject) -> Iterator[Finding]:
    """Report an empty list of validators."""
    if subject.get("validationDataConfig.validators") == []:
        fix = "add a file, or leave validationDataConfig out"
        path = "validationDataConfig.validators"
        yield warning("no-validation-data", path, "is empty", NOT_SHOWN, fix)


@rule("validation-data", "The model does not use validation data.", is_documented=True)
def validation_data(subject: Subject) -> Iterator[Finding]:
    """Report validation data that the model ignores or rejects."""
    used = subject.facts.validation_data if subject.facts else None
    validators = subject.get("validationDataConfig.validators")
    if used is None or not validators or used.support not in ("ignored", "refused"):
        return
    who = f"{subject.kind} of {subject.model.name}" if subject.model else ""
    severity = subject.severity(verified=used.verified and used.support == "refused")
    must = "must" if severity == "error" else "should"
    text = "takes none" if used.support == "refused" else "does not use it"
    path, rule = "validationDataConfig", f"{must} be left out: {who} {text}"
    name = f"{PREFIX}validation-data"
    yield Finding(name, path, rule, NOT_SHOWN, "remove it", severity, used.source)


def output_of_function(
    location: S3Location | None, account: str, name: str, written: str, *, is_in_vpc: bool
) -> Iterator[Finding]:
    """Yield an error if the function could not write beside the output of jobs.

    Args:
        location: where the jobs write. None where a bucket is made.
        account: the account of the stack.
        name: the name of the rule.
        written: what the function writes.
        is_in_vpc: whether the bucket can be reached only from a VPC.
    """
    fix = "leave output_data out to have a bucket made, or write OutputData.from_bucket(bucket, prefix)"
    if is_in_vpc:
        rule = f"must not be limited to a VPC, because the function writes {written} there"
        yield error(name, "output_data.only_from_vpc_id", rule, NOT_SHOWN, fix)
    if location is None:
        return
    if location.is_deploy_time:
        rule = "must start with s3:// and a bucket, because the policy of the function names objects in it"
        yield error(name, "output_data", rule, location.uri, fix)
    if not _WRITTEN_PREFIX.fullmatch(literal(location.path, "x")):
        rule = f"must have a prefix of letters, digits and . _ = / -, which {written} get too"
        yield error(name, "output_data", rule, location.uri, fix)
    if differ(location.owner, account):
        rule = f"must be in a bucket of the stack's account, because the function writes {written} there"
        yield error(name, "output_data", rule, location.owner, fix)


def differ(one: str | None, other: str | None) -> bool:
    """Return whether two values are known and differ."""
    return one is not None and other is not None and is_known(one) and is_known(other) and one != other


def _locations(subject: Subject) -> Iterator[tuple[str, S3Location]]:
    yield from subject.read.items()
    if subject.written is not None:
        yield OUTPUT, subject.written


def meets(location: S3Location, output: S3Location) -> bool:
    """Return whether what is written to a prefix may be in what is read."""
    if not location.bucket or location.bucket != output.bucket:
        return False
    written = f"{output.path.strip('/')}/".lstrip("/")
    patterns = location.keys_as_input() or ["*"]
    return any(
        one.startswith(written) or (one.endswith("*") and written.startswith(one.removesuffix("*")))
        for one in patterns
    )
