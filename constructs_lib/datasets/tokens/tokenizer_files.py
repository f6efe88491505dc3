"""A model's own tokenizer, as a file `tokenizer.json` of the library `tokenizers`; none is shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...distribution import needs_extra
from ...request.regular_files import open_regular

if TYPE_CHECKING:
    from os import PathLike

    from .token_counter import CountTokens

_LARGEST = 256 << 20


class TokenizerError(Exception):
    """A tokenizer cannot be used; the message says why, and what to do."""


def token_counter(path: str | PathLike[str]) -> CountTokens:
    """Return a function that counts the tokens of a text.

    Args:
        path: a file `tokenizer.json`, as Hugging Face's repositories of models have it.

    Raises:
        TokenizerError: the file is no tokenizer or cannot be read, or the library is not installed.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise TokenizerError(needs_extra("a tokenizer", "the library tokenizers", "tokenizers")) from None
    content = _content(path)
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except Exception:  # noqa: BLE001 - the library raises Exception itself
        fix = "use the file tokenizer.json of the model's repository"
        raise TokenizerError(f"{path} must be a tokenizer of the library tokenizers; {fix}") from None

    def count(text: str) -> int:
        try:
            return len(tokenizer.encode(text, add_special_tokens=False).ids)
        except Exception:  # noqa: BLE001 - as above
            fix = "use a tokenizer that has a token for every text"
            raise TokenizerError(f"{path} must be able to count all texts; {fix}") from None

    return count


def _content(path: str | PathLike[str]) -> bytes:
    try:
        with open_regular(path) as stream:
            content = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise TokenizerError(f"{path} must be a file that can be read: {reason}; check its name") from None
    if len(content) > _LARGEST:
        raise TokenizerError(
            f"{path} must be at most {_LARGEST >> 20} MB long; use the file tokenizer.json of the model"
        )
    return content
