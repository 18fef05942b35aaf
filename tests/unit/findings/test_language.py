"""French is complete, and nothing is said outside of it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

import gateway
from gateway import bootstrap
from gateway.edi.edifact import meanings as contrl
from gateway.edi.schema import Composite, ElementUse
from gateway.edi.x12 import meanings
from gateway.findings import CODES, Finding, Where
from gateway.findings.language import (
    ENGLISH,
    LANGUAGES,
    SEVERITIES,
    STATUSES,
    Language,
    language,
    read_po,
)
from gateway.findings.model import Severity, Verdict

PACKAGE = Path(gateway.__file__).parent
PO = PACKAGE / "locale" / "fr" / "LC_MESSAGES" / "gateway.po"
SPEAKING = ("edi/annotate.py", "pipeline/explained.py")
"""Modules whose lines people read in their language."""
SAME = frozenset({"interchange", "message", "segment"}) | {
    "Compression",
    "Contact",
    "Date",
    "Description",
    "Restrictions",
    "Volume",
    # of the console
    "Audit",
    "Document",
    "Message",
    "Segment",
    "Segments",
    "Signature",
    "Transmission",
    "Transport",
    "Validation",
    "Verdict",
    "Source",
    # of the shop
    "Pages",
    "Session",
    "Total",
    "carton",
    "gallon",
    "kit",
    "litre",
    # of the console
    "Cause",
    "Causes",
    "Messages",
    "Transmission {id}",
    "Version",
    "date",
    "stock",
    "{n} h",
    "{n} min",
}
"""Words that are the same in French."""
_MARKED = re.compile(r'\b_\("([^"]+)"')
"""A text that is marked in a template."""
COLUMN = 32
"""Characters of an element's name that a line of ``explain`` shows."""


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    read = read_po(PO.read_text("utf-8"), "gateway.po")
    assert isinstance(read, Mapping), read
    return read


@pytest.fixture(scope="module")
def french(texts: Mapping[str, str]) -> Language:
    return Language("fr", texts)


def marked() -> set[str]:
    """Every text in the package that is marked for translation."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _is_mark(node.func):
                (text,) = node.args
                assert isinstance(text, ast.Constant), f"{path}: {ast.dump(node)}"
                found.add(str(text.value))
    for template in templates():
        found |= set(_MARKED.findall(template.read_text("utf-8")))
    return found


def named() -> tuple[set[str], set[str]]:
    """The names of the segments and of the elements in our tables."""
    segments, elements = set(), set()
    for version in bootstrap.tables().by_version.values():
        held = [version.segments, *(s.segments for s in version.schemas.values())]
        for segment in (one for its in held for one in its.values()):
            segments.add(segment.name)
            elements |= set(_elements(segment.uses))
    return segments, elements


def _elements(uses: Iterable[ElementUse]) -> Iterator[str]:
    for use in uses:
        yield use.element.name
        if isinstance(use.element, Composite):
            yield from _elements(use.element.uses)


def _is_mark(func: ast.expr) -> bool:
    return isinstance(func, ast.Name) and func.id == "_"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_title_and_fix_in_french(
    code: str, texts: Mapping[str, str]
):
    assert CODES[code].title in texts
    assert CODES[code].fix in texts


def test_every_marked_text_is_in_french(texts: Mapping[str, str]):
    assert sorted(marked() - texts.keys()) == []


def test_every_meaning_of_an_acknowledgement_is_in_french(texts: Mapping[str, str]):
    every = (
        *meanings._TABLE.values(),
        *contrl._OWN.values(),
        *contrl._ANSWERS.values(),
    )
    told = {text for one in every for text in (one.title, one.fix)}

    assert sorted(told - texts.keys()) == []


def test_every_name_in_our_tables_is_in_french(texts: Mapping[str, str]):
    segments, elements = named()

    assert {"Order line", "Start of the group"} <= segments
    assert {"Quantity ordered", "Composed unit", "Exponent"} <= elements
    assert sorted((segments | elements) - texts.keys()) == []


def test_french_names_of_elements_fit_their_column(texts: Mapping[str, str]):
    assert [n for n in named()[1] if len(texts.get(n, "")) > COLUMN] == []


def test_severities_and_statuses_have_labels():
    assert SEVERITIES.keys() == {str(severity) for severity in Severity}
    assert {str(verdict) for verdict in Verdict} <= STATUSES.keys()


def test_translations_name_the_same_values(texts: Mapping[str, str]):
    off = [en for en, fr in texts.items() if fields(en) != fields(fr)]

    assert off == []


def test_nothing_was_left_in_english(texts: Mapping[str, str]):
    assert [en for en, fr in texts.items() if en == fr and en not in SAME] == []


def test_codes_and_places_are_the_same_in_both(texts: Mapping[str, str]):
    """ISA13, PO1-04, AK2, 997 and the like are not translated."""
    place = re.compile(r"\b(?:[A-Z]{2,3}[0-9]{0,2}(?:-[0-9]{2})?|[0-9]{3,})\b")
    words = frozenset(["DE", "PO", "JSON", "YAML", "API", "BOM", "ID", "EDI"])
    off = {
        en: missing
        for en, fr in texts.items()
        if (missing := set(place.findall(en)) - set(place.findall(fr)) - words)
    }

    assert off.keys() <= {en for en in texts if re.search("YYMMDD|CCYY|HHMM", en)}


def test_french_has_its_blanks_in_front_of_colons(texts: Mapping[str, str]):
    wrong = re.compile(r"[^\u00a0](?::(?!\w)|;)")

    assert [fr for fr in texts.values() if wrong.search(fr)] == []


# Bare text: words that people read and that no translation reaches.


def bare_strings(source: str) -> list[str]:
    """Words in a module's f-strings and yields that are not marked."""
    tree = ast.parse(source)
    said: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said += [str(p.value) for p in node.values if isinstance(p, ast.Constant)]
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant):
            said.append(str(node.value.value))
    return [text for text in said if re.search("[A-Za-z]{3}", text)]


_FOR_MACHINES = ("script", "style", "code")


class _Bare(HTMLParser):
    """Collects the text of a template that stands in no expression."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skip += tag in _FOR_MACHINES
        said = [v or "" for n, v in attrs if n in ("title", "alt", "placeholder")]
        self.found += [text for text in said if re.search("[A-Za-z]{2}", text)]

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag in _FOR_MACHINES

    def handle_data(self, data: str) -> None:
        if not self._skip and re.search("[A-Za-z]{2}", data):
            self.found.append(data.strip())


def bare_text(template: str) -> list[str]:
    """The words in a template that are not inside ``{{ }}``, ``{% %}`` or ``{# #}``."""
    parser = _Bare()
    parser.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", template, flags=re.S))
    return parser.found


def templates() -> Iterator[Path]:
    for suffix in ("*.html", "*.jinja", "*.j2"):
        yield from PACKAGE.rglob(suffix)


@pytest.mark.parametrize("module", SPEAKING)
def test_what_people_read_is_marked(module: str):
    assert bare_strings((PACKAGE / module).read_text("utf-8")) == []


def test_a_bare_string_would_be_found():
    assert bare_strings('def f():\n    yield f"{x} was found"') == [" was found"]
    assert bare_strings('def f():\n    yield "nothing found"') == ["nothing found"]


def test_no_template_has_bare_text():
    bare = {str(t): bare_text(t.read_text("utf-8")) for t in templates()}

    assert {name: found for name, found in bare.items() if found} == {}


def test_bare_text_in_a_template_would_be_found():
    page = '<p title="Orders">{{ _("Orders") }} of today</p><style>p {}</style>'

    assert bare_text(page) == ["Orders", "of today"]
    assert bare_text('<p title="{{ _("Orders") }}">{{ _("Orders") }}</p>') == []


# Findings.


def test_english_findings_are_told_as_ever():
    finding = Finding.of(
        "SYN-206", "'9,99' is not a number", Where(segment_tag="PO1", element=4)
    )

    assert ENGLISH.finding(finding).startswith(
        "SYN-206 PO1-04: '9,99' is not a number."
    )


def test_french_findings_have_the_meaning_and_what_happened(french: Language):
    where = Where(segment_tag="PO1", segment_position=4, element=4)
    finding = Finding.of("SYN-206", "'9,99' is not a number", where, "9,99")

    assert french.finding(finding) == (
        "SYN-206 PO1-04 (segment 4)\u00a0: caractère du mauvais type "
        "('9,99' n\u2019est pas un nombre). " + french.fix("SYN-206")
    )


def test_a_place_that_is_only_a_byte_is_told_in_french(french: Language):
    assert french.place(Where(byte_offset=12)) == "octet 12"


def test_json_has_title_and_fix_in_the_language(french: Language):
    body = french.json(Finding.of("SYN-103", "BEG is missing"))

    assert body["title"] == "segment obligatoire manquant"
    assert body["fix"] == "Envoyer le segment."
    assert body["what"] == "BEG manque"


def test_a_sentence_without_a_form_is_told_by_the_meaning_and_the_value(
    french: Language,
):
    finding = Finding.of("SYN-206", "nobody ever said this", value="9,99")

    assert french.what(finding) == "caractère du mauvais type ('9,99')"
    assert ENGLISH.what(finding) == "nobody ever said this"


def test_a_code_of_another_version_is_told_without_a_fix(french: Language):
    finding = Finding("NEW-999", "something new", Where(path="x"), "v")

    assert french.finding(finding) == "NEW-999 x\u00a0: something new ('v')."
    assert ENGLISH.finding(finding) == "NEW-999 x: something new ('v')."
    assert french.json(finding)["what"] == "something new"
    assert "fix" not in french.json(finding)


def test_a_text_without_translation_stays_english(french: Language):
    assert french("no such text {n}", n=3) == "no such text 3"


def test_english_and_french_can_be_asked_for():
    assert LANGUAGES == ("en", "fr")


# The .po file.

SMALL = r"""
# a comment
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"

#. what it is for
msgid "one "
"text"
msgstr "un "
"texte \"ici\"\n"

#, fuzzy
msgid "not sure"
msgstr "pas sûr"

msgid "not done"
msgstr ""

msgid "last"
msgstr "dernier"
"""


def test_a_po_file_is_read():
    assert read_po(SMALL, "x.po") == {"one text": 'un texte "ici"\n', "last": "dernier"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('msgid "a"\nmsgstr b', "x.po:2"),
        ('"floating"', "x.po:1"),
        ('msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"', "x.po:3"),
        ('msgid "a\nmsgstr "b"', "x.po:1"),
    ],
)
def test_a_line_that_is_not_understood_is_a_finding(text: str, place: str):
    found = read_po(text, "x.po")

    assert isinstance(found, tuple)
    assert [(f.code, f.where.path) for f in found][:1] == [("CFG-010", place)]


def test_a_language_is_made_of_a_po_file():
    made = language("fr", SMALL, "x.po")

    assert isinstance(made, Language)
    assert (made.name, made("last"), made("first")) == ("fr", "dernier", "first")


def test_a_damaged_po_file_makes_no_language():
    assert isinstance(language("fr", "garbage", "x.po"), tuple)
