"""What a line of the function's log says, as a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
_OF_LAMBDA = re.compile(r"(START|END|REPORT) RequestId: |INIT_START Runtime Version: ")
_IS_UNUSUAL = re.compile(r"\bStatus: |\bError Type: ")
_ERROR = re.compile(
    r"\[ERROR\]|Traceback |.*\bTask timed out after |.*\bRuntime exited|RequestId: \S+ Error: |.*\bStatus: "
)
_WARNING = re.compile(r"\[WARN(ING)?\]")

_PHASES = {
    "ROLLING_BACK": "the stack is being rolled back",
    "ROLLED_BACK": "the stack was rolled back",
    "IDLE": "no operation of the stack is in progress",
    "UNKNOWN": "the status of the stack could not be read",
}
_NOTES = {
    "adopted": "it was started for the same inputs",
    "rolled back to the former job": "the resource had it before the failed operation",
    "started by this event": "this request has started it",
}
_OF_SERVING = {
    "Create": "create",
    "Fail": "fail for",
    "Keep": "keep",
    "Leave": "leave",
    "Put": "write",
    "Remove": "delete",
    "Replace": "delete and create again",
    "Update": "give another model to",
    "Wait": "wait for",
}
"""What can be decided about a parameter or a deployment."""

_METRICS = "_aws"
"""The member of a line in the embedded metric format, which CloudWatch reads and people need not."""

_FIRST_ERROR_STATUS = 300  # of HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of the log.

    Args:
        sentence: what it says.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`. Default: `INFO`.
        resource: the logical id of the resource. Default: "", it is about none.
        request: CloudFormation's word for the request, such as `Create`. Default: "", it is about none.
        record: the fields of the line. Default: none, it is not the handler's.
    """

    sentence: str
    level: str = "INFO"
    resource: str = ""
    request: str = ""
    record: Record | None = field(default=None, repr=False)


def read_line(message: str) -> LogLine | None:
    """Return what a line says; None for those that Lambda writes about every invocation.

    Args:
        message: the message of the log event.
    """
    text = message.strip("\r\n")
    record, sentence = _read_record(text)
    if record is None:
        if not text.strip() or (_OF_LAMBDA.match(text) and not _IS_UNUSUAL.search(text)):
            return None
        level = "ERROR" if _ERROR.match(text) else "WARNING" if _WARNING.match(text) else "INFO"
        return LogLine(sentence=text, level=level)
    if _METRICS in record:
        return None
    level, resource, request = (
        value if isinstance(value := record.get(name), str) else ""
        for name in ("level", "logicalResourceId", "requestType")
    )
    return LogLine(
        sentence=sentence or text,
        level=level if level in _LEVELS else "INFO",
        resource=resource,
        request=request,
        record=record,
    )


def _read_record(text: str) -> tuple[Record | None, str]:
    """Return the fields of a line that the handler has written, and what it says."""
    try:
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found.get("act"), str):
            return found, _sentence(found)
    except (ValueError, RecursionError):  # a line of something else, whatever it is
        pass
    return None, ""


def _sentence(record: Record) -> str:
    """Return what the handler did; "" for an act of another release, which is shown as it is."""
    says = SENTENCES.get(record["act"])
    if says is None:
        return ""
    if callable(says):
        return says(_Fields(record))
    return says.format_map(_Fields(record))


class _Fields(dict[str, str]):
    """The fields of a record as texts; one that is not there is not known."""

    def __init__(self, record: Record) -> None:
        super().__init__({name: _text(value) for name, value in record.items()})

    def __missing__(self, name: str) -> str:
        return "(not known)"


def _text(value: object) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(one if isinstance(one, str) else json.dumps(one) for one in values)


def _decided(record: _Fields) -> str:
    kinds = (
        ("parameter", "parameter"),
        ("deploymentName", "deployment"),
        ("throughputName", "throughput"),
    )
    for name, kind in kinds:
        if name in record:
            return _decided_about(f"the {kind} {record[name]}", record)
    decision, note = record["decision"], record.get("note", "")
    note = _NOTES.get(note, note)
    if decision == "Fail":
        return f"Decided to fail: {note or '(no reason)'}"
    reasons = [_PHASES.get(record.get("stack", "")), note]
    if decision == "Keep":
        kept = (
            f"keep the job {record['jobArn']}" if "jobArn" in record else "leave the resource without a job"
        )
        done = f"Decided to {kept}"
    else:
        done = "Decided to start a job" if decision == "Start" else f"Decided {decision}"
    if decision == "Start":
        reasons.append("no job of these inputs can be used")
    why = "; ".join(filter(None, reasons))
    return " ".join(filter(None, (f"{done}: {why}." if why else done, record.get("advice"))))


def _decided_about(what: str, record: _Fields) -> str:
    """Return what was decided about a parameter, a deployment or a throughput."""
    decision = record["decision"]
    why = "; ".join(filter(None, [_PHASES.get(record.get("stack", "")), record.get("note", "").rstrip(".")]))
    done = f"Decided to {_OF_SERVING.get(decision, decision)} {what}"
    return f"{done}: {why}." if why else done


def _crashed(record: _Fields) -> str:
    # In a line of a look, `kind` is the kind of resource and `error` the type of the exception.
    kind = record.get("error") or record["kind"]
    return f"The handler failed with an unexpected error, {kind}, at {record['frames']}."


def _with_command(sentence: str) -> Callable[[_Fields], str]:
    """Return a sentence that ends with a command where the function has written one."""

    def says(record: _Fields) -> str:
        command = record.get("command")
        return sentence.format_map(record) + (f" To delete it: {command}" if command else "")

    return says


def _parameter_not_read(record: _Fields) -> str:
    if "code" in record:
        return (
            f"The parameter {record['parameter']} could not be read ({record['code']}); it was not deleted."
        )
    return f"The parameter could not be read: {record['reason']}"


def _parameter_left_alone(record: _Fields) -> str:
    why = f": {record['decision']}" if "decision" in record else ", because it is not this resource's"
    return _with_command(f"Did not delete the parameter {{parameter}}{why}.")(record)


def _response_sent(record: _Fields) -> str:
    reason = f": {record['reason']}" if "reason" in record else ""
    status = record.get("httpStatus", "")
    refused = (
        f" (CloudFormation did not take it: HTTP status {status})"
        if status.isdecimal() and int(status) >= _FIRST_ERROR_STATUS
        else ""
    )
    physical_id = record["physicalResourceId"]
    return f"Sent the response {record['status']} with the physical id {physical_id}{reason}{refused}"


def _response_not_sent(record: _Fields) -> str:
    note = f" It would have said: {record['note']}" if "note" in record else ""
    return f"Could not send the response {record['status']}: {record['reason']}{note}"


def _result_decided(record: _Fields) -> str:
    status = f" ({record['jobStatus']})" if "jobStatus" in record else ""
    does = "let the deployment fail" if record["decision"] == "Fail" else "let the deployment go on"
    return f"Decided to {does} for the job {record['jobArn']}{status}: {record['note'].rstrip('.')}."


def _tags_refused(record: _Fields) -> str:
    # A rollback writes the job's ARN; what changes tags writes the job or the model.
    arn = record.get("resource") or record["jobArn"]
    status = f"; the job is {record['jobStatus']}" if "jobStatus" in record else ""
    return f"Bedrock did not take the tags of {arn} ({record['code']}){status}."


def _called(record: _Fields) -> str:
    refused = record.get("refused")
    end = f"failed with {refused}" if refused else f"returned {record['answer']}"
    return f"Called {record['operation']} with {record['request']}: it {end}"


def _job_left_running(record: _Fields) -> str:
    return (
        f"The job {record['jobArn']} was left running ({record['decision']}) and is billed; if nobody needs "
        f"it, stop it: bedrock-customize stop {record['jobArn']}"
    )


SENTENCES: Mapping[str, str | Callable[[_Fields], str]] = {
    "answers given up": "The models cannot be compared by their answers: {reason}.",
    "approval not asked for": "The request for an approval could not be sent to the topic {topic}: {code}.",
    "bake ended": "The alarms watch the model {modelArn} no longer; it is {outcome}: {decision}.",
    "called": _called,
    "candidate deleted": (
        "Asked Bedrock to delete the deployment {deploymentArn}, which existed only to be asked"
    ),
    "candidate deployed": (
        "Asked Bedrock for a deployment of the model {modelArn} that exists only to be asked: {deploymentArn}"
    ),
    "candidate not deleted": (
        "A deployment that exists only to be asked was not deleted ({reason}); the next look tries again."
    ),
    "candidates not read": "Which deployments exist only to be asked could not be read: {reason}",
    "candidates left": (
        "Deployments that existed only to be asked are left. Delete those with this name: {names}"
    ),
    "crashed": _crashed,
    "decided": _decided,
    "definition not read": (
        "The definition of the sweep cannot be read, or was changed, so no trial is started. To write it "
        "again, deploy the sweep with another max_concurrency; its jobs are adopted. Definition: {definition}"
    ),
    "deployment created": "Asked Bedrock for a deployment of the model {modelArn}: {deploymentArn}",
    "deployment deleted": "Asked Bedrock to delete the deployment {deploymentArn}",
    "deployment left alone": "Did not delete the deployment {deploymentName}: {decision}.",
    "deployment not deleted": (
        "The deployment {deploymentArn} was left ({decision}). If nobody needs it, delete it: {command}"
    ),
    "deployment updated": (
        "Asked Bedrock to serve the model {modelArn} in place of {previousModelArn} by {deploymentArn}"
    ),
    "description not changed": "{reason}",
    "event not sent": "The event about the model could not be sent: {reason} ({code})",
    "event refused": "The event was refused: {reason}",
    "followed": "Looked at the job of the resource: {decision}.",
    "events not read": (
        "The stack's events could not be read ({code}), so it is not known which operation started a job."
    ),
    "function not answered": "The function of the promotion gave no answer: {reason}.",
    "job asked to stop": "Asked Bedrock to stop the job {jobArn}",
    "job ended": "Done with the job {jobArn}: {decision}.",
    "job left alone": "Did not change the job {jobArn}: {decision}.",
    "job left running": _job_left_running,
    "job not looked for": "Did not look for a job that this resource may have started: {code}.",
    "job not stopped": "The job {jobArn} was not stopped: {reason}",
    "job not read": "The job could not be read: {reason}",
    "job started": "Started the job {jobName} (generation {generation}): {jobArn}",
    "job still stopping": "The job {jobArn} is still {jobStatus}; it was not waited for any longer.",
    "jobs not listed": "Other jobs of this resource could not be listed: {code}.",
    "left to the next attempt": "The next attempt goes on: {note}.",
    "model not replaced": "Nothing could serve instead of the model {modelArn}: {reason}.",
    "model promoted": "Promoted the model {modelArn}: {reason}.",
    "model rejected": "Rejected the model {modelArn}: {reason}.",
    "model undecided": "The model {modelArn} is neither promoted nor rejected: {decision}.",
    "model withdrawn": "Withdrew the model {modelArn}: {reason}.",
    "model deleted": "Deleted the model {modelArn} of the job {jobArn}",
    "model kept": "Kept the model {modelArn} of the job {jobArn}: {decision}. To delete it: {command}",
    "model use not listed": "What serves the model {modelArn} could not be listed: {code}.",
    "network setting not used": "A network setting was not used: {reason}",
    "no job found": "Found no job to end for the physical id {physicalResourceId}",
    "not all jobs read": "There was no time to read all jobs that are {jobStatus}.",
    "not followed": "What depends on the job was not changed: {reason}",
    "not rolled back": "The rollback left it as it is: {reason}",
    "nothing followed": "Nothing that depends on jobs was changed: {decision}.",
    "old model not served": "The old model could not be served again: {reason} To try it again: {command}",
    "parameter deleted": "Deleted the parameter {parameter}",
    "parameter left alone": _parameter_left_alone,
    "parameter not deleted": _with_command("The parameter {parameter} was not deleted: {reason}"),
    "parameter not read": _parameter_not_read,
    "parameter not written": "The parameter was not written: {reason}",
    "parameter written": "Wrote {value} to the parameter {parameter}",
    "policy not deleted": "The policy of the promotion was left in S3: {reason}",
    "promotion not read": "Nothing was promoted, because a record of it was not read: {reason}",
    "promotion not started": "The execution that goes on with it was not started: {reason} ({code})",
    "promotion started": "Started the execution {execution}, which goes on with the model {modelArn}",
    "properties not valid": "The rollback changed nothing, because the properties are not valid: {reason}",
    "published models not read": (
        "Whether a parameter holds the model {modelArn} could not be read: {code}."
    ),
    "resource not read": "The resource's physical id could not be read from CloudFormation: {code}.",
    "resources not listed": "The stack's resources could not be listed: {code}.",
    "response not sent": _response_not_sent,
    "response sent": _response_sent,
    "results not written": "The result of trial {trial} was not written; the report will have it: {reason}",
    "result decided": _result_decided,
    "signal not accepted": (
        "The wait condition {waitCondition} did not accept the signal {uniqueId} ({code}); it is sent again."
    ),
    "signal sent": "Sent the wait condition {waitCondition} the signal {uniqueId}",
    "stack not read": "The stack's status could not be read ({code}): {reason}",
    "best model decided": "The parameter {parameter} with the ARN of the best model: {decision}.",
    "sweep finished": (
        "All trials have ended, {complete} of {trials} complete. Best job: {best}. Results: {results}"
    ),
    "sweep left alone": "Ended no trial: {decision}.",
    "sweep started": "Started the execution {execution} for {trials} trials: {definition}",
    "task carried out": "Carried out a task of a state machine: {decision}.",
    "task failed": "The task could not be carried out; the state machine tries it again: {reason}",
    "tags of the model not read": "The tags of the model could not be read: {code}.",
    "tags not written": "The tags of the job {jobArn} were not written: the stack's status is not known.",
    "tags refused": _tags_refused,
    "tags updated": "The tags of {resource} are up to date; {changed} changed.",
    "throughput created": "Bought a throughput for the model {modelArn}: {throughputArn}",
    "throughput deleted": "Asked Bedrock to delete the throughput {throughputArn}",
    "throughput left alone": "Did not delete the throughput {throughputName}: {decision}.",
    "throughput not deleted": (
        "The throughput {throughputArn} was left ({decision}) and is billed. If nobody needs it, delete it: "
        "{command}"
    ),
    "throughput renamed": "Gave the throughput {throughputArn} the name {name}",
    "throughput updated": (
        "Asked Bedrock to serve the model {modelArn} in place of {previousModelArn} by {throughputArn}"
    ),
    "waiting started": "Started the execution {execution}, which signals the wait condition {waitCondition}",
}
"""What the handler has done, by the act in its log. No full stop follows an ARN, which people copy."""
