"""What every job offers, whether this app defines or imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from typing_extensions import Protocol, Unpack, runtime_checkable

from ..findings import NOT_SHOWN, InvalidJob, error
from ..permissions import (
    JOB,
    exact_problems,
    listed,
    read_statement,
    stop_statement,
    tag_statement,
)
from .argument_types import has, wrong_type
from .events import COMPLETED, ENDED, FAILED, STOPPED, RuleOptions, add_topic, define_rule
from .stack_env import StackEnv
from .unresolved import as_arn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sns as sns
    from constructs import Construct

    from ..permissions import Statement


# Of `typing_extensions`, as the CDK's own interfaces are: `isinstance` fails for a mixture with `typing`.
@runtime_checkable
class IModelCustomizationJob(cdk.IResource, Protocol):
    """A job, whether this app defines or imports it: a resource with `node`, `stack` and `env`."""

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        ...

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the job's status, settings and result.

        Args:
            grantee: who is granted it.
        """
        ...

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs.

        Args:
            grantee: who is granted it.
        """
        ...

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags.

        Args:
            grantee: who is granted it.
        """
        ...

    def on_state_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for each change of the job's status.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        ...

    def on_completed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for the completion of the job.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        ...

    def on_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for the failure of the job.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        ...

    def on_stopped(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for the end of a job that was stopped.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        ...

    def notify_on_failure(self, topic: sns.ITopic | sns.Topic) -> events.Rule:
        """Send a message to a topic when the job fails.

        Args:
            topic: the topic.
        """
        ...

    def notify_on_end(self, topic: sns.ITopic | sns.Topic) -> events.Rule:
        """Send a message to a topic when the job has completed, failed or stopped.

        Args:
            topic: the topic.
        """
        ...


class JobBase(cdk.Resource):
    """What a defined and an imported job share: grants, which need only the ARN."""

    _job_arn: str
    _awaited_role_arn: str | None = None

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        return self._job_arn

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the job's status, settings and result.

        Args:
            grantee: who is granted it.
        """
        return self._grant(grantee, read_statement(self.job_arn))

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` stop the job while it runs.

        Args:
            grantee: who is granted it.
        """
        return self._grant(grantee, stop_statement(self.job_arn))

    def grant_tag(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read and change the job's tags.

        Args:
            grantee: who is granted it.
        """
        return self._grant(grantee, tag_statement(self.job_arn))

    def on_state_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for each change of the job's status.

        The rule is for every job of this resource: a retraining needs no other one. EventBridge delivers the
        events of Bedrock with best effort, so some may be lost or come twice.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`: target, description, event_pattern, rule_name, cross_stack_scope.
        """
        return define_rule(self, id, self._in_events, **options)

    def on_completed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for the completion of the job; see `on_state_change`.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        return define_rule(self, id, self._in_events, COMPLETED, **options)

    def on_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for the failure of the job; see `on_state_change`.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        return define_rule(self, id, self._in_events, FAILED, **options)

    def on_stopped(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define an EventBridge rule for a job that was stopped before its end; see `on_state_change`.

        Args:
            id: the id of the rule, in the scope of the job.
            **options: see `RuleOptions`.
        """
        return define_rule(self, id, self._in_events, STOPPED, **options)

    def notify_on_failure(self, topic: sns.ITopic | sns.Topic) -> events.Rule:
        """Send a message with the job's name and the reason to a topic when the job fails.

        Several topics, at most five, share one rule. See `on_state_change` for how events are delivered.

        Args:
            topic: the topic; for one that is encrypted, the policy of its key must let EventBridge use the
                key.
        """
        return self._notify("NotifyOnFailure", topic, FAILED)

    def notify_on_end(self, topic: sns.ITopic | sns.Topic) -> events.Rule:
        """Send a message to a topic when the job has completed, failed or stopped.

        Args:
            topic: see `notify_on_failure`.
        """
        return self._notify("NotifyOnEnd", topic, ENDED)

    @property
    def _in_events(self) -> Mapping[str, Sequence[Any]]:
        """What the detail of an event has that is about this job."""
        raise NotImplementedError

    def _notify(self, id: str, topic: sns.ITopic | sns.Topic, statuses: Sequence[str]) -> events.Rule:
        found: Any = self.node.try_find_child(id)
        rule: events.Rule = found or define_rule(self, id, self._in_events, statuses)
        add_topic(rule, topic)
        return rule

    def _grant(self, grantee: iam.IGrantable, statement: Statement) -> iam.Grant:
        _check_grantee(grantee)
        role_arn = getattr(grantee.grant_principal, "role_arn", None)
        if role_arn is not None and role_arn == self._awaited_role_arn:
            rule = "must not be the job's own service role, because the job waits for that role's policies"
            fix = "grant it to the role of the person or service that watches the job"
            found = error("grantee-is-service-role", "grantee", rule, NOT_SHOWN, fix)
            raise InvalidJob(self.node.path, [found])
        return grant(grantee, [statement])


class ImportedJob(JobBase):
    """A job that another app defined. Its ARN is used whole, because the name in it contains a slash."""

    def __init__(self, scope: Construct, id: str, job_arn: str) -> None:
        if problems := list(exact_problems("job_arn", job_arn, JOB)):
            raise InvalidJob(f"{scope.node.path}/{id}", problems)
        env = StackEnv.of(scope)
        placeholder = f"arn:aws:bedrock:{env.region}:{env.account}:model-customization-job/placeholder"
        super().__init__(scope, id, environment_from_arn=as_arn(job_arn, placeholder))
        self._job_arn = job_arn

    @property
    def _in_events(self) -> Mapping[str, Sequence[Any]]:
        # The event that AWS documents has an ARN without the base model; what Bedrock returns has it.
        before, _, digits = (cdk.Fn.select(at, cdk.Fn.split("/", self._job_arn, 3)) for at in range(3))
        return {"jobArn": [self._job_arn, cdk.Fn.join("/", [before, digits])]}


def grant(grantee: iam.IGrantable, statements: Sequence[Statement]) -> iam.Grant:
    """Add statements to the principal of a grantee, and return the resulting grant.

    Args:
        grantee: who is granted them.
        statements: at least one.
    """
    from aws_cdk import aws_iam as iam

    _check_grantee(grantee)
    grants = [
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=listed(statement["Action"]),
            resource_arns=listed(statement["Resource"]),
            conditions=statement.get("Condition"),
        )
        for statement in statements
    ]
    first, *others = grants
    for other in others:
        first = first.combine(other)
    return first


def _check_grantee(grantee: object) -> None:
    if not has(grantee, "grant_principal"):
        fix = "pass the role, the user or the function; aws_iam.Role.from_role_arn imports a role"
        raise InvalidJob("the grant", [wrong_type("grantee", "must be an aws_iam.IGrantable", grantee, fix)])
