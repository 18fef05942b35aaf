"""The character sets of UNB 0001: bytes to text, and text to what a set has."""

from __future__ import annotations

from typing import NamedTuple

from gateway.edi.letters import writable

__all__ = ["CODECS", "Decoded", "codec_of", "decode", "outside", "writable_in"]

CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "latin-1",
    "UNOD": "iso8859_2",
    "UNOE": "iso8859_5",
    "UNOF": "iso8859_7",
    "UNOG": "iso8859_3",
    "UNOH": "iso8859_4",
    "UNOI": "iso8859_6",
    "UNOJ": "iso8859_8",
    "UNOK": "iso8859_9",
    "UNOL": "iso8859_15",
    "UNOW": "utf-8",
}
"""Python codecs by syntax identifier. UNOX shifts and UNOY has two bytes a character:
both are read only where partners agree on something else."""
_ENCODINGS = {"4": "cp850", "7": "utf-8"}
"""UNB 0133 in syntax 4, as far as it names single bytes or UTF-8."""
_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/='+:?!\"%&*;<>"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_REPERTOIRES = {"UNOA": _UPPER, "UNOB": _UPPER + _LOWER}
_C1 = bytes(range(0x80, 0xA0))
_LINE_ENDS = b"\r\n"


class Decoded(NamedTuple):
    """Text, the codec that it was read by, and if that is not the declared one."""

    text: str
    codec: str
    guessed: bool


def codec_of(identifier: str, encoding: str = "") -> str:
    """The codec that UNB 0001, and 0133 where it is sent, declare; empty if unknown."""
    return _ENCODINGS.get(encoding) or CODECS.get(identifier, "")


def decode(raw: bytes, codec: str) -> Decoded:
    """The text of ``raw`` in the declared codec, else by what the bytes look like.

    Bytes that do not fit are UTF-8 where they are valid as such, and cp1252 if not.
    An unknown codec is declared as the empty text.
    """
    if raw.isascii():
        return Decoded(raw.decode("ascii"), codec or "ascii", False)
    if codec and not (codec == "latin-1" and raw.translate(None, _C1) != raw):
        try:
            return Decoded(raw.decode(codec), codec, False)
        except (UnicodeDecodeError, LookupError):
            pass
    for guess in ("utf-8", "cp1252"):
        try:
            return Decoded(raw.decode(guess), guess, True)
        except UnicodeDecodeError:
            pass
    return Decoded(raw.decode("latin-1"), "latin-1", True)


def outside(raw: bytes, identifier: str, marks: bytes) -> int:
    """Where the first ASCII character stands that UNOA or UNOB does not have; -1.

    ``marks`` are the service characters of the interchange. Line ends are no data.
    """
    repertoire = _REPERTOIRES.get(identifier)
    if repertoire is None:
        return -1
    foreign = raw.translate(None, repertoire + marks + _LINE_ENDS)
    first = next((byte for byte in foreign if byte < 0x80), None)
    return -1 if first is None else raw.index(first)


def writable_in(text: str, identifier: str, codec: str) -> str:
    """The text in what a character set has: other letters, and last of all ``.``.

    UNOA has no small letters: they are written large. Never a ``?``, which is the
    release character.
    """
    if identifier == "UNOA":
        text = text.upper()
    text = writable(text, codec, lost=".")
    repertoire = _REPERTOIRES.get(identifier)
    if repertoire is None or not text.encode(codec).translate(None, repertoire):
        return text
    taken = repertoire.decode("ascii")
    return "".join(c if c in taken else "." for c in text)
