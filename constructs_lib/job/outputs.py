"""What the stack puts out for a job."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import aws_cdk as cdk

from constructs_lib.job.naming import output_name, told_apart
from constructs_lib.permissions import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from constructs_lib.job.stack_env import StackEnv
    from constructs_lib.permissions import Statement


_NAMED: WeakKeyDictionary[cdk.Stack, dict[str, list[tuple[cdk.CfnOutput, str]]]] = WeakKeyDictionary()


class Outputs:
    """The outputs of one job, named after its path below the stack.

    Args:
        job: The job.
        path: Its path in the app.
        place: Its stack.
    """

    def __init__(self, job: Construct, path: str, place: StackEnv) -> None:
        self._job = job
        self._steps = place.path_below(path)
        self._stack = place.stack

    def job_arn(self, value: str, export_name: str | None) -> cdk.CfnOutput:
        """Put out the job's ARN; others import it only under a name that somebody chose."""
        description = "ARN of the Amazon Bedrock model customization job"
        output, _ = self._add("JobArn", value=value, description=description, export_name=export_name)
        return output

    def key_policy(self, statements: Sequence[Statement]) -> str:
        """Put out what owners of keys must add to their policies; give the output's name."""
        description = "What the owner of a key that this stack only refers to adds to its policy"
        _, name = self._add("KeyPolicy", value=self._json(statements), description=description)
        return name

    def serving_policy(self, statements: Sequence[Statement]) -> str:
        """Put out what the policy of the app's own key lacks; give the output's name."""
        description = "What lets Bedrock serve custom models under the key, for the key's policy"
        _, name = self._add("ServingPolicy", value=self._json(statements), description=description)
        return name

    def bucket_policy(self, statements: Sequence[Statement]) -> str:
        """Put out what owners of buckets must add to their policies; give the output's name."""
        description = "What the owner of another account's bucket adds to its policy"
        _, name = self._add("BucketPolicy", value=self._json(statements), description=description)
        return name

    def _json(self, statements: Sequence[Statement]) -> str:
        return self._stack.to_json_string(document(statements))

    def _add(
        self, id: str, *, value: str, description: str, export_name: str | None = None
    ) -> tuple[cdk.CfnOutput, str]:
        output = cdk.CfnOutput(self._job, id, value=value, description=description, export_name=export_name)
        name, own_name = output_name(self._steps, id), told_apart(self._steps, id)
        same = _NAMED.setdefault(self._stack, {}).setdefault(name, [])
        same.append((output, own_name))
        if len(same) == 1:
            output.override_logical_id(name)
            return output, name
        # All of them are told apart, whichever was defined first: a name that somebody reads must never come
        # to mean another job because constructs were put into another order.
        for one, other_name in same:
            one.override_logical_id(other_name)
        return output, own_name
