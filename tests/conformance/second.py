"""pyx12 as a second opinion on the 997s and 999s that we write, by its own maps.

Its maps know health sets only: they are copied, the lists of codes in AK101 and AK201,
of identities in ISA05, ISA07 and GS07, and of releases in GS08, are taken out. So is,
of the 999's, the list of elements that may name a business unit, and ST03, which the
health guide asks for, becomes optional. The copied index of maps gets the versions of
our answers. A TA1 is judged by the map of the envelope alone. It reads ISA12 00401 and
00501 and no other: an answer with another one is asked about as 00401. Its letters
lack the component separators ` and ^: they become colons.

Reading its maps takes it longer than anything else: many answers of equal separators
are one file for it, in which each has an ISA13 of its own; where it finds fault they
are halved until the answer is found.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyx12
import pyx12.params
import pyx12.x12n_document
from pyx12.errors import X12Error

MAPS = Path(pyx12.__file__).parent / "map"
_KINDS = {b"997": "997.4010.xml", b"999": "999.5010.xml", b"TA1": ""}
_LISTED = re.compile(
    r'(<element xid="(?:AK[12]01|GS0[78]|ISA0[57])">(?:(?!</element>).)*?)'
    r"<valid_codes>.*?</valid_codes>",
    re.DOTALL,
)
_UNITS = re.compile(r"<valid_codes>\s*<code>TRN02</code>.*?</valid_codes>", re.DOTALL)
_REFERENCE = re.compile(r'(<element xid="ST03">.*?<usage>)R', re.DOTALL)
_HEADER = re.compile(
    rb"ISA(.).{80}(\d{5})\1.{16}\s*"
    rb"(?:(TA1)\1|GS\1FA\1.*?\1[XT]\1([0-9A-Z]+)[^0-9A-Z]\s*ST\1(99[79])\1)",
    re.DOTALL,
)
_GS = rb"\AISA(.).{102}\s*GS\1FA\1"
_BEYOND = [
    (re.compile(pattern, re.DOTALL), why)
    for pattern, why in (
        (rb"\AISA.{99}I", "its list of usages has no I"),
        (
            rb"[^A-Z0-9]AK(?:9(?:.[A-Z0-9]+){4}.19|5.R(?:.[0-9]+)*?.1[89])[^0-9]",
            "its map of the 997 lacks codes that are there from 004050 on",
        ),
        (
            _GS + rb"(?:(?:(?!\1).)+\1){2}\d{6}\1",
            "its map of the 997 lacks the dates of six digits that 004010 ended",
        ),
        (_GS + rb"(?:.\1|(?:(?!\1).)+\1.\1)", "repeats a short GS02 or GS03"),
    )
]
"""Answers that it cannot judge."""
_PLAIN = {
    "AK1": re.compile(r"[A-Z]{2}.[0-9]{1,9}(?:[^0-9].*)?"),
    "AK2": re.compile(r"[0-9]{3}.[A-Za-z0-9]{4,9}(?:[^A-Za-z0-9].*)?"),
}


class SecondOpinion:
    """A folder of pyx12's maps, made ready for our answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for path in MAPS.iterdir():
            if path.suffix in (".xml", ".xsd") and not path.name[:1].isdigit():
                shutil.copy(path, folder)
        for path in folder.glob("x12.control.*.xml"):
            path.write_text(_opened(path.read_text("utf-8"), 4), "utf-8")
        (folder / "codes.xml").write_text("<codes/>", "utf-8")  # no map here asks it
        for name, lists in zip(filter(None, _KINDS.values()), (6, 7), strict=True):
            text = _opened((MAPS / name).read_text("utf-8"), lists)
            (folder / name).write_text(_REFERENCE.sub(r"\1S", text), "utf-8")

    def refused(self, answers: Iterable[bytes]) -> list[tuple[bytes, str]]:
        """The answers it finds fault with, and what it says."""
        wanted = [a for a in answers if a and not excepted(a)]
        found = [(a, "no 997, 999 or TA1") for a in wanted if not kind_of(a)]
        for kind in _KINDS:
            of_kind = [answer for answer in wanted if kind_of(answer) == kind]
            self._index(kind, of_kind)
            for batch in _batches(of_kind):
                found += self._judged(batch)
        return found

    def _judged(self, batch: Sequence[bytes]) -> Iterator[tuple[bytes, str]]:
        faults = self._faults(_joined(batch))
        if faults and len(batch) == 1:
            yield batch[0], faults
        elif faults:
            half = len(batch) // 2
            yield from self._judged(batch[:half])
            yield from self._judged(batch[half:])

    def _index(self, kind: bytes, answers: Sequence[bytes]) -> None:
        """An index of maps that has the versions of these answers."""
        found = {_HEADER.match(_readable(answer)) for answer in answers}
        versions = {(m[2].decode(), m[4].decode()) for m in found if m and m[4]}
        entries = "".join(
            f'<version icvn="{icvn}"><map vriic="{release}" fic="FA" '
            f'abbr="{kind.decode()}">{_KINDS[kind]}</map></version>'
            for icvn, release in sorted(versions)
        )
        index = f'<?xml version="1.0"?><maps>{entries}</maps>'
        (self._folder / "maps.xml").write_text(index, "utf-8")

    def _faults(self, answer: bytes) -> str:
        told = io.StringIO()
        log = logging.getLogger("pyx12")
        handler = logging.StreamHandler(told)
        log.addHandler(handler)
        try:
            good = pyx12.x12n_document.x12n_document(
                pyx12.params.params(),
                io.StringIO(answer.decode("latin-1")),
                None,
                None,
                map_path=str(self._folder),
            )
        except X12Error as problem:
            return str(problem)
        finally:
            log.removeHandler(handler)
        return "" if good else told.getvalue() or "not accepted"


def _opened(text: str, lists: int) -> str:
    """A map without the lists of codes that hold what health sets have."""
    found = text.count("<valid_codes>")
    text = _UNITS.sub("", _LISTED.sub(r"\1", text))
    assert text.count("<valid_codes>") == found - lists
    return text


def _batches(answers: Iterable[bytes]) -> list[list[bytes]]:
    """The answers in one file for it: those of equal separators and version."""
    batches: defaultdict[tuple[bytes, ...], list[bytes]] = defaultdict(list)
    for answer in answers:
        alike = answer[3:4], answer[82:89], answer[104:106], answer[-2:]
        batches[alike].append(answer)
    return list(batches.values())


def _joined(answers: Sequence[bytes]) -> bytes:
    """Many answers as one file; one alone as it is."""
    if len(answers) == 1:
        return _readable(answers[0])
    numbered = (_numbered(answer, n) for n, answer in enumerate(answers, 1))
    return b"".join(map(_readable, numbered))


def _readable(answer: bytes) -> bytes:
    """An answer with an ISA12 and a component separator that it reads."""
    component = answer[104:105]
    if component in b"`^" and b":" not in answer:
        answer = answer.replace(component, b":")
    if answer[84:89] in (b"00401", b"00501"):
        return answer
    return answer[:82] + b"U" + answer[83:84] + b"00401" + answer[89:]


def _numbered(answer: bytes, number: int) -> bytes:
    """An answer with another ISA13 and IEA02."""
    at = answer.rindex(b"IEA") + 6
    new = b"%09d" % number
    assert answer[90:99] == answer[at : at + 9]
    return answer[:90] + new + answer[99:at] + new + answer[at + 9 :]


def kind_of(answer: bytes) -> bytes:
    """997, 999 or TA1; empty for what is none of them."""
    header = _HEADER.match(answer)
    return (header[3] or header[5]) if header else b""


def excepted(answer: bytes) -> str:
    """Why it cannot be asked about an answer; empty when it can."""
    if echoes(answer):
        return "repeats a malformed type or number, as it has to"
    found = (why for pattern, why in _BEYOND if pattern.search(answer))
    return next(found, "")


def echoes(answer: bytes) -> bool:
    """Whether an answer repeats malformed ids or numbers, as it has to."""
    text = answer.decode("latin-1")
    rows = (row.strip() for row in text.split(text[105]))
    return any(
        row[:3] in _PLAIN and not _PLAIN[row[:3]].fullmatch(row[4:]) for row in rows
    )
