"""Rules for the events that the function sends when it has decided about a new model.

Events go to the default bus of the account. The function sends them only where a rule of the app waits for
them, and needs a permission for it then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..checks.rules.promotion import no_promotion
from ..contract.promotion import (
    EVENT_DETAIL_TYPE,
    EVENT_SOURCE,
    EVENTS_MEMBER,
    PROMOTED_METRIC,
    PROMOTION_PROPERTY,
    REJECTED_METRIC,
    UNDECIDED_STATUS,
    WITHDRAWN_METRIC,
)
from ..findings import InvalidJob
from ..job.argument_types import check_topic
from ..job.events import rule_of_pattern, send_text
from ..job.stack_env import StackEnv
from ..permissions import put_events_statement

if TYPE_CHECKING:
    from typing import Unpack

    import aws_cdk as cdk
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sns as sns

    from ..job.events import RuleOptions
    from ..job.provider import JobProvider
    from .promotion_policy import Promotion


class PromotionEvents:
    """The rules of a published model or a deployment for what is decided about new models."""

    _promotion: Promotion | None
    _provider: JobProvider
    _resource: cdk.CfnResource
    _sends_events = False

    def on_promotion_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for each decision about a new model, also where a person must decide.

        An event may be lost or come twice. Decisions that a person writes with `promote` or `withdraw` of
        the console send none.

        Args:
            id: the id of the rule, in the scope of the construct.
            **options: see `RuleOptions`: target, description, event_pattern, rule_name, cross_stack_scope.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._on("on_promotion_change", id, (), options)

    def on_promoted(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for the promotion of a new model; see `on_promotion_change`.

        The model serves a moment later, or when no alarm of the bake is on any more.

        Args:
            id: the id of the rule, in the scope of the construct.
            **options: see `RuleOptions`.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._on("on_promoted", id, (PROMOTED_METRIC,), options)

    def on_rejected(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for the rejection of a new model; see `on_promotion_change`.

        Args:
            id: the id of the rule, in the scope of the construct.
            **options: see `RuleOptions`.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._on("on_rejected", id, (REJECTED_METRIC,), options)

    def on_withdrawn(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for a model that an alarm has taken back; see `on_promotion_change`.

        Args:
            id: the id of the rule, in the scope of the construct.
            **options: see `RuleOptions`.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._on("on_withdrawn", id, (WITHDRAWN_METRIC,), options)

    def on_undecided(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for a new model that a person must decide about, or approve.

        See `on_promotion_change`.

        Args:
            id: the id of the rule, in the scope of the construct.
            **options: see `RuleOptions`.

        Raises:
            InvalidJob: there is no promotion.
        """
        return self._on("on_undecided", id, (UNDECIDED_STATUS,), options)

    def notify_promotion(self, topic: sns.ITopic | sns.Topic) -> events.Rule:
        """Send a message with model and reason to a topic for each event of `on_promotion_change`.

        Several topics, at most five, share one rule.

        Args:
            topic: the topic; for one that is encrypted, the policy of its key must let EventBridge use the
                key.

        Raises:
            InvalidJob: there is no promotion, or it is no topic.
        """
        from aws_cdk import aws_events

        construct: Any = self._resource.node.scope
        check_topic(topic, f"{construct.node.path}.notify_promotion")
        found: Any = construct.node.try_find_child("NotifyPromotion")
        rule: events.Rule = found or self._on("notify_promotion", "NotifyPromotion", (), {})
        field = aws_events.EventField.from_path
        text = (
            f"A new model of {field('$.detail.resource')} has the status {field('$.detail.status')} in "
            f"account {field('$.account')}, Region {field('$.region')}: {field('$.detail.reason')}\n"
            f"Model: {field('$.detail.modelArn')}\nOther model: {field('$.detail.otherModelArn')}\n"
            f"Stack: {field('$.detail.stackId')}"
        )
        send_text(rule, topic, text)
        return rule

    def _on(self, method: str, id: str, statuses: tuple[str, ...], options: RuleOptions) -> events.Rule:
        construct: Any = self._resource.node.scope
        if self._promotion is None:
            raise InvalidJob(construct.node.path, [no_promotion(method)])
        self._send_events()
        detail = {
            "stackId": [self._resource.stack.stack_id],
            "resource": [self._resource.logical_id],
            **({"status": [*statuses]} if statuses else {}),
        }
        pattern = {"source": [EVENT_SOURCE], "detail_type": [EVENT_DETAIL_TYPE], "detail": detail}
        return rule_of_pattern(construct, id, pattern, **options)

    def _send_events(self) -> None:
        """Let the function send events: the first rule does so."""
        if self._sends_events:
            return
        self._sends_events, resource = True, self._resource
        statement = put_events_statement(EVENT_SOURCE, **StackEnv.of(resource).arn_parts)
        apart = self._provider.allow_apart(f"{resource.logical_id}Events", [statement])
        resource.node.add_dependency(*apart)
        resource.add_property_override(f"{PROMOTION_PROPERTY}.{EVENTS_MEMBER}", "true")
