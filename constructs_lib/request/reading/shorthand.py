"""The AWS CLI's shorthand syntax: `key=value,list=[a,b],inner={key=value}`, with the place of every part.

The grammar is that of `awscli/shorthand.py`, and a test compares the results. As there, a text is parsed
without a model first, and its values are converted by the model afterwards.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...contract import join
from .document import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...contract import ServiceModel

_KEY = re.compile(r"[A-Za-z0-9\-_.#/:]*")
_SINGLE_QUOTED = re.compile(r"'(?:\\'|[^'])*'")
_DOUBLE_QUOTED = re.compile(r'"(?:\\"|[^"])*"')
# A backslash before a comma keeps the comma; a value cannot have a character above U+FFFF without quotes.
_START = r"(?:\\,|[!#-&(-+\--<>-Z\\-z|-\uffff])"
_FIRST = re.compile(rf"{_START}(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*")
_NEXT = re.compile(rf"{_START}(?:\\,|[\s!#-&(-+\--<>-\uffff])*")

_FIX = "write key=value,key=value, put values with special characters in quotes, or write JSON"


class ShorthandError(ValueError):
    """A text is not in shorthand.

    Args:
        rule: what must be true.
        at: the number of characters before it.
        path: where in the value. Default: the value itself.
        fix: what to do.
    """

    def __init__(self, rule: str, at: int, path: str = "", *, fix: str = _FIX) -> None:
        super().__init__(rule)
        self.rule, self.at, self.path, self.fix = rule, at, path, fix


def parse_shorthand(
    text: str, path: str, from_file: Callable[[str, str, int], str]
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return a value, and the number of characters before each of its parts, by path.

    Args:
        text: the value.
        path: its path in the request.
        from_file: called with what `key@=file://...` names, the path of the part and its place; it returns
            the content of the file.

    Raises:
        ShorthandError: the text is not in shorthand.
    """
    parser = _Parser(text, from_file)
    return parser.parameter(path), parser.places


def as_modelled(value: Any, shape: str, model: ServiceModel) -> Any:  # noqa: ANN401 - a value of any type
    """Return what was parsed with the types that the model has: one value as a list, numbers, booleans.

    Args:
        value: what `parse_shorthand` returned, or a list of it.
        shape: the name of its shape.
        model: the service model.
    """
    form = model.shape(shape)
    match form["type"], value:
        case "structure", Mapping():
            members = form["members"]
            return {
                key: as_modelled(item, members[key]["shape"], model) if key in members else item
                for key, item in value.items()
            }
        case "map", Mapping():
            return {key: as_modelled(item, form["value"]["shape"], model) for key, item in value.items()}
        case "list", list():
            return [as_modelled(item, form["member"]["shape"], model) for item in value]
        case "list", _:
            return [value]
        case kind, str():
            return _scalar(value, kind)
    return value


def _scalar(text: str, kind: str) -> object:
    """Return a number or a boolean; a text that is neither is left for the checks."""
    try:
        match kind:
            case "integer" | "long":
                return int(text)
            case "float" | "double":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}.get(text.lower(), text)
    except ValueError:
        pass
    return text


@dataclass(slots=True)
class _Parser:
    text: str
    from_file: Callable[[str, str, int], str]
    index: int = 0
    depth: int = 0
    is_file: bool = False
    places: dict[str, int] = field(default_factory=dict)

    def parameter(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            key, place = self._assigned(path, found)
            found[key] = self._values(place)
            if self.index >= len(self.text):
                return found
            self._expect(",", path)

    def _assigned(self, path: str, found: Mapping[str, object]) -> tuple[str, str]:
        """Read `key=` or `key@=`, and return the key and its path."""
        at = self.index
        key = self._match(_KEY)
        place = join(path, key)
        self._skip()
        self.is_file = self._current() == "@"
        if self.is_file:
            self._expect("@", path)
        self._expect("=", path)
        if key in found:
            fix = "remove one of them; the items of a list have spaces between them, not commas"
            raise ShorthandError(f"must have the key {key!r} only once", at, place, fix=fix)
        self.places[place] = at
        return key, place

    def _values(self, path: str) -> object:
        if self.index >= len(self.text):
            return ""
        return self._separated(path) if self._current() not in ("[", "{") else self._explicit(path)

    def _separated(self, path: str) -> object:
        """Read one value, or several with commas between them up to the next key."""
        self.places[f"{path}[0]"] = self.index
        items, comma = [self._first(path)], self.index
        while True:
            self._skip()
            if self._current() != ",":
                break
            comma = self.index
            self._expect(",", path)
            at = self.index
            item = self._next(path)
            self._skip()
            if at >= len(self.text):
                raise ShorthandError("must have a value after the comma", at, path)
            if item is None or self._current() not in (",", ""):
                self.index = comma  # what follows the comma is the next key
                break
            self.places[f"{path}[{len(items)}]"] = at
            items.append(item)
        if len(items) == 1:
            del self.places[f"{path}[0]"]
            return items[0]
        return items

    def _explicit(self, path: str) -> object:
        """Read a list or a mapping in brackets, or one value."""
        opening = self._current()
        if opening not in ("[", "{"):
            return self._first(path)
        opened = self.index
        self.depth += 1
        if self.depth > DEEPEST:
            raise ShorthandError(f"must have at most {DEEPEST} levels", self.index, path)
        self._expect(opening, path)
        found = self._list(path, opened) if opening == "[" else self._mapping(path, opened)
        self.index += 1
        self.depth -= 1
        return found

    def _list(self, path: str, opened: int) -> list[object]:
        items: list[object] = []
        while self._current() != "]":
            self._check_goes_on(path, opened)
            place = f"{path}[{len(items)}]"
            self.places[place] = self.index
            items.append(self._explicit(place))
            self._separator("]", path, opened)
        return items

    def _mapping(self, path: str, opened: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while self._current() != "}":
            self._check_goes_on(path, opened)
            key, place = self._assigned(path, found)
            found[key] = self._explicit(place)
            self._separator("}", path, opened)
        return found

    def _check_goes_on(self, path: str, opened: int) -> None:
        """Check that the text does not end inside a bracket."""
        if self.index >= len(self.text):
            bracket = self.text[opened]
            fix = f"add {']' if bracket == '[' else '}'} where it ends"
            raise ShorthandError(f"must close the {bracket} that is opened here", opened, path, fix=fix)

    def _separator(self, closing: str, path: str, opened: int) -> None:
        self._skip()
        self._check_goes_on(path, opened)
        if self._current() != closing:
            self._expect(",", path, or_else=closing)

    def _first(self, path: str) -> str:
        quoted = self._quoted(path)
        if quoted is not None:
            return quoted
        return self._resolved(_plain(self._match(_FIRST)), path)

    def _next(self, path: str) -> str | None:
        """Read a value after a comma; None where it cannot be one."""
        quoted = self._quoted(path)
        if quoted is not None:
            return quoted
        text = self._match(_NEXT)
        return self._resolved(_plain(text), path) if text else None

    def _quoted(self, path: str) -> str | None:
        quote = self._current()
        if quote not in ("'", '"'):
            return None
        at = self.index
        text = self._match(_SINGLE_QUOTED if quote == "'" else _DOUBLE_QUOTED)
        if not text:
            raise ShorthandError(f"must close the {quote} that is opened here", at, path)
        return self._resolved(text[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\"), path)

    def _resolved(self, text: str, path: str) -> str:
        return self.from_file(text, path, self.index) if self.is_file else text

    def _current(self) -> str:
        return self.text[self.index : self.index + 1]

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.index)
        if found is None:
            return ""
        self.index = found.end()
        return found.group()

    def _skip(self) -> None:
        while self._current() and self._current() in string.whitespace:
            self.index += 1

    def _expect(self, char: str, path: str, *, or_else: str = "") -> None:
        self._skip()
        if self._current() != char:
            expected = f"{char!r} or {or_else!r}" if or_else else repr(char)
            raise ShorthandError(f"must have {expected} here", self.index, path)
        self.index += 1
        self._skip()


def _plain(text: str) -> str:
    return text.replace("\\,", ",").rstrip()
