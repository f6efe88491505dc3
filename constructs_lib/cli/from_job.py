"""`bedrock-customize from-job`: a job file from a job that exists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from .aws_options import aws_errors
from .common import STDIN, ForceOption, read_stdin
from .job_file_text import (
    Format,
    FormatOption,
    OutOption,
    as_json,
    as_yaml,
    format_of,
    write_job_file,
)

if TYPE_CHECKING:
    from ..findings import Finding

_COPIED = ("roleArn", "customizationType", "trainingDataConfig", "outputDataConfig", "hyperParameters")
_COPIED_LAST = ("vpcConfig", "customizationConfig")
_LEFT_OUT = ("jobName", "customModelName", "clientRequestToken")
_HYPER_PARAMETERS = ("hyperParameters", "customizationConfig.rftConfig.hyperParameters")
_NO_SUCH_JOB = ("ResourceNotFoundException", "ValidationException")
"""How Bedrock answers an ARN or a name that no job has."""
_ReadTags: TypeAlias = Callable[[str], "list[Any] | str"]
"""Takes the ARN of a job or a model, and returns its tags, or why they cannot be read."""

_ROLE = "the role of the job that exists, with its permissions; left out: a role for this job alone is made"


def from_job(
    job: Annotated[
        str | None,
        typer.Argument(
            metavar="JOB",
            help="The job's ARN or name, or a file with what `aws bedrock get-model-customization-job` "
            "printed; left out, or -: stdin.",
            show_default=False,
        ),
    ] = None,
    *,
    profile: Annotated[
        str | None, typer.Option(help="The profile to read the job with.", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="The job's Region, if a name is given. Default: the profile's.", show_default=False
        ),
    ] = None,
    out: OutOption = None,
    form: FormatOption = None,
    force: ForceOption = False,
) -> None:
    """Write a job file from a job that exists. Deploying the file trains a new model, which is billed.

    Names and token are left out, because they can never be used again. The job is checked as by `check`.

    Exit code: 0, 1 where no job can be read (nothing is written) or the job has an error, 2 for wrong usage.
    """
    from ..checks.file_report import FileReport, report_of
    from .check import print_reports

    written_as = format_of(out, form)
    try:
        with aws_errors():
            found = _found(job or STDIN, profile, region)
    except _NoJobError as problem:
        report = FileReport(file=problem.finding.file, findings=[problem.finding], not_checked=())
        print_reports([report], to_stderr=True)
        raise typer.Exit(code=1) from None
    from ..checks import Subject
    from ..findings import NOT_SHOWN, note
    from ..monitoring.job_targets import JOB_ARN

    arn = JOB_ARN.fullmatch(found.arn)
    subject = Subject(
        request=found.request,
        region=arn["region"] if arn else region,
        account=arn["account"] if arn else None,
    )
    report = report_of(subject, found.name, lambda one: one.at(found.name))
    notes = [note("existing-job-part", "", rule, NOT_SHOWN, fix).at(found.name) for rule, fix in found.notes]
    print_reports([replace(report, findings=[*report.findings, *notes], not_checked=())], to_stderr=True)
    if written_as is Format.JSON:
        content = as_json(found.request)
    else:
        comments = {"roleArn": _ROLE, **_hyper_parameter_comments(found.request)}
        content = as_yaml(found.request, head=_head(found), comments=comments)
    write_job_file(content, out, force=force)
    raise typer.Exit(code=int(bool(report.count("error"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _FoundJob:
    """A job that exists, as a request.

    Args:
        name: how findings name it: its ARN, its name or a file.
        request: the request that would create it again, without names and token.
        notes: what is not in the request, and what to do about it.
        arn: its ARN ("": not known).
        status: its status ("": not known).
        model_arn: the ARN of the model that it trained ("": none).
    """

    name: str
    request: Mapping[str, Any]
    notes: Sequence[tuple[str, str]]
    arn: str = ""
    status: str = ""
    model_arn: str = ""


class _NoJobError(Exception):
    """No job can be read; `finding` says why."""

    def __init__(self, name: str, rule: str, got: object, fix: str) -> None:
        from ..findings import error

        super().__init__(rule)
        self.finding: Finding = error("existing-job", "", rule, got, fix).at(name)


# -- where the job is


def _found(job: str, profile: str | None, region: str | None) -> _FoundJob:
    from ..monitoring.job_targets import JOB_ARN, JOB_NAME

    is_arn = JOB_ARN.fullmatch(job)
    if is_arn and region not in (None, is_arn["region"]):
        rule = f"must be the Region of the job, {is_arn['region']}, got {region!r}; leave it out"
        raise typer.BadParameter(rule, param_hint="--region")
    if not is_arn and (job == STDIN or _is_path(job)):
        if profile or region:
            raise typer.BadParameter(
                "must be left out where the answer is read from a file, because nothing is asked of AWS; "
                "remove it",
                param_hint="--profile, --region",
            )
        return _of_answer(_read(job), job if job != STDIN else "stdin", None)
    if not is_arn and not JOB_NAME.fullmatch(job):
        from ..findings import printable

        fix = "correct it"
        if ":custom-model/" in job:
            fix = "take the jobArn that aws bedrock get-custom-model shows"
        rule = f"must be a job's ARN or name, or a file that exists, got {printable(job)}; {fix}"
        raise typer.BadParameter(rule, param_hint="JOB")
    return _of_bedrock(job, profile, region or (is_arn["region"] if is_arn else None))


def _is_path(job: str) -> bool:
    try:
        return Path(job).exists() or Path(job).suffix.lower() in (".json", ".yaml", ".yml")
    except (OSError, ValueError):
        return False


def _read(job: str) -> Mapping[str, Any]:
    """Return the answer in a file or on stdin, as the AWS CLI prints it: JSON, or YAML."""
    from ..request.reading.document import MOST_BYTES, UnreadableError
    from ..request.reading.job_file import decoded, read_text
    from ..request.reading.json_file import read_json
    from ..request.reading.yaml_file import read_yaml

    name = "stdin" if job == STDIN else job
    try:
        if job == STDIN:
            text = decoded(read_stdin("the answer", MOST_BYTES + 1), "the answer")
        else:
            text = read_text(Path(job), "the answer")
        read = read_json if text.lstrip()[:1] in ("{", "[") else read_yaml
        return read(text, name, "the answer").request
    except UnreadableError as problem:
        error = _NoJobError(name, problem.rule, problem.got, "save what `aws ... --output json` prints")
        error.finding = error.finding.at(name, *(problem.at or ()))
        raise error from None


def _of_bedrock(job: str, profile: str | None, region: str | None) -> _FoundJob:
    from ..deployment.aws_calls import AwsCallError, aws_calls, client, session

    bedrock = client(session(profile=profile, region=region), "bedrock")

    def tags(arn: str) -> list[Any] | str:
        try:
            with aws_calls(needed=f"bedrock:ListTagsForResource on {arn}"):
                return list(bedrock.list_tags_for_resource(resourceARN=arn).get("tags", ()))
        except AwsCallError as error:
            return error.code or str(error)

    try:
        with aws_calls(needed=f"bedrock:GetModelCustomizationJob on {job}"):
            answer = bedrock.get_model_customization_job(jobIdentifier=job)
    except AwsCallError as error:
        if error.code not in _NO_SUCH_JOB:
            raise
        from ..findings import Described

        rule, fix = "must be a job of this account and Region", "check its name, --profile and --region"
        raise _NoJobError(job, rule, Described("none"), fix) from None
    return _of_answer(answer, job, tags)


# -- what the job is


def _of_answer(answer: Mapping[str, Any], name: str, tags: _ReadTags | None) -> _FoundJob:
    if "requestParameters" in answer or "requestParameters" in _mapping(answer.get("detail")):
        return _of_event(answer, name)
    if not isinstance(answer.get("baseModelArn"), str) or "trainingDataConfig" not in answer:
        raise _other_answer(answer, name)
    request = _request(answer)
    notes = [*_names(answer)]
    if any(_hyper_parameters(request, path) for path in _HYPER_PARAMETERS):
        rule = "Bedrock returns the hyperparameters that the job used, its own defaults among them"
        notes.append((rule, "leave out those that should follow the defaults"))
    arn, model_arn = str(answer.get("jobArn", "")), str(answer.get("outputModelArn") or "")
    for member, of, owner in (("jobTags", arn, "the job"), ("customModelTags", model_arn, "the model")):
        found, problem = _tags(tags, of, owner)
        if found:
            request[member] = found
        notes += problem
    return _FoundJob(
        name=name,
        request=request,
        notes=notes,
        arn=arn,
        status=str(answer.get("status", "")),
        model_arn=model_arn,
    )


def _request(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of a job, without names, token and tags."""
    from ..catalog import identifiers

    base = identifiers.parse(answer["baseModelArn"])
    request: dict[str, Any] = {
        "baseModelIdentifier": base.model_id if base.kind == "foundation-model" else answer["baseModelArn"]
    }
    request |= {member: answer[member] for member in _COPIED if answer.get(member)}
    if key := answer.get("outputModelKmsKeyArn"):
        request["customModelKmsKeyId"] = key
    if _mapping(answer.get("validationDataConfig")).get("validators"):
        request["validationDataConfig"] = answer["validationDataConfig"]
    return request | {member: answer[member] for member in _COPIED_LAST if answer.get(member)}


def _of_event(answer: Mapping[str, Any], name: str) -> _FoundJob:
    """Return the job that an event of CloudTrail created."""
    event = answer if "requestParameters" in answer else answer["detail"]
    if event.get("eventName") != "CreateModelCustomizationJob":
        raise _other_answer(answer, name)
    sent = _mapping(event["requestParameters"])
    request = {member: value for member, value in sent.items() if member not in _LEFT_OUT}
    arn = str(_mapping(event.get("responseElements")).get("jobArn", ""))
    return _FoundJob(name=name, request=request, notes=[*_names(sent)], arn=arn)


def _other_answer(answer: Mapping[str, Any], name: str) -> _NoJobError:
    """Return a sentence for another answer of Bedrock than that of `GetModelCustomizationJob`."""
    from ..findings import Described
    from ..monitoring.job_targets import JOB_ARN

    rule = "must be what `aws bedrock get-model-customization-job` prints"
    fix = "run bedrock-customize from-job with the job's ARN"
    arn = answer.get("jobArn")
    if isinstance(arn, str) and JOB_ARN.fullmatch(arn):
        fix = f"run bedrock-customize from-job {arn}"
    if "modelCustomizationJobSummaries" in answer:
        got = "a list of jobs"
    elif "modelArn" in answer:
        got = "a model"
    elif "baseModelIdentifier" in answer:
        got, fix = "a request", "use it as it is: it is a job file already"
    elif "jobArn" in answer:
        got = "a job's ARN without the job, as create-model-customization-job prints it"
    else:
        got = "something else"
    return _NoJobError(name, rule, Described(got), fix)


def _names(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    fix = "without them unique ones are made, or write new ones"
    yield "the names of job and model are left out, because a name cannot be used again", fix
    if answer.get("clientRequestToken"):
        fix = "the deployment makes its own, so that no job starts twice"
        yield "the client request token is left out", fix


def _tags(tags: _ReadTags | None, arn: str, owner: str) -> tuple[list[Any], list[tuple[str, str]]]:
    """Return the tags of a job or a model, and what could not be read of them."""
    if not arn:
        return [], [
            (f"{owner} has no tags that are known, because it does not exist", "write them if it needs any")
        ]
    if tags is None:
        how = f"see aws bedrock list-tags-for-resource --resource-arn {arn}, and write them"
        return [], [(f"the tags of {owner} are not in the answer", how)]
    found = tags(arn)
    if isinstance(found, str):
        how = "allow bedrock:ListTagsForResource, or write them"
        return [], [(f"the tags of {owner} cannot be read ({found})", how)]
    kept = [{"key": one["key"], "value": one["value"]} for one in found if not _is_reserved(one["key"])]
    reserved = [one["key"] for one in found if _is_reserved(one["key"])]
    what = f"tags of {owner} that AWS has set are left out: {', '.join(reserved)}"
    return kept, [(what, "nothing has to be done")] if reserved else []


def _is_reserved(key: str) -> bool:
    return key.lower().startswith("aws:")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


# -- what the job file says about it


def _head(found: _FoundJob) -> Iterator[str]:
    yield "Deploying this file trains a new model, which is billed."
    if found.model_arn:
        yield "To use the model that exists without training, do not deploy this file: create a deployment"
        yield f"of the model (aws bedrock create-custom-model-deployment --model-arn {found.model_arn}),"
        yield "or a Provisioned Throughput. To train it further, set baseModelIdentifier to this ARN."
    if found.arn:
        yield "To refer in an app to the job that exists:"
        yield f'ModelCustomizationJob.from_job_arn(stack, "Job", "{found.arn}")'
    status = f" ({found.status})" if found.status else ""
    yield f"Made by bedrock-customize from-job from {found.arn or found.name}{status}."
    yield from (f"{rule[0].upper()}{rule[1:]}; {fix}." for rule, fix in found.notes)


def _hyper_parameter_comments(request: Mapping[str, Any]) -> dict[str, str]:
    """Return a comment for each hyperparameter that differs from the documented default."""
    from ..catalog import Catalog

    model = Catalog.default().resolve(str(request.get("baseModelIdentifier", "")))
    kind = str(request.get("customizationType", "FINE_TUNING"))
    facts = model.customizations.get(kind) if model else None
    comments = {}
    for path in _HYPER_PARAMETERS:
        for name, value in _hyper_parameters(request, path).items():
            documented = facts.hyper_parameters.get(name) if facts else None
            if documented and documented.default is not None and not _is_same(value, documented.default):
                comments[f"{path}.{name}"] = f"the documented default is {documented.default}"
    return comments


def _hyper_parameters(request: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    found: object = request
    for member in path.split("."):
        found = _mapping(found).get(member)
    return _mapping(found)


def _is_same(value: object, default: object) -> bool:
    try:
        return Decimal(str(value)) == Decimal(str(default))
    except InvalidOperation:
        return str(value) == str(default)
