"""The tools of a record: how they are defined, and whether their calls and results belong together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...findings import NOTHING, Described
from ..dataset_findings import finding
from .record_checks import join, kind_of, needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...findings import Finding
    from .record_checks import Record, Rules, Seen
    from .reserved_words import ReservedWords

_ID = "toolUseId"
_FORMS = ("text", "json")
_NAMED = 3


class Tools:
    """The tools of one conversation in the form of the Converse API.

    Args:
        rules: the model's.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._defined: set[str] | None = None
        self._names = ""
        self._reported: set[str] = set()
        self._called: set[str] = set()
        self._answered: set[str] = set()

    def definitions(self, record: Record) -> Iterator[Finding]:
        """Check the field `toolConfig` of a record."""
        config = record.get("toolConfig")
        if config is None or "tool-use" not in self._rules:
            return
        yield from self._uses("toolConfig")
        self._defined = set()
        tools = config.get("tools") if isinstance(config, Mapping) else None
        for index, tool in enumerate(tools if isinstance(tools, list) else ()):
            path = f"toolConfig.tools[{index}].toolSpec"
            spec = tool.get("toolSpec") if isinstance(tool, Mapping) else None
            schema = spec.get("inputSchema") if isinstance(spec, Mapping) else None
            yield from described(spec, path, self._defined)
            yield from _schema(schema.get("json") if isinstance(schema, Mapping) else None, path)
        if not isinstance(tools, list) or not tools:
            yield _definition("toolConfig.tools", "must be a list of tools", tools)
        self._names = ", ".join(join("", name) for name in sorted(self._defined)[:_NAMED]) or "none"

    def call(self, value: object, role: object, path: str) -> Iterator[Finding]:
        """Check a `toolUse` block."""
        yield from self._uses(path)
        if role != "assistant":
            yield _misplaced(path, "assistant", role)
        if not isinstance(value, Mapping):
            yield _no_object(path, value)
            return
        yield from needs(value, "input", dict, path)
        call = yield from _filled(value, _ID, path)
        name = yield from _filled(value, "name", path)
        yield from self._known(name, f"{path}.name")
        if call is None:
            return
        if call in self._called:
            fix = "give every call an id of its own"
            yield finding("tool-id", f"{path}.{_ID}", "must be used for one call only", call, fix)
        self._called.add(call)

    def result(
        self, value: object, role: object, path: str, *, seen: Seen, words: ReservedWords
    ) -> Iterator[Finding]:
        """Check a `toolResult` block."""
        yield from self._uses(path)
        if role != "user":
            yield _misplaced(path, "user", role)
        if not isinstance(value, Mapping):
            yield _no_object(path, value)
            return
        call = yield from _filled(value, _ID, path)
        if call is not None:
            yield from self._answers(call, f"{path}.{_ID}")
        yield from needs(value, "content", list, path)
        content = value.get("content")
        if content == []:
            yield finding("missing-field", f"{path}.content", "must contain the result", [], "add it")
        for index, item in enumerate(content if isinstance(content, list) else ()):
            yield from _item(item, f"{path}.content[{index}]", seen, words)

    def _uses(self, path: str) -> Iterator[Finding]:
        """Report once for a record that it uses tools."""
        yield from self._once(uses(path, self._rules))

    def _once(self, found: Finding) -> Iterator[Finding]:
        if found.id not in self._reported:
            self._reported.add(found.id)
            yield found

    def _known(self, name: str | None, path: str) -> Iterator[Finding]:
        if name is None:
            return
        if self._defined is None:
            rule, fix = "must be defined in toolConfig, which the record does not have", "add toolConfig"
            yield from self._once(finding("tool-config", path, rule, name, fix))
        elif name not in self._defined:
            rule = f"must be a tool that toolConfig defines ({self._names})"
            yield finding("tool-unknown", path, rule, name, "define the tool, or correct the name")

    def _answers(self, call: str, path: str) -> Iterator[Finding]:
        # AWS's validators look for the call only where tools are defined.
        if self._defined is None:
            return
        if call not in self._called:
            rule, fix = "must be the id of a call in an earlier message", "add the call, or correct the id"
            yield finding("tool-result", path, rule, call, fix)
        elif call in self._answered:
            yield finding("tool-id", path, "must be answered once", call, "leave one of the results")
        self._answered.add(call)


def uses(path: str, rules: Rules) -> Finding:
    """Return the finding about a record with tools."""
    known = rules.get("tool-use")
    note = f" ({known.note})" if known and known.note else ""
    rule = f"must not be there: not every AWS source supports tools for this model{note}"
    fix = "leave tools out, or try a small job first"
    return finding("tool-use", path, rule, Described("tools"), fix)


def described(spec: object, path: str, defined: set[str]) -> Iterator[Finding]:
    """Check the name and the description of a tool.

    Args:
        spec: what holds both.
        path: where it is in the record.
        defined: gets the name.
    """
    for field in ("name", "description"):
        value = spec.get(field) if isinstance(spec, Mapping) else None
        if not isinstance(value, str) or not value.strip():
            yield _definition(f"{path}.{field}", "must be a text that is not blank", value)
        elif field == "name":
            if value in defined:
                yield _definition(f"{path}.name", "must differ from those of the other tools", value)
            defined.add(value)


def functions(tools: object) -> Iterator[Finding]:
    """Check the field `tools` of a record in OpenAI's chat format."""
    if not isinstance(tools, list) or not tools:
        yield _definition("tools", "must be a list of tools", tools)
        return
    defined: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"tools[{index}]"
        kind, function = (
            (tool.get("type"), tool.get("function")) if isinstance(tool, Mapping) else (None, None)
        )
        if kind != "function":
            yield _definition(f"{path}.type", 'must be "function"', kind)
        yield from described(function, f"{path}.function", defined)
        parameters = function.get("parameters") if isinstance(function, Mapping) else None
        yield from _parameters(parameters, f"{path}.function.parameters")


def _parameters(value: object, path: str) -> Iterator[Finding]:
    if not isinstance(value, Mapping) or value.get("type") != "object":
        got = value.get("type") if isinstance(value, Mapping) else value
        yield _definition(path, 'must be a JSON schema of the type "object"', got)
        return
    if not isinstance(value.get("properties"), Mapping):
        yield _definition(f"{path}.properties", "must be an object", value.get("properties"))
    required = value.get("required")
    if required is not None and not (
        isinstance(required, list) and all(isinstance(name, str) for name in required)
    ):
        yield _definition(f"{path}.required", "must be a list of names", required)


def _schema(schema: object, path: str) -> Iterator[Finding]:
    if not isinstance(schema, Mapping) or "type" not in schema:
        yield _definition(f"{path}.inputSchema.json", "must be a JSON schema with a type", schema)


def _definition(path: str, rule: str, got: object) -> Finding:
    return finding("tool-definition", path, rule, NOTHING if got is None else got, "complete the definition")


def _misplaced(path: str, place: str, role: object) -> Finding:
    return finding("tool-role", path, f"must be in a message of the {place}", role, "move it there")


def _no_object(path: str, value: object) -> Finding:
    return finding("field-type", path, "must be an object", value, f"write one instead of {kind_of(value)}")


def _filled(value: Record, name: str, path: str) -> Any:  # noqa: ANN401 - a generator that returns a text
    """Check that a required text is there and not blank, and return it; None where it is not."""
    yield from needs(value, name, str, path)
    found = value.get(name)
    if not isinstance(found, str):
        return None
    if not found.strip():
        yield finding("missing-field", f"{path}.{name}", "must not be blank", found, f"write {name}")
        return None
    return found


def _item(item: object, path: str, seen: Seen, words: ReservedWords) -> Iterator[Finding]:
    forms = [one for one in _FORMS if item.get(one) is not None] if isinstance(item, Mapping) else []
    if not isinstance(item, Mapping) or len(forms) != 1:
        got = Described(", ".join(forms) or "neither") if isinstance(item, Mapping) else item
        fix = 'write {"text": "..."} or {"json": {...}}'
        yield finding("content-block", path, "must contain either text or json", got, fix)
        return
    yield from needs(item, forms[0], str if forms[0] == "text" else dict, path)
    text = item.get("text")
    if isinstance(text, str):
        seen.texts.append(text)
        yield from words.check(text, f"{path}.text", of_tool=True)
