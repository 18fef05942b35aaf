"""Buyers who get EDIFACT in each dialect and directory, and what they are sent."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from gateway.edi.edifact.writer import Envelope
from gateway.edi.numbers import Numbers
from gateway.mappers.mapped import Written
from gateway.partner import Profile, load
from tests.strictly import faults

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
US, THEM = "4000001000005", "5412345000013"
ENVELOPE = Envelope(sender=(US, "14"), receiver=(THEM, "14"), una=False)
DIALECTS = {
    "un93": ("D93A", ""),
    "un": ("D96A", ""),
    "un97": ("D97A", ""),
    "un01": ("D01B", ""),
    "un04": ("D04A", ""),
    "un10": ("D10A", ""),
    "un21": ("D21B", ""),
    "eancom94": ("D93A", "EAN003"),
    "eancom97": ("D96A", "EAN005"),
    "eancom2002": ("D01B", "EAN009"),
}
"""Directory and association of each."""


@lru_cache
def buyer(message: str, dialect: str, more: str = "") -> Profile:
    """Who gets a message in a dialect; ``more`` are further ones, with a comma."""
    directory, association = DIALECTS[dialect]
    subset = f", association: {association}" if association else ""
    found = load(
        f"""
schema: 1
id: grocer
name: A grocer
stage: live
us: {{edifact: {{qualifier: "14", id: "{US}"}}, gln: "{US}", vat: DE136695976}}
identities: {{edifact: {{qualifier: "14", id: "{THEM}"}}, gln: "{THEM}"}}
sends: [{{message: {message}, version: {directory}{subset}}}{more}]
""",
        "grocer",
    )
    assert isinstance(found, Profile), found
    return found


def wrong(draft: Written) -> list[str]:
    """What speaks against it by our own tables, those of its subset alone."""
    data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
    return [f"{f.code} {f.where} {f.what}" for f in faults(data, subset=True)]


def segments(draft: Written, *tags: str) -> list[str]:
    """The segments of these tags, or all of them, as they are sent."""
    data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
    rows = [row.strip() for row in data.decode("latin-1").split("'")]
    return [row for row in rows if row and (not tags or row.split("+")[0] in tags)]
