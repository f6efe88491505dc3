"""The custom resource of a job: its properties, and the values in them that only synthesis knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from ..contract.replacement import TAG_FIELDS, TAG_PROPERTIES
from ..contract.resource import (
    REQUEST_PROPERTY,
    RESOURCE_TYPE,
    UPLOADED_FILES_PROPERTY,
    WAIT_PROPERTY,
    short_logical_id,
)
from .provider import SERVICE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs import Construct

    from .asset import UploadedFile
    from .awaited_job import AwaitedJob
    from .inherited_tags import JobTags
    from .provider import JobProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedResource:
    """The custom resource of a job.

    Args:
        resource: the resource.
        awaited: the resources that the deployment waits for; the last is the result of the job.
    """

    resource: cdk.CfnResource
    awaited: Sequence[cdk.CfnResource] = ()

    @property
    def result(self) -> cdk.CfnResource | None:
        """The result of the job; None where the deployment does not wait."""
        return self.awaited[-1] if self.awaited else None


def define_resource(
    job: Construct,
    request: Mapping[str, Any],
    handler_properties: Mapping[str, object],
    provider: JobProvider,
    *,
    files: Iterable[UploadedFile],
    tags: JobTags,
    awaited: AwaitedJob | None = None,
    resource_type: str = RESOURCE_TYPE,
) -> DefinedResource:
    """Define the custom resource that starts a job; the template then shows the request as it will be sent.

    Args:
        job: the construct.
        request: the request in the API's casing. Its tags become properties of their own, because a change of
            tags does not change what is sent to Bedrock.
        handler_properties: what the handler does with the request; None is left out.
        provider: the function behind the resource.
        files: what the deployment uploads for the job.
        tags: those of the job and its model.
        awaited: what the deployment waits for. Default: it does not wait.
        resource_type: the CloudFormation type. Default: that of a job.
    """
    uploaded = [{"S3Uri": one.s3_uri, "Sha256": one.sha256} for one in files]
    own = {
        REQUEST_PROPERTY: {name: value for name, value in request.items() if name not in TAG_FIELDS},
        **{name: tags.property(field) for name, field in TAG_PROPERTIES.items()},
        **({UPLOADED_FILES_PROPERTY: uploaded} if uploaded else {}),
        **{name: value for name, value in handler_properties.items() if value is not None},
    }
    resource = cdk.CfnResource(
        job,
        "Resource",
        type=resource_type,
        properties={
            "ServiceToken": provider.service_token,
            "ServiceTimeout": SERVICE_TIMEOUT,
            **own,
            **({WAIT_PROPERTY: awaited.property} if awaited and awaited.property else {}),
        },
    )
    # CloudFormation must send the handler every Delete, even if an aspect applies a removal policy: otherwise
    # the job would run on and be billed, and no stack could stop it.
    resource.add_override("DeletionPolicy", "Delete")
    resource.add_override("UpdateReplacePolicy", "Delete")
    return DefinedResource(resource=resource, awaited=awaited.define(resource, own) if awaited else ())


def generated_prefix(resource: cdk.CfnResource, stack: cdk.Stack) -> str:
    """Return the prefix of names that the handler generates, as an expression that a template can hold.

    It is what `contract.resource.name_prefix` computes in the function.

    Args:
        resource: the job's custom resource.
        stack: its stack.
    """
    uuid = cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
    group = cdk.Fn.select(0, cdk.Fn.split("-", uuid))
    return f"{cdk.Lazy.uncached_string(_ShortId(resource))}-{group}-"


# Resolved late, because the app may still override the logical id.
@jsii.implements(cdk.IStringProducer)
class _ShortId:
    def __init__(self, resource: cdk.CfnResource) -> None:
        self._resource = resource

    def produce(self, context: cdk.IResolveContext) -> str:
        return short_logical_id(str(context.resolve(self._resource.logical_id)))
