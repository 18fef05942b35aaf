"""Names on the wire: of AS2 parties, of messages, and of files that come along."""

from __future__ import annotations

import binascii
import contextlib
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

__all__ = [
    "bare_message_id",
    "decoded_parameter",
    "decoded_words",
    "file_name_parameter",
    "is_message_id",
    "is_safe_file_name",
    "quoted_name",
    "read_name",
    "safe_file_name",
]

_MAX_FILE_NAME = 255
_NAME = re.compile(r"[ -~]{1,128}")
_ESCAPE = re.compile(r'\\(["\\])')
_MESSAGE_ID = re.compile(r"[!-~]{1,998}")
_WORD = re.compile(
    r"=\?([A-Za-z0-9_.:-]{1,40})(?:\*[^?]{0,20})?\?([bBqQ])\?([^? ]*)\?="
)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|clock\$|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE
)


def read_name(value: str) -> str:
    """An AS2 name without its quotes; empty when it is none (RFC 4130 §6.2).

    Names have 1 to 128 printable ASCII characters; inside quotes a backslash stands
    before a quote or another backslash only.
    """
    text = value.strip(" \t")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        inside = text[1:-1]
        if '"' in _ESCAPE.sub("", inside):
            return ""
        text = _ESCAPE.sub(r"\1", inside)
    return text if _NAME.fullmatch(text) else ""


def quoted_name(name: str) -> str:
    """An AS2 name as the header has it: in quotes only where it needs them."""
    if not re.search(r'[ "\\]', name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def is_message_id(text: str) -> bool:
    """Whether it may be a Message-ID: up to 998 characters, no blanks or controls."""
    return _MESSAGE_ID.fullmatch(text) is not None


def bare_message_id(text: str) -> str:
    """A Message-ID without blanks and angle brackets around, to compare it by."""
    return text.strip().removeprefix("<").removesuffix(">").strip()


def decoded_parameter(pieces: Sequence[tuple[bool, str]]) -> str:
    """A parameter from its pieces; each is percent-encoded or plain (RFC 2231 §3, §4).

    The first piece, if encoded, begins with the character set and a language.
    """
    charset, raw = "utf-8", b""
    for n, (encoded, text) in enumerate(pieces):
        body = text
        if n == 0 and encoded and body.count("'") >= 2:
            charset, _language, body = body.split("'", 2)
        plain = body.encode("utf-8", "replace")
        raw += unquote_to_bytes(body) if encoded else plain
    return _decoded(raw, charset)


def _decoded(raw: bytes, charset: str) -> str:
    """Text in a named character set; what cannot be read is replaced."""
    if charset.lower() not in _CHARSETS:
        charset = "utf-8"
    return raw.decode(charset, "replace")


_CHARSETS = {
    *("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1"),
    *("iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252"),
    *("cp1252", "koi8-r", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "big5"),
    *("gb2312", "gbk", "gb18030"),
}


def decoded_words(text: str) -> str:
    """Text with its encoded words decoded (RFC 2047); raw UTF-8 is understood too."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return _WORD.sub(_word, _BETWEEN_WORDS.sub(r"\1", text))


def _word(match: re.Match[str]) -> str:
    content = match[3].encode("ascii", "replace")
    try:
        if match[2] in "bB":
            raw = binascii.a2b_base64(content + b"=" * (-len(content) % 4))
        else:
            raw = binascii.a2b_qp(content, header=True)
    except binascii.Error:
        return match[0]
    return _decoded(raw, match[1])


def is_safe_file_name(name: str) -> bool:
    """Whether a file may have this name on any system as it stands."""
    return name == safe_file_name(name)


def safe_file_name(name: str) -> str:
    """A file name made fit to be one: the last part of a path, without controls.

    At most 255 bytes of UTF-8; names that are reserved somewhere get an underscore in
    front. Empty when nothing is left.
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = _SURROGATE.sub("_", _UNSAFE.sub("_", last)).strip(" ").rstrip(". ")
    if clean.startswith("."):
        clean = "_" + clean[1:] if clean.strip(".") else ""
    if _RESERVED.fullmatch(clean):
        clean = "_" + clean
    return _cut(clean)


def _cut(name: str) -> str:
    """At most 255 bytes; the end behind the last dot is kept where it is short."""
    if len(name.encode()) <= _MAX_FILE_NAME:
        return name
    stem, dot, end = name.rpartition(".")
    tail = (dot + end).encode() if stem and len(end.encode()) <= 20 else b""
    kept = (stem if tail else name).encode()[: _MAX_FILE_NAME - len(tail)]
    return (kept.decode("utf-8", "ignore") + tail.decode()).rstrip(". ")


def file_name_parameter(name: str, parameter: str = "filename") -> str:
    """The parameter that carries a file name: ``filename="x"``, or as RFC 2231 has it.

    It is never raw eight bit: other products' signatures break on it.
    """
    if name.isascii() and name.isprintable():
        return f'{parameter}="' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{parameter}*=utf-8''{quote(name, safe='', errors='replace')}"
