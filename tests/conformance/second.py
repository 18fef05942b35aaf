"""pyx12 as a second opinion on the 997s that we write, by its own map of the 997.

Its maps know health sets only: the map is copied, the lists of codes in AK101 and
AK201, and that of releases in GS08, are taken out; the copied index of maps gets the
versions of our answers.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyx12
import pyx12.params
import pyx12.x12n_document

MAPS = Path(pyx12.__file__).parent / "map"
_LISTED = re.compile(
    r'(<element xid="(?:AK[12]01|GS08)">.*?)<valid_codes>.*?</valid_codes>', re.DOTALL
)
_HEADER = re.compile(
    rb"ISA(.).{68}(?:.*?\1){3}(\d{5})\1.*?GS\1FA\1.*?\1X\1([0-9A-Z]+)", re.DOTALL
)
# its lists have neither the usage I nor the 19 that AK905 has from 004050 on
_BEYOND = re.compile(rb"^ISA.{99}I|\nAK9(?:.[A-Z0-9]+){4}.19", re.DOTALL)
_ECHO = re.compile(
    r"\nAK2.(?![0-9]{3}.[A-Za-z0-9]{4,9}(?:[^A-Za-z0-9]|$))|\nAK1.(?!PO.)", re.MULTILINE
)


class SecondOpinion:
    """A folder of pyx12's maps, made ready for our answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in MAPS.iterdir():
            if name.suffix in (".xml", ".xsd") and not name.name[:1].isdigit():
                shutil.copy(name, folder)
        text = (MAPS / "997.4010.xml").read_text("utf-8")
        mended = _LISTED.sub(r"\1", text)
        assert mended.count("<valid_codes>") == text.count("<valid_codes>") - 3
        (folder / "997.4010.xml").write_text(mended, "utf-8")

    def refused(self, answers: Iterable[bytes]) -> list[tuple[bytes, str]]:
        """The answers it finds fault with, and what it says."""
        wanted = [a for a in answers if a and not echoes(a) and not _BEYOND.search(a)]
        self._index(wanted)
        judged = [(answer, self._faults(answer)) for answer in wanted]
        return [(answer, faults) for answer, faults in judged if faults]

    def _index(self, answers: Iterable[bytes]) -> None:
        """An index of maps that has the versions of these answers."""
        found = {_HEADER.match(answer) for answer in answers}
        versions = {(m[2].decode(), m[3].decode()) for m in found if m}
        entries = "".join(
            f'<version icvn="{icvn}">'
            f'<map vriic="{release}" fic="FA" abbr="997">997.4010.xml</map></version>'
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
        finally:
            log.removeHandler(handler)
        return "" if good else told.getvalue() or "not accepted"


def echoes(answer: bytes) -> bool:
    """Whether an answer repeats malformed ids or numbers, as it has to."""
    return _ECHO.search(answer.decode("latin-1")) is not None
