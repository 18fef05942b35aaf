"""What the codes in a CONTRL mean (ISO 9735 0083 and 0085), and what their reader does.

Where a code is a finding of ours the code table tells it; what is said depends on the
segment that carries it, since one code is for many levels.
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

__all__ = ["answer", "meaning"]


_RECEIVED = Meaning(_("received, nothing is said of its content yet"), NOTHING_TO_DO)
_PARTLY = Meaning(
    _("partly accepted: at least one message was rejected"),
    _("Send the rejected messages again, corrected, under new numbers."),
)
_ANSWERS: Mapping[str, Meaning] = MappingProxyType(
    {
        "1": ACCEPTED,
        "2": ACCEPTED,
        "3": _PARTLY,
        "4": REJECTED,
        "5": ACCEPTED,
        "6": REJECTED,
        "7": ACCEPTED,
        "8": _RECEIVED,
    }
)
"""0083."""
_ASK = _("Ask the partner what is meant.")
_ENVELOPE = _("Compare UNB to UNZ with what was agreed on.")
_AGAIN = _("Send it again; ask the partner if it is refused again.")
_OWN: Mapping[str, Meaning] = MappingProxyType(
    {
        "1": Meaning(_("UNA is not supported"), _ENVELOPE),
        "3": Meaning(
            _("directory or version of the message is not supported"),
            _("Send the message in the directory that was agreed on."),
        ),
        "4": Meaning(_("service segment is missing or wrong"), _ENVELOPE),
        "5": Meaning(_("trailer does not fit"), _ENVELOPE),
        "6": Meaning(
            _("segment is missing or wrong"),
            _("Look at the segment and at those around it."),
        ),
        "10": Meaning(
            _("form of the element is wrong"),
            _("Check its length and its characters."),
        ),
        "11": Meaning(_("password is wrong"), _("Send the password agreed on.")),
        "12": Meaning(
            _("value is not valid"), _("Send a value that the directory has here.")
        ),
        "13": Meaning(_("missing"), _("Send what is named.")),
        "14": Meaning(
            _("value is not supported in this place"),
            _("Send what the partner's guide asks for here."),
        ),
        "15": Meaning(
            _("not supported in this place"),
            _("Leave it out: the partner's guide does not use it here."),
        ),
        "16": Meaning(_("more parts than there are"), _("Leave out what is too much.")),
        "18": Meaning(_("error that is not told"), _ASK),
        "22": Meaning(
            _("service character in a wrong place"),
            _("Release service characters that are data."),
        ),
        "24": Meaning(_("too old"), _AGAIN),
        "25": Meaning(
            _("test indicator is not supported"),
            _("Agree with the partner how tests are sent."),
        ),
        "26": Meaning(
            _("received before"),
            _("Send new content under a new number; otherwise nothing is to do."),
        ),
        "27": Meaning(_("security function is not supported"), _ENVELOPE),
        "41": Meaning(_("error of the network, for good"), _AGAIN),
        "42": Meaning(_("error of the network, for a while"), _AGAIN),
        "47": Meaning(_("function of the envelope is not supported"), _ENVELOPE),
    }
)
"""0085 that are no finding of ours, or too many."""
_FINDINGS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("", "2"): "ENV-301",
        ("", "7"): "ENV-024",
        ("", "8"): "SYN-203",
        ("", "9"): "SYN-201",
        ("UCI", "13"): "ENV-008",
        ("UCF", "13"): "ENV-062",
        ("UCM", "13"): "ENV-013",
        ("UCS", "13"): "SYN-103",
        ("UCD", "13"): "SYN-201",
        ("UCS", "15"): "SYN-107",
        ("UCS", "16"): "SYN-203",
        ("UCD", "16"): "SYN-213",
        ("", "17"): "ENV-012",
        ("", "19"): "SYN-221",
        ("", "20"): "ENV-302",
        ("", "21"): "SYN-223",
        ("", "23"): "ENV-020",
        ("UCI", "28"): "ENV-002",
        ("UCF", "28"): "ENV-063",
        ("UCM", "28"): "ENV-010",
        ("UCI", "29"): "ENV-006",
        ("UCF", "29"): "ENV-064",
        ("UCM", "29"): "ENV-011",
        ("", "30"): "ENV-303",
        ("", "31"): "ENV-304",
        ("", "32"): "ENV-305",
        ("", "33"): "ENV-007",
        ("", "34"): "ENV-309",
        ("UCS", "35"): "SYN-105",
        ("UCD", "35"): "SYN-212",
        ("", "36"): "SYN-104",
        ("", "37"): "SYN-206",
        ("", "38"): "SYN-222",
        ("", "39"): "SYN-205",
        ("", "40"): "SYN-204",
        ("", "43"): "ENV-024",
        ("", "45"): "SYN-220",
        ("", "46"): "WIRE-015",
        ("", "48"): "SYN-202",
    }
)
"""The finding that a code is, by the segment that carries it; empty: by any."""


def answer(code: str) -> Meaning:
    """What 0083 says; ``UNKNOWN`` for a code that the list lacks."""
    return _ANSWERS.get(code, UNKNOWN)


def meaning(carrier: str, code: str) -> Meaning:
    """What 0085 says in UCI, UCF, UCM, UCS or UCD; ``UNKNOWN`` where it is none."""
    finding = _FINDINGS.get((carrier, code)) or _FINDINGS.get(("", code))
    if finding:
        row = CODES[finding]
        return Meaning(row.title, row.fix)
    return _OWN.get(code, UNKNOWN)
