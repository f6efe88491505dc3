"""Every statement of the roles and of the resource policies, read from the templates that have them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs_lib import (
    AWS_OWNED_KEY,
    Bake,
    BaseModel,
    Billing,
    CustomizationSweep,
    CustomModelDeployment,
    EvaluationData,
    JobProvider,
    Keep,
    ModelCustomizationJob,
    Objective,
    OnDelete,
    OutputBucket,
    OutputData,
    PromoteIf,
    ProviderSettings,
    ProvisionedModelThroughput,
    Release,
    TrainingData,
    ValidationData,
    permissions,
)
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, REGION, listed
from tests.security.stacks import CHOICES, add_job, new_stack, stack_of, template_of
from tests.security.view import STACK_ID, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import aws_cdk as cdk

FUNCTION, SERVICE, STATE_MACHINE = "function", "service role", "state machine"
ALWAYS = "always"
VPC = "a VPC"
_BUCKET = "an output bucket that is created"
MANY_JOBS = "more jobs than one inline policy has room for"
# The job with the fewest resources: all else is needed for what a job has beyond it.
_LEAST = {"output": "prefix", "key": "none"}
_OUTPUT = OutputData.from_s3_uri("s3://results/metrics/")
_ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}"
_KEY_ID = "0a1b2c3d-0000-1111-2222-333344445555"
_MODEL = f"{_ARN.format('bedrock')}:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
_WORDS: Mapping[tuple[str, str], str] = {
    ("data", "own bucket"): "data with a KMS key",
    ("data", "data key by alias"): "data with a KMS key",
    ("output", "made"): _BUCKET,
    ("output", "made to expire"): _BUCKET,
    ("output", "bucket"): "an output without a prefix",
    ("kind", "distillation"): "distillation",
    ("kind", "distillation by profile"): "distillation",
    ("kind", "reinforcement"): "reinforcement fine-tuning",
    ("data", "deploy-time key"): "values that are tokens",
    ("data", "foreign bucket"): "data of another account",
    ("steering", "own provider"): "`provider=`",
    ("network", "ids"): VPC,
    ("network", "isolated"): "`JobNetwork.isolated`",
    ("network", "made"): "`JobNetwork.in_new_vpc`",
    ("steering", "deletes the model"): "`OnDelete.DELETE_MODEL`",
    ("steering", "waits for completion"): "`Wait.for_completion()`",
    ("steering", "waits for validation"): "`Wait.for_validation()`",
}
# What is needed for a kind of something is not repeated where it is needed for all kinds.
_KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "`JobNetwork.isolated`": (VPC,),
    "`JobNetwork.in_new_vpc`": (VPC,),
    "`promote_if` with `OnDelete.DELETE_MODEL`": ("`promote_if`", "`OnDelete.DELETE_MODEL`"),
    "`promote_if` and a bucket with a KMS key": ("`promote_if`", _BUCKET),
    "`PromoteIf.approved` and a topic with a KMS key": ("`PromoteIf.approved`",),
    "`PromoteIf.answers` and data with a KMS key": ("`PromoteIf.answers`",),
    "`CustomizationSweep` and a bucket with a KMS key": ("`CustomizationSweep`", _BUCKET),
    **{f"`PromoteIf.{one}`": ("`promote_if`",) for one in ("function", "answers", "approved")},
    "`promote_if`": ("`Release.ON_COMPLETION`",),
    "`bake`": ("`Release.ON_COMPLETION`",),
    "`notify_promotion`": ("`promote_if`",),
    "`Release.ON_COMPLETION`": ("`CustomModelDeployment`",),
    "`Billing.hours`": ("`ProvisionedModelThroughput`",),
    "`Keep.best`": ("`CustomizationSweep`",),
    "`Keep.newest`": ("`OnDelete.DELETE_MODEL`",),
}
# The buckets of the templates that results are written to.
_OUTPUTS = "(?:results|[a-z0-9]*output[0-9a-f]*)"
# Settings of the function, each as far as it needs a permission or a resource.
_SETTINGS: Mapping[str, Callable[[cdk.Stack], ProviderSettings]] = {
    "`vpc` of the function": lambda stack: ProviderSettings(vpc=_vpc(stack)),
    "`dead_letter_queue`": lambda stack: ProviderSettings(
        dead_letter_queue=sqs.Queue.from_queue_arn(stack, "NetworkQueue", f"{_ARN.format('sqs')}:letters")
    ),
    "`dead_letter_topic`": lambda stack: ProviderSettings(dead_letter_topic=_topic(stack)),
    "`tracing`": lambda _: ProviderSettings(tracing=lambda_.Tracing.ACTIVE),
    "`environment_encryption`": lambda _: ProviderSettings(
        environment_encryption=f"{_ARN.format('kms')}:key/{_KEY_ID}"
    ),
}
# What comes after training. Each is defined for a job with the fewest resources, or for a model.
_AFTER: Mapping[str, Callable[[cdk.Stack], object]] = {
    "`publish_model_arn`": lambda stack: _job(stack).publish_model_arn("/tickets/model"),
    "`alarm_on_failure`": lambda stack: _job(stack).alarm_on_failure(_topic(stack)),
    "`notify_on_failure`": lambda stack: _job(stack).notify_on_failure(_topic(stack)),
    "`CustomModelDeployment`": lambda stack: CustomModelDeployment(stack, "Serve", model=_MODEL),
    "`Release.ON_COMPLETION`": lambda stack: CustomModelDeployment(
        stack, "Serve", model=_job(stack), release=Release.ON_COMPLETION
    ),
    "`ProvisionedModelThroughput`": lambda stack: ProvisionedModelThroughput(
        stack, "Serve", model=_MODEL, model_units=1, billing=Billing.until_deleted()
    ),
    "`Billing.hours`": lambda stack: ProvisionedModelThroughput(
        stack, "Serve", model=_MODEL, model_units=1, billing=Billing.hours(8)
    ),
    "`promote_if`": lambda stack: _promoted(stack, PromoteIf.validation_loss()),
    "`promote_if` and a bucket with a KMS key": lambda stack: _promoted(
        stack, PromoteIf.validation_loss(), output_data=OutputBucket()
    ),
    "`promote_if` with `OnDelete.DELETE_MODEL`": lambda stack: _promoted(
        stack, PromoteIf.validation_loss(), on_delete=OnDelete.DELETE_MODEL
    ),
    "`PromoteIf.function`": lambda stack: _promoted(
        stack,
        PromoteIf.function(
            lambda_.Function.from_function_arn(stack, "Judge", f"{_ARN.format('lambda')}:function:Judge")
        ),
    ),
    "`PromoteIf.answers`": lambda stack: _promoted(
        stack, PromoteIf.answers(EvaluationData.from_s3_uri("s3://data/evaluation.jsonl"))
    ),
    "`PromoteIf.approved`": lambda stack: _promoted(stack, PromoteIf.approved(topic=_topic(stack))),
    "`PromoteIf.approved` and a topic with a KMS key": lambda stack: _promoted(
        stack, PromoteIf.approved(topic=sns.Topic(stack, "Data", master_key=_key(stack)))
    ),
    "`PromoteIf.answers` and data with a KMS key": lambda stack: _promoted(
        stack,
        PromoteIf.answers(
            EvaluationData.from_s3_uri("s3://data/evaluation.jsonl", encryption_key=_key(stack).key_arn)
        ),
    ),
    "`bake`": lambda stack: CustomModelDeployment(
        stack,
        "Serve",
        model=_job(stack),
        release=Release.ON_COMPLETION,
        bake=Bake(
            alarms=[cloudwatch.Alarm.from_alarm_arn(stack, "Errors", f"{_ARN.format('cloudwatch')}:alarm:E")],
            minimum_invocations=20,
        ),
    ),
    "`notify_promotion`": lambda stack: _promoted(stack, PromoteIf.validation_loss()).notify_promotion(
        _topic(stack)
    ),
    "`CustomizationSweep`": lambda stack: _sweep(stack),  # noqa: PLW0108 - defined below
    "`CustomizationSweep` and a bucket with a KMS key": lambda stack: _sweep(
        stack, output_data=OutputBucket()
    ),
    "`Keep.best`": lambda stack: _sweep(stack, keep=Keep.best()),
    "`Keep.newest`": lambda stack: _job(stack, keep=Keep.newest(3), on_delete=OnDelete.DELETE_MODEL),
    "`max_training_tokens`": lambda stack: _job(stack, max_training_tokens=1_000_000),
}


class Entry(NamedTuple):
    """One action on one resource, as a statement has it."""

    effect: str
    action: str
    resource: str
    condition: str


class Row(NamedTuple):
    """Actions that the same statements allow or deny, under the same condition, in the same templates."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str
    needed_for: tuple[str, ...]


@cache
def rows_of_role(kind: str) -> list[Row]:
    """Return what the roles of one kind have, in all templates.

    Args:
        kind: `FUNCTION`, `SERVICE` or `STATE_MACHINE`.
    """
    entries = needed(lambda template: _entries(template, kind))
    return _rows(entries | (_of_nested_stacks() if kind == FUNCTION else {}))


def needed(found: Callable[[dict[str, Any]], set[Any]]) -> dict[Any, tuple[str, ...]]:
    """Return what is found in the templates, and in which: in that of every job, or in those of some.

    Args:
        found: what to look for in a template.
    """
    least = found(_template())
    words: dict[Any, set[str]] = {one: {ALWAYS} for one in least}
    for name, template in _templates():
        for one in found(template) - least:
            words.setdefault(one, set()).add(name)
    for one in found(_template_of_many_jobs()) - words.keys():
        words[one] = {MANY_JOBS}
    return {one: _shortened(words[one]) for one in words}


def rows_of_statements(statements: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what statements have, whatever template they belong to.

    Args:
        statements: the statements.
    """
    return _rows({entry: () for one in statements for entry in _of_statement(one)})


class PolicyRow(NamedTuple):
    """A row about the policy of a resource: whose policy, for whom, and what."""

    of: str
    principal: str
    row: Row


def rows_of_policies() -> list[PolicyRow]:
    """Return what the policies of resources have that the library makes, trust policies included."""
    found: dict[tuple[str, str], dict[Entry, tuple[str, ...]]] = {}
    for (of, principal, entry), words in needed(_policy_entries).items():
        found.setdefault((of, principal), {})[entry] = words
    return [PolicyRow(*key, row) for key in sorted(found) for row in _rows(found[key])]


def _policy_entries(template: dict[str, Any]) -> set[tuple[str, str, Entry]]:
    view = View(template)
    called = {
        (
            "permission to call the function",
            f"`{one.properties['Principal']}`",
            Entry("Allow", one.properties["Action"], "the function", "`aws:SourceArn` = `RULE-ARN`"),
        )
        for one in view.of_type("AWS::Lambda::Permission")
        if one.properties["SourceArn"]
    }
    return called | {
        (of, _principal(statement["Principal"]), entry)
        for kind, (of, name) in _POLICIES.items()
        for one in view.of_type(kind)
        if not USERS.match(one.id) and name in one.properties
        for statement in listed(one.properties[name]["Statement"])
        for entry in _of_statement(statement)
    }


_POLICIES = {
    "AWS::IAM::Role": ("trust policy of a role", "AssumeRolePolicyDocument"),
    "AWS::KMS::Key": ("key policy of a key that is created", "KeyPolicy"),
    "AWS::S3::BucketPolicy": ("bucket policy of a bucket that is created", "PolicyDocument"),
    "AWS::EC2::VPCEndpoint": ("policy of an S3 endpoint that is created", "PolicyDocument"),
}
# What the stacks of the tests define as a user would: data, keys and a VPC of their own.
USERS = re.compile(r"Data|ModelKey|Network")


def _principal(principal: object) -> str:
    if not isinstance(principal, dict):
        return f"`{principal}`"
    [(_, value)] = principal.items()
    return " or ".join(f"`{readable(str(one))}`" for one in listed(value))


def _templates() -> Iterator[tuple[str, dict[str, Any]]]:
    for prop, choices in CHOICES.items():
        for choice in choices:
            words = _WORDS.get(
                (prop, choice), "a KMS key of the model" if prop == "key" else f"{prop}: {choice}"
            )
            yield words, _template(prop, choice)
    for words in _SETTINGS:
        yield words, _template_with_settings(words)
    for words in _AFTER:
        yield words, _template_after(words)


def _entries(template: dict[str, Any], kind: str) -> set[Entry]:
    view = View(template)
    roles = {
        one.id
        for one in view.of_type("AWS::IAM::Role")
        if _SERVICES[kind] in str(one.properties["AssumeRolePolicyDocument"])
    }
    return {entry for identity in view.statements_of(roles) for entry in _of_statement(identity.statement)}


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Entry]:
    for action in listed(statement["Action"]):
        for resource in listed(statement.get("Resource", "the role")):
            condition = _condition(statement.get("Condition", {}))
            yield Entry(statement["Effect"], action, readable(resource), condition)


_SERVICES = {
    FUNCTION: "'lambda.amazonaws.com'",
    SERVICE: "'bedrock.amazonaws.com'",
    STATE_MACHINE: "'states.amazonaws.com'",
}


def _of_nested_stacks() -> dict[Entry, tuple[str, ...]]:
    place = {"partition": "aws", "region": REGION, "account": ACCOUNT, "log_group_name": "L"}
    alone = permissions.HandlerNeeds(stack_name="Stack", **place)
    nested = replace(alone, root_stack_name="Root")
    [more] = [
        one
        for one in permissions.standing_statements(nested)
        if one not in permissions.standing_statements(alone)
    ]
    return dict.fromkeys(_of_statement(more), ("a nested stack",))


def _rows(entries: Mapping[Entry, tuple[str, ...]]) -> list[Row]:
    """Join what differs in the resource, and then what differs in the action."""
    by_action: dict[tuple[Any, ...], list[str]] = {}
    for one, words in sorted(entries.items()):
        by_action.setdefault((one.effect, one.action, one.condition, words), []).append(one.resource)
    by_rest: dict[tuple[Any, ...], list[str]] = {}
    for (effect, action, condition, words), resources in by_action.items():
        by_rest.setdefault((effect, tuple(resources), condition, words), []).append(action)
    rows = [
        Row(effect, tuple(actions), resources, condition, words)
        for (effect, resources, condition, words), actions in by_rest.items()
    ]
    return sorted(rows, key=lambda row: (row.needed_for != (ALWAYS,), row.actions, row.needed_for))


def readable(arn: str) -> str:
    """Return an ARN with words in capitals in place of names that differ from stack to stack."""
    for pattern, words in _NAMES:
        arn = re.sub(pattern, words, arn)
    return arn


_NAMES = (
    (re.escape(STACK_ID), "STACK-ARN"),
    (REGION, "REGION"),
    (ACCOUNT, "ACCOUNT"),
    (OTHER_ACCOUNT, "OWNER"),
    ("(?<=foundation-model/).*", "MODEL"),
    ("(?<=inference-profile/).*", "PROFILE"),
    ("(?<=:role/).*", "ROLE"),
    ("(?<=:key/)[^*]+", "KEY"),
    ("(?<=:subnet/).*", "SUBNET"),
    ("(?<=:security-group/).*", "GROUP"),
    ("(?<=:stack/)Stack(?=/)", "STACK"),
    ("(?<=:stack/)Root(?=/)", "ROOT-STACK"),
    ("(?<=:log-group:)[^:*]+", "LOG-GROUP"),
    ("(?<=:stateMachine:).*", "STATE-MACHINE"),
    ("(?<=:execution:)[^:]+", "STATE-MACHINE"),
    ("(?<=:alarm:).*", "ALARM"),
    ("(?<=:parameter/)[^*]+", "PARAMETER"),
    ("(?<=:function:)(?!\\*).*", "FUNCTION"),
    ("(?<=:(?:sns|sqs):REGION:ACCOUNT:).*", "TARGET"),
    (f"(?<=:::){_OUTPUTS}(?=$|/)", "OUTPUT-BUCKET"),
    ("(?<=:::)(?:data|theirs)[0-9a-f]*(?=$|/)", "DATA-BUCKET"),
    (r"(?<=DATA-BUCKET/).*?(?=(?:/\*)?$)", "DATA-KEY"),
    ("(?<=OUTPUT-BUCKET/).*promotion/[^/]+", "PREFIX/promotion/RESOURCE"),
    ("^(?:metrics/.*)?promotion/[^/]+", "PREFIX/promotion/RESOURCE"),
    ("^Data666C94C7$", "arn:aws:sns:REGION:ACCOUNT:TARGET"),  # the reference to a topic is its ARN
    ("(?<=OUTPUT-BUCKET/).*sweep/", "PREFIX/sweep/"),
    (r"(?<=OUTPUT-BUCKET/)(?:metrics/|JobB9D00F9F/)", "PREFIX/"),
    ("^train.jsonl$", "DATA-KEY"),
    ("^alias/.*", "ALIAS"),
)


def _condition(condition: Mapping[str, Mapping[str, Any]]) -> str:
    return " and ".join(
        f"`{key}` {_OPERATORS[operator]} {_values(value)}"
        if operator != "Null"
        else f"`{key}` is {'absent' if value == 'true' else 'present'}"
        for operator, keys in condition.items()
        for key, value in keys.items()
    )


def _values(value: object) -> str:
    return " or ".join(dict.fromkeys(f"`{readable(str(one))}`" for one in listed(value)))


_OPERATORS = {
    "StringEquals": "=",
    "Bool": "=",
    "ArnNotEquals": "is not",
    "StringNotEquals": "is not",
    "ArnLike": "is like",
    "StringLike": "is like",
    "ForAnyValue:StringEquals": "contains",
    "ForAllValues:StringEquals": "has only",
}


def _shortened(words: set[str]) -> tuple[str, ...]:
    """Leave out what is a kind of something else that needs it too."""
    return tuple(sorted(one for one in words if not words & _general(one)))


def _general(word: str) -> set[str]:
    """Return everything that a word is a kind of."""
    direct = _KINDS_OF.get(word, ())
    return {*direct}.union(*(_general(one) for one in direct))


@cache
def _template(prop: str | None = None, choice: str = "") -> dict[str, Any]:
    return template_of(stack_of(_LEAST | ({prop: choice} if prop else {})), validates=False)


@cache
def _template_with_settings(words: str) -> dict[str, Any]:
    stack = new_stack()
    JobProvider.configure(stack, **_SETTINGS[words](stack))
    _job(stack)
    return template_of(stack, validates=False)


@cache
def _template_after(words: str) -> dict[str, Any]:
    stack = new_stack()
    _AFTER[words](stack)
    return template_of(stack, validates=False)


@cache
def _template_of_many_jobs() -> dict[str, Any]:
    """Return a template in which the roles of all jobs do not fit into the inline policies of one role."""
    stack = new_stack()
    for number in range(100):
        _job(stack, f"Job{number}")
    return template_of(stack, validates=False)


def _job(stack: cdk.Stack, id: str = "Job", **more: Any) -> ModelCustomizationJob:  # noqa: ANN401 - keywords of the job
    return add_job(stack, id, **({"output_data": _OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more))


def _promoted(stack: cdk.Stack, condition: PromoteIf, **more: Any) -> CustomModelDeployment:  # noqa: ANN401 - keywords of the job
    valid = [ValidationData.from_s3_uri("s3://data/valid.jsonl")]
    job = _job(stack, validation_data=valid, **more)
    return CustomModelDeployment(
        stack, "Serve", model=job, release=Release.ON_COMPLETION, promote_if=condition
    )


def _sweep(stack: cdk.Stack, **more: Any) -> CustomizationSweep:  # noqa: ANN401 - keywords of the sweep
    return CustomizationSweep(
        stack,
        "Search",
        base_model=BaseModel.NOVA_LITE,
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        objective=Objective.TRAINING_LOSS,
        grid={"epoch_count": [1, 2]},
        **({"output_data": _OUTPUT, "custom_model_kms_key": AWS_OWNED_KEY} | more),
    )


def _key(stack: cdk.Stack) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "NetworkKey", f"{_ARN.format('kms')}:key/{_KEY_ID}")


def _topic(stack: cdk.Stack) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "NetworkTopic", f"{_ARN.format('sns')}:letters")


def _vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "NetworkVpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
