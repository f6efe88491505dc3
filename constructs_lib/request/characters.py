"""Names of characters that nobody sees: spaces of other kinds, tabs, and the ends of lines of Windows."""

from __future__ import annotations

import unicodedata

_NAMES = {
    "\t": "tab",
    "\n": "line break",
    "\r": "carriage return",
    "\u00a0": "no-break space",
    "\u00ad": "soft hyphen",
    "\u200b": "zero-width space",
    "\u200c": "zero-width non-joiner",
    "\u200d": "zero-width joiner",
    "\u2060": "word joiner",
    "\ufeff": "byte order mark",
}
_SHOWN = 40
_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


def named(character: str) -> str:
    """Return the name of a character, as `tab (U+0009)`.

    Args:
        character: one character.
    """
    number = f"U+{ord(character):04X}"
    name = _NAMES.get(character) or unicodedata.name(character, "").lower()
    return f"{name} ({number})" if name else number


def invisible_in(text: str) -> str | None:
    """Return the first character of a text that nobody sees, other than a space between words.

    Args:
        text: the text.
    """
    for character in text:
        if character != " " and unicodedata.category(character) in _INVISIBLE:
            return character
    return None


def where_invisible(text: str) -> str:
    """Return which invisible character a text has, as `the tab (U+0009) after 'us-east-1'`; "": none.

    Args:
        text: the text.
    """
    found = invisible_in(text)
    if found is None:
        return ""
    before = text[: text.index(found)]
    shown = before if len(before) <= _SHOWN else f"...{before[-_SHOWN:]}"
    return f"the {named(found)} {f'after {shown!r}' if before else 'at the start'}"
