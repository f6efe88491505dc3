"""Rules for the events that Bedrock sends to EventBridge when the status of a job changes.

The pattern has the name of the job, which is known before the job exists, so that no event is missed. It
reads `detail.jobStatus`: a pattern for `detail.status` matches nothing, without an error. See
https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-eventbridge-how-it-works.html. EventBridge
delivers these events with best effort: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-bedrock.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from typing_extensions import Unpack

from .argument_types import check_topic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_events as events
    from aws_cdk import aws_sns as sns
    from constructs import Construct

COMPLETED, FAILED, STOPPED = ("Completed",), ("Failed",), ("Stopped",)
ENDED = (*COMPLETED, *FAILED, *STOPPED)

SOURCE = "aws.bedrock"
DETAIL_TYPE = "Model Customization Job State Change"


class RuleOptions(TypedDict, total=False):
    """Options of a rule, those of the CDK's `OnEventOptions`.

    See https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_events/OnEventOptions.html.

    Attributes:
        target: what EventBridge calls. Default: nothing, until `rule.add_target` is called.
        description: describes the rule. Default: no description.
        event_pattern: further conditions on the event. Default: none.
        rule_name: the name of the rule. Default: CloudFormation generates one.
        cross_stack_scope: the scope of the rule where its target is in another stack than the job. Default:
            the job.
    """

    target: events.IRuleTarget
    description: str
    event_pattern: events.EventPattern | Mapping[str, Any]
    rule_name: str
    cross_stack_scope: Construct


def define_rule(
    scope: Construct,
    id: str,
    job: Mapping[str, Sequence[Any]],
    statuses: Sequence[str] = (),
    **options: Unpack[RuleOptions],
) -> events.Rule:
    """Define a rule for the events of a job.

    Args:
        scope: the job.
        id: the id of the rule.
        job: the members of the event's detail that say which job it is about.
        statuses: only these statuses of the job. Default: all.
        **options: see `RuleOptions`.
    """
    detail = {**job, **({"jobStatus": list(statuses)} if statuses else {})}
    pattern = {"source": [SOURCE], "detail_type": [DETAIL_TYPE], "detail": detail}
    return rule_of_pattern(scope, id, pattern, **options)


def rule_of_pattern(
    scope: Construct, id: str, pattern: Mapping[str, Any], **options: Unpack[RuleOptions]
) -> events.Rule:
    """Define a rule with a pattern, besides the one of its options.

    Args:
        scope: what the rule is about.
        id: the id of the rule.
        pattern: the arguments of `add_event_pattern`.
        **options: see `RuleOptions`.
    """
    from aws_cdk import aws_events as events

    given: dict[str, Any] = dict(options)
    target = given.pop("target", None)
    rule = events.Rule(scope, id, **given)
    rule.add_event_pattern(**pattern)
    if target is not None:
        rule.add_target(target)
    return rule


def add_topic(rule: events.Rule, topic: sns.ITopic | sns.Topic) -> None:
    """Send a sentence for each event of a rule to a topic.

    Args:
        rule: the rule.
        topic: the topic; for one that is encrypted, the policy of its key must let EventBridge use the key.
    """
    from aws_cdk import aws_events as events

    check_topic(topic, rule.node.path)
    field = events.EventField.from_path
    # A field that an event lacks, such as the failure message of a job that has not failed, is empty.
    text = (
        f"The model customization job {field('$.detail.jobName')} has the status "
        f"{field('$.detail.jobStatus')} in account {field('$.account')}, Region {field('$.region')}. "
        f"{field('$.detail.failureMessage')}\n"
        f"Job: {field('$.detail.jobArn')}"
    )
    send_text(rule, topic, text)


def send_text(rule: events.Rule, topic: sns.ITopic | sns.Topic, text: str) -> None:
    """Send a text for each event of a rule to a topic.

    Args:
        rule: the rule.
        topic: the topic.
        text: the text, which may have fields of the event.
    """
    from aws_cdk import aws_events as events
    from aws_cdk import aws_events_targets as targets

    rule.add_target(targets.SnsTopic(topic, message=events.RuleTargetInput.from_multiline_text(text)))
