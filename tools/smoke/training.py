"""The parts about jobs: what Bedrock refuses, one job that is stopped, and one that trains."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.smoke import data, stacks, templates
from tools.smoke.account import TAG, NotPossibleError, Outcome, outcome
from tools.smoke.run import Step

if TYPE_CHECKING:
    from tools.smoke.run import Run

_NEW_ROLE_SECONDS = 180.0
_STOP_SECONDS = 1800.0
_REFUSAL_SECONDS = 300.0
_EVENT_SECONDS = 300.0

SECONDS = {
    "refusals": data.REFUSED_JOBS * (_NEW_ROLE_SECONDS + _REFUSAL_SECONDS),
    "job": _NEW_ROLE_SECONDS + _STOP_SECONDS + _EVENT_SECONDS,
}
"""How long each part waits at most, without the training and without what all parts use."""

_ENDED = frozenset({"Completed", "Failed", "Stopped"})
# In messages about a role, or a policy of it, that is not in effect yet.
_EARLY = ("assume", "permission", "perms", "access denied", "not authorized")
_METRICS = ("metrics.csv",)


def request(run: Run, name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of the request
    """Return the request for a job.

    Args:
        run: the run.
        name: what its name ends in.
        changes: members with other values.
    """
    prefix = run.account.prefix
    wanted = {
        "jobName": f"{prefix}-{name}",
        "customModelName": f"{prefix}-{name}",
        "roleArn": stacks.role_arn(run, "service"),
        "clientRequestToken": f"{prefix}-{name}",
        "baseModelIdentifier": data.BASE_MODEL,
        "customizationType": "FINE_TUNING",
        "jobTags": run.account.tags,
        "customModelTags": run.account.tags,
        "trainingDataConfig": {"s3Uri": f"s3://{prefix}/{templates.TRAINING_KEY}"},
        "outputDataConfig": {"s3Uri": f"s3://{prefix}/{templates.OUTPUT}"},
        "hyperParameters": {"epochCount": str(data.EPOCHS)},
    }
    return wanted | changes


def create(run: Run, wanted: dict[str, Any]) -> Outcome:
    """Send a request for a job, and remember the job that it may have started.

    Args:
        run: the run.
        wanted: the request.
    """
    run.names.add(wanted["jobName"])  # before the call, which Ctrl-C may interrupt
    created = outcome(run.account.client("bedrock").create_model_customization_job, **wanted)
    if created.accepted:
        run.jobs.setdefault(created.response["jobArn"], wanted["jobName"])
    return created


def refused(run: Run, wanted: dict[str, Any]) -> Outcome:
    """Send a request that Bedrock is expected to refuse; what it starts is stopped at once.

    Args:
        run: the run.
        wanted: the request.
    """
    before = set(run.jobs)
    created = create(run, wanted)
    if created.accepted and created.response["jobArn"] not in before:
        stop(run, created.response["jobArn"])
    return created


def stop(run: Run, arn: str) -> Outcome:
    """Stop a job."""
    return outcome(run.account.client("bedrock").stop_model_customization_job, jobIdentifier=arn)


def get(run: Run, job: str) -> dict[str, Any]:
    """Return a job by its name or ARN."""
    found: dict[str, Any] = run.account.client("bedrock").get_model_customization_job(jobIdentifier=job)
    return found


def _has_ended(job: dict[str, Any]) -> bool:
    return job["status"] in _ENDED


def prepare(run: Run) -> None:
    """Create the base stack, and upload the training data."""
    stacks.create_base(run)
    body = data.records().encode()
    run.account.client("s3").put_object(Bucket=run.account.prefix, Key=templates.TRAINING_KEY, Body=body)


def _refusals(run: Run) -> None:
    prepare(run)
    account = run.account
    cases: dict[str, dict[str, Any]] = {
        "a role without permissions on the data": {"roleArn": stacks.role_arn(run, "bare")},
        "a key that does not exist": {
            "customModelKmsKeyId": account.arn("key/00000000-1111-2222-3333-444444444444", "kms")
        },
        "data that does not exist": {
            "trainingDataConfig": {"s3Uri": f"s3://{account.prefix}/data/none.jsonl"}
        },
    }
    found: list[str] = []
    for number, (what, changes) in enumerate(cases.items()):
        wanted = request(run, f"refused-{number}", **changes)
        created = _in_effect(run, what, wanted, "assume")
        run.observe(11, f"{what}: {created}")
        found.append("accepted" if created.accepted else created.code)
        if created.accepted:
            arn = created.response["jobArn"]
            ended = account.until(partial(get, run, arn), _has_ended, seconds=_REFUSAL_SECONDS)
            run.observe(
                11, f"{what}: the job is {ended['status']}, {ended.get('failureMessage', 'no message')}"
            )
            stop(run, arn)
    run.conclude(11, f"{'; '.join(f'{what}: {told}' for what, told in zip(cases, found, strict=True))}.")


def _in_effect(run: Run, what: str, wanted: dict[str, Any], *words: str) -> Outcome:
    """Send a request until its new role is in effect; record what Bedrock says until then."""
    began = time.monotonic()
    told: list[str] = []

    def tried() -> Outcome:
        one = create(run, wanted)
        if str(one) not in told:
            told.append(str(one))
        return one

    def is_early(one: Outcome) -> bool:
        return any(word in one.message.lower() for word in words)

    last: Outcome = run.account.until(tried, lambda one: not is_early(one), seconds=_NEW_ROLE_SECONDS)
    if len(told) > 1 or is_early(last):
        for text in told:
            run.observe(11, f"{what}, a new role: {text}")
        run.observe(11, f"{what}: the last request was sent after {time.monotonic() - began:.0f} s")
    return last


def _visible(run: Run) -> None:
    prepare(run)
    wanted = request(run, "stopped")
    created = _in_effect(run, "the first job", wanted, *_EARLY)
    if not created.accepted:
        raise NotPossibleError(f"the first job was refused: {created}")
    run.jobs[created.response["jobArn"]] = wanted["jobName"]
    found = outcome(
        run.account.client("bedrock").get_model_customization_job, jobIdentifier=wanted["jobName"]
    )
    run.observe(12, f"the Create took {created.seconds:.1f} s; Get by name directly after it: {found}")
    run.conclude(12, "Yes." if found.accepted else "No.")


def _first(run: Run) -> str:
    name = f"{run.account.prefix}-stopped"
    return run.need(next((arn for arn, one in run.jobs.items() if one == name), ""), "first job")


def _tokens(run: Run) -> None:
    arn = _first(run)
    again = create(run, request(run, "stopped"))
    same = again.response.get("jobArn") == arn
    run.observe(13, f"the same request while the job runs: {again}{', the same job' if same else ''}")
    changed = refused(run, request(run, "stopped", hyperParameters={"epochCount": "2"}))
    told = ", the same job" if changed.response.get("jobArn") == arn else ""
    run.observe(13, f"another number of epochs with the same token: {changed}{told}")
    run.conclude(
        13,
        f"The same request: {'the same job' if same else again}; "
        f"another request: {told.strip(', ') or changed.code or 'another job'}.",
    )


def _names_in_use(run: Run) -> None:
    _first(run)
    token = f"{run.account.prefix}-other-token"
    one = refused(run, request(run, "stopped", clientRequestToken=token))
    run.observe(14, f"the name of a job that runs: {one}")
    run.conclude(14, f"While it runs: {one.code or 'accepted'}.")
    name = f"{run.account.prefix}-stopped"
    two = refused(run, request(run, "second", customModelName=name))
    run.observe(15, f"the name of the model of a job that runs: {two}")
    run.conclude(15, f"While its job runs: {two.code or 'accepted'}.")


def _tags(run: Run, number: int, arn: str, when: str) -> None:
    client = run.account.client("bedrock")
    key = f"{TAG}-added"
    told = {
        "list": outcome(client.list_tags_for_resource, resourceARN=arn),
        "add": outcome(client.tag_resource, resourceARN=arn, tags=[{"key": key, "value": "yes"}]),
        "remove": outcome(client.untag_resource, resourceARN=arn, tagKeys=[key]),
    }
    for what, one in told.items():
        run.observe(number, f"{when}, {what} tags: {one}")
    refused_ones = [what for what, one in told.items() if not one.accepted]
    said = f"refused: {', '.join(refused_ones)}" if refused_ones else "yes"
    earlier = run.answers[number].conclusion
    run.conclude(number, f"{earlier} {when.capitalize()}: {said}.".strip())


def _tags_in_progress(run: Run) -> None:
    _tags(run, 17, _first(run), "in progress")


def _stopping(run: Run) -> None:
    arn = _first(run)
    began = time.monotonic()
    asked = stop(run, arn)
    run.observe(16, f"Stop of a job that runs: {asked}; then it is {get(run, arn)['status']}")
    twice = stop(run, arn)
    run.observe(16, f"Stop directly after it: {twice}")
    ended = run.account.until(lambda: get(run, arn), _has_ended, seconds=_STOP_SECONDS)
    seconds = time.monotonic() - began
    run.observe(16, f"{ended['status']} after {seconds:.0f} s")
    late = stop(run, arn)
    run.observe(16, f"Stop of a job that is {ended['status']}: {late}")
    run.conclude(16, f"Stopping takes {seconds:.0f} s; of a job that was stopped: {late.code or 'accepted'}.")


def _tags_stopped(run: Run) -> None:
    arn = _first(run)
    _tags(run, 17, arn, get(run, arn)["status"].lower())


def _after_a_stop(run: Run) -> None:
    arn = _first(run)
    again = refused(run, request(run, "stopped"))
    same = ", the same job" if again.response.get("jobArn") == arn else ""
    run.observe(13, f"the same request after the stop: {again}{same}")
    run.conclude(
        13, f"{run.answers[13].conclusion} After a stop: {same.strip(', ') or again.code or 'another job'}."
    )
    token = f"{run.account.prefix}-third-token"
    named = refused(
        run, request(run, "stopped", clientRequestToken=token, customModelName=f"{run.account.prefix}-third")
    )
    run.observe(14, f"the name of a job that was stopped: {named}")
    run.conclude(14, f"{run.answers[14].conclusion} After a stop: {named.code or 'accepted'}.")


def _main_job(run: Run) -> None:
    """Start the job that trains; with the model's name of the stopped job, if that is free."""
    prepare(run)
    name = f"{run.account.prefix}-trained"
    reused = f"{run.account.prefix}-stopped"
    if any(one == reused for one in run.jobs.values()):
        created = create(run, request(run, "trained", customModelName=reused))
        run.observe(15, f"the model's name of a job that was stopped: {created}")
        earlier = run.answers[15].conclusion
        run.conclude(15, f"{earlier} Of a job that was stopped: {created.code or 'free'}.".strip())
        if created.accepted:
            return
    created = create(run, request(run, "trained", clientRequestToken=f"{name}-again"))
    if not created.accepted:
        raise NotPossibleError(f"the job was refused: {created}")


def main_job(run: Run) -> str:
    """Return the ARN of the job that trains.

    Raises:
        NotPossibleError: it could not be started.
    """
    name = f"{run.account.prefix}-trained"
    return run.need(next((arn for arn, one in run.jobs.items() if one == name), ""), "job that trains")


def _training(run: Run) -> None:
    arn = main_job(run)
    seen: dict[str, str] = {}
    files: dict[str, str] = {}
    began = time.monotonic()

    def looked() -> dict[str, Any]:
        job = get(run, arn)
        phases = {
            name: one.get("status")
            for name, one in job.get("statusDetails", {}).items()
            if isinstance(one, dict)
        }
        told = f"{job['status']}; " + (
            ", ".join(f"{name} {one}" for name, one in phases.items()) or "no phases"
        )
        minutes = f"{(time.monotonic() - began) / 60:.1f} min"
        if told not in seen:
            seen[told] = minutes
            run.say(f"the job is {told}")
        for key in _output_files(run):
            files.setdefault(key, f"{job['status']}, {minutes}")
        return job

    job = run.account.until(looked, _has_ended, seconds=run.hours * 3600)
    for told, minutes in seen.items():
        run.observe(18, f"after {minutes}: {told}")
    if job["status"] not in _ENDED:
        stop(run, arn)
        run.observe(18, f"it had not ended after {run.hours:g} hours and was stopped")
    run.conclude(18, f"{len(seen)} different states until it was {job['status']}.")
    for key, when in files.items():
        run.observe(20, f"first seen ({when}): {_generalized(run, key)}")
    metrics = [when for key, when in files.items() if key.endswith(_METRICS)]
    early = any(when.startswith("InProgress") for when in metrics)
    written = "while it trains" if early else "at its end" if metrics else "were not written"
    run.conclude(20, f"{len(files)} files; metrics {written}.")
    run.observe(
        21,
        f"with the library's policy the job is {job['status']}: {job.get('failureMessage', 'no message')}",
    )
    run.conclude(21, "Yes." if job["status"] == "Completed" else f"Unknown: the job is {job['status']}.")
    run.model_arn = str(job.get("outputModelArn", ""))


def _output_files(run: Run) -> list[str]:
    """Return the keys that do not belong to another job of the run."""
    listed = run.account.client("s3").list_objects_v2(Bucket=run.account.prefix, Prefix=templates.OUTPUT)
    others = [_job_id(arn) for arn in run.jobs if arn != main_job(run)]
    keys = [one["Key"] for one in listed.get("Contents", ())]
    return [key for key in keys if not any(one in key for one in others)]


def _job_id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _generalized(run: Run, text: str) -> str:
    for arn in run.jobs:
        text = text.replace(_job_id(arn), "<job id>")
    return text


def _events(run: Run) -> None:
    name = run.jobs[main_job(run)]
    told: list[dict[str, Any]] = []

    def ended() -> bool:
        told.extend(stacks.messages(run, "events"))
        details = [one.get("detail", {}) for one in told]
        return any(one.get("jobName") == name and one.get("jobStatus") in _ENDED for one in details)

    run.account.until(ended, bool, seconds=_EVENT_SECONDS)
    run.observe(19, f"{len(told)} events about the jobs of this run")
    shapes = dict.fromkeys(
        _generalized(
            run,
            f"{one.get('detail-type')}: jobStatus {detail.get('jobStatus')}, jobArn {detail.get('jobArn')}, "
            f"members {', '.join(sorted(detail))}",
        )
        for one in told
        for detail in [one.get("detail", {})]
    )
    for one in shapes:
        run.observe(19, one)
    statuses = list(dict.fromkeys(str(one.get("detail", {}).get("jobStatus")) for one in told))
    arns = {
        "/" in one.get("detail", {}).get("jobArn", "").partition("model-customization-job/")[2]
        for one in told
    }
    form = {True: "with", False: "without"}
    forms = " and ".join(f"{form[one]} the base model" for one in sorted(arns)) or "none"
    run.conclude(19, f"Statuses: {', '.join(statuses) or 'none'}; ARNs: {forms}.")


def _completed(run: Run) -> None:
    arn = main_job(run)
    status = get(run, arn)["status"]
    late = stop(run, arn)
    run.observe(16, f"Stop of a job that is {status}: {late}")
    earlier = run.answers[16].conclusion if 16 in run.answers else ""  # noqa: PLR2004 - the question's number
    run.conclude(16, f"{earlier} Of one that is {status}: {late.code or 'accepted'}.".strip())
    _tags(run, 17, arn, status.lower())


def _token_after_the_end(run: Run) -> None:
    """Send the request of the job that trained again: its name keeps Bedrock from starting a second job."""
    job = get(run, main_job(run))
    wanted = request(
        run, "trained", customModelName=job["outputModelName"], clientRequestToken=job["clientRequestToken"]
    )
    again = refused(run, wanted)
    minutes = (datetime.now(UTC) - job["creationTime"]).total_seconds() / 60
    same = again.response.get("jobArn") == job["jobArn"]
    told = "the same job" if same else again.code or "another job"
    run.observe(
        13,
        f"the same request {minutes:.0f} min after the first one: {again}{', the same job' if same else ''}",
    )
    earlier = run.answers[13].conclusion
    run.conclude(13, f"{earlier} {minutes:.0f} min later: {told}.".strip())


STEPS = {
    "refusals": (Step((11,), _refusals),),
    "job": (
        Step((12,), _visible),
        Step((13,), _tokens),
        Step((14, 15), _names_in_use),
        Step((17,), _tags_in_progress),
        Step((16,), _stopping),
        Step((17,), _tags_stopped),
        Step((13, 14), _after_a_stop),
        Step((15,), _main_job),
        Step((18, 20, 21), _training),
        Step((19,), _events),
        Step((16, 17), _completed),
        Step((13,), _token_after_the_end),
    ),
}
"""The steps of each part."""
