"""What an event of a deployment asks for, and how the deployment is found again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from contract.promotion import PROMOTION_PROPERTY
from contract.resource import (
    DELETION_PROTECTION_PROPERTY,
    DEPLOYMENT_NAME_PROPERTY,
    DESCRIPTION_PROPERTY,
    FOLLOW_PROPERTY,
    JOB_ARN_PROPERTY,
    JOB_PROPERTY,
    MODEL_ARN_PROPERTY,
    ON_DELETE_PROPERTY,
    PARAMETER_PROPERTY,
    TAGS_PROPERTY,
)

from ..frame.properties import DELETE, LOGICAL_ID, PARAMETER_NAME, RETAIN, member, tags_by_key, text
from ..jobs.identity import request_hash
from ..serving.desired_state import ServingChange, is_name, name_problem

if TYPE_CHECKING:
    from ..frame.event import Event

_MODEL_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:custom-model/[A-Za-z0-9.:_/-]{1,900}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """The job whose model a deployment serves as soon as there is one.

    Args:
        job: the logical id of the job's resource.
        job_arn: the job's ARN.
        parameter: the name of the parameter that holds the deployment's ARN.
    """

    job: str
    job_arn: str
    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the template asks for.

    Args:
        exact_name: the deployment's name. Default: one is generated.
        model_arn: the model's ARN. Default: it follows a job, or the model is not known yet.
        description: its description. Default: none.
        tags: its tags, without those of ownership.
        follow: the job that it follows. Default: none.
        on_delete: what a Delete does to it. An unknown value deletes it.
        is_protected: whether a Delete fails.
    """

    exact_name: str = ""
    model_arn: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    follow: Follow | None = None
    on_delete: str = DELETE
    is_protected: bool = False

    @classmethod
    def of(cls, properties: object) -> Self:
        """Read the properties of an event."""
        given = properties if isinstance(properties, Mapping) else {}
        return cls(
            exact_name=text(given.get(DEPLOYMENT_NAME_PROPERTY)),
            model_arn=text(given.get(MODEL_ARN_PROPERTY)),
            description=text(given.get(DESCRIPTION_PROPERTY)),
            tags=tags_by_key(given.get(TAGS_PROPERTY)),
            follow=_follow(given.get(FOLLOW_PROPERTY)),
            on_delete=text(given.get(ON_DELETE_PROPERTY)) or DELETE,
            is_protected=str(given.get(DELETION_PROTECTION_PROPERTY, "")).lower() == "true",
        )


@dataclass(frozen=True, kw_only=True)
class Change(ServingChange[DesiredState]):
    """One event of this resource type."""

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read an event."""
        return cls.read(event, DesiredState.of)

    @property
    def names_to_delete(self) -> tuple[str, ...]:
        """The names of the deployments that a Delete may be about.

        Its physical id is a name, or an id that CloudFormation generated because it got no response.
        """
        return tuple(filter(is_name, dict.fromkeys((self.physical_id, self.name))))

    def request(self, model_arn: str, tags: Mapping[str, str]) -> dict[str, object]:
        """Return the API request for the desired deployment."""
        description = self.desired.description
        return {
            **creation_request(self.name, model_arn, tags, self.request_id),
            **({"description": description} if description else {}),
        }


def creation_request(name: str, model_arn: str, tags: Mapping[str, str], occasion: str) -> dict[str, object]:
    """Return the API request for a deployment.

    Args:
        name: its name.
        model_arn: the model's ARN.
        tags: its tags.
        occasion: what asks for it: with the same occasion the same request is only one deployment, and with
            another one a request that Bedrock remembers is not taken for this one.
    """
    what = hashlib.sha256(f"{name}|{model_arn}".encode()).hexdigest()[:16]
    return {
        "modelDeploymentName": name,
        "modelArn": model_arn,
        "tags": [{"key": key, "value": value} for key, value in sorted(tags.items())],
        "clientRequestToken": f"v1-{what}-{request_hash(occasion)}",
    }


def problems(change: Change) -> Iterator[str]:
    """Yield everything that is wrong with the desired state, in sentences."""
    desired, follow = change.desired, change.desired.follow
    if not is_name(change.name):
        yield name_problem(DEPLOYMENT_NAME_PROPERTY)
    if desired.model_arn and not _MODEL_ARN.fullmatch(desired.model_arn):
        yield f"{MODEL_ARN_PROPERTY} must be the ARN of a custom model; correct it"
    if desired.on_delete not in (DELETE, RETAIN):
        yield f"{ON_DELETE_PROPERTY} must be {DELETE} or {RETAIN}; correct it"
    if member(change.properties, PROMOTION_PROPERTY) is not None:
        from ..promotion.policy import problems as promotion_problems

        yield from promotion_problems(change.properties)
    if follow is None:
        return
    if desired.model_arn:
        yield f"{MODEL_ARN_PROPERTY} must not be given with {FOLLOW_PROPERTY}; remove one of them"
    if not LOGICAL_ID.fullmatch(follow.job):
        yield f"{FOLLOW_PROPERTY}.{JOB_PROPERTY} must be the logical id of a job's resource; correct it"
    if not PARAMETER_NAME.fullmatch(follow.parameter):
        yield f"{FOLLOW_PROPERTY}.{PARAMETER_PROPERTY} must be the name of a parameter; correct it"


def _follow(given: object) -> Follow | None:
    if not isinstance(given, Mapping):
        return None
    return Follow(
        job=text(given.get(JOB_PROPERTY)),
        job_arn=text(given.get(JOB_ARN_PROPERTY)),
        parameter=text(given.get(PARAMETER_PROPERTY)),
    )
