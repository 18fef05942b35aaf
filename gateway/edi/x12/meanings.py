"""What the codes in an acknowledgement mean, and what their reader has to do.

Most of them are findings of ours under another number, so the code table tells it;
here are the rest. Texts are ours, marked for translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.edi.diagnosed import (
    ACCEPTED,
    NOTHING_TO_DO,
    REJECTED,
    UNKNOWN,
    Meaning,
)
from gateway.findings import CODES
from gateway.findings.marking import marked as _

SEGMENT, ELEMENT, SET, GROUP, INTERCHANGE = "ak304", "ak403", "ak502", "ak905", "ta105"
"""The lists of codes: DE 720/620, 723/621, 718/618, 716 and I18."""
ANSWER = "answer"
"""DE 715, 717 and I17: the verdict itself."""

_PAIR = Meaning(
    _("security pair is not complete"), _("Send both segments of the pair, or none.")
)
_RESEND = REJECTED.fix
_NOT_USED = _("Leave it out: the partner's guide does not use it here.")
_GUIDE = _("Send what the partner's guide asks for here.")
_LATER = Meaning(
    _("fault that only later versions have a code for"),
    _("Ask the partner what is meant."),
)

_OWN: Mapping[tuple[str, str], Meaning] = MappingProxyType(
    {
        (ANSWER, "A"): ACCEPTED,
        (ANSWER, "E"): Meaning(
            _("accepted, with errors noted"),
            _("Do not send it again; correct the next message."),
        ),
        (ANSWER, "P"): Meaning(
            _("partly accepted: at least one message was rejected"),
            _("Send the rejected messages again, corrected, under new numbers."),
        ),
        (ANSWER, "R"): REJECTED,
        (ANSWER, "M"): Meaning(
            _("rejected: the message authentication code does not verify"), _RESEND
        ),
        (ANSWER, "W"): Meaning(_("rejected: the assurance does not verify"), _RESEND),
        (ANSWER, "X"): Meaning(
            _("rejected: the decrypted content cannot be read"), _RESEND
        ),
        (SEGMENT, "8"): Meaning(
            _("elements of the segment are in error"),
            _("Look at the elements named with the segment."),
        ),
        (SEGMENT, "I4"): Meaning(_("segment that the guide does not use"), _NOT_USED),
        (SEGMENT, "I6"): Meaning(
            _("segment missing that the guide requires in this case"), _GUIDE
        ),
        (SEGMENT, "I7"): Meaning(_("loop less often than the guide asks for"), _GUIDE),
        (SEGMENT, "I8"): Meaning(
            _("segment less often than the guide asks for"), _GUIDE
        ),
        (SEGMENT, "I9"): Meaning(
            _("segment that the guide does not use in this case"), _NOT_USED
        ),
        (ELEMENT, "I6"): Meaning(
            _("code is not in the guide"), _("Send a code that the guide lists.")
        ),
        (ELEMENT, "I9"): Meaning(
            _("element missing that the guide requires in this case"), _GUIDE
        ),
        (ELEMENT, "I10"): Meaning(_("element that the guide does not use"), _NOT_USED),
        (ELEMENT, "I11"): Meaning(
            _("element repeated less often than the guide asks for"), _GUIDE
        ),
        (ELEMENT, "I12"): Meaning(
            _("value has not the form that the guide asks for"), _GUIDE
        ),
        (ELEMENT, "I13"): Meaning(
            _("element that the guide does not use in this case"), _NOT_USED
        ),
        (SET, "5"): Meaning(
            _("segments of the message are in error"),
            _("Look at the segments named with the message."),
        ),
        (SET, "I5"): Meaning(
            _("segments of the message do not follow the guide"),
            _("Look at the segments named with the message."),
        ),
        (SET, "I6"): Meaning(
            _("guide named in the message is not supported"),
            _("Send the ST03 that was agreed, or none."),
        ),
        (GROUP, "7"): Meaning(
            _("sender of the group is not accepted"),
            _("Check GS02 against what was agreed."),
        ),
        (GROUP, "8"): Meaning(
            _("receiver of the group is not accepted"),
            _("Check GS03 against what was agreed."),
        ),
        (GROUP, "9"): Meaning(
            _("agency of the group is not accepted"), _("Send X in GS07.")
        ),
        (GROUP, "30"): Meaning(
            _("date of the group is not accepted"), _("Send GS04 as CCYYMMDD.")
        ),
        (GROUP, "31"): Meaning(
            _("time of the group is not accepted"), _("Send GS05 as HHMM.")
        ),
        (INTERCHANGE, "000"): Meaning(_("no error"), NOTHING_TO_DO),
        (INTERCHANGE, "022"): Meaning(
            _("control structure is wrong"),
            _("Nest ISA, GS, ST, SE, GE and IEA properly."),
        ),
        (INTERCHANGE, "032"): Meaning(
            _("repetition separator cannot be used"),
            _("Use a repetition separator that differs from the other separators."),
        ),
        **{(INTERCHANGE, f"{n:03d}"): _LATER for n in range(33, 39)},
    }
)
_PAIRS = {(SET, str(n)): _PAIR for n in (19, 20, 21, 22)} | {
    (GROUP, str(n)): _PAIR for n in (19, 20, 21, 22)
}
"""What these codes are to versions before 004050."""


def _of_findings() -> Mapping[tuple[str, str], Meaning]:
    """The code table read backwards; where several findings share a code, the first."""
    out: dict[tuple[str, str], Meaning] = {}
    for row in CODES.values():
        if row.code.startswith(("IMP-", "WIRE-")) or row.retired:
            continue
        for column in (SEGMENT, ELEMENT, SET, GROUP, INTERCHANGE):
            if code := getattr(row, column):
                out.setdefault((column, code), Meaning(row.title, row.fix))
    return MappingProxyType(out)


_TABLE = {**_of_findings(), **_OWN}


def meaning(column: str, code: str, version: str = "") -> Meaning:
    """What a code of a list means; ``UNKNOWN`` for a code that the list lacks.

    ``version`` is the GS08 answered, where the code's meaning hangs on it.
    """
    old = bool(version) and version[:6] < "004050"
    if old and (column, code) in _PAIRS:
        return _PAIRS[column, code]
    if old and (column, code) == (SET, "18"):
        return UNKNOWN
    return _TABLE.get((column, code), UNKNOWN)
