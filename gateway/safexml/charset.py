"""The characters of an XML document: its byte order mark, its declaration, else UTF-8.

What was read goes to the parser as UTF-8 without a declaration, so that both see the
same characters whatever the bytes claim to be.
"""

from __future__ import annotations

import codecs
import re

from gateway.findings import Finding, Findings

__all__ = ["BOM", "decoded"]

BOM = "\ufeff"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_DECLARED = re.compile(
    rb"[\s\xef\xbb\xbf]*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})"
)
_READ = frozenset(
    (
        *("utf-8", "ascii", "cp437", "cp850", "utf-16", "utf-16-le", "utf-16-be"),
        *(f"iso8859-{part}" for part in range(1, 17)),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("shift_jis", "cp932", "euc_jp", "gb2312", "gbk", "gb18030", "big5"),
        *("euc_kr", "koi8-r"),
    )
)
"""Encodings, as Python calls them, in which ASCII characters stand for themselves."""


def decoded(data: bytes, found: Findings) -> str | Finding:
    """The document's characters, or why they cannot be told.

    Bytes that do not fit what is declared are read as cp1252, with a finding.
    """
    name = _marked(data)
    declared = _DECLARED.match(data[:400])
    stated = declared[1].decode("ascii") if declared else ""
    known = _known(stated) if stated else ""
    if stated and not known:
        what = f"the document declares the encoding {stated}"
        return Finding.of("WIRE-033", what, value=stated)
    if not name and known.startswith("utf-16"):
        found.add("WIRE-035", f"{stated} is declared, and these are single bytes")
        known = ""
    elif name == "utf-8" and known not in ("", "utf-8"):
        found.add("WIRE-035", f"{stated} is declared behind a mark of UTF-8")
    try:
        return data.decode(name or known or "utf-8")
    except UnicodeDecodeError as problem:
        if name.startswith("utf-16"):
            return Finding.of("WIRE-033", f"bytes that are no {name}")
        what = f"byte {problem.start + 1} is no {name or known or 'utf-8'}"
        found.add("WIRE-010", f"{what}; read as cp1252")
        return data.decode("cp1252", "replace")


def _marked(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "") or next(
        (name for start, name in _UNMARKED if data.startswith(start)), ""
    )


def _known(stated: str) -> str:
    """Our name of an encoding that is read; empty for any other."""
    try:
        name = codecs.lookup(stated).name
    except LookupError:
        return ""
    return name if name in _READ else ""
