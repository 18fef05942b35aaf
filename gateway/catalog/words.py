"""Words that items are searched by: of descriptions, and of what a person types."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gateway.catalog.keys import ItemKey, KeyKind, gtin14, normalise
from gateway.catalog.model import Item

__all__ = ["LONGEST", "Query", "Term", "fold", "parse", "words", "words_of"]

LONGEST = 32
"""Characters of a word; a longer one is several."""
_LONGEST_TEXT = 1_000
"""Characters of an item's description that are searched by."""
_MOST_TERMS = 8
_LONGEST_QUERY = 200
_WORD = re.compile(rf"[^\W_]{{1,{LONGEST}}}")
_KINDS: tuple[KeyKind, ...] = ("buyer_part", "sku", "mfr_part")


def fold(text: str) -> str:
    """A text without case and accents: Écrou and ECROU are the same."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words(text: str) -> list[str]:
    """The words of a text, letters and digits, in the form the index holds."""
    return _WORD.findall(fold(text))


def words_of(item: Item) -> set[str]:
    """The words that an item is found by, beside its numbers."""
    told = f"{item.description} {item.mfr}" if item.mfr else item.description
    return set(words(told[:_LONGEST_TEXT]))


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of a query between blanks: words that all count, or one number."""

    words: tuple[str, ...]
    numbers: tuple[ItemKey, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What a person looks for. All ``terms`` have to fit, or it is one of ``numbers``.

    ``start`` is the beginning of a number, empty where it would be too much.
    """

    terms: tuple[Term, ...] = ()
    numbers: tuple[ItemKey, ...] = ()
    start: str = ""


_SHORTEST_START = 3


def parse(text: str) -> Query:
    """What a person typed; nothing where there is no letter or digit in it."""
    pieces = text[:_LONGEST_QUERY].replace("\0", " ").split()
    told = [(tuple(words(piece)), piece) for piece in pieces]
    terms = tuple(Term(own, _numbers(piece)) for own, piece in told if own)
    if not terms:
        return Query()
    whole = " ".join(pieces)
    number = normalise(whole)
    is_start = len(terms) == 1 and len(number) >= _SHORTEST_START
    return Query(terms[:_MOST_TERMS], _numbers(whole), number if is_start else "")


def _numbers(text: str) -> tuple[ItemKey, ...]:
    """The keys under which an item with this number stands."""
    own = normalise(text)
    keys = [ItemKey(kind, own) for kind in _KINDS] if own else []
    if padded := gtin14(text):
        keys.append(ItemKey("gtin", padded))
    return tuple(keys)
