"""Uploads of the same deployment into a bucket that a job reads from: the job must start after them."""

from __future__ import annotations

import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Dependable, IDependable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from constructs import IConstruct

_MODULE = "aws_cdk.aws_s3_deployment"
_TYPE = "Custom::CDKBucketDeployment"
_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


@jsii.implements(IDependable)
class BucketDeployments(Dependable):
    """The `BucketDeployment`s of a job's stack that may upload what the job reads, whenever they are defined.

    One that itself waits for the job, because it uploads an attribute of the job, is left out.

    Args:
        resource: the job's custom resource.
        stack: its stack.
        uris: what it reads from buckets that the app has as constructs.
    """

    def __init__(self, resource: cdk.CfnResource, stack: cdk.Stack, uris: Sequence[str]) -> None:
        super().__init__()
        self._resource = resource
        self._stack = stack
        self._uris = uris
        self._searching = False
        Dependable.implement(self, self)

    @property
    def dependency_roots(self) -> list[IConstruct]:
        """Return the resources that upload."""
        # If the module is not loaded, no app uses it, and the search would be slow for nothing.
        # An upload may wait for another job, which searches for its own uploads and so calls this again.
        if _MODULE not in sys.modules or self._searching:
            return []
        self._searching = True
        try:
            return list(self._uploads())
        finally:
            self._searching = False

    def _uploads(self) -> Iterator[cdk.CfnResource]:
        graph = _Graph(self._stack)
        read = [_bucket_and_key(uri) for uri in self._stack.resolve(self._uris)]
        for upload in graph.resources:
            if type(upload) is cdk.CfnResource and upload.cfn_resource_type == _TYPE:
                to = graph.properties(upload)
                bucket, prefix = to.get("DestinationBucketName"), to.get("DestinationBucketKeyPrefix", "")
                written = any(name == bucket and _overlap(key, prefix) for name, key in read)
                if written and not graph.waits_for(upload, self._resource):
                    yield upload


class _Graph:
    """The resources of a stack, and which of them waits for which.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        found = [one for one in stack.node.find_all() if isinstance(one, cdk.CfnResource)]
        self.resources = [one for one in found if cdk.Stack.of(one) is stack]

    def properties(self, resource: cdk.CfnResource) -> dict[str, Any]:
        """Return the properties of a resource as its template will have them."""
        resolved: dict[str, Any] | None = self._stack.resolve(resource._cfn_properties)  # noqa: SLF001 - protected in TypeScript: the CDK has no other way to read them
        return resolved or {}

    def waits_for(self, first: cdk.CfnResource, other: cdk.CfnResource) -> bool:
        """Return whether `first` waits for `other`, by reference or by dependency, directly or indirectly."""
        seen: set[str] = set()
        waiting = [first]
        while waiting:
            one = waiting.pop()
            if one is other:
                return True
            path = one.node.path
            if path not in seen:
                seen.add(path)
                waiting.extend(self._dependencies(one))
        return False

    @cached_property
    def _by_logical_id(self) -> dict[str, cdk.CfnResource]:
        ids = self._stack.resolve([one.logical_id for one in self.resources])
        return dict(zip(ids, self.resources, strict=True))

    def _dependencies(self, resource: cdk.CfnResource) -> Iterator[cdk.CfnResource]:
        for name in _possible_ids(self.properties(resource)):
            if name in self._by_logical_id:
                yield self._by_logical_id[name]
        for scope in resource.node.scopes:
            for root in scope.node.dependencies:
                yield from (one for one in root.node.find_all() if isinstance(one, cdk.CfnResource))


def _bucket_and_key(uri: object) -> tuple[object, str | None]:
    """Return the bucket of a resolved URI, and the key where it is known."""
    match uri:
        case str():
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            return bucket, key
        case {"Fn::Join": ["", ["s3://", bucket, *rest]]}:
            return bucket, "".join(rest).lstrip("/") if all(isinstance(one, str) for one in rest) else None
        case _:
            return uri, None


def _overlap(key: object, prefix: object) -> bool:
    """Return whether an upload below `prefix` may write `key` or below it; an unknown one may be any."""
    if not isinstance(key, str) or not isinstance(prefix, str):
        return True
    folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    return key.startswith(folder) or folder.startswith(key)


def _possible_ids(value: object) -> Iterator[str]:
    """Return all words of a resolved part of a template that may be logical ids."""
    if isinstance(value, list):
        for one in value:
            yield from _possible_ids(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _possible_ids(one)
    elif isinstance(value, str):
        yield value
        yield from _SUBSTITUTED.findall(value)
