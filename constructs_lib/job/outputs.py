"""Stack outputs of a job: its ARN, and statements for the policies of other owners' keys and buckets."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk

from ..checks.rules.data import differ
from ..permissions import (
    bucket_owner_statements,
    data_key_owner_statements,
    document,
    model_key_owner_statements,
    model_key_service_statement,
)
from ..request import is_known
from .job_data import key_of, location, without_alias
from .storage import SharedStorage
from .unresolved import as_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs import Construct

    from ..permissions import Statement
    from ..request import JobSpec
    from ..request.data import S3Data
    from ..request.interfaces import Key
    from .stack_env import StackEnv

_LONGEST_OUTPUT = 255
_HASH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerStatements:
    """Statements for a policy that this library does not change; `checks` warns about them.

    Args:
        id: the output's id below the job.
        description: the output's description.
        statements: what the owner adds.
    """

    id: str
    description: str
    statements: Sequence[Statement]


class _NamedOutputs(dict[str, list[tuple[cdk.CfnOutput, str]]]):
    """The outputs of a stack's jobs by the name that each would have alone."""


class Outputs:
    """The outputs of one job, named after its path below the stack.

    Args:
        job: the job.
        path: its path in the app.
        env: its stack.
    """

    def __init__(self, job: Construct, path: str, env: StackEnv) -> None:
        self._job = job
        self._steps = env.path_below(path)
        self._env = env

    def job_arn(self, value: str, export_name: str | None) -> cdk.CfnOutput:
        """Make the output with the job's ARN; other stacks can import it only under an explicit name."""
        description = "ARN of the Amazon Bedrock model customization job"
        export_name = export_name and as_token(export_name)
        return self.add("JobArn", value=value, description=description, export_name=export_name)

    def statements(self, owner: OwnerStatements) -> cdk.CfnOutput:
        """Make the output with an owner's statements."""
        return self.policy(owner.id, description=owner.description, content=document(owner.statements))

    def policy(self, id: str, *, description: str, content: object) -> cdk.CfnOutput:
        """Make an output with a policy document.

        Args:
            id: the output's id below the construct.
            description: the output's description.
            content: the document, or what it will be when all jobs are defined.
        """
        return self.add(id, value=self._env.stack.to_json_string(content), description=description)

    def add(self, id: str, *, value: str, description: str, export_name: str | None = None) -> cdk.CfnOutput:
        """Make an output.

        Args:
            id: the output's id below the construct, and the end of its name.
            value: its value.
            description: its description.
            export_name: the name under which it is exported. Default: it is not.
        """
        output = cdk.CfnOutput(self._job, id, value=value, description=description, export_name=export_name)
        name, name_with_hash = output_name(self._steps, id), hashed_output_name(self._steps, id)
        same = self._env.find_or_make(_NamedOutputs, _NamedOutputs).setdefault(name, [])
        same.append((output, name_with_hash))
        if len(same) == 1:
            output.override_logical_id(name)
            return output
        # All of them get a hash, whichever was defined first: otherwise the order of the constructs would
        # decide which job an output's name belongs to.
        for one, other_name in same:
            one.override_logical_id(other_name)
        return output


def output_name(path_below_stack: list[str], suffix: str) -> str:
    """Return the name of an output: letters and digits of the construct's path below the stack, and a suffix.

    Where there are none, or too many, it is `hashed_output_name`.
    """
    words = _letters_and_digits(path_below_stack)
    name = words + suffix
    return name if words and len(name) <= _LONGEST_OUTPUT else hashed_output_name(path_below_stack, suffix)


def hashed_output_name(path_below_stack: list[str], suffix: str) -> str:
    """Return a name that no other output has: it ends in a hash of the exact path."""
    digest = hashlib.sha256("/".join(path_below_stack).encode()).hexdigest()[:_HASH]
    words = _letters_and_digits(path_below_stack)[: _LONGEST_OUTPUT - len(suffix) - _HASH]
    return f"{words}{suffix}{digest}"


def _letters_and_digits(steps: list[str]) -> str:
    return re.sub(r"[^a-zA-Z0-9]", "", "".join(steps))


def owner_statements(
    spec: JobSpec, env: StackEnv, read: Sequence[S3Data], handler_role_arn: str, *, lacks_bedrock: bool
) -> list[OwnerStatements]:
    """Return what owners of keys and buckets must add to policies that this library does not change.

    Args:
        spec: the complete job.
        env: its stack.
        read: everything that the job reads from S3.
        handler_role_arn: the role of the function behind the job.
        lacks_bedrock: whether the policy of the app's own key lacks Bedrock; see `lacks_bedrock`.
    """
    all_owners = [
        OwnerStatements(
            id="KeyPolicy",
            description="What the owner of a key that this stack only refers to adds to its policy",
            statements=_foreign_key_statements(spec, env, read, handler_role_arn),
        ),
        OwnerStatements(
            id="ServingPolicy",
            description="What lets Bedrock serve custom models under the key, for the key's policy",
            statements=[model_key_service_statement()] if lacks_bedrock else [],
        ),
        OwnerStatements(
            id="BucketPolicy",
            description="What the owner of another account's bucket adds to its policy",
            statements=_foreign_bucket_statements(spec, env, read),
        ),
    ]
    return [one for one in all_owners if one.statements]


def _foreign_key_statements(
    spec: JobSpec, env: StackEnv, read: Sequence[S3Data], handler_role_arn: str
) -> list[Statement]:
    role, model_key = spec.role_arn or "", spec.custom_model_kms_key
    reads = any(_is_foreign(key_of(one), env) for one in read)
    writes = spec.output_data is not None and _is_foreign(key_of(spec.output_data), env)
    return [
        *(
            model_key_owner_statements([role, handler_role_arn], region=env.region)
            if _is_foreign(model_key, env)
            else ()
        ),
        *(data_key_owner_statements([role], region=env.region, write=writes) if reads or writes else ()),
    ]


def lacks_bedrock(spec: JobSpec, env: StackEnv) -> bool:
    """Return whether the policy of a key of this app does not let Bedrock serve models under it.

    A given key is used and never changed. What is added to its policy after the job is defined is not known.

    Args:
        spec: the job, as it was given.
        env: its stack.
    """
    key, model = without_alias(spec.custom_model_kms_key), spec.base_model.model_id
    is_another_model = is_known(model) and "." in model and "amazon.nova" not in model
    if is_another_model or key is None or isinstance(key, str):
        return False
    from aws_cdk import aws_kms as kms

    if not isinstance(key, kms.Key):
        return False
    resource = key.node.default_child
    policy = env.stack.resolve(resource.key_policy) if isinstance(resource, kms.CfnKey) else None
    [context] = model_key_service_statement()["Condition"]["ForAnyValue:StringEquals"].values()
    return context not in json.dumps(policy)


def _foreign_bucket_statements(spec: JobSpec, env: StackEnv, read: Sequence[S3Data]) -> list[Statement]:
    written = [spec.output_data] if spec.output_data else []
    return bucket_owner_statements(
        [spec.role_arn or ""],
        read=[location(one) for one in read if one.bucket_owner],
        write=[location(one) for one in written if one.bucket_owner],
        partition=env.partition,
    )


def has_foreign_key(spec: JobSpec, env: StackEnv, read: Iterable[S3Data]) -> bool:
    """Return whether a job uses a key that this app only refers to, or one of another account.

    Args:
        spec: the job, as it was given.
        env: its stack.
        read: everything that the job reads from S3.
    """
    written = [spec.output_data] if spec.output_data else []
    keys = [spec.custom_model_kms_key, *map(key_of, [*read, *written])]
    return any(_is_foreign(key, env) for key in keys)


def _is_foreign(key: Key | str | None, env: StackEnv) -> bool:
    storage = env.find(SharedStorage)
    if key is None or (storage is not None and key is storage.key):
        return False
    from aws_cdk import aws_kms as kms

    target = without_alias(key)
    return not isinstance(target, kms.Key) or differ(target.env.account, env.account)
