"""What JSON lets anybody write and nobody can keep: keys twice, half characters."""

from __future__ import annotations

import json
import re
from collections import Counter

__all__ = ["Twice", "encodes", "is_whole", "object_of"]

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class Twice(dict[str, object]):
    """An object that gave a key more than once; the last one counts."""

    keys_twice: tuple[str, ...] = ()


def object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object as ``json`` makes it, which tells the keys that came twice."""
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    doubled = Twice(fields)
    times = Counter(name for name, _ in pairs)
    doubled.keys_twice = tuple(name for name, count in times.items() if count > 1)
    return doubled


def encodes(text: str) -> bool:
    """Whether a text can be written as UTF-8: half a character cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_whole(text: str, body: object) -> bool:
    r"""Whether no text in ``body``, read from ``text``, has half a character.

    JSON can write one, ``"\ud83d"`` (RFC 8259 §8.2).
    """
    if _HALF.search(text) is None:
        return True
    try:
        return encodes(json.dumps(body, ensure_ascii=False))
    except RecursionError:
        return False
