"""Templates as text: what `cdk synth` writes, what CloudFormation returns, and what people keep in files."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Template: TypeAlias = Mapping[str, Any]

MOST_BYTES = 8 << 20
"""The longest text that is read as a template; CloudFormation takes one megabyte."""

EMPTY: Template = {"Resources": {}}
"""The template of a stack that does not exist."""

_DEEPEST = 100
_MOST_EXPLAINED = 1 << 20  # characters that are read again to find a mistake
_WITHOUT_PREFIX = ("Ref", "Condition")


class TemplateError(ValueError):
    """A text is not a template; the message ends the sentence `NAME must be ...`."""


def read_template(text: str | bytes) -> Template:
    """Return a template that is written in JSON or in YAML, with `!Ref` and the like as `Ref`.

    A JSON string that contains a template is read too: the AWS CLI prints a template in YAML in this way.

    Args:
        text: the template, in UTF-8.

    Raises:
        TemplateError: it is not a template.
    """
    if len(text) > MOST_BYTES:
        raise TemplateError(f"a template of at most {MOST_BYTES:,} bytes")
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise TemplateError("a template in UTF-8") from None
    try:
        found = _parsed(decoded)
    except (ValueError, RecursionError):
        raise TemplateError(f"a template in JSON or YAML{_why_not(decoded)}") from None
    return checked(found)


def checked(template: object) -> Template:
    """Return what was read, if it has the form of a template.

    Args:
        template: what was read.

    Raises:
        TemplateError: it has no resources, or no template is nested so deep.
    """
    if not isinstance(template, Mapping) or not isinstance(template.get("Resources"), Mapping):
        raise TemplateError("a template with Resources")
    if _is_deeper(template, _DEEPEST):
        raise TemplateError(f"a template that is nested at most {_DEEPEST} levels deep")
    return template


def resources(template: Template, kind: str) -> dict[str, Template]:
    """Return the resources of a type by their logical ids.

    Args:
        template: a template.
        kind: CloudFormation's name of the type.
    """
    found = template["Resources"].items()
    return {name: one for name, one in found if isinstance(one, Mapping) and one.get("Type") == kind}


def _is_deeper(value: object, levels: int) -> bool:
    """Return whether a value is nested deeper; without recursion, which has a limit of its own."""
    inner: list[Any] = [value]
    for _ in range(levels):
        parts = (one.values() if isinstance(one, Mapping) else one for one in inner)
        inner = [part for one in parts for part in one if isinstance(part, Mapping | list)]
    return bool(inner)


def _parsed(text: str) -> object:
    try:
        found = json.loads(text)
    except ValueError:
        return _from_yaml(text)
    return _parsed(found) if isinstance(found, str) else found


def _refuse_bombs(events: Iterable[object]) -> None:
    """Raise ValueError for aliases, a few of which can stand for gigabytes, and for very deep nesting."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent")
        depth -= name.endswith("EndEvent")
        if name == "AliasEvent" or depth > _DEEPEST:
            raise ValueError("CloudFormation takes no such template")


def _why_not(text: str) -> str:
    """Return why a text is neither JSON nor YAML, in brackets; "": it is one of them, and cannot be used."""
    import yaml

    from ..request.json_errors import explained
    from ..request.reading.document import position_of
    from ..request.reading.yaml_errors import explained_yaml

    if len(text) > _MOST_EXPLAINED:
        return ""
    try:
        if text.lstrip()[:1] == "{":
            json.loads(text)
        else:
            # Each level that is open costs the parser time at every token.
            _refuse_bombs(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except json.JSONDecodeError as error:
        problem = explained(error)
        reason, at = problem.reason, position_of(text, problem.index)
    except yaml.MarkedYAMLError as error:
        reason, _, at = explained_yaml(error, text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return ""
    else:
        return ""
    return f" (line {at[0]}, column {at[1]}: {reason})"


def _from_yaml(text: str) -> object:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one exists where libyaml does
    try:
        _refuse_bombs(yaml.parse(text, Loader=base))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None

    # A date stays the text that CloudFormation takes it for.
    resolvers = {
        first: [one for one in listed if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, listed in base.yaml_implicit_resolvers.items()
    }
    loader_type: Any = type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})

    def function(loader: Any, suffix: str, node: Any) -> object:  # noqa: ANN401 - PyYAML's untyped call
        name = suffix if suffix in _WITHOUT_PREFIX else f"Fn::{suffix}"
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
            return {name: value.split(".", 1) if name == "Fn::GetAtt" else value}
        if isinstance(node, yaml.SequenceNode):
            return {name: loader.construct_sequence(node, deep=True)}
        return {name: loader.construct_mapping(node, deep=True)}

    loader_type.add_multi_constructor("!", function)
    try:
        return yaml.load(text, Loader=loader_type)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
