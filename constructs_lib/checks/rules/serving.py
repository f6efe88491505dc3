"""What comes after training: names of parameters and deployments, and models that can be deployed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...findings import NOT_SHOWN, Described, error, warning
from ...request.tokens import is_known, literal
from ..rule import register
from .data import differ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...catalog import Catalog
    from ...catalog.model import Model
    from ...findings import Finding

MOST_DEPLOYMENTS = 10
"""On-demand deployments of custom models in an account and Region; AWS raises the quota on request.

https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

register(
    {
        "parameter-name": "The name or the value of a parameter is not one that Systems Manager takes.",
        "parameter-repeated": "Two resources of a stack write one parameter.",
        "deployment-name": "The name of a deployment is not one that Bedrock takes.",
        "deployment-name-repeated": "Two deployments of a stack have one name.",
        "deployment-description": "The description of a deployment is too long, or could never be set.",
        "deployment-model": "A deployment's model is not one of its account and Region, or not known.",
        "deployment-stack": "A deployment follows a job of another stack, or has another stack's function.",
        "deployment-arn-unknown": "The ARN of a deployment is used before it is known.",
        "invocation-alarm": "The threshold of an alarm is not possible, or the alarm is in another Region.",
    }
)
register(
    {
        "parameter-retained": "A retained parameter keeps a model that is to be deleted.",
        "condition-missing": "A job has a condition, and what serves or publishes its model has none.",
    },
    "warning",
)
register(
    {"model-hosting": "AWS documents no way to serve the customized model like this."}, is_documented=True
)
register(
    {
        "model-hosting-region": "AWS lists no way to serve the customized model like this in the Region.",
        "deployment-quota": "A stack defines more deployments than the default quota of an account.",
    },
    "warning",
    is_documented=True,
)

_PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
_RESERVED = re.compile(r"/?(aws|ssm)", re.IGNORECASE)
_LONGEST_NAME = 1011
_MOST_LEVELS = 15
_LONGEST_VALUE = 4096
_DEPLOYMENT = re.compile(r"([0-9a-zA-Z][_-]?){1,63}")
_LONGEST_DEPLOYMENT = 63
_LONGEST_DESCRIPTION = 2048


def threshold_findings(value: object, *, is_duration: bool = False) -> Iterator[Finding]:
    """Yield an error unless a value can be the threshold of an alarm on invocations.

    Args:
        value: what was given, a number of invocations or of milliseconds; None for a token.
        is_duration: whether it is the milliseconds of a duration. Default: it is a number of invocations.
    """
    rule, fix = "must be a whole number of at least 1", "write threshold=5"
    if is_duration:
        rule, fix = "must be at least a millisecond", "write threshold=Duration.seconds(5)"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or (is_number and not is_known(value)):
        found = error("invocation-alarm", "threshold", rule, NOT_SHOWN, f"{fix} in place of a token")
    elif not is_number or (not is_duration and not isinstance(value, int)):
        found = error("argument-type", "threshold", rule, Described(type(value).__name__), fix)
    elif isinstance(value, int | float) and value < 1:
        found = error("invocation-alarm", "threshold", rule, value, fix)
    else:
        return
    yield found


def no_arn_for_alarm() -> Finding:
    """Return the error that an alarm is defined for an ARN that may not be known at the deployment."""
    rule = "is not known when the stack is deployed, or may be empty, and CloudWatch takes no empty dimension"
    fix = (
        "define the alarm once there is a model, for what from_deployment_arn(scope, id, arn) returns; where "
        "the job is waited for, give the wait fail_on_timeout=True and leave fail_on_failure out"
    )
    return error("deployment-arn-unknown", "model_arn", rule, NOT_SHOWN, fix)


def alarm_elsewhere(arn: str, region: str) -> Iterator[Finding]:
    """Yield an error if an alarm is in another Region than what is invoked, whose metrics it cannot see.

    Args:
        arn: what is invoked.
        region: the Region of the stack.
    """
    own = arn.split(":")[3]
    if differ(own, region):
        rule = "must be in the Region of the stack, because an alarm does not see metrics of another Region"
        yield error("invocation-alarm", "model_arn", rule, own, f"define the alarm in a stack in {own}")


def parameter_name_findings(path: str, name: object) -> Iterator[Finding]:
    """Yield what Systems Manager would refuse of the name of a parameter.

    Args:
        path: the argument.
        name: what was given.
    """
    fix = "write a name like /tickets/model"
    if not isinstance(name, str):
        yield error("argument-type", path, "must be the name of a parameter", _kind(name), fix)
        return
    text, is_whole = literal(name, "x"), is_known(name)
    if not _NAME.fullmatch(text):
        rule = "must consist of letters, digits, '_', '.', '-' and '/'"
    elif not is_whole and literal(name, " ").startswith(" "):
        rule = "must start with a text that is known at synthesis, because its ARN depends on a first '/'"
    elif is_whole and "/" in name and not name.startswith("/"):
        rule = "must start with '/', because it has levels"
    elif "//" in text or text.endswith("/"):
        rule = "must not have an empty level"
    elif is_whole and _RESERVED.match(name):
        rule = "must not start with 'aws' or 'ssm', which Systems Manager keeps for itself"
    elif text.count("/") > _MOST_LEVELS or len(text) > _LONGEST_NAME:
        rule = f"must have at most {_MOST_LEVELS} levels and {_LONGEST_NAME} characters"
    else:
        return
    yield error("parameter-name", path, rule, name, fix, source=_PARAMETERS)


def parameter_value_findings(path: str, value: object) -> Iterator[Finding]:
    """Yield what Systems Manager would refuse of the first value of a parameter.

    Args:
        path: the argument.
        value: what was given.
    """
    fix = "give the ARN of a model that exists, or leave it out"
    if not isinstance(value, str):
        yield error("argument-type", path, "must be a text", _kind(value), fix)
    elif is_known(value) and not 1 <= len(value) <= _LONGEST_VALUE:
        rule = f"must have 1 to {_LONGEST_VALUE} characters"
        got = Described(f"{len(value)} characters")
        yield error("parameter-name", path, rule, got, fix, source=_PARAMETERS)


def serving_name_findings(path: str, name: object, noun: str) -> Iterator[Finding]:
    """Yield what Bedrock would refuse of the name of a deployment or a throughput.

    Args:
        path: the argument.
        name: what was given.
        noun: `deployment` or `throughput`.
    """
    fix = "write a name like tickets-triage"
    if not isinstance(name, str):
        yield error("argument-type", path, f"must be the name of a {noun}", _kind(name), fix)
    elif is_known(name) and (len(name) > _LONGEST_DEPLOYMENT or not _DEPLOYMENT.fullmatch(name)):
        rule = f"must be 1 to {_LONGEST_DEPLOYMENT} letters and digits, with single '-' or '_' after them"
        yield error(f"{noun}-name", path, rule, name, fix)


def description_findings(path: str, description: object) -> Iterator[Finding]:
    """Yield what Bedrock would refuse of the description of a deployment.

    Args:
        path: the argument.
        description: what was given.
    """
    fix = "write a short text"
    if not isinstance(description, str):
        yield error("argument-type", path, "must be a text", _kind(description), fix)
    elif is_known(description) and not 1 <= len(description) <= _LONGEST_DESCRIPTION:
        got = Described(f"{len(description)} characters")
        rule = f"must have 1 to {_LONGEST_DESCRIPTION} characters"
        yield error("deployment-description", path, rule, got, fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """A way to serve a customized model.

    Args:
        mode: as the catalogue calls it.
        page: the page of AWS that lists the models.
        noun: what is defined.
        is_so: what can be done with a model that is listed.
        other: what AWS documents for the others.
    """

    mode: str
    page: str
    noun: str
    is_so: str
    other: str


ON_DEMAND = Hosting(
    mode="on-demand",
    page="bedrock/deploy-custom-model-on-demand",
    noun="on-demand deployment",
    is_so="can be deployed on demand",
    other="provisioned throughput",
)
PROVISIONED = Hosting(
    mode="provisioned",
    page="bedrock/prov-thru-supported",
    noun="provisioned throughput",
    is_so="can have provisioned throughput",
    other="on-demand deployments",
)


def hosting_findings(
    path: str, model: Model | None, region: str, catalog: Catalog, hosting: Hosting
) -> Iterator[Finding]:
    """Yield what AWS documents against serving a customized model.

    Args:
        path: the argument.
        model: what is documented of the base model. None where it is not known: then nothing is found.
        region: the Region; it may be a token.
        catalog: has the addresses of AWS's pages.
        hosting: how it is served.
    """
    if model is None:
        return
    url, as_of = catalog.url(hosting.page), catalog.read_on(hosting.page)
    where = {name for way in model.hosting if way.mode == hosting.mode for name in way.regions}
    if not where:
        fix = "customize a model that is listed there; `bedrock-customize models` shows which"
        rule = f"is a customized model of {model.name}, which AWS's page on {hosting.noun}s does not list"
        found = warning("model-hosting", path, rule, NOT_SHOWN, fix)
        if model.hosting:
            rule = (
                f"must be a model that {hosting.is_so}; AWS documents only {hosting.other} for customized "
                f"models of {model.name}"
            )
            found = error("model-hosting", path, rule, NOT_SHOWN, fix)
        yield replace(found, source=url, as_of=as_of)
    elif is_known(region) and region not in where:
        names = " or ".join(sorted(where))
        rule = f"is not listed for {hosting.noun}s of customized models of {model.name}; AWS lists {names}"
        found = warning("model-hosting-region", "Region", rule, region, f"deploy to {names}")
        yield replace(found, source=url, as_of=as_of)


def retained_parameter() -> Finding:
    """Return the warning that the model that a retained parameter names is not deleted."""
    rule = (
        "is RETAIN, and on_delete of the job is DELETE_MODEL: when the stack is deleted, the model that the "
        "parameter holds is kept, and its storage is billed"
    )
    fix = "let both be deleted, or keep both"
    return warning("parameter-retained", "on_delete", rule, NOT_SHOWN, fix)


def condition_missing(job: str) -> Finding:
    """Return the warning about a resource that refers to a job that may be left out.

    Args:
        job: the path of the job.
    """
    rule = f"refers to {job}, which has a condition: CloudFormation rejects the template where it is false"
    fix = "give the resource the condition of the job, x.node.default_child.cfn_options.condition = condition"
    return warning("condition-missing", "", rule, NOT_SHOWN, fix)


def too_many_deployments() -> Finding:
    """Return the warning that a stack has more deployments than the default quota of an account."""
    rule = (
        f"this stack defines more than {MOST_DEPLOYMENTS} deployments, which is the default quota of an "
        "account in a Region"
    )
    fix = "request an increase of the quota, or acknowledge this warning"
    return warning("deployment-quota", "", rule, NOT_SHOWN, fix)


def _kind(value: object) -> Described:
    return Described(type(value).__name__)
