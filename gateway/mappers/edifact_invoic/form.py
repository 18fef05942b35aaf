"""What an INVOIC has in each dialect of EDIFACT: its codes as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.mappers.parts.edifact_codes import AFTER, AFTER_MONTH, PAY_BASES
from gateway.mappers.parts.edifact_dialect import Dialect, since

__all__ = ["Form", "form_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The codes of an INVOIC in one dialect.

    ``totals`` are the amounts behind UNS (5025). ``bases`` is what days to pay count
    from (2475) and how (2009), ``categories`` that of a tax (5305) and ``taxes`` its
    kind (5153); what they lack is not written. ``references`` (1153) may stand in the
    heading; none: any. ``base_amount`` is what a percentage is of (5025), empty: not
    told. ``plain_terms``: PYT, with the components of PAT as elements (from D.02B on).
    ``coded_services``: a text about an allowance stands with a code only (D.93A).
    """

    totals: frozenset[str]
    bases: Mapping[str, tuple[str, str]]
    categories: Mapping[str, str]
    taxes: Mapping[str, str]
    references: frozenset[str] = frozenset()
    base_amount: str = "25"
    plain_terms: bool = False
    coded_services: bool = False


_CATEGORIES = {
    **dict.fromkeys("ABEGHOSZ", "D93A"),
    "C": "D95B",
    **dict.fromkeys(("AA", "AB", "AC", "AD"), "D97A"),
    "AE": "D07B",
    "K": "D16B",
}
"""5305, and the first directory that lists each."""
_REFERENCES = frozenset(
    ("AAB", "AAJ", "AAK", "CD", "CR", "CT", "DL", "DQ", "IP", "IV", "ON", "PL", "VN")
)
"""1153 in all EANCOMs."""
_UN = Form(
    totals=frozenset(("79", "131", "125", "124", "176", "77", "86")),
    bases={basis: (code, AFTER) for code, basis in PAY_BASES.items()}
    | {"": ("5", AFTER), "end_of_month": ("5", AFTER_MONTH)},
    categories={},
    taxes={"": "VAT", "vat": "VAT", "gst": "GST", "sales": "LOC", "excise": "EXC"},
)
_97 = replace(
    _UN,
    bases=dict.fromkeys(("", "invoice_date"), ("5", AFTER)),
    categories={
        "A": "A",
        **dict.fromkeys(("S", "AA", "AC", "AD", "H"), "S"),
        **dict.fromkeys(("E", "AB", "AE", "G", "K", "O", "Z"), "E"),
    },
    taxes={"": "VAT", "vat": "VAT", "gst": "GST"},
    references=_REFERENCES,
)
_FORMS: Mapping[str, Form] = {
    "eancom94": replace(
        _97,
        totals=_UN.totals - {"77"},
        base_amount="",
    ),
    "eancom97": _97,
    "eancom2002": _97,
}


def form_of(dialect: Dialect, directory: str) -> Form:
    """The form of a dialect in a directory."""
    form = _FORMS.get(dialect.name)
    if form is None:
        known = [one for one, first in _CATEGORIES.items() if since(directory, first)]
        bases = dict(_UN.bases)
        if not since(directory, "D01A"):
            del bases["end_of_month"]
        categories = {**_97.categories, **dict(zip(known, known, strict=True))}
        form = replace(_UN, bases=bases, categories=categories)
    return replace(
        form,
        plain_terms=since(directory, "D02B"),
        coded_services=not since(directory, "D94A"),
    )
