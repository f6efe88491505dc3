"""Which logged invocations become training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataFilter:
    """A choice of logged invocations by their request metadata.

        MetadataFilter.and_all(
            MetadataFilter.equals("project", "support"), MetadataFilter.not_equals("stage", "test")
        )

    `and_all` and `or_all` hold 1-16 filters made by `equals` or `not_equals`; the API nests no deeper.
    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_RequestMetadataFilters.html

    Args:
        equal: Key and value that a request's metadata must have.
        unequal: Key and value that it must not have.
        all_of: Filters that must all let a request through.
        any_of: Filters of which one must let a request through.
    """

    equal: Pair | None = None
    unequal: Pair | None = None
    all_of: tuple[MetadataFilter, ...] | None = None
    any_of: tuple[MetadataFilter, ...] | None = None

    @classmethod
    def equals(cls, key: str, value: str) -> MetadataFilter:
        """Choose the requests whose metadata has `key` with this value.

        Args:
            key: 1-256 characters.
            value: 0-256 characters.
        """
        return cls(equal=(key, value))

    @classmethod
    def not_equals(cls, key: str, value: str) -> MetadataFilter:
        """Choose the requests whose metadata has not `key` with this value.

        Args:
            key: 1-256 characters.
            value: 0-256 characters.
        """
        return cls(unequal=(key, value))

    @classmethod
    def and_all(cls, *filters: MetadataFilter) -> MetadataFilter:
        """Choose the requests that every one of `filters` chooses.

        Args:
            filters: 1-16 filters made by `equals` or `not_equals`.
        """
        return cls(all_of=filters)

    @classmethod
    def or_all(cls, *filters: MetadataFilter) -> MetadataFilter:
        """Choose the requests that at least one of `filters` chooses.

        Args:
            filters: 1-16 filters made by `equals` or `not_equals`.
        """
        return cls(any_of=filters)

    def render(self) -> dict[str, object]:
        """Give what the API takes."""
        parts = {
            "equals": self.equal and dict([self.equal]),
            "notEquals": self.unequal and dict([self.unequal]),
            "andAll": None if self.all_of is None else [one.render() for one in self.all_of],
            "orAll": None if self.any_of is None else [one.render() for one in self.any_of],
        }
        return {name: part for name, part in parts.items() if part is not None}
