"""The tags of a job and its model: those of the request, and those that the job inherits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from ..checks.rules.tags import InheritedTag, inherited_tag_findings, leaves_out, with_inherited
from ..contract.replacement import TAG_FIELDS
from ..contract.resource import RESOURCE_TYPE
from ..request import is_known
from .stack_env import stacks_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs import Construct

    from ..checks import Checks
    from ..checks.rules.tags import Tag
    from ..findings import Finding
    from .stack_env import StackEnv

_LOWEST_PRIORITY = 0
"""Any `Tags.of(scope)` has a higher one: 100 for `add`, 200 for `remove`."""


class StackTags:
    """The tags of a stack and of those around it, which CloudFormation adds to no custom resource.

    Most resources have exactly the tags that Node knows after all aspects. Node writes these, and does not
    call Python for each of them. It does call Python for the first resource of the stack, before it writes
    any: then all of them get the tags of the stacks.

    Args:
        env: the stack.
    """

    def __init__(self, env: StackEnv) -> None:
        self._env = env
        self._first: JobTags | None = None
        self._written_by_node: list[JobTags] = []

    @classmethod
    def of(cls, env: StackEnv) -> StackTags:
        """Return the tags of a stack."""
        return env.find_or_make(cls, lambda: cls(env))

    @cached_property
    def stacks(self) -> Sequence[cdk.Stack]:
        """The stack, and around a nested one also the stacks around it, nearest first."""
        return stacks_around(self._env.stack)

    @cached_property
    def _managers(self) -> Sequence[tuple[cdk.TagManager, str]]:
        return [(one.tags, one.node.path) for one in self.stacks]

    def add(self, tags: JobTags) -> bool:
        """Add the tags of a resource, and return whether Node can write them.

        A tag of a nested stack may refer to a resource, which the CDK must see before Python is called.
        """
        if self._first is None:
            self._first = tags
            return False
        if not tags.are_only_inherited or len(self.stacks) > 1:
            return False
        self._written_by_node.append(tags)
        return True

    def is_first(self, tags: JobTags) -> bool:
        """Return whether Python is called for these tags before Node writes any."""
        return tags is self._first

    def settle(self) -> None:
        """Give the tags of the stacks to the resources whose tags Node writes, and read their tags."""
        rendered = {str(at): one.rendered for at, one in enumerate(self._written_by_node)}
        found: Mapping[str, Any] = (self._env.stack.resolve(rendered) or {}) if rendered else {}
        is_tagged = bool(rendered and self.by_key())
        for at, one in enumerate(self._written_by_node):
            one.settle(may_have_any=is_tagged or str(at) in found)

    def by_key(self) -> dict[str, InheritedTag]:
        """Return the tags as they are now; of two with one key, that of the nearest stack.

        The CDK leaves out a tag of a stack whose key or value is known only at deployment, and warns. Those
        of a nested stack are properties of a resource, which may have such values.
        """
        found: dict[str, InheritedTag] = {}
        last = len(self._managers)
        for distance, (manager, path) in enumerate(self._managers, 1):
            for key, value in manager.tag_values().items():
                if key not in found and (distance < last or (is_known(key) and is_known(value))):
                    found[key] = InheritedTag(
                        key=key, value=value, source=f"the stack {path}", distance=distance
                    )
        return found


class JobTags:
    """The tags of one job and its model, as they are when the template is written.

    Args:
        job: the construct.
        env: its stack.
        request: the request, with its own tags.
        manager: the tags of `Tags.of(scope)`.
        checks: how serious it is if Bedrock would refuse an inherited tag.
        resource_type: the type of the resource that has the tags. Default: a job.
    """

    def __init__(
        self,
        job: Construct,
        env: StackEnv,
        request: Mapping[str, Any],
        manager: cdk.TagManager,
        checks: Checks,
        *,
        resource_type: str = RESOURCE_TYPE,
    ) -> None:
        self._job = job
        self._resource_type = resource_type
        self._env = env
        self._own: Mapping[str, Sequence[Tag]] = {name: request.get(name) or () for name in TAG_FIELDS}
        self._manager = manager
        self._checks = checks
        self._of_stacks: dict[str, InheritedTag] = {}
        self._inherited: Sequence[InheritedTag] = ()
        self._is_just_read = False
        self._is_written_by_node = StackTags.of(env).add(self)

    @property
    def are_only_inherited(self) -> bool:
        """Whether all inherited tags are sent, and no others."""
        return not any(self._own.values()) and not leaves_out(self._checks)

    @cached_property
    def rendered(self) -> cdk.IResolvable:
        """The inherited tags, as Node writes them."""
        return self._manager.rendered_tags

    def settle(self, *, may_have_any: bool) -> None:
        """Read the tags that Node will write.

        Args:
            may_have_any: whether the resource has tags, or will get those of a stack.
        """
        self._inherited = list(self._read()) if may_have_any or self._of_stacks else ()

    def property(self, field: str) -> cdk.IResolvable:
        """Return the value of a property of the custom resource: no property where there are no tags.

        Args:
            field: `jobTags` or `customModelTags`.
        """
        return self.rendered if self._is_written_by_node else cdk.Lazy.uncached_any(_Tags(self, field))

    def sent(self, field: str) -> list[Tag]:
        """Return the tags of a field: its own, then the inherited ones; its own win.

        Args:
            field: `jobTags` or `customModelTags`.
        """
        # Reading calls Node. The CDK resolves the second property directly after the first.
        is_first = field == TAG_FIELDS[0]
        if is_first or not self._is_just_read:
            self._inherited = list(self._read())
            if (of_stack := StackTags.of(self._env)).is_first(self):
                of_stack.settle()
        self._is_just_read = is_first
        return with_inherited(self._own[field], self._inherited, self._checks)

    def findings(self, path: str) -> Iterator[Finding]:
        """Yield what Bedrock would refuse of the inherited tags, once the template has been resolved.

        Args:
            path: the job's path.
        """
        yield from inherited_tag_findings(path, [*self._own.values()], self._inherited, self._checks)

    def _read(self) -> Iterator[InheritedTag]:
        values = self._manager.tag_values()
        if self._add_stack_tags(values):
            values = self._manager.tag_values()
        for key, value in values.items():
            of_stack = self._of_stacks.get(key)
            if of_stack is not None and of_stack.value == value:
                yield of_stack
            else:
                yield InheritedTag(key=key, value=value, source="Tags.of(...)")

    def _add_stack_tags(self, values: Mapping[str, str]) -> bool:
        """Give the tags of the stacks to the job's tag manager, which knows what `Tags.of` has removed."""
        now = StackTags.of(self._env).by_key()
        gone = self._of_stacks.keys() - now.keys()
        for key in gone:
            self._manager.remove_tag(key, _LOWEST_PRIORITY)
            del self._of_stacks[key]
        new = {
            key: tag
            for key, tag in now.items()
            if self._of_stacks.get(key) != tag and (key in self._of_stacks or key not in values)
        }
        self._of_stacks |= new
        excluded = self._excluded() if new else ()
        for key, tag in new.items():
            if key not in excluded:
                self._manager.set_tag(key, tag.value, _LOWEST_PRIORITY)
        return bool(gone or new)

    def _excluded(self) -> set[str]:
        """Return the keys that `Tags.of(...).add(..., exclude_resource_types=...)` keeps from jobs.

        Without the feature flag `@aws-cdk/core:explicitStackTags`, `Tags.of` tags the stack as well.
        """
        aspects = (one for scope in self._job.node.scopes for one in cdk.Aspects.of(scope).all)
        return {
            one.key
            for one in aspects
            if isinstance(one, cdk.Tag) and self._resource_type in (one._props.exclude_resource_types or ())  # noqa: SLF001 - protected, which jsii writes with an underscore
        }


@jsii.implements(cdk.IAnyProducer)
class _Tags:
    def __init__(self, tags: JobTags, field: str) -> None:
        self._tags = tags
        self._field = field

    def produce(self, _context: cdk.IResolveContext) -> list[Tag] | None:
        return self._tags.sent(self._field) or None
