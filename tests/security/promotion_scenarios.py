"""What is permitted to the function that decides whether a model is promoted."""

from __future__ import annotations

from constructs_lib import permissions
from constructs_lib.contract.promotion import APPROVED_TAG, EVENT_SOURCE
from constructs_lib.contract.resource import STACK_TAG
from constructs_lib.permissions import S3Location
from tests.security.iam_evaluator import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Call
from tests.security.scenario import BEDROCK, KMS, MODEL, PLACE, VIA_S3, Scenario
from tests.security.view import STACK_ID

OUTPUT = S3Location(uri="s3://results/triage/", key_arn=f"{KMS}/data")
PREFIX = "triage/promotion/Serve/"
BUCKET = "arn:aws:s3:::results"
STORE = f"{BUCKET}/{PREFIX}"
VERDICT = f"{STORE}abcdefghijkl.json"
BELOW = {"s3:prefix": f"{PREFIX}abcdefghijkl.json"}
DEPLOYMENT = f"{BEDROCK}:custom-model-deployment/abcdefghijkl"
OWN = {f"aws:ResourceTag/{STACK_TAG}": STACK_ID}
ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:Errors"
PROMPTS = "arn:aws:s3:::prompts/evaluation.jsonl"
GET, PUT, DELETE, LIST = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"


def function_with_records() -> Scenario:
    """Return what the function needs for the policy and the records of a promotion."""
    return Scenario(
        name="function that records promotions",
        statements=permissions.records_statements(OUTPUT, PREFIX, **PLACE),
        needed=[
            *(Call(name=f"{one} a verdict", action=one, resource=VERDICT) for one in (GET, PUT)),
            Call(name="delete the policy", action=DELETE, resource=f"{STORE}policy.json"),
            Call(name="look for a verdict", action=LIST, resource=BUCKET, keys=BELOW),
            *(
                Call(name=one, action=one, resource=f"{KMS}/data", keys=VIA_S3)
                for one in ("kms:Decrypt", "kms:GenerateDataKey")
            ),
        ],
        forbidden=[
            Call(name="delete a verdict", action=DELETE, resource=VERDICT),
            Call(name="delete another policy", action=DELETE, resource=f"{STORE}other/policy.json"),
            *(
                Call(name=f"{one} of a job", action=one, resource=f"{BUCKET}/triage/job/metrics.csv")
                for one in (GET, PUT)
            ),
            *(
                Call(name=f"{one} of another bucket's owner", action=one, resource=on, owner=OTHER_ACCOUNT)
                for one, on in ((GET, VERDICT), (PUT, VERDICT), (DELETE, f"{STORE}policy.json"))
            ),
            Call(name="list others", action=LIST, resource=BUCKET, keys={"s3:prefix": "triage/job/"}),
            Call(name="list everything", action=LIST, resource=BUCKET),
            Call(name="list another bucket", action=LIST, resource=f"{BUCKET}2", keys=BELOW),
            Call(name="list for others", action=LIST, resource=BUCKET, keys=BELOW, owner=OTHER_ACCOUNT),
            Call(name="decrypt directly", action="kms:Decrypt", resource=f"{KMS}/data"),
            Call(name="encrypt directly", action="kms:GenerateDataKey", resource=f"{KMS}/data"),
            Call(name="another key", action="kms:Decrypt", resource=f"{KMS}/other", keys=VIA_S3),
        ],
    )


def function_that_deletes_models() -> Scenario:
    """Return what the function needs to learn from the records which model may be deleted."""
    return Scenario(
        name="function that reads records of promotions",
        statements=permissions.read_records_statements(OUTPUT, PREFIX, **PLACE),
        needed=[
            Call(name="read a verdict", action=GET, resource=VERDICT),
            Call(name="look for a verdict", action=LIST, resource=BUCKET, keys=BELOW),
            Call(name="decrypt", action="kms:Decrypt", resource=f"{KMS}/data", keys=VIA_S3),
        ],
        forbidden=[
            Call(name="write a verdict", action=PUT, resource=VERDICT),
            Call(name="read output", action=GET, resource=f"{BUCKET}/triage/job/metrics.csv"),
            Call(name="of another account", action=GET, resource=VERDICT, owner=OTHER_ACCOUNT),
            Call(name="list everything", action=LIST, resource=BUCKET),
            Call(name="list for others", action=LIST, resource=BUCKET, keys=BELOW, owner=OTHER_ACCOUNT),
            Call(name="encrypt", action="kms:GenerateDataKey", resource=f"{KMS}/data", keys=VIA_S3),
            Call(name="decrypt directly", action="kms:Decrypt", resource=f"{KMS}/data"),
        ],
    )


def function_that_asks_models() -> Scenario:
    """Return what the function needs to have records answered by deployments of its stack."""
    data = S3Location(uri="s3://prompts/evaluation.jsonl", key_arn=f"{KMS}/prompts")
    invoke = "bedrock:InvokeModel"
    of_others = {f"aws:ResourceTag/{STACK_TAG}": f"{STACK_ID}2"}
    return Scenario(
        name="function that asks models",
        statements=permissions.answers_statements(data, STACK_ID, **PLACE),
        needed=[
            Call(name="read the records", action=GET, resource=PROMPTS),
            Call(name="decrypt them", action="kms:Decrypt", resource=f"{KMS}/prompts", keys=VIA_S3),
            Call(name="ask", action=invoke, resource=DEPLOYMENT, keys=OWN),
        ],
        forbidden=[
            Call(name="read others", action=GET, resource=f"{PROMPTS}2"),
            Call(name="read another account's", action=GET, resource=PROMPTS, owner=OTHER_ACCOUNT),
            Call(name="write the records", action=PUT, resource=PROMPTS),
            Call(name="decrypt directly", action="kms:Decrypt", resource=f"{KMS}/prompts"),
            Call(name="ask another stack's", action=invoke, resource=DEPLOYMENT, keys=of_others),
            Call(name="ask one without a tag", action=invoke, resource=DEPLOYMENT),
            Call(name="ask the model itself", action=invoke, resource=MODEL, keys=OWN),
            Call(
                name="ask a foundation model",
                action=invoke,
                resource=f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0",
            ),
            Call(
                name="ask elsewhere",
                action=invoke,
                resource=DEPLOYMENT.replace(REGION, OTHER_REGION),
                keys=OWN,
            ),
        ],
    )


def function_that_watches_alarms() -> Scenario:
    """Return what the function needs to watch alarms and to count invocations."""
    describe = "cloudwatch:DescribeAlarms"
    return Scenario(
        name="function that watches alarms",
        statements=permissions.alarm_statements([ALARM], counts_invocations=True),
        needed=[
            Call(name="read an alarm", action=describe, resource=ALARM),
            Call(name="count invocations", action="cloudwatch:GetMetricStatistics"),
        ],
        forbidden=[
            Call(name="read another", action=describe, resource=f"{ALARM}2"),
            Call(name="read elsewhere", action=describe, resource=ALARM.replace(REGION, OTHER_REGION)),
            Call(name="read every alarm", action=describe),
            Call(name="set an alarm", action="cloudwatch:SetAlarmState", resource=ALARM),
            Call(name="write a metric", action="cloudwatch:PutMetricData"),
        ],
    )


def function_that_calls_others() -> Scenario:
    """Return what the function needs to call a function of the user, and to tell people of an approval."""
    judge = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Judge"
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:Approvals"
    key, through_sns = f"{KMS}/topic", {"kms:ViaService": f"sns.{REGION}.amazonaws.com"}
    used = ("kms:GenerateDataKey", "kms:Decrypt")
    return Scenario(
        name="function that calls others",
        statements=[
            permissions.invoke_function_statement(judge),
            *permissions.send_statements("sns:Publish", topic, key, region=REGION),
        ],
        needed=[
            Call(name="call", action="lambda:InvokeFunction", resource=judge),
            Call(name="tell", action="sns:Publish", resource=topic),
            *(Call(name=one, action=one, resource=key, keys=through_sns) for one in used),
        ],
        forbidden=[
            Call(name="call another", action="lambda:InvokeFunction", resource=f"{judge}2"),
            Call(name="call a version", action="lambda:InvokeFunction", resource=f"{judge}:1"),
            Call(name="change it", action="lambda:UpdateFunctionCode", resource=judge),
            Call(name="tell another", action="sns:Publish", resource=f"{topic}2"),
            Call(name="subscribe", action="sns:Subscribe", resource=topic),
            *(Call(name=f"{one} directly", action=one, resource=key) for one in used),
        ],
    )


def function_that_sends_events() -> Scenario:
    """Return what the function needs to tell the rules of its app what it has decided."""
    put, own = "events:PutEvents", {"events:source": [EVENT_SOURCE]}
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    return Scenario(
        name="function that sends events",
        statements=[permissions.put_events_statement(EVENT_SOURCE, **PLACE)],
        needed=[Call(name="tell", action=put, resource=bus, keys=own)],
        forbidden=[
            Call(name="pretend to be AWS", action=put, resource=bus, keys={"events:source": ["aws.bedrock"]}),
            Call(
                name="pretend among others",
                action=put,
                resource=bus,
                keys={"events:source": [EVENT_SOURCE, "aws.bedrock"]},
            ),
            Call(name="without a source", action=put, resource=bus),
            Call(name="another bus", action=put, resource=bus.replace("default", "orders"), keys=own),
            Call(name="elsewhere", action=put, resource=bus.replace(REGION, OTHER_REGION), keys=own),
            Call(name="change a rule", action="events:PutRule", resource=bus, keys=own),
        ],
    )


def function_that_cannot_approve() -> Scenario:
    """Return what the function may do with tags of models: everything but approve or reject one."""
    tag, untag = "bedrock:TagResource", "bedrock:UntagResource"
    return Scenario(
        name="function that cannot approve",
        statements=[
            permissions.allow([tag, untag], [MODEL]),
            permissions.no_approval_statement(permissions.model_arns(**PLACE)),
        ],
        needed=[
            Call(name=one, action=one, resource=MODEL, keys={"aws:TagKeys": ["team", "stage"]})
            for one in (tag, untag)
        ],
        forbidden=[
            Call(name=f"{one} {name}", action=one, resource=MODEL, keys={"aws:TagKeys": keys})
            for one in (tag, untag)
            for name, keys in (("alone", [APPROVED_TAG]), ("among others", ["team", APPROVED_TAG]))
        ],
    )


SCENARIOS = (
    function_with_records(),
    function_that_deletes_models(),
    function_that_asks_models(),
    function_that_watches_alarms(),
    function_that_calls_others(),
    function_that_sends_events(),
    function_that_cannot_approve(),
)
