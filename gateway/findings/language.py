"""Findings and labels in the reader's language: English as written, others by a .po.

The texts come in as values, so nothing is compiled and nothing is opened here. Names
of segments and elements are told like any text; one of an imported table that has no
translation stays as it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gateway.findings.codes import CODES
from gateway.findings.marking import marked as _
from gateway.findings.model import Finding, Findings, Where
from gateway.findings.render import as_json, as_text, where_json
from gateway.findings.sentences import told

LANGUAGES = ("en", "fr")
"""What can be asked for; English needs no file."""
DOMAIN = "gateway"
"""The name of the files: ``locale/fr/LC_MESSAGES/gateway.po``."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: an English text in, its own out.

    ``name`` is the ISO 639-1 code. A text that is not in ``texts`` stays English.
    """

    name: str = "en"
    texts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language, ``values`` put in where it names them."""
        own = self.texts.get(text, text)
        return own.format_map(values) if values else own

    def title(self, code: str) -> str:
        """What a finding's code means; empty for a code of another version."""
        row = CODES.get(code)
        return self(row.title) if row else ""

    def fix(self, code: str) -> str:
        """What to do about a finding; empty for a code of another version."""
        row = CODES.get(code)
        return self(row.fix) if row else ""

    def finding(self, finding: Finding) -> str:
        """A finding in one line: code, place, what happened, what to do.

        Other languages tell the meaning of the code, then what happened.
        """
        if self.name == "en" and finding.code in CODES:
            return as_text(finding)
        place = self.place(finding.where)
        head = f"{finding.code} {place}".rstrip()
        what = self.title(finding.code) or finding.what
        if specifics := self._specifics(finding):
            what += f" ({specifics})"
        return self(
            _("{head}: {what}. {fix}"),
            head=head,
            what=what,
            fix=self.fix(finding.code),
        ).rstrip()

    def what(self, finding: Finding) -> str:
        """What happened, in one sentence; without a form for it what the code means."""
        if self.name == "en":
            return finding.what
        own = told(finding.what, self)
        title = self.title(finding.code) or finding.what
        return own or (f"{title} ({finding.value!r})" if finding.value else title)

    def _specifics(self, finding: Finding) -> str:
        """What happened beyond the meaning of the code; else the value."""
        return told(finding.what, self) or (finding.value and repr(finding.value))

    def place(self, where: Where) -> str:
        """``PO1-04 (segment 4)``, the path, or the byte."""
        text = str(where)
        if not text and where.byte_offset >= 0:
            return self(_("byte {offset}"), offset=where.byte_offset)
        return text

    def json(self, finding: Finding) -> dict[str, Any]:
        """A finding as JSON: title, sentence and fix in this language."""
        if finding.code not in CODES:
            return {
                "code": finding.code,
                "severity": str(finding.severity),
                "what": finding.what,
                "where": where_json(finding.where),
                "value": finding.value,
            }
        body = as_json(finding)
        body["what"] = self.what(finding)
        body["title"] = self.title(finding.code)
        body["fix"] = self.fix(finding.code)
        return body


ENGLISH = Language()

SEVERITIES = {
    "reject": _("reject"),
    "error": _("error"),
    "warning": _("warning"),
    "note": _("note"),
}
"""The severities as people read them."""
STATUSES = {
    "accepted": _("accepted"),
    "accepted_with_errors": _("accepted with errors"),
    "partly_accepted": _("partly accepted"),
    "rejected": _("rejected"),
}
"""Verdicts and acknowledgements as people read them."""


# A .po file (GNU gettext manual, "The Format of PO Files"): entries of a msgid and a
# msgstr, each of one or more quoted pieces. Plurals and contexts are not used here.
_LINE = re.compile(r'\s*(?:(msgid|msgstr)\s+)?"((?:[^"\\]|\\.)*)"\s*')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def read_po(text: str, path: str) -> Mapping[str, str] | tuple[Finding, ...]:
    """The translations of a .po file, by their English text.

    Entries without a translation and those marked fuzzy are left out. A line that is
    not understood is finding CFG-010 with its place.
    """
    found = Findings()
    texts: dict[str, str] = {}
    for number, pair, fuzzy in _entries(text, path, found):
        original, own = pair
        if not original or fuzzy or not own:
            continue
        if original in texts:
            where = Where(path=f"{path}:{number}")
            found.add("CFG-010", "this text was translated before", where, original)
        texts[original] = own
    return found.done() or MappingProxyType(texts)


def _entries(
    text: str, path: str, found: Findings
) -> Iterator[tuple[int, tuple[str, str], bool]]:
    """Each entry with its line and whether it is fuzzy."""
    parts: dict[str, str] = {}
    at, start, key, fuzzy, next_fuzzy = 0, 0, "", False, False
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            next_fuzzy = next_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        match = _LINE.fullmatch(line)
        if match is None or not (match[1] or key):
            where = Where(path=f"{path}:{at}")
            found.add("CFG-010", "this is no line of a .po file", where, line.strip())
            continue
        if match[1] == "msgid":
            if parts:
                yield start, (parts.get("msgid", ""), parts.get("msgstr", "")), fuzzy
            parts, start, fuzzy, next_fuzzy = {}, at, next_fuzzy, False
        key = match[1] or key
        parts[key] = parts.get(key, "") + _unescaped(match[2])
    if parts:
        yield start, (parts.get("msgid", ""), parts.get("msgstr", "")), fuzzy


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def language(name: str, po: str, path: str) -> Language | tuple[Finding, ...]:
    """The language that a .po file makes of the English texts."""
    texts = read_po(po, path)
    return Language(name, texts) if isinstance(texts, Mapping) else texts
